//! Every case of `layers.txt` as a file of ONNX: the layer behind inputs of open lengths, masks among them. With
//! `KERAS_PYTHON`, `onnx.checker` and ONNX Runtime are asked about all of them, at the lengths of the case and at others.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use keras_core::model::{
    AnyLayer, AnyModel, Built, Core, InputInfo, Inside, LayerInfo, ModelGraph, NodeInfo, Source, Structure,
    Trace,
};
use keras_core::ops::{DType, Plan, Symbolic, cast};
use keras_core::param::Param;
use keras_core::shape::{CallArgs, Dim, Inferred, LayerConfig, Mask, Outputs, Role, Shape, TensorSpec};
use keras_core::tensor::Raw;
use keras_core::{Error, Result};
use serde_json::Value as Json;

use super::super::{lengths, list, numbers, python};
use super::graph::{mask, named, outputs, role};

/// Gives its first input the second as its mask.
struct Masks;

impl AnyLayer for Masks {
    fn name(&self) -> &str {
        "masks"
    }
    fn class(&self) -> &str {
        "Masks"
    }
    fn trainable(&self) -> bool {
        true
    }
    fn set_trainable(&mut self, _: bool) {}
    fn params(&self) -> Vec<&Param> {
        Vec::new()
    }
    fn params_mut(&mut self) -> Vec<&mut Param> {
        Vec::new()
    }
    fn trace(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        cx.set_mask(0, inputs.get(1).map(|mask| cast(mask, DType::Bool)));
        Ok(vec![inputs[0].clone()])
    }
}

/// A layer behind its inputs.
struct Alone {
    structure: &'static Structure,
    layer: Built<()>,
    core: Core,
}

impl AnyModel for Alone {
    fn structure(&self) -> &'static Structure {
        self.structure
    }
    fn layer_at(&self, index: usize) -> &dyn AnyLayer {
        if index == 0 { &self.layer } else { &Masks }
    }
    fn layers_mut(&mut self) -> Vec<&mut dyn AnyLayer> {
        vec![&mut self.layer]
    }
    fn core(&self) -> &Core {
        &self.core
    }
}

/// Numbers with their shape.
type Numbers = (Vec<f32>, Vec<usize>);

/// What a case is given: tensors, masks that come with them, masks by name.
struct Given {
    tensors: Vec<Numbers>,
    masks: Vec<Option<Numbers>>,
    named: Vec<(Role, Numbers)>,
}

impl Given {
    fn new(case: &Json) -> Given {
        let shapes = list(&case["shapes"]).iter().map(lengths);
        let tensors: Vec<Numbers> = list(&case["x"]).iter().map(numbers).zip(shapes).collect();
        let own = |i: usize| {
            let (counts, shape) = mask(case, i)?;
            Some((counts.into_iter().map(|x| f32::from(u8::from(x))).collect(), shape))
        };
        let masks = (0..tensors.len()).map(own).collect();
        let named = named(case).into_iter().map(|(role, v, shape)| (role, (v, shape))).collect();
        Given { tensors, masks, named }
    }

    /// All inputs of the model.
    fn all(&self) -> Vec<&Numbers> {
        let masks = self.masks.iter().flatten();
        self.tensors.iter().chain(masks).chain(self.named.iter().map(|(_, numbers)| numbers)).collect()
    }
}

