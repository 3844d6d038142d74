//! A model of a file before it has its weights: its graph, checked by the rules that `model!` checks with.

mod against;
mod calls;
mod infer;
mod inner;
mod kept;
mod masks;
mod structure;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use keras_files::{
    Generation, Graph, Layer, Made, Operation, ReasonKind, Stored, TensorRef, Writer, make, model_kind,
    reasons, shown, wrapped_model,
};
use keras_shape::{Inferred, LayerConfig, Shape as Dims, TensorSpec, WeightSpec, Weights, kept_text};

use self::against::Against;
use self::calls::Applied;
use self::infer::Misfit;
use self::masks::OwnMasks;
use super::custom::{CustomLayer, Customs};
use super::custom_cell::Cells;
use super::functions::{self, Function};
use super::old;
use crate::model::{InputInfo, RunCell, Source, Structure};

/// A model without weights.
pub(super) struct Draft {
    pub structure: &'static Structure,
    pub layers: Vec<DraftLayer>,
    pub trainable: bool,
    /// Whether its layers are frozen where it is not trained, as models inside have it until Keras 3, which looks at each layer.
    pub freezes: bool,
    /// Its class in the file, where paths are made of another than that of a model.
    pub stored: Option<&'static str>,
    pub notes: Vec<String>,
}

impl Draft {
    /// Whether its layers are frozen, in a model that is or not.
    pub fn is_frozen(&self, around: bool) -> bool {
        around || self.freezes && !self.trainable
    }
}

/// A layer without weights.
pub(super) enum DraftLayer {
    /// A layer of Keras.
    Keras { config: LayerConfig, trainable: bool, weights: Box<Weights>, stored: Stored },
    /// A model.
    Model(Draft),
    /// `TimeDistributed` around a model.
    Wrapped(Draft),
    /// A layer of the caller's.
    Custom {
        layer: Arc<dyn CustomLayer>,
        class: &'static str,
        trainable: bool,
        weights: Vec<WeightSpec>,
        output: Dims,
    },
    /// A function of `keras.ops` that is no operation of `model!`.
    Function(Function),
    /// A layer over cells, of which the caller gives some.
    Cells {
        /// With cells of one unit in the places of its own.
        config: LayerConfig,
        cells: Vec<Vec<RunCell>>,
        /// The paths of the weights in the file, below the layer.
        paths: Vec<String>,
        trainable: bool,
    },
}

/// What a layer of the file is, while the graph is made.
enum Origin {
    Keras(Box<Made>),
    Model(Draft),
    Wrapped(Draft),
    Custom(Arc<dyn CustomLayer>, &'static str, bool),
    Cells(Cells),
    Function(Function),
}

/// Makes the graph of a model.
///
/// # Errors
/// Every reason why it cannot be made.
pub(super) fn draft(graph: &Graph, writer: &Writer, customs: &Customs) -> Result<Draft, Against> {
    Reading { writer, customs, tables: Cell::new(TABLES) }.draft(graph)
}

/// What all models of one file are read with.
struct Reading<'a> {
    writer: &'a Writer,
    customs: &'a Customs,
    /// How many numbers functions may still have in tables, as the weights of `resize`, in all models together.
    tables: Cell<usize>,
}

