//! Random graphs: several inputs and outputs, branches, merges, masks by name and layers applied more than once. What
//! the shape rules say before and with the true lengths, what a run gives, and what gradients and weights it has agree;
//! and a graph gives the numbers of its layers, one after the other.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use keras_core::context::Context;
use keras_core::device::with_seed;
use keras_core::engine::{Squares, pass, squares, without};
use keras_core::model::{
    Alone, AnyLayer, AnyModel, Built, Core, InputInfo, Inside, LayerInfo, NodeInfo, Source, Structure, Value,
    outputs_for,
};
use keras_core::prelude::Dims;
use keras_core::shape::{
    Arg, DType, Dim, Inferred, LayerConfig, Mask, Outputs, Role, TensorSpec, again, in_role, infer,
};
use keras_core::tensor::Raw;
use proptest::prelude::*;

use super::properties::{Args, Choices, arguments, build, class, int, numbers, run_cases, word};

/// A graph as a model: what `model!` would write.
struct Graph {
    structure: &'static Structure,
    layers: Vec<Built<()>>,
    core: Core,
}

impl AnyModel for Graph {
    fn structure(&self) -> &'static Structure {
        self.structure
    }
    fn layers(&self) -> Vec<&dyn AnyLayer> {
        self.layers.iter().map(|layer| layer as &dyn AnyLayer).collect()
    }
    fn layer_at(&self, index: usize) -> &dyn AnyLayer {
        &self.layers[index]
    }
    fn layers_mut(&mut self) -> Vec<&mut dyn AnyLayer> {
        self.layers.iter_mut().map(|layer| layer as &mut dyn AnyLayer).collect()
    }
    fn core(&self) -> &Core {
        &self.core
    }
}

/// A layer applied to tensors.
struct Node {
    layer: usize,
    inputs: Vec<(Source, Role)>,
    outputs: Outputs,
    drop_mask: bool,
}

/// What has been generated.
#[derive(Default)]
struct Draft {
    inputs: Vec<TensorSpec>,
    /// The layers, each with what it is applied to first.
    layers: Vec<(LayerConfig, Vec<Option<TensorSpec>>)>,
    nodes: Vec<Node>,
    outputs: Vec<Source>,
}

/// What came of the cases.
#[derive(Debug, Default)]
struct Tally {
    runs: usize,
    layers: BTreeMap<&'static str, usize>,
    refused: BTreeMap<&'static str, usize>,
    too_short: usize,
    shared: usize,
    shared_refused: usize,
    masks_by_name: usize,
    several_outputs: usize,
    masked: usize,
    derived: usize,
    trained: usize,
    planned: usize,
    gradients_of_shared: usize,
}

const MERGES: [&str; 11] = [
    "Add",
    "Subtract",
    "Multiply",
    "Average",
    "Maximum",
    "Minimum",
    "Concatenate",
    "Dot",
    "Attention",
    "AdditiveAttention",
    "MultiHeadAttention",
];

const USE_MASKS: [&str; 8] = [
    "LSTM",
    "GRU",
    "SimpleRNN",
    "Bidirectional",
    "TimeDistributed",
    "BatchNormalization",
    "GlobalAveragePooling1D",
    "Softmax",
];

impl Draft {
    fn spec(&self, source: Source) -> TensorSpec {
        match source {
            Source::Input(i) => self.inputs[i],
            Source::Node(node, i) => self.nodes[node].outputs.get(i),
        }
    }

    fn tensors(&self) -> Vec<Source> {
        let nodes = self.nodes.iter().enumerate();
        let outputs = nodes.flat_map(|(n, node)| (0..node.outputs.len()).map(move |i| Source::Node(n, i)));
        (0..self.inputs.len()).map(Source::Input).chain(outputs).collect()
    }

    fn given(&self, inputs: &[(Source, Role)]) -> Vec<Option<TensorSpec>> {
        inputs.iter().map(|(source, role)| in_role(Some(self.spec(*source)), *role)).collect()
    }

    /// A tensor, more often one of the last.
    fn pick(&self, c: &mut Choices<'_>, like: impl Fn(&TensorSpec) -> bool) -> Source {
        let all = self.tensors();
        let alike: Vec<Source> = all.iter().copied().filter(|source| like(&self.spec(*source))).collect();
        let list = if alike.is_empty() || c.rarely(5) { all } else { alike };
        let from_end = c.below(list.len()).min(c.below(list.len()));
        list[list.len() - 1 - from_end]
    }
}

