//! One file of ONNX in tract: `peer-tract-files FILE.onnx FILE.json` runs the inputs of the JSON, of `onnx_files.py`, and prints by
//! how much the outputs differ from those in it, as a share of the largest.

use serde_json::Value;
use tract_onnx::prelude::*;

fn numbers(value: &Value) -> (Vec<usize>, Vec<f32>) {
    let list = |key: &str| value[key].as_array().expect("a list").iter();
    let shape = list("shape").map(|n| n.as_u64().expect("a length") as usize).collect();
    (shape, list("data").map(|x| x.as_f64().expect("a number") as f32).collect())
}

fn tensor(value: &Value) -> Tensor {
    let (shape, data) = numbers(value);
    let array = ndarray::ArrayD::from_shape_vec(shape, data).expect("as many numbers as the shape says");
    match value["type"].as_str() {
        Some("int32") => array.mapv(|x| x as i32).into_tensor(),
        Some("int64") => array.mapv(|x| x as i64).into_tensor(),
        _ => array.into_tensor(),
    }
}

fn worst(onnx_file: &str, json: &str) -> TractResult<f32> {
    let known: Value = serde_json::from_str(&std::fs::read_to_string(json)?)?;
    let inputs: Vec<Tensor> = known["inputs"].as_array().expect("inputs").iter().map(tensor).collect();
    let mut model = onnx().model_for_path(onnx_file)?;
    for (at, input) in inputs.iter().enumerate() {
        model.set_input_fact(at, InferenceFact::dt_shape(input.datum_type(), input.shape()))?;
    }
    let plan = model.into_optimized()?.into_runnable()?;
    let found = plan.run(inputs.into_iter().map(|input| input.into()).collect())?;
    let mut worst = 0.0f32;
    for (found, wanted) in found.iter().zip(known["outputs"].as_array().expect("outputs")) {
        let (_, wanted) = numbers(wanted);
        let found = found.cast_to::<f32>()?;
        let found: Vec<f32> = found.to_plain_array_view::<f32>()?.iter().copied().collect();
        let largest = wanted.iter().fold(1e-30f32, |max, x| max.max(x.abs()));
        worst = found.iter().zip(&wanted).fold(worst, |worst, (a, b)| worst.max((a - b).abs() / largest));
    }
    Ok(worst)
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    match worst(&args[1], &args[2]) {
        Ok(worst) => println!("{worst:.0e}"),
        Err(error) => println!("refused: {}", format!("{error:#}").lines().next().unwrap_or_default()),
    }
}
