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
use keras_core::shape::{DType, Dim, Inferred, LayerConfig, Mask, Outputs, TensorSpec, infer};
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

/// A chain of layers that the rules allow, before anything is known of the data.
struct Chain {
    input: TensorSpec,
    steps: Vec<Step>,
}

impl Chain {
    fn dynamic(&self) -> bool {
        self.input.shape.dims()[1..].contains(&Dim::NONE)
    }

    fn is_of_ids(&self) -> bool {
        self.input.dtype == DType::Int32
    }
}

/// What has been run of a chain.
struct Run {
    /// What the layer behind is given, and what the rules say of it.
    value: Value,
    truth: TensorSpec,
    layers: Vec<(Built<()>, Alone)>,
}

/// Why a chain is not run to its end.
enum End {
    /// It need not be: what is wrong is said in words, or comes of the data.
    Done,
    Fault(TestCaseError),
}

impl From<TestCaseError> for End {
    fn from(error: TestCaseError) -> Self {
        End::Fault(error)
    }
}

/// Generates a chain, asks the rules, runs it, and compares.
fn case(list: &[u32], tally: &mut Tally) -> Result<(), TestCaseError> {
    let mut c = Choices { list, at: 0 };
    let chain = chain(&mut c, tally)?;
    // The true lengths.
    let dims = chain.input.shape.dims().iter().enumerate();
    let lengths: Vec<usize> = dims
        .map(|(axis, dim)| match dim {
            Dim::Fixed(n) => *n,
            _ if axis == 0 => c.between(1, 3),
            _ => c.between(1, 6),
        })
        .collect();
    tally.dynamic += usize::from(chain.dynamic());
    let training = c.rarely(3);
    let n = lengths.iter().product();
    let data = if chain.is_of_ids() {
        let ids = numbers(n, 1).into_iter().map(|x| ((x + 1.0) * 3.0) as i32).collect();
        Raw::from_i32(ids, &lengths)
    } else {
        Raw::from_f32(numbers(n, 1), &lengths)
    };
    let truth = TensorSpec { shape: Dims::fixed(&lengths), ..chain.input };
    let mut run = Run { value: Value::new(data.expect("a tensor")), truth, layers: Vec::new() };
    let mut context = if training { Context::training(1, 0) } else { Context::inference() };
    for node in 0..chain.steps.len() {
        let what = format!("layer {node} of {:?} on {lengths:?}", configs(&chain.steps));
        match step(&chain, node, &mut run, (training, &mut context), &what, tally) {
            Ok(()) => {}
            Err(End::Done) => return Ok(()),
            Err(End::Fault(error)) => return Err(error),
        }
    }
    if training && run.value.data.is_float() {
        back(&chain, &run)?;
        tally.trained += 1;
    }
    tally.runs += usize::from(!chain.steps.is_empty());
    Ok(())
}

