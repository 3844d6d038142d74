//! Cells of your own, and the layer that runs them over a sequence.

use std::sync::Arc;

use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::layers::StepCell;
use keras_shape::{Dim, LayerConfig, Shape as Dims, TensorSpec};

use super::layer::AnyLayer;
use super::own::WeightSpec;
use super::trace::Trace;
use super::with_weights;
use crate::layers::{Arithmetic, over_cells};
use crate::param::Param;
use crate::{Error, Result};

/// A cell of your own: the arithmetic of one step of a sequence of `FEATURES` features, which
/// [`RNN`](keras_shape::layers::RNN) runs over all steps.
/// [Keras](https://keras.io/api/layers/recurrent_layers/rnn/).
///
/// ```
/// use keras_core::prelude::*;
///
/// /// A state that learns how fast it forgets.
/// struct Leaky<const UNITS: usize>;
///
/// impl<const UNITS: usize> Leaky<UNITS> {
///     fn new() -> Self {
///         Leaky
///     }
/// }
///
/// impl<const UNITS: usize, const N: usize> Cell<N> for Leaky<UNITS> {
///     const OUTPUT: usize = UNITS;
///
///     fn weights(&self) -> Vec<WeightSpec> {
///         vec![
///             WeightSpec::new("kernel", Dims::fixed(&[N, UNITS]), Initializer::GLOROT_UNIFORM),
///             WeightSpec::new("decay", Dims::fixed(&[UNITS]), Initializer::Zeros),
///         ]
///     }
///
///     fn step(
///         &self,
///         x: Symbolic,
///         states: &[Symbolic],
///         cx: &mut Trace<'_>,
///     ) -> keras_core::Result<(Symbolic, Vec<Symbolic>)> {
///         let keep = ops::sigmoid(cx.weight("decay"));
///         let y = &states[0] * &keep + ops::matmul(x, cx.weight("kernel")) * (1.0 - &keep);
///         Ok((y.clone(), vec![y]))
///     }
/// }
///
/// let model = model!(Input(None, 3) => RNN(Leaky::<8>(), return_sequences = true) => RNN([Leaky::<4>(), GRUCell(2)]));
/// assert_eq!(model.rnn.params().len(), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a cell for steps of {FEATURES} features",
    label = "a cell of your own implements `Cell<N>` for the features that it takes"
)]
pub trait Cell<const FEATURES: usize>: Send + Sync + 'static {
    /// The width of the output of a step: `(batch, OUTPUT)`. Keras's `output_size`.
    const OUTPUT: usize;

    /// The width of each state, `(batch, width)`: by default there is one, as wide as the output. Keras's `state_size`.
    const STATES: &'static [usize] = &[Self::OUTPUT];

    /// The weights, which are made once and used at every step.
    fn weights(&self) -> Vec<WeightSpec> {
        Vec::new()
    }

    /// Writes a step in [operations](crate::ops): from the features `(batch, FEATURES)` and the states before it to its
    /// output and the states after it. It is called once for the lengths of a batch; a masked step keeps the states.
    ///
    /// # Errors
    /// Whatever the cell finds wrong with its input.
    fn step(&self, x: Symbolic, states: &[Symbolic], cx: &mut Trace<'_>)
    -> Result<(Symbolic, Vec<Symbolic>)>;
}

/// What the rule knows of a cell.
#[doc(hidden)]
pub const fn own_cell<C: Cell<N>, const N: usize>() -> StepCell {
    StepCell::new(C::OUTPUT, C::STATES)
}

