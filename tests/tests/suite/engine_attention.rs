//! Attention layers by kernels, against their operations.

use keras_core::prelude::*;

use super::engine_recurrent::{Array, array, ids, padded, same};

/// Checks a model for each of these inputs.
macro_rules! same {
    ([$($x:expr),+ $(,)?] $($model:tt)*) => {
        for x in [$($x),+] {
            same(x, || model!($($model)*));
        }
    };
}

/// Lengths 1, and such as are no multiple of a vector.
fn sequences(features: usize) -> [Array; 3] {
    [array(&[1, 1, features]), array(&[1, 7, features]), array(&[5, 19, features])]
}

#[test]
fn heads_look_at_their_own_sequence() {
    for x in sequences(5) {
        same!([x] let x = Input(None, 5); [x, x] => MultiHeadAttention(2, 3));
        same!([x] let x = Input(None, 5); [x, x] => MultiHeadAttention(1, 1, use_bias = false) => Dense(2));
        same!([x] let x = Input(None, 5) => Dense(4); [x, x, x] => MultiHeadAttention(3, 17, value_dim = 2) => Dense(2));
        same!([x] let x = Input(None, 5); [x, x] => MultiHeadAttention(2, 3, output_shape = 7));
        same!([x] let x = Input(None, 5); [x, x] => MultiHeadAttention(2, 2, output_shape = (3, 2)));
        same!([x] let x = Input(None, 5); [x, x] => MultiHeadAttention(2, 3, use_causal_mask = true));
        same!([x] let x = Input(None, 5); [x, x] => MultiHeadAttention(2, 3, sliding_window = 2));
        same!([x] let x = Input(None, 5); [x, x] => MultiHeadAttention(2, 3, sliding_window = 3, use_causal_mask = true));
        same!([x] let x = Input(None, 5) => Dense(4); [x, x] => MultiHeadAttention(2, 3, value_dim = 4, use_gate = true));
    }
}

#[test]
fn heads_look_at_another_sequence() {
    for x in [array(&[1, 3, 4]), array(&[5, 18, 4])] {
        same!([x]
            let x = Input(None, 4) => Dense(6);
            let y = x => AveragePooling1D(2) => Dense(3);
            [x, y] => MultiHeadAttention(2, 3)
        );
        same!([x]
            let x = Input(None, 4) => Dense(6);
            let y = x => AveragePooling1D(2);
            [y => Dense(5), x, x => Dense(2)] => MultiHeadAttention(2, 3, value_dim = 5, use_causal_mask = true, sliding_window = 2)
        );
        // A shared layer, and query and value that are one tensor with others.
        same!([x]
            let x = Input(None, 4);
            let look = MultiHeadAttention(2, 3);
            let y = [x, x] => look;
            [y, x] => look
        );
    }
    same!([array(&[2, 3, 4])]
        let x = Input(3, 4) => Dense(6);
        [x, x => Dense(5)] => MultiHeadAttention(2, 3, trainable = false) => Dense(2)
    );
}

#[test]
fn heads_look_along_axes_of_images() {
    same!([array(&[1, 2, 3, 4]), array(&[3, 5, 4, 4])]
        let x = Input(None, None, 4); [x, x] => MultiHeadAttention(2, 3) => Dense(2));
    same!([array(&[3, 5, 2, 4])]
        let x = Input(5, 2, 4); [x, x] => MultiHeadAttention(2, 3, attention_axes = 2) => Dense(2));
    same!([array(&[3, 5, 2, 4])]
        let x = Input(5, 2, 4); [x, x] => MultiHeadAttention(2, 3, attention_axes = 1) => Dense(2));
}

#[test]
fn heads_show_their_scores() {
    same!([array(&[1, 1, 4]), array(&[3, 6, 4])]
        let x = Input(None, 4);
        let (y, scores) = [x, x => Dense(4)] => MultiHeadAttention(2, 3, return_attention_scores = true);
        let wide = scores => GlobalAveragePooling2D(data_format = channels_first);
        [y => GlobalMaxPooling1D(), wide] => Concatenate() => Dense(2)
    );
    // Only the scores have a gradient.
    same!([array(&[3, 6, 4])]
        let x = Input(6, 4) => Dense(5);
        let (_, scores) = [x, x] => MultiHeadAttention(2, 3, return_attention_scores = true, use_causal_mask = true);
        scores => Dense(2)
    );
    same!([array(&[3, 6, 4])]
        let x = Input(6, 4) => Dense(5);
        let (y, scores) = [x, x] => MultiHeadAttention(2, 6, dropout = 0.4, return_attention_scores = true);
        [y => Dense(6), scores => Permute((2, 3, 1)) => Reshape((6, 12)) => Dense(6)] => Add()
    );
}

