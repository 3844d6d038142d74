//! Making a plan: which tensors, which kernels, and who writes which gradient first.

use std::sync::Arc;

use keras_shape::{ComputePolicy, DType, Inferred, LayerConfig, Outputs, Role};

use super::cast::Cast;
use super::copy::Copy;
use super::kernel::{Choice, Kernel, Site};
use super::kernels::choose;
use super::moved::{is_moved, root};
use super::nested::Nested;
use super::parts::{Feed, Memory, count};
use super::plan::{Back, Mode, ParamGrad, Plan, Step};
use super::strings::{Reads, own_axes, reads};
use super::traced::Traced;
use super::wrapped;
use crate::executor::Executor;
use crate::layers::Arithmetic;
use crate::model::{
    AnyLayer, AnyModel, NodeInfo, Samples, Source, Structure, check_masked, inner_model, too_large,
};
use crate::{Error, Result};
use keras_kernels::room::{elements, has_room};

/// The tensor of a source, where `firsts` are the first ones of the nodes.
fn place(source: &Source, firsts: &[usize]) -> usize {
    match source {
        Source::Input(i) => *i,
        Source::Node(node, i) => firsts[*node] + i,
    }
}

/// What a plan is made from, beside the model.
pub(crate) struct Wish<'a> {
    pub mode: Mode,
    pub lengths: &'a [&'a [usize]],
    /// Which inputs want a gradient: those of a model inside another.
    pub input_grads: &'a [bool],
    /// The shapes of the masks that inputs can have.
    pub masks: &'a [Option<&'a [usize]>],
    /// What runs the model in the place of kernels.
    pub executor: Option<Arc<dyn Executor>>,
    /// Whether kernels that are written for layers run them, where there is one; else all are run by their operations.
    pub kernels: bool,
    /// Whether a model around this one applies it several times in a pass.
    pub again: bool,
    /// What the sample axis of the inputs is.
    pub samples: Samples,
}

impl Plan {
    /// A plan for inputs of these lengths.
    ///
    /// # Errors
    /// Lengths that the model does not take, or of which the tensors do not fit into memory; what a layer finds wrong.
    pub fn new(model: &dyn AnyModel, wish: &Wish<'_>) -> Result<Plan> {
        let structure = model.structure();
        let masked: Vec<bool> = wish.masks.iter().map(Option::is_some).collect();
        let nodes = check_masked(model, wish.lengths, &masked, wish.samples)?;
        let axes = Axes::new(structure, wish.lengths);
        check_room(structure, &nodes, &axes, wish)?;
        let mut plan = Plan::begun(model, wish);
        if let Some(executor) = &wish.executor {
            return plan.external(model, wish, executor.clone());
        }
        let mut firsts = Vec::new();
        for (at, inferred) in nodes.iter().enumerate() {
            let first = plan.node(model, at, inferred, &axes, &firsts, wish)?;
            firsts.push(first);
        }
        plan.results(&firsts)?;
        if wish.kernels {
            plan.fuse(model);
        }
        plan.find_before();
        plan.shared = plan.count_shared();
        if wish.mode.gradients {
            plan.directions();
        }
        Ok(plan)
    }

