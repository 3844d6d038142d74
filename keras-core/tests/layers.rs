//! Layers without a memory against Keras's own numbers (`data/layers.json`, written by `data/layers.py`).

mod cases;
#[path = "../../keras-shape/tests/python/mod.rs"]
mod python;

use keras_core::context::Context;
use keras_core::model::{Alone, Value};
use keras_core::param::Param;
use keras_core::shape::{LayerConfig, Shape};
use keras_core::tensor::Raw;
use keras_core::{Error, Result};
use serde_json::Value as Json;

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
            let value = Raw::from_f32(numbers(&weight["v"]), &lengths(&weight["shape"]))?;
            let mut param = Param::new(spec.path.as_str(), value);
            param.trainable = spec.trainable;
            param.regularizer = spec.regularizer;
            param.constraint = spec.constraint;
            Ok(param)
        })
        .collect()
}

fn check(case: &Json) -> Result<Vec<String>> {
    let config = python::layer(case["layer"].as_str().unwrap_or("")).map_err(Error::Argument)?;
    let shape = lengths(&case["shape"]);
    let params = params(&config, &shape, case)?;
    let mut input = Value::new(Raw::from_f32(numbers(&case["x"]), &shape)?);
    if !case["mask"].is_null() {
        let counts = numbers(&case["mask"]).into_iter().map(|x| x != 0.0).collect();
        input.mask = Some(Raw::from_bool(counts, &lengths(&case["mask_shape"]))?);
    }
    let mode = [case["training"] == true, false];
    let alone = Alone::run(&config, &params, &[input], mode, &mut Context::training(0, 0))?;
    let y = &alone.outputs[0].data;
    let mut wrong = Vec::new();
    if y.shape() != lengths(&case["y_shape"]) {
        wrong.push(format!("shape {:?}, Keras {}", y.shape(), case["y_shape"]));
    }
    wrong.extend(differs("output", y, &case["y"])?);

    let frozen = params.iter().filter(|param| !param.trainable);
    let updates = &alone.updates;
    for (param, expected) in frozen.zip(list(&case["updates"])) {
        match updates.iter().find(|(id, _)| *id == param.id) {
            Some((_, value)) => wrong.extend(differs(&param.path, value, expected)?),
            None => wrong.push(format!("{} is not updated", param.path)),
        }
    }

    let raw = |numbers: &[f32]| Raw::from_f32(numbers.to_vec(), &[numbers.len()]);
    let [dx, dw] = alone.gradients(&[numbers(&case["c"])])?;
    wrong.extend(differs("input gradient", &raw(&dx[0])?, &case["dx"])?);
    let trained = params.iter().zip(&dw).filter(|(param, _)| param.trainable);
    for ((param, found), expected) in trained.zip(list(&case["dw"])) {
        wrong.extend(differs(&format!("gradient of {}", param.path), &raw(found)?, expected)?);
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

/// What a layer without weights gives, by its operations; while training with this seed and step.
fn run_alone(config: &LayerConfig, inputs: &[Value], training: Option<[u64; 2]>) -> Result<Vec<Value>> {
    let mut context = match training {
        Some([seed, step]) => Context::training(seed, step),
        None => Context::inference(),
    };
    Ok(Alone::run(config, &[], inputs, [training.is_some(), false], &mut context)?.outputs)
}

/// A layer without weights applied to these numbers while training.
fn apply(source: &str, values: &[f32], shape: &[usize], training: [u64; 2]) -> Result<Raw> {
    let config = python::layer(source).map_err(Error::Argument)?;
    let input = Value::new(Raw::from_f32(values.to_vec(), shape)?);
    Ok(run_alone(&config, &[input], Some(training))?.remove(0).data)
}

#[test]
fn dropout_drops_its_share_and_scales_the_rest() -> Result<()> {
    let y = apply("Dropout(0.25)", &[3.0; 4000], &[20, 200], [1, 1])?.to_vec()?;
    assert!(y.iter().all(|v| *v == 0.0 || (*v - 4.0).abs() < 1e-6));
    let dropped = y.iter().filter(|v| **v == 0.0).count();
    assert!((850..1150).contains(&dropped), "{dropped} of 4000 dropped");
    let y = apply("Dropout(0.5)", &[f32::INFINITY; 400], &[20, 20], [1, 1])?.to_vec()?;
    assert!(y.iter().all(|v| *v == 0.0 || *v == f32::INFINITY) && y.contains(&0.0));
    assert!(apply("Dropout(1)", &[3.0; 8], &[2, 4], [1, 1])?.to_vec()?.iter().all(|v| *v == 0.0));
    Ok(())
}

#[test]
fn spatial_dropout_and_noise_shapes_drop_whole_features() -> Result<()> {
    let sources = ["SpatialDropout1D(0.5)", "Dropout(0.5, noise_shape=(None, 1, None))"];
    for source in sources {
        let y = apply(source, &[1.0; 600], &[10, 6, 10], [1, 1])?.to_vec()?;
        let kept = |sample: usize, step: usize, feature: usize| y[sample * 60 + step * 10 + feature] != 0.0;
        let same = |i: usize| (1..6).all(|step| kept(i / 10, step, i % 10) == kept(i / 10, 0, i % 10));
        assert!((0..100).all(same), "{source}");
        assert!((0..100).any(|i| kept(i / 10, 0, i % 10)) && !(0..100).all(|i| kept(i / 10, 0, i % 10)));
    }
    let config = "SpatialDropout2D(0.5, data_format='channels_first')";
    let y = apply(config, &[1.0; 400], &[10, 10, 2, 2], [1, 1])?.to_vec()?;
    assert!(y.chunks(4).all(|image| image.iter().all(|v| *v == image[0])));
    Ok(())
}

#[test]
fn a_seed_makes_dropout_repeat_and_a_step_changes_it() -> Result<()> {
    let run = |step| apply("Dropout(0.5, seed=7)", &[1.0; 64], &[64], [step, step])?.to_vec();
    assert_eq!(run(3)?, run(3)?);
    assert_ne!(run(3)?, run(4)?);
    Ok(())
}

#[test]
fn a_frozen_batch_normalization_uses_its_averages() -> Result<()> {
    let config = python::layer("BatchNormalization(center=False, scale=False)").map_err(Error::Argument)?;
    let weight = |v: f32| {
        let mut param = Param::new("moving", Raw::from_f32(vec![v], &[1])?);
        param.trainable = false;
        Ok::<_, Error>(param)
    };
    let x = Value::new(Raw::from_f32(vec![1.0, 5.0], &[2, 1])?);
    let weights = [weight(1.0)?, weight(4.0 - 1e-3)?];
    let alone = Alone::run(&config, &weights, &[x], [true, true], &mut Context::training(0, 0))?;
    assert_eq!(alone.outputs[0].data.to_vec()?, [0.0, 2.0]);
    assert!(alone.updates.is_empty());
    Ok(())
}

#[test]
fn data_that_does_not_fit_is_an_error_and_not_a_panic() {
    for (source, shape) in [
        ("Reshape((3, 5))", &[2, 14][..]),
        ("Reshape((-1, 8))", &[2, 3, 4]),
        ("MaxPooling1D(4)", &[1, 3, 2]),
        ("Permute((1, 2))", &[2, 3]),
        ("Activation('glu')", &[2, 3]),
        ("Softmax(axis=2)", &[2, 3]),
        ("Dropout(0.5, noise_shape=(4, 1))", &[2, 3]),
    ] {
        let values = vec![0.0; shape.iter().product()];
        assert!(apply(source, &values, shape, [0, 0]).is_err(), "{source}");
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
        let input = Value::new(Raw::from_i32((0..8).collect(), &[1, 2, 2, 2])?);
        let y = run_alone(&config, &[input], None)?.remove(0).data;
        assert!(!y.is_float(), "{source}");
    }
    Ok(())
}

/// Of sequences of images, too, a step of the result counts of which a part does. (Keras widens masks by one axis alone,
/// which is enough for sequences of features.)
#[test]
fn masks_of_joined_images_are_those_of_their_steps() -> Result<()> {
    let images = |steps: usize, counts: &[bool]| {
        let mut value = Value::new(Raw::from_f32(vec![1.0; 12 * steps], &[2, steps, 3, 2])?);
        value.mask = Some(Raw::from_bool(counts.to_vec(), &[2, steps])?);
        Ok::<_, Error>(value)
    };
    let joined = |source: &str, inputs: &[Value]| {
        let config = python::layer(source).map_err(Error::Argument)?;
        let mask = run_alone(&config, inputs, None)?.remove(0).mask.expect("a mask");
        Ok::<_, Error>((mask.shape(), mask.to_vec()?))
    };
    let [first, second, single] = [
        images(2, &[true, false, false, false])?,
        images(2, &[false, false, true, false])?,
        images(1, &[true, false])?,
    ];
    let found = joined("Concatenate(axis=1)", &[first.clone(), single])?;
    assert_eq!(found, (vec![2, 3], vec![1.0, 0.0, 1.0, 0.0, 0.0, 0.0]));
    for axis in ["2", "3", "-1"] {
        let found = joined(&format!("Concatenate(axis={axis})"), &[first.clone(), second.clone()])?;
        assert_eq!(found, (vec![2, 2], vec![1.0, 0.0, 1.0, 0.0]), "{axis}");
    }
    Ok(())
}