/// The arguments of a layer of several tensors.
fn merge_arguments(c: &mut Choices<'_>, class: &str, rank: usize) -> Args {
    let mut args = Vec::new();
    match class {
        "Concatenate" if c.rarely(2) => args.push(("axis", int(c.between(1, rank.max(2) - 1)))),
        "Dot" => {
            let axis = c.between(1, rank.max(2) - 1);
            args.push(("axes", int(axis)));
            if c.rarely(3) {
                args.push(("normalize", Arg::Bool(true)));
            }
        }
        "MultiHeadAttention" => {
            args.extend([("num_heads", int(c.between(1, 2))), ("key_dim", int(c.between(1, 3)))]);
        }
        _ => {}
    }
    if class.ends_with("Attention") {
        if c.rarely(3) {
            args.push(("return_attention_scores", Arg::Bool(true)));
        }
        if c.rarely(4) {
            args.push(("use_causal_mask", Arg::Bool(true)));
        }
        if class == "Attention" && c.rarely(3) {
            args.push(("score_mode", word("concat")));
        }
    }
    args
}

fn draft(c: &mut Choices<'_>, tally: &mut Tally) -> Draft {
    let mut draft = Draft::default();
    for i in 0..c.between(1, 3) {
        // Alike inputs can meet.
        let spec = if i > 0 && c.below(3) > 0 {
            draft.inputs[c.below(i)]
        } else {
            let mut shape = Dims::new(&[Dim::NONE]);
            for axis in 1..c.of(&["2", "3", "3", "3", "4"]).parse().expect("a number") {
                shape = shape.push(match c.below(6) {
                    0 | 1 if axis < 3 => Dim::Dynamic(Some(if c.rarely(3) { "words" } else { "time" })),
                    2 if axis == 1 => Dim::NONE,
                    _ => Dim::Fixed(c.between(1, 6)),
                });
            }
            TensorSpec::float(shape)
        };
        draft.inputs.push(spec);
    }
    for node in 0..c.between(2, 9) {
        let first = draft.pick(c, |_| true);
        let spec = draft.spec(first);
        let mut inputs = vec![(first, Role::Input)];
        let kind = c.below(8);
        let (layer, config) = if kind < 2 && !draft.layers.is_empty() {
            // Once more a layer that is there.
            let layer = c.below(draft.layers.len());
            let (config, given) = &draft.layers[layer];
            for other in given.iter().flatten().skip(1) {
                inputs.push((draft.pick(c, |spec| spec.shape.rank() == other.shape.rank()), other.role));
            }
            (Some(layer), *config)
        } else if kind < 5 {
            let class = c.of(&MERGES);
            for _ in 0..if c.rarely(4) { 2 } else { 1 } {
                let like = |other: &TensorSpec| {
                    other.shape.rank() == spec.shape.rank() && other.shape.last() == spec.shape.last()
                };
                inputs.push((draft.pick(c, like), Role::Input));
            }
            if class.ends_with("Attention") && c.rarely(3) {
                inputs.push((draft.pick(c, |spec| spec.shape.rank() == 2), Role::ValueMask));
            }
            let args = merge_arguments(c, class, spec.shape.rank());
            let Ok((config, _)) = build(class, &args) else { continue };
            (None, config)
        } else {
            let by_name = kind == 5;
            let class = if by_name { c.of(&USE_MASKS) } else { class(c, spec.shape.rank()) };
            let args = arguments(c, class, &spec.shape, 0);
            let Ok((config, _)) = build(class, &args) else { continue };
            if format!("{config:?}").contains("Embedding(") {
                continue;
            }
            if by_name {
                inputs.push((draft.pick(c, |spec| spec.shape.rank() == 2), Role::Mask));
            }
            (None, config)
        };
        let drop_mask = c.rarely(4);
        let given = draft.given(&inputs);
        let mut inferred = infer(&config, &given, node, drop_mask);
        if let Some(layer) = layer {
            let fits = inferred.outputs().is_some();
            inferred = again(inferred, &config, &draft.layers[layer].1, &given);
            tally.shared_refused += usize::from(fits && inferred.outputs().is_none());
        }
        match inferred {
            Inferred::Known(outputs) => {
                let layer = layer.unwrap_or_else(|| {
                    draft.layers.push((config, given));
                    draft.layers.len() - 1
                });
                draft.nodes.push(Node { layer, inputs, outputs, drop_mask });
            }
            Inferred::Wrong(error) => {
                assert!(!error.text().as_str().is_empty());
                *tally.refused.entry(config.class()).or_default() += 1;
            }
            Inferred::Unknown => panic!("nothing known of {config:?}"),
        }
    }
    if let Some(last) = draft.nodes.len().checked_sub(1) {
        draft.outputs.push(Source::Node(last, 0));
        for _ in 0..c.below(3) {
            draft.outputs.push(draft.pick(c, |_| true));
        }
    }
    draft
}

