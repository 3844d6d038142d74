//! A layer of a case as a model: behind a leaf for each input, so that inputs have gradients too.

use keras_core::Result;
use keras_core::model::{
    AnyLayer, AnyModel, Built, Core, InputInfo, Inside, LayerInfo, NodeInfo, Source, Structure, Trace,
};
use keras_core::ops::{Symbolic, array};
use keras_core::param::Param;
use keras_core::shape::{CallArgs, Dim, Inferred, LayerConfig, Mask, Outputs, Role, Shape, TensorSpec};
use keras_core::tensor::Raw;
use serde_json::Value as Json;

use super::{lengths, list, numbers};

/// Adds numbers that are trained to its input: they have the gradient of what comes after.
pub struct Leaf {
    numbers: Param,
    /// The mask that the sum carries, and its shape.
    mask: Option<(Vec<bool>, Vec<usize>)>,
}

impl AnyLayer for Leaf {
    fn name(&self) -> &str {
        "leaf"
    }
    fn class(&self) -> &str {
        "Leaf"
    }
    fn trainable(&self) -> bool {
        true
    }
    fn set_trainable(&mut self, _: bool) {}
    fn params(&self) -> Vec<&Param> {
        vec![&self.numbers]
    }
    fn params_mut(&mut self) -> Vec<&mut Param> {
        vec![&mut self.numbers]
    }
    fn trace(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let mask = self.mask.as_ref().map(|(counts, shape)| array(counts, shape.as_slice()));
        cx.set_mask(0, mask);
        Ok(vec![&inputs[0] + cx.weight("leaf")])
    }
}

/// The layer behind a leaf for each input.
pub struct Graph {
    structure: &'static Structure,
    leaves: Vec<Leaf>,
    pub layer: Built<()>,
    core: Core,
}

impl AnyModel for Graph {
    fn structure(&self) -> &'static Structure {
        self.structure
    }
    fn layers(&self) -> Vec<&dyn AnyLayer> {
        (0..=self.leaves.len()).map(|i| self.layer_at(i)).collect()
    }
    fn layer_at(&self, index: usize) -> &dyn AnyLayer {
        self.leaves.get(index).map_or(&self.layer, |leaf| leaf)
    }
    fn layers_mut(&mut self) -> Vec<&mut dyn AnyLayer> {
        let leaves = self.leaves.iter_mut().map(|leaf| leaf as &mut dyn AnyLayer);
        leaves.chain(std::iter::once(&mut self.layer as &mut dyn AnyLayer)).collect()
    }
    fn core(&self) -> &Core {
        &self.core
    }
}

/// The mask that input `i` carries, with its shape.
pub fn mask(case: &Json, i: usize) -> Option<(Vec<bool>, Vec<usize>)> {
    // Beside states it comes by name.
    let one = Some(&case["mask"]).filter(|mask| i == 0 && !mask.is_null() && case["states"] != true);
    let mask = list(&case["masks"]).get(i).or(one)?;
    Some((truth(mask), lengths(&case["shapes"][i])[..2].to_vec()))
}

/// The mask of the output.
pub fn y_mask(case: &Json) -> Option<Vec<bool>> {
    Some(&case["y_mask"]).filter(|mask| !mask.is_null()).map(truth)
}

pub fn truth(json: &Json) -> Vec<bool> {
    numbers(json).iter().map(|x| *x != 0.0).collect()
}

fn param(path: &str, value: Raw) -> Param {
    Param::new(path, value)
}

/// The inputs' shapes, with an open batch.
pub fn open(case: &Json) -> Vec<TensorSpec> {
    let shape = |(i, json): (usize, &Json)| TensorSpec {
        role: role(case, i),
        ..TensorSpec::float(Shape::fixed(&lengths(json)).with(0, Dim::NONE))
    };
    list(&case["shapes"]).iter().enumerate().map(shape).collect()
}

/// What input `i` is to the layer: those by name come last.
pub fn role(case: &Json, i: usize) -> Role {
    if i > 0 && case["states"] == true { Role::InitialState } else { Role::Input }
}

/// The masks by name: role, numbers and shape.
pub fn named(case: &Json) -> Vec<(Role, Vec<f32>, Vec<usize>)> {
    let named = |json: &Json| {
        let role = Role::from_name(json["role"].as_str().unwrap_or_default()).expect("a role");
        (role, numbers(&json["v"]), lengths(&json["shape"]))
    };
    list(&case["named"]).iter().map(named).collect()
}

/// What is said of each output: shape, numbers, factors.
pub fn outputs(case: &Json) -> impl Iterator<Item = &Json> {
    std::iter::once(case).chain(list(&case["more"]))
}