impl Reading<'_> {
    fn draft(&self, graph: &Graph) -> Result<Draft, Against> {
        let (writer, customs) = (self.writer, self.customs);
        let custom = |layer: &Layer| {
            let function = || functions::of(layer).map(|made| made.map(drop));
            let own = old::or_own(layer, writer, customs).map(|made| made.map(drop));
            own.or_else(|| customs.has_cells(layer, writer)).or_else(function)
        };
        let wrong = reasons(graph, writer, &custom);
        if !wrong.is_empty() {
            let unknown = wrong.iter().any(|reason| reason.kind == ReasonKind::Unknown);
            let reasons = wrong.into_iter().map(|reason| reason.text).collect();
            return Err(Against { reasons, unknown });
        }
        let mut sources: Vec<Option<Origin>> = Vec::new();
        let mut notes = Vec::new();
        for layer in &graph.layers {
            sources.push(self.source(layer, &mut notes)?);
        }
        Ok(Drafting::new(graph, sources, notes, self)?.finish()?)
    }

    /// A model inside of a model, whose notes are those of the model around it.
    fn inside(&self, graph: &Graph, notes: &mut Vec<String>) -> Result<Draft, Against> {
        let mut inner = self.draft(graph)?;
        inner.freezes = self.writer.generation < Generation::Keras3;
        notes.append(&mut inner.notes);
        Ok(inner)
    }

    fn source(&self, layer: &Layer, notes: &mut Vec<String>) -> Result<Option<Origin>, Against> {
        let (writer, customs) = (self.writer, self.customs);
        if layer.input.is_some() {
            return Ok(None);
        }
        if let Some(inner) = &layer.inner {
            let mut inner = self.inside(inner, notes)?;
            inner.stored = model_kind(&layer.class).is_none().then(|| kept_text(&layer.class));
            return Ok(Some(Origin::Model(inner)));
        }
        let named = |error: &dyn core::fmt::Display| vec![format!("layer `{}`: {error}", shown(&layer.name))];
        if let Some(custom) = old::or_own(layer, writer, customs) {
            let (custom, says) = custom.map_err(|error| named(&error))?;
            notes.extend(says.iter().map(|note| format!("layer `{}`: {note}", shown(&layer.name))));
            let trainable =
                layer.config.get("trainable").and_then(serde_json::Value::as_bool).unwrap_or(true);
            return Ok(Some(Origin::Custom(custom, kept_text(&layer.class), trainable)));
        }
        if let Some(function) = functions::of(layer) {
            return Ok(Some(Origin::Function(function.map_err(|error| named(&error))?)));
        }
        if let Some(cells) = customs.cells_of(layer, writer) {
            let cells = cells.map_err(|error| named(&error))?;
            notes.extend(
                cells.made.notes.iter().map(|note| format!("layer `{}`: {note}", shown(&layer.name))),
            );
            return Ok(Some(Origin::Cells(cells)));
        }
        if let Some(inner) = wrapped_model(layer, writer).map_err(|error| named(&error))? {
            return Ok(Some(Origin::Wrapped(self.inside(&inner, notes)?)));
        }
        let made = make(layer, writer)
            .map_err(|wrong| wrong.iter().flat_map(|error| named(error)).collect::<Vec<_>>())?;
        notes.extend(made.notes.iter().map(|note| format!("layer `{}`: {note}", shown(&layer.name))));
        Ok(Some(Origin::Keras(Box::new(made))))
    }
}

/// So many numbers the functions of a file may have in tables, for all lengths for which they are tried: half a gigabyte.
const TABLES: usize = 1 << 27;

/// What a call takes, and what it gives.
type Traced = (Vec<Option<TensorSpec>>, Inferred);

struct Drafting<'a> {
    graph: &'a Graph,
    sources: Vec<Option<Origin>>,
    notes: Vec<String>,
    /// The place of each layer of the file among those of the structure, which has no inputs.
    places: Vec<Option<usize>>,
    /// The calls, each after those whose tensors it takes.
    calls: Vec<Applied>,
    /// The operations that make the masks which tensors carry.
    masks: OwnMasks,
    /// Where masks end on purpose: Keras drops them without a word.
    drops: Vec<bool>,
    /// Calls that compute with the masks that some of their tensors carry, and hand none on.
    ends: Vec<bool>,
    /// How many numbers functions may still have in tables.
    tables: &'a Cell<usize>,
    /// What calls of functions give, for tensors that are not told apart by masks: the graph is looked through anew for each mask that
    /// is dropped, and a function traced once.
    traced: RefCell<HashMap<usize, Traced>>,
    /// Whether a call says itself whether it trains. Keras 3 writes down what it found when the graph was made, and computes
    /// without it.
    says_training: bool,
}