/// The draft as a model; `apart` gives each application of a layer weights of its own.
fn model(draft: &Draft, apart: bool) -> Graph {
    let mut layers: Vec<Built<()>> = Vec::new();
    let mut infos: Vec<LayerInfo> = Vec::new();
    let mut add = |layer: usize| {
        let (config, given) = &draft.layers[layer];
        // The same weights for the same layer.
        layers.push(with_seed(layer as u64, || Built::new("layer", *config, given, true)));
        infos.push(LayerInfo {
            name: "layer",
            class: config.class(),
            config: Some(*config),
            inside: Inside::Leaf,
            group: None,
        });
    };
    if !apart {
        (0..draft.layers.len()).for_each(&mut add);
    }
    let mut nodes = Vec::new();
    for (i, node) in draft.nodes.iter().enumerate() {
        if apart {
            add(node.layer);
        }
        nodes.push(NodeInfo {
            layer: if apart { i } else { node.layer },
            inputs: node.inputs.iter().map(|(source, _)| *source).collect::<Vec<_>>().leak(),
            roles: node.inputs.iter().map(|(_, role)| *role).collect::<Vec<_>>().leak(),
            outputs: Inferred::Known(node.outputs),
            drop_mask: node.drop_mask,
            call: keras_core::shape::CallArgs::NONE,
        });
    }
    let inputs = draft.inputs.iter().map(|spec| InputInfo { name: "input", field: "input", spec: *spec });
    let structure = Structure {
        name: "graph",
        sequential: false,
        connected: true,
        inputs: inputs.collect::<Vec<_>>().leak(),
        layers: infos.leak(),
        nodes: nodes.leak(),
        outputs: draft.outputs.clone().leak(),
        output_names: &[],
        output_fields: &[],
        groups: &[],
        order: &[],
        masks: &[],
        masked: &[],
    };
    Graph { structure: Box::leak(Box::new(structure)), layers, core: Core::new() }
}

/// Each output computed by asking for what it is made from, layer by layer: another order, and no graph.
fn by_hand(draft: &Draft, graph: &Graph, inputs: &[Value]) -> Vec<Value> {
    fn of(
        source: Source,
        draft: &Draft,
        graph: &Graph,
        inputs: &[Value],
        known: &mut Vec<Option<Vec<Value>>>,
    ) -> Value {
        let (at, i) = match source {
            Source::Input(i) => return inputs[i].clone(),
            Source::Node(at, i) => (at, i),
        };
        if known[at].is_none() {
            let node = &draft.nodes[at];
            let given: Vec<Value> = node
                .inputs
                .iter()
                .rev()
                .map(|(source, role)| {
                    let mut value = of(*source, draft, graph, inputs, known);
                    value.role = *role;
                    value.mask = value.mask.filter(|_| !node.drop_mask);
                    value
                })
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect();
            known[at] = Some(alone(&graph.layers[node.layer], &given).expect("it ran before"));
        }
        known[at].as_ref().expect("computed")[i].clone()
    }
    let mut known = vec![None; draft.nodes.len()];
    draft.outputs.iter().map(|source| of(*source, draft, graph, inputs, &mut known)).collect()
}

/// What one layer gives, by its operations.
fn alone(layer: &Built<()>, given: &[Value]) -> keras_core::Result<Vec<Value>> {
    let mut context = Context::inference();
    Ok(Alone::run(layer.config(), layer.weights(), given, [false, !layer.trainable()], &mut context)?.outputs)
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().copied().map(f32::to_bits).collect()
}

/// The gradients of the weights of each layer.
fn by_layer(graph: &Graph, found: keras_core::Result<Squares>) -> Option<Vec<Vec<Option<Vec<f32>>>>> {
    let mut gradients = found.ok()?.gradients.into_iter();
    Some(graph.layers.iter().map(|layer| gradients.by_ref().take(layer.weights().len()).collect()).collect())
}

