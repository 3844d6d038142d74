//! Cells of the author's own in files, which the caller gives.

use std::sync::Arc;

use keras_files::{Layer, Made, OverCells, StoredCell, Writer, make, over_cells};
use keras_ops::Symbolic;
use keras_shape::layers::StepCell;
use keras_shape::{LayerConfig, MAX_OUTPUTS, WeightSpec};
use serde_json::Value as Json;

use super::custom::Customs;
use crate::Result;
use crate::model::{RunCell, Trace};

/// A cell of a class that Keras does not have, in an `RNN` of a file: what
/// [`LoadModel::custom_cell`](super::LoadModel::custom_cell) makes of the configuration in the file.
///
/// ```no_run
/// use keras_core::files::keras::{CustomCell, LoadModel};
/// use keras_core::prelude::*;
///
/// /// `class Leaky(keras.layers.Layer)`: a state that learns how fast it forgets.
/// struct Leaky {
///     units: usize,
/// }
///
/// impl CustomCell for Leaky {
///     fn output(&self) -> usize {
///         self.units
///     }
///
///     fn weights(&self, features: usize) -> Vec<WeightSpec> {
///         vec![
///             WeightSpec::new("kernel", Dims::fixed(&[features, self.units]), Initializer::Zeros),
///             WeightSpec::new("decay", Dims::fixed(&[self.units]), Initializer::Zeros),
///         ]
///     }
///
///     fn step(
///         &self,
///         x: &Symbolic,
///         states: &[Symbolic],
///         cx: &mut Trace<'_>,
///     ) -> keras_core::Result<(Symbolic, Vec<Symbolic>)> {
///         let keep = ops::sigmoid(cx.weight("decay"));
///         let y = &states[0] * &keep + ops::matmul(x, cx.weight("kernel")) * (1.0 - &keep);
///         Ok((y.clone(), vec![y]))
///     }
/// }
///
/// let leaky = |config: &serde_json::Value| Ok(Leaky { units: config["units"].as_u64().unwrap_or(1) as usize });
/// let model = LoadModel::new("model.keras").custom_cell("Leaky", leaky).run()?;
/// # Ok::<(), keras_core::Error>(())
/// ```
pub trait CustomCell: Send + Sync + 'static {
    /// The width of the output of a step, `(batch, output)`: Keras's `output_size`.
    fn output(&self) -> usize;

    /// The width of each state, `(batch, width)`: Keras's `state_size`. By default there is one, as wide as the output.
    fn states(&self) -> Vec<usize> {
        vec![self.output()]
    }

    /// The weights, in the order of the file, of a cell that sees so many features. The path of one of a layer inside begins
    /// with the attribute that holds that layer: `dense/kernel` of `self.dense`.
    fn weights(&self, features: usize) -> Vec<WeightSpec> {
        let _ = features;
        Vec::new()
    }

    /// Writes a step in [operations](crate::ops): from the features `(batch, features)` and the states before it to its output
    /// and the states after it. It is called once for the lengths of a batch; a masked step keeps the states.
    ///
    /// # Errors
    /// Whatever the cell finds wrong with its input.
    fn step(
        &self,
        x: &Symbolic,
        states: &[Symbolic],
        cx: &mut Trace<'_>,
    ) -> Result<(Symbolic, Vec<Symbolic>)>;
}

/// What makes a cell of a class of its configuration.
pub(super) type CellFactory = Arc<dyn Fn(&Json) -> Result<Arc<dyn CustomCell>> + Send + Sync>;

/// A layer over cells, of which the caller gives some.
pub(super) struct Cells {
    /// The layer with a cell of one unit in the place of the cells of each direction.
    pub made: Box<Made>,
    directions: Vec<Vec<Given>>,
}

/// A cell of such a layer.
struct Given {
    name: String,
    path: String,
    widths: StepCell,
    kind: Kind,
}

enum Kind {
    Own(Arc<dyn CustomCell>),
    Keras(Box<LayerConfig>),
}

