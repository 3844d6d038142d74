use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RandomRotation;

use super::augment::affine::affine;
use super::augment::{Affine, drawn, transforms_of};

impl Affine for RandomRotation {
    fn transforms(&self, n: usize, size: [usize; 2], seed: &Symbolic) -> Symbolic {
        let degrees = self.factor.bounds(-1.0).map(|turns| turns * 360.0);
        let angle = drawn(n, degrees, seed) * (core::f32::consts::PI / 180.0);
        let (cos, sin) = (ops::cos(&angle), ops::sin(&angle));
        let [y, x] = size.map(|n| 0.5 * (n as f32 - 1.0));
        let column = x - x * &cos + y * &sin;
        let row = y - x * &sin - y * &cos;
        transforms_of([cos.clone(), -&sin, column, sin, cos, row])
    }
}

affine!(RandomRotation);