#[test]
fn heads_with_masks() {
    // All steps of the second sample are masked: its queries look at all steps alike.
    for x in [padded(&[1, 4, 2]), padded(&[7, 6, 2])] {
        same!([x] let x = Input(None, 2) => Masking(); [x, x] => MultiHeadAttention(2, 3));
        same!([x]
            let x = Input(None, 2) => Masking();
            [x, x => Dense(3)] => MultiHeadAttention(2, 3, use_causal_mask = true) => GRU(2));
        same!([x]
            let x = Input(None, 2);
            [x => Dense(2), x => Masking()] => MultiHeadAttention(2, 3, sliding_window = 2) => Dense(2));
        same!([x]
            let x = Input(None, 2);
            [x, x => Masking(mask_value = 0.5), x => Masking()] => MultiHeadAttention(2, 3) => Dense(2));
        same!([x] let x = Input(None, 2) => Masking(); [x, x] => MultiHeadAttention(2, 3, mask = None));
    }
    same!([ids(&[5, 8], 4)]
        let x = Input(8) => Embedding(4, 6, mask_zero = true);
        [x, x] => MultiHeadAttention(2, 3) => GlobalAveragePooling1D() => Dense(2));
}

#[test]
fn heads_with_masks_by_name() {
    let x = array(&[5, 6, 3]);
    same!([x]
        let x = Input(6, 3) => Dense(4);
        let mask = x => Dense(1, activation = relu) => Reshape((6,));
        [x, x] => MultiHeadAttention(2, 3, value_mask = mask));
    same!([x, padded(&[3, 6, 3])]
        let x = Input(6, 3) => Masking();
        let mask = x => Dense(1, activation = relu, mask = None) => Reshape((6,));
        [x, x] => MultiHeadAttention(2, 3, key_mask = mask));
    same!([x, padded(&[3, 6, 3])]
        let x = Input(6, 3) => Masking();
        let mask = x => Dense(1, activation = relu) => Reshape((6,), mask = None);
        [x, x, x => Dense(2)] => MultiHeadAttention(2, 3, query_mask = mask, value_mask = mask, key_mask = mask));
    same!([x]
        let x = Input(6, 3) => Dense(4);
        let mask = x => Dense(6, activation = relu);
        [x, x] => MultiHeadAttention(2, 3, attention_mask = mask, use_causal_mask = true));
    same!([x, padded(&[3, 6, 3])]
        let x = Input(6, 3);
        let mask = x => Dense(12, activation = relu) => Reshape((6, 6, 2)) => Permute((3, 1, 2));
        [x, x => Masking()] => MultiHeadAttention(2, 3, attention_mask = mask));
    same!([x]
        let x = Input(6, 3);
        let mask = x => Dense(1, activation = relu) => Permute((2, 1));
        [x, x] => MultiHeadAttention(2, 3, attention_mask = mask));
}

#[test]
fn heads_that_forget() {
    let x = array(&[5, 6, 3]);
    same!([x]
        let x = Input(None, 3) => Dropout(0.2);
        let y = [x, x] => MultiHeadAttention(2, 3, dropout = 0.3);
        [y, x] => MultiHeadAttention(2, 3, dropout = 0.5, seed = 4) => Dropout(0.1));
    same!([x] let x = Input(None, 3); [x, x] => MultiHeadAttention(2, 3, dropout = 1.0, use_gate = true));
}

#[test]
fn heads_with_a_regularizer_of_what_they_give() {
    same!([array(&[3, 6, 3])]
        let x = Input(None, 3);
        [x, x] => MultiHeadAttention(2, 3, kernel_regularizer = l2(0.1), bias_regularizer = l1(0.1)) => Dense(2));
    same!([array(&[3, 6, 3])]
        let x = Input(None, 3); [x, x] => MultiHeadAttention(2, 3, activity_regularizer = l2(0.1)) => Dense(2));
}

