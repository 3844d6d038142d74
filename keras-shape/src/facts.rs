//! What others must know of a layer beside its shapes, weights and costs.

use crate::{Activates, Activation, Axes, Inner};

/// What every layer declares of itself, in its own file. The first three each layer says, the others those for which they
/// are not [what most layers are](Facts::PLAIN).
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Whether its inputs are ids: integers come to it as they are.
    pub takes_ids: bool,
    /// What it makes of strings.
    pub strings: TakesStrings,
    /// Whether its vocabulary of integers is found in data after the model is made: then it reads an input of the model itself.
    pub adapts: bool,
    /// Whether the length of its output, behind the batch axis, is that of the longest text of a batch.
    pub follows_texts: bool,
    /// Whether, while training, what it gives for one sample depends on the other samples of the batch.
    pub uses_batch: bool,
    /// The masks that a call may give by name.
    pub named_mask: NamedMask,
    /// How it goes over the steps of a sequence with states, if it does: then it takes `initial_state`, and knows what to
    /// make of a mask that tells of whole samples, which are steps of a sequence around.
    pub over_steps: Option<OverSteps>,
    /// The arithmetic of a step, if it is a cell: one that `RNN` takes.
    pub cell: Option<crate::layers::Recurrent>,
    /// The cells that it is made of, if it is a stack of them.
    pub stack: Option<&'static [Inner]>,
    /// The layer that it applies at every step of a sequence as if each were a sample, if it does.
    pub each_step: Option<Inner>,
    /// The argument in which more may stand than a layer of Keras with arguments: a layer that is bound to a name, a block, a
    /// model, or one of the author's own.
    pub wraps: Option<&'static str>,
    /// The layers that Keras makes with it, by their automatic names: they count in its numbering. `""` is none.
    pub makes: Names,
    /// Those that Keras makes when it is first applied.
    pub makes_applied: Names,
    /// What a call may call its inputs behind the first, in their order: `value = v, key = k`.
    pub named_inputs: &'static [&'static str],
    /// Whether it makes one tensor of a list of any number of them.
    pub merges: bool,
    /// Whether a call may say how much each number of its input counts: `count_weights = w`.
    pub count_weights: bool,
    /// Whether its `activity_regularizer` is of its outputs; else it is of what layers inside compute.
    pub regularizes_output: bool,
    /// The function that the layer is as the activation of another, if it may be that.
    pub activates: Option<Activates>,
    /// The activation that the layer is, with the axes over which it goes, its argument `axis`.
    pub activation_over: Option<(Activation, Axes)>,
    /// The operation of `keras.ops` with the same name, arguments and numbers, which hands on no mask: what it is called
    /// with.
    pub as_operation: Option<Operands>,
    /// Of which operations Keras makes the mask of its output in a graph.
    pub mask_from: crate::MaskFrom,
    /// Whether its first weight is called `embeddings` and has a row for each id, which are points to look at.
    pub is_embedding: bool,
    /// What it rounds where it computes in numbers of 16 bits.
    pub rounds: Rounds,
    /// Its activations that are given a product of its weights and nothing beside.
    pub linear_in: &'static [LinearIn],
}

/// An activation of a layer, and the weights of which what it is given is made: with these twice as large that is twice as large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinearIn {
    /// The argument that says which activation.
    pub argument: &'static str,
    /// The weights, by their names.
    pub weights: &'static [&'static str],
    /// Which parts of the last axis of these weights.
    pub parts: &'static [usize],
    /// Of how many parts of equal length.
    pub of: usize,
}

impl LinearIn {
    /// The activation of a layer with one, for which all of these weights count.
    pub(crate) const fn all(weights: &'static [&'static str]) -> Self {
        LinearIn { argument: "activation", weights, parts: &[0], of: 1 }
    }
}

/// That of layers which have a kernel and a bias.
pub(crate) const LINEAR_IN_KERNEL: &[LinearIn] = &[LinearIn::all(&["kernel", "bias"])];

/// What a layer rounds that computes in numbers of 16 bits. Keras's normalisations compute in numbers of 32 bits then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounds {
    /// Inputs, weights and outputs.
    All,
    /// Inputs and outputs: weights are as they are.
    Inputs,
    /// Outputs alone.
    Outputs,
}

