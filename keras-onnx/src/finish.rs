//! What is done when all is written: names of outputs and weights, and what nothing reads left out.

use std::collections::{HashMap, HashSet};

use keras_ops::graph::TensorId;

use crate::Result;
use crate::model::{Length, NodeProto, Port, Subgraph};
use crate::writer::Writer;

impl Writer<'_> {
    /// The lengths of an input or output, by the names of the axes of inputs.
    fn lengths(&self, id: TensorId) -> Vec<Length> {
        let level = &self.levels[0];
        let named = |length: &[i64]| {
            let inputs = self.export.inputs.iter().zip(level.graphs[0].inputs());
            let axes =
                inputs.flat_map(|(input, id)| input.axes.iter().enumerate().map(|(i, axis)| (*id, i, axis)));
            axes.filter(|(id, axis, _)| level.length(*id, *axis) == length)
                .find_map(|(_, _, name)| name.clone())
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
    pub fn finish(mut self) -> Result<Subgraph> {
        let mut outputs = Vec::new();
        let ids = self.levels[0].graphs[0].outputs()[..self.export.outputs.len()].to_vec();
        for (id, name) in ids.into_iter().zip(&self.outputs.clone()) {
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
