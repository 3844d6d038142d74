//! Functions of `keras.ops` in graphs of files, of which `model!` has no words: they are traced as layers of somebody's own.

mod algebra;
mod args;
mod arrays;
mod images;
mod nets;
mod numbers;
mod parts;
mod signals;

use std::cell::Cell;

use keras_files::{Argument, Layer, TensorRef};
use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::{Dim, Inferred, Mask, Outputs, Shape as Dims, TensorSpec};
use serde_json::{Map, Value, json};

use self::args::{Args, Operand};
use crate::model::{AnyLayer, Trace};
use crate::param::Param;
use crate::{Error, Result};

/// A function that files may have: its class in Keras, the names of the arguments of its calls, and what it computes.
struct Row(&'static str, &'static [&'static str], fn(&Args<'_>) -> Made);

/// What a function gives, or why it does not.
type Made = std::result::Result<Vec<Symbolic>, String>;

/// One call of a function in a file, with the arguments beside its tensors.
#[doc(hidden)]
#[derive(Clone)]
pub struct Function {
    module: String,
    row: &'static Row,
    config: Map<String, Value>,
    args: Vec<Operand>,
    kwargs: Vec<(String, Operand)>,
    tensors: usize,
}

/// All that are read.
const TABLES: [&[Row]; 9] = [
    arrays::TABLE,
    numbers::UNARY,
    numbers::BINARY,
    numbers::OTHERS,
    algebra::TABLE,
    images::TABLE,
    nets::TABLE,
    parts::TABLE,
    signals::TABLE,
];

/// The function that a layer of a file is, if it is one that only this module reads.
pub(super) fn of(layer: &Layer) -> Option<std::result::Result<Function, String>> {
    if !matches!(layer.operation, Some(Err(_))) || !layer.module.contains(".ops") {
        return None;
    }
    let rows = TABLES.into_iter().flatten().chain(parts::OF_TENSORFLOW);
    let row = rows.into_iter().find(|row| row.0 == layer.class)?;
    Some(function(layer, row))
}

fn function(layer: &Layer, row: &'static Row) -> std::result::Result<Function, String> {
    let Some(call) = layer.calls.first() else { return Err("it is applied to nothing".into()) };
    let mut tensors = 0;
    let args = call.args.iter().map(|arg| Operand::of(arg, &mut tensors)).collect::<Vec<_>>();
    let kwargs = call.kwargs.iter().map(|(name, arg)| (name.clone(), Operand::of(arg, &mut tensors)));
    let kwargs = kwargs.collect::<Vec<_>>();
    let (module, config) = (layer.module.clone(), layer.config.clone());
    let made = Function { module, row, config, args, kwargs, tensors };
    let same = |other: &keras_files::Call| {
        let mut count = 0;
        let args: Vec<Operand> = other.args.iter().map(|arg| Operand::of(arg, &mut count)).collect();
        let named = other.kwargs.iter().map(|(name, arg)| (name.clone(), Operand::of(arg, &mut count)));
        args == made.args && named.collect::<Vec<_>>() == made.kwargs
    };
    if !layer.calls.iter().all(same) {
        return Err("it is applied several times with other numbers".into());
    }
    if tensors == 0 {
        return Err("it takes no tensor".into());
    }
    Ok(made)
}

/// The tensors of a call, in the order in which a function counts them.
pub(super) fn tensors(call: &keras_files::Call) -> Vec<TensorRef> {
    call.args.iter().chain(call.kwargs.iter().map(|(_, arg)| arg)).flat_map(Argument::tensors).collect()
}

/// Why a function is not traced.
enum Fault {
    /// It does not fit what it takes, in a sentence.
    Misfit(String),
    /// Its tables are larger than what the file has left.
    Tables,
}

impl Fault {
    fn text(self) -> String {
        match self {
            Fault::Misfit(text) => text,
            Fault::Tables => "the functions of this file have tables of more than 2^27 numbers".into(),
        }
    }
}

/// Numbers of samples and lengths that stand for those which only the data knows: the lengths are so many times as long.
const PROBES: [[usize; 2]; 3] = [[2, 1], [3, 1], [2, 2]];

/// What such a length is, and others for functions that take none so short.
const LENGTHS: [usize; 3] = [24, 480, 9600];