/// Automatic names of layers.
pub type Names = [&'static str; 11];

/// No layers.
pub const NO_NAMES: Names = [""; 11];

impl Facts {
    /// What most layers are.
    pub const PLAIN: Facts = Facts {
        takes_ids: false,
        strings: TakesStrings::No,
        adapts: false,
        follows_texts: false,
        uses_batch: false,
        named_mask: NamedMask::None,
        over_steps: None,
        cell: None,
        stack: None,
        each_step: None,
        wraps: None,
        makes: NO_NAMES,
        makes_applied: NO_NAMES,
        named_inputs: &[],
        merges: false,
        count_weights: false,
        regularizes_output: true,
        activates: None,
        activation_over: None,
        as_operation: None,
        mask_from: crate::MaskFrom::Handed,
        is_embedding: false,
        rounds: Rounds::All,
        linear_in: &[],
    };
}

/// What an operation is called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operands {
    /// A tensor: `ops.softmax(x)`.
    Tensor,
    /// A list of tensors: `ops.concatenate([a, b])`.
    List,
}

/// What a layer makes of strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakesStrings {
    /// It takes none.
    No,
    /// It takes them in the place of numbers.
    Too,
    /// It takes nothing else.
    Only,
    /// It hands them on, in another shape or order.
    Moves,
}

/// How a layer goes over the steps of a sequence with states.
#[derive(Clone, Copy, Debug)]
pub struct OverSteps {
    /// Whether each batch goes on from the states that the one before left (`stateful = true`).
    pub keeps_state: bool,
    /// How many of the outputs, from the first on, are the sequence that its mask is of.
    pub sequences: usize,
    /// What it has in common with the other layers of one recurrent cell, if it is one.
    pub cell: Option<crate::layers::Recurrent>,
    /// How `Bidirectional` sees it, if that takes it.
    pub pass: Option<crate::layers::Pass>,
    /// The layers of both directions and how their outputs are merged, if it runs two.
    pub both_ways: Option<crate::layers::Bidirectional>,
}

impl OverSteps {
    /// What layers with states have in common that are no recurrent layer of a cell.
    pub(crate) const fn kept(keeps_state: bool) -> Self {
        OverSteps { keeps_state, sequences: 1, cell: None, pass: None, both_ways: None }
    }

    /// Those of a recurrent layer that is one cell.
    pub(crate) const fn of_cell(keeps_state: bool, cell: crate::layers::Recurrent) -> Self {
        let pass = cell.pass();
        OverSteps::of(keeps_state, Some(cell), pass)
    }

    /// Those of a recurrent layer, with its cell if it has one alone.
    pub(crate) const fn of(
        keeps_state: bool,
        cell: Option<crate::layers::Recurrent>,
        pass: crate::layers::Pass,
    ) -> Self {
        OverSteps { cell, pass: Some(pass), ..OverSteps::kept(keeps_state) }
    }
}

/// The masks that a call may give a layer by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedMask {
    /// None.
    None,
    /// `mask = m`, of the steps `(batch, time)`.
    Steps,
    /// `mask = m`, of the steps and perhaps of axes behind them, which are those of a layer inside.
    StepsAndMore,
    /// `mask = m`, of the steps, which are this axis; none is carried there.
    StepsAt(usize),
    /// `mask = m`, of all axes but the last.
    AllButLast,
    /// `mask = m`, of the numbers themselves. One of steps that the input carries is lost.
    Elements,
    /// `mask = [query_mask, value_mask]`, each of all axes but the last.
    List,
    /// `query_mask = m`, `value_mask = m` and `key_mask = m`, of steps. The output has the mask that the query carries.
    Each,
}

/// Declares the facts of a layer, in its file: those that every layer declares, and behind them each that is not
/// [what most layers are](Facts::PLAIN), as a function of its arguments.
macro_rules! facts {
    (
        $class:ident {
            takes_ids: $ids:literal, uses_batch: $batch:literal, named_mask: $mask:ident $($others:tt)*
        }
    ) => {
        facts!($class { takes_ids: |_layer| $ids, uses_batch: $batch, named_mask: $mask $($others)* });
    };
    (
        $class:ident {
            takes_ids: |$of:ident| $ids:expr, uses_batch: $batch:literal, named_mask: $mask:ident
            $(, $fact:ident: |$layer:ident| $value:expr)* $(,)?
        }
    ) => {
        impl $class {
            pub(crate) const fn facts(&self) -> $crate::Facts {
                $crate::Facts {
                    takes_ids: { let $of = self; $ids },
                    uses_batch: $batch,
                    named_mask: $crate::NamedMask::$mask,
                    $( $fact: { let $layer = self; $value }, )*
                    ..$crate::Facts::PLAIN
                }
            }
        }
    };
}
