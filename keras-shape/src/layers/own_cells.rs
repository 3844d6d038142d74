//! `RNN` and `Bidirectional` around cells of somebody's own, beside which cells of Keras may stand.

use super::recurrent::check_initial_states;
use super::stacked_rnn_cells::check_outputs;
use crate::{
    Dim, Inferred, LayerConfig, MAX_OUTPUTS, MergeMode, Outputs, OverSteps, Role, Shape, ShapeError, Size,
    TensorSpec, Text, infer,
};

/// What the rule knows of a cell: how wide its output and its states are.
#[derive(Clone, Copy, Debug)]
pub struct StepCell {
    output: usize,
    states: [usize; MAX_OUTPUTS],
    len: usize,
}

impl StepCell {
    /// A cell with an output and states of these widths.
    ///
    /// # Panics
    /// There is no state, or there are more than a layer may give; a width is 0. In a constant that is a compile error.
    pub const fn new(output: usize, states: &[usize]) -> Self {
        assert!(output > 0, "the output of a cell has a width: `OUTPUT` is 0");
        assert!(!states.is_empty(), "a cell has at least one state: `STATES` is empty");
        assert!(states.len() < MAX_OUTPUTS, "a cell has at most 7 states: `STATES` has more");
        let mut list = [0; MAX_OUTPUTS];
        let mut i = 0;
        while i < states.len() {
            assert!(states[i] > 0, "a state of a cell has a width: one of `STATES` is 0");
            list[i] = states[i];
            i += 1;
        }
        StepCell { output, states: list, len: states.len() }
    }

    /// The cell of an `RNN` of one cell of Keras.
    pub const fn of(config: &LayerConfig) -> Self {
        let (units, states) = match config.cell() {
            Some(cell) => match cell.units {
                Size::Known(units) if units > 0 => (units, cell.states),
                _ => (1, cell.states),
            },
            None => (1, 1),
        };
        StepCell { output: units, states: [units; MAX_OUTPUTS], len: states }
    }

    /// The width of its output, which the next cell sees.
    pub const fn output(&self) -> usize {
        self.output
    }

    /// The widths of its states.
    pub const fn states(&self) -> &[usize] {
        self.states.split_at(self.len).0
    }
}

/// The widths of the states of several cells.
struct Widths {
    list: [Size; MOST],
    len: usize,
}

/// The most states of all cells together.
const MOST: usize = 64;

impl Widths {
    const fn of(cells: [&[StepCell]; 2]) -> Option<Self> {
        let mut widths = Widths { list: [Size::Known(0); MOST], len: 0 };
        let mut direction = 0;
        while direction < 2 {
            let mut i = 0;
            while i < cells[direction].len() {
                let states = cells[direction][i].states();
                let mut j = 0;
                while j < states.len() {
                    if widths.len == MOST {
                        return None;
                    }
                    widths.list[widths.len] = Size::Known(states[j]);
                    widths.len += 1;
                    j += 1;
                }
                i += 1;
            }
            direction += 1;
        }
        Some(widths)
    }

    const fn as_slice(&self) -> &[Size] {
        self.list.split_at(self.len).0
    }
}

