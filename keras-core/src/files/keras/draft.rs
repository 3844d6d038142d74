//! A model of a file before it has its weights: its graph, checked by the rules that `model!` checks with.

mod against;
mod calls;
mod inner;
mod kept;
mod masks;

use std::sync::Arc;

use keras_files::{
    Graph, Kind, Layer, Made, Operation, ReasonKind, TensorRef, Writer, make, reasons, shown, wrapped_model,
};
use keras_shape::{
    CallArgs, Inferred, LayerConfig, Mask, Shape as Dims, TensorSpec, WeightSpec, Weights, again, in_role,
    infer, kept, kept_as, kept_text, weighed,
};

use keras_shape::layers::{features, over_cells};

use self::against::Against;
use self::calls::{Applied, is_chain, without_masks};
use self::inner::over_steps;
use self::kept::{kept_structure, lengths_of};
use self::masks::OwnMasks;
use super::custom::{CustomLayer, Customs};
use super::custom_cell::Cells;
use super::functions::{self, Function};
use super::old;
use crate::model::{
    InputInfo, LayerInfo, Member, NodeInfo, RunCell, Source, Structure, own_outputs, without_lost,
};
use crate::param::ParamId;

/// A model without weights.
pub(super) struct Draft {
    pub structure: &'static Structure,
    pub layers: Vec<DraftLayer>,
    pub trainable: bool,
    pub notes: Vec<String>,
}

