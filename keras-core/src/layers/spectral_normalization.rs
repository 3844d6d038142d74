use keras_ops::{self as ops, Symbolic};
use keras_shape::Size;
use keras_shape::layers::SpectralNormalization;

use super::{Arithmetic, Numbers, Operations};
use crate::Result;
use crate::model::Trace;

impl Operations for SpectralNormalization {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let (inner, prefix) = (self.layer.config, self.prefix());
        let mut divided = None;
        if cx.training() {
            let name = format!("{prefix}/{}", if inner.takes_ids() { "embeddings" } else { "kernel" });
            let kernel = cx.weight(&name);
            let iterations = match self.power_iterations {
                Size::Known(n) => n,
                Size::Later => 1,
            };
            let (value, vector) = normalized(&kernel, &cx.weight("vector_u"), iterations);
            cx.update("vector_u", vector)?;
            // The value is the divided one to the bit, the gradient that of the kernel itself, also where a later step of a
            // sequence divides it again.
            let kept = ops::stop_gradient(value) + (&kernel - ops::stop_gradient(&kernel));
            cx.update(&name, &kept)?;
            divided = Some(kept);
        }
        cx.with_first(prefix, divided, |cx| Arithmetic::of_any(inner).trace(inputs, cx))
    }

    fn check<'a>(&self, input: &mut dyn FnMut(usize) -> Option<Numbers<'a>>) -> Result<()> {
        Arithmetic::of_any(self.layer.config).check(input)
    }
}

/// The kernel divided by an estimate of its largest singular value, and the vector that the next estimate begins with.
fn normalized(kernel: &Symbolic, vector: &Symbolic, iterations: usize) -> (Symbolic, Symbolic) {
    let columns = vector.shape()[1];
    let matrix = ops::reshape(kernel, [-1, columns as isize]);
    let unit = |x: Symbolic| {
        let root = ops::rsqrt(ops::sum(ops::square(&x), None));
        x * ops::minimum(root, 1e7)
    };
    let (mut u, mut v) = (vector.clone(), vector.clone());
    for _ in 0..iterations {
        v = unit(ops::matmul(&u, ops::transpose(&matrix, None)));
        u = unit(ops::matmul(&v, &matrix));
    }
    let sigma = ops::matmul(ops::matmul(v, &matrix), ops::transpose(&u, None));
    // A kernel of zeros stays.
    let zeros = ops::all(ops::equal(kernel, 0.0), None).build();
    let sigma = ops::where_(&zeros, 1.0, ops::reshape(sigma, []));
    (kernel / sigma, ops::where_(zeros, vector, u))
}