impl Customs {
    /// Whether a layer of a file runs a cell of the caller's, and what is wrong with it if it does.
    pub(super) fn has_cells(&self, layer: &Layer, writer: &Writer) -> Option<Result<(), String>> {
        self.cells_of(layer, writer).map(|made| made.map(drop))
    }

    /// The layer over cells that a layer of a file is, if the caller gives one of them at least.
    pub(super) fn cells_of(&self, layer: &Layer, writer: &Writer) -> Option<Result<Cells, String>> {
        let over = match over_cells(layer)? {
            Ok(over) => over,
            Err(error) => return Some(Err(error)),
        };
        let mut all = over.directions.iter().flatten();
        all.any(|cell| self.cell(cell).is_some()).then(|| self.made(over, writer))
    }

    fn cell(&self, cell: &StoredCell) -> Option<&CellFactory> {
        self.cell_named(&cell.class, cell.registered.as_deref())
    }

    fn made(&self, over: OverCells, writer: &Writer) -> Result<Cells, String> {
        let made = make(&over.layer, writer).map_err(|wrong| wrong.join("; "))?;
        let given = |cell: StoredCell| self.given(cell, writer);
        let direction = |cells: Vec<StoredCell>| cells.into_iter().map(given).collect::<Result<_, String>>();
        let directions = over.directions.into_iter().map(direction).collect::<Result<_, String>>()?;
        Ok(Cells { made: Box::new(made), directions })
    }

    fn given(&self, cell: StoredCell, writer: &Writer) -> Result<Given, String> {
        let wrong = |error: String| format!("cell `{}`: {error}", keras_files::shown(&cell.name));
        let (widths, kind) = match self.cell(&cell) {
            Some(factory) => {
                let own = factory(&Json::Object(cell.config.clone())).map_err(|e| wrong(e.to_string()))?;
                (widths(own.output(), &own.states()).map_err(wrong)?, Kind::Own(own))
            }
            None if cell.is_of_keras() => {
                let config = cell.config(writer).map_err(wrong)?;
                (StepCell::of(&config), Kind::Keras(Box::new(config)))
            }
            None => {
                let class = keras_files::shown(cell.registered.as_deref().unwrap_or(&cell.class));
                return Err(wrong(format!("it is of the author's own class `{class}`")));
            }
        };
        Ok(Given { name: cell.name, path: cell.path, widths, kind })
    }
}

/// What a rule knows of a cell that says these widths.
fn widths(output: usize, states: &[usize]) -> Result<StepCell, String> {
    if output == 0 || states.contains(&0) {
        return Err("its output or one of its states has the width 0".into());
    }
    if states.is_empty() || states.len() >= MAX_OUTPUTS {
        let (found, most) = (states.len(), MAX_OUTPUTS - 1);
        return Err(format!("it has {found} states; a cell has 1 to {most}"));
    }
    Ok(StepCell::new(output, states))
}

impl Cells {
    /// What the rule knows of the cells of each direction.
    pub(super) fn widths(&self) -> [Vec<StepCell>; 2] {
        let of = |at: usize| self.directions.get(at).into_iter().flatten().map(|cell| cell.widths).collect();
        [of(0), of(1)]
    }

    /// The cells over a sequence of so many features, and for each weight the path in the file, below the layer.
    pub(super) fn run(self, features: usize) -> (Vec<Vec<RunCell>>, Vec<String>) {
        let (mut directions, mut paths) = (Vec::new(), Vec::new());
        for cells in self.directions {
            let mut seen = features;
            let mut run = Vec::new();
            for Given { name, path, widths, kind } in cells {
                let cell = match kind {
                    Kind::Keras(config) => RunCell::keras(&name, *config, seen),
                    Kind::Own(own) => {
                        let weights = own.weights(seen);
                        RunCell::new(&name, widths, weights, move |x, states, cx| own.step(&x, states, cx))
                    }
                };
                paths.extend(cell.weights().iter().map(|spec| format!("{path}/{}", spec.path.as_str())));
                run.push(cell);
                seen = widths.output();
            }
            directions.push(run);
        }
        (directions, paths)
    }
}