/// A layer without weights.
pub(super) enum DraftLayer {
    /// A layer of Keras.
    Keras { config: LayerConfig, trainable: bool, weights: Box<Weights>, channels_first: bool },
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

impl DraftLayer {
    /// What a layer computes beside that which its arguments say: of a function its words, of code of the caller's another
    /// text each time, as the same class may be other code or have other arguments in another file.
    fn of_its_own(&self) -> String {
        match self {
            DraftLayer::Function(function) => function.words(),
            DraftLayer::Custom { .. } | DraftLayer::Cells { .. } => format!("{:?}", ParamId::fresh()),
            // The structure of a model inside is kept in the same way.
            DraftLayer::Model(inner) | DraftLayer::Wrapped(inner) => {
                format!("{:p}", core::ptr::from_ref(inner.structure))
            }
            DraftLayer::Keras { .. } => String::new(),
        }
    }
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

impl Origin {
    /// The layer for tensors to which it is applied first, with its class and its arguments.
    fn drafted(self, specs: &[TensorSpec]) -> (&'static str, Option<LayerConfig>, DraftLayer) {
        match self {
            Origin::Custom(layer, class, trainable) => {
                let shapes: Vec<Dims> = specs.iter().map(|spec| spec.shape).collect();
                let weights = layer.weights(&shapes);
                // It has been asked before.
                let output = layer.output(&shapes).unwrap_or(specs[0].shape);
                (class, None, DraftLayer::Custom { layer, class, trainable, weights, output })
            }
            Origin::Wrapped(inner) => ("TimeDistributed", None, DraftLayer::Wrapped(inner)),
            Origin::Function(function) => (function.class(), None, DraftLayer::Function(function)),
            Origin::Cells(given) => {
                let (config, trainable) = (given.made.config, given.made.trainable);
                let (cells, paths) = given.run(features(specs.first().copied()));
                (config.class(), None, DraftLayer::Cells { config, cells, paths, trainable })
            }
            Origin::Model(inner) => {
                let class = if inner.structure.sequential { "Sequential" } else { "Functional" };
                (class, None, DraftLayer::Model(inner))
            }
            Origin::Keras(made) => {
                let Made { config, trainable, stored, .. } = *made;
                let weights = Box::new(config.weights(specs));
                let channels_first = stored.channels_first;
                let layer = DraftLayer::Keras { config, trainable, weights, channels_first };
                (config.class(), Some(config), layer)
            }
        }
    }
}

/// Makes the graph of a model.
///
/// # Errors
/// Every reason why it cannot be made.
pub(super) fn draft(graph: &Graph, writer: &Writer, customs: &Customs) -> Result<Draft, Against> {
    let custom = |layer: &Layer| {
        let function = || functions::of(layer).map(|made| made.map(drop));
        let own = old::or_own(layer, writer, customs).map(|made| made.map(drop));
        own.or_else(|| customs.has_cells(layer, writer)).or_else(function)
    };
    let wrong = reasons(graph, writer, &custom);
    if !wrong.is_empty() {
        let unknown = wrong.iter().any(|reason| reason.kind == ReasonKind::Unknown);
        let mut reasons: Vec<String> = wrong.into_iter().map(|reason| reason.text).collect();
        reasons.sort();
        reasons.dedup();
        return Err(Against { reasons, unknown });
    }
    let mut sources: Vec<Option<Origin>> = Vec::new();
    let mut notes = Vec::new();
    for layer in &graph.layers {
        sources.push(source(layer, writer, customs, &mut notes)?);
    }
    let says_training = writer.generation < keras_files::Generation::Keras3;
    Ok(Drafting::new(graph, sources, notes, says_training, writer)?.finish()?)
}

fn source(
    layer: &Layer,
    writer: &Writer,
    customs: &Customs,
    notes: &mut Vec<String>,
) -> Result<Option<Origin>, Against> {
    if layer.input.is_some() {
        return Ok(None);
    }
    if let Some(inner) = &layer.inner {
        let mut inner = draft(inner, writer, customs)?;
        notes.append(&mut inner.notes);
        return Ok(Some(Origin::Model(inner)));
    }
    let named = |error: &dyn core::fmt::Display| vec![format!("layer `{}`: {error}", shown(&layer.name))];
    if let Some(custom) = old::or_own(layer, writer, customs) {
        let (custom, says) = custom.map_err(|error| named(&error))?;
        notes.extend(says.iter().map(|note| format!("layer `{}`: {note}", shown(&layer.name))));
        let trainable = layer.config.get("trainable").and_then(serde_json::Value::as_bool).unwrap_or(true);
        return Ok(Some(Origin::Custom(custom, kept_text(&layer.class), trainable)));
    }
    if let Some(function) = functions::of(layer) {
        return Ok(Some(Origin::Function(function.map_err(|error| named(&error))?)));
    }
    if let Some(cells) = customs.cells_of(layer, writer) {
        let cells = cells.map_err(|error| named(&error))?;
        notes.extend(cells.made.notes.iter().map(|note| format!("layer `{}`: {note}", shown(&layer.name))));
        return Ok(Some(Origin::Cells(cells)));
    }
    if let Some(inner) = wrapped_model(layer, writer).map_err(|error| named(&error))? {
        let mut inner = draft(&inner, writer, customs)?;
        notes.append(&mut inner.notes);
        return Ok(Some(Origin::Wrapped(inner)));
    }
    let made = make(layer, writer)
        .map_err(|wrong| wrong.iter().flat_map(|error| named(error)).collect::<Vec<_>>())?;
    notes.extend(made.notes.iter().map(|note| format!("layer `{}`: {note}", shown(&layer.name))));
    Ok(Some(Origin::Keras(Box::new(made))))
}

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
    /// Whether a call says itself whether it trains. Keras 3 writes down what it found when the graph was made, and computes
    /// without it.
    says_training: bool,
}

impl<'a> Drafting<'a> {
    fn new(
        graph: &'a Graph,
        sources: Vec<Option<Origin>>,
        notes: Vec<String>,
        says_training: bool,
        writer: &keras_files::Writer,
    ) -> Result<Self, Vec<String>> {
        let (places, calls, masks) = (Vec::new(), Vec::new(), OwnMasks::default());
        let (drops, ends) = (Vec::new(), Vec::new());
        let mut drafting =
            Drafting { graph, sources, notes, places, calls, masks, drops, ends, says_training };
        drafting.order_calls()?;
        drafting.masks = drafting.take_masks(writer)?;
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
        let inputs = self.input_infos()?;
        let resolved: Option<Vec<Vec<Source>>> = self
            .calls
            .iter()
            .map(|call| call.inputs.iter().map(|tensor| self.tensor(*tensor)).collect())
            .collect();
        let outputs: Option<Vec<Source>> =
            self.graph.outputs.iter().map(|tensor| self.tensor(*tensor)).collect();
        let (Some(resolved), Some(outputs)) = (resolved, outputs) else {
            return Err(vec!["a layer takes a tensor of an input that is none of the model's".into()]);
        };
        let inferred = loop {
            match self.infer(&inputs, &resolved) {
                Ok(inferred) => break inferred,
                Err((Some(culprit), _)) if self.uses_some(culprit) => self.ends[culprit] = true,
                Err((Some(culprit), _)) if !self.drops[culprit] => {
                    let name = &self.graph.layers[self.calls[culprit].layer].name;
                    self.notes.push(format!("layer `{}` drops a mask, as it does in Keras", shown(name)));
                    self.drops[culprit] = true;
                }
                Err((Some(culprit), error)) if self.calls[culprit].no_masks => {
                    let name = shown(&self.graph.layers[self.calls[culprit].layer].name);
                    return Err(vec![format!(
                        "layer `{name}` is called with `mask = [None, ...]`: Keras computes without the masks of its tensors and hands them on, which is not to be had here; {error}"
                    )]);
                }
                Err((_, error)) => return Err(vec![error]),
            }
        };
        for output in &outputs {
            if let Source::Node(node, tensor) = output
                && inferred[*node].outputs().is_none_or(|outputs| *tensor >= outputs.len())
            {
                return Err(vec!["an output of the model is one that its layer does not give".into()]);
            }
        }
        self.structure(inputs, resolved, outputs, inferred)
    }

