//! What is written: nodes, names, and numbers that are known.

use std::collections::{HashMap, HashSet};

use keras_ops::graph::{Graph, Node, TensorId};
use keras_ops::{DType, Symbolic};

use crate::level::{Level, OUTSIDE, differs, graph_of};
use crate::model::{Attribute, Element, Initializer, NodeProto, Subgraph};
use crate::probe::Comparison;
use crate::{Export, ExportError, Result, Trace, emit};

/// Numbers that stand in the file, as whatever finds equal ones compares them.
type Known = (u8, Vec<usize>, Vec<u8>);

/// A file in the making.
pub(crate) struct Writer<'a> {
    pub export: &'a Export,
    /// The names of the outputs.
    pub outputs: Vec<String>,
    /// The graphs that are being written, each inside the one before.
    pub levels: Vec<Level>,
    pub initializers: Vec<Initializer>,
    /// Which initialiser has a name.
    pub numbered: HashMap<String, usize>,
    taken: HashSet<String>,
    known: HashMap<Known, String>,
    /// Initialisers that were made of others, by these and what was done.
    pub derived: HashMap<(String, String), String>,
    /// The weight that an initialiser was made of at first.
    pub roots: HashMap<String, String>,
    /// Tensors that are another one with its axes in this order.
    turned: HashMap<String, (String, Vec<usize>)>,
    /// The layer and the operation that are being written.
    pub layer: Option<usize>,
    pub operation: &'static str,
}

/// A node in each trace.
#[derive(Clone)]
pub(crate) struct At {
    pub nodes: Vec<Node>,
    pub inputs: Vec<TensorId>,
    pub outputs: Vec<TensorId>,
}

/// The whole graph.
///
/// # Errors
/// See [`crate::bytes`].
pub(crate) fn graph(export: &Export) -> Result<Subgraph> {
    let mut writer = Writer::new(export)?;
    writer.begin();
    emit::level(&mut writer)?;
    writer.finish()
}

/// That each trace has the inputs, weights and outputs that are named.
fn fits(export: &Export) -> Result<()> {
    let counts = |trace: &Trace| {
        [trace.inputs.len(), trace.weights.len(), trace.outputs.len()]
            == [export.inputs.len(), export.weights.len(), export.outputs.len()]
    };
    let axes = |trace: &Trace| {
        let ranks = trace.inputs.iter().zip(&export.inputs).all(|(x, input)| x.ndim() == input.axes.len());
        let sizes = trace.weights.iter().zip(&export.weights);
        ranks && sizes.into_iter().all(|(weight, own)| weight.shape().size() == own.numbers.len())
    };
    if export.traces.iter().chain(&export.probes).all(|trace| counts(trace) && axes(trace)) {
        return Ok(());
    }
    let reason = "a trace has other inputs, weights or outputs than those that are named".to_string();
    Err(ExportError { layer: None, operation: None, reason })
}

fn graph_of_trace(trace: &Trace) -> Result<Graph> {
    let refused = trace.refused.iter().map(|(tensor, _)| tensor);
    let inputs: Vec<&Symbolic> = trace.inputs.iter().chain(&trace.weights).chain(refused).collect();
    let outputs: Vec<&Symbolic> = trace.outputs.iter().chain(trace.layers.iter().flatten()).collect();
    graph_of(&inputs, &outputs)
}

impl<'a> Writer<'a> {
    fn new(export: &'a Export) -> Result<Self> {
        let graphs = export.traces.iter().map(graph_of_trace).collect::<Result<Vec<Graph>>>()?;
        fits(export)?;
        let mut writer = Writer {
            export,
            outputs: Vec::new(),
            levels: Vec::new(),
            initializers: Vec::new(),
            numbered: HashMap::new(),
            taken: HashSet::new(),
            known: HashMap::new(),
            derived: HashMap::new(),
            roots: HashMap::new(),
            turned: HashMap::new(),
            layer: None,
            operation: "",
        };
        let Some(first) = graphs.first() else { return Err(writer.whole("there is no trace")) };
        // Which layer a node is of, where the traces are not of one computation.
        let needed: Vec<usize> = (0..export.outputs.len()).collect();
        let named = |level: &mut Level| {
            let outputs = level.graphs[0].outputs().to_vec();
            let mut outputs = outputs.into_iter().skip(export.outputs.len());
            for (layer, given) in export.traces[0].layers.iter().enumerate() {
                let own: Vec<TensorId> = outputs.by_ref().take(given.len()).collect();
                level.assign(layer, &own);
            }
        };
        let alone = first.clone();
        match Level::new(graphs, &needed) {
            Ok(mut level) => {
                named(&mut level);
                writer.levels.push(level);
                writer.probe()?;
                Ok(writer)
            }
            Err(at) => {
                let mut level = Level::new(vec![alone], &needed).map_err(|_| writer.whole("no graph"))?;
                named(&mut level);
                writer.layer = level.layers.get(at).copied().flatten();
                Err(writer.whole(
                    "how many operations it takes depends on a length that only the data knows; give the axis a number",
                ))
            }
        }
    }