type Step = dyn Fn(Symbolic, &[Symbolic], &mut Trace<'_>) -> Result<(Symbolic, Vec<Symbolic>)> + Send + Sync;

/// A cell as it is run.
#[doc(hidden)]
#[derive(Clone)]
pub struct RunCell {
    name: String,
    widths: StepCell,
    weights: Vec<WeightSpec>,
    step: Arc<Step>,
}

impl RunCell {
    /// A cell of somebody's own.
    pub fn own<const N: usize, C: Cell<N>>(name: &str, cell: C) -> Self {
        let (widths, weights) = (own_cell::<C, N>(), cell.weights());
        Self::new(name, widths, weights, move |x, states, cx| cell.step(x, states, cx))
    }

    /// A cell of these widths and weights, of which `step` writes a step.
    pub(crate) fn new(
        name: &str,
        widths: StepCell,
        weights: Vec<WeightSpec>,
        step: impl Fn(Symbolic, &[Symbolic], &mut Trace<'_>) -> Result<(Symbolic, Vec<Symbolic>)>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let step = move |x: Symbolic, states: &[Symbolic], cx: &mut Trace<'_>| {
            let (y, states) = step(x, states, cx)?;
            let float = |x: Symbolic| ops::cast(x, DType::Float32);
            Ok((float(y), states.into_iter().map(float).collect()))
        };
        RunCell { name: name.to_string(), widths, weights, step: Arc::new(step) }
    }

    /// A cell of Keras that sees `features`.
    pub fn keras(name: &str, config: LayerConfig, features: usize) -> Self {
        let seen = TensorSpec::float(Dims::new(&[Dim::NONE, Dim::Fixed(features)]));
        let weights = config.at_run_time().weights(&[seen]).as_slice().to_vec();
        let step = move |x: Symbolic, states: &[Symbolic], cx: &mut Trace<'_>| {
            let mut outputs = Arithmetic::of_any(&config).trace(&[&[x], states].concat(), cx)?;
            let states = outputs.split_off(1);
            Ok((outputs.swap_remove(0), states))
        };
        RunCell { name: name.to_string(), widths: StepCell::of(&config), weights, step: Arc::new(step) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    #[cfg(feature = "files")]
    pub(crate) fn weights(&self) -> &[WeightSpec] {
        &self.weights
    }

    pub(crate) fn widths(&self) -> StepCell {
        self.widths
    }

    /// What its weights begin with, behind the path of its layer.
    pub(crate) fn path(&self, before: &str) -> String {
        if before.is_empty() { self.name.clone() } else { format!("{before}/{}", self.name) }
    }

    pub(crate) fn step(
        &self,
        x: Symbolic,
        states: &[Symbolic],
        cx: &mut Trace<'_>,
    ) -> Result<(Symbolic, Vec<Symbolic>)> {
        (self.step)(x, states, cx)
    }
}

/// An `RNN` or a `Bidirectional` of cells of your own, with their weights.
#[derive(Clone)]
pub struct OwnCells {
    name: String,
    trainable: bool,
    /// With cells of one unit in the places of its own.
    config: LayerConfig,
    /// Those of each direction.
    cells: Vec<Vec<RunCell>>,
    weights: Vec<Param>,
    missing: Option<String>,
}

impl OwnCells {
    /// A layer with fresh weights.
    #[doc(hidden)]
    pub fn new(name: &str, trainable: bool, config: LayerConfig, cells: Vec<Vec<RunCell>>) -> Self {
        let (mut weights, mut missing) = (Vec::new(), None);
        for (cell, before) in named(&config, &cells) {
            let (mut own, why) = Param::init_all(&cell.weights);
            own.iter_mut().for_each(|param| param.path = format!("{before}/{}", param.path));
            weights.append(&mut own);
            missing = missing.or(why);
        }
        OwnCells { name: name.to_string(), trainable, config, cells, weights, missing }
    }

    /// A layer whose weights are there, in the order of the cells.
    #[cfg(feature = "files")]
    pub(crate) fn with_weights(
        name: &str,
        trainable: bool,
        config: LayerConfig,
        cells: Vec<Vec<RunCell>>,
        mut weights: Vec<Param>,
    ) -> Self {
        let paths: Vec<String> = named(&config, &cells)
            .into_iter()
            .flat_map(|(cell, before)| {
                cell.weights.iter().map(move |spec| format!("{before}/{}", spec.path.as_str()))
            })
            .collect();
        weights.iter_mut().zip(paths).for_each(|(param, path)| param.path = path);
        OwnCells { name: name.to_string(), trainable, config, cells, weights, missing: None }
    }
}

/// All cells, each with what its weights begin with.
fn named<'a>(config: &LayerConfig, cells: &'a [Vec<RunCell>]) -> Vec<(&'a RunCell, String)> {
    let paths = match config.both_ways() {
        Some(layer) => layer.inner_names().map(|name| name.as_str().to_string()),
        None => [String::new(), String::new()],
    };
    let all = cells.iter().zip(&paths);
    all.flat_map(|(cells, path)| cells.iter().map(move |cell| (cell, cell.path(path)))).collect()
}

impl core::fmt::Debug for OwnCells {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} `{}`", self.config.class(), self.name)
    }
}

impl AnyLayer for OwnCells {
    with_weights!(config);

    fn class(&self) -> &str {
        self.config.class()
    }

    fn missing(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    fn rule(&self) -> Option<&LayerConfig> {
        Some(&self.config)
    }

    fn trace(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        if self.cells.iter().any(Vec::is_empty) {
            return Err(Error::layer("a layer over the steps of a sequence without a cell"));
        }
        over_cells(&self.config, &self.cells, inputs, cx)
    }
}
