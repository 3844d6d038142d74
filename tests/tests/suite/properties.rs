//! Random chains of layers: what the shape rules say before and with the true lengths, what a run gives, and what
//! weights it takes, all agree.

mod generate;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use keras_core::context::Context;
use keras_core::device::with_seed;
use keras_core::model::Built;
use keras_core::model::{Alone, Value};
use keras_core::prelude::Dims;
use keras_core::shape::{DType, Dim, Inferred, LayerConfig, Mask, TensorSpec, infer};
use keras_core::tensor::Raw;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use generate::CLASSES;
use generate::build_later;
pub(super) use generate::{Args, Choices, arguments, build, class, int, word};

/// What is known of a tensor where constants are not evaluated must be true of what they evaluate to.
fn no_lie(later: &TensorSpec, known: &TensorSpec) -> bool {
    let dims = later.shape.dims().iter().zip(known.shape.dims());
    later.shape.rank() == known.shape.rank()
        && later.mask == known.mask
        && later.dtype == known.dtype
        && dims.clone().all(|(later, known)| match later {
            Dim::Fixed(n) => known.fixed() == Some(*n),
            Dim::Dynamic(_) | Dim::Derived(..) => known.is_dynamic(),
            Dim::Later => known.is_fixed(),
        })
}

/// What came of the cases.
#[derive(Debug, Default)]
struct Tally {
    runs: usize,
    layers: BTreeMap<&'static str, usize>,
    /// Refused before the lengths are known, at these classes.
    refused: BTreeMap<&'static str, usize>,
    /// Refused for the true lengths only.
    too_short: usize,
    dynamic: usize,
    masked: usize,
    trained: usize,
}

struct Step {
    config: LayerConfig,
    spec: TensorSpec,
}

pub(super) fn numbers(n: usize, seed: u32) -> Vec<f32> {
    (0..n).map(|i| ((i as u32 * 7919 + seed * 31 + 13) % 1009) as f32 / 504.5 - 1.0).collect()
}