    /// Looks whether other lengths are computed with in the same way. Those whose operations are the same one by one are
    /// traces from then on: what is found for the others must hold for them too.
    fn probe(&mut self) -> Result<()> {
        for trace in &self.export.probes {
            let other = graph_of_trace(trace)?;
            let level = self.level();
            if let Some(at) = Comparison::new(&level.graphs[0], &other).differs(self.export.outputs.len()) {
                let shapes: Vec<String> = trace.inputs.iter().map(|x| x.shape().to_string()).collect();
                self.layer = self.level().layers.get(at).copied().flatten();
                let who = if self.layer.is_some() { "it" } else { "the model" };
                return Err(self.whole(format!(
                    "{who} computes otherwise for inputs of shape {}; give the axes numbers",
                    shapes.join(", ")
                )));
            }
            if differs(&self.level().graphs[0], &other).is_none() {
                self.level_mut().graphs.push(other);
            }
        }
        Ok(())
    }

    /// An error about what is written as a whole, or a layer of it.
    pub fn whole(&self, reason: impl Into<String>) -> ExportError {
        let layer = self.layer.and_then(|layer| self.export.layers.get(layer)).cloned();
        ExportError { layer, operation: None, reason: reason.into() }
    }

    /// An error about the operation that is being written.
    pub fn refused(&self, reason: impl Into<String>) -> ExportError {
        ExportError { operation: Some(self.operation), ..self.whole(reason) }
    }

    /// Names inputs and weights.
    fn begin(&mut self) {
        let export = self.export;
        let mut names = Vec::new();
        for input in &export.inputs {
            names.push(self.unique(&input.name));
        }
        self.outputs = export.outputs.iter().map(|name| self.unique(name)).collect();
        let first = export.inputs.len();
        for (i, weight) in export.weights.iter().enumerate() {
            let name = self.unique(&weight.path);
            let id = self.level().graphs[0].inputs()[first + i];
            let shape = self.level().graphs[0].tensor(id).shape.to_vec();
            let data = weight.numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
            self.initializer(Initializer { name: name.clone(), element: Element::Float, shape, data });
            names.push(name);
        }
        for (i, name) in names.into_iter().enumerate() {
            let id = self.level().graphs[0].inputs()[i];
            self.name_it(id, name);
        }
    }

    pub fn level(&self) -> &Level {
        &self.levels[self.levels.len() - 1]
    }

