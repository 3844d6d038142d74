//! The layers of a model as lists, for who draws them or shows their weights.

use std::collections::{HashMap, HashSet};

use super::GraphNode;
use crate::model::{AnyModel, Source, inner_model};

/// The nodes of a model, those of models in it behind the names of these.
pub(crate) fn graph(model: &dyn AnyModel) -> Vec<GraphNode> {
    let mut nodes = Vec::new();
    let inputs: Vec<String> = model.structure().inputs.iter().map(|input| input.name.to_string()).collect();
    for name in &inputs {
        nodes.push(GraphNode { name: name.clone(), class: "InputLayer".to_string(), inputs: Vec::new() });
    }
    walk(model, "", &inputs, &mut nodes);
    nodes
}

/// Adds the nodes of a model that is given the outputs of `inputs`; returns the names of those that give its outputs.
fn walk(model: &dyn AnyModel, before: &str, inputs: &[String], nodes: &mut Vec<GraphNode>) -> Vec<String> {
    let structure = model.structure();
    let mut given: Vec<Vec<String>> = Vec::new();
    let mut calls: HashMap<usize, usize> = HashMap::new();
    let found = |source: &Source, given: &[Vec<String>]| match source {
        Source::Input(i) => inputs.get(*i).cloned(),
        Source::Node(node, i) => given.get(*node).and_then(|names| names.get(*i).or(names.first())).cloned(),
    };
    for node in structure.nodes {
        let layer = model.layer_at(node.layer);
        let call = calls.entry(node.layer).or_insert(0);
        let name = match *call {
            0 => format!("{before}{}", layer.name()),
            again => format!("{before}{}_call_{again}", layer.name()),
        };
        *call += 1;
        let mut sources: Vec<String> = Vec::new();
        for name in node.inputs.iter().filter_map(|source| found(source, &given)) {
            if !sources.contains(&name) || inner_model(layer).is_some() {
                sources.push(name);
            }
        }
        given.push(match inner_model(layer) {
            Some(inner) => walk(inner, &format!("{name}/"), &sources, nodes),
            None => {
                let class = layer.class().to_string();
                nodes.push(GraphNode { name: name.clone(), class, inputs: sources });
                vec![name]
            }
        });
    }
    structure.outputs.iter().filter_map(|source| found(source, &given)).collect()
}

/// The names of the layers that are embeddings, each once, those of models in it behind the names of these.
pub(crate) fn embeddings(model: &dyn AnyModel) -> Vec<String> {
    let mut known = HashSet::new();
    let mut names = Vec::new();
    for layer in model.structure().nodes.iter().map(|node| node.layer).filter(|layer| known.insert(*layer)) {
        let layer = model.layer_at(layer);
        if let Some(inner) = inner_model(layer) {
            names.extend(embeddings(inner).iter().map(|name| format!("{}/{name}", layer.name())));
        } else if layer.config().is_some_and(|config| config.facts().is_embedding) {
            names.push(layer.name().to_string());
        }
    }
    names
}