    /// Adds a node, and returns the first of its tensors; `firsts` are those of the nodes before it.
    fn node(
        &mut self,
        model: &dyn AnyModel,
        at: usize,
        inferred: &Inferred,
        axes: &Axes,
        firsts: &[usize],
        wish: &Wish<'_>,
    ) -> Result<usize> {
        let node = &self.structure.nodes[at];
        let unknown = || {
            let error = Error::layer("nobody knows the shape that it gives");
            error.in_layer(self.structure.layers[node.layer].name)
        };
        let outputs = inferred.outputs().ok_or_else(unknown)?;
        if is_moved(self.structure, node) {
            // What reads the strings behind it knows where they come from.
            return Ok(0);
        }
        let mut shapes = Vec::with_capacity(outputs.len());
        for i in 0..outputs.len() {
            shapes.push(axes.lengths(&outputs.get(i).shape).ok_or_else(unknown)?);
        }
        let whole = |i: usize| outputs.get(i).dtype == DType::Int32;
        if let Some(inputs) = reads(model, node, wish.lengths)? {
            let output = self.memory.place(shapes.swap_remove(0), whole(0));
            self.memory.buffer(output);
            let strings = node.inputs.iter().any(|source| root(self.structure, *source).is_some());
            self.reads.push(Reads { path: vec![node.layer], inputs, output, strings });
            return Ok(output);
        }
        let integers = takes_integers(self.structure.config(node).as_deref(), &outputs);
        let feed = |(source, role): (&Source, &Role)| {
            let tensor = place(source, firsts);
            let tensor = if integers { tensor } else { self.as_floats(tensor) };
            let mask = if node.drop_mask { None } else { self.memory.places[tensor].mask };
            Feed { tensor, mask, role: *role }
        };
        let mut feeds: Vec<Feed> = node.inputs.iter().zip(node.roles).map(feed).collect();
        self.strings_of(model, at, wish.lengths, &mut feeds)?;
        let first = self.memory.places.len();
        let tensors =
            shapes.into_iter().enumerate().map(|(i, shape)| self.memory.place(shape, whole(i))).collect();
        let masked: Vec<bool> =
            (0..outputs.len()).map(|i| matches!(outputs.get(i).mask, keras_shape::Mask::Present)).collect();
        self.step(model, node, feeds, tensors, &masked, wish)?;
        Ok(first)
    }

    /// Says which tensors the model gives; `firsts` are the first ones of its nodes.
    fn results(&mut self, firsts: &[usize]) -> Result<()> {
        let outputs = self.structure.outputs;
        if outputs.iter().any(|source| root(self.structure, *source).is_some()) {
            return Err(Error::layer(keras_shape::wording::strings_given().to_string()));
        }
        self.outputs = outputs.iter().map(|source| place(source, firsts)).collect();
        for y in self.outputs.clone() {
            let y = self.as_floats(y);
            let own = self.with_own_gradient(y);
            self.floats.push(own);
        }
        Ok(())
    }

    /// A plan that has the inputs and the gradients of the weights, and computes nothing.
    fn begun(model: &dyn AnyModel, wish: &Wish<'_>) -> Plan {
        let structure = model.structure();
        let layers = &structure.layers;
        let mut plan = Plan {
            structure,
            mode: wish.mode,
            steps: Vec::new(),
            memory: Memory::default(),
            outputs: Vec::new(),
            floats: Vec::new(),
            params: Vec::new(),
            finals: Vec::new(),
            starts: Vec::new(),
            spare: Vec::new(),
            reads: Vec::new(),
            needs_context: false,
            keeps_states: layers.iter().enumerate().any(|(i, layer)| {
                let config = layer.config.as_ref().or_else(|| model.layer_at(i).rule());
                config.is_some_and(LayerConfig::keeps_state)
            }),
            shared: 0,
            held: 0,
            external: None,
        };
        for (i, lengths) in wish.lengths.iter().enumerate() {
            let dtype = structure.inputs.get(i).map(|info| info.spec.dtype);
            // Of strings only what layers make of them is held.
            let lengths = if dtype == Some(DType::String) { &[0] } else { *lengths };
            let tensor = plan.memory.place(lengths.to_vec(), dtype == Some(DType::Int32));
            plan.memory.buffer(tensor);
            if let Some(Some(shape)) = wish.masks.get(i) {
                plan.memory.places[tensor].mask = Some(plan.memory.mask(shape));
            }
            if wish.input_grads.get(i).copied().unwrap_or(false) {
                plan.memory.want(tensor);
            }
        }
        for layer in 0..layers.len() {
            plan.starts.push(plan.params.len());
            let layer_at = model.layer_at(layer);
            for (param, trains) in layer_at.params().into_iter().zip(trained(layer_at)) {
                let trains = wish.mode.gradients && trains;
                let grad = trains.then(|| plan.memory.grad(count(&param.value.shape())));
                plan.params.push(ParamGrad { grad, known: false, late: None });
            }
        }
        plan
    }

