//! Keras's order of layers, in which it lists them and keeps their weights: by depth, that is by the
//! longest way to an output, then as they are met on the way back from the outputs.

use std::collections::{HashMap, HashSet};

use keras_shape::MaskSource;

use crate::resolve::{Graph, Layer, Member, TensorRef};

/// A layer applied, all layers of a block, or an operation that makes a mask: what Keras counts as one step.
struct Step {
    member: Member,
    inputs: Vec<Place>,
}

/// Brings the layers of a graph into Keras's order. With `drop`, those that lead to no output leave the
/// model, as in Keras; says whether there were any.
pub fn arrange(graph: &mut Graph, drop: bool) -> bool {
    for block in graph.layers.iter_mut().filter_map(Layer::block_mut) {
        arrange(block, drop);
    }
    if !drop || graph.claimed.is_empty() {
        return arrange_layers(graph, drop);
    }
    // Inputs of models inside are none of the model: what they lead to leaves it first.
    arrange_layers(graph, true);
    let claimed = std::mem::take(&mut graph.claimed);
    let kept: Vec<usize> = (0..graph.inputs.len()).filter(|input| !claimed.contains(input)).collect();
    keep_inputs(graph, &kept);
    arrange_layers(graph, true);
    true
}

/// Keeps these inputs, in this order; nothing else is made of the others.
pub fn keep_inputs(graph: &mut Graph, kept: &[usize]) {
    let place = |input: usize| kept.iter().position(|kept| *kept == input);
    let moved = |tensor: &mut TensorRef| {
        if let TensorRef::Input(input) = tensor {
            *tensor = place(*input).map_or(TensorRef::Broken, TensorRef::Input);
        }
    };
    graph.nodes.iter_mut().flat_map(|node| &mut node.inputs).chain(&mut graph.outputs).for_each(moved);
    graph.asked.iter_mut().map(|(_, tensor)| tensor).for_each(moved);
    graph.bound.retain(|(tensor, ..)| !matches!(tensor, TensorRef::Input(input) if place(*input).is_none()));
    graph.bound.iter_mut().map(|(tensor, ..)| tensor).for_each(moved);
    let sources = graph.masks.nodes.iter_mut().flat_map(|node| &mut node.inputs);
    for source in sources.chain(graph.masks.given.iter_mut().map(|given| &mut given.mask)) {
        if let MaskSource::Input(input) = source {
            *input = place(*input).unwrap_or(0);
        }
    }
    let inputs = kept.iter().map(|input| graph.inputs[*input].clone()).collect();
    graph.inputs = inputs;
    graph.order.retain(|member| !matches!(member, Member::Input(input) if place(*input).is_none()));
    for member in &mut graph.order {
        if let Member::Input(input) = member {
            *input = place(*input).unwrap_or(0);
        }
    }
}

/// The inputs, layers and blocks that lead to the outputs, in Keras's order.
pub fn members(graph: &Graph) -> Vec<Member> {
    let (steps, step_of) = steps(graph, true);
    let reached = reached(graph, &steps, &step_of);
    by_depth(graph, &steps, &step_of, &reached)
}