#[test]
fn a_block_of_a_transformer() {
    for x in [array(&[1, 1, 6]), array(&[4, 33, 6])] {
        same!([x]
            let x = Input(None, 6);
            let seen = [x, [x, x] => MultiHeadAttention(2, 3, dropout = 0.1, use_causal_mask = true)] => Add() => LayerNormalization();
            let y = seen => Dense(24, activation = gelu) => Dense(6) => Dropout(0.1);
            [seen, y] => Add() => LayerNormalization() => GlobalAveragePooling1D() => Dense(2)
        );
    }
}

#[test]
fn products_of_steps() {
    for x in sequences(5) {
        same!([x] let x = Input(None, 5); [x, x] => Attention() => Dense(2));
        same!([x] let x = Input(None, 5) => Dense(3); [x, x] => Attention(use_scale = true, use_causal_mask = true));
        same!([x] let x = Input(None, 5) => Dense(4); [x, x => Dense(2), x => Dense(4)] => Attention(use_scale = true));
        same!([x] let x = Input(None, 5) => Dense(4); [x, x] => Attention(score_mode = concat));
        same!([x] let x = Input(None, 5) => Dense(4); [x, x] => Attention(score_mode = concat, use_scale = true));
        same!([x] let x = Input(None, 5) => Dense(19); [x, x => Dense(19)] => AdditiveAttention());
        same!([x] let x = Input(None, 5) => Dense(4); [x, x] => AdditiveAttention(use_scale = false, use_causal_mask = true));
    }
    for x in [array(&[1, 3, 4]), array(&[5, 18, 4])] {
        same!([x]
            let x = Input(None, 4) => Dense(6);
            let y = x => AveragePooling1D(2);
            let a = [x, y] => Attention(trainable = false, use_scale = true);
            let b = [x, y => Dense(3), y] => AdditiveAttention();
            [a, b] => Concatenate() => Dense(2)
        );
    }
    // Axes before the steps are samples.
    same!([array(&[3, 2, 5, 4])] let x = Input(2, 5, 4) => Dense(3); [x, x] => Attention(use_scale = true));
    same!([array(&[3, 2, 5, 4])] let x = Input(2, 5, 4) => Dense(3); [x, x] => AdditiveAttention());
}

#[test]
fn masked_steps_of_the_simple_kinds() {
    for x in [padded(&[1, 4, 2]), padded(&[7, 6, 2])] {
        same!([x] let x = Input(None, 2) => Masking(); [x, x] => Attention() => GRU(2));
        same!([x] let x = Input(None, 2) => Masking(); [x, x => Dense(2)] => Attention(use_causal_mask = true));
        same!([x]
            let x = Input(None, 2);
            [x => Dense(2), x => Masking()] => AdditiveAttention(use_causal_mask = true) => Dense(2));
        same!([x]
            let x = Input(None, 2) => Dense(3);
            [x, x, x => Masking(mask_value = 0.5)] => Attention(score_mode = concat));
    }
    let x = array(&[5, 6, 3]);
    same!([x]
        let x = Input(6, 3) => Dense(4);
        let mask = x => Dense(1, activation = relu) => Reshape((6,));
        [x, x] => Attention(mask = [None, mask]));
    same!([x]
        let x = Input(6, 3) => Dense(4);
        let mask = x => Dense(1, activation = relu) => Reshape((6,));
        [x, x] => Attention(mask = [mask, mask]));
}

#[test]
fn the_simple_kinds_show_their_scores_and_forget() {
    let x = array(&[5, 6, 3]);
    same!([x]
        let x = Input(6, 3) => Dense(4);
        let (y, scores) = [x, x] => Attention(return_attention_scores = true, dropout = 0.4, use_scale = true);
        [y, scores] => Concatenate() => Dense(2));
    same!([x]
        let x = Input(6, 3) => Dense(4);
        let (_, scores) = [x, x] => AdditiveAttention(return_attention_scores = true, dropout = 0.4, seed = 3);
        scores => Dense(2));
    same!([x]
        let x = Input(6, 3) => Dense(4);
        let y = [x, x] => Attention(dropout = 0.2, score_mode = concat);
        [y, x] => AdditiveAttention(dropout = 0.3) => Dense(2));
}