    pub fn level_mut(&mut self) -> &mut Level {
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    /// A name that nothing has yet.
    pub fn unique(&mut self, name: &str) -> String {
        let mut found = name.to_string();
        let mut n = 1;
        while !self.taken.insert(found.clone()) {
            found = format!("{name}_{n}");
            n += 1;
        }
        found
    }

    /// A name for something in the layer that is being written.
    pub fn fresh(&mut self, what: &str) -> String {
        let layer = self.layer.and_then(|layer| self.export.layers.get(layer));
        let name = match layer {
            Some(layer) => format!("{layer}/{what}"),
            None => what.to_string(),
        };
        self.unique(&name)
    }

    /// Says what a tensor is called.
    pub fn name_it(&mut self, id: TensorId, name: String) {
        let level = self.level_mut();
        for axis in 0..level.rank(id) {
            let length = level.length(id, axis);
            let varies = length.iter().any(|n| *n != length[0]);
            if varies && !level.known.iter().any(|(known, ..)| *known == length) {
                level.known.push((length, name.clone(), axis));
            }
        }
        level.names[id] = Some(name);
    }

    /// What a tensor is called; a constant is written if it has not been.
    ///
    /// # Errors
    /// It is given when the graph runs, and no file has it; a constant depends on a length in a way that cannot be written.
    pub fn name(&mut self, id: TensorId) -> Result<String> {
        if let Some(name) = &self.level().names[id] {
            return Ok(name.clone());
        }
        let maker = self.level().makers[id];
        if maker != OUTSIDE && self.level().node(maker).constant {
            self.constant(id)?;
        } else if maker == OUTSIDE {
            let trace = &self.export.traces[0];
            let first = trace.inputs.len() + trace.weights.len();
            let at = self.level().graphs[0].inputs().iter().position(|input| *input == id);
            let known = at.and_then(|at| trace.refused.get(at.checked_sub(first)?));
            return Err(self.whole(known.map_or("a tensor is not there", |(_, reason)| reason.as_str())));
        }
        match &self.level().names[id] {
            Some(name) => Ok(name.clone()),
            None => Err(self.refused("it is read before it is computed")),
        }
    }

    /// The names of tensors.
    ///
    /// # Errors
    /// As [`name`](Self::name).
    pub fn name_all(&mut self, ids: &[TensorId]) -> Result<Vec<String>> {
        ids.iter().map(|id| self.name(*id)).collect()
    }

    /// Writes an operator of several results.
    pub fn several(
        &mut self,
        op: &'static str,
        inputs: &[&str],
        attributes: Vec<(&'static str, Attribute)>,
        count: usize,
    ) -> Vec<String> {
        let outputs: Vec<String> = (0..count).map(|_| self.fresh(op)).collect();
        let inputs = inputs.iter().map(|name| (*name).to_string()).collect();
        let name = outputs.first().cloned().unwrap_or_default();
        let node = NodeProto { op, name, inputs, outputs: outputs.clone(), attributes };
        self.level_mut().written.push(node);
        outputs
    }

    /// Writes an operator with arguments.
    pub fn with(
        &mut self,
        op: &'static str,
        inputs: &[&str],
        attributes: Vec<(&'static str, Attribute)>,
    ) -> String {
        self.several(op, inputs, attributes, 1).remove(0)
    }

    /// Writes an operator without arguments.
    pub fn op(&mut self, op: &'static str, inputs: &[&str]) -> String {
        self.with(op, inputs, Vec::new())
    }

    /// Adds numbers that are known.
    pub fn initializer(&mut self, initializer: Initializer) {
        self.numbered.insert(initializer.name.clone(), self.initializers.len());
        self.initializers.push(initializer);
    }

    /// Numbers that are known, equal ones once.
    pub fn numbers(&mut self, element: Element, shape: &[usize], data: Vec<u8>) -> String {
        let key = (element as u8, shape.to_vec(), data);
        if let Some(name) = self.known.get(&key) {
            return name.clone();
        }
        let name = self.unique("constant");
        let (shape, data) = (key.1.clone(), key.2.clone());
        self.initializer(Initializer { name: name.clone(), element, shape, data });
        self.known.insert(key, name.clone());
        name
    }

    /// A float without axes.
    pub fn float(&mut self, x: f32) -> String {
        self.numbers(Element::Float, &[], x.to_le_bytes().to_vec())
    }

    /// A row of floats.
    pub fn floats(&mut self, all: &[f32]) -> String {
        self.numbers(Element::Float, &[all.len()], all.iter().flat_map(|x| x.to_le_bytes()).collect())
    }

    /// An integer without axes, in the type that tensors have here.
    pub fn int32(&mut self, n: i32) -> String {
        self.numbers(Element::Int32, &[], n.to_le_bytes().to_vec())
    }

    /// An integer without axes, in the type that ONNX has lengths in.
    pub fn int64(&mut self, n: i64) -> String {
        self.numbers(Element::Int64, &[], n.to_le_bytes().to_vec())
    }

    /// A number of 64 bits without axes.
    pub fn double(&mut self, x: f64) -> String {
        self.numbers(Element::Double, &[], x.to_le_bytes().to_vec())
    }

    /// A row of integers as ONNX has lengths and axes.
    pub fn ints(&mut self, all: &[i64]) -> String {
        self.numbers(Element::Int64, &[all.len()], all.iter().flat_map(|n| n.to_le_bytes()).collect())
    }

    /// A number without axes in the type of a tensor.
    pub fn number(&mut self, dtype: DType, x: f64) -> String {
        match dtype {
            DType::Float32 => self.float(x as f32),
            DType::Int32 => self.int32(x as i32),
            DType::Bool => self.numbers(Element::Bool, &[], vec![u8::from(x != 0.0)]),
        }
    }

    /// To another type.
    pub fn cast(&mut self, x: &str, to: Element) -> String {
        self.with("Cast", &[x], vec![("to", Attribute::Int(to as i64))])
    }

    /// The weight that an initialiser was made of at first, or its own name.
    pub fn root(&self, name: &str) -> String {
        self.roots.get(name).cloned().unwrap_or_else(|| name.to_string())
    }

    /// What a tensor is another one of, with the axes in another order.
    pub fn turned(&self, x: &str) -> Option<(String, Vec<usize>)> {
        self.turned.get(x).cloned()
    }

    /// Writes a tensor with its axes in another order: of one whose axes are in another order already, both at once.
    pub fn turn(&mut self, x: &str, order: &[usize]) -> String {
        let (from, order) = match self.turned(x) {
            Some((from, before)) => (from, order.iter().map(|axis| before[*axis]).collect()),
            None => (x.to_string(), order.to_vec()),
        };
        if order.iter().enumerate().all(|(i, axis)| i == *axis) {
            return from;
        }
        let axes = order.iter().map(|axis| *axis as i64).collect();
        let name = self.with("Transpose", &[&from], vec![("perm", Attribute::Ints(axes))]);
        self.turned.insert(name.clone(), (from, order));
        name
    }
}
