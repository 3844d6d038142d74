//! `RNN` in files around cells of the author's own.

use keras_shape::LayerConfig;
use serde_json::{Map, Value, json};

use crate::config::make_of;
use crate::error::shown;
use crate::graph::{Layer, is_own};
use crate::keras1;
use crate::parts::Counter;
use crate::writer::Writer;

/// A layer of a file over cells, one of which at least is of a class that Keras does not have.
#[derive(Clone, Debug)]
pub struct OverCells {
    /// The layer, with a cell of Keras of one unit in the place of the cells of each direction.
    pub layer: Layer,
    /// The cells of each direction, in order.
    pub directions: Vec<Vec<StoredCell>>,
}

/// A cell of such a layer.
#[derive(Clone, Debug)]
pub struct StoredCell {
    /// Its name.
    pub name: String,
    /// Its class, as the file has it.
    pub class: String,
    /// The name under which a class of the author's own is registered.
    pub registered: Option<String>,
    /// Its arguments, as the file has them.
    pub config: Map<String, Value>,
    /// Where its weights stand below the layer: `cell`, `forward_layer/cell/cells/leaky_1`.
    pub path: String,
}

impl OverCells {
    /// The names of the classes that Keras does not have.
    pub fn own(&self) -> impl Iterator<Item = String> {
        let own = self.directions.iter().flatten().filter(|cell| !cell.is_of_keras());
        own.map(|cell| shown(cell.registered.as_deref().unwrap_or(&cell.class)))
    }
}

impl StoredCell {
    fn read(value: &Value, path: String) -> Option<Self> {
        let config = value.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
        let class = value.get("class_name")?.as_str()?.to_string();
        let name = config.get("name").and_then(Value::as_str);
        let name = name.map_or_else(|| crate::parts::snake(&class), str::to_string);
        let registered = value.get("registered_name").and_then(Value::as_str).map(str::to_string);
        Some(StoredCell { name, class, registered, config, path })
    }

    /// Whether Keras has a class of this name.
    pub fn is_of_keras(&self) -> bool {
        LayerConfig::default_of(keras1::class(&self.class)).is_some() && !is_own(self.registered.as_deref())
    }

    /// The cell of Keras that it is.
    ///
    /// # Errors
    /// It is none, or its arguments cannot be read.
    pub fn config(&self, writer: &Writer) -> Result<LayerConfig, String> {
        let made = make_of(&self.class, &self.config, writer, 1).map_err(|wrong| wrong.join("; "))?;
        match made.config.cell() {
            Some(_) => Ok(made.config),
            None => Err(format!("`{}` is no cell", shown(&self.class))),
        }
    }
}

/// The cells of a layer of a file, if one of them is of a class that Keras does not have.
///
/// # Errors
/// One direction has such a cell, and the other has none.
pub fn over_cells(layer: &Layer) -> Option<Result<OverCells, String>> {
    let mut layer = layer.clone();
    let mut directions = Vec::new();
    match keras1::class(&layer.class) {
        "RNN" => directions.push(cells_of(&mut layer.config, "cell")?),
        "Bidirectional" => {
            for (key, path) in [("layer", "forward_layer/cell"), ("backward_layer", "backward_layer/cell")] {
                let Some(inner) = layer.config.get_mut(key).filter(|inner| !inner.is_null()) else {
                    continue;
                };
                let is_rnn =
                    inner.get("class_name").and_then(Value::as_str).is_some_and(|class| class == "RNN");
                let config = inner.get_mut("config").and_then(Value::as_object_mut).filter(|_| is_rnn);
                let cells = config.and_then(|config| cells_of(config, path));
                directions.push(cells.unwrap_or_default());
            }
            if let [forward] = directions.as_slice() {
                // The way back is a copy of the way there.
                let back = |cell: &StoredCell| StoredCell {
                    path: cell.path.replacen("forward_layer", "backward_layer", 1),
                    ..cell.clone()
                };
                directions.push(forward.iter().map(back).collect());
            }
        }
        _ => return None,
    }
    let own = |cells: &Vec<StoredCell>| cells.iter().any(|cell| !cell.is_of_keras());
    if !directions.iter().any(own) {
        return None;
    }
    if directions.iter().any(Vec::is_empty) {
        return Some(Err(
            "one direction is an `RNN` with a cell of the author's own, and the other is not".into()
        ));
    }
    Some(Ok(OverCells { layer, directions }))
}

/// Takes the cells out of the arguments of an `RNN`, in whose place a cell of one unit then stands.
fn cells_of(config: &mut Map<String, Value>, path: &str) -> Option<Vec<StoredCell>> {
    let cell = config.get("cell")?.clone();
    let list = match cell.get("class_name").and_then(Value::as_str) {
        Some("StackedRNNCells") => cell.get("config")?.get("cells")?.as_array().cloned(),
        _ => None,
    };
    let mut counter = Counter::default();
    let cells: Option<Vec<StoredCell>> = match list {
        Some(list) => list
            .iter()
            .map(|cell| {
                let class = cell.get("class_name")?.as_str()?;
                StoredCell::read(cell, format!("{path}/cells/{}", counter.next(class)))
            })
            .collect(),
        None => StoredCell::read(&cell, path.to_string()).map(|cell| vec![cell]),
    };
    let stand_in = json!({ "class_name": "SimpleRNNCell", "config": { "units": 1 } });
    config.insert("cell".into(), stand_in);
    cells
}
