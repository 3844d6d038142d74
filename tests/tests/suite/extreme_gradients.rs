//! Gradients of activations for inputs and gradients of every size of f32, infinite and NaN, against real Keras
//! (`tests/keras/make_extreme_activations.py`), in plans and in Burn code.

use keras_core::Result;
use keras_core::engine::without;
use keras_core::prelude::*;
use keras_core::training::losses::{Loss, Target};
use keras_core::training::target::SameAsOutput;
use keras_tests::Archive;
use ndarray::Array2;

/// A loss whose gradient by an output is the target: the sum of their products.
#[derive(Clone)]
struct Given;

impl Loss for Given {
    const TARGET: Target = Target::SameAsOutput;
    type Targets = SameAsOutput;

    fn name(&self) -> &'static str {
        "given"
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        Ok(ops::sum(y_true * y_pred, -1).into())
    }
}

fn numbers(key: &str) -> Vec<f32> {
    Archive::open("extreme_activations").get(key).iter().copied().collect()
}

fn raw(numbers: &[f32], shape: &[usize]) -> Raw {
    Raw::from_f32(numbers.to_vec(), shape).expect("a tensor")
}

/// One number of the table: an input, the gradient of its output, and Keras's derivative and gradient.
struct Entry {
    x: f32,
    dy: f32,
    slope: f32,
    d: f32,
}

impl Entry {
    /// Whether float32 cannot tell what an infinity is multiplied with, where Keras's numbers are float64's.
    fn is_lost(&self, name: &str) -> bool {
        let tiny = |x: f32| x != 0.0 && x.abs() < 1e-19;
        let saturated = !name.contains("LU") && (8.0..800.0).contains(&self.x.abs());
        let overflown = self.slope.is_infinite() && self.dy.abs() < 1e-30;
        let far = name == "squareplus" && self.x < -1e6;
        !self.dy.is_finite() && (tiny(self.x) || saturated || far || self.x == -20.0) || overflown
    }

    /// Whether `found` is right: Keras's, up to rounding.
    fn is(&self, found: f32) -> bool {
        let Entry { dy, slope, d, .. } = *self;
        let size = if dy.is_finite() { dy.abs() } else { 0.0 };
        // Where an infinity meets no slope, what is selected is 0 and a product NaN; where it meets one it is infinite,
        // also if a formula of Keras's makes NaN of it.
        let infinite =
            dy.is_infinite() && d.is_nan() && (found == dy * slope || slope == 0.0 && found == 0.0);
        let none = dy.is_nan() && slope == 0.0 && (found == 0.0 || found.is_nan());
        (found - d).abs() <= 2e-5 * d.abs() + 2e-6 * size + 2e-38
            || found == d
            || found.is_nan() && d.is_nan()
            || infinite
            || none
    }

    /// What the code for other devices is not held to: formulas of several terms, whose sum of infinities is NaN.
    fn is_beyond_burn(&self, name: &str, found: f32) -> bool {
        let smooth = !PICKING.contains(&name);
        let product = (self.x * self.dy).is_infinite();
        (smooth && found.is_nan() && (product || !self.dy.is_finite()))
            || smooth && self.x.is_infinite()
            || name == "squareplus" && self.x.abs() >= 100.0
    }
}

/// Whose derivative picks what passes: their gradients are right for infinities everywhere.
const PICKING: [&str; 16] = [
    "relu",
    "relu6",
    "leaky_relu",
    "hard_sigmoid",
    "hard_tanh",
    "hard_shrink",
    "soft_shrink",
    "sparse_sigmoid",
    "ReLU_slope",
    "ReLU_threshold",
    "ReLU_all",
    "LeakyReLU",
    "LeakyReLU_0",
    "PReLU",
    "PReLU_0",
    "PReLU_below",
];

