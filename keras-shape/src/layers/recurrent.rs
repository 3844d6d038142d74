//! What LSTM, GRU and SimpleRNN have in common: all but the arithmetic of a step.

use super::check::{defined, ranked, share, tri};
use crate::activation::keeps_state;
use crate::geometry::positive;
use crate::{
    Activation, Constraint, Dim, Initializer, LinearIn, MaskRule, Outputs, Regularizer, Shape, ShapeError,
    Size, TensorSpec, Text, WeightSpec, Weights,
};

/// Which arithmetic a step has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// That of `LSTM`.
    Lstm,
    /// That of `GRU`.
    Gru,
    /// That of `SimpleRNN`.
    Simple,
}

impl CellKind {
    /// The layer of one cell of this arithmetic; the cell is called `Cell` behind it.
    pub const fn layer(self) -> &'static str {
        match self {
            CellKind::Lstm => "LSTM",
            CellKind::Gru => "GRU",
            CellKind::Simple => "SimpleRNN",
        }
    }

    /// The activations that are given sums of products alone: that of the state of an LSTM is given the state.
    pub(crate) const fn linear_in(self) -> &'static [LinearIn] {
        const WEIGHTS: &[&str] = &["kernel", "recurrent_kernel", "bias"];
        const fn gates(parts: &'static [usize], of: usize) -> LinearIn {
            LinearIn { argument: "recurrent_activation", weights: WEIGHTS, parts, of }
        }
        match self {
            CellKind::Lstm => &const { [gates(&[0, 1, 3], 4)] },
            CellKind::Gru => {
                const CANDIDATE: LinearIn = LinearIn { parts: &[2], of: 3, ..LinearIn::all(WEIGHTS) };
                &const { [gates(&[0, 1], 3), CANDIDATE] }
            }
            CellKind::Simple => &const { [LinearIn::all(WEIGHTS)] },
        }
    }
}

/// A recurrent layer as its rules and its scan over time see it.
#[derive(Clone, Copy, Debug)]
pub struct Recurrent {
    /// The layer's class: `LSTM`.
    pub class: &'static str,
    /// Keras's name of the cell, which holds the weights: `lstm_cell`. Empty of a cell that is a layer itself.
    pub cell: &'static str,
    /// The arithmetic of a step.
    pub kind: CellKind,
    /// How many states a step hands on: `[h, c]` or `[h]`.
    pub states: usize,
    /// How many blocks of `units` columns the kernels have.
    pub gates: usize,
    /// Whether input and state have a bias of their own: the bias is `(2, gates * units)`. So it is where the reset gate
    /// of a GRU acts after the product with the recurrent kernel.
    pub two_biases: bool,
    /// The size of the state.
    pub units: Size,
    /// Applied to the candidate.
    pub activation: Activation,
    /// Applied to the gates, if there are any.
    pub recurrent_activation: Activation,
    /// Whether a bias is added.
    pub use_bias: bool,
    /// Whether the second quarter of the bias begins at 1.
    pub unit_forget_bias: bool,
    /// How kernel, recurrent kernel and bias begin.
    pub initializers: [Initializer; 3],
    /// What kernel, recurrent kernel and bias add to the loss.
    pub regularizers: [Regularizer; 3],
    /// What kernel, recurrent kernel and bias are held to.
    pub constraints: [Constraint; 3],
    /// The share of inputs dropped while training.
    pub dropout: f64,
    /// The share of states dropped while training.
    pub recurrent_dropout: f64,
    /// Makes dropout the same in every run.
    pub seed: Option<u64>,
    /// Whether the output has every step or only the last.
    pub return_sequences: bool,
    /// Whether the last state comes as further outputs.
    pub return_state: bool,
    /// Whether time runs from the end.
    pub go_backwards: bool,
    /// Whether each batch goes on from the state of the one before.
    pub stateful: bool,
    /// Whether the steps are written out one by one, which needs their number.
    pub unroll: bool,
    /// Whether a masked step gives zeros instead of the output before it.
    pub zero_output_for_mask: bool,
}

