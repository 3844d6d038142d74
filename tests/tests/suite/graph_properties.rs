//! Random graphs: several inputs and outputs, branches, merges, masks by name and layers applied more than once. What
//! the shape rules say before and with the true lengths, what a run gives, and what gradients and weights it has agree;
//! and a graph gives the numbers of its layers, one after the other.

mod draft;

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
use keras_core::shape::{DType, Dim, Inferred, Mask};
use keras_core::tensor::Raw;
use proptest::prelude::*;

use self::draft::{Draft, MERGES};
use super::properties::{Choices, numbers, run_cases};

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
        outputs_named: false,
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

/// How long the axes are that have a name or no length.
struct Lengths {
    batch: usize,
    time: usize,
    words: usize,
}

impl Lengths {
    fn named(&self, name: &str) -> usize {
        if name == "time" { self.time } else { self.words }
    }
}

fn case(list: &[u32], tally: &mut Tally) -> Result<(), TestCaseError> {
    let mut c = Choices { list, at: 0 };
    let draft = Draft::generate(&mut c, tally);
    if draft.nodes.is_empty() {
        return Ok(());
    }
    let lengths = Lengths { batch: c.between(1, 3), time: c.between(1, 6), words: c.between(1, 6) };
    let inputs: Vec<(Vec<f32>, Vec<usize>)> = draft
        .inputs
        .iter()
        .zip(1..)
        .map(|(spec, seed)| {
            let dims = spec.shape.dims().iter().enumerate();
            let shape: Vec<usize> = dims
                .map(|(axis, dim)| match dim {
                    Dim::Fixed(n) => *n,
                    Dim::Dynamic(Some(name)) => lengths.named(name),
                    _ if axis == 0 => lengths.batch,
                    _ => c.between(1, 6),
                })
                .collect();
            (numbers(shape.iter().product(), seed), shape)
        })
        .collect();
    let graph = model(&draft, false);
    let views: Vec<&[usize]> = inputs.iter().map(|(_, shape)| shape.as_slice()).collect();
    let Ok(shapes) = outputs_for(&graph, &views) else {
        let open = draft.inputs.iter().any(|spec| spec.shape.dims()[1..].iter().any(|d| d.is_dynamic()));
        prop_assert!(open, "refused only now: {}", draft);
        tally.too_short += 1;
        return Ok(());
    };
    let found = match run(&graph, &inputs) {
        Ok(Ok(found)) => found,
        // How many axes a mask has the rules do not know (see the chains).
        Ok(Err(error)) if error.to_string().contains("a mask of shape") => return Ok(()),
        Ok(Err(error)) => return Err(TestCaseError::fail(format!("{error}: {draft}"))),
        Err(_) => return Err(TestCaseError::fail(format!("a panic: {draft}"))),
    };
    compare_declared(&draft, &lengths, &shapes, &found, tally)?;
    let apart = model(&draft, true);
    compare_numbers(&draft, &graph, &apart, &inputs, &found)?;
    draft.count(tally);
    let finite = found.outputs.iter().flatten().all(|x| x.is_finite());
    if !finite || found.mask_ranks.iter().any(|rank| *rank > 2) {
        return Ok(());
    }
    planned(&graph, &inputs, tally).map_err(|e| TestCaseError::fail(format!("{e}: {draft}")))?;
    if c.rarely(2) { compare_gradients(&draft, [&graph, &apart], &inputs, tally) } else { Ok(()) }
}

/// What a graph gives, run by the operations of its layers; or that it panics.
fn run(graph: &Graph, inputs: &[(Vec<f32>, Vec<usize>)]) -> std::thread::Result<keras_core::Result<Squares>> {
    let run = || pass(graph, inputs, false, |_, _, dy| dy.fill(0.0));
    catch_unwind(AssertUnwindSafe(|| without(run)))
}

/// The outputs have the shapes and masks that the rules say before the lengths are known, and by them.
fn compare_declared(
    draft: &Draft,
    lengths: &Lengths,
    shapes: &[Dims],
    found: &Squares,
    tally: &mut Tally,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.outputs.len(), draft.outputs.len());
    for (i, (truth, source)) in shapes.iter().zip(&draft.outputs).enumerate() {
        let (shape, declared) = (&found.shapes[i], draft.spec(*source));
        prop_assert_eq!(Dims::fixed(shape), *truth, "by the true lengths: {}", draft);
        prop_assert_eq!(shape.len(), declared.shape.rank(), "{}", draft);
        for (dim, n) in declared.shape.dims().iter().zip(shape) {
            let known = match dim {
                Dim::Dynamic(Some(name)) => Some(lengths.named(name)),
                Dim::Derived(name, follows) => {
                    tally.derived += 1;
                    Dim::Fixed(lengths.named(name)).then(*follows).fixed()
                }
                dim => dim.fixed(),
            };
            prop_assert!(known.is_none_or(|m| m == *n), "{} and {shape:?}: {}", declared.shape, draft);
        }
        let masked = found.masks[i].is_some();
        prop_assert_eq!(masked, declared.mask == Mask::Present, "a mask: {}", draft);
        tally.masked += usize::from(masked);
        prop_assert!(declared.dtype == DType::Float32);
    }
    Ok(())
}

/// A graph gives the numbers of its layers one by one, and those of a graph with copies of layers that are shared.
fn compare_numbers(
    draft: &Draft,
    graph: &Graph,
    apart: &Graph,
    inputs: &[(Vec<f32>, Vec<usize>)],
    found: &Squares,
) -> Result<(), TestCaseError> {
    let value =
        |(x, shape): &(Vec<f32>, Vec<usize>)| Value::new(Raw::from_f32(x.clone(), shape).expect("a tensor"));
    let values: Vec<Value> = inputs.iter().map(value).collect();
    for (a, b) in found.outputs.iter().zip(by_hand(draft, graph, &values)) {
        let b = b.data.to_vec().expect("numbers");
        prop_assert_eq!(bits(a), bits(&b), "the numbers of a graph and of its layers: {}", draft);
    }
    let copies = run(apart, inputs).expect("no panic").expect("it ran before");
    for (a, b) in found.outputs.iter().zip(copies.outputs) {
        prop_assert_eq!(bits(a), bits(&b), "shared and apart: {}", draft);
    }
    Ok(())
}

/// The gradient of a weight that is shared is the sum of those of its copies.
fn compare_gradients(
    draft: &Draft,
    graphs: [&Graph; 2],
    inputs: &[(Vec<f32>, Vec<usize>)],
    tally: &mut Tally,
) -> Result<(), TestCaseError> {
    let trained = |graph: &Graph| catch_unwind(AssertUnwindSafe(|| by_layer(graph, squares(graph, inputs))));
    let [Ok(shared), Ok(copies)] = graphs.map(trained) else {
        return Err(TestCaseError::fail(format!("a panic while training: {draft}")));
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
                prop_assert!(near, "{a} is not {b}, weight {w} of layer {layer}: {}", draft);
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
