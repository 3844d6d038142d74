//! What is asked of outputs, names and classes of layers, in the ways of Python.

use super::*;

#[test]
fn layers_are_chosen_by_classes_and_names() {
    check!(
        "by_other_names",
        of_conv!(
            let kind = layers.Convolution1D;
            let outputs = [l.output for l in model.layers if isinstance(l, (layers.MaxPool1D, kind))];
            keras.Model(model.inputs, outputs)
        ),
        a,
        b,
        c
    );
    check!(
        "by_conditions",
        of_small!(
            let outputs = [
                l.output for l in model.layers
                if "features" not in l.name and (isinstance(l, Dense) or l.name == "batch_normalization")
            ];
            keras.Model(model.inputs, outputs)
        ),
        a,
        b
    );
}

#[test]
fn an_index_behind_one_output_is_one_of_the_tensor() {
    check!(
        "last_step",
        model!(
            let x = Input((5, 6));
            let base = Model(x, x => Dense(4));
            Model(base.input, base.output[:, -1, :] => Dense(2))
        )
    );
    check!(
        "last_step_of_two",
        model!(
            let x = Input((5, 6));
            let base = Model(x, [x => Dense(4), x => Dense(3)]);
            Model(base.input, base.output[1][:, -1, :] => Dense(base.output_shape[1][-1]))
        )
    );
}