/// Generates a chain, asks the rules, runs it, and compares.
fn case(list: &[u32], tally: &mut Tally) -> Result<(), TestCaseError> {
    let mut c = Choices { list, at: 0 };
    let rank = c.between(2, 5);
    let mut shape = Dims::new(&[Dim::NONE]);
    for _ in 1..rank {
        shape = shape.push(if c.rarely(4) { Dim::NONE } else { Dim::Fixed(c.between(1, 7)) });
    }
    let ids = c.rarely(5);
    let mut spec = TensorSpec::float(shape);
    if ids {
        spec = TensorSpec::int(shape);
    }
    // By the rules, before anything is known of the data.
    let input = spec;
    let mut steps: Vec<Step> = Vec::new();
    let length = c.between(1, 5);
    let mut refused = None;
    let mut later = spec;
    for axis in 1..rank {
        if shape.dim(axis).is_fixed() && c.rarely(2) {
            later.shape = later.shape.with(axis, Dim::Later);
        }
    }
    for node in 0..length {
        let class = if ids && node == 0 { "Embedding" } else { class(&mut c, spec.shape.rank()) };
        let args = arguments(&mut c, class, &spec.shape, 0);
        let Ok((config, _)) = build(class, &args) else { break };
        let (config_later, sure) = build_later(&mut c, class, &args).expect("the same arguments");
        // Floats are no ids, also not within a wrapper.
        if spec.dtype == DType::Float32 && format!("{config:?}").contains("Embedding(") {
            break;
        }
        let by_macro = infer(&config_later, &[Some(later)], node, false);
        match infer(&config, &[Some(spec)], node, false) {
            Inferred::Known(outputs) => {
                let what = format!("{config_later:?} on {} as {config:?} on {}", later.shape, spec.shape);
                let by_macro = match by_macro {
                    // The macro leaves these to the compiler.
                    _ if !sure => outputs,
                    Inferred::Known(by_macro) => by_macro,
                    Inferred::Wrong(error) => return Err(TestCaseError::fail(format!("{what}: {error}"))),
                    Inferred::Unknown => return Err(TestCaseError::fail(what)),
                };
                prop_assert_eq!(by_macro.len(), outputs.len(), "{}", what);
                for i in 0..outputs.len() {
                    let (later, known) = (by_macro.get(i), outputs.get(i));
                    prop_assert!(no_lie(&later, &known), "{what}: {} and {}", later.shape, known.shape);
                }
                later = by_macro.get(0);
                steps.push(Step { config, spec });
                spec = outputs.get(0);
            }
            Inferred::Wrong(error) => {
                prop_assert!(!error.text().as_str().is_empty());
                refused = Some(config.class());
                break;
            }
            Inferred::Unknown => return Err(TestCaseError::fail(format!("nothing known of {config:?}"))),
        }
    }
    if let Some(class) = refused {
        *tally.refused.entry(class).or_default() += 1;
    }
    // The true lengths.
    let lengths: Vec<usize> = (0..rank)
        .map(|axis| match shape.dim(axis) {
            Dim::Fixed(n) => n,
            _ if axis == 0 => c.between(1, 3),
            _ => c.between(1, 6),
        })
        .collect();
    tally.dynamic += usize::from(shape.dims()[1..].contains(&Dim::NONE));
    let training = c.rarely(3);
    let n = lengths.iter().product();
    let data = if ids {
        let ids = numbers(n, 1).into_iter().map(|x| ((x + 1.0) * 3.0) as i32).collect();
        Raw::from_i32(ids, &lengths)
    } else {
        Raw::from_f32(numbers(n, 1), &lengths)
    };
    let mut value = Value::new(data.expect("a tensor"));
    let mut truth = input;
    truth.shape = Dims::fixed(&lengths);
    let mut context = if training { Context::training(1, 0) } else { Context::inference() };
    let mut built = Vec::new();
    for (node, step) in steps.iter().enumerate() {
        let what = format!(
            "layer {node} of {:?} on {lengths:?}",
            steps.iter().map(|s| s.config).collect::<Vec<_>>()
        );
        let config = step.config;
        let symbolic = infer(&config, &[Some(step.spec)], node, false).outputs().expect("known before");
        let outputs = match infer(&config, &[Some(truth)], node, false) {
            Inferred::Known(outputs) => outputs,
            Inferred::Wrong(_) => {
                // No data of these lengths gets in; of a shape without unknowns this was said before.
                prop_assert!(shape.dims()[1..].contains(&Dim::NONE), "{what}: refused only now");
                tally.too_short += 1;
                return Ok(());
            }
            Inferred::Unknown => return Err(TestCaseError::fail(what)),
        };
        // Weights are made from what is known before, and are what the rule on the true lengths asks for.
        let layer: Built<()> = with_seed(3, || Built::new("layer", config, &[Some(step.spec)], true));
        let wanted: Vec<Vec<usize>> = config
            .weights(&[truth])
            .as_slice()
            .iter()
            .map(|w| w.shape.dims().iter().map(|d| d.fixed().expect("a length")).collect())
            .collect();
        let found: Vec<Vec<usize>> = layer.weights().iter().map(|w| w.value().shape()).collect();
        prop_assert_eq!(&found, &wanted, "{}: weights", what);
        let count: usize = wanted.iter().map(|shape| shape.iter().product::<usize>()).sum();
        prop_assert_eq!(
            keras_core::model::params(&config, &[Some(step.spec)]),
            count,
            "{}: parameters",
            what
        );
        prop_assert_eq!(layer.count_params(), count, "{}: parameters", what);
        let deep_mask = value.mask.as_ref().is_some_and(|mask| mask.rank() > 2);
        let mode = [training, false];
        let run = catch_unwind(AssertUnwindSafe(|| {
            Alone::run(layer.config(), layer.weights(), &[value.clone()], mode, &mut context)
        }));
        let alone = match run {
            Ok(Ok(alone)) => alone,
            // The rules do not know how many axes a mask has: of one that says more than which steps count, a layer
            // inside a wrapper may find only now that it does not fit. That is an error in words, too.
            Ok(Err(_)) if deep_mask && config.class() == "TimeDistributed" => return Ok(()),
            Ok(Err(error)) => return Err(TestCaseError::fail(format!("{what}: {error}"))),
            Err(_) => return Err(TestCaseError::fail(format!("{what}: a panic"))),
        };
        let given = &alone.outputs;
        prop_assert_eq!(given.len(), outputs.len(), "{}: outputs", what);
        for (i, given) in given.iter().enumerate() {
            let found = given.data.shape();
            prop_assert_eq!(
                Dims::fixed(&found),
                outputs.get(i).shape,
                "{}: output {} by the true lengths",
                what,
                i
            );
            let declared = symbolic.get(i).shape;
            prop_assert_eq!(found.len(), declared.rank(), "{}: output {}", what, i);
            for (dim, n) in declared.dims().iter().zip(&found) {
                prop_assert!(dim.fixed().is_none_or(|m| m == *n), "{what}: {declared} and {found:?}");
            }
            let masked = outputs.get(i).mask == Mask::Present;
            prop_assert_eq!(given.mask.is_some(), masked, "{}: the mask of output {}", what, i);
            prop_assert_eq!(
                symbolic.get(i).mask == Mask::Present,
                masked,
                "{}: the mask of output {}",
                what,
                i
            );
            if let Some(mask) = &given.mask {
                let mask = mask.shape();
                prop_assert!(found.starts_with(&mask), "{what}: a mask of {mask:?} for {found:?}");
                tally.masked += 1;
            }
            // The mean of a sequence that is padding only is 0 over 0, in Keras too.
            let mean_of_nothing =
                truth.mask == Mask::Present && format!("{config:?}").contains("GlobalAverage");
            let finite = given.data.to_vec().expect("numbers").iter().all(|x| x.is_finite());
            if mean_of_nothing && !finite {
                return Ok(());
            }
            prop_assert!(finite, "{what}: output {i} is not finite");
        }
        *tally.layers.entry(config.class()).or_default() += 1;
        value = given[0].clone();
        truth = outputs.get(0);
        built.push((layer, alone));
    }
    if training && value.data.is_float() {
        // Of the sum of squares of the last output, back through one layer after the other.
        let mut dy: Vec<f32> = value.data.to_vec().expect("numbers").into_iter().map(|y| 2.0 * y).collect();
        for (layer, alone) in built.iter().rev() {
            let others = alone.outputs.iter().skip(1);
            let zeros = others.map(|y| vec![0.0; y.data.shape().iter().product()]);
            let dys: Vec<Vec<f32>> = std::iter::once(dy).chain(zeros).collect();
            let run = catch_unwind(AssertUnwindSafe(|| alone.gradients(&dys))).map_err(|_| {
                TestCaseError::fail(format!("{steps:?}: a panic backwards", steps = configs(&steps)))
            })?;
            let [dx, dw] = run.expect("gradients");
            for (gradient, param) in dw.iter().zip(layer.weights()) {
                prop_assert_eq!(gradient.len(), param.value().shape().iter().product::<usize>());
                let finite = gradient.iter().all(|x| x.is_finite());
                let of = configs(&steps);
                prop_assert!(finite, "{:?}: the gradient of {} is not finite", of, param.path);
            }
            let Some(first) = dx.into_iter().next() else { break };
            dy = first;
        }
        tally.trained += 1;
    }
    tally.runs += usize::from(!steps.is_empty());
    Ok(())
}

