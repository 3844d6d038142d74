use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RandomTranslation;

use super::augment::affine::affine;
use super::augment::{Affine, drawn, transforms_of};

impl Affine for RandomTranslation {
    fn transforms(&self, n: usize, size: [usize; 2], seed: &Symbolic) -> Symbolic {
        let seeds = ops::random::split(seed, 2);
        let factors = [self.height_factor, self.width_factor];
        let [row, column] = [0, 1].map(|i| -(drawn(n, factors[i].bounds(-1.0), &seeds[i]) * size[i] as f32));
        let (one, none) = (ops::ones([n]), ops::zeros([n]));
        transforms_of([one.clone(), none.clone(), column, none, one, row])
    }
}

affine!(RandomTranslation);