/// Holds the gradients that `run` finds for one `dy` everywhere to Keras's.
fn check(name: &str, how: &str, mut run: impl FnMut(f32) -> Vec<f32>, found: &mut Vec<String>) {
    let (x, dys, d) = (numbers("x"), numbers("dys"), numbers(&format!("{name}/d")));
    let slopes = numbers(&format!("{name}/g"));
    for (dy, d) in dys.iter().zip(d.chunks_exact(x.len())) {
        let gradients = run(*dy);
        assert_eq!(gradients.len(), x.len());
        for (i, gradient) in gradients.into_iter().enumerate() {
            let entry = Entry { x: x[i], dy: *dy, slope: slopes[i], d: d[i] };
            let beyond = how == "Burn" && entry.is_beyond_burn(name, gradient);
            if !(entry.is(gradient) || entry.is_lost(name) || beyond) {
                found.push(format!(
                    "{name} by {how}: {:e} and {dy:e} give {gradient:e}, Keras {:e}",
                    x[i], d[i]
                ));
            }
        }
    }
}

/// The gradient of the only input of a model behind an embedding or a bias, whichever of its weights is `which`.
macro_rules! both {
    ($name:expr, $model:expr, $input:expr, $which:expr, $found:expr) => {{
        let mut model = $model;
        let target = |dy: f32| Array2::from_elem((1, 75), dy);
        let mut run = |dy: f32| {
            let (_, gradients) = model.gradients($input, &target(dy)).expect("gradients");
            gradients[$which].as_ref().expect("a gradient").to_vec().expect("numbers")
        };
        check($name, "plan", &mut run, $found);
        check($name, "Burn", |dy| without(|| run(dy)), $found);
    }};
}

/// An activation behind a dense layer whose bias is what goes in, and as a layer behind an embedding.
macro_rules! activations {
    ($($name:literal $act:ident)*) => {{
        let (x, mut found) = (numbers("x"), Vec::new());
        $(
            let mut dense = model!(Input(75) => Dense(75, activation = $act)).compile(SGD::new(0.1), Given, ());
            dense.set_weights(&[raw(&[0.0; 75 * 75], &[75, 75]), raw(&x, &[75])]).expect("weights");
            both!($name, dense, &Array2::<f32>::zeros((1, 75)), 1, &mut found);
            layers!(@one found, $name, Activation($act));
        )*
        found
    }};
}

/// Layers behind an embedding.
macro_rules! layers {
    ($($name:literal $layer:ident($($args:tt)*);)*) => {{
        let mut found = Vec::new();
        $( layers!(@one found, $name, $layer($($args)*)); )*
        found
    }};
    (@one $found:ident, $name:literal, $($layer:tt)*) => {{
        let mut model = model!(Input(1, dtype = int32) => Embedding(1, 75) => Flatten() => $($layer)*)
            .compile(SGD::new(0.1), Given, ());
        let mut weights: Vec<Raw> = model.weights().into_iter().map(|(_, raw)| raw).collect();
        weights[0] = raw(&numbers("x"), &[1, 75]);
        model.set_weights(&weights).expect("weights");
        both!($name, model, &Array2::<i32>::zeros((1, 1)), 0, &mut $found);
    }};
}

#[test]
fn activations_as_keras() {
    let found = activations! {
        "relu" relu "relu6" relu6 "leaky_relu" leaky_relu "elu" elu "celu" celu "selu" selu "gelu" gelu "silu" silu
        "sigmoid" sigmoid "hard_sigmoid" hard_sigmoid "hard_silu" hard_silu "hard_tanh" hard_tanh
        "hard_shrink" hard_shrink "soft_shrink" soft_shrink "tanh" tanh "tanh_shrink" tanh_shrink
        "softplus" softplus "softsign" softsign "squareplus" squareplus "sparse_plus" sparse_plus
        "sparse_sigmoid" sparse_sigmoid "log_sigmoid" log_sigmoid "mish" mish "exponential" exponential
    };
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn layers_as_keras() {
    let found = layers! {
        "ReLU_slope" ReLU(negative_slope = 0.1);
        "ReLU_threshold" ReLU(threshold = 0.5);
        "ReLU_all" ReLU(max_value = 2.0, negative_slope = 0.1, threshold = 0.5);
        "LeakyReLU" LeakyReLU(negative_slope = 0.2);
        "LeakyReLU_0" LeakyReLU(negative_slope = 0.0);
        "ELU_half" ELU(alpha = 0.5);
        "ELU_0" ELU(alpha = 0.0);
        "PReLU" PReLU(alpha_initializer = Constant(0.25));
        "PReLU_0" PReLU();
        "PReLU_below" PReLU(alpha_initializer = Constant(-0.5));
    };
    assert!(found.is_empty(), "{}", found.join("\n"));
}
