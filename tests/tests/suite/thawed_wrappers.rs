//! `set_trainable` of wrappers and models says of all layers inside whether they are trained, however they were written. The
//! numbers are Keras's: of the trainable weights as written, thawed, frozen, and thawed again.

use keras_core::prelude::*;
use ndarray::{Array2, Array3};

/// How many numbers are trained, by the summary.
fn trained(model: &impl Model) -> usize {
    let text = model.summary().to_string();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("Trainable params: ")).expect("a line");
    line.split(' ').next().expect("a number").replace(',', "").parse().expect("a number")
}

macro_rules! check {
    ($numbers:expr, $layer:ident, $model:expr) => {{
        let mut model = $model;
        let mut found = vec![trained(&model)];
        for trainable in [true, false, true] {
            model.$layer.set_trainable(trainable);
            found.push(trained(&model));
        }
        assert_eq!(found, $numbers, stringify!($model));
    }};
}

macro_rules! first_weight {
    ($model:ident) => {
        $model.weights()[0].1.to_vec().expect("numbers")
    };
}

model! { pub struct HalfFrozen { Input(4) => Dense(3, trainable = false) => Dense(2) } }

#[test]
fn layers_inside_follow_their_wrapper() {
    check!(
        [0, 15, 0, 15],
        time_distributed,
        model!(Input(5, 4) => TimeDistributed(Dense(3, trainable = false)))
    );
    check!(
        [0, 15, 0, 15],
        time_distributed,
        model!(Input(5, 4) => TimeDistributed(Dense(3, trainable = false), trainable = false))
    );
    check!(
        [0, 8, 0, 8],
        time_distributed,
        model!(Input(5, 4) => TimeDistributed(BatchNormalization(trainable = false)))
    );
    check!([0, 288, 0, 288], bidirectional, model!(Input(5, 4) => Bidirectional(LSTM(4, trainable = false))));
    check!(
        [144, 288, 0, 288],
        bidirectional,
        model!(Input(5, 4) => Bidirectional(LSTM(4), backward_layer = LSTM(4, go_backwards = true, trainable = false)))
    );
    check!(
        [0, 15, 0, 15],
        spectral_normalization,
        model!(Input(5, 4) => SpectralNormalization(Dense(3, trainable = false)))
    );
    check!([81, 225, 0, 225], rnn, model!(Input(5, 4) => RNN([LSTMCell(4, trainable = false), GRUCell(3)])));
    check!(
        [0, 96, 0, 96],
        time_distributed,
        model!(Input(3, 5, 4) => TimeDistributed(Bidirectional(GRU(2, trainable = false))))
    );
    check!(
        [0, 15, 0, 15],
        time_distributed,
        model!(Input(5, 4) => TimeDistributed(SpectralNormalization(Dense(3, trainable = false))))
    );
}

#[test]
fn blocks_and_models_follow_what_holds_them() {
    check!(
        [8, 23, 0, 23],
        time_distributed,
        model!(Input(5, 4) => TimeDistributed(Sequential([Dense(3, trainable = false), Dense(2)])))
    );
    check!([8, 23, 0, 23], half_frozen, model!(Input(4) => HalfFrozen()));
    check!([8, 23, 0, 23], time_distributed, model!(Input(5, 4) => TimeDistributed(HalfFrozen())));
}

/// What is thawed is trained, though plans were made while it was frozen, and stays so in a file.
#[test]
fn what_is_thawed_is_trained() {
    let (x, y) = (Array3::<f32>::ones((4, 5, 4)), Array2::<f32>::ones((4, 8)));
    let mut model = model!(Input(5, 4) => Bidirectional(LSTM(4, trainable = false))).compile(
        SGD::new(0.5),
        MeanSquaredError::new(),
        (),
    );
    let before = first_weight!(model);
    model.fit(&x, &y).epochs(1).verbose(0).run().expect("frozen");
    assert_eq!(first_weight!(model), before);
    model.bidirectional.set_trainable(true);
    model.fit(&x, &y).epochs(1).verbose(0).run().expect("thawed");
    assert_ne!(first_weight!(model), before);

    let path = std::env::temp_dir().join(format!("thawed_{}.keras", std::process::id()));
    model.save(&path).expect("saved");
    let loaded = load_model(&path).expect("loaded");
    std::fs::remove_file(&path).expect("removed");
    assert!(loaded.summary().to_string().contains(" Trainable params: 288 "), "{}", loaded.summary());
}
