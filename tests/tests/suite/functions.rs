//! Functions, loops and choices in `model!`, compiled by rustc and run.

use keras_core::prelude::*;

/// Functions that stand in a module of their own.
mod blocks {
    use keras_core::prelude::*;

    model! {
        /// A dense layer and what Python's examples put behind it.
        pub fn hidden(x, units, rate = 0.0, activation = relu) {
            let mut y = x => Dense(units, activation = activation);
            if rate > 0.0 {
                y = y => Dropout(rate);
            }
            y
        }
    }
}

model! {
    fn residual(x, units, name) {
        let y = x => blocks::hidden(units, activation = tanh) => Dense(units, name = "{name}_out");
        [x, y] => Add(name = "{name}_add")
    }
}

model! {
    struct Short {
        let mut x = Input(6) => blocks::hidden(8, rate = 0.5);
        for (i, activation) in [relu, sigmoid].enumerate() {
            x = x => residual(8, name = "block{i}") => Activation(activation);
        }
        x => Dense(1)
    }
}

model! {
    struct Long {
        let x = Input(6) => Dense(8, activation = relu) => Dropout(0.5);
        let y = x => Dense(8, activation = tanh) => Dense(8, name = "block0_out");
        let x = [x, y] => Add(name = "block0_add") => Activation(relu);
        let y = x => Dense(8, activation = tanh) => Dense(8, name = "block1_out");
        let x = [x, y] => Add(name = "block1_add") => Activation(sigmoid);
        x => Dense(1)
    }
}

#[test]
fn functions_of_other_modules_are_written_out() {
    let same = |text: String| text.split_once('\n').map(|(_, rest)| rest.to_string());
    let (short, long) = (Short::with_seed(3), Long::with_seed(3));
    assert_eq!(same(short.summary().to_string()), same(long.summary().to_string()));
    assert_eq!(Short::PARAMS, Long::PARAMS);
    let sample = [0.1, -0.2, 0.3, 0.4, -0.5, 0.6];
    let (a, b) = (short.predict_one(&sample).expect("a"), long.predict_one(&sample).expect("b"));
    assert_eq!(a.to_vec(), b.to_vec());
}

#[test]
fn a_bound_layer_takes_a_state_where_it_is_applied() {
    let model = model!(
        let words = Input(None, 4);
        let (y, h) = words => GRU(3, return_sequences = true, return_state = true);
        let decoder = GRU(3);
        let a = y => decoder(initial_state = h);
        let b = y => decoder;
        [a, b] => Concatenate() => Dense(2)
    );
    assert_eq!(model.count_params(), (4 * 9 + 3 * 9 + 18) + (3 * 9 + 3 * 9 + 18) + (6 * 2 + 2));
    // With a state of zeros both applications would agree.
    let state = model.predict_one(&[0.5; 8]).expect("an answer");
    assert!(state.iter().all(|x| x.is_finite()));
}

/// Functions of another crate, which apply functions of their own.
mod across_crates {
    use keras_core::prelude::*;
    use keras_tests::blocks::{Beside, residual};

    mod inner {
        use keras_core::prelude::*;
        use keras_tests::blocks as elsewhere;

        model! {
            pub fn twice(x, units) { x => elsewhere::residual(units) => elsewhere::residual(units) }
        }
    }

    model! { struct Two { Input(4) => residual(4) => keras_tests::blocks::other::hidden(3) => Dense(1) } }

    model! {
        struct Shadowed {
            // `residual` applies its own `hidden`, not this one.
            let hidden = |x, units| x => Dense(units + 1);
            Input(4) => inner::twice(4) => hidden(2)
        }
    }

    #[test]
    fn functions_bring_along_what_they_apply() {
        assert_eq!(Two::PARAMS, (4 * 4 + 4) + (4 * 3 + 3) + (3 * 4 + 4) + (4 + 1));
        assert_eq!(Shadowed::PARAMS, 2 * (4 * 4 + 4) + (4 * 3 + 3));
        assert_eq!(Beside::PARAMS, 2 * (3 * 3 + 3) + (3 * 3 + 3) + (3 * 4 + 4) + (4 + 1));
        let text = Shadowed::new().summary().to_string();
        assert_eq!(text.matches("(Add)").count(), 2, "{text}");
    }
}
