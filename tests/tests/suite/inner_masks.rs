//! Masks that go into models inside a model, and through them, against Keras (`tests/keras/make_inner.py`).

use keras_core::prelude::*;
use keras_tests::json::{array, floats, near, set, values};

use super::inner_models::{arrays, case, check};

model! {
    pub struct Reader { Input(5, 3) => Dense(4) => LSTM(2) }
}

/// The mask of a tensor goes with it into a model inside, as in Keras, on a plan as well.
#[test]
fn a_mask_goes_into_a_model_inside() {
    let x = array(&case("distributed_masked")["x"][0]);
    let model = model!(Input(5, 3) => Masking() => Reader);
    let plain = model!(Input(5, 3) => Masking() => Dense(4) => LSTM(2));
    let mut flat = plain;
    let weights: Vec<Raw> = model.weights().into_iter().map(|(_, raw)| raw).collect();
    flat.set_weights(&weights).expect("weights");
    let wanted = flat.predict(&x).expect("outputs").to_vec().expect("numbers");
    let burn = keras_core::engine::without(|| model.predict(&x).expect("outputs").to_vec().expect("numbers"));
    near("burn", &burn, &wanted, 1e-6);
    near("plan", &model.predict(&x).expect("outputs").to_vec().expect("numbers"), &wanted, 1e-6);
}

model! { pub struct Tagger { Input(None, 4) => Dense(4, activation = tanh) => LSTM(3, return_sequences = true) } }
model! { pub struct LastState { Input(None, 4) => LSTM(3) } }
model! { pub struct Middle { Input(None, 4) => Tagger => Dense(3) } }
model! {
    pub struct Both {
        let a = Input(None, 4);
        let b = Input(None, 4);
        [a, b] => Maximum() => Dense(3)
    }
}

/// A mask goes through a model inside to whoever uses it behind; a layer inside that uses it up ends it without a complaint; and a
/// merge inside of one tensor with a mask and one without is said to drop it.
#[test]
fn the_proof_follows_masks_through_models_inside() {
    check!("mask_handed_on", model!(Input(None) => Embedding(10, 4, mask_zero = true) => Tagger => GRU(2)));
    check!(
        "mask_consumed",
        model!(Input(None) => Embedding(10, 4, mask_zero = true) => LastState => RepeatVector(3) => GRU(2))
    );
    check!("mask_through_two", model!(Input(None) => Embedding(10, 4, mask_zero = true) => Middle => GRU(2)));
    check!(
        "mask_of_one",
        model! {
            let ids = Input(None);
            let words = ids => Embedding(10, 4, mask_zero = true);
            [words, ids => Embedding(10, 4)] => Both => GRU(2, mask = None)
        }
    );
}
