//! One step of the proof: a layer and the tensors that it is given.

use crate::masks::{self, FEW_INPUTS, MAX_INPUTS};
use crate::size::{self, too_many_weights};
use crate::{
    AtRunTime, DType, LayerConfig, Mask, Role, Shape, ShapeError, TakesStrings, TensorSpec, Text, wording,
};

/// The most tensors that one layer gives.
pub const MAX_OUTPUTS: usize = 8;

/// The tensors that a layer gives.
#[derive(Clone, Copy, Debug)]
pub struct Outputs {
    len: usize,
    list: [TensorSpec; MAX_OUTPUTS],
}

impl Outputs {
    /// One tensor.
    pub const fn one(spec: TensorSpec) -> Self {
        Outputs { len: 1, list: [spec; MAX_OUTPUTS] }
    }

    /// One float tensor of this shape.
    pub const fn float(shape: Shape) -> Self {
        Outputs::one(TensorSpec::float(shape))
    }

    /// One more tensor.
    pub const fn and(mut self, spec: TensorSpec) -> Self {
        if self.len < MAX_OUTPUTS {
            self.list[self.len] = spec;
            self.len += 1;
        }
        self
    }

    /// The same with this mask of the tensor at `i`.
    pub const fn with_mask(mut self, i: usize, mask: Mask) -> Self {
        self.list[i].mask = mask;
        self
    }

    /// The same with what `map` makes of each tensor and its place.
    #[must_use]
    pub fn map(mut self, map: impl Fn(usize, TensorSpec) -> TensorSpec) -> Self {
        for (i, spec) in self.list[..self.len].iter_mut().enumerate() {
            *spec = map(i, *spec);
        }
        self
    }

    /// How many there are.
    #[allow(clippy::len_without_is_empty)]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// The tensor at `i`, or the first.
    pub const fn get(&self, i: usize) -> TensorSpec {
        if i < self.len { self.list[i] } else { self.list[0] }
    }
}

/// What came of a step: its tensors, an error, or nothing because an input is not known.
#[derive(Clone, Copy, Debug)]
pub enum Inferred {
    /// The tensors that the layer gives.
    Known(Outputs),
    /// What is wrong here.
    Wrong(ShapeError),
    /// Nothing can be said: an input is wrong, or known only to the compiler.
    Unknown,
}

impl Inferred {
    /// The tensors, if they are known.
    pub const fn outputs(&self) -> Option<Outputs> {
        match self {
            Inferred::Known(outputs) => Some(*outputs),
            _ => None,
        }
    }

    /// The tensor at `i`, if it is known.
    pub const fn output(&self, i: usize) -> Option<TensorSpec> {
        match self {
            Inferred::Known(outputs) => Some(outputs.get(i)),
            _ => None,
        }
    }

    /// The same with what `map` makes of each tensor and its place, if they are known.
    #[must_use]
    pub fn map(self, map: impl Fn(usize, TensorSpec) -> TensorSpec) -> Self {
        match self {
            Inferred::Known(outputs) => Inferred::Known(outputs.map(map)),
            other => other,
        }
    }

    /// Stops the build with the error in words, if there is one here.
    ///
    /// # Panics
    /// That is its purpose: in a constant, a panic is a compile error.
    #[track_caller]
    pub const fn check(&self, buffer: &'static str) {
        if let Inferred::Wrong(_) = self {
            panic!("{}", buffer)
        }
    }

    /// The error in words, or nothing; nothing either where another layer is to blame, see [`blamed`].
    pub const fn message(&self) -> Text<1024> {
        match self {
            Inferred::Wrong(error) if error.culprit.is_none() => error.text(),
            _ => Text::new(),
        }
    }
}

/// The first error among the nodes of a model for which another node is to blame than the one that finds it.
pub const fn blamed(nodes: &[&[Inferred]]) -> Option<ShapeError> {
    let mut segment = 0;
    while segment < nodes.len() {
        let mut i = 0;
        while i < nodes[segment].len() {
            if let Inferred::Wrong(error) = nodes[segment][i]
                && error.culprit.is_some()
            {
                return Some(error);
            }
            i += 1;
        }
        segment += 1;
    }
    None
}