    /// An output of floats, or a copy of it where its gradient is that of another output already: the two losses each
    /// have one, which add up.
    fn with_own_gradient(&mut self, tensor: usize) -> usize {
        let place = &self.memory.places[tensor];
        let shared = |y: &usize| self.memory.places[*y].grad == place.grad;
        if place.grad.is_none() || !self.floats.iter().any(shared) {
            return tensor;
        }
        let copy = self.convert(tensor, Box::new(Copy));
        self.memory.want(copy);
        copy
    }

    /// The tensor as floats: itself, or what a step makes of it.
    fn as_floats(&mut self, tensor: usize) -> usize {
        let place = &self.memory.places[tensor];
        if !place.whole {
            return tensor;
        }
        let made = |step: &&Step| step.cast && step.feeds[0].tensor == tensor;
        if let Some(step) = self.steps.iter().find(made) {
            return step.outputs[0];
        }
        self.convert(tensor, Box::new(Cast))
    }

    /// A step of no layer, which makes floats of the same shape of a tensor.
    fn convert(&mut self, tensor: usize, kernel: Box<dyn Kernel>) -> usize {
        let place = &self.memory.places[tensor];
        let (shape, mask) = (place.shape.clone(), place.mask);
        let floats = self.memory.place(shape, false);
        self.memory.places[floats].mask = mask;
        self.memory.buffer(floats);
        self.steps.push(Step {
            layer: 0,
            cast: true,
            second: None,
            again: false,
            before: Vec::new(),
            training: false,
            policy: ComputePolicy::FLOAT32,
            feeds: vec![Feed { tensor, mask, role: Role::Input }],
            outputs: vec![floats],
            kernel: Some(kernel),
            back: Back::default(),
        });
        floats
    }

    /// Whether the gradient of a tensor or weight that a layer computes from is wanted.
    fn wants_gradients(&self, layer: usize, feeds: &[Feed]) -> bool {
        feeds.iter().any(|feed| self.memory.places[feed.tensor].grad.is_some())
            || self.params_of(layer).iter().any(|param| param.grad.is_some())
    }

    /// Adds a layer applied to `feeds`.
    fn step(
        &mut self,
        model: &dyn AnyModel,
        node: &NodeInfo,
        feeds: Vec<Feed>,
        outputs: Vec<usize>,
        masked: &[bool],
        wish: &Wish<'_>,
    ) -> Result<()> {
        let (layer, own) = (node.layer, model.layer_at(node.layer));
        let training = node.call.training.unwrap_or(self.mode.training);
        let calls = self.structure.nodes.iter().filter(|other| other.layer == layer);
        let again = wish.again || calls.count() > 1;
        let gradients = self.mode.gradients && self.wants_gradients(layer, &feeds);
        let (config, policy) = (self.structure.config(node), node.call.policy());
        let site = Site {
            feeds: &feeds,
            outputs: &outputs,
            memory: &self.memory,
            training,
            gradients,
            frozen: !own.trainable(),
            again,
            policy,
        };
        let choice =
            chosen(own, config.as_deref(), &site, wish.kernels).map_err(|e| e.in_layer(own.name()))?;
        self.masks(model, layer, &feeds, &outputs, masked, &choice);
        let mut feeds = feeds;
        if let Choice::Native(kernel) = &choice {
            self.hold(kernel.held()).map_err(|e| e.in_layer(own.name()))?;
            feeds.extend(self.read_for(model, node, wish.lengths, &**kernel)?);
        }
        let kernel = match choice {
            Choice::Same => {
                self.memory.share(feeds[0].tensor, outputs[0], gradients);
                None
            }
            Choice::Native(kernel) => {
                for tensor in &outputs {
                    self.memory.buffer(*tensor);
                    if gradients {
                        self.memory.want(*tensor);
                    }
                }
                self.needs_context |= kernel.needs_context();
                Some(kernel)
            }
            Choice::Operations => return Err(Error::layer("no way to run it was found").in_layer(own.name())),
        };
        self.steps.push(Step {
            layer,
            cast: false,
            second: None,
            again,
            before: Vec::new(),
            training,
            policy,
            feeds,
            outputs,
            kernel,
            back: Back::default(),
        });
        Ok(())
    }