impl<'a> Drafting<'a> {
    fn new(
        graph: &'a Graph,
        sources: Vec<Option<Origin>>,
        notes: Vec<String>,
        reading: &'a Reading<'_>,
    ) -> Result<Self, Vec<String>> {
        let says_training = reading.writer.generation < Generation::Keras3;
        let (places, calls, masks) = (Vec::new(), Vec::new(), OwnMasks::default());
        let (drops, ends) = (Vec::new(), Vec::new());
        let (tables, traced) = (&reading.tables, RefCell::default());
        let mut drafting = Drafting {
            graph,
            sources,
            notes,
            places,
            calls,
            masks,
            drops,
            ends,
            tables,
            traced,
            says_training,
        };
        drafting.order_calls()?;
        drafting.masks = drafting.take_masks(reading.writer)?;
        let mut next = 0..;
        drafting.places =
            drafting.sources.iter().map(|source| source.as_ref().and_then(|_| next.next())).collect();
        // A layer that stands for an operation hands on no mask, as the operation does not.
        let layers = &graph.layers;
        let is_operation = |call: &Applied| {
            call.no_masks
                || matches!(layers[call.layer].operation, Some(Ok(Operation::Layer(..))))
                || matches!(drafting.sources[call.layer], Some(Origin::Function(_)))
        };
        drafting.drops = drafting.calls.iter().map(is_operation).collect();
        drafting.ends = vec![false; drafting.calls.len()];
        Ok(drafting)
    }

    fn tensor(&self, tensor: TensorRef) -> Option<Source> {
        if self.graph.layers[tensor.layer].input.is_some() {
            return self.graph.inputs.iter().position(|input| input.layer == tensor.layer).map(Source::Input);
        }
        let made = |call: &Applied| (call.layer, call.call) == (tensor.layer, tensor.call);
        self.calls.iter().position(made).map(|node| Source::Node(node, tensor.tensor))
    }

    fn input_infos(&self) -> Result<Vec<InputInfo>, Vec<String>> {
        let mut infos = Vec::new();
        for input in &self.graph.inputs {
            let layer = &self.graph.layers[input.layer];
            let Some(input) = &layer.input else {
                return Err(vec![format!("layer `{}` is no input, and stands as one", shown(&layer.name))]);
            };
            let dims: Vec<keras_shape::Dim> = input
                .shape
                .iter()
                .map(|n| n.map_or(keras_shape::Dim::NONE, keras_shape::Dim::Fixed))
                .collect();
            if dims.is_empty() {
                return Err(vec![format!("input `{}` has no axes", shown(&layer.name))]);
            }
            let shape = keras_shape::Shape::new(&dims);
            let spec = match input.dtype.as_str() {
                "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" => {
                    TensorSpec::int(shape)
                }
                "string" => TensorSpec::string(shape),
                "float32" | "float16" | "float64" | "bfloat16" | "bool" => TensorSpec::float(shape),
                other => {
                    let (name, other) = (shown(&layer.name), shown(other));
                    return Err(vec![format!(
                        "input `{name}` takes numbers of the type `{other}`, which is none here"
                    )]);
                }
            };
            let name = kept_text(&layer.name);
            infos.push(InputInfo { name, field: name, spec });
        }
        Ok(infos)
    }

    fn finish(mut self) -> Result<Draft, Vec<String>> {
        let resolved = self.resolved()?;
        let inferred = loop {
            match self.infer(&resolved) {
                Ok(inferred) => break inferred,
                Err(Misfit { culprit: Some(culprit), .. }) if self.uses_some(culprit) => {
                    self.ends[culprit] = true;
                }
                Err(Misfit { culprit: Some(culprit), .. }) if !self.drops[culprit] => {
                    let name = &self.graph.layers[self.calls[culprit].layer].name;
                    self.notes.push(format!("layer `{}` drops a mask, as it does in Keras", shown(name)));
                    self.drops[culprit] = true;
                }
                Err(Misfit { culprit: Some(culprit), text }) if self.calls[culprit].no_masks => {
                    let name = shown(&self.graph.layers[self.calls[culprit].layer].name);
                    return Err(vec![format!(
                        "layer `{name}` is called with `mask = [None, ...]`: Keras computes without the masks of its tensors and hands them on, which is not to be had here; {text}"
                    )]);
                }
                Err(Misfit { text, .. }) => return Err(vec![text]),
            }
        };
        for output in &resolved.outputs {
            if spec_of(*output, &resolved.inputs, &inferred).is_none() {
                return Err(vec!["an output of the model is one that its layer does not give".into()]);
            }
        }
        self.structure(resolved, inferred)
    }

