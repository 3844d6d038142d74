//! Several ranks train as one process does with the same batches: losses, metrics, weights and predictions after 20 steps.

pub mod models;

use keras_core::Result;
use keras_core::runtime::Runtime;
use keras_tests::ranks::on_ranks;

use models::Outcome;

/// Whether two trainings differ by less than `tolerance`.
fn check(name: &str, ranks: usize, alone: &Outcome, together: &Outcome, tolerance: f64) {
    assert_eq!(alone.len(), together.len(), "{name} on {ranks}");
    for ((what, a), (other, b)) in alone.iter().zip(together) {
        assert_eq!((what, a.len()), (other, b.len()), "{name} on {ranks}");
        for (i, (a, b)) in a.iter().zip(b).enumerate() {
            let near = (a - b).abs() <= tolerance * (1.0 + a.abs());
            assert!(near, "{name} on {ranks} ranks: {what}[{i}] is {b}, alone {a}");
        }
    }
}

/// Trains alone and on 1, 2, 3 and 4 ranks.
fn compare(name: &str, train: impl Fn(Runtime) -> Result<Outcome> + Sync) {
    let alone = train(Runtime::new().threads(1).seed(3)).expect("a training");
    assert!(alone.iter().flat_map(|(_, all)| all).all(|x| x.is_finite()), "{name}: {alone:?}");
    for ranks in 1..=4 {
        let all = on_ranks(ranks, |runtime| train(runtime.seed(3)).expect("a training"));
        check(name, ranks, &alone, &all[0], 1e-5);
        assert!(all.iter().all(|own| *own == all[0]), "{name}: ranks of {ranks} differ");
        if ranks == 1 {
            assert!(all[0] == alone, "{name}: one rank is not one process");
        }
        if ranks == 3 {
            let again = on_ranks(ranks, |runtime| train(runtime.seed(3)).expect("a training"));
            assert!(again == all, "{name}: the same ranks give other bits");
        }
    }
}

#[test]
fn dense_layers_with_weights_and_validation() {
    models::dense_layers_with_weights_and_validation();
}

#[test]
fn convolutions_with_synchronized_batch_normalization() {
    models::convolutions_with_synchronized_batch_normalization();
}

#[test]
fn masked_sequences_with_a_target_for_each_step() {
    models::masked_sequences_with_a_target_for_each_step();
}

#[test]
fn masked_batch_normalization() {
    models::masked_batch_normalization();
}

#[test]
fn embeddings_with_class_weights() {
    models::embeddings_with_class_weights();
}

#[test]
fn two_outputs_with_penalties_of_weights() {
    models::two_outputs_with_penalties_of_weights();
}

#[test]
fn a_loss_over_the_whole_batch() {
    models::a_loss_over_the_whole_batch();
}

#[test]
fn an_own_loss_that_compares_samples() {
    models::an_own_loss_that_compares_samples();
}

#[test]
fn what_layers_add_to_the_loss() {
    models::what_layers_add_to_the_loss();
}

#[test]
fn attention_with_averages_of_weights() {
    models::attention_with_averages_of_weights();
}

#[test]
fn steps_of_single_batches() {
    models::steps_of_single_batches();
}

#[test]
fn streams_are_the_ranks_own() {
    models::streams_are_the_ranks_own();
}
#[test]
fn large_tables_shared_and_inside() {
    models::large_tables_shared_and_inside();
}

#[test]
fn layers_applied_twice() {
    models::layers_applied_twice();
}

/// `keras-mpi` runs them by the list.
#[test]
fn the_list_has_every_model() {
    let source = include_str!("distribution/models.rs");
    let compared = source.matches("    compare(\"").count();
    assert_eq!(models::ALL.len(), compared, "{:?}", models::ALL.map(|(name, _)| name));
}