/// A [`Recurrent`] of a layer or a cell, whose arguments have the same names in all of them.
macro_rules! recurrent_of {
    (
        $layer:ident: $class:ident as $cell:literal, kind = $kind:ident, states = $states:literal, gates = $gates:literal;
        $($own:ident = $value:expr),*
    ) => {
        $crate::layers::Recurrent {
            class: stringify!($class),
            cell: $cell,
            kind: $crate::layers::CellKind::$kind,
            states: $states,
            gates: $gates,
            units: $layer.units,
            activation: $layer.activation,
            use_bias: $layer.use_bias,
            initializers: [$layer.kernel_initializer, $layer.recurrent_initializer, $layer.bias_initializer],
            regularizers: [$layer.kernel_regularizer, $layer.recurrent_regularizer, $layer.bias_regularizer],
            constraints: [$layer.kernel_constraint, $layer.recurrent_constraint, $layer.bias_constraint],
            dropout: $layer.dropout,
            recurrent_dropout: $layer.recurrent_dropout,
            seed: $layer.seed,
            $($own: $value,)*
        }
    };
}
pub(crate) use recurrent_of;

/// Reads a [`Recurrent`] from a layer's arguments, and hands the layer's rules on to it.
macro_rules! recurrent {
    (
        $class:ident as $cell:literal, kind = $kind:ident, states = $states:literal, gates = $gates:literal;
        |$layer:ident| $($own:ident = $value:expr),*
    ) => {
        impl $class {
            /// What it has in common with the other recurrent layers.
            pub const fn recurrent(&self) -> $crate::layers::Recurrent {
                let $layer = self;
                super::recurrent::recurrent_of! {
                    self: $class as $cell, kind = $kind, states = $states, gates = $gates;
                    return_sequences = self.return_sequences,
                    return_state = self.return_state,
                    go_backwards = self.go_backwards,
                    stateful = self.stateful,
                    unroll = self.unroll,
                    zero_output_for_mask = self.zero_output_for_mask,
                    $($own = $value),*
                }
            }

            pub(crate) const fn output(
                &self,
                inputs: &[$crate::TensorSpec],
            ) -> Result<$crate::Outputs, $crate::ShapeError> {
                self.recurrent().output(inputs)
            }

            pub(crate) const fn weights(&self, inputs: &[$crate::TensorSpec]) -> $crate::Weights {
                self.recurrent().weights(inputs)
            }

            pub(crate) const fn mask_rule(&self) -> $crate::MaskRule {
                self.recurrent().mask_rule()
            }
        }
    };
}
pub(crate) use recurrent;

impl Recurrent {
    /// A sequence, then perhaps the states to begin with, to a sequence or its last step, then
    /// perhaps the last states.
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(sequence(self.class, inputs));
        tri!(self.check_arguments());
        tri!(check_steps(self.class, self.stateful, self.unroll, &shape));
        if inputs.len() > 1 {
            let widths = [self.units; 2];
            let (widths, all) =
                (widths.split_at(self.states).0, if self.states == 2 { "[h, c]" } else { "[h]" });
            tri!(check_initial_states(self.class, widths, all, &shape, inputs.split_at(1).1));
        }
        let units = self.units.dim();
        let last = Shape::new(&[shape.batch(), units]);
        let mut out = Outputs::float(if self.return_sequences { shape.with_last(units) } else { last });
        let mut i = 0;
        while self.return_state && i < self.states {
            out = out.and(TensorSpec::float(last));
            i += 1;
        }
        Ok(out)
    }

    /// What `Bidirectional` must know of the layer.
    pub const fn pass(&self) -> Pass {
        Pass {
            class: self.class,
            go_backwards: self.go_backwards,
            return_sequences: self.return_sequences,
            return_state: self.return_state,
            stateful: self.stateful,
            units: self.units,
            states: self.states,
            zero_output_for_mask: self.zero_output_for_mask,
        }
    }

    /// `kernel`, `recurrent_kernel` and `bias` of the cell, from the axis of the features on.
    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let units = self.units.dim();
        let columns = units.times(Dim::Fixed(self.gates));
        let kernel = Shape::new(&[inputs[0].shape.last(), columns]);
        let bias =
            if self.two_biases { Shape::new(&[Dim::Fixed(2), columns]) } else { Shape::new(&[columns]) };
        let mut bias = self.weight(2, "bias", bias);
        bias.unit_forget_bias = self.unit_forget_bias;
        Weights::NONE
            .with(self.weight(0, "kernel", kernel))
            .with(self.weight(1, "recurrent_kernel", Shape::new(&[units, columns])))
            .with_if(self.use_bias, bias)
    }

    /// How many weights there are.
    pub const fn weight_count(&self) -> usize {
        if self.use_bias { 3 } else { 2 }
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        if self.return_sequences { MaskRule::UseAndPass } else { MaskRule::Use }
    }

    const fn weight(&self, i: usize, name: &str, shape: Shape) -> WeightSpec {
        let path: Text<96> = Text::new();
        let path = if self.cell.is_empty() { path.s(name) } else { path.s(self.cell).s("/").s(name) };
        WeightSpec::new(path.as_str(), shape, self.initializers[i])
            .regularizer(self.regularizers[i])
            .constraint(self.constraints[i])
    }

    /// Whether the arguments of the cell are any good.
    pub(crate) const fn check_arguments(&self) -> Result<(), ShapeError> {
        tri!(positive(self.class, "units", self.units));
        let state = Shape::new(&[Dim::NONE, self.units.dim()]);
        tri!(keeps_state(self.class, "activation", self.activation, &state));
        tri!(keeps_state(self.class, "recurrent_activation", self.recurrent_activation, &state));
        tri!(share(self.class, "dropout", self.dropout));
        share(self.class, "recurrent_dropout", self.recurrent_dropout)
    }
}