    /// The tensors of the graph by where they come from.
    fn resolved(&self) -> Result<Resolved, Vec<String>> {
        let inputs = self.input_infos()?;
        let sources: Option<Vec<Vec<Source>>> = self
            .calls
            .iter()
            .map(|call| call.inputs.iter().map(|tensor| self.tensor(*tensor)).collect())
            .collect();
        let outputs: Option<Vec<Source>> =
            self.graph.outputs.iter().map(|tensor| self.tensor(*tensor)).collect();
        match (sources, outputs) {
            (Some(sources), Some(outputs)) => Ok(Resolved { inputs, sources, outputs }),
            _ => Err(vec!["a layer takes a tensor of an input that is none of the model's".into()]),
        }
    }
}

/// A graph whose tensors are known by where they come from.
struct Resolved {
    inputs: Vec<InputInfo>,
    /// Those that each call takes.
    sources: Vec<Vec<Source>>,
    outputs: Vec<Source>,
}

/// A tensor of a model, if there is such a one, from what each of the first nodes gives.
fn spec_of(source: Source, inputs: &[InputInfo], nodes: &[Inferred]) -> Option<TensorSpec> {
    match source {
        Source::Input(i) => Some(inputs[i].spec),
        Source::Node(node, i) => nodes[node].outputs().filter(|outputs| i < outputs.len()).map(|o| o.get(i)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A model of a `Resize` from 50 to 40 rows, whose table has 2000 numbers.
    fn resized(name: &str, layers: &[(String, Value)]) -> Value {
        let input = json!({
            "class_name": "InputLayer", "name": "x", "inbound_nodes": [],
            "config": { "name": "x", "batch_shape": [null, 50, 1, 1], "dtype": "float32" },
        });
        let x = json!({ "class_name": "__keras_tensor__", "config": { "keras_history": ["x", 0, 0] } });
        let called = layers.iter().map(|(name, layer)| {
            let mut layer = layer.clone();
            layer["name"] = json!(name);
            layer["config"]["name"] = json!(name);
            layer["inbound_nodes"] = json!([{ "args": [x], "kwargs": {} }]);
            layer
        });
        let all: Vec<Value> = [input].into_iter().chain(called).collect();
        let outputs: Vec<Value> = layers
            .iter()
            .map(|(name, layer)| json!([name, usize::from(layer["class_name"] == "Functional"), 0]))
            .collect();
        json!({ "module": "keras", "class_name": "Functional", "name": name, "config": {
            "name": name, "layers": all, "input_layers": [["x", 0, 0]], "output_layers": outputs,
        } })
    }

    #[test]
    fn models_inside_share_the_bound_on_tables_with_the_others() {
        let writer = Writer::new(Some("3.15.1".into()), None);
        let resize = json!({
            "module": "keras.src.ops.image", "class_name": "Resize", "registered_name": "Resize",
            "config": { "size": [40, 1], "interpolation": "bilinear", "antialias": true },
        });
        let left = |count: usize| {
            let inside = |i: usize| (format!("m{i}"), resized("m", &[("resize".into(), resize.clone())]));
            let model = resized("outer", &(0..count).map(inside).collect::<Vec<_>>());
            let graph = Graph::read(&model, &writer).expect("a graph");
            let customs = Customs::default();
            let reading = Reading { writer: &writer, customs: &customs, tables: Cell::new(5000) };
            match reading.draft(&graph) {
                Ok(_) => Ok(reading.tables.get()),
                Err(against) => Err(against.reasons.join(" ")),
            }
        };
        // Each is counted once, whatever number of lengths it is tried for.
        assert_eq!(left(1), Ok(3000));
        assert_eq!(left(2), Ok(1000));
        let error = left(3).expect_err("too many");
        assert!(error.contains("tables of more than 2^27 numbers"), "{error}");
    }
}