/// Plans of kernels and of operations give the same outputs, masks and gradients.
fn planned(graph: &Graph, inputs: &[(Vec<f32>, Vec<usize>)], tally: &mut Tally) -> Result<(), String> {
    let plan = squares(graph, inputs).map_err(|e| e.to_string())?;
    let other = without(|| squares(graph, inputs)).map_err(|e| e.to_string())?;
    tally.planned += 1;
    // Numbers that have grown beyond reason round as they like.
    let near = |a: &[f32], b: &[f32]| {
        let scale = b.iter().fold(1.0f32, |m, x| m.max(x.abs()));
        a.len() == b.len()
            && (!scale.is_finite()
                || a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-4 * scale || b.is_nan()))
    };
    for (i, (found, wanted)) in plan.outputs.iter().zip(&other.outputs).enumerate() {
        if !near(found, wanted) {
            return Err(format!("kernels give {found:?} as output {i}, operations {wanted:?}"));
        }
    }
    if plan.masks != other.masks {
        return Err(format!("kernels give the masks {:?}, operations {:?}", plan.masks, other.masks));
    }
    for (i, (found, wanted)) in plan.gradients.iter().zip(&other.gradients).enumerate() {
        let zeros = |g: &Option<Vec<f32>>| g.as_ref().is_none_or(|g| g.iter().all(|g| *g == 0.0));
        let same = match (found, wanted) {
            (Some(a), Some(b)) => near(a, b),
            (a, b) => zeros(a) && zeros(b),
        };
        if !same {
            return Err(format!("kernels give the gradient {found:?} to weight {i}, operations {wanted:?}"));
        }
    }
    Ok(())
}