/// The error in words, if the node at this place is to blame for it, or nothing.
pub const fn blame(error: &Option<ShapeError>, node: usize) -> Text<1024> {
    if let Some(error) = error
        && let Some(culprit) = error.culprit
        && culprit == node
    {
        return error.text();
    }
    Text::new()
}

/// The shape of an output, for code that is emitted only when everything is known; a placeholder
/// where an error is already reported.
pub const fn unwrap_shape(inferred: &Inferred, i: usize, rank: usize) -> Shape {
    match inferred.output(i) {
        Some(spec) => spec.shape,
        None => {
            let mut shape = Shape::new(&[]);
            while shape.rank() < rank {
                shape = shape.push(crate::Dim::NONE);
            }
            shape
        }
    }
}

/// Applies a layer's rule to its inputs. `node` is the layer's place in the model, which a lost
/// mask remembers; `drop_mask` says that the model's author wrote `mask = None`.
///
/// It is for constants; a program calls [`AtRunTime::infer`] while it runs.
pub const fn infer(
    config: &LayerConfig,
    inputs: &[Option<TensorSpec>],
    node: usize,
    drop_mask: bool,
) -> Inferred {
    if inputs.len() <= FEW_INPUTS {
        return infer_of::<FEW_INPUTS>(config, inputs, node, drop_mask);
    }
    if inputs.len() <= MAX_INPUTS {
        return infer_of::<MAX_INPUTS>(config, inputs, node, drop_mask);
    }
    too_many_inputs(inputs.len())
}

impl AtRunTime<'_> {
    /// Applies the layer's rule to its inputs, as [`infer()`] does.
    pub fn infer(self, inputs: &[Option<TensorSpec>], node: usize, drop_mask: bool) -> Inferred {
        if inputs.len() <= FEW_INPUTS {
            return self.infer_of::<FEW_INPUTS>(inputs, node, drop_mask);
        }
        if inputs.len() <= MAX_INPUTS {
            return self.infer_of::<MAX_INPUTS>(inputs, node, drop_mask);
        }
        too_many_inputs(inputs.len())
    }

    // Not inlined: the frame would have room for both lengths, and each layer would touch a quarter of a megabyte of stack.
    #[inline(never)]
    fn infer_of<const N: usize>(
        self,
        inputs: &[Option<TensorSpec>],
        node: usize,
        drop_mask: bool,
    ) -> Inferred {
        let mut taken = Taken::<N>::none();
        match taken.take(self.0, inputs, node, drop_mask) {
            Ok(()) => given(self.0, &taken, node, self.output(taken.placed.as_slice())),
            Err(inferred) => inferred,
        }
    }
}

/// [`infer`] for at most `N` tensors.
const fn infer_of<const N: usize>(
    config: &LayerConfig,
    inputs: &[Option<TensorSpec>],
    node: usize,
    drop_mask: bool,
) -> Inferred {
    let mut taken = Taken::<N>::none();
    match taken.take(config, inputs, node, drop_mask) {
        Ok(()) => given(config, &taken, node, config.output(taken.placed.as_slice())),
        Err(inferred) => inferred,
    }
}

const fn too_many_inputs(found: usize) -> Inferred {
    let text = Text::new().s("a layer takes at most ").n(MAX_INPUTS).s(" tensors, found ").n(found);
    let help = Text::new().s("merge some of them first: a list of lists, `[[a, b] => Concatenate(), c]`");
    Inferred::Wrong(ShapeError::new(text).help(help))
}

/// What a layer is given, of which nothing is wrong before its rule is asked.
struct Taken<const N: usize> {
    /// All of it.
    all: masks::Placed<N>,
    /// Without the masks by name, which are those of other tensors here: what the rule takes.
    placed: masks::Placed<N>,
}

impl<const N: usize> Taken<N> {
    const fn none() -> Self {
        Taken { all: masks::Placed::none(), placed: masks::Placed::none() }
    }