    /// What each call gives; or what is wrong, and at which call a mask is dropped that is needed.
    #[allow(clippy::type_complexity)]
    fn infer(
        &self,
        inputs: &[InputInfo],
        resolved: &[Vec<Source>],
    ) -> Result<Vec<Inferred>, (Option<usize>, String)> {
        let mut known: Vec<Inferred> = Vec::new();
        let mut first: Vec<Option<Vec<Option<TensorSpec>>>> = vec![None; self.graph.layers.len()];
        for (at, (call, sources)) in self.calls.iter().zip(resolved).enumerate() {
            let mut specs = Vec::with_capacity(sources.len());
            for (source, role) in sources.iter().zip(&call.roles) {
                let spec = match source {
                    Source::Input(i) => Some(inputs[*i].spec),
                    Source::Node(node, i) => {
                        known[*node].outputs().filter(|o| *i < o.len()).map(|o| o.get(*i))
                    }
                };
                specs.push(in_role(spec, *role));
            }
            let layer = &self.graph.layers[call.layer];
            if specs.contains(&None) {
                return Err((
                    None,
                    format!("layer `{}` takes a tensor that no layer gives", shown(&layer.name)),
                ));
            }
            let drop = self.drops[at];
            let inferred = match &self.sources[call.layer] {
                Some(Origin::Keras(made)) => {
                    let config = call.args.of(made.config);
                    let mut inferred = weighed(infer(&config, &specs, at, drop), &config, &specs);
                    if call.no_masks {
                        inferred = without_masks(inferred, &infer(&config, &specs, at, false), at);
                    }
                    match &first[call.layer] {
                        Some(before) => again(inferred, &config, before, &specs),
                        None => inferred,
                    }
                }
                Some(Origin::Cells(cells)) => {
                    let config = call.args.of(cells.made.config);
                    let [forward, backward] = cells.widths();
                    let inferred = over_cells(&config, [&forward, &backward], &specs, at, drop);
                    match &first[call.layer] {
                        Some(before) => again(inferred, &config, before, &specs),
                        None => inferred,
                    }
                }
                Some(Origin::Model(inner)) => inner.outputs(&layer.name, &specs, at, drop),
                Some(Origin::Wrapped(inner)) => over_steps(inner, &layer.name, &specs, at, drop),
                Some(Origin::Custom(custom, ..)) => {
                    let shapes: Vec<Dims> = specs.iter().flatten().map(|spec| spec.shape).collect();
                    match custom.output(&shapes) {
                        Ok(output) => own_outputs(&layer.name, output, None, &specs, at, drop),
                        Err(error) => return Err((None, format!("layer `{}`: {error}", shown(&layer.name)))),
                    }
                }
                Some(Origin::Function(function)) => match function.infer(&specs) {
                    Ok(inferred) => inferred,
                    Err(error) => return Err((None, format!("layer `{}`: {error}", shown(&layer.name)))),
                },
                None => Inferred::Unknown,
            };
            let inferred = if self.ends[at] { without_lost(inferred) } else { inferred };
            match inferred {
                Inferred::Known(_) => known.push(inferred),
                Inferred::Wrong(error) => {
                    let text = error.text();
                    let text = text.as_str().lines().next().unwrap_or_default();
                    return Err((error.culprit, format!("layer `{}`: {text}", shown(&layer.name))));
                }
                Inferred::Unknown => {
                    return Err((
                        None,
                        format!("layer `{}`: its output cannot be known", shown(&layer.name)),
                    ));
                }
            }
            first[call.layer].get_or_insert(specs);
        }
        Ok(known)
    }