fn case(list: &[u32], tally: &mut Tally) -> Result<(), TestCaseError> {
    let mut c = Choices { list, at: 0 };
    let draft = draft(&mut c, tally);
    if draft.nodes.is_empty() {
        return Ok(());
    }
    let what = || {
        let nodes: Vec<String> = draft
            .nodes
            .iter()
            .map(|node| {
                let (config, drop) = (draft.layers[node.layer].0, node.drop_mask);
                format!("{:?} => {}: {config:?} {drop}", node.inputs, node.layer)
            })
            .collect();
        let inputs: Vec<String> = draft.inputs.iter().map(|spec| spec.shape.to_string()).collect();
        format!("{inputs:?}\n{}\n{:?}", nodes.join("\n"), draft.outputs)
    };
    let (batch, time, words) = (c.between(1, 3), c.between(1, 6), c.between(1, 6));
    let lengths: Vec<Vec<usize>> = draft
        .inputs
        .iter()
        .map(|spec| {
            let dims = spec.shape.dims().iter().enumerate();
            dims.map(|(axis, dim)| match dim {
                Dim::Fixed(n) => *n,
                Dim::Dynamic(Some("time")) => time,
                Dim::Dynamic(Some(_)) => words,
                _ if axis == 0 => batch,
                _ => c.between(1, 6),
            })
            .collect()
        })
        .collect();
    let inputs: Vec<(Vec<f32>, Vec<usize>)> = lengths
        .iter()
        .zip(1..)
        .map(|(shape, seed)| (numbers(shape.iter().product(), seed), shape.clone()))
        .collect();
    let graph = model(&draft, false);
    let views: Vec<&[usize]> = lengths.iter().map(Vec::as_slice).collect();
    let shapes = match outputs_for(&graph, &views) {
        Ok(shapes) => shapes,
        Err(_) => {
            let open = draft.inputs.iter().any(|spec| spec.shape.dims()[1..].iter().any(|d| d.is_dynamic()));
            prop_assert!(open, "refused only now: {}", what());
            tally.too_short += 1;
            return Ok(());
        }
    };
    let run = |graph: &Graph| {
        let run = || pass(graph, &inputs, false, |_, _, dy| dy.fill(0.0));
        catch_unwind(AssertUnwindSafe(|| without(run)))
    };
    let found = match run(&graph) {
        Ok(Ok(found)) => found,
        // How many axes a mask has the rules do not know (see the chains).
        Ok(Err(error)) if error.to_string().contains("a mask of shape") => return Ok(()),
        Ok(Err(error)) => return Err(TestCaseError::fail(format!("{error}: {}", what()))),
        Err(_) => return Err(TestCaseError::fail(format!("a panic: {}", what()))),
    };
    prop_assert_eq!(found.outputs.len(), draft.outputs.len());
    for (i, (truth, source)) in shapes.iter().zip(&draft.outputs).enumerate() {
        let (lengths, declared) = (&found.shapes[i], draft.spec(*source));
        prop_assert_eq!(Dims::fixed(lengths), *truth, "by the true lengths: {}", what());
        prop_assert_eq!(lengths.len(), declared.shape.rank(), "{}", what());
        for (dim, n) in declared.shape.dims().iter().zip(lengths) {
            let known = match dim {
                Dim::Dynamic(Some("time")) => Some(time),
                Dim::Dynamic(Some(_)) => Some(words),
                Dim::Derived(name, follows) => {
                    tally.derived += 1;
                    Dim::Fixed(if *name == "time" { time } else { words }).then(*follows).fixed()
                }
                dim => dim.fixed(),
            };
            prop_assert!(known.is_none_or(|m| m == *n), "{} and {lengths:?}: {}", declared.shape, what());
        }
        let masked = found.masks[i].is_some();
        prop_assert_eq!(masked, declared.mask == Mask::Present, "a mask: {}", what());
        tally.masked += usize::from(masked);
        prop_assert!(declared.dtype == DType::Float32);
    }
    let values: Vec<Value> = inputs
        .iter()
        .map(|(numbers, shape)| Value::new(Raw::from_f32(numbers.clone(), shape).expect("a tensor")))
        .collect();
    for (a, b) in found.outputs.iter().zip(by_hand(&draft, &graph, &values)) {
        let b = b.data.to_vec().expect("numbers");
        prop_assert_eq!(bits(a), bits(&b), "the numbers of a graph and of its layers: {}", what());
    }
    // A layer that is shared, and copies of it.
    let apart = model(&draft, true);
    for (a, b) in found.outputs.iter().zip(run(&apart).expect("no panic").expect("it ran before").outputs) {
        prop_assert_eq!(bits(a), bits(&b), "shared and apart: {}", what());
    }
    tally.runs += 1;
    tally.shared += usize::from(draft.nodes.len() > draft.layers.len());
    tally.several_outputs += usize::from(draft.outputs.len() > 1);
    for node in &draft.nodes {
        *tally.layers.entry(draft.layers[node.layer].0.class()).or_default() += 1;
        tally.masks_by_name += usize::from(node.inputs.iter().any(|(_, role)| role.is_mask()));
    }
    let finite = found.outputs.iter().flatten().all(|x| x.is_finite());
    if !finite || found.mask_ranks.iter().any(|rank| *rank > 2) {
        return Ok(());
    }
    planned(&graph, &inputs, tally).map_err(|e| TestCaseError::fail(format!("{e}: {}", what())))?;
    if !c.rarely(2) {
        return Ok(());
    }
    let trained = |graph: &Graph| catch_unwind(AssertUnwindSafe(|| by_layer(graph, squares(graph, &inputs))));
    let (Ok(shared), Ok(copies)) = (trained(&graph), trained(&apart)) else {
        return Err(TestCaseError::fail(format!("a panic while training: {}", what())));
    };
    let (Some(shared), Some(copies)) = (shared, copies) else { return Ok(()) };
    tally.trained += 1;
    for (layer, gradients) in shared.iter().enumerate() {
        let applied: Vec<usize> = (0..draft.nodes.len()).filter(|n| draft.nodes[*n].layer == layer).collect();
        for (w, gradient) in gradients.iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            if !gradient.iter().all(|x| x.is_finite()) {
                continue;
            }
            let mut sum = vec![0.0; gradient.len()];
            let mut largest = 1.0f32;
            for part in applied.iter().filter_map(|n| copies[*n].get(w)?.as_ref()) {
                for (sum, x) in sum.iter_mut().zip(part) {
                    *sum += x;
                    largest = largest.max(x.abs());
                }
            }
            tally.gradients_of_shared += usize::from(applied.len() > 1);
            for (a, b) in gradient.iter().zip(&sum) {
                let near = (a - b).abs() <= 1e-4 * largest;
                prop_assert!(near, "{a} is not {b}, weight {w} of layer {layer}: {}", what());
            }
        }
    }
    Ok(())
}

#[test]
fn random_graphs_agree() {
    let tally = run_cases(3000, 40..240, case);
    assert!(tally.runs > 1500 && tally.shared > 300 && tally.several_outputs > 500, "{tally:?}");
    assert!(tally.masks_by_name > 100 && tally.masked > 50 && tally.derived > 50, "{tally:?}");
    assert!(tally.trained > 300 && tally.gradients_of_shared > 100 && tally.too_short > 20, "{tally:?}");
    assert!(tally.planned > 1000, "{tally:?}");
    for class in MERGES {
        assert!(tally.layers.get(class).is_some_and(|n| *n > 20), "{class} has hardly run: {tally:?}");
    }
}
