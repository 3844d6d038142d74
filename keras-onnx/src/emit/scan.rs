//! Loops over steps: as the operator of a recurrent layer where it is one, else step by step.

use keras_ops::Symbolic;
use keras_ops::graph::{Operation, Scan};

use super::native;
use crate::Result;
use crate::dims::{Val, fixed};
use crate::finish::prune;
use crate::level::{Level, graph_of};
use crate::model::{Attribute, Element, Length, NodeProto, Port, Subgraph};
use crate::writer::{At, Writer};

pub(super) fn scan(w: &mut Writer<'_>, at: &At) -> Result<()> {
    let one = |node: &keras_ops::graph::Node| match &node.operation {
        Operation::Scan(scan) => Some(scan.clone()),
        _ => None,
    };
    let all: Vec<Scan> = at.nodes.iter().filter_map(one).collect();
    if native::recurrent(w, at, &all[0])? {
        return Ok(());
    }
    let graphs = all.iter().map(|scan| {
        let inputs: Vec<&Symbolic> = scan.arguments.iter().collect();
        graph_of(&inputs, &scan.results.iter().collect::<Vec<_>>())
    });
    let graphs = graphs.collect::<Result<Vec<_>>>()?;
    let first = &all[0];
    let read = |i: usize| i < first.carries || !w.level().readers[at.outputs[i]].is_empty();
    let needed: Vec<usize> = (0..at.outputs.len()).filter(|i| read(*i)).collect();
    let Ok(level) = Level::new(graphs, &needed) else {
        return Err(w.refused("what a step does depends on a length; give the axis a number"));
    };
    let same = first.carries + first.xs;
    let mut inputs = w.name_all(&at.inputs[..same])?;
    let around: Vec<Option<String>> = at.inputs[same..]
        .iter()
        .enumerate()
        .map(|(i, id)| {
            let inside = level.graphs[0].inputs()[same + i];
            let used = !level.readers[inside].is_empty();
            if used { w.name(*id).map(Some) } else { Ok(None) }
        })
        .collect::<Result<_>>()?;
    if first.xs == 0 {
        let length: Val = all.iter().map(|scan| scan.length as i64).collect();
        inputs.push(w.range(&length)?);
    }
    let body = body(w, level, first, &needed, around)?;
    let direction = i64::from(first.reverse);
    let scanned = first.xs.max(1);
    let arguments = vec![
        ("body", Attribute::Graph(Box::new(body))),
        ("num_scan_inputs", Attribute::Int(scanned as i64)),
        ("scan_input_directions", Attribute::Ints(vec![direction; scanned])),
        ("scan_output_directions", Attribute::Ints(vec![direction; needed.len() - first.carries])),
    ];
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let made = w.several("Scan", &inputs, arguments, needed.len());
    for (i, name) in needed.into_iter().zip(made) {
        w.name_it(at.outputs[i], name);
    }
    Ok(())
}

fn port(level: &Level, id: usize, name: String) -> Port {
    let length = |val: &Val| fixed(val).map_or(Length::Unknown, |n| Length::Fixed(n as usize));
    Port { name, element: level.dtype(id).into(), shape: level.shape(id).iter().map(length).collect() }
}

/// The graph of a step.
fn body(
    w: &mut Writer<'_>,
    level: Level,
    scan: &Scan,
    needed: &[usize],
    around: Vec<Option<String>>,
) -> Result<Subgraph> {
    let given = level.graphs[0].inputs().to_vec();
    let results: Vec<usize> = needed.iter().map(|i| level.graphs[0].outputs()[*i]).collect();
    let name = w.fresh("step");
    w.levels.push(level);
    let mut inputs = Vec::new();
    let own = scan.carries + scan.xs;
    for (i, id) in given.iter().enumerate() {
        let name = match i.checked_sub(own) {
            None => w.fresh(if i < scan.carries { "carry" } else { "element" }),
            Some(i) => match &around[i] {
                Some(name) => name.clone(),
                None => continue,
            },
        };
        if i < own {
            inputs.push(port(w.level(), *id, name.clone()));
        }
        w.name_it(*id, name);
    }
    if scan.xs == 0 {
        inputs.push(Port { name: w.fresh("element"), element: Element::Int64, shape: Vec::new() });
    }
    super::level(w)?;
    let mut outputs: Vec<Port> = Vec::new();
    for id in results {
        let found = w.name(id)?;
        let made = w.level().written.iter().any(|node| node.outputs.contains(&found));
        let again = outputs.iter().any(|port| port.name == found);
        let name = if made && !again { found } else { w.op("Identity", &[&found]) };
        outputs.push(port(w.level(), id, name));
    }
    let mut nodes: Vec<NodeProto> = match w.levels.pop() {
        Some(level) => level.written,
        None => Vec::new(),
    };
    prune(&mut nodes, &outputs);
    Ok(Subgraph { name, nodes, initializers: Vec::new(), inputs, outputs })
}
