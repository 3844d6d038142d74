//! Forms of Python around layers: dicts that loops make or that grow, functions that make functions or models, arguments that may be
//! `None`. Counts are real Keras 3.15's.

use keras_core::prelude::*;

#[test]
fn dicts_are_made_by_loops() {
    let model = model!(
        let base = keras.Sequential([
            keras.Input(shape = (8,)),
            layers.Dense(4, name = "b"),
            layers.Dense(3, name = "a"),
            layers.Dense(2, name = "c"),
        ]);
        let outputs = dict([(layer.name, layer.output) for layer in base.layers if layer.name != "c"]);
        keras.Model(base.inputs, outputs)
    );
    assert_eq!(model.count_params(), 36 + 15);
    assert_eq!(model.structure().output_names, ["a", "b"]);

    let model = model!(
        let base = keras.Sequential([keras.Input((8,)), layers.Dense(4, name = "a"), layers.Dense(3, name = "b")]);
        keras.Model(base.inputs, {layer.name: layer.output for layer in base.layers})
    );
    assert_eq!(model.count_params(), 36 + 15);

    let model = model!(
        let names = ["a", "b"];
        let base = keras.Sequential([keras.Input((8,)), layers.Dense(4, name = "a"), layers.Dense(3, name = "b")]);
        keras.Model(base.input, [base.get_layer(name).output for name in names])
    );
    assert_eq!(model.count_params(), 36 + 15);
}

#[test]
fn dicts_grow() {
    let model = model!(
        let inputs = {};
        for name in ["age", "hours"] {
            inputs[name] = layers.Input(name = name, shape = (1,), dtype = "float32");
        }
        let x = layers.concatenate(list(inputs.values()));
        let heads = dict();
        heads["u"] = x => layers.Dense(1);
        heads["v"] = [inputs["hours"], heads["u"]] => layers.Add();
        keras.Model(inputs = inputs, outputs = heads)
    );
    assert_eq!(model.count_params(), 3);
    let (u, v) = model.predict((&ndarray::array![[2.0f32]], &ndarray::array![[5.0f32]])).expect("numbers");
    assert_eq!(v.to_vec().expect("numbers")[0], u.to_vec().expect("numbers")[0] + 5.0);
}

#[test]
fn loops_are_written_as_in_python() {
    let model = model!(
        let inputs = keras.Input(shape = (8,));
        let mut x = inputs;
        let outs = [];
        for i, (n, m) in enumerate([(4, 5), (6, 7)]) {
            x = x => layers.Dense(n);
            if i > 0 {
                x = x => layers.Dense(m)
            }
            outs.append(x => layers.Dense(1))
        }
        keras.Model(inputs, outs)
    );
    // 8 to 4, 4 to 1; 4 to 6, 6 to 7, 7 to 1.
    assert_eq!(model.count_params(), 36 + 5 + 30 + 49 + 8);

    let model = model!(
        let inputs = keras.Input(shape = (8,));
        let model = keras.Sequential();
        model.add(inputs);
        for n in [4, 5] {
            model.add(layers.Dense(n))
        }
        model
    );
    assert_eq!(model.count_params(), 36 + 25);
    let model = model!(
        let inputs = keras.Input(shape = (8,));
        keras.Sequential([inputs, layers.Dense(3)])
    );
    assert_eq!(model.count_params(), 27);
}

/// What a function makes is a function, a `Sequential` or a model that asks for lengths of its tensors.
#[test]
fn functions_make_functions_and_models() {
    let model = model!(
        let block = |units| {
            let apply = |x| {
                let y = x => layers.Dense(units);
                y => layers.ReLU()
            };
            apply
        };
        let a = keras.Input(shape = (3,));
        keras.Model(inputs = a, outputs = a => block(4) => block(units = 5))
    );
    assert_eq!(model.count_params(), 16 + 25);

    let model = model!(
        let create_mlp = |units, normalization, name = None| {
            let mlp = [];
            for n in units {
                mlp.append(normalization());
                mlp.append(layers.Dense(n, activation = "relu"));
            }
            keras.Sequential(mlp, name = name)
        };
        let inputs = keras.Input((12,));
        let x = inputs => create_mlp([8, 4], layers.BatchNormalization, name = "MLP");
        keras.Model(inputs, x)
    );
    assert_eq!(model.count_params(), 48 + 104 + 32 + 36);

    let model = model!(
        let pyramid = |size, stages| {
            let inputs = keras.Input(shape = (size, size, 3));
            let (first, second) = stages;
            let x = inputs => layers.Conv2D(first, 3, strides = 4, padding = "same");
            let channels = list(x.shape)[-1];
            let y = x => layers.AveragePooling2D(pool_size = (x.shape[1], x.shape[2])) => layers.Conv2D(channels, 1);
            let y = y => layers.UpSampling2D(size = (int(size / 4), int(size / 4)));
            let y = [x, y] => layers.Concatenate() => layers.Conv2D(second, 1);
            keras.Model(inputs, y, name = "pyramid")
        };
        let model = pyramid(32, [8, 5]);
        model
    );
    assert_eq!(model.count_params(), 224 + 72 + 85);
    assert_eq!(model.output_shape().to_string(), "(None, 8, 8, 5)");
}

