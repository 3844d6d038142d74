use keras_core::prelude::*;

model! { pub struct Pair { let x = Input(6); let a = x => Dense(4); let b = x => Dense(3); (a, b) } }

fn main() {
    let no_class = model!(
        let base = Sequential([Input(6), Dense(4), BatchNormalization(), Dense(2)]);
        keras.Model(base.inputs, [l.output for l in base.layers if isinstance(l, layers.BatchNorm)])
    );
    let no_condition = model!(
        let base = Sequential([Input(6), Dense(4), Dense(2)]);
        keras.Model(base.inputs, [l.output for l in base.layers if "a" in l.name and l.units > 3])
    );
    let second_of_a_type = model!(
        let base = Pair;
        keras.Model(base.input, base.outputs[1])
    );
    let one_of_a_type = model!(
        let base = Pair;
        keras.Model(base.input, base.output => Dense(2))
    );
    let shapes = model!(
        let x = Input(6);
        let base = Model(x, [x => Dense(4), x => Dense(3)]);
        x => Dense(base.output_shape[-1][-1]) => Dense(base.output_shape[2])
    );
    let slice_of_a_list = model!(
        let x = Input((5, 6));
        let base = Model(x, [x => Dense(4), x => Dense(3)]);
        Model(base.input, base.output[:, -1, :] => Dense(2))
    );
    let batch = model!(
        let x = Input((5, 6));
        let base = Model(x, x => Dense(4));
        Model(base.input, base.output[0] => Dense(2))
    );
    let no_layers = model!(
        let base = Sequential([Input(4)]);
        base.layers[0].trainable = False;
        let x = Input(4);
        x => base => Dense(2)
    );
    let added_later = model!(
        let model = Sequential();
        model.add(Input((4,)));
        model.add(Dense(4));
        for layer in model.layers {
            layer.trainable = False;
        }
        model.add(Dense(2));
    );
    let prepared = model!(
        let x = Input((32, 32, 3));
        let y = keras.applications.mobilenet_v2.preprocess_input(x);
        keras.Model(x, y => Flatten())
    );
    let _ = (no_class, no_condition, second_of_a_type, one_of_a_type, shapes, slice_of_a_list, batch, no_layers, added_later, prepared);
}
