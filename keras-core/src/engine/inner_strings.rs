//! Strings in models inside a model: what reads them there is read by the outermost model, which has the data, and handed in as
//! numbers.

use super::kernel::Kernel;
use super::moved::{Read, root};
use super::parts::Feed;
use super::plan::Plan;
use super::strings::{Reads, follows, is_string, own_axes, reader};
use crate::model::{AnyModel, NodeInfo, Source};
use crate::preprocessing::Column;
use crate::{Error, Result};

/// What a model inside wants read for it.
pub(crate) struct Wanted {
    /// The layer that reads, by its places from the model inside on.
    path: Vec<usize>,
    /// What it is given, of the inputs of the model inside.
    inputs: Vec<Read>,
    /// The lengths of what it gives.
    shape: Vec<usize>,
    whole: bool,
}

/// The model that a node is, if it is one and is given strings.
pub(super) fn model_given_strings<'a>(model: &'a dyn AnyModel, node: &NodeInfo) -> Option<&'a dyn AnyModel> {
    let structure = model.structure();
    node.inputs.iter().any(|source| root(structure, *source).is_some()).then_some(())?;
    structure.layers[node.layer].config.is_none().then(|| model.layer_at(node.layer).nested())?
}

/// How many lengths follow from the texts of an input.
fn count(model: &dyn AnyModel, input: usize) -> usize {
    texts_before(model, model.structure().nodes.len(), input)
}

/// The same of the nodes before one.
pub(super) fn texts_before(model: &dyn AnyModel, at: usize, input: usize) -> usize {
    let structure = model.structure();
    let of = |node: &NodeInfo| match follows(structure, node) {
        Some(own) => usize::from(own == input),
        None => texts_given(model, node, node.inputs.len(), input),
    };
    structure.nodes[..at].iter().map(of).sum()
}

/// The same of the first tensors that a node is given, where it is a model.
fn texts_given(model: &dyn AnyModel, node: &NodeInfo, given: usize, input: usize) -> usize {
    let Some(inner) = model_given_strings(model, node) else { return 0 };
    let structure = model.structure();
    let of_input = |(_, source): &(usize, &Source)| root(structure, **source) == Some(input);
    node.inputs[..given].iter().enumerate().filter(of_input).map(|(j, _)| count(inner, j)).sum()
}

/// The lengths of what a model inside is given, `own`, each of strings with those that follow from them behind.
pub(crate) fn inner_lengths(
    model: &dyn AnyModel,
    at: usize,
    lengths: &[&[usize]],
    mut own: Vec<Vec<usize>>,
) -> Vec<Vec<usize>> {
    let structure = model.structure();
    let node = &structure.nodes[at];
    let Some(inner) = model_given_strings(model, node) else { return own };
    for (j, source) in node.inputs.iter().enumerate() {
        let Some(input) = root(structure, *source) else { continue };
        let rank = structure.inputs[input].spec.shape.rank();
        let from = rank + texts_before(model, at, input) + texts_given(model, node, j, input);
        let more = lengths.get(input).and_then(|lengths| lengths.get(from..from + count(inner, j)));
        own[j].extend_from_slice(more.unwrap_or_default());
    }
    own
}

/// Adds to the lengths of each input of strings those that follow from the texts in it.
///
/// # Errors
/// What is wrong with a vocabulary or a tensor.
pub(super) fn add_texts<'a>(
    model: &dyn AnyModel,
    lengths: &mut [Vec<usize>],
    of: &dyn Fn(usize) -> Result<Column<'a>>,
) -> Result<()> {
    let structure = model.structure();
    for node in structure.nodes {
        let inner = model_given_strings(model, node);
        if let Some(input) = follows(structure, node) {
            let known: Vec<&[usize]> = lengths.iter().map(Vec::as_slice).collect();
            let texts = Read::of(model, node.inputs[0], &known)?.column(of)?;
            let longest = reader(model, &[node.layer])?.longest(texts.strings().iter().map(|text| &**text));
            lengths[input].push(longest);
        } else if let Some(inner) = inner {
            let known: Vec<&[usize]> = lengths.iter().map(Vec::as_slice).collect();
            let given: Vec<Option<Read>> = node
                .inputs
                .iter()
                .map(|source| root(structure, *source).map(|_| Read::of(model, *source, &known)).transpose())
                .collect::<Result<_>>()?;
            let shape = |read: &Option<Read>| read.as_ref().map(|read| read.shape(structure, &known));
            let mut inside: Vec<Vec<usize>> =
                given.iter().map(|read| shape(read).unwrap_or_default()).collect();
            let column = |j: usize| match &given[j] {
                Some(read) => read.column(of),
                None => Err(Error::layer("numbers stand where strings are read")),
            };
            add_texts(inner, &mut inside, &column)?;
            for (j, (source, lengths_inside)) in node.inputs.iter().zip(inside).enumerate() {
                let rank = inner.structure().inputs[j].spec.shape.rank();
                if let Some(input) = root(structure, *source) {
                    lengths[input].extend(lengths_inside.into_iter().skip(rank));
                }
            }
        }
    }
    Ok(())
}

