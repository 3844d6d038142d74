//! What is written: nodes, names, and numbers that are known.

use std::collections::{HashMap, HashSet};

use keras_ops::graph::{Graph, Node, TensorId};
use keras_ops::{DType, Symbolic};

use crate::level::{Level, OUTSIDE, graph_of};
use crate::model::{Attribute, Element, Initializer, Length, NodeProto, Port, Subgraph};
use crate::probe::Comparison;
use crate::{Export, ExportError, Result, Trace, emit};

/// Numbers that stand in the file, as whatever finds equal ones compares them.
type Known = (u8, Vec<usize>, Vec<u8>);

/// A file in the making.
pub(crate) struct Writer<'a> {
    export: &'a Export,
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

fn graph_of_trace(trace: &Trace) -> Result<Graph> {
    let refused = trace.refused.iter().map(|(tensor, _)| tensor);
    let inputs: Vec<&Symbolic> = trace.inputs.iter().chain(&trace.weights).chain(refused).collect();
    let outputs: Vec<&Symbolic> = trace.outputs.iter().chain(trace.layers.iter().flatten()).collect();
    graph_of(&inputs, &outputs)
}

impl<'a> Writer<'a> {
    fn new(export: &'a Export) -> Result<Self> {
        let graphs = export.traces.iter().map(graph_of_trace).collect::<Result<Vec<Graph>>>()?;
        let mut writer = Writer {
            export,
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
            let mut outputs = level.graphs[0].outputs()[export.outputs.len()..].to_vec().into_iter();
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

    /// Looks whether other lengths are computed with in the same way.
    fn probe(&mut self) -> Result<()> {
        for trace in &self.export.probes {
            let other = graph_of_trace(trace)?;
            let level = self.level();
            if let Some(at) = Comparison::new(&level.graphs[0], &other).differs(self.export.outputs.len()) {
                let shapes: Vec<String> = trace.inputs.iter().map(|x| x.shape().to_string()).collect();
                self.layer = self.level().layers.get(at).copied().flatten();
                return Err(self.whole(format!(
                    "it computes otherwise for inputs of shape {}; give the axes numbers",
                    shapes.join(", ")
                )));
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
        for output in &export.outputs {
            self.taken.insert(output.clone());
        }
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

    /// The lengths of an input or output, by the names of the axes of inputs.
    fn lengths(&self, id: TensorId) -> Vec<Length> {
        let level = &self.levels[0];
        let named = |length: &[i64]| {
            let inputs = self.export.inputs.iter().zip(level.graphs[0].inputs());
            let axes = inputs.flat_map(|(input, id)| input.axes.iter().enumerate().map(|(i, axis)| (*id, i, axis)));
            axes.filter(|(id, axis, _)| level.length(*id, *axis) == length).find_map(|(_, _, name)| name.clone())
        };
        let one = |length: Vec<i64>| {
            if let Some(name) = named(&length) {
                return Length::Named(name);
            }
            match length.iter().all(|n| *n == length[0]) {
                true => Length::Fixed(length[0] as usize),
                false => Length::Unknown,
            }
        };
        level.shape(id).into_iter().map(one).collect()
    }

    fn port(&self, id: TensorId, name: String) -> Port {
        Port { name, element: self.levels[0].dtype(id).into(), shape: self.lengths(id) }
    }

    /// Gives outputs their names, and leaves out what nothing reads.
    fn finish(mut self) -> Result<Subgraph> {
        let mut outputs = Vec::new();
        let ids = self.levels[0].graphs[0].outputs()[..self.export.outputs.len()].to_vec();
        for (id, name) in ids.into_iter().zip(&self.export.outputs) {
            let found = self.name(id)?;
            let made = self.levels[0].written.iter().any(|node| node.outputs.contains(&found));
            let again = outputs.iter().any(|port: &Port| port.name == found);
            if made && !again {
                self.rename(&found, name);
                self.levels[0].names[id] = Some(name.clone());
            } else {
                let node = NodeProto {
                    op: "Identity",
                    name: format!("{name}/Identity"),
                    inputs: vec![found],
                    outputs: vec![name.clone()],
                    attributes: Vec::new(),
                };
                self.levels[0].written.push(node);
            }
            outputs.push(self.port(id, name.clone()));
        }
        prune(&mut self.levels[0].written, &outputs);
        self.name_derived();
        let given = self.levels[0].graphs[0].inputs()[..self.export.inputs.len()].to_vec();
        let names = given.iter().map(|id| self.levels[0].names[*id].clone().unwrap_or_default());
        let inputs = given.iter().zip(names).map(|(id, name)| self.port(*id, name)).collect();
        let used = self.used();
        let nodes = core::mem::take(&mut self.levels[0].written);
        let initializers = self.initializers.into_iter().filter(|one| used.contains(&one.name)).collect();
        Ok(Subgraph { name: self.export.name.clone(), nodes, initializers, inputs, outputs })
    }

    fn rename(&mut self, from: &str, to: &str) {
        for node in &mut self.levels[0].written {
            node.names(&mut |name| {
                if name == from {
                    *name = to.to_string();
                }
            });
        }
    }

    /// All names that nodes read.
    fn used(&mut self) -> HashSet<String> {
        let mut used = HashSet::new();
        for node in &mut self.levels[0].written {
            node.names(&mut |name| {
                used.insert(name.clone());
            });
        }
        used
    }

    /// Gives what was made of a weight the weight's name, where nothing else has it.
    fn name_derived(&mut self) {
        let used = self.used();
        let mut made: HashMap<&String, Vec<&String>> = HashMap::new();
        for (to, from) in &self.roots {
            if used.contains(to) {
                made.entry(from).or_default().push(to);
            }
        }
        let single = made.into_iter().filter(|(from, to)| to.len() == 1 && !used.contains(*from));
        let pairs: Vec<(String, String)> = single.map(|(from, to)| (to[0].clone(), from.clone())).collect();
        let names: HashMap<String, String> = pairs.into_iter().collect();
        for node in &mut self.levels[0].written {
            node.names(&mut |name| {
                if let Some(to) = names.get(name) {
                    *name = to.clone();
                }
            });
        }
        self.initializers.retain(|one| used.contains(&one.name));
        for one in &mut self.initializers {
            if let Some(to) = names.get(&one.name) {
                one.name.clone_from(to);
            }
        }
    }
}

/// Leaves out nodes of which nothing reads a result.
pub(crate) fn prune(nodes: &mut Vec<NodeProto>, outputs: &[Port]) {
    let mut used: HashSet<String> = outputs.iter().map(|port| port.name.clone()).collect();
    let mut kept = Vec::new();
    for mut node in core::mem::take(nodes).into_iter().rev() {
        if !node.outputs.iter().any(|name| used.contains(name)) {
            continue;
        }
        node.names(&mut |name| {
            used.insert(name.clone());
        });
        kept.push(node);
    }
    kept.reverse();
    *nodes = kept;
}
