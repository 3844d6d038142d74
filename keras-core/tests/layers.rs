//! Layers without a memory against Keras's own numbers (`data/layers.json`, written by `data/layers.py`).

mod cases;
#[path = "../../keras-shape/tests/python/mod.rs"]
mod python;

use burn::tensor::{Device, Tensor};
use keras_core::context::Context;
use keras_core::layers::Forward;
use keras_core::param::{Param, ParamId, Weight};
use keras_core::shape::{LayerConfig, Shape};
use keras_core::tensor::{Raw, Value};
use keras_core::{Error, Result};
use serde_json::Value as Json;

fn device() -> Device {
    Device::default()
}

fn numbers(json: &Json) -> Vec<f32> {
    json.as_array().into_iter().flatten().map(|v| v.as_f64().unwrap_or(f64::NAN) as f32).collect()
}

fn lengths(json: &Json) -> Vec<usize> {
    numbers(json).into_iter().map(|n| n as usize).collect()
}

fn list(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}

/// What differs, if anything does by more than rounding.
fn differs(what: &str, found: &Raw, expected: &Json) -> Result<Option<String>> {
    let (found, expected) = (found.to_vec()?, numbers(expected));
    let far = |(a, b): (&f32, &f32)| a.is_nan() || (a - b).abs() > 3e-6 + 1e-5 * b.abs();
    let wrong = found.len() != expected.len() || found.iter().zip(&expected).any(far);
    Ok(wrong.then(|| format!("{what}:\n  here  {found:?}\n  Keras {expected:?}")))
}

/// The layer's weights with Keras's numbers.
fn params(config: &LayerConfig, input: &[usize], case: &Json) -> Result<Vec<Param>> {
    let input = keras_core::shape::TensorSpec::float(Shape::fixed(input));
    let specs = config.weights(&[input]);
    let pairs = specs.as_slice().iter().zip(list(&case["weights"]));
    pairs
        .map(|(spec, weight)| {
            Ok(Param {
                id: ParamId::fresh(),
                path: spec.path.as_str().into(),
                value: Raw::from_f32(numbers(&weight["v"]), &lengths(&weight["shape"]), &device())?,
                trainable: spec.trainable,
                regularizer: spec.regularizer,
                constraint: spec.constraint,
            })
        })
        .collect()
}

fn check(case: &Json) -> Result<Vec<String>> {
    let config = python::layer(case["layer"].as_str().unwrap_or("")).map_err(Error::Argument)?;
    let shape = lengths(&case["shape"]);
    let params = params(&config, &shape, case)?;
    let mut context = Context::training(device(), 0, 0);
    context.training = case["training"] == true;
    let weights = params.iter().map(|p| context.weight(p, true)).collect::<Result<Vec<Weight>>>()?;
    let mut input = Value::new(Raw::from_f32(numbers(&case["x"]), &shape, &device())?.tracked()?);
    if !case["mask"].is_null() {
        let mask = Raw::from_f32(numbers(&case["mask"]), &lengths(&case["mask_shape"]), &device())?;
        input.mask = Some(Raw::new(mask.bool::<2>()?));
    }
    let y = config.call(&weights, &[input.clone()], &mut context)?.remove(0).data;
    let mut wrong = Vec::new();
    if y.shape() != lengths(&case["y_shape"]) {
        wrong.push(format!("shape {:?}, Keras {}", y.shape(), case["y_shape"]));
    }
    wrong.extend(differs("output", &y, &case["y"])?);

    let frozen = params.iter().filter(|param| !param.trainable);
    let updates = context.take_updates();
    for (param, expected) in frozen.zip(list(&case["updates"])) {
        match updates.iter().find(|(id, _)| *id == param.id) {
            Some((_, value)) => wrong.extend(differs(&param.path, value, expected)?),
            None => wrong.push(format!("{} is not updated", param.path)),
        }
    }

    let factors = Raw::from_f32(numbers(&case["c"]), &y.shape(), &device())?.flat()?;
    let loss: Tensor<1> = (y.flat()? * factors).sum();
    let mut gradients = loss.backward();
    match input.data.grad(&mut gradients)? {
        Some(found) => wrong.extend(differs("input gradient", &found, &case["dx"])?),
        None => wrong.push("no input gradient".into()),
    }
    let trained = weights.iter().zip(&params).filter(|(_, param)| param.trainable);
    for ((weight, param), expected) in trained.zip(list(&case["dw"])) {
        match weight.data.grad(&mut gradients)? {
            Some(found) => wrong.extend(differs(&format!("gradient of {}", param.path), &found, expected)?),
            None => wrong.push(format!("no gradient of {}", param.path)),
        }
    }
    Ok(wrong)
}

