//! What LSTMCell, GRUCell and SimpleRNNCell share, and what a layer takes them by.

use super::Recurrent;
use super::check::{defined, tri};
use super::recurrent::check_initial_states;
use crate::arg::{Parsed, parse_all, wrong};
use crate::code::Code;
use crate::kept::kept;
use crate::{Arg, ArgType, Inner, Outputs, Shape, ShapeError, Size, TensorSpec, Text};

/// The cell of an `RNN`; a list of cells is a `StackedRNNCells` of them.
#[derive(Clone, Copy, Debug)]
pub struct CellArg(pub Inner);

impl ArgType for CellArg {
    const EXPECTS: &'static str = "a cell, as in `LSTMCell(16)`, or a list of cells";
    const PLACEHOLDER: Self = CellArg(Inner::PLACEHOLDER);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let stack;
        let arg = match arg {
            Arg::List(_) => {
                stack = Arg::Call("StackedRNNCells".into(), vec![(None, arg.clone())]);
                &stack
            }
            Arg::Call(..) => arg,
            _ => return wrong(arg, Self::EXPECTS),
        };
        let inner = Inner::parse(arg)?;
        Ok(Parsed {
            value: CellArg(inner.value),
            code: Code::of(["layers", "CellArg"], inner.code),
            sure: inner.sure,
        })
    }

    fn of_layer(layer: Inner, code: Code) -> Option<(Self, Code)> {
        let (inner, code) = Inner::of_layer(layer, code)?;
        Some((CellArg(inner), Code::of(["layers", "CellArg"], code)))
    }

    fn layers(&self) -> &[Inner] {
        self.0.layers()
    }

    fn trained(self, trainable: bool) -> Self {
        Self(self.0.trained(trainable))
    }
}

/// The cells of a stack.
#[derive(Clone, Copy, Debug)]
pub struct CellsArg(pub &'static [Inner]);

impl CellsArg {
    /// What cell `i` is called: by its name, or as Keras calls it in a fresh session.
    pub fn name(&self, i: usize) -> String {
        super::stacked_rnn_cells::cell_name(self.0, i).as_str().to_string()
    }
}

impl ArgType for CellsArg {
    const EXPECTS: &'static str = "a list of cells, as in `[LSTMCell(16), LSTMCell(8)]`";
    const PLACEHOLDER: Self = CellsArg(&[]);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let Arg::List(list) = arg else { return wrong(arg, Self::EXPECTS) };
        if let Some(other) = list.iter().find(|cell| !matches!(cell, Arg::Call(..))) {
            return wrong(other, "a cell, as in `LSTMCell(16)`");
        }
        let cells = parse_all::<Inner>(list)?;
        Ok(Parsed {
            value: CellsArg(kept(cells.value)),
            code: Code::of(["layers", "CellsArg"], Code::list(cells.code)),
            sure: cells.sure,
        })
    }

    fn layers(&self) -> &[Inner] {
        self.0
    }

    fn trained(self, trainable: bool) -> Self {
        Self(crate::kept(self.0.iter().map(|cell| cell.trained(trainable)).collect()))
    }
}

/// The rules of a cell, which has the arguments of its layer: [`Recurrent`] without a pass over steps.
macro_rules! cell {
    (
        $class:ident, kind = $kind:ident, states = $states:literal, gates = $gates:literal;
        |$layer:ident| $($own:ident = $value:expr),*
    ) => {
        impl $class {
            /// What it has in common with the other cells.
            pub const fn recurrent(&self) -> $crate::layers::Recurrent {
                let $layer = self;
                super::recurrent::recurrent_of! {
                    self: $class as "", kind = $kind, states = $states, gates = $gates;
                    return_sequences = false,
                    return_state = false,
                    go_backwards = false,
                    stateful = false,
                    unroll = false,
                    zero_output_for_mask = false,
                    $($own = $value),*
                }
            }

            pub(crate) const fn output(
                &self,
                inputs: &[$crate::TensorSpec],
            ) -> Result<$crate::Outputs, $crate::ShapeError> {
                super::cell::step(&self.recurrent(), inputs)
            }

            pub(crate) const fn weights(&self, inputs: &[$crate::TensorSpec]) -> $crate::Weights {
                self.recurrent().weights(inputs)
            }

            pub(crate) const fn mask_rule(&self) -> $crate::MaskRule {
                $crate::MaskRule::Drop
            }

            /// The multiply-adds of one sample.
            pub(crate) fn multiply_adds(&self, inputs: &[$crate::TensorSpec]) -> $crate::MultiplyAdds {
                $crate::cost::kernels(self.weights(inputs), 2)
            }
        }

        facts!($class {
            takes_ids: false, uses_batch: false, named_mask: None, cell: |layer| Some(layer.recurrent()),
            linear_in: |layer| layer.recurrent().kind.linear_in(),
        });
    };
}
pub(crate) use cell;

/// One step of a cell: the features of a step and the states before it, to the output and the states after it.
pub(crate) const fn step(cell: &Recurrent, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
    let widths = [cell.units; 2];
    let (widths, all) =
        (widths.split_at(cell.states).0, if cell.states == 2 { "[x, h, c]" } else { "[x, h]" });
    let shape = tri!(step_input(cell.class, all, widths, inputs));
    tri!(cell.check_arguments());
    let state = TensorSpec::float(shape.with_last(cell.units.dim()));
    let mut out = Outputs::one(state);
    let mut i = 0;
    while i < cell.states {
        out = out.and(state);
        i += 1;
    }
    Ok(out)
}

/// The features of the step that a cell is given, with states of these widths; `all` is how they are written.
pub(crate) const fn step_input(
    class: &str,
    all: &str,
    widths: &[Size],
    inputs: &[TensorSpec],
) -> Result<Shape, ShapeError> {
    if inputs.is_empty() {
        return Err(crate::wording::one_tensor(class, 0));
    }
    let shape = inputs[0].shape;
    if inputs.len() == 1 || shape.rank() != 2 {
        let text = Text::new().s(class).s(" is one step of a sequence: it takes the features of the step, (batch, features), and the states before it; found ");
        let text = if inputs.len() == 1 {
            text.s("one tensor, ").shape(&shape)
        } else {
            text.shape(&shape).s(" as the first")
        };
        let help = Text::new()
            .s("`RNN(")
            .s(class)
            .s("(...))` runs it over a sequence; one step is `")
            .s(all)
            .s(" => ")
            .s(class)
            .s("(...)`");
        return Err(ShapeError::new(text).help(help));
    }
    tri!(defined(class, "the features", &shape, shape.last()));
    match check_initial_states(class, widths, all, &shape, inputs.split_at(1).1) {
        Ok(()) => Ok(shape),
        Err(mut error) => {
            error.arg = None;
            if inputs.len() != 1 + widths.len() {
                error = error.help(Text::new().s("write `").s(all).s(" => ").s(class).s("(...)`"));
            }
            Err(error)
        }
    }
}
