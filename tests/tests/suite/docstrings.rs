//! The examples of Keras's documentation of losses and metrics, with the numbers that Keras 3.15 gives on JAX; where those are of
//! integers that Keras takes weights for, with the numbers of the documentation.

use keras_core::prelude::*;
use keras_core::training::losses::{self, Evaluated};
use keras_core::training::metrics::{
    self, BinaryIoU, ConcordanceCorrelation, F1Score, FBetaScore, FalseNegatives, FalsePositives, IoU,
    LabelAccuracy, LossMetric, MeanIoU, OneHotIoU, OneHotMeanIoU, PearsonCorrelation, PrecisionAtRecall,
    R2Score, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity, TrueNegatives,
    TruePositives,
};

/// A tensor of these rows.
fn rows<const N: usize, const M: usize>(all: [[f32; N]; M]) -> Raw {
    Raw::from_f32(all.concat(), &[M, N]).expect("rows")
}

fn line<const N: usize>(all: [f32; N]) -> Raw {
    Raw::from_f32(all.to_vec(), &[N]).expect("numbers")
}

fn near(what: &str, found: f64, wanted: f64) {
    assert!((found - wanted).abs() <= 2e-6 * wanted.abs().max(1.0), "{what}: {found} instead of {wanted}");
}

/// What a metric gives of these alone, and then of these with weights.
fn of_metric(mut metric: impl Metric, y: [&Raw; 2], weights: Option<&Raw>) -> f64 {
    metric.update_state(y[0], y[1], weights).unwrap_or_else(|e| panic!("{}: {e}", metric.name()));
    metric.result()
}

fn of_loss(loss: &impl Loss, y: [&Raw; 2], weights: Option<&Raw>) -> Evaluated {
    losses::evaluate(loss, y[0], y[1], weights, None).unwrap_or_else(|e| panic!("{}: {e}", loss.name()))
}

fn all_near(what: &str, found: &[f32], wanted: &[f64]) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    found.iter().zip(wanted).for_each(|(found, wanted)| near(what, f64::from(*found), *wanted));
}

