//! Keras's order of layers, in which it lists them and keeps their weights: by depth, that is by the
//! longest way to an output, then as they are met on the way back from the outputs.

use std::collections::{HashMap, HashSet};

use crate::resolve::{Graph, Layer, Member, TensorRef};

/// A layer applied, or all layers of a block: what Keras counts as one step.
struct Step {
    member: Member,
    inputs: Vec<TensorRef>,
}

/// Brings the layers of a graph into Keras's order. With `drop`, those that lead to no output leave the
/// model, as in Keras; says whether there were any.
pub fn arrange(graph: &mut Graph, drop: bool) -> bool {
    for block in graph.layers.iter_mut().filter_map(Layer::block_mut) {
        arrange(block, drop);
    }
    let (steps, step_of) = steps(graph);
    let reached = reached(graph, &steps, &step_of);
    let order = by_depth(graph, &steps, &step_of, &reached);
    graph.order =
        order.into_iter().filter(|member| !graph.sequential || !matches!(member, Member::Input(_))).collect();
    graph.connected = !graph.sequential && !in_a_row(graph, &steps, &step_of, &reached);

    let mut layers: Vec<usize> = Vec::new();
    for member in &graph.order {
        match member {
            Member::Input(_) => {}
            Member::Layer(layer) => layers.push(*layer),
            Member::Block(block) => {
                let inside = |layer: &&usize| graph.block_of(**layer) == Some(*block);
                layers.extend(graph.groups[*block].layers.iter().filter(inside));
            }
        }
    }
    let mut listed = HashSet::new();
    layers.retain(|layer| listed.insert(*layer));
    let used = layers.len();
    layers.extend((0..graph.layers.len()).filter(|layer| !listed.contains(layer)));
    let mut place = vec![0; layers.len()];
    for (new, old) in layers.iter().enumerate() {
        place[*old] = new;
    }
    let mut sorted: Vec<_> = std::mem::take(&mut graph.layers).into_iter().enumerate().collect();
    sorted.sort_by_key(|(old, _)| place[*old]);
    graph.layers = sorted.into_iter().map(|(_, layer)| layer).collect();
    for node in &mut graph.nodes {
        node.layer = place[node.layer];
    }
    for layer in graph.groups.iter_mut().flat_map(|group| &mut group.layers) {
        *layer = place[*layer];
    }
    for member in &mut graph.order {
        if let Member::Layer(layer) = member {
            *layer = place[*layer];
        }
    }
    graph.index();
    let (all_layers, all_nodes) = (graph.layers.len(), graph.nodes.len());
    if drop {
        graph.layers.truncate(used);
        let reached: HashSet<Place> = reached.into_iter().collect();
        drop_nodes(graph, |node| reached.contains(&Place::Step(step_of[node])));
        graph.index();
    }
    graph.layers.len() < all_layers || graph.nodes.len() < all_nodes
}

/// A place on the way back from the outputs.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Input(usize),
    Step(usize),
}

fn place(tensor: TensorRef, step_of: &[usize]) -> Option<Place> {
    match tensor {
        TensorRef::Input(input) => Some(Place::Input(input)),
        TensorRef::Node(node, _) => Some(Place::Step(step_of[node])),
        TensorRef::Broken => None,
    }
}

/// The steps, and the step of each node.
fn steps(graph: &Graph) -> (Vec<Step>, Vec<usize>) {
    let mut steps: Vec<Step> = Vec::new();
    let (mut step_of, mut seen) = (Vec::new(), HashSet::new());
    for (i, node) in graph.nodes.iter().enumerate() {
        let member = match graph.block_of(node.layer) {
            Some(block) => Member::Block(block),
            None => Member::Layer(node.layer),
        };
        let goes_on = i > 0 && node.inputs.first() == Some(&TensorRef::Node(i - 1, 0));
        if let Some(step) = steps.last_mut()
            && matches!(member, Member::Block(_))
            && step.member == member
            && goes_on
            && !seen.contains(&node.layer)
        {
            step.inputs.extend(&node.inputs[1..]);
            seen.insert(node.layer);
        } else {
            steps.push(Step { member, inputs: node.inputs.clone() });
            seen = HashSet::from([node.layer]);
        }
        step_of.push(steps.len() - 1);
    }
    (steps, step_of)
}

/// All that leads to an output, each after what it is made from.
fn reached(graph: &Graph, steps: &[Step], step_of: &[usize]) -> Vec<Place> {
    let mut done: Vec<Place> = Vec::new();
    let mut inputs = HashSet::new();
    let (mut entered, mut finished) = (vec![false; steps.len()], vec![false; steps.len()]);
    for output in &graph.outputs {
        let mut stack: Vec<Place> = place(*output, step_of).into_iter().collect();
        while let Some(top) = stack.pop() {
            match top {
                Place::Input(input) => {
                    if inputs.insert(input) {
                        done.push(top);
                    }
                }
                Place::Step(step) if finished[step] => {}
                Place::Step(step) if entered[step] => {
                    finished[step] = true;
                    done.push(top);
                }
                Place::Step(step) => {
                    entered[step] = true;
                    stack.push(top);
                    stack
                        .extend(steps[step].inputs.iter().rev().filter_map(|tensor| place(*tensor, step_of)));
                }
            }
        }
    }
    done
}