/// The layer as a model whose first `open` axes are open.
fn model(config: LayerConfig, case: &Json, given: &Given, open: usize) -> Result<Alone> {
    let spec = |shape: &[usize], role: Role| {
        let mut own = Shape::fixed(shape);
        for axis in 0..open.min(shape.len()) {
            own = own.with(axis, Dim::NONE);
        }
        TensorSpec { role, ..TensorSpec::float(own) }
    };
    let specs: Vec<TensorSpec> =
        given.tensors.iter().enumerate().map(|(i, (_, shape))| spec(shape, role(case, i))).collect();
    let known: Outputs = config.output(&specs).map_err(|error| Error::Argument(error.to_string()))?;
    let of_weights: Vec<Option<TensorSpec>> = specs.iter().copied().map(Some).collect();
    let mut layer = Built::new("layer", config, &of_weights, true);
    for (param, weight) in layer.params_mut().into_iter().zip(list(&case["weights"])) {
        param.set_value(Raw::from_f32(numbers(&weight["v"]), &param.value().shape())?)?;
    }
    let mut infos = vec![LayerInfo {
        name: "layer",
        class: config.class(),
        config: Some(config),
        inside: Inside::Leaf,
        group: None,
    }];
    let mut nodes = Vec::new();
    let (mut sources, mut roles) = (Vec::new(), Vec::new());
    let mut next = given.tensors.len();
    let node = |layer, inputs: Vec<Source>, roles: Vec<Role>, outputs| NodeInfo {
        layer,
        roles: roles.leak(),
        inputs: inputs.leak(),
        outputs: Inferred::Known(outputs),
        drop_mask: false,
        call: CallArgs::NONE,
    };
    for (i, own) in given.masks.iter().enumerate() {
        let mut source = Source::Input(i);
        if own.is_some() {
            infos.push(LayerInfo {
                name: "masks",
                class: "Masks",
                config: None,
                inside: Inside::Leaf,
                group: None,
            });
            let spec = TensorSpec { mask: Mask::Present, role: Role::Input, ..specs[i] };
            let inputs = vec![source, Source::Input(next)];
            nodes.push(node(infos.len() - 1, inputs, vec![Role::Input; 2], Outputs::one(spec)));
            source = Source::Node(nodes.len() - 1, 0);
            next += 1;
        }
        sources.push(source);
        roles.push(role(case, i));
    }
    for (i, (role, _)) in given.named.iter().enumerate() {
        sources.push(Source::Input(next + i));
        roles.push(*role);
    }
    nodes.push(node(0, sources, roles, known));
    let count = known.len();
    let at = nodes.len() - 1;
    let inputs = given.all().into_iter().enumerate().map(|(i, (_, shape))| {
        let name: &'static str = Box::leak(format!("input_{i}").into_boxed_str());
        InputInfo { name, field: name, spec: spec(shape, Role::Input) }
    });
    let structure = Structure {
        name: "alone",
        sequential: false,
        connected: true,
        inputs: inputs.collect::<Vec<_>>().leak(),
        layers: infos.leak(),
        nodes: nodes.leak(),
        outputs: (0..count).map(|i| Source::Node(at, i)).collect::<Vec<_>>().leak(),
        output_names: vec!["layer"; count].leak(),
        outputs_named: false,
        output_fields: vec!["layer"; count].leak(),
        groups: &[],
        order: &[],
        masks: &[],
        masked: &[],
    };
    Ok(Alone { structure: Box::leak(Box::new(structure)), layer, core: Core::new() })
}

/// What the model's operations give for numbers.
fn run(model: &Alone, inputs: &[Numbers]) -> Result<Vec<Numbers>> {
    let shapes: Vec<&[usize]> = inputs.iter().map(|(_, shape)| shape.as_slice()).collect();
    let graph = ModelGraph::new(model, &shapes, false)?;
    let outputs: Vec<Symbolic> = graph.outputs.iter().map(|y| cast(y, DType::Float32)).collect();
    let wrong = |error: keras_core::ops::OpError| Error::Argument(error.to_string());
    let given: Vec<&Symbolic> = graph.given();
    let mut plan = Plan::new(&given, &outputs.iter().collect::<Vec<_>>()).map_err(wrong)?;
    let weights =
        model.layer.params().into_iter().map(|param| param.value().to_vec()).collect::<Result<Vec<_>>>()?;
    let numbers = inputs.iter().map(|(numbers, _)| numbers).chain(&weights).map(Vec::as_slice);
    plan.run(&numbers.collect::<Vec<_>>()).map_err(wrong)?;
    Ok((0..outputs.len()).map(|i| (plan.output(i).to_vec(), plan.shape(i).to_vec())).collect())
}

/// The same numbers, repeated, for open axes that are longer: the batch by 3, others by `more`.
fn longer((numbers, shape): &Numbers, open: usize, more: usize) -> Numbers {
    let to: Vec<usize> = shape
        .iter()
        .enumerate()
        .map(|(axis, n)| {
            if axis == 0 {
                n + 3
            } else if axis < open && *n > 1 {
                n + more
            } else {
                *n
            }
        })
        .collect();
    let mut places = vec![0usize];
    for (axis, n) in to.iter().enumerate() {
        let own = shape[axis];
        places = places.iter().flat_map(|at| (0..*n).map(move |i| at * own + i % own)).collect();
    }
    // Not quite the same: or what is taken from the wrong place would not show.
    let moved = |(i, at): (usize, &usize)| {
        let x = numbers[*at];
        if x.fract() == 0.0 { x } else { x * (1.0 + 0.01 * (i % 7) as f32) }
    };
    (places.iter().enumerate().map(moved).collect(), to)
}

fn json((numbers, shape): &Numbers) -> Json {
    serde_json::json!({ "v": numbers, "shape": shape })
}