/// Generates a chain, as long as the rules allow; what they know with less knowledge is no lie.
fn chain(c: &mut Choices<'_>, tally: &mut Tally) -> Result<Chain, TestCaseError> {
    let rank = c.between(2, 5);
    let mut shape = Dims::new(&[Dim::NONE]);
    for _ in 1..rank {
        shape = shape.push(if c.rarely(4) { Dim::NONE } else { Dim::Fixed(c.between(1, 7)) });
    }
    let ids = c.rarely(5);
    let mut spec = if ids { TensorSpec::int(shape) } else { TensorSpec::float(shape) };
    let mut chain = Chain { input: spec, steps: Vec::new() };
    let length = c.between(1, 5);
    let mut later = spec;
    for axis in 1..rank {
        if shape.dim(axis).is_fixed() && c.rarely(2) {
            later.shape = later.shape.with(axis, Dim::Later);
        }
    }
    for node in 0..length {
        let class = if ids && node == 0 { "Embedding" } else { class(c, spec.shape.rank()) };
        let args = arguments(c, class, &spec.shape, 0);
        let Ok((config, _)) = build(class, &args) else { break };
        let (config_later, sure) = build_later(c, class, &args).expect("the same arguments");
        // Floats are no ids, also not within a wrapper.
        if spec.dtype == DType::Float32 && format!("{config:?}").contains("Embedding(") {
            break;
        }
        let by_macro = infer(&config_later, &[Some(later)], node, false);
        match infer(&config, &[Some(spec)], node, false) {
            Inferred::Known(outputs) => {
                let what = format!("{config_later:?} on {} as {config:?} on {}", later.shape, spec.shape);
                // What it is not sure of the macro leaves to the compiler.
                later = if sure { no_lies(by_macro, outputs, &what)? } else { outputs.get(0) };
                chain.steps.push(Step { config, spec });
                spec = outputs.get(0);
            }
            Inferred::Wrong(error) => {
                prop_assert!(!error.text().as_str().is_empty());
                *tally.refused.entry(config.class()).or_default() += 1;
                break;
            }
            Inferred::Unknown => return Err(TestCaseError::fail(format!("nothing known of {config:?}"))),
        }
    }
    Ok(chain)
}

/// What the macro knows of the first output with less knowledge, where it is no lie.
fn no_lies(by_macro: Inferred, known: Outputs, what: &str) -> Result<TensorSpec, TestCaseError> {
    let by_macro = match by_macro {
        Inferred::Known(by_macro) => by_macro,
        Inferred::Wrong(error) => return Err(TestCaseError::fail(format!("{what}: {error}"))),
        Inferred::Unknown => return Err(TestCaseError::fail(what.to_string())),
    };
    prop_assert_eq!(by_macro.len(), known.len(), "{}", what);
    for i in 0..known.len() {
        let (later, known) = (by_macro.get(i), known.get(i));
        prop_assert!(no_lie(&later, &known), "{what}: {} and {}", later.shape, known.shape);
    }
    Ok(by_macro.get(0))
}

/// Runs a layer of a chain, and compares with what the rules say.
fn step(
    chain: &Chain,
    node: usize,
    run: &mut Run,
    (training, context): (bool, &mut Context),
    what: &str,
    tally: &mut Tally,
) -> Result<(), End> {
    let Step { config, spec } = &chain.steps[node];
    let symbolic = infer(config, &[Some(*spec)], node, false).outputs().expect("known before");
    let outputs = match infer(config, &[Some(run.truth)], node, false) {
        Inferred::Known(outputs) => outputs,
        Inferred::Wrong(_) if chain.dynamic() => {
            // No data of these lengths gets in; of a shape without unknowns this was said before.
            tally.too_short += 1;
            return Err(End::Done);
        }
        Inferred::Wrong(_) => return Err(TestCaseError::fail(format!("{what}: refused only now")).into()),
        Inferred::Unknown => return Err(TestCaseError::fail(what.to_string()).into()),
    };
    let layer: Built<()> = with_seed(3, || Built::new("layer", *config, &[Some(*spec)], true));
    compare_weights(&layer, spec, &run.truth, what)?;
    let deep_mask = run.value.mask.as_ref().is_some_and(|mask| mask.rank() > 2);
    let ran = catch_unwind(AssertUnwindSafe(|| {
        Alone::run(
            layer.config(),
            layer.weights(),
            std::slice::from_ref(&run.value),
            [training, false],
            context,
        )
    }));
    let alone = match ran {
        Ok(Ok(alone)) => alone,
        // The rules do not know how many axes a mask has: of one that says more than which steps count, a layer
        // inside a wrapper may find only now that it does not fit. That is an error in words, too.
        Ok(Err(_)) if deep_mask && config.class() == "TimeDistributed" => return Err(End::Done),
        Ok(Err(error)) => return Err(TestCaseError::fail(format!("{what}: {error}")).into()),
        Err(_) => return Err(TestCaseError::fail(format!("{what}: a panic")).into()),
    };
    tally.masked += compare_outputs(&alone.outputs, &symbolic, &outputs, what)?;
    // The mean of a sequence that is padding only is 0 over 0, in Keras too.
    let mean_of_nothing = run.truth.mask == Mask::Present && format!("{config:?}").contains("GlobalAverage");
    for (i, given) in alone.outputs.iter().enumerate() {
        let finite = given.data.to_vec().expect("numbers").iter().all(|x| x.is_finite());
        if mean_of_nothing && !finite {
            return Err(End::Done);
        }
        if !finite {
            return Err(TestCaseError::fail(format!("{what}: output {i} is not finite")).into());
        }
    }
    *tally.layers.entry(config.class()).or_default() += 1;
    run.value = alone.outputs[0].clone();
    run.truth = outputs.get(0);
    run.layers.push((layer, alone));
    Ok(())
}