/// The order in which members are met on the way back, each before what it is made from.
fn met(graph: &Graph, steps: &[Step], step_of: &[usize]) -> HashMap<Member, usize> {
    let mut met = HashMap::new();
    let mut entered = vec![false; steps.len()];
    for output in &graph.outputs {
        let mut stack: Vec<Place> = place(*output, step_of).into_iter().collect();
        while let Some(top) = stack.pop() {
            let count = met.len();
            match top {
                Place::Input(input) => {
                    met.entry(Member::Input(input)).or_insert(count);
                }
                Place::Step(step) if entered[step] => {}
                Place::Step(step) => {
                    entered[step] = true;
                    met.entry(steps[step].member).or_insert(count);
                    stack
                        .extend(steps[step].inputs.iter().rev().filter_map(|tensor| place(*tensor, step_of)));
                }
            }
        }
    }
    met
}

fn by_depth(graph: &Graph, steps: &[Step], step_of: &[usize], reached: &[Place]) -> Vec<Member> {
    let met = met(graph, steps, step_of);
    let mut depths: HashMap<Place, usize> = HashMap::new();
    let mut members: HashMap<Member, usize> = HashMap::new();
    for at in reached.iter().rev() {
        let member = match at {
            Place::Input(input) => Member::Input(*input),
            Place::Step(step) => steps[*step].member,
        };
        // A layer applied at several depths stands at the largest.
        let depth = depths.get(at).copied().unwrap_or(0).max(members.get(&member).copied().unwrap_or(0));
        members.insert(member, depth);
        let Place::Step(step) = at else { continue };
        for before in steps[*step].inputs.iter().filter_map(|tensor| place(*tensor, step_of)) {
            let known = depths.entry(before).or_insert(0);
            *known = (*known).max(depth + 1);
        }
    }
    let mut order: Vec<(isize, isize, Member)> = members
        .into_iter()
        .map(|(member, depth)| (-(depth as isize), met.get(&member).map_or(0, |i| *i as isize), member))
        .collect();
    // An input that leads nowhere still belongs to the model.
    let there: HashSet<Member> = order.iter().map(|(_, _, member)| *member).collect();
    let inputs = (0..graph.inputs.len()).map(Member::Input);
    order.extend(inputs.filter(|input| !there.contains(input)).map(|input| (0, -1, input)));
    order.sort_by_key(|(depth, met, _)| (*depth, *met));
    order.into_iter().map(|(_, _, member)| member).collect()
}

/// Whether each step takes one tensor, from the step before: then a summary need not say so.
fn in_a_row(graph: &Graph, steps: &[Step], step_of: &[usize], reached: &[Place]) -> bool {
    let mut seen = HashSet::new();
    let mut last = Place::Input(0);
    graph.inputs.len() == 1
        && reached.iter().filter_map(|at| if let Place::Step(step) = at { Some(*step) } else { None }).all(
            |step| {
                let inputs = &steps[step].inputs;
                let fits = inputs.len() == 1
                    && place(inputs[0], step_of) == Some(last)
                    && seen.insert(steps[step].member);
                last = Place::Step(step);
                fits
            },
        )
}

/// Keeps the nodes that `keep` says, and counts the tensors anew.
fn drop_nodes(graph: &mut Graph, keep: impl Fn(usize) -> bool) {
    let mut place = Vec::new();
    let mut count = 0;
    for node in 0..graph.nodes.len() {
        place.push(count);
        count += usize::from(keep(node));
    }
    let moved = |tensor: &mut TensorRef| {
        if let TensorRef::Node(node, _) = tensor {
            *node = place[*node];
        }
    };
    let nodes = std::mem::take(&mut graph.nodes).into_iter().enumerate();
    graph.nodes = nodes.filter(|(i, _)| keep(*i)).map(|(_, node)| node).collect();
    graph.nodes.iter_mut().flat_map(|node| &mut node.inputs).chain(&mut graph.outputs).for_each(moved);
    graph.bound.retain(|(tensor, ..)| !matches!(tensor, TensorRef::Node(node, _) if !keep(*node)));
    graph.bound.iter_mut().map(|(tensor, ..)| tensor).for_each(moved);
    let apart = std::mem::take(&mut graph.apart).into_iter();
    graph.apart = apart.filter(|(node, _)| keep(*node)).map(|(node, apart)| (place[node], apart)).collect();
}
