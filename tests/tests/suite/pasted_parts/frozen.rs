//! Layers, blocks and whole models that are frozen and thawed where they are made, and blocks that are looked at and applied.

use super::*;

macro_rules! of_two {
    ($($more:tt)*) => {
        model!(
            let base = keras.Sequential([keras.Input((6,)), layers.Dense(5), layers.Dense(4)]);
            $($more)*
        )
    };
}

#[test]
fn layers_of_a_block_are_frozen_and_the_block_is_applied() {
    check!(
        "frozen_in_sequential",
        of_two!(
            for layer in base.layers[:-1] {
                layer.trainable = False;
            }
            let x = keras.Input((6,));
            keras.Model(x, x => base => Dense(2))
        )
    );
    check!(
        "frozen_by_name",
        model!(
            let base = keras.Sequential([keras.Input((6,)), Dense(5, name = "a"), Dense(4)]);
            base.get_layer("a").trainable = False;
            let last = base.layers[-1];
            last.trainable = False;
            keras.Sequential([base, Dense(3)])
        )
    );
    check!(
        "frozen_bound",
        model!(
            let l1 = Dense(4, activation = "relu");
            let l2 = Dense(2);
            let model = keras.Sequential([keras.Input((3,)), l1, l2]);
            l1.trainable = False;
        )
    );
    check!(
        "frozen_base",
        model!(
            let base = Sequential([Input((6,)), Dense(5)]);
            let model = Sequential([base, Dense(3)]);
            base.trainable = False;
        )
    );
    check!(
        "extractor_of_bound",
        model!(
            let d = Dense(5);
            let model = Sequential([Input((6,)), d, Dense(2)]);
            keras.Model(model.inputs, model.get_layer("dense").output)
        )
    );
    check!(
        "inner_extractor",
        model!(
            let base = Sequential([Input((6,)), Dense(5, name = "a"), Dense(4)]);
            let features = Model(base.inputs, base.get_layer("a").output);
            let x = Input((6,));
            Model(x, x => features => Dense(2))
        )
    );
}

#[test]
fn a_block_in_a_model_is_one_of_its_layers() {
    check!(
        "block_is_a_layer",
        of_two!(
            let model = Sequential([base, Dense(3)]);
            model.layers[0].trainable = False;
        )
    );
    check!(
        "layer_of_a_block",
        of_two!(
            let model = Sequential([base, Dense(3)]);
            model.get_layer("sequential").layers[1].trainable = False;
        )
    );
    check!(
        "block_of_bound",
        model!(
            let h = Dense(5);
            let o = Dense(4);
            let mlp = Sequential([h, o]);
            let x = Input((6,));
            let base = Model(x, x => mlp => Dense(2));
            base.layers[1].trainable = False;
        )
    );
    check!(
        "block_elsewhere",
        model!(
            let base = Sequential([Input((6,)), Sequential([Dense(5), Dense(3)]), Dense(4)]);
            let x = Input((6,), name = "x");
            Model(x, x => base.layers[0] => Dense(2))
        )
    );
}

#[test]
fn wrappers_follow_what_is_said_of_their_layers() {
    check!(
        "wrapped_block",
        model!(
            let block = Sequential([Dense(4), Dense(3)]);
            let steps = TimeDistributed(block);
            block.trainable = False;
            let x = Input((5, 6));
            Model(x, x => steps => Dense(1))
        )
    );
    check!(
        "wrapped_layer",
        model!(
            let dense = Dense(4);
            let steps = TimeDistributed(dense);
            dense.trainable = False;
            let x = Input((5, 6));
            Model(x, x => steps => Dense(1))
        )
    );
    check!(
        "wrapped_copy",
        model!(
            let lstm = LSTM(2);
            let both = Bidirectional(lstm);
            lstm.trainable = False;
            let x = Input((5, 6));
            Model(x, x => both => Dense(1))
        )
    );
    check!(
        "wrapped_cell",
        model!(
            let cell = LSTMCell(2);
            let rnn = RNN(cell);
            cell.trainable = False;
            let x = Input((5, 6));
            Model(x, x => rnn => Dense(1))
        )
    );
    check!(
        "wrapped_twice",
        model!(
            let block = Sequential([Dense(4), Dense(3)]);
            let steps = TimeDistributed(TimeDistributed(block));
            block.layers[0].trainable = False;
            let x = Input((2, 5, 6));
            Model(x, x => steps => Dense(1))
        )
    );
    check!(
        "thawed_in_a_wrapper",
        model!(
            let block = Sequential([Dense(4), Dense(3)]);
            let steps = TimeDistributed(block);
            steps.trainable = False;
            block.layers[1].trainable = True;
            let x = Input((5, 6));
            Model(x, x => steps => Dense(1))
        )
    );
    check!(
        "thawed",
        model!(
            let x = Input((5, 6));
            let y = x => TimeDistributed(Dense(4, trainable = False)) => Bidirectional(LSTM(2, trainable = False));
            let base = Model(x, y);
            base.trainable = True;
        )
    );
}

/// Keras trains nothing of a model that is not trained, whatever is said of its layers.
#[test]
fn a_frozen_whole_is_frozen() {
    check!(
        "frozen_whole",
        of_two!(
            base.trainable = False;
            base.layers[0].trainable = True;
            base
        )
    );
    check!(
        "frozen_functional",
        of_small!(
            model.trainable = False;
            model.layers[1].trainable = True;
            model
        )
    );
    check!(
        "thawed_part",
        of_small!(
            model.trainable = False;
            model.layers[1].trainable = True;
            keras.Model(model.input, model.output)
        )
    );
}

#[test]
fn a_sequential_of_layers_of_another_is_applied() {
    check!(
        "without_the_last_inside",
        of_small!(
            let features = keras.Sequential(model.layers[:-1]);
            let x = keras.Input((6,));
            keras.Model(x, x => features => Dense(2))
        )
    );
    check!(
        "without_the_last_frozen",
        of_small!(
            let features = keras.Sequential(model.layers[:-1]);
            features.trainable = False;
            keras.Model(features.inputs, features.outputs[0] => Dense(2))
        )
    );
}