/// What is asked about a case: the file's name, and inputs with outputs. Or why it cannot be written.
fn asked(case: &Json, path: &Path) -> Result<Json> {
    let source = case["layer"].as_str().unwrap_or_default();
    let config = python::layer(source).map_err(Error::Argument)?;
    let given = Given::new(case);
    let inputs: Vec<Numbers> = given.all().into_iter().cloned().collect();
    let rank = given.tensors.iter().map(|(_, shape)| shape.len()).max().unwrap_or(0);
    // As many open axes as there can be: all but the last, all but the last two, the batch alone.
    let mut said = None;
    for open in (1..rank.max(2)).rev() {
        let Ok(model) = model(config, case, &given, open) else { continue };
        let bytes = match keras_core::files::onnx::bytes(&model) {
            Ok(bytes) => bytes,
            Err(error) => {
                said = Some(said.unwrap_or(error));
                continue;
            }
        };
        std::fs::write(path, bytes).unwrap();
        let mut runs = Vec::new();
        // Keras's numbers, where it was not asked how it trains.
        let mut first = run(&model, &inputs)?;
        if case["training"] != true {
            first = outputs(case).map(|one| (numbers(&one["y"]), lengths(&one["y_shape"]))).collect();
        }
        runs.push((inputs.clone(), first));
        for more in [0, 3, 4, 12] {
            let other: Vec<Numbers> = inputs.iter().map(|one| longer(one, open, more)).collect();
            if let Ok(found) = run(&model, &other) {
                runs.push((other, found));
                if runs.len() == 3 {
                    break;
                }
            }
        }
        let told: Vec<Json> = runs
            .iter()
            .map(|(x, y)| serde_json::json!({ "x": x.iter().map(json).collect::<Vec<_>>(), "y": y.iter().map(json).collect::<Vec<_>>() }))
            .collect();
        return Ok(serde_json::json!({
            "file": path.to_str(), "what": format!("{source} {}", case["shapes"]), "open": open, "runs": told,
            "said": said.map(|error| error.to_string()),
        }));
    }
    Err(said.unwrap_or_else(|| Error::Argument("no lengths".into())))
}

/// `KERAS_PYTHON`, or `venv/bin/python` beside the workspace, if it has ONNX Runtime.
fn interpreter() -> Option<PathBuf> {
    let beside = |up: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(up).join("venv/bin/python");
    let found = match std::env::var_os("KERAS_PYTHON") {
        Some(path) => Some(PathBuf::from(path)),
        None => [beside("../.."), beside("../../..")].into_iter().find(|path| path.is_file()),
    };
    let has = |python: &PathBuf| {
        Command::new(python)
            .args(["-c", "import onnx, onnxruntime"])
            .status()
            .is_ok_and(|status| status.success())
    };
    let found = found.filter(has);
    if found.is_none() {
        println!("skipped: there is no Python with onnx and onnxruntime; KERAS_PYTHON says where");
    }
    found
}

#[test]
fn layers_are_written_to_onnx() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/layers");
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut all, mut said, mut refused) = (Vec::new(), String::new(), Vec::<String>::new());
    for file in &files {
        let cases: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for case in list(&cases) {
            let path = folder.path().join(format!("{}.onnx", all.len()));
            match asked(case, &path) {
                Ok(one) => {
                    if let Some(text) = one["said"].as_str() {
                        writeln!(said, "open {} {} {}: {text}", one["open"], case["layer"], case["shapes"])
                            .unwrap();
                    }
                    all.push(one);
                }
                Err(error) => {
                    let text = error.to_string();
                    // Each image is cut into tiles of its own.
                    assert!(text.contains("depends on a length that only the data knows"), "{text}");
                    refused.push(case["layer"].as_str().unwrap_or_default().to_string());
                }
            }
        }
    }
    println!("{} written\n{said}", all.len());
    let tiles = "ContrastLimitedAdaptiveHistogramEqualization";
    assert!(refused.iter().all(|layer| layer.starts_with(tiles)) && refused.len() == 3, "{refused:?}");
    let Some(python) = interpreter() else { return };
    let asked = folder.path().join("cases.json");
    std::fs::write(&asked, serde_json::to_vec(&all).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/keras/run_onnx.py");
    let found = Command::new(python).arg(script).arg(&asked).output().unwrap();
    let told = String::from_utf8_lossy(&found.stdout);
    println!("{told}");
    assert!(told.trim_end().ends_with("differences 0"), "{}", String::from_utf8_lossy(&found.stderr));
}