    fn structure(
        self,
        inputs: Vec<InputInfo>,
        resolved: Vec<Vec<Source>>,
        outputs: Vec<Source>,
        inferred: Vec<Inferred>,
    ) -> Result<Draft, Vec<String>> {
        let Drafting { graph, sources, notes, places, calls, masks, drops, .. } = self;
        let sequential = graph.kind == Kind::Sequential;
        let mut layers = Vec::new();
        let mut order = Vec::new();
        let mut infos = Vec::new();
        for (at, origin) in sources.into_iter().enumerate() {
            let layer = &graph.layers[at];
            let Some(origin) = origin else {
                let input = graph.inputs.iter().position(|input| input.layer == at);
                order.extend(input.filter(|_| !sequential).map(Member::Input));
                order.extend(masks.of_layer(at).map(Member::Mask));
                continue;
            };
            let Some(call) = calls.iter().position(|call| call.layer == at) else {
                return Err(vec![format!("layer `{}` is applied to nothing", shown(&layer.name))]);
            };
            order.push(Member::Layer(infos.len()));
            let specs = resolved[call].iter().zip(&calls[call].roles).map(|(source, role)| {
                let spec = match source {
                    Source::Input(i) => inputs[*i].spec,
                    Source::Node(node, i) => inferred[*node].output(*i).unwrap_or(inputs[0].spec),
                };
                TensorSpec { role: *role, ..spec }
            });
            let (class, config, drafted) = origin.drafted(&specs.collect::<Vec<TensorSpec>>());
            let (name, inside) = (kept_text(&layer.name), drafted.inside());
            infos.push(LayerInfo { name, class, config, inside, group: None });
            layers.push(drafted);
        }
        let connected = !sequential && !is_chain(&calls, &resolved, &inputs);
        let names: Vec<&'static str> =
            graph.outputs.iter().map(|output| kept_text(&graph.layers[output.layer].name)).collect();
        let names: &'static [&'static str] = kept(names);
        // Where no mask comes, none is dropped.
        let masked = |source: &Source| match source {
            Source::Input(i) => inputs[*i].spec.mask != Mask::Absent,
            Source::Node(node, i) => inferred[*node].output(*i).is_some_and(|spec| spec.mask != Mask::Absent),
        };
        let drops: Vec<bool> =
            drops.iter().zip(&resolved).map(|(drop, sources)| *drop && sources.iter().any(masked)).collect();
        let nodes: Vec<NodeInfo> = calls
            .into_iter()
            .zip(resolved)
            .zip(inferred)
            .zip(drops)
            .map(|(((call, sources), outputs), drop_mask)| NodeInfo {
                layer: places[call.layer].unwrap_or(0),
                inputs: kept(sources),
                roles: kept(call.roles),
                outputs,
                drop_mask,
                call: CallArgs {
                    precision: keras_files::precision(
                        &graph.layers[call.layer].class,
                        &graph.layers[call.layer].config,
                    ),
                    ..call.args
                },
            })
            .collect();
        let given = |node: &NodeInfo| {
            (0..node.outputs.outputs().map_or(0, |o| o.len())).map(|i| node.outputs.output(i)).collect()
        };
        let lengths = nodes.iter().map(|node| lengths_of(given(node))).collect::<Vec<_>>();
        let nodes = kept_as(nodes.clone(), &(&nodes, lengths));
        let structure = Structure {
            name: kept_text(&graph.name),
            sequential,
            connected,
            inputs: kept(inputs),
            layers: kept(infos),
            nodes,
            outputs: kept(outputs),
            output_names: names,
            output_fields: names,
            groups: &[],
            order: kept(order),
            masks: kept(masks.infos.into_iter().map(|(_, info)| info).collect()),
            masked: kept(masks.given),
        };
        let own: Vec<String> = layers.iter().map(DraftLayer::of_its_own).collect();
        Ok(Draft { structure: kept_structure(structure, own), layers, trainable: graph.trainable, notes })
    }
}