#[test]
fn arguments_may_be_none() {
    let model = model!(
        let ResNet50 = |x, units, activation = None, rate = 0.0, last = None| {
            let mut x = x => layers.Dense(units);
            if activation {
                x = x => activation;
            }
            if rate {
                x = x => layers.Dropout(rate);
            }
            if last != None {
                x = x => last;
            }
            x
        };
        let _unused = keras.Input(shape = (7,));
        let a = keras.Input(shape = (3,));
        let y = ResNet50(a, 4);
        let y = ResNet50(y, 5, activation = layers.Activation("relu"), rate = 0.5, last = layers.Dense(2));
        keras.Model(inputs = [a], outputs = y)
    );
    let names: Vec<&str> = model.layers().into_iter().map(|layer| layer.name()).collect();
    // The layer that is an argument is made before those of the function.
    assert_eq!(names, ["dense", "dense_2", "activation", "dropout", "dense_1"]);
    assert_eq!(model.count_params(), 16 + 25 + 12);
}

/// Functions that are arguments are compared as what they are, not by the names that they have there.
#[test]
fn functions_are_compared() {
    let model = model!(
        let basic = |x, n| x => Dense(n);
        let bottleneck = |x, n| x => Dense(n) => Dense(n);
        let stack = |x, block, n| {
            if block == bottleneck { x => block(4 * n) } else { x => block(n) }
        };
        let other = |x, block| if block != basic { x => Dense(7) } else { x => Dense(9) };
        let x = Input(2);
        (stack(x, basic, 3), stack(x, bottleneck, 3), other(x, basic), other(x, bottleneck))
    );
    assert_eq!(model.count_params(), (2 * 3 + 3) + (2 * 12 + 12 + 12 * 12 + 12) + (2 * 9 + 9) + (2 * 7 + 7));
}

/// Arrays of NumPy and of `ops` beside a tensor.
#[test]
fn arrays_stand_beside_tensors() {
    let model = model!(
        let x = Input(3);
        let y = (x - np.array([1.0, 2.0, 3.0])) * ops.arange(3);
        y + ops.matmul(x, ops.eye(3)) / ops.full((3,), 2) + ops.linspace(0.0, 1.0, 3) - ops.ones((3,))
    );
    let y = model.predict(&ndarray::array![[4.0f32, 6.0, 8.0]]).expect("numbers").to_vec().expect("numbers");
    assert_eq!(y, [0.0 + 2.0 - 1.0, 4.0 + 3.0 + 0.5 - 1.0, 10.0 + 4.0 + 1.0 - 1.0]);
}

/// The parentheses of the outer function hold its arguments, whatever defaults the inner one has. Counts are real Keras 3.15's.
#[test]
fn functions_that_are_made_have_defaults() {
    let block = |n| match n {
        0 => model!(
            let block = |units = 8| {
                |x, depth = 1| {
                    let mut y = x;
                    for i in range(depth) { y = y => Dense(units); }
                    y
                }
            };
            Input(3) => block(16)
        )
        .count_params(),
        1 => model!(
            let block = |units = 8| {
                |x, depth = 1| {
                    let mut y = x;
                    for i in range(depth) { y = y => Dense(units); }
                    y
                }
            };
            Input(3) => block()
        )
        .count_params(),
        _ => model!(
            let block = |units, use_bias = True| {
                let wide = 2 * units;
                let norm = |x| x => BatchNormalization();
                let apply = |x, skip, depth = 2| {
                    let mut y = [x, skip] => Concatenate();
                    for i in range(depth) { y = y => Dense(wide, use_bias = use_bias); }
                    y => norm()
                };
                apply
            };
            let x = Input(3);
            [x, x] => block(4, use_bias = False)
        )
        .count_params(),
    };
    assert_eq!(block(0), 3 * 16 + 16);
    assert_eq!(block(1), 3 * 8 + 8);
    assert_eq!(block(2), 6 * 8 + 8 * 8 + 4 * 8);
}

/// A key that stands in a dict twice has its last value, at its first place.
#[test]
fn dicts_have_each_key_once() {
    let model = model!(
        let base = Sequential([Input(8), Dense(4), Dense(3)]);
        let d = dict([(layer.__class__.__name__, layer.output) for layer in base.layers]);
        Model(base.inputs, d["Dense"])
    );
    assert_eq!(model.output_shape().to_string(), "(None, 3)");
    assert_eq!(model.count_params(), 36 + 15);
    let model = model!(
        let d = {"a": 4, "b": 5, "a": 6};
        let mut x = Input(2);
        for n in d.values() { x = x => Dense(n); }
        x
    );
    // 2 to 6, 6 to 5.
    assert_eq!(model.count_params(), 18 + 35);
    let model = model!(
        let heads = {};
        let x = Input(2);
        for n in [4, 5] {
            heads["a"] = x => Dense(n);
        }
        heads["b"] = x => Dense(1);
        Model(x, heads["a"])
    );
    assert_eq!(model.count_params(), 15);
}