    /// Takes the inputs of a layer, before its rule is asked.
    ///
    /// # Errors
    /// What comes of it where the rule is not to be asked.
    const fn take(
        &mut self,
        config: &LayerConfig,
        inputs: &[Option<TensorSpec>],
        node: usize,
        drop_mask: bool,
    ) -> Result<(), Inferred> {
        let all = &mut self.all;
        while all.len < inputs.len() {
            let Some(mut spec) = inputs[all.len] else { return Err(Inferred::Unknown) };
            if drop_mask {
                spec.mask = Mask::Absent;
            }
            all.list[all.len] = spec;
            all.len += 1;
        }
        let inputs = self.all.as_slice();
        let mut i = 0;
        while i < inputs.len() {
            if !config.takes(inputs[i].role) {
                return Err(Inferred::Wrong(no_such_argument(config.class(), inputs[i].role)));
            }
            i += 1;
        }
        if let Some(error) = strings(config, inputs) {
            return Err(Inferred::Wrong(error));
        }
        masks::place(config, inputs, node, &mut self.placed);
        match size::check_inputs(config.class(), self.placed.as_slice()) {
            Some(error) => Err(Inferred::Wrong(error)),
            None => Ok(()),
        }
    }
}

/// What comes of a layer whose rule has given this.
const fn given<const N: usize>(
    config: &LayerConfig,
    taken: &Taken<N>,
    node: usize,
    outputs: Result<Outputs, ShapeError>,
) -> Inferred {
    let (with_masks, inputs) = (taken.all.as_slice(), taken.placed.as_slice());
    let mut outputs = match outputs {
        Ok(outputs) => outputs,
        Err(error) => return Inferred::Wrong(error),
    };
    if let Err(error) = masks::check(config, with_masks) {
        return Inferred::Wrong(error);
    }
    if let Some(error) = size::check_outputs(config.class(), &outputs) {
        return Inferred::Wrong(error);
    }
    // What strings are moved to are strings.
    if matches!(config.facts().strings, TakesStrings::Moves)
        && !inputs.is_empty()
        && matches!(inputs[0].dtype, DType::String)
    {
        let mut i = 0;
        while i < outputs.len {
            outputs.list[i].dtype = DType::String;
            i += 1;
        }
    }
    let out_mask = match masks::mask_after(config, with_masks, inputs, node) {
        Ok(mask) => mask,
        Err(error) => return Inferred::Wrong(error),
    };
    let mut i = 0;
    while i < outputs.len {
        outputs.list[i].mask = if i < config.masked_outputs() { out_mask } else { Mask::Absent };
        outputs.list[i].role = Role::Input;
        i += 1;
    }
    Inferred::Known(outputs)
}

/// What is wrong with the strings that a layer is given, or with numbers in the place of strings.
const fn strings(config: &LayerConfig, inputs: &[TensorSpec]) -> Option<ShapeError> {
    let takes = config.facts().strings;
    let mut i = 0;
    while i < inputs.len() {
        let is_string = matches!(inputs[i].dtype, DType::String);
        match takes {
            TakesStrings::No if is_string => return Some(wording::no_strings(config.class())),
            TakesStrings::Only if !is_string => return Some(wording::only_strings(config.class())),
            TakesStrings::Moves if is_string != matches!(inputs[0].dtype, DType::String) => {
                let text = Text::new().s(config.class()).s(" takes strings or numbers, and is given both");
                let help = Text::new().s("make numbers of the strings first: `StringLookup(vocabulary = [\"a\", \"b\"])` and the like");
                return Some(ShapeError::new(text).help(help));
            }
            _ => {}
        }
        i += 1;
    }
    None
}

