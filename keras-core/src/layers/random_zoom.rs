use keras_ops::{self as ops, Symbolic};
use keras_shape::Factor;
use keras_shape::layers::RandomZoom;

use super::augment::affine::affine;
use super::augment::{Affine, drawn, transforms_of};

impl Affine for RandomZoom {
    fn transforms(&self, n: usize, size: [usize; 2], seed: &Symbolic) -> Symbolic {
        let seeds = ops::random::split(seed, 2);
        let shown = |factor: Factor, seed: &Symbolic| drawn(n, factor.bounds(-1.0).map(|x| 1.0 + x), seed);
        let height = shown(self.height_factor, &seeds[0]);
        let width = self.width_factor.map_or_else(|| height.clone(), |factor| shown(factor, &seeds[1]));
        let offset = |length: usize, shown: &Symbolic| (length as f32 - 1.0) / 2.0 * (1.0 - shown);
        let (column, row) = (offset(size[1], &width), offset(size[0], &height));
        let none = ops::zeros([n]);
        transforms_of([width, none.clone(), column, none, height, row])
    }
}

affine!(RandomZoom);