    /// Counts what a kernel holds, which all of a file's layers together may make too much.
    fn hold(&mut self, numbers: usize) -> Result<()> {
        self.held = self.held.saturating_add(numbers);
        if has_room(self.held) {
            return Ok(());
        }
        let gigabytes = self.held as f64 * size_of::<f32>() as f64 / 1e9;
        Err(Error::layer(format!(
            "what this layer and those before it compute with takes {gigabytes:.0} GB, more than there is memory"
        )))
    }

    /// Gives the outputs that have one a mask.
    ///
    /// Kernels hand the mask of their first input on where the rules say that their output has one; those that make one
    /// of their own have a place for it.
    fn masks(
        &mut self,
        model: &dyn AnyModel,
        layer: usize,
        feeds: &[Feed],
        outputs: &[usize],
        masked: &[bool],
        choice: &Choice,
    ) {
        let own = model.layer_at(layer);
        let makes = match self.structure.layers[layer].config.as_ref().or(own.rule()) {
            Some(config) => matches!(config.mask_rule(), keras_shape::MaskRule::Make),
            None => own.wrapped().is_none(),
        };
        for (i, tensor) in outputs.iter().enumerate().filter(|(i, _)| masked[*i]) {
            let own = match choice {
                Choice::Native(kernel) => kernel.mask(i),
                Choice::Same | Choice::Operations => None,
            };
            let from = match choice {
                Choice::Native(kernel) => kernel.hands_mask_on(i).unwrap_or(0),
                Choice::Same | Choice::Operations => 0,
            };
            let carried = feeds.get(from).and_then(|feed| feed.mask);
            let mask = match (own, carried) {
                (None, Some(carried)) if !makes => carried,
                (Some(own), _) => self.memory.mask(&own),
                (None, carried) => {
                    // What is made of one is of the same steps, and what is made anew of all but the features.
                    let steps = &self.memory.places[*tensor].shape;
                    let steps = steps[..steps.len().saturating_sub(1)].to_vec();
                    let carried =
                        carried.filter(|_| !makes).map(|mask| self.memory.masks[mask].shape.clone());
                    self.memory.mask(&carried.unwrap_or(steps))
                }
            };
            self.memory.places[*tensor].mask = Some(mask);
        }
    }

    pub(super) fn params_of(&self, layer: usize) -> &[ParamGrad] {
        let end = self.starts.get(layer + 1).copied().unwrap_or(self.params.len());
        &self.params[self.starts[layer]..end]
    }
}

/// Whether memory can hold the tensors of a plan, before it is asked for any.
///
/// # Errors
/// Names the layer whose output is too large, or says how much all take.
fn check_room(structure: &Structure, nodes: &[Inferred], axes: &Axes<'_>, wish: &Wish<'_>) -> Result<()> {
    let given = wish.lengths.iter().enumerate().map(|(i, lengths)| count(own_axes(structure, i, lengths)));
    let mut total = given.fold(0, usize::saturating_add);
    for (node, inferred) in structure.nodes.iter().zip(nodes) {
        let Some(outputs) = inferred.outputs() else { continue };
        for i in 0..outputs.len() {
            let shape = outputs.get(i).shape;
            let Some(lengths) = axes.lengths(&shape) else { continue };
            let Some(numbers) = elements(lengths) else {
                return Err(too_large(structure, node.layer, &shape));
            };
            total = total.saturating_add(numbers);
        }
    }
    let total = if wish.mode.gradients { total.saturating_mul(2) } else { total };
    if has_room(total) {
        return Ok(());
    }
    let (batch, gigabytes) = (axes.batch, total as f64 * size_of::<f32>() as f64 / 1e9);
    let samples = if batch == 1 { "sample takes" } else { "samples take" };
    Err(Error::Argument(format!(
        "the tensors of a batch of {batch} {samples} {gigabytes:.0} GB, more than there is memory"
    )))
}

