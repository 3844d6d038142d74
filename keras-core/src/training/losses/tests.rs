//! Each loss and its gradient against Keras 3.15.1 on JAX: `numpy.random.RandomState(0)`, rounded inputs, the loss of
//! each sample from `loss.call`, the gradient of `loss(t, p)` from `jax.grad`.

use super::*;
use crate::training::testing::{assert_close, raw};

const LOGITS: &[f32] = &[1.76, 0.4, 0.98, 2.24, 1.87, -0.98, 0.95, -0.15, -0.1, 0.41, 0.14, 1.45];
const PROBS: &[f32] = &[0.3, 0.077, 0.138, 0.485, 0.629, 0.036, 0.251, 0.083, 0.116, 0.193, 0.147, 0.545];
const ONEHOT: &[f32] = &[0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
const SOFT: &[f32] = &[0.34, 0.18, 0.25, 0.22, 0.63, 0.12, 0.19, 0.06, 0.02, 0.4, 0.49, 0.1];
const SIG: &[f32] = &[0.853, 0.599, 0.727, 0.904, 0.866, 0.273, 0.721, 0.463, 0.475, 0.601, 0.535, 0.81];
const BITS: &[f32] = &[1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0];
const NUM: &[f32] = &[2.27, -1.45, 0.05, -0.19, 1.53, 1.47, 0.15, 0.38, -0.89, -1.98, -0.35, 0.16];
const CNT: &[f32] = &[1.0, 0.0, 3.0, 2.0, 0.0, 1.0, 2.0, 5.0, 4.0, 0.0, 0.0, 1.0];
const POS: &[f32] = &[2.37, 1.55, 0.15, 0.29, 1.63, 1.57, 0.25, 0.48, 0.99, 2.08, 0.45, 0.26];
const IDX: &[f32] = &[2.0, 0.0, 3.0];
const SIGNS: &[f32] = &[1.0, -1.0, -1.0, 1.0, -1.0, 1.0, 1.0, -1.0, 1.0, 1.0, -1.0, -1.0];

#[track_caller]
fn case<L: Loss>(loss: L, t: &[f32], p: &[f32], per_sample: &[f32], gradient: &[f32]) {
    let target = raw(t, if L::TARGET == Target::ClassIndices { &[3] } else { &[3, 4] });
    let found = evaluate(&loss, &target, &raw(p, &[3, 4]), None, None).expect("a loss");
    assert_eq!(found.shape, [3]);
    assert_close(&found.losses, per_sample, 2e-6);
    assert_close(&found.gradient, gradient, 2e-6);
}

/// The losses one by one, and their shape.
fn each<L: Loss>(loss: L, t: (&[f32], &[usize]), p: (&[f32], &[usize])) -> Result<(Vec<f32>, Vec<usize>)> {
    let mut plan = EachPlan::new(&loss, t.1, p.1)?;
    let losses = plan.run(t.0, p.0)?.0.to_vec();
    Ok((losses, plan.shape().to_vec()))
}

#[test]
#[rustfmt::skip]
fn keras_numbers() {
    case(CategoricalCrossentropy::new(), ONEHOT, PROBS, &[1.980502, 0.4626235, 0.607969], &[0.3333333, 0.3333333, -2.082126, 0.3333333, -0.1962748, 0.333667, 0.333667, 0.333667, 0.3330003, 0.3330003, 0.3330003, -0.2786205]);
    case(CategoricalCrossentropy::new().label_smoothing(0.1), ONEHOT, PROBS, &[1.944252, 0.6077381, 0.7053601], &[0.3055556, 0.2251082, -1.900966, 0.3161512, -0.1565291, 0.1021855, 0.3004664, 0.2332654, 0.2611613, 0.2898225, 0.276311, -0.2327489]);
    case(CategoricalCrossentropy::new().from_logits(true), SOFT, LOGITS, &[1.525482, 1.101117, 1.702303], &[-0.01426818, -0.03457386, -0.03792127, 0.08676334, -0.0002269447, -0.02786582, 0.02026523, 0.007827546, 0.03226329, -0.06850363, -0.1138437, 0.150084]);
    case(SparseCategoricalCrossentropy::new(), IDX, PROBS, &[1.980502, 0.4626235, 0.607969], &[0.3333333, 0.3333333, -2.082126, 0.3333333, -0.1962748, 0.333667, 0.333667, 0.333667, 0.3330003, 0.3330003, 0.3330003, -0.2786205]);
    case(SparseCategoricalCrossentropy::new().from_logits(true), IDX, LOGITS, &[1.983315, 0.4631167, 0.6073292], &[0.1000658, 0.02568297, -0.2874626, 0.1617138, -0.1235603, 0.01213418, 0.08359856, 0.02782754, 0.03854451, 0.06418783, 0.04899968, -0.151732]);
    case(SparseCategoricalCrossentropy::new().ignore_class(0), IDX, PROBS, &[1.980502, 0.0, 0.607969], &[0.5, 0.5, -3.123188, 0.5, 0.0, 0.0, 0.0, 0.0, 0.4995005, 0.4995005, 0.4995005, -0.4179307]);
    case(BinaryCrossentropy::new(), BITS, SIG, &[0.6179997, 1.064268, 0.9200125], &[-0.09769442, 0.2078138, 0.3052503, -0.0921829, 0.6218905, -0.3052503, -0.1155802, 0.1551831, -0.1754386, -0.1386578, 0.1792115, 0.4385965]);
    case(BinaryCrossentropy::new().label_smoothing(0.2), BITS, SIG, &[0.683501, 1.020573, 0.8879952], &[-0.03123565, 0.1731203, 0.2632627, 0.003840908, 0.5500787, -0.2632627, -0.07415362, 0.1216663, -0.1420217, -0.1039065, 0.145714, 0.3844488]);
    case(BinaryCrossentropy::new().from_logits(true), BITS, LOGITS, &[0.6179024, 1.064984, 0.9199322], &[-0.01223253, 0.04989064, 0.06059235, -0.008017963, 0.07220485, -0.06059235, -0.0232404, 0.03854751, -0.04374827, -0.03324268, 0.04457858, 0.06749988]);
    case(MeanSquaredError, NUM, LOGITS, &[2.6131, 1.75975, 2.0601], &[-0.085, 0.3083333, 0.155, 0.405, 0.05666667, -0.4083334, 0.1333333, -0.08833333, 0.1316667, 0.3983334, 0.08166667, 0.215]);
    case(MeanAbsoluteError, NUM, LOGITS, &[1.43, 1.03, 1.24], &[-0.08333334, 0.08333334, 0.08333334, 0.08333334, 0.08333334, -0.08333334, 0.08333334, -0.08333334, 0.08333334, 0.08333334, 0.08333334, 0.08333334]);
    case(MeanAbsolutePercentageError, NUM, LOGITS, &[822.2502, 215.424, 288.9303], &[-3.671072, 5.747127, 166.6667, 43.85965, 5.446624, -5.668934, 55.55556, -21.92983, 9.363297, 4.208755, 23.80953, 52.08334]);
    case(MeanSquaredLogarithmicError, POS, SIG, &[0.2231158, 0.1784266, 0.1630603], &[-0.05379626, -0.04864654, 0.03924183, 0.03407867, -0.03065263, -0.09197822, 0.03096668, -0.001316123, -0.03383917, -0.06811379, 0.006185325, 0.03335314]);
    case(LogCosh, NUM, LOGITS, &[0.8580399, 0.5615184, 0.6936953], &[-0.03916209, 0.07931217, 0.06088283, 0.08205152, 0.02728979, -0.0821014, 0.05533639, -0.04044843, 0.05486742, 0.08194565, 0.03785137, 0.07159388]);
    case(CosineSimilarity::new(), NUM, LOGITS, &[-0.3702185, -0.3004298, 0.1614377], &[-0.06867401, 0.06423342, 0.01106413, 0.03764734, -0.06694589, -0.1159833, 0.007701301, -0.02805946, 0.09106345, 0.1877941, 0.03161618, -0.04987275]);
    case(Huber::new(), NUM, LOGITS, &[0.960625, 0.6170625, 0.778025], &[-0.0425, 0.08333334, 0.0775, 0.08333334, 0.02833334, -0.08333334, 0.06666666, -0.04416667, 0.06583333, 0.08333334, 0.04083334, 0.08333334]);
    case(Huber::new().delta(0.5), NUM, LOGITS, &[0.59, 0.3932, 0.4950125], &[-0.04166667, 0.04166667, 0.04166667, 0.04166667, 0.02833334, -0.04166667, 0.04166667, -0.04166667, 0.04166667, 0.04166667, 0.04083334, 0.04166667]);
    case(Hinge, BITS, LOGITS, &[0.845, 1.4375, 1.32], &[-0.0, 0.08333334, 0.08333334, -0.0, 0.08333334, -0.08333334, -0.08333334, 0.08333334, -0.08333334, -0.08333334, 0.08333334, 0.08333334]);
    case(Hinge, SIGNS, LOGITS, &[0.845, 1.4375, 1.32], &[-0.0, 0.08333334, 0.08333334, -0.0, 0.08333334, -0.08333334, -0.08333334, 0.08333334, -0.08333334, -0.08333334, 0.08333334, 0.08333334]);
    case(SquaredHinge, BITS, LOGITS, &[1.4701, 3.220575, 2.21505], &[-0.0, 0.2333333, 0.33, -0.0, 0.4783333, -0.33, -0.008333336, 0.1416667, -0.1833333, -0.09833334, 0.19, 0.4083334]);
    case(CategoricalHinge, ONEHOT, LOGITS, &[2.26, 0.07999998, 0.0], &[0.0, 0.0, -0.3333333, 0.3333333, -0.3333333, 0.0, 0.3333333, 0.0, 0.0, 0.0, 0.0, 0.0]);
    case(KLDivergence, SOFT, PROBS, &[0.1700399, 0.07310627, 0.6767377], &[-0.3777778, -0.7792208, -0.6038648, -0.1512028, -0.3338633, -1.111111, -0.252324, -0.2409638, -0.05747126, -0.6908463, -1.111111, -0.06116208]);
    case(Poisson, CNT, POS, &[2.916054, 2.480339, 1.291819], &[0.04817159, 0.08333334, -1.583332, -0.4913792, 0.08333334, 0.03025478, -0.5833331, -0.7847221, -0.2533669, 0.08333334, 0.08333334, -0.2371794]);
    case(BinaryFocalCrossentropy::new(), BITS, SIG, &[0.2546041, 0.5880693, 0.3987547], &[-0.006006476, 0.1657909, 0.3186423, -0.002464373, 0.7564883, -0.3186423, -0.02420778, 0.08124538, -0.1134938, -0.05593362, 0.1195713, 0.5119619]);
    case(BinaryFocalCrossentropy::new().apply_class_balancing(true).gamma(1.5).alpha(0.3).label_smoothing(0.1).from_logits(true), BITS, LOGITS, &[0.1965836, 0.3447798, 0.2690213], &[-0.0006753561, 0.02664324, 0.03860418, -0.0003088448, 0.05045326, -0.01816668, -0.002495276, 0.01560621, -0.009581652, -0.005357166, 0.02117143, 0.04611422]);
    case(CategoricalFocalCrossentropy::new(), ONEHOT, PROBS, &[0.3679, 0.01586501, 0.03154155], &[0.1011858, 0.1011858, -0.6320444, 0.1011858, -0.01731822, 0.02944097, 0.02944097, 0.02944097, 0.04238281, 0.04238281, 0.04238281, -0.03546157]);
    case(CategoricalFocalCrossentropy::new().alpha([0.2, 0.3, 0.5, 0.4]), ONEHOT, PROBS, &[0.7357999, 0.012692, 0.05046648], &[0.2023715, 0.2023715, -1.264089, 0.2023715, -0.01385457, 0.02355277, 0.02355277, 0.02355277, 0.06781249, 0.06781249, 0.06781249, -0.05673852]);
    case(CategoricalFocalCrossentropy::new().gamma(1.5).alpha(0.3).label_smoothing(0.1).from_logits(true), ONEHOT, LOGITS, &[0.4651001, 0.07557533, 0.08550799], &[0.03241789, 0.006058651, -0.09319499, 0.05471845, -0.01151933, -0.0008433411, 0.01079325, 0.001569427, 0.004923758, 0.01024414, 0.007075118, -0.02224301]);
}

#[test]
fn a_missing_last_axis_of_one() {
    let loss =
        |t: &[usize], p: &[usize]| each(MeanSquaredError, (&SIG[..6], t), (&LOGITS[..6], p)).expect("a loss");
    let expected = loss(&[6, 1], &[6, 1]);
    assert_eq!(expected.1, [6]);
    assert_eq!(loss(&[6], &[6, 1]), expected);
    assert_eq!(loss(&[6, 1], &[6]), expected);
    assert_eq!(loss(&[2, 3], &[2, 3, 1]).1, [2, 3]);
}

#[test]
fn sequences() {
    for shape in [&[1, 3][..], &[1, 3, 1]] {
        let found = each(SparseCategoricalCrossentropy::new(), (IDX, shape), (PROBS, &[1, 3, 4]));
        let (losses, shape) = found.expect("a loss");
        assert_eq!(shape, [1, 3]);
        assert_close(&losses, &[1.980_502, 0.462_623_5, 0.607_969], 1e-6);
    }
}

#[test]
fn saturated_outputs_stay_finite() {
    for logits in [[200.0, -200.0], [-200.0, 200.0]] {
        let (t, p) = (raw(&[1.0, 0.0], &[1, 2]), raw(&logits, &[1, 2]));
        let categorical = evaluate(&CategoricalCrossentropy::new().from_logits(true), &t, &p, None, None);
        let binary = evaluate(&BinaryCrossentropy::new().from_logits(true), &t, &p, None, None);
        for found in [categorical.expect("a loss"), binary.expect("a loss")] {
            assert!(found.gradient.iter().all(|g| g.is_finite()) && found.loss.is_finite());
        }
    }
}

#[test]
fn wrong_targets_are_named() {
    let error = |loss: Result<(Vec<f32>, Vec<usize>)>| loss.expect_err("wrong targets").to_string();
    let (categorical, sparse) = (CategoricalCrossentropy::new(), SparseCategoricalCrossentropy::new());
    let p = (PROBS, &[3, 4][..]);
    assert_eq!(
        error(each(categorical, (&ONEHOT[..9], &[3, 3]), p)),
        "target: axis 1 is 3, the model's output has 4 there (targets [3, 3], output [3, 4])"
    );
    assert_eq!(
        error(each(categorical, (IDX, &[3]), p)),
        "target: shape [3] does not go with the model's output [3, 4]"
    );
    assert_eq!(
        error(each(sparse, (ONEHOT, &[3, 4]), p)),
        "target: one number per class [3, 4] where an index per sample [3] is expected; \
         for one-hot targets use `CategoricalCrossentropy`"
    );
    assert!(each(sparse, (&IDX[..2], &[2]), p).is_err());
    assert_eq!(
        error(each(categorical.axis(2), (ONEHOT, &[3, 4]), p)),
        "`categorical_crossentropy`: `axis` is 2, and the model's output (3, 4) has 2 axes"
    );
}

#[test]
fn class_indices_beyond_the_classes_are_found_before_training() {
    let sparse = SparseCategoricalCrossentropy::new();
    assert!(sparse.check(&[0.0, 3.0], &[2, 4]).is_ok());
    assert_eq!(
        sparse.check(&[0.0, 4.0], &[2, 4]).expect_err("class 4 of 4").to_string(),
        "target: class 4 (number 1, counted from 0): the model's output has 4 classes, 0 to 3"
    );
    assert!(sparse.check(&[-1.0], &[1, 4]).is_err());
    assert!(sparse.check(&[f32::NAN], &[1, 4]).is_err());
    assert!(sparse.ignore_class(-1).check(&[-1.0], &[1, 4]).is_ok());
    // The classes are on the last axis, whichever way that is said.
    assert!(
        sparse.axis(1).check(&[0.0], &[1, 4]).is_ok() && sparse.axis(1).check(&[0.0; 3], &[1, 4, 3]).is_err()
    );
    let found = each(sparse.axis(1), (&[1.0, 2.0, 3.0], &[3]), (PROBS, &[3, 4])).expect("losses").0;
    assert_close(&found, &each(sparse, (&[1.0, 2.0, 3.0], &[3]), (PROBS, &[3, 4])).expect("losses").0, 1e-6);
    let error = each(sparse.axis(0), (&[1.0, 2.0, 3.0], &[3]), (PROBS, &[3, 4]))
        .expect_err("another axis")
        .to_string();
    assert!(error.contains("the classes are on the last axis of an output, found `axis` 0"), "{error}");
    // As Keras on JAX: such a class costs nothing.
    let found = each(sparse, (&[4.0, 0.0, -1.0], &[3]), (PROBS, &[3, 4]));
    assert_close(&found.expect("losses").0, &[0.0, 0.462_623_5, 0.0], 1e-6);
}

// keras.losses.loss.reduce_weighted_values on the same numbers:
// v = [[1, 2, 3], [4, 5, 6]], m = [[1, 1, 0], [1, 0, 0]], w = [[1, 2, 3], [0.5, 1, 2]]
const V: [f32; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
const W: [f32; 6] = [1.0, 2.0, 3.0, 0.5, 1.0, 2.0];

/// A loss that is the outputs themselves.
#[derive(Clone)]
struct Themselves;

impl Loss for Themselves {
    const TARGET: Target = Target::SameAsOutput;
    type Targets = crate::training::target::SameAsOutput;
    fn name(&self) -> &'static str {
        "themselves"
    }
    fn call(&self, _: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        Ok(y_pred.clone())
    }
}

fn reduced(
    reduction: &str,
    shape: &[usize],
    weight: Option<(&[f32], &[usize])>,
    mask: Option<&[f32]>,
) -> Result<f64> {
    let v = raw(&V, shape);
    let weight = weight.map(|(w, shape)| raw(w, shape));
    let mask = mask.map(|m| raw(m, shape));
    let found = evaluate(&Themselves.reduction(reduction), &v, &v, weight.as_ref(), mask.as_ref())?;
    Ok(found.loss)
}

#[test]
fn reductions_are_those_of_keras() {
    let m: &[f32] = &[1.0, 1.0, 0.0, 1.0, 0.0, 0.0];
    let (w, none): ((&[f32], &[usize]), &[f32]) = ((&W, &[2, 3]), &[0.0; 6]);
    for (reduction, weight, mask, expected) in [
        ("sum_over_batch_size", None, None, 3.5),
        ("sum_over_batch_size", Some(w), None, 5.5),
        ("mean", None, Some(m), 7.0 / 3.0),
        ("mean", Some(w), Some(m), 7.0 / 3.0),
        ("mean", None, Some(none), 0.0),
        ("sum", None, None, 21.0),
        ("sum", Some(w), Some(m), 7.0),
        ("mean_with_sample_weight", None, None, 3.5),
        ("mean_with_sample_weight", Some(w), None, 33.0 / 9.5),
        ("mean_with_sample_weight", Some(w), Some(m), 7.0 / 3.5),
        ("mean_with_sample_weight", None, Some(m), 7.0 / 3.0),
        ("mean_with_sample_weight", Some(w), Some(none), 0.0),
    ] {
        let found = reduced(reduction, &[2, 3], weight, mask).expect("a loss");
        assert!((found - expected).abs() < 1e-6, "{reduction} {weight:?} {mask:?}: {found}, {expected}");
    }
}

#[test]
fn weights_of_a_sample_belong_to_its_steps() {
    let of = |shape: &[usize], weight: (&[f32], &[usize])| {
        reduced("mean", shape, Some(weight), None).expect("a loss")
    };
    let expected = (2.0 * 6.0 + 15.0) / 6.0;
    assert_eq!(of(&[2, 3], (&[2.0, 1.0], &[2])), expected);
    assert_eq!(of(&[2, 3], (&[2.0, 1.0], &[2, 1])), expected);
    assert_eq!(of(&[6], (&W, &[6, 1])), 5.5);
}

#[test]
fn what_cannot_be_reduced_is_told() {
    let error =
        |reduction, weight| reduced(reduction, &[2, 3], weight, None).expect_err("no loss").to_string();
    assert_eq!(
        error("mean", Some((&V[..3], &[3][..]))),
        "sample weight: shape [3] does not go with losses of shape [2, 3]"
    );
    let help = "help: one of \"sum_over_batch_size\", \"sum\", \"mean\", \"mean_with_sample_weight\"";
    assert_eq!(
        error("average", None),
        format!("`themselves`: `reduction` is \"average\": there is no such reduction\n{help}")
    );
    assert_eq!(
        error("none", None),
        format!(
            "`themselves`: `reduction` is \"none\": with `\"none\"` there is no one number to train on\n{help}"
        )
    );
}

/// What a kernel and the operations give for the same batch.
fn both<L: Loss>(loss: &L, t: (&[f32], &[usize]), p: &[f32], shape: &[usize]) -> [(f64, Vec<f32>); 2] {
    let Some(native) = loss.native() else { panic!("a kernel") };
    let (last, rows) = (shape[shape.len() - 1], shape[..shape.len() - 1].iter().product::<usize>());
    let factors = vec![1.0 / rows as f32; rows];
    let mut gradient = vec![0.0; p.len()];
    let batch = Rows { t: t.0, p, last, factors: &factors };
    let value = native.run(&batch, Some(&mut gradient), &mut Scratch::default()).expect("a kernel for these");
    let found = evaluate(loss, &raw(t.0, t.1), &raw(p, shape), None, None).expect("a loss");
    [(value, gradient), (found.loss, found.gradient)]
}

#[test]
fn kernels_compute_what_the_operations_say() {
    let close = |[kernel, ops]: [(f64, Vec<f32>); 2]| {
        assert!((kernel.0 - ops.0).abs() <= 2e-6 * ops.0.abs().max(1.0), "{kernel:?}, {ops:?}");
        assert_close(&kernel.1, &ops.1, 2e-6);
    };
    for shape in [&[3, 4][..], &[1, 3, 4], &[12, 1], &[1, 12]] {
        let t = |t| (t, shape);
        for logits in [false, true] {
            let p = if logits { LOGITS } else { SIG };
            let smooth = |smoothing| BinaryCrossentropy::new().from_logits(logits).label_smoothing(smoothing);
            close(both(&smooth(0.0), t(BITS), p, shape));
            close(both(&smooth(0.3), t(BITS), p, shape));
            let p = if logits { LOGITS } else { PROBS };
            let smooth =
                |smoothing| CategoricalCrossentropy::new().from_logits(logits).label_smoothing(smoothing);
            close(both(&smooth(0.0), t(SOFT), p, shape));
            close(both(&smooth(0.3), t(ONEHOT), p, shape));
            if shape[..] == [3, 4] {
                let sparse = SparseCategoricalCrossentropy::new().from_logits(logits);
                close(both(&sparse, (IDX, &[3]), p, shape));
            }
        }
        close(both(&MeanSquaredError, t(NUM), LOGITS, shape));
        close(both(&MeanAbsoluteError, t(NUM), LOGITS, shape));
        close(both(&Huber::new().delta(0.7), t(NUM), LOGITS, shape));
    }
}

/// By Keras 3.15: a target that is not finite is no label of 0 or 1, and stays.
#[test]
fn targets_of_hinges_may_be_infinite() {
    let infinite = f32::NEG_INFINITY;
    let (losses, _) = each(Hinge, (&[infinite, 1.0], &[1, 2]), (&[-2.0, 0.5], &[1, 2])).expect("losses");
    assert_eq!(losses, [0.25]);
    let (losses, _) =
        each(SquaredHinge, (&[1.0, infinite], &[1, 2]), (&[0.5, -1e30], &[1, 2])).expect("losses");
    assert_eq!(losses, [0.125]);
}
