//! Penalties of weights and outputs of layers inside blocks, models and wrappers, against Keras: outputs, losses, the
//! weights after three steps, `evaluate` (`tests/keras/make_inner.py`), on plans and as Burn code.

use keras_core::prelude::*;
use keras_tests::json::{array, floats, near, set, values};

use super::inner_models::{arrays, case, check};

model! {
    pub struct Penalised { Input(3) => Dense(2, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2)) }
}

#[test]
fn of_blocks() {
    check!(
        "penalty_block",
        model!(
            let block = Dense(4, activation = tanh, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2))
                => Dense(2, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2));
            Input(3) => block
        )
    );
    check!(
        "penalty_block_in_block",
        model!(
            let inner = Dense(4, activation = tanh, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2));
            let block = inner => Dense(2, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05));
            Input(3) => block
        )
    );
    check!(
        "penalty_scale",
        model!(Input(4, 3) => Sequential([
            Dense(4, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2)),
            LayerNormalization(gamma_regularizer = l2(0.3), beta_regularizer = l2(0.4)),
            Dense(2),
        ]))
    );
    check!(
        "penalty_words",
        model!(Input(5, dtype = int32) => Sequential([
            Embedding(6, 3, embeddings_regularizer = l2(0.1)),
            GRU(2, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2),
                recurrent_regularizer = l1_l2(0.01, 0.02)),
        ]) => Dense(2))
    );
}

#[test]
fn of_blocks_at_each_step() {
    check!(
        "penalty_distributed",
        model!(
            let block = Dense(4, activation = tanh, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2))
                => Dense(2, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2));
            Input(4, 3) => TimeDistributed(block)
        )
    );
    check!(
        "penalty_distributed_kernel",
        model!(Input(4, 3) => TimeDistributed(Dense(2, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05))))
    );
    check!(
        "penalty_distributed_block_in_block",
        model!(
            let inner = Sequential([Dense(2, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2))]);
            Input(4, 3) => TimeDistributed(inner => Dense(2))
        )
    );
    // A model with the same layer has the same penalties as a block.
    check!(
        "penalty_distributed_block_in_block",
        model!(Input(4, 3) => TimeDistributed(Penalised => Dense(2)))
    );
    check!(
        "penalty_distributed_twice",
        model!(
            let block = Sequential([Dense(2, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2))]);
            Input(2, 3, 4) => TimeDistributed(TimeDistributed(block))
        )
    );
    check!(
        "penalty_distributed_conv",
        model!(
            let block = Conv2D(2, 3, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2)) => Flatten();
            Input(3, 6, 6, 1) => TimeDistributed(block)
        )
    );
    check!(
        "penalty_norm",
        model!(
            let block = Dense(4, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2))
                => BatchNormalization(momentum = 0.5, gamma_regularizer = l2(0.3), beta_regularizer = l2(0.4));
            Input(4, 3) => TimeDistributed(block)
        )
    );
}

#[test]
fn of_recurrent_layers_inside() {
    check!(
        "penalty_distributed_lstm",
        model!(
            let block = Sequential([LSTM(2, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05),
                activity_regularizer = l2(0.2), recurrent_regularizer = l1_l2(0.01, 0.02))]);
            Input(2, 4, 3) => TimeDistributed(block)
        )
    );
    check!(
        "penalty_distributed_directions",
        model!(
            let block = Sequential([Bidirectional(GRU(2, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05),
                activity_regularizer = l2(0.2), recurrent_regularizer = l1_l2(0.01, 0.02)))]);
            Input(2, 4, 3) => TimeDistributed(block)
        )
    );
    check!(
        "penalty_directions_in_block",
        model!(
            let block = Bidirectional(GRU(2, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05),
                    activity_regularizer = l2(0.2), recurrent_regularizer = l1_l2(0.01, 0.02)))
                => Dense(1, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2));
            Input(4, 3) => block
        )
    );
    check!(
        "penalty_directions",
        model!(
            let there = LSTM(2, return_sequences = true, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05),
                activity_regularizer = l2(0.2), recurrent_regularizer = l1_l2(0.01, 0.02));
            let back = GRU(2, return_sequences = true, go_backwards = true, kernel_regularizer = l2(0.1),
                bias_regularizer = l1(0.05), activity_regularizer = l2(0.2), recurrent_regularizer = l1_l2(0.01, 0.02));
            Input(4, 3) => Bidirectional(there, backward_layer = back)
        )
    );
    check!(
        "penalty_sentences",
        model!(
            let words = Embedding(6, 3, embeddings_regularizer = l2(0.1), mask_zero = true)
                => GRU(2, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.05), activity_regularizer = l2(0.2),
                    recurrent_regularizer = l1_l2(0.01, 0.02));
            Input(3, 5, dtype = int32) => TimeDistributed(words)
        )
    );
}

/// A layer that is applied twice has the penalty of both outputs, as Keras has it where nothing is traced.
#[test]
fn of_a_layer_that_is_applied_twice() {
    let x = ndarray::Array2::from_shape_fn((5, 3), |(i, j)| (i * 3 + j) as f32 / 7.0 - 1.0);
    for burn in [false, true] {
        let run = || {
            let mut model = model!(
                let x = Input(3);
                let dense = Dense(2, activity_regularizer = l2(0.3));
                let again = x => Rescaling(2.0) => dense;
                [x => dense, again] => Concatenate()
            )
            .compile(SGD::new(0.1), MeanSquaredError::new(), ());
            let y = model.predict(&x).expect("outputs");
            let y = ndarray::Array2::from_shape_vec((5, 4), y.to_vec().expect("numbers")).expect("rows");
            let wanted = 0.3 * y.iter().map(|y| f64::from(y * y)).sum::<f64>() / 5.0;
            let loss = model.evaluate(&x, &y).batch_size(5).verbose(0).run().expect("a loss").loss();
            assert!((loss - wanted).abs() < 1e-5 * wanted, "{loss}, wanted {wanted}");
        };
        if burn { keras_core::engine::without(run) } else { run() }
    }
}