fn arrange_layers(graph: &mut Graph, drop: bool) -> bool {
    let (plain, step_of) = steps(graph, false);
    // Whether a summary says what is connected to what if no layer is given a mask.
    graph.connected = !graph.sequential && !in_a_row(graph, &plain, &reached(graph, &plain, &step_of));
    let (steps, _) = steps(graph, true);
    let reached = reached(graph, &steps, &step_of);
    let order = by_depth(graph, &steps, &step_of, &reached);
    graph.order =
        order.into_iter().filter(|member| !graph.sequential || !matches!(member, Member::Input(_))).collect();

    let mut layers: Vec<usize> = Vec::new();
    for member in &graph.order {
        match member {
            Member::Input(_) | Member::Mask(_) => {}
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
        graph.groups.iter_mut().for_each(|group| group.layers.retain(|layer| *layer < used));
        let reached: HashSet<Place> = reached.into_iter().collect();
        let count = steps.len() - graph.masks.nodes.len();
        drop_masks(graph, |mask| reached.contains(&Place::Step(count + mask)));
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

/// The steps, and the step of each node. With `masks`, also the operations that make masks, behind all others.
fn steps(graph: &Graph, masks: bool) -> (Vec<Step>, Vec<usize>) {
    let (members, step_of) = calls(graph);
    let count = members.len();
    let of = |source: MaskSource| match source {
        MaskSource::Input(input) => Place::Input(input),
        MaskSource::Node(node, _) => Place::Step(step_of[node]),
        MaskSource::Mask(mask) => Place::Step(count + mask),
    };
    let step = |(member, inputs): (Member, Vec<TensorRef>)| {
        let inputs = inputs.into_iter().filter_map(|tensor| place(tensor, &step_of)).collect();
        Step { member, inputs }
    };
    let mut steps: Vec<Step> = members.into_iter().map(step).collect();
    if masks {
        for given in &graph.masks.given {
            steps[step_of[given.node]].inputs.push(of(given.mask));
        }
        for (i, mask) in graph.masks.nodes.iter().enumerate() {
            let inputs = mask.inputs.iter().map(|source| of(*source)).collect();
            steps.push(Step { member: Member::Mask(i), inputs });
        }
    }
    (steps, step_of)
}

/// What is called, with the tensors that it is given, and which of these calls each node is a part of: a block is called as
/// one layer.
pub fn calls(graph: &Graph) -> (Vec<(Member, Vec<TensorRef>)>, Vec<usize>) {
    let mut steps: Vec<(Member, Vec<TensorRef>)> = Vec::new();
    let (mut step_of, mut seen) = (Vec::new(), HashSet::new());
    for (i, node) in graph.nodes.iter().enumerate() {
        let member = match graph.block_of(node.layer) {
            Some(block) => Member::Block(block),
            None => Member::Layer(node.layer),
        };
        let goes_on = i > 0 && node.inputs.first() == Some(&TensorRef::Node(i - 1, 0));
        if let Some((before, inputs)) = steps.last_mut()
            && matches!(member, Member::Block(_))
            && *before == member
            && goes_on
            && !seen.contains(&node.layer)
        {
            inputs.extend(&node.inputs[1..]);
            seen.insert(node.layer);
        } else {
            steps.push((member, node.inputs.clone()));
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
                    stack.extend(steps[step].inputs.iter().rev());
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
                    stack.extend(steps[step].inputs.iter().rev());
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
        for before in steps[*step].inputs.iter().copied() {
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
fn in_a_row(graph: &Graph, steps: &[Step], reached: &[Place]) -> bool {
    let mut seen = HashSet::new();
    let mut last = Place::Input(0);
    graph.inputs.len() == 1
        && reached.iter().filter_map(|at| if let Place::Step(step) = at { Some(*step) } else { None }).all(
            |step| {
                let inputs = &steps[step].inputs;
                let fits = inputs.len() == 1 && inputs[0] == last && seen.insert(steps[step].member);
                last = Place::Step(step);
                fits
            },
        )
}

/// Keeps the operations that make masks of which `keep` says so.
fn drop_masks(graph: &mut Graph, keep: impl Fn(usize) -> bool) {
    let mut place = Vec::new();
    let mut count = 0;
    for mask in 0..graph.masks.nodes.len() {
        place.push(count);
        count += usize::from(keep(mask));
    }
    let kept = |source: &MaskSource| !matches!(source, MaskSource::Mask(mask) if !keep(*mask));
    graph.masks.given.retain(|given| kept(&given.mask));
    let nodes = std::mem::take(&mut graph.masks.nodes).into_iter().enumerate();
    graph.masks.nodes = nodes.filter(|(i, _)| keep(*i)).map(|(_, node)| node).collect();
    let inputs = graph.masks.nodes.iter_mut().flat_map(|node| &mut node.inputs);
    for source in inputs.chain(graph.masks.given.iter_mut().map(|given| &mut given.mask)) {
        if let MaskSource::Mask(mask) = source {
            *mask = place[*mask];
        }
    }
    graph.order.retain(|member| !matches!(member, Member::Mask(mask) if !keep(*mask)));
    for member in &mut graph.order {
        if let Member::Mask(mask) = member {
            *mask = place[*mask];
        }
    }
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
    graph.masks.given.retain(|given| keep(given.node));
    graph.masks.given.iter_mut().for_each(|given| given.node = place[given.node]);
    let inputs = graph.masks.nodes.iter_mut().flat_map(|node| &mut node.inputs);
    for source in inputs.chain(graph.masks.given.iter_mut().map(|given| &mut given.mask)) {
        if let MaskSource::Node(node, _) = source {
            *node = place[*node];
        }
    }
    graph.bound.retain(|(tensor, ..)| !matches!(tensor, TensorRef::Node(node, _) if !keep(*node)));
    graph.bound.iter_mut().map(|(tensor, ..)| tensor).for_each(moved);
    let apart = std::mem::take(&mut graph.apart).into_iter();
    graph.apart = apart.filter(|(node, _)| keep(*node)).map(|(node, apart)| (place[node], apart)).collect();
}