/// Whatever the rule says that Keras does not: the shape of the output, names and shapes of weights.
pub fn rule(config: &LayerConfig, case: &Json) -> std::result::Result<Outputs, String> {
    let inputs = open(case);
    let outputs = config.output(&inputs).map_err(|error| error.to_string())?;
    let mut found = (0..outputs.len()).map(|i| outputs.get(i).shape);
    for expected in self::outputs(case) {
        let expected: Vec<Option<u64>> = list(&expected["output_shape"]).iter().map(Json::as_u64).collect();
        let found = found.next().ok_or("too few outputs")?;
        let found: Vec<Option<u64>> = found.dims().iter().map(|dim| dim.fixed().map(|n| n as u64)).collect();
        if found != expected {
            return Err(format!("output {found:?}, Keras {expected:?}"));
        }
    }
    if found.next().is_some() {
        return Err("too many outputs".into());
    }
    let weights = config.weights(&inputs);
    let found: Vec<String> = weights
        .as_slice()
        .iter()
        .map(|weight| {
            let shape: Vec<Option<usize>> = weight.shape.dims().iter().map(|dim| dim.fixed()).collect();
            format!("{} {shape:?} {}", weight.path.as_str(), weight.trainable)
        })
        .collect();
    let expected: Vec<String> = list(&case["weights"])
        .iter()
        .map(|weight| {
            let shape: Vec<Option<usize>> = lengths(&weight["shape"]).into_iter().map(Some).collect();
            format!("{} {shape:?} {}", weight["name"].as_str().unwrap_or_default(), weight["trainable"])
        })
        .collect();
    if found != expected {
        return Err(format!("weights {found:?}, Keras {expected:?}"));
    }
    Ok(outputs)
}

pub fn graph(config: LayerConfig, outputs: Outputs, case: &Json) -> Result<Graph> {
    let inputs = open(case);
    let given: Vec<Option<TensorSpec>> = inputs.iter().copied().map(Some).collect();
    let mut layer = Built::new("layer", config, &given, true);
    for (param, weight) in layer.params_mut().into_iter().zip(list(&case["weights"])) {
        param.set_value(Raw::from_f32(numbers(&weight["v"]), &param.value().shape())?)?;
    }
    let mut leaves = Vec::new();
    for (i, shape) in list(&case["shapes"]).iter().enumerate() {
        let shape = lengths(shape);
        let zeros = Raw::from_f32(vec![0.0; shape.iter().product()], &shape)?;
        leaves.push(Leaf { numbers: param("leaf", zeros), mask: mask(case, i) });
    }
    let info = |name, class, config| LayerInfo { name, class, config, inside: Inside::Leaf, group: None };
    let mut infos: Vec<LayerInfo> = inputs.iter().map(|_| info("leaf", "Leaf", None)).collect();
    infos.push(info("layer", config.class(), Some(config)));
    let named = named(case);
    let node = |layer, inputs: Vec<Source>, roles: Vec<Role>, outputs| NodeInfo {
        layer,
        roles: roles.leak(),
        inputs: inputs.leak(),
        outputs: Inferred::Known(outputs),
        drop_mask: false,
        call: CallArgs::NONE,
    };
    let mut nodes: Vec<NodeInfo> = (0..inputs.len())
        .map(|i| {
            // Weights of the leaf have the batch's length.
            let shape = Shape::fixed(&lengths(&case["shapes"][i]));
            let mut spec = TensorSpec::float(shape);
            spec.mask = if mask(case, i).is_some() { Mask::Present } else { Mask::Absent };
            node(i, vec![Source::Input(i)], vec![Role::Input], Outputs::one(spec))
        })
        .collect();
    let leaves_of = (0..inputs.len()).map(|i| (Source::Node(i, 0), role(case, i)));
    let masks = named.iter().enumerate().map(|(i, (role, ..))| (Source::Input(inputs.len() + i), *role));
    let (all, roles): (Vec<_>, Vec<_>) = leaves_of.chain(masks).unzip();
    nodes.push(node(inputs.len(), all, roles, outputs));
    let last: Vec<Source> = (0..outputs.len()).map(|i| Source::Node(inputs.len(), i)).collect();
    let specs = inputs
        .iter()
        .copied()
        .chain(named.iter().map(|(_, _, shape)| TensorSpec::float(Shape::fixed(shape).with(0, Dim::NONE))));
    let infos_in = specs.map(|spec| InputInfo { name: "input", field: "input", spec });
    let structure = Structure {
        name: "graph",
        sequential: false,
        connected: true,
        inputs: infos_in.collect::<Vec<_>>().leak(),
        layers: infos.leak(),
        nodes: nodes.leak(),
        outputs: last.leak(),
        output_names: &[],
        outputs_named: false,
        output_fields: &[],
        groups: &[],
        order: &[],
        masks: &[],
        masked: &[],
    };
    Ok(Graph { structure: Box::leak(Box::new(structure)), leaves, layer, core: Core::new() })
}