#[test]
fn examples_of_crossentropies() {
    let (t, p) = (line([0.0, 1.0, 0.0, 0.0]), line([-18.6, 0.51, 2.94, -12.8]));
    let bce = BinaryCrossentropy::new().from_logits(true);
    near("bce", of_loss(&bce, [&t, &p], None).loss, 0.865_458);
    let focal = |gamma: f64, balanced: bool| {
        BinaryFocalCrossentropy::new().gamma(gamma).from_logits(true).apply_class_balancing(balanced)
    };
    near("focal", of_loss(&focal(2.0, false), [&t, &p], None).loss, 0.691_211_9);
    near("focal, balanced", of_loss(&focal(2.0, true), [&t, &p], None).loss, 0.510_133_15);
    let (t, p) = (rows([[0.0, 1.0], [0.0, 0.0]]), rows([[-18.6, 0.51], [2.94, -12.8]]));
    let weights = line([0.8, 0.2]);
    let found = of_loss(&bce, [&t, &p], None);
    near("bce", found.loss, 0.865_458);
    all_near("bce", &found.losses, &[0.235_156_66, 1.495_759_4]);
    near("bce", of_loss(&bce, [&t, &p], Some(&weights)).loss, 0.243_638_6);
    near("bce", of_loss(&bce.reduction("sum"), [&t, &p], None).loss, 1.730_916);
    near("focal", of_loss(&focal(3.0, false), [&t, &p], None).loss, 0.646_994_77);
    near("focal", of_loss(&focal(3.0, true), [&t, &p], None).loss, 0.482_141_05);
    near("focal", of_loss(&focal(3.0, false), [&t, &p], Some(&weights)).loss, 0.133_124_96);
    near("focal", of_loss(&focal(3.0, true), [&t, &p], Some(&weights)).loss, 0.097_359_72);
    near("focal", of_loss(&focal(4.0, false).reduction("sum"), [&t, &p], None).loss, 1.221_880_1);
    near("focal", of_loss(&focal(4.0, true).reduction("sum"), [&t, &p], None).loss, 0.914_080_1);
    all_near("focal", &of_loss(&focal(5.0, false), [&t, &p], None).losses, &[0.001_748_37, 1.156_102]);
    all_near("focal", &of_loss(&focal(5.0, true), [&t, &p], None).losses, &[4.370_932_3e-4, 0.867_076_46]);
    let p = rows([[0.6, 0.4], [0.4, 0.6]]);
    let bce = BinaryCrossentropy::new();
    all_near("bce", &of_loss(&bce, [&t, &p], None).losses, &[0.916_290_76, 0.713_558_2]);
    let focal = BinaryFocalCrossentropy::new().gamma(2.0);
    all_near("focal", &of_loss(&focal, [&t, &p], None).losses, &[0.329_864_68, 0.205_798_39]);

    let p = rows([[0.05, 0.95, 0.0], [0.1, 0.8, 0.1]]);
    let (one_hot, ids) = (rows([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), line([1.0, 2.0]));
    let weights = line([0.3, 0.7]);
    let (cce, scce) = (CategoricalCrossentropy::new(), SparseCategoricalCrossentropy::new());
    for found in [of_loss(&cce, [&one_hot, &p], None), of_loss(&scce, [&ids, &p], None)] {
        near("cce", found.loss, 1.176_939_2);
        all_near("cce", &found.losses, &[0.051_293_31, core::f64::consts::LN_10]);
    }
    near("cce", of_loss(&cce, [&one_hot, &p], Some(&weights)).loss, 0.813_598_8);
    near("scce", of_loss(&scce, [&ids, &p], Some(&weights)).loss, 0.813_598_8);
    near("cce", of_loss(&cce.reduction("sum"), [&one_hot, &p], None).loss, 2.353_878_5);
    near("scce", of_loss(&scce.reduction("sum"), [&ids, &p], None).loss, 2.353_878_5);
    let focal = CategoricalFocalCrossentropy::new();
    let found = of_loss(&focal, [&one_hot, &p], None);
    near("focal", found.loss, 0.233_152_76);
    all_near("focal", &found.losses, &[3.205_833_1e-5, 4.662_734_6e-1]);
    near("focal", of_loss(&focal, [&one_hot, &p], Some(&weights)).loss, 0.163_200_53);
    let p = rows([[0.05, 0.9, 0.05], [0.1, 0.85, 0.05]]);
    all_near("focal", &of_loss(&focal, [&one_hot, &p], None).losses, &[2.634_014_8e-4, 6.759_120_8e-1]);
}

#[test]
fn examples_of_other_losses() {
    let (t, p) = (line([1.0, 0.3, 1.0]), line([1.9, 0.3, 1.8]));
    near("mae", of_loss(&MeanAbsoluteError, [&t, &p], None).loss, 0.566_666_66);
    let (t, p) = (line([100.0, 200.0, 300.0]), line([90.0, 210.0, 310.0]));
    near("mape", of_loss(&MeanAbsolutePercentageError, [&t, &p], None).loss, 6.111_111_6);
    let (t, p) = (line([1.0, 0.0, 1.0]), line([0.9, 0.1, 0.8]));
    near("mse", of_loss(&MeanSquaredError, [&t, &p], None).loss, 0.02);
    let (t, p) = (rows([[0.0, 1.0], [0.0, 0.0]]), rows([[0.6, 0.4], [0.4, 0.6]]));
    all_near("huber", &of_loss(&Huber::new(), [&t, &p], None).losses, &[0.18, 0.13]);
    let p = rows([[1.0, 1.0], [0.0, 0.0]]);
    all_near("log_cosh", &of_loss(&LogCosh, [&t, &p], None).losses, &[0.216_890_45, 0.0]);
    let t = rows([[0.0, 1.0], [1.0, 1.0], [1.0, 1.0]]);
    let p = rows([[1.0, 0.0], [1.0, 1.0], [-1.0, -1.0]]);
    let found = of_loss(&CosineSimilarity::new(), [&t, &p], None).losses;
    all_near("cosine", &found, &[0.0, -0.999_999_94, 0.999_999_94]);
    let image = |numbers: [f32; 8]| Raw::from_f32(numbers.to_vec(), &[2, 2, 2, 1]).expect("images");
    let (t, p) =
        (image([1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]), image([0.0, 1.0, 0.0, 1.0, 0.4, 0.0, 0.0, 0.9]));
    near("dice", of_loss(&Dice::new(), [&t, &p], None).loss, 0.616_438_4);
    let found = of_loss(&Dice::new().axis([1, 2, 3]), [&t, &p], None).losses;
    all_near("dice", &found, &[0.5, 0.757_575_75]);
    let (t, p) = (line([0.0, 1.0, 0.0, 1.0]), rows([[0.7, 0.3], [0.2, 0.8], [0.6, 0.4], [0.4, 0.6]]));
    // (1 - p^0.5) / 0.5 of the right classes, by hand.
    let wanted = [0.7f64, 0.8, 0.6, 0.6].map(|p| (1.0 - p.sqrt()) / 0.5);
    let gce = CategoricalGeneralizedCrossEntropy::new();
    all_near("gce", &of_loss(&gce, [&t, &p], None).losses, &wanted);
}

#[test]
fn examples_of_counts() {
    let y = [&line([0.0, 0.0, 1.0, 1.0]), &line([0.0, 0.5, 0.3, 0.9])];
    let weights = line([1.0, 0.0, 0.0, 1.0]);
    near("auc", of_metric(AUC::new().num_thresholds(3), y, None), 0.75);
    near("auc", of_metric(AUC::new().num_thresholds(3), y, Some(&weights)), 1.0);
    near("recall at", of_metric(RecallAtPrecision::new(0.8), y, None), 0.5);
    near("recall at", of_metric(RecallAtPrecision::new(0.8), y, Some(&weights)), 1.0);
    let y = [&line([0.0, 0.0, 0.0, 1.0, 1.0]), &line([0.0, 0.3, 0.8, 0.3, 0.8])];
    near("precision at", of_metric(PrecisionAtRecall::new(0.5), y, None), 0.5);
    let weights = line([2.0, 2.0, 2.0, 1.0, 1.0]);
    near("precision at", of_metric(PrecisionAtRecall::new(0.5), y, Some(&weights)), 0.333_333_34);
    near("sensitivity", of_metric(SensitivityAtSpecificity::new(0.5), y, None), 0.5);
    let weights = line([1.0, 1.0, 2.0, 2.0, 1.0]);
    near("sensitivity", of_metric(SensitivityAtSpecificity::new(0.5), y, Some(&weights)), 0.333_333_34);
    near("specificity", of_metric(SpecificityAtSensitivity::new(0.5), y, None), 0.666_666_7);
    let weights = line([1.0, 1.0, 2.0, 2.0, 2.0]);
    near("specificity", of_metric(SpecificityAtSensitivity::new(0.5), y, Some(&weights)), 0.5);
    let weights = line([0.0, 0.0, 1.0, 0.0]);
    let y = [&line([0.0, 1.0, 1.0, 1.0]), &line([0.0, 1.0, 0.0, 0.0])];
    near("fn", of_metric(FalseNegatives::new(), y, None), 2.0);
    near("fn", of_metric(FalseNegatives::new(), y, Some(&weights)), 1.0);
    let y = [&line([0.0, 1.0, 0.0, 0.0]), &line([0.0, 0.0, 1.0, 1.0])];
    near("fp", of_metric(FalsePositives::new(), y, None), 2.0);
    near("fp", of_metric(FalsePositives::new(), y, Some(&weights)), 1.0);
    let y = [&line([0.0, 1.0, 0.0, 0.0]), &line([1.0, 1.0, 0.0, 0.0])];
    near("tn", of_metric(TrueNegatives::new(), y, None), 2.0);
    near("tn", of_metric(TrueNegatives::new(), y, Some(&weights)), 1.0);
    let y = [&line([0.0, 1.0, 1.0, 1.0]), &line([1.0, 0.0, 1.0, 1.0])];
    near("tp", of_metric(TruePositives::new(), y, None), 2.0);
    near("tp", of_metric(TruePositives::new(), y, Some(&weights)), 1.0);
    near("precision", of_metric(Precision::new(), y, None), 0.666_666_7);
    near("precision", of_metric(Precision::new(), y, Some(&weights)), 1.0);
    near("recall", of_metric(Recall::new(), y, None), 0.666_666_7);
    near("recall", of_metric(Recall::new(), y, Some(&weights)), 1.0);
    let y = [&line([0.0, 0.0, 1.0, 1.0]), &line([1.0, 1.0, 1.0, 1.0])];
    near("precision", of_metric(Precision::new().top_k(2), y, None), 0.0);
    near("precision", of_metric(Precision::new().top_k(4), y, None), 0.5);
}

#[test]
fn examples_of_accuracies() {
    let (t, p) = (rows([[1.0], [2.0], [3.0], [4.0]]), rows([[0.0], [2.0], [3.0], [4.0]]));
    near("accuracy", of_metric(LabelAccuracy::new(), [&t, &p], None), 0.75);
    near("accuracy", of_metric(LabelAccuracy::new(), [&t, &p], Some(&line([1.0, 1.0, 0.0, 0.0]))), 0.5);
    let y = [&rows([[1.0], [1.0], [0.0], [0.0]]), &rows([[0.98], [1.0], [0.0], [0.6]])];
    near("binary", of_metric(BinaryAccuracy::new(), y, None), 0.75);
    near("binary", of_metric(BinaryAccuracy::new(), y, Some(&line([1.0, 0.0, 0.0, 1.0]))), 0.5);
    let weights = line([0.7, 0.3]);
    let y = [&rows([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), &rows([[0.1, 0.9, 0.8], [0.05, 0.95, 0.0]])];
    near("categorical", of_metric(CategoricalAccuracy::new(), y, None), 0.5);
    near("categorical", of_metric(CategoricalAccuracy::new(), y, Some(&weights)), 0.3);
    near("top k", of_metric(TopKCategoricalAccuracy::new().k(1), y, None), 0.5);
    near("top k", of_metric(TopKCategoricalAccuracy::new().k(1), y, Some(&weights)), 0.3);
    let y = [&line([2.0, 1.0]), y[1]];
    near("top k", of_metric(SparseTopKCategoricalAccuracy::new().k(1), y, None), 0.5);
    near("top k", of_metric(SparseTopKCategoricalAccuracy::new().k(1), y, Some(&weights)), 0.3);
    let y = [&line([2.0, 1.0]), &rows([[1.0, 0.0, 3.0], [1.0, 2.0, 3.0]])];
    let sorted = SparseTopKCategoricalAccuracy::new().k(1).from_sorted_ids(true);
    near("top k", of_metric(sorted, y, None), 0.5);
    let y = [&rows([[2.0], [1.0]]), &rows([[0.1, 0.6, 0.3], [0.05, 0.95, 0.0]])];
    near("sparse", of_metric(SparseCategoricalAccuracy::new(), y, None), 0.5);
    near("sparse", of_metric(SparseCategoricalAccuracy::new(), y, Some(&weights)), 0.3);
}

#[test]
fn examples_of_means() {
    let (first, weights) = (line([1.0, 0.0]), line([0.3, 0.7]));
    let y = [&rows([[0.0, 1.0], [0.0, 0.0]]), &rows([[0.6, 0.4], [0.4, 0.6]])];
    let bce = || LossMetric::new(BinaryCrossentropy::new());
    near("bce", of_metric(bce(), y, None), 0.814_924_5);
    near("bce", of_metric(bce(), y, Some(&first)), 0.916_290_76);
    let hinge = || LossMetric::new(CategoricalHinge::new());
    near("categorical hinge", of_metric(hinge(), y, None), 1.400_000_1);
    near("categorical hinge", of_metric(hinge(), y, Some(&first)), 1.2);
    near("hinge", of_metric(LossMetric::new(Hinge::new()), y, None), 1.3);
    near("hinge", of_metric(LossMetric::new(Hinge::new()), y, Some(&first)), 1.1);
    near("squared hinge", of_metric(LossMetric::new(SquaredHinge::new()), y, None), 1.86);
    near("squared hinge", of_metric(LossMetric::new(SquaredHinge::new()), y, Some(&first)), 1.46);
    near("kl", of_metric(LossMetric::new(KLDivergence::new()), y, None), 0.458_143_06);
    near("kl", of_metric(LossMetric::new(KLDivergence::new()), y, Some(&first)), 0.916_289_2);
    let y = [&rows([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), &rows([[0.05, 0.95, 0.0], [0.1, 0.8, 0.1]])];
    let cce = || LossMetric::new(CategoricalCrossentropy::new());
    near("cce", of_metric(cce(), y, None), 1.176_939_2);
    near("cce", of_metric(cce(), y, Some(&weights)), 1.627_197_6);
    let ids = [&line([1.0, 2.0]), y[1]];
    let scce = || LossMetric::new(SparseCategoricalCrossentropy::new());
    near("scce", of_metric(scce(), ids, None), 1.176_939_2);
    near("scce", of_metric(scce(), ids, Some(&weights)), 1.627_197_6);
    let y = [&rows([[0.0, 1.0], [0.0, 0.0]]), &rows([[1.0, 1.0], [0.0, 0.0]])];
    near("mae", of_metric(metrics::MeanAbsoluteError::new(), y, None), 0.25);
    near("mae", of_metric(metrics::MeanAbsoluteError::new(), y, Some(&first)), 0.5);
    near("mse", of_metric(metrics::MeanSquaredError::new(), y, None), 0.25);
    near("rmse", of_metric(RootMeanSquaredError::new(), y, None), 0.5);
    near("rmse", of_metric(RootMeanSquaredError::new(), y, Some(&first)), 0.707_106_77);
    near("msle", of_metric(metrics::MeanSquaredLogarithmicError::new(), y, None), 0.120_113_22);
    near("msle", of_metric(metrics::MeanSquaredLogarithmicError::new(), y, Some(&first)), 0.240_226_43);
    near("log cosh", of_metric(LossMetric::new(LogCosh::new()), y, None), 0.108_445_23);
    near("log cosh", of_metric(LossMetric::new(LogCosh::new()), y, Some(&first)), 0.216_890_45);
    near("poisson", of_metric(LossMetric::new(Poisson::new()), y, None), 0.499_999_97);
    near("poisson", of_metric(LossMetric::new(Poisson::new()), y, Some(&first)), 0.999_999_94);
    let y = [&rows([[0.0, 1.0], [1.0, 1.0]]), &rows([[1.0, 0.0], [1.0, 1.0]])];
    let cosine = || metrics::CosineSimilarity::new().axis(1);
    near("cosine", of_metric(cosine(), y, None), 0.499_999_97);
    near("cosine", of_metric(cosine(), y, Some(&weights)), 0.699_999_9);
    let y = [&rows([[0.0, 1.0, 0.5], [1.0, 1.0, 0.2]]), &rows([[0.1, 0.9, 0.5], [1.0, 0.9, 0.2]])];
    near("concordance", of_metric(ConcordanceCorrelation::new().axis(-1), y, None), 0.981_631_64);
    near("pearson", of_metric(PearsonCorrelation::new().axis(-1), y, None), 0.996_699_6);
    let y = [&rows([[1.0], [4.0], [3.0]]), &rows([[2.0], [4.0], [4.0]])];
    near("r2", of_metric(R2Score::new(), y, None), 0.571_428_54);
}

#[test]
fn examples_of_overlaps() {
    let y = [&line([0.0, 0.0, 1.0, 1.0]), &line([0.0, 1.0, 0.0, 1.0])];
    let weights = line([0.3, 0.3, 0.3, 0.1]);
    near("iou", of_metric(IoU::new(2, [0]), y, None), 0.333_333_34);
    near("iou", of_metric(IoU::new(2, [0]), y, Some(&weights)), 0.333_333_34);
    near("mean iou", of_metric(MeanIoU::new(2), y, None), 0.333_333_34);
    near("mean iou", of_metric(MeanIoU::new(2), y, Some(&weights)), 0.238_095_25);
    let y = [&line([0.0, 1.0, 0.0, 1.0]), &line([0.1, 0.2, 0.4, 0.7])];
    let binary = || BinaryIoU::new().target_class_ids([0, 1]).threshold(0.3);
    near("binary iou", of_metric(binary(), y, None), 0.333_333_34);
    near("binary iou", of_metric(binary(), y, Some(&line([0.2, 0.3, 0.4, 0.1]))), 0.173_611_12);
    let t = rows([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]);
    let p = rows([[0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.5, 0.3, 0.1], [0.1, 0.4, 0.5]]);
    let weights = line([0.1, 0.2, 0.3, 0.4]);
    // 0.1 / 0.7 and 0 of 0.9, as the documentation rounds: 0.071 and 0.048.
    let wanted = 0.1 / 0.7;
    near("one hot iou", of_metric(OneHotIoU::new(3, [0, 2]), [&t, &p], Some(&weights)), wanted / 2.0);
    near("one hot mean iou", of_metric(OneHotMeanIoU::new(3), [&t, &p], Some(&weights)), wanted / 3.0);
    let t = rows([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]);
    let p = rows([[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]]);
    let f1 = of_metric(F1Score::new().threshold(0.5), [&t, &p], None);
    near("f1", f1, (0.5 + 0.8 + 0.666_666_7) / 3.0);
    let mut f2 = FBetaScore::new().beta(2.0).threshold(0.5);
    f2.update_state(&t, &p, None).expect("counts");
    let found: Vec<f64> = f2.results().into_iter().map(|(_, value)| value).collect();
    assert_eq!(found.len(), 3);
    [0.384_615_4, 0.909_090_94, 0.833_333_2].iter().zip(&found).for_each(|(w, f)| near("f2", *f, *w));
}

/// In files it is the class that Keras calls `Accuracy`.
#[test]
fn label_accuracy_goes_through_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("labels.keras");
    let model = model!(Input(2) => Dense(1, kernel_initializer = ones));
    model.compile("sgd", MeanSquaredError::new(), LabelAccuracy::new()).save(&path).expect("a file");
    let x = ndarray::arr2(&[[1.0f32, 1.0], [2.0, 1.0]]);
    let y = ndarray::arr2(&[[2.0f32], [2.0]]);
    let mut again = load_model(&path).expect("a model").compiled().expect("compiled");
    let found = again.evaluate(&x, &y).verbose(0).run().expect("numbers");
    near("accuracy", found.get("accuracy").expect("a metric"), 0.5);
}