fn configs(steps: &[Step]) -> Vec<LayerConfig> {
    steps.iter().map(|step| step.config).collect()
}

/// Runs `case` on lists of random choices; the same ones every time, unless KERAS_TESTS_CASES asks for more of them.
/// Gives what the cases have counted.
pub(super) fn run_cases<T: Default + std::fmt::Debug>(
    cases: u32,
    choices: std::ops::Range<usize>,
    case: impl Fn(&[u32], &mut T) -> Result<(), TestCaseError>,
) -> T {
    let cases = std::env::var("KERAS_TESTS_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(cases);
    let seed: [u8; 32] = std::array::from_fn(|i| i as u8);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let tally = std::cell::RefCell::new(T::default());
    let choices = proptest::collection::vec(any::<u32>(), choices);
    let result = runner.run(&choices, |list| case(&list, &mut tally.borrow_mut()));
    let tally = tally.into_inner();
    println!("{tally:#?}");
    if let Err(error) = result {
        panic!("{error}");
    }
    tally
}

#[test]
fn rules_and_runs_agree() {
    let tally = run_cases(6000, 20..120, case);
    assert!(tally.runs > 4000, "{tally:?}");
    assert!(tally.refused.values().sum::<usize>() > 1000 && tally.refused.len() > 20, "{tally:?}");
    assert!(
        tally.too_short > 50 && tally.dynamic > 2000 && tally.masked > 1000 && tally.trained > 600,
        "{tally:?}"
    );
    for class in CLASSES {
        assert!(tally.layers.get(class).is_some_and(|n| *n > 50), "{class} has hardly run: {tally:?}");
    }
}
