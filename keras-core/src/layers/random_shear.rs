use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RandomShear;

use super::augment::affine::affine;
use super::augment::{Affine, drawn, signs, transforms_of};

impl Affine for RandomShear {
    fn transforms(&self, n: usize, _: [usize; 2], seed: &Symbolic) -> Symbolic {
        let seeds = ops::random::split(seed, 3);
        let sign = signs(n, &seeds[2]);
        let [x, y] = [(self.x_factor, &seeds[0]), (self.y_factor, &seeds[1])]
            .map(|(factor, seed)| drawn(n, factor.bounds(-1.0), seed) * &sign);
        let (one, none) = (ops::ones([n]), ops::zeros([n]));
        transforms_of([one.clone(), x, none.clone(), y, one, none])
    }
}

affine!(RandomShear);
