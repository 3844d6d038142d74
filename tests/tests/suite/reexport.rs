//! A crate that re-exports this one under a name of its own: `crate = path;` in front of a model.

use ndarray::Array2;
use toolbox::keras::prelude::{AnyModel, Model};

/// As a crate of one's own might have it.
mod toolbox {
    pub use keras_core as keras;
}

mod inside {
    super::toolbox::keras::model! {
        crate = crate::reexport::toolbox::keras;
        /// A function for other models.
        pub(crate) fn residual(x, units) {
            let y = x => Dense(units, activation = relu) => Dense(units);
            [x, y] => Add()
        }
    }

    super::toolbox::keras::model! {
        crate = crate::reexport::toolbox::keras;
        /// A named model of two inputs.
        #[derive(Clone)]
        pub struct Pair {
            let a = Input(4);
            let b = Input(4);
            let both = [a, b] => Add() => residual(4);
            (both => Dense(2), both => Dense(3))
        }
    }

    super::toolbox::keras::model! {
        crate = crate::reexport::toolbox::keras;
        /// A named model of any width.
        pub struct Wide<const UNITS: usize = 4> {
            Input(UNITS) => Dense(2 * UNITS, kernel_initializer = ones) => Dense(1, kernel_initializer = ones)
        }
    }

    super::toolbox::keras::model! {
        crate = crate::reexport::toolbox::keras;
        pub type Three = Wide<3>;
    }
}

#[test]
fn models_of_a_crate_under_another_name_compute() -> keras_core::Result<()> {
    let x = Array2::<f32>::ones((3, 4));
    let (a, b) = inside::Pair::new().predict(inside::PairInputs { a: &x, b: &x })?;
    assert_eq!((a.shape(), b.shape()), (vec![3, 2], vec![3, 3]));
    let model =
        toolbox::keras::model!(crate = toolbox::keras; Input(4) => Dense(2, kernel_initializer = ones));
    assert_eq!(model.predict_one(&[1.0, 2.0, 3.0, 4.0])?.to_vec(), [10.0, 10.0]);
    assert_eq!(model.structure().layers.len(), 1);
    // Each of 6 units is the sum of the input, and the output the sum of the units.
    assert_eq!(inside::Three::new().predict_one(&[1.0, 2.0, 3.0])?.to_vec(), [36.0]);
    let model = toolbox::keras::model!(crate = toolbox::keras; inside::Wide::<2>);
    assert_eq!(model.predict_one(&[1.0, 2.0])?.to_vec(), [12.0]);
    Ok(())
}