impl Function {
    pub(crate) fn class(&self) -> &'static str {
        self.row.0
    }

    /// What it gives for tensors of these shapes: it is traced for several lengths.
    /// `tables` is how many numbers its tables may have, of which those of the longest are taken away.
    pub(super) fn infer(
        &self,
        specs: &[Option<TensorSpec>],
        tables: &Cell<usize>,
    ) -> std::result::Result<Inferred, String> {
        let specs: Vec<TensorSpec> = specs.iter().flatten().copied().collect();
        if specs.iter().any(|spec| spec.dtype == keras_shape::DType::String) {
            return Err("it takes no strings".into());
        }
        let elements = |spec: &TensorSpec| {
            let lengths = spec.shape.dims().iter().map(|dim| dim.fixed().unwrap_or(1).max(1));
            lengths.into_iter().try_fold(1usize, usize::checked_mul).filter(|n| *n <= 1 << 31)
        };
        if specs.iter().any(|spec| elements(spec).is_none()) {
            return Err("it takes a sample of more than 2^31 numbers".into());
        }
        let batch = specs.first().and_then(|spec| spec.shape.dims().first().copied());
        let traced = self.probes(&specs, tables).map_err(Fault::text)?;
        let [first, batches, lengths] = &traced[..] else { return Err("it gives nothing".into()) };
        let mut outputs: Vec<TensorSpec> = Vec::new();
        for ((y, other), longer) in first.iter().zip(batches).zip(lengths) {
            let shapes = [y.shape(), other.shape(), longer.shape()];
            let dims = dims(shapes, batch)?;
            let whole = outputs.is_empty() && !y.dtype().is_float();
            let spec = TensorSpec::float(Dims::new(&dims));
            outputs.push(TensorSpec {
                dtype: if whole { keras_shape::DType::Int32 } else { spec.dtype },
                mask: Mask::Absent,
                ..spec
            });
        }
        if first.len() != lengths.len() || first.len() > keras_shape::MAX_OUTPUTS || outputs.is_empty() {
            return Err("how many tensors it gives is not known".into());
        }
        let one = Outputs::one(outputs[0]);
        Ok(Inferred::Known(outputs[1..].iter().fold(one, |all, spec| all.and(*spec))))
    }

    /// What it gives for each of the probes, of lengths for which it gives something.
    fn probes(
        &self,
        specs: &[TensorSpec],
        tables: &Cell<usize>,
    ) -> std::result::Result<Vec<Vec<Symbolic>>, Fault> {
        let open = specs.iter().any(|spec| spec.shape.dims().iter().skip(1).any(|dim| dim.fixed().is_none()));
        let mut made = self.probes_of(specs, LENGTHS[0], tables);
        for unit in LENGTHS[1..].iter().filter(|_| open) {
            // Longer ones only have larger tables.
            if !matches!(made, Err(Fault::Misfit(_))) {
                break;
            }
            made = match (made, self.probes_of(specs, *unit, tables)) {
                (first, Err(Fault::Misfit(_))) => first,
                (_, other) => other,
            };
        }
        made
    }

    /// What it gives for each of the probes, of lengths that are so many times as long.
    fn probes_of(
        &self,
        specs: &[TensorSpec],
        unit: usize,
        tables: &Cell<usize>,
    ) -> std::result::Result<Vec<Vec<Symbolic>>, Fault> {
        let mut largest = 0;
        let mut probe = |[batch, times]: [usize; 2]| {
            let inputs: Vec<Symbolic> =
                specs.iter().map(|spec| probed(spec, [batch, times * unit])).collect();
            let made = self.traced(&inputs).map_err(Fault::Misfit)?;
            largest = largest.max(ops::constants(&made));
            if largest > tables.get() { Err(Fault::Tables) } else { Ok(made) }
        };
        let made = PROBES.into_iter().map(&mut probe).collect::<std::result::Result<Vec<_>, Fault>>()?;
        // One of these tables is kept at most, and none of a length that does not fit.
        tables.set(tables.get() - largest);
        Ok(made)
    }

    fn traced(&self, inputs: &[Symbolic]) -> Made {
        let args = Args::new(self, inputs)?;
        let made = (self.row.2)(&args)?;
        args.finish()?;
        let checked = made.into_iter().map(|y| y.check().map_err(|error| error.to_string()));
        checked.collect()
    }

    /// All that it is told.
    pub(super) fn words(&self) -> String {
        json!({ "function": self.object(""), "call": self.call(&[]) }).to_string()
    }

    /// Whether Keras 3 has it.
    pub(crate) fn is_of_keras(&self) -> bool {
        !self.row.0.starts_with("tf.")
    }

    /// The object of Keras.
    pub(crate) fn object(&self, name: &str) -> Value {
        let mut config = self.config.clone();
        config.insert("name".into(), json!(name));
        let class = self.row.0;
        json!({ "module": self.module, "class_name": class, "config": config, "registered_name": class })
    }

    /// A call with these tensors.
    pub(crate) fn call(&self, tensors: &[Value]) -> Value {
        let args: Vec<Value> = self.args.iter().map(|arg| arg.written(tensors)).collect();
        let kwargs: Map<String, Value> =
            self.kwargs.iter().map(|(name, arg)| (name.clone(), arg.written(tensors))).collect();
        json!({ "args": args, "kwargs": kwargs })
    }
}