impl Plan {
    /// What this plan, of a model inside, wants read.
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        let wanted = self.reads.iter().filter(|reads| reads.strings).map(|reads| {
            let place = &self.memory.places[reads.output];
            let (path, inputs, shape) = (reads.path.clone(), reads.inputs.clone(), place.shape.clone());
            Wanted { path, inputs, shape, whole: place.whole }
        });
        wanted.collect()
    }

    /// Takes what was read for it, in the order of [`wanted`](Plan::wanted).
    pub(super) fn take_read<'a>(&mut self, read: impl Fn(usize) -> &'a [f32]) {
        let outputs = self.reads.iter().filter(|reads| reads.strings).map(|reads| reads.output);
        for (i, output) in outputs.enumerate() {
            let buffer = self.memory.places[output].buffer;
            self.memory.buffers[buffer].copy_from_slice(read(i));
        }
    }

    /// Puts tensors that have the lengths of strings, and no numbers, in the place of those that a model inside is given.
    ///
    /// # Errors
    /// More strings than are moved.
    pub(super) fn strings_of(
        &mut self,
        model: &dyn AnyModel,
        at: usize,
        lengths: &[&[usize]],
        feeds: &mut [Feed],
    ) -> Result<()> {
        let node = &self.structure.nodes[at];
        if model_given_strings(model, node).is_none() {
            return Ok(());
        }
        let mut own = vec![Vec::new(); feeds.len()];
        for (own, source) in own.iter_mut().zip(node.inputs) {
            if root(self.structure, *source).is_some() {
                *own = Read::of(model, *source, lengths)?.shape(self.structure, lengths);
            }
        }
        let own = inner_lengths(model, at, lengths, own);
        for ((feed, source), own) in feeds.iter_mut().zip(node.inputs).zip(own) {
            if root(self.structure, *source).is_some() {
                let none = self.memory.place(vec![0], false);
                self.memory.buffer(none);
                self.memory.places[none].shape = own;
                *feed = Feed { tensor: none, mask: None, role: feed.role };
            }
        }
        Ok(())
    }

    /// Reads what the kernel of a model inside wants read: one more tensor for each.
    ///
    /// # Errors
    /// What it wants read beside strings is computed first.
    pub(super) fn read_for(
        &mut self,
        model: &dyn AnyModel,
        node: &NodeInfo,
        lengths: &[&[usize]],
        kernel: &dyn Kernel,
    ) -> Result<Vec<Feed>> {
        let mut feeds = Vec::new();
        for wanted in kernel.wanted() {
            let inputs = wanted.inputs.iter().map(|read| composed(model, node, lengths, read));
            let inputs = inputs.collect::<Result<Vec<Read>>>()?;
            let output = self.memory.place(wanted.shape, wanted.whole);
            self.memory.buffer(output);
            let path = [&[node.layer], wanted.path.as_slice()].concat();
            self.reads.push(Reads { path, inputs, output, strings: true });
            feeds.push(Feed { tensor: output, mask: None, role: keras_shape::Role::Input });
        }
        Ok(feeds)
    }
}

/// What stands in the inputs of a model inside, of the inputs of the model around it.
fn composed(model: &dyn AnyModel, node: &NodeInfo, lengths: &[&[usize]], inner: &Read) -> Result<Read> {
    let structure = model.structure();
    let outer = |j: usize| {
        match node.inputs[j] {
        source if root(structure, source).is_some() => Read::of(model, source, lengths),
        Source::Input(i) => Ok(Read::Input(i)),
        Source::Node(..) => Err(Error::layer(
            "a layer inside takes strings beside numbers only where all of these are inputs of the outermost model",
        )
        .in_layer(structure.layers[node.layer].name)),
    }
    };
    let Read::Moved { inputs: inside, order, shape } = inner else { return outer(inner.inputs()[0]) };
    // Where each string of the inputs inside is among those of the inputs around.
    let (mut inputs, mut places, mut before) = (Vec::new(), Vec::new(), 0);
    for j in inside {
        let read = outer(*j)?;
        let counts = read.inputs().iter().map(|i| match is_string(structure, *i) {
            true => own_axes(structure, *i, lengths[*i]).iter().product::<usize>(),
            false => 0,
        });
        let count: usize = counts.sum();
        match &read {
            Read::Input(_) => places.extend(before..before + count),
            Read::Moved { order, .. } => places.extend(order.iter().map(|at| before + at)),
        }
        inputs.extend_from_slice(read.inputs());
        before += count;
    }
    let order = order.iter().map(|at| places.get(*at).copied().unwrap_or(usize::MAX)).collect();
    Ok(Read::Moved { inputs, order, shape: shape.clone() })
}