#[test]
fn numbers_gradients_and_averages_are_those_of_keras() {
    let cases: Json = serde_json::from_str(include_str!("data/layers.json")).expect("layers.json");
    let mut wrong = Vec::new();
    for case in list(&cases) {
        let messages = check(case).unwrap_or_else(|error| vec![error.to_string()]);
        wrong.extend(messages.into_iter().map(|message| format!("{}: {message}", case["layer"])));
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// A layer without weights applied to these numbers.
fn apply(source: &str, values: &[f32], shape: &[usize], context: &mut Context) -> Result<Raw> {
    let config = python::layer(source).map_err(Error::Argument)?;
    let input = Value::new(Raw::from_f32(values.to_vec(), shape, &device())?);
    Ok(config.call(&[], &[input], context)?.remove(0).data)
}

#[test]
fn dropout_drops_its_share_and_scales_the_rest() -> Result<()> {
    let mut context = Context::training(device(), 1, 1);
    let y = apply("Dropout(0.25)", &[3.0; 4000], &[20, 200], &mut context)?.to_vec()?;
    assert!(y.iter().all(|v| *v == 0.0 || (*v - 4.0).abs() < 1e-6));
    let dropped = y.iter().filter(|v| **v == 0.0).count();
    assert!((850..1150).contains(&dropped), "{dropped} of 4000 dropped");
    let y = apply("Dropout(0.5)", &[f32::INFINITY; 400], &[20, 20], &mut context)?.to_vec()?;
    assert!(y.iter().all(|v| *v == 0.0 || *v == f32::INFINITY) && y.contains(&0.0));
    assert!(apply("Dropout(1)", &[3.0; 8], &[2, 4], &mut context)?.to_vec()?.iter().all(|v| *v == 0.0));
    Ok(())
}

#[test]
fn spatial_dropout_and_noise_shapes_drop_whole_features() -> Result<()> {
    let sources = ["SpatialDropout1D(0.5)", "Dropout(0.5, noise_shape=(None, 1, None))"];
    for source in sources {
        let y = apply(source, &[1.0; 600], &[10, 6, 10], &mut Context::training(device(), 1, 1))?.to_vec()?;
        let kept = |sample: usize, step: usize, feature: usize| y[sample * 60 + step * 10 + feature] != 0.0;
        let same = |i: usize| (1..6).all(|step| kept(i / 10, step, i % 10) == kept(i / 10, 0, i % 10));
        assert!((0..100).all(same), "{source}");
        assert!((0..100).any(|i| kept(i / 10, 0, i % 10)) && !(0..100).all(|i| kept(i / 10, 0, i % 10)));
    }
    let config = "SpatialDropout2D(0.5, data_format='channels_first')";
    let y = apply(config, &[1.0; 400], &[10, 10, 2, 2], &mut Context::training(device(), 1, 1))?.to_vec()?;
    assert!(y.chunks(4).all(|image| image.iter().all(|v| *v == image[0])));
    Ok(())
}

#[test]
fn a_seed_makes_dropout_repeat_and_a_step_changes_it() -> Result<()> {
    let run = |step| {
        apply("Dropout(0.5, seed=7)", &[1.0; 64], &[64], &mut Context::training(device(), step, step))?
            .to_vec()
    };
    assert_eq!(run(3)?, run(3)?);
    assert_ne!(run(3)?, run(4)?);
    Ok(())
}

#[test]
fn a_frozen_batch_normalization_uses_its_averages() -> Result<()> {
    let config = python::layer("BatchNormalization(center=False, scale=False)").map_err(Error::Argument)?;
    let weight = |v: f32| {
        Ok::<_, Error>(Weight { id: ParamId::fresh(), data: Raw::from_f32(vec![v], &[1], &device())? })
    };
    let mut context = Context::training(device(), 0, 0);
    context.frozen = true;
    let x = Value::new(Raw::from_f32(vec![1.0, 5.0], &[2, 1], &device())?);
    let y = config.call(&[weight(1.0)?, weight(4.0 - 1e-3)?], &[x], &mut context)?.remove(0).data;
    assert_eq!(y.to_vec()?, [0.0, 2.0]);
    assert!(context.take_updates().is_empty());
    Ok(())
}

#[test]
fn data_that_does_not_fit_is_an_error_and_not_a_panic() {
    let mut context = Context::inference(device());
    for (source, shape) in [
        ("Reshape((3, 5))", &[2, 14][..]),
        ("Reshape((-1, 8))", &[2, 3, 4]),
        ("MaxPooling1D(4)", &[1, 3, 2]),
        ("Permute((1, 2))", &[2, 3]),
        ("Activation('glu')", &[2, 3]),
        ("Softmax(axis=2)", &[2, 3]),
        ("Dropout(0.5, noise_shape=(4, 1))", &[2, 3]),
    ] {
        context.training = true;
        let values = vec![0.0; shape.iter().product()];
        assert!(apply(source, &values, shape, &mut context).is_err(), "{source}");
    }
}

#[test]
fn integers_stay_integers_when_they_only_move() -> Result<()> {
    for source in [
        "Flatten()",
        "Reshape((-1,))",
        "Permute((2, 1, 3))",
        "UpSampling2D()",
        "ZeroPadding2D()",
        "Identity()",
    ] {
        let config = python::layer(source).map_err(Error::Argument)?;
        let input = Value::new(Raw::from_i32((0..8).collect(), &[1, 2, 2, 2], &device())?);
        let y = config.call(&[], &[input], &mut Context::inference(device()))?.remove(0).data;
        assert!(!y.is_float(), "{source}");
    }
    Ok(())
}

#[test]
fn the_general_relu_and_threshold_are_functions_too() {
    let x = Tensor::<1>::from_data([-2.0f32, 0.5, 3.0], &device());
    let y = keras_core::tensor_ops::activation::threshold(x, 1.0, -1.0);
    let values = Raw::new(y).to_vec().unwrap_or_default();
    assert_eq!(values, [-1.0, -1.0, 3.0]);
}