fn probed(spec: &TensorSpec, [batch, length]: [usize; 2]) -> Symbolic {
    let lengths = spec.shape.dims().iter().enumerate();
    let lengths: Vec<usize> =
        lengths.map(|(axis, dim)| dim.fixed().unwrap_or(if axis == 0 { batch } else { length })).collect();
    let whole = spec.dtype == keras_shape::DType::Int32;
    ops::input(lengths, if whole { DType::Int32 } else { DType::Float32 })
}

/// The axes of an output, of which the first is the batch and no other follows it.
fn dims(
    [shape, batches, lengths]: [&ops::Shape; 3],
    batch: Option<Dim>,
) -> std::result::Result<Vec<Dim>, String> {
    let mixed = || Err("it mixes the samples of a batch, or moves their axis".to_string());
    if shape.rank() == 0 || shape.rank() != batches.rank() || shape.rank() != lengths.rank() {
        return mixed();
    }
    if shape.rank() > keras_shape::MAX_RANK {
        return Err("it gives a tensor of too many axes".into());
    }
    let batch = batch.unwrap_or(Dim::NONE);
    let expected = |probe: usize| batch.fixed().unwrap_or(PROBES[probe][0]);
    if [shape[0], batches[0], lengths[0]] != [expected(0), expected(1), expected(2)] {
        return mixed();
    }
    let mut dims = vec![batch];
    for axis in 1..shape.rank() {
        if shape[axis] != batches[axis] {
            return mixed();
        }
        let same = shape[axis] == lengths[axis];
        dims.push(if same { Dim::Fixed(shape[axis]) } else { Dim::NONE });
    }
    Ok(dims)
}

/// A function as a layer of a model.
#[derive(Clone)]
pub(super) struct FunctionLayer {
    pub name: String,
    pub function: Function,
}

impl AnyLayer for FunctionLayer {
    fn name(&self) -> &str {
        &self.name
    }

    fn class(&self) -> &str {
        self.function.class()
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

    fn trace(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        if inputs.len() != self.function.tensors {
            return Err(Error::layer(format!("it takes {} tensors", self.function.tensors)));
        }
        let made = self.function.traced(inputs).map_err(Error::layer)?;
        // Truth values are integers in models.
        let whole = |y: Symbolic| if y.dtype() == DType::Bool { ops::cast(y, DType::Int32) } else { y };
        Ok(made.into_iter().map(whole).collect())
    }

    fn function(&self) -> Option<&Function> {
        Some(&self.function)
    }
}

#[cfg(test)]
mod tests {
    use keras_files::{Call, Input};

    use super::*;

    fn layer(class: &str, config: Value, args: Vec<Argument>) -> Layer {
        Layer {
            name: "f".into(),
            class: class.into(),
            module: "keras.src.ops.numpy".into(),
            registered: None,
            config: config.as_object().cloned().unwrap_or_default(),
            inner: None,
            input: None::<Input>,
            implied: false,
            calls: vec![Call { args, kwargs: Vec::new() }],
            operation: Some(Err("no word of `model!`".into())),
        }
    }

    fn tensor() -> Argument {
        Argument::Tensor(TensorRef { layer: 0, call: 0, tensor: 0 })
    }

    fn value(value: Value) -> Argument {
        Argument::Value(value)
    }

    /// The shapes that a function gives of `(None, None, 6)`, or why it does not.
    fn infer(class: &str, config: Value, args: Vec<Argument>) -> std::result::Result<String, String> {
        let function = of(&layer(class, config, args)).ok_or("it is not read")??;
        let spec = TensorSpec::float(Dims::new(&[Dim::NONE, Dim::NONE, Dim::Fixed(6)]));
        let inferred =
            function.infer(&vec![Some(spec); function.tensors], &core::cell::Cell::new(1 << 24))?;
        let outputs = inferred.outputs().ok_or("nothing is known")?;
        Ok((0..outputs.len()).map(|i| outputs.get(i).shape.to_string()).collect::<Vec<_>>().join(" "))
    }

    /// What `keras source` says of functions is true.
    #[test]
    fn the_functions_that_are_said_to_be_read_are_read() {
        let mut read: Vec<&str> = TABLES.into_iter().flatten().map(|row| row.0).collect();
        read.sort_unstable();
        assert_eq!(read, keras_files::FUNCTIONS);
    }