/// How a layer goes over a sequence, as `Bidirectional` sees it.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// The layer's class: `LSTM`.
    pub class: &'static str,
    /// Whether time runs from the end.
    pub go_backwards: bool,
    /// Whether the output has every step or only the last.
    pub return_sequences: bool,
    /// Whether the last states come as further outputs.
    pub return_state: bool,
    /// Whether each batch goes on from the states of the one before.
    pub stateful: bool,
    /// The width of the output.
    pub units: Size,
    /// How many states it begins with, and leaves.
    pub states: usize,
    /// Whether a masked step gives zeros instead of the output before it.
    pub zero_output_for_mask: bool,
}

/// The shape of the sequence that a recurrent layer is given, perhaps with states behind it.
pub(crate) const fn sequence(class: &str, inputs: &[TensorSpec]) -> Result<Shape, ShapeError> {
    let with_states = inputs.len() > 1 && !inputs[1].role.is_input();
    let sequence = if with_states { inputs.split_at(1).0 } else { inputs };
    if sequence.len() > 1 {
        return Err(crate::wording::one_sequence(class, sequence.len()));
    }
    let shape = tri!(ranked(class, sequence, 3, "(batch, time, features)"));
    tri!(defined(class, "the features", &shape, shape.last()));
    Ok(shape)
}

/// Whether the axes of batch and time are known where they must be.
pub(crate) const fn check_steps(
    class: &str,
    stateful: bool,
    unroll: bool,
    shape: &Shape,
) -> Result<(), ShapeError> {
    if stateful && shape.batch().is_dynamic() {
        let text = Text::new()
            .s(class)
            .s(": `stateful = true` keeps one state for each sample of a batch, so batches must have a fixed size; the input ")
            .shape(shape)
            .s(" leaves it to the data");
        let help = Text::new().s("give `Input` a size, as `batch = 32`");
        return Err(ShapeError::new(text).help(help).arg("stateful"));
    }
    if unroll && shape.dim(1).is_dynamic() {
        let text = Text::new()
            .s(class)
            .s(": `unroll = true` needs a fixed number of steps; the input ")
            .shape(shape)
            .s(" leaves it to the data");
        let help = Text::new()
            .s("give the time axis a number in `Input`, or leave `unroll` out: it changes no result");
        return Err(ShapeError::new(text).help(help).arg("unroll"));
    }
    Ok(())
}

/// Whether there is a state of each of these widths for each sample of `shape`; `all` is how they are written.
pub(crate) const fn check_initial_states(
    class: &str,
    widths: &[Size],
    all: &str,
    shape: &Shape,
    states: &[TensorSpec],
) -> Result<(), ShapeError> {
    const ARG: &str = "initial_state";
    if states.len() != widths.len() {
        let text = Text::new()
            .s(class)
            .s(" begins with ")
            .n(widths.len())
            .s(if widths.len() == 1 { " state, found " } else { " states, found " })
            .n(states.len());
        let help = Text::new().s("write `initial_state = ").s(all).s("`");
        return Err(ShapeError::new(text).help(help).arg(ARG));
    }
    let mut i = 0;
    while i < states.len() {
        let want = Shape::new(&[shape.batch(), widths[i].dim()]);
        let found = &states[i].shape;
        let fits = found.rank() == 2
            && !found.dim(0).clashes(want.dim(0))
            && !found.dim(1).clashes(want.dim(1))
            && !found.dim(1).is_dynamic();
        if !fits {
            let text = Text::new()
                .s(class)
                .s(": an initial state must be (batch, units), here ")
                .shape(&want)
                .s("; found ")
                .shape(found);
            let help = Text::new()
                .s("bring it to that width, as `h => Dense(")
                .d(want.dim(1))
                .s(")`, or change `units`");
            return Err(ShapeError::new(text).help(help).arg(ARG));
        }
        i += 1;
    }
    Ok(())
}
