use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(8) => Lambda(lambda x: x * 2) => Dense(1));
    let _ = model!(
        let model = Sequential();
        model.add(Dense(4, input_shapes=(8,)));
        model.add(Dense(1));
        model
    );
    let _ = model!(
        let model = Sequential();
        model.add(Dense(4, input_shape=(8,)));
        model.add(Dense(1));
        model.pop();
        model
    );
    let _ = model!(
        let x = Input(8);
        let a = x => Dense(1);
        let b = x => Dense(2);
        let named = |t| { {"a": t, "b": t} };
        keras.Model(inputs=x, outputs={"a": a, "b": b, "a": x => named})
    );
    let _ = model!(
        let x = Input(8);
        outs.append(x);
        x => Dense(1)
    );
    let _ = model!(
        let x = Input(8);
        let outs = [];
        outs.append(x, x);
        outs => Concatenate()
    );
    let _ = model!(
        let x = Input(8);
        let sizes = {"small": 1, "large": 2};
        x => Dense(sizes["huge"])
    );
    let _ = model!(
        let x = Input(8);
        let ys = [x => Dense(1) for i in things];
        ys => Concatenate()
    );
    let _ = model!(
        let x = Input(8);
        let ys = [x => Dense(1) for i in range(3)];
        ys[5] => Dense(1)
    );
    let _ = model!(
        let x = Input(8);
        let ys = [];
        let block = |t| {
            ys.append(t);
            t => Dense(1)
        };
        let y = x => block();
        ys.append(y);
        ys => Concatenate()
    );
    let _ = model!(Input => Dense(4));
    let _ = model!(
        let x = Input(8);
        let a = x => Dense(4);
        Concatenate([a, x], axis=1)
    );
    let _ = model!(Input(8) => Reshape(4, 2));
    let _ = model!(
        let x = Input(8);
        return x => Dense(4);
    );
    let _ = model!(Sequential([Input(8), Dense(4), Dense(1)]).compile("adam"));
    let _ = model!(Input(32, 32, 3) => BatchNorm() => Dense(1));
}