/// The rule of `RNN` or `Bidirectional`, `config` with cells of one unit in their places, for `cells`, those of each
/// direction.
pub const fn over_cells(
    config: &LayerConfig,
    cells: [&[StepCell]; 2],
    inputs: &[Option<TensorSpec>],
    node: usize,
    drop_mask: bool,
) -> Inferred {
    let mut operands = [None; MAX_OUTPUTS];
    let mut states = [TensorSpec::float(Shape::new(&[])); MOST];
    let (mut plain, mut begun, mut i) = (0, 0, 0);
    while i < inputs.len() {
        match inputs[i] {
            Some(spec) if matches!(spec.role, Role::InitialState) => {
                if begun < MOST {
                    states[begun] = spec;
                }
                begun += 1;
            }
            spec if plain < MAX_OUTPUTS => {
                operands[plain] = spec;
                plain += 1;
            }
            _ => {}
        }
        i += 1;
    }
    let outputs = match infer(config, operands.split_at(plain).0, node, drop_mask) {
        Inferred::Known(outputs) => outputs,
        other => return other,
    };
    let (Some(widths), Some(sequence)) = (Widths::of(cells), operands[0]) else {
        return Inferred::Wrong(ShapeError::new(Text::new().s("the cells have more than 64 states")));
    };
    if begun > 0 {
        let all = written(widths.len);
        let (class, given) = (config.class(), states.split_at(if begun < MOST { begun } else { MOST }).0);
        if let Err(error) =
            check_initial_states(class, widths.as_slice(), all.as_str(), &sequence.shape, given)
        {
            return Inferred::Wrong(error);
        }
    }
    match given(config, cells, &outputs, &widths, sequence.shape) {
        Ok(outputs) => Inferred::Known(outputs),
        Err(error) => Inferred::Wrong(error),
    }
}

/// The outputs in the widths of the cells, and the states where they are asked for.
const fn given(
    config: &LayerConfig,
    cells: [&[StepCell]; 2],
    outputs: &Outputs,
    widths: &Widths,
    sequence: Shape,
) -> Result<Outputs, ShapeError> {
    let (f, b) = (last(cells[0]), last(cells[1]));
    let (mut out, return_state) = match config.facts().over_steps {
        Some(OverSteps { both_ways: Some(layer), .. }) => {
            let return_state = match layer.directions() {
                Ok(directions) => directions.passes[0].return_state,
                Err(error) => return Err(error),
            };
            let out = match layer.merge_mode {
                Some(MergeMode::Concat) => Outputs::one(wide(outputs.get(0), f + b)),
                Some(mode) if f != b => return Err(unequal(mode, f, b)),
                Some(_) => Outputs::one(wide(outputs.get(0), f)),
                None => Outputs::one(wide(outputs.get(0), f)).and(wide(outputs.get(1), b)),
            };
            (out, return_state)
        }
        Some(OverSteps { pass: Some(pass), .. }) => {
            (Outputs::one(wide(outputs.get(0), f)), pass.return_state)
        }
        Some(_) | None => (*outputs, false),
    };
    if !return_state {
        return Ok(out);
    }
    if let Err(error) = check_outputs(config.class(), widths.len + out.len() - 1) {
        return Err(error.arg("return_state"));
    }
    let mut i = 0;
    while i < widths.len {
        out = out.and(TensorSpec::float(Shape::new(&[sequence.batch(), widths.list[i].dim()])));
        i += 1;
    }
    Ok(out)
}

const fn wide(mut spec: TensorSpec, width: usize) -> TensorSpec {
    spec.shape = spec.shape.with_last(Size::Known(width).dim());
    spec
}

const fn last(cells: &[StepCell]) -> usize {
    match cells {
        [.., last] => last.output,
        [] => 0,
    }
}

const fn unequal(mode: MergeMode, f: usize, b: usize) -> ShapeError {
    let text = Text::new()
        .s("Bidirectional: `merge_mode = ")
        .s(mode.name())
        .s("` needs both directions equally wide; their cells give ")
        .n(f)
        .s(" and ")
        .n(b);
    ShapeError::new(text)
        .help(Text::new().s("use `merge_mode = concat`, or cells of one width"))
        .arg("merge_mode")
}

/// The features of each step of a sequence; 0 where they are not known, behind a mistake.
pub const fn features(sequence: Option<TensorSpec>) -> usize {
    match sequence {
        Some(spec) if spec.shape.rank() > 0 => match spec.shape.last() {
            Dim::Fixed(n) => n,
            _ => 0,
        },
        _ => 0,
    }
}

/// How as many states are written: `[s1, s2]`.
const fn written(states: usize) -> Text<128> {
    let mut text = Text::new().s("[");
    let mut i = 0;
    while i < states && i < 16 {
        text = text.s(if i > 0 { ", s" } else { "s" }).n(i + 1);
        i += 1;
    }
    text.s("]")
}