/// Weights are made from what is known before, and are what the rule on the true lengths asks for.
fn compare_weights(
    layer: &Built<()>,
    spec: &TensorSpec,
    truth: &TensorSpec,
    what: &str,
) -> Result<(), TestCaseError> {
    let config = layer.config();
    let wanted: Vec<Vec<usize>> = config
        .weights(&[*truth])
        .as_slice()
        .iter()
        .map(|w| w.shape.dims().iter().map(|d| d.fixed().expect("a length")).collect())
        .collect();
    let found: Vec<Vec<usize>> = layer.weights().iter().map(|w| w.value().shape()).collect();
    prop_assert_eq!(&found, &wanted, "{}: weights", what);
    let count: usize = wanted.iter().map(|shape| shape.iter().product::<usize>()).sum();
    prop_assert_eq!(keras_core::model::params(config, &[Some(*spec)]), count, "{}: parameters", what);
    prop_assert_eq!(layer.count_params(), count, "{}: parameters", what);
    Ok(())
}

/// Compares shapes and masks with what the rules say before the lengths are known, and by them. Gives how many masks there are.
fn compare_outputs(
    given: &[Value],
    symbolic: &Outputs,
    outputs: &Outputs,
    what: &str,
) -> Result<usize, TestCaseError> {
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
        prop_assert_eq!(symbolic.get(i).mask == Mask::Present, masked, "{}: the mask of output {}", what, i);
        if let Some(mask) = &given.mask {
            let mask = mask.shape();
            prop_assert!(found.starts_with(&mask), "{what}: a mask of {mask:?} for {found:?}");
        }
    }
    Ok(given.iter().filter(|given| given.mask.is_some()).count())
}

/// The gradients of the sum of squares of the last output, back through one layer after the other.
fn back(chain: &Chain, run: &Run) -> Result<(), TestCaseError> {
    let of = configs(&chain.steps);
    let last = run.value.data.to_vec().expect("numbers");
    let mut dy: Vec<f32> = last.into_iter().map(|y| 2.0 * y).collect();
    for (layer, alone) in run.layers.iter().rev() {
        let others = alone.outputs.iter().skip(1);
        let zeros = others.map(|y| vec![0.0; y.data.shape().iter().product()]);
        let dys: Vec<Vec<f32>> = std::iter::once(dy).chain(zeros).collect();
        let gradients = catch_unwind(AssertUnwindSafe(|| alone.gradients(&dys)))
            .map_err(|_| TestCaseError::fail(format!("{of:?}: a panic backwards")))?;
        let [dx, dw] = gradients.expect("gradients");
        for (gradient, param) in dw.iter().zip(layer.weights()) {
            prop_assert_eq!(gradient.len(), param.value().shape().iter().product::<usize>());
            let finite = gradient.iter().all(|x| x.is_finite());
            prop_assert!(finite, "{:?}: the gradient of {} is not finite", of, param.path);
        }
        let Some(first) = dx.into_iter().next() else { break };
        dy = first;
    }
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