/// Whether a layer takes integers as they are: it gives integers too (it moves numbers, or adds them), looks them up, or
/// is no layer of Keras and makes of them what it wants. To all others integers come as floats.
pub(crate) fn takes_integers(config: Option<&LayerConfig>, outputs: &Outputs) -> bool {
    config.is_none_or(|config| outputs.get(0).dtype == DType::Int32 || config.takes_ids())
}

/// Which of a layer's weights are trained.
fn trained(layer: &dyn AnyLayer) -> Vec<bool> {
    match inner_model(layer) {
        Some(nested) => {
            (0..nested.structure().layers.len()).flat_map(|i| trained(nested.layer_at(i))).collect()
        }
        None => layer.params().iter().map(|param| param.trainable && layer.trainable()).collect(),
    }
}

/// Which layers are trained, inner ones too.
pub(super) fn trainable(model: &dyn AnyModel, all: &mut Vec<bool>) {
    for i in 0..model.structure().layers.len() {
        let layer = model.layer_at(i);
        all.push(layer.trainable());
        // Layers inside of a wrapper may be trained or not by themselves.
        all.extend((0..).map_while(|i| layer.param(i)).map(|param| param.trainable));
        if let Some(nested) = inner_model(layer) {
            trainable(nested, all);
        }
    }
}

/// Whether a call anywhere in a model says that its layer trains.
pub(super) fn trains_anyway(model: &dyn AnyModel) -> bool {
    let structure = model.structure();
    structure.nodes.iter().any(|node| node.call.training == Some(true))
        || (0..structure.layers.len()).any(|i| inner_model(model.layer_at(i)).is_some_and(trains_anyway))
}

/// The lengths that named axes have.
struct Axes<'a> {
    batch: usize,
    named: Vec<(&'a str, usize)>,
}

impl<'a> Axes<'a> {
    fn new(structure: &'a Structure, lengths: &[&[usize]]) -> Self {
        let mut named = Vec::new();
        for (info, lengths) in structure.inputs.iter().zip(lengths) {
            for (dim, n) in info.spec.shape.dims().iter().zip(*lengths) {
                if let keras_shape::Dim::Dynamic(Some(name)) = dim {
                    named.push((*name, *n));
                }
            }
        }
        Axes { batch: lengths.first().and_then(|lengths| lengths.first()).copied().unwrap_or(1), named }
    }

    fn lengths(&self, shape: &keras_shape::Shape) -> Option<Vec<usize>> {
        let length = |(axis, dim): (usize, &keras_shape::Dim)| match dim {
            keras_shape::Dim::Fixed(n) => Some(*n),
            _ if axis == 0 => Some(self.batch),
            keras_shape::Dim::Dynamic(Some(name)) => {
                self.named.iter().find(|(known, _)| known == name).map(|(_, n)| *n)
            }
            keras_shape::Dim::Dynamic(None) | keras_shape::Dim::Derived(..) | keras_shape::Dim::Later => None,
        };
        shape.dims().iter().enumerate().map(length).collect()
    }
}

/// What runs a layer where it stands; `config` is that of a layer of Keras.
fn chosen(
    layer: &dyn AnyLayer,
    config: Option<&LayerConfig>,
    site: &Site<'_>,
    kernels: bool,
) -> Result<Choice> {
    match (config, layer.nested(), layer.wrapped()) {
        (Some(config), ..) => {
            let keras = Arithmetic::of(layer, config)?;
            // No kernel adds to the loss, nor computes in other numbers.
            let by_operations = config.adds_to_loss() || !kernels || !site.policy.is_float32();
            if by_operations { Traced::choose(keras, site) } else { choose(keras, site) }
        }
        (None, Some(nested), _) => Nested::choose(nested, site, kernels),
        (None, None, Some(_)) => wrapped::choose(layer, site, kernels),
        (None, None, None) => Traced::own(layer, site),
    }
}