/// What comes of a layer that is applied again: its weights were made for the tensors that it was given first.
pub const fn again(
    inferred: Inferred,
    config: &LayerConfig,
    first: &[Option<TensorSpec>],
    inputs: &[Option<TensorSpec>],
) -> Inferred {
    if inferred.outputs().is_none() || infer(config, first, 0, true).outputs().is_none() {
        return inferred;
    }
    let (first, inputs) = (all_known(first), all_known(inputs));
    let (Some(first), Some(inputs)) = (first, inputs) else { return inferred };
    let (made, wanted) = (config.weights(first.as_slice()), config.weights(inputs.as_slice()));
    let (made, wanted) = (made.as_slice(), wanted.as_slice());
    let mut i = 0;
    while i < made.len() && i < wanted.len() {
        let (a, b) = (made[i].shape, wanted[i].shape);
        let mut same = a.rank() == b.rank();
        let mut axis = 0;
        while same && axis < a.rank() {
            same = !a.dim(axis).clashes(b.dim(axis));
            axis += 1;
        }
        if !same {
            let text = Text::new().s(config.class()).s(" is applied before to ").shape(&first.list[0].shape);
            let text = text.s(", for which its `").s(made[i].path.as_str()).s("` is ").shape(&a).s("; for ");
            let text = text.shape(&inputs.list[0].shape).s(" it would be ").shape(&b);
            let help = Text::new()
                .s("shared weights need inputs of one shape: a `")
                .s(config.class())
                .s("(...)` of its own in place of the shared one has weights of its own");
            return Inferred::Wrong(ShapeError::new(text).help(help));
        }
        i += 1;
    }
    inferred
}

/// What comes of a layer whose weights must not be too large either. It costs more than the rule, so whoever knows
/// that they are small does not ask.
pub const fn weighed(inferred: Inferred, config: &LayerConfig, inputs: &[Option<TensorSpec>]) -> Inferred {
    let (Inferred::Known(_), Some(inputs)) = (&inferred, all_known(inputs)) else { return inferred };
    match too_many_weights(config.class(), &config.weights(inputs.as_slice())) {
        Some(error) => Inferred::Wrong(error),
        None => inferred,
    }
}

/// The tensors, if all of them are known. Of many, the first: layers that take many have no weights.
const fn all_known(specs: &[Option<TensorSpec>]) -> Option<masks::Placed<FEW_INPUTS>> {
    let mut all = masks::Placed::<FEW_INPUTS>::none();
    while all.len < specs.len() && all.len < FEW_INPUTS {
        match specs[all.len] {
            Some(spec) => all.list[all.len] = spec,
            None => return None,
        }
        all.len += 1;
    }
    Some(all)
}

const fn no_such_argument(class: &str, role: Role) -> ShapeError {
    let text = Text::new().s(class).s(" takes no `").s(role.name()).s("`");
    let help = Text::new().s(match role {
        Role::InitialState => "recurrent layers do: `LSTM`, `GRU`, `SimpleRNN`, `RNN` and `Bidirectional`",
        Role::AttentionMask => "`MultiHeadAttention` does",
        Role::CountWeights => "`CategoryEncoding` does",
        Role::Mask => {
            "layers that look at steps do: recurrent layers, `TimeDistributed`, `Attention`, `GlobalAveragePooling1D`, `BatchNormalization` and `Softmax`"
        }
        Role::QueryMask | Role::ValueMask | Role::KeyMask => {
            "`MultiHeadAttention` does; `Attention` takes `mask = [query_mask, value_mask]`"
        }
        Role::Input => "give it tensors by name",
    });
    ShapeError::new(text).help(help).arg(role.name())
}

/// The outputs of a `Lambda`: the axes after the batch axis as given, else the input's shape.
pub const fn lambda(inputs: &[Option<TensorSpec>], output: Option<&[crate::Dim]>, node: usize) -> Inferred {
    if inputs.is_empty() {
        return Inferred::Unknown;
    }
    let mut i = 0;
    while i < inputs.len() {
        if inputs[i].is_none() {
            return Inferred::Unknown;
        }
        i += 1;
    }
    let Some(input) = inputs[0] else { return Inferred::Unknown };
    let mut shape = input.shape;
    if let Some(dims) = output {
        shape = Shape::new(&[input.shape.batch()]);
        let mut i = 0;
        while i < dims.len() {
            shape = shape.push(dims[i]);
            i += 1;
        }
    }
    let mut spec = TensorSpec::float(shape);
    spec.mask = match input.mask {
        Mask::Present => Mask::Lost(node),
        other => other,
    };
    Inferred::Known(Outputs::one(spec))
}