    #[test]
    fn shapes_follow_from_what_is_traced() {
        let cases = [
            ("Take", json!({ "axis": 2 }), vec![tensor(), value(json!([0, 5, 5]))], "(None, None, 3)"),
            ("Take", json!({ "axis": -1 }), vec![tensor(), value(json!(1))], "(None, None)"),
            ("Pad", json!({ "pad_width": [[0, 0], [1, 0], [2, 2]] }), vec![tensor()], "(None, None, 10)"),
            ("Tile", json!({ "repeats": [1, 2, 3] }), vec![tensor()], "(None, None, 18)"),
            ("TopK", json!({ "k": 2 }), vec![tensor()], "(None, None, 2) (None, None, 2)"),
            (
                "Einsum",
                json!({ "subscripts": "bij,bkj->bik" }),
                vec![tensor(), tensor()],
                "(None, None, None)",
            ),
            (
                "Tensordot",
                json!({ "axes": 1 }),
                vec![tensor(), value(json!(vec![[1.0]; 6]))],
                "(None, None, 1)",
            ),
        ];
        for (class, config, args, shapes) in cases {
            assert_eq!(infer(class, config, args).as_deref(), Ok(shapes), "{class}");
        }
    }

    /// Keras 3.15: `compute_output_spec` of the same.
    #[test]
    fn functions_that_take_no_short_lengths_are_tried_with_longer_ones() {
        let config = json!({ "sequence_length": 64, "sequence_stride": 16, "fft_length": 64 });
        let function = of(&layer("STFT", config, vec![tensor()])).expect("it is read").expect("a function");
        let spec = TensorSpec::float(Dims::new(&[Dim::NONE, Dim::NONE]));
        let inferred = function.infer(&[Some(spec)], &core::cell::Cell::new(1 << 24)).expect("shapes");
        let outputs = inferred.outputs().expect("shapes");
        let shapes = [0, 1].map(|i| outputs.get(i).shape.to_string());
        assert_eq!(shapes, ["(None, None, 33)", "(None, None, 33)"]);
    }

    #[test]
    fn what_mixes_the_samples_of_a_batch_is_refused() {
        let cases = [
            ("Sort", json!({ "axis": 0 }), vec![tensor()], "along the batch"),
            ("Sort", json!({ "axis": null }), vec![tensor()], "all axes"),
            ("Take", json!({ "axis": null }), vec![tensor(), value(json!([1]))], "all axes"),
            (
                "Stack",
                json!({ "axis": 0 }),
                vec![Argument::List(vec![tensor(), tensor()])],
                "mixes the samples",
            ),
            ("Einsum", json!({ "subscripts": "bij,cij->bc" }), vec![tensor(), tensor()], "mixes the samples"),
            ("Einsum", json!({ "subscripts": "bij->jbi" }), vec![tensor()], "mixes the samples"),
            ("Moveaxis", json!({ "source": 0, "destination": 1 }), vec![tensor()], "mixes the samples"),
            ("Pad", json!({ "pad_width": 1 }), vec![tensor()], "adds samples"),
            ("IsIn", json!({}), vec![tensor(), tensor()], "would mix"),
            ("Diagonal", json!({}), vec![tensor()], "along the batch"),
            ("Dot", json!({}), vec![tensor(), tensor()], "would mix"),
        ];
        for (class, config, args, says) in cases {
            let error = infer(class, config, args).expect_err(class);
            assert!(error.contains(says), "{class}: {error}");
        }
    }

    #[test]
    fn arguments_that_are_not_read_are_refused() {
        let cases = [
            ("Pad", json!({ "pad_width": [[0, 0], [1, 0], [0, 0]], "mode": "maximum" }), vec![tensor()]),
            ("Sort", json!({ "axis": 1, "stable": "yes" }), vec![tensor()]),
            ("Take", json!({ "axis": 1 }), vec![tensor(), value(json!("all"))]),
            ("Tile", json!({ "repeats": [1, 1, 1u64 << 40] }), vec![tensor()]),
            ("Repeat", json!({ "repeats": [1, -2], "axis": 1 }), vec![tensor()]),
            ("Roll", json!({ "shift": 1.5, "axis": 1 }), vec![tensor()]),
            ("Unstack", json!({ "axis": 1 }), vec![tensor()]),
            ("Quantile", json!({ "axis": 1 }), vec![tensor(), value(json!([0.1, 0.9]))]),
            ("RFFT", json!({ "fft_length": 0 }), vec![tensor()]),
            ("ViewAsReal", json!({}), vec![tensor()]),
        ];
        for (class, config, args) in cases {
            assert!(infer(class, config, args).is_err(), "{class}");
        }
    }
}
