use std::sync::Arc;

use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::SpectralNormalization;
use keras_shape::{LayerConfig, Size};

use super::{Forward, Numbers};
use crate::context::Context;
use crate::model::{Trace, forward_config};
use crate::param::Weight;
use crate::tensor::{Pullback, Raw, Value, custom};
use crate::{Error, Result};

impl Forward for SpectralNormalization {
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let inner = self.layer.config;
        if inner.in_operations() {
            let config = LayerConfig::SpectralNormalization(*self);
            return forward_config(&config, weights, inputs, context);
        }
        let [kernel, vector, others @ ..] = weights else {
            return Err(Error::layer("SpectralNormalization without its weights"));
        };
        let mut own: Vec<Weight> = std::iter::once(kernel).chain(others).cloned().collect();
        if context.training {
            own[0].data = self.divide(kernel, vector, context)?;
        }
        let mut outputs = inner.call(&own, inputs, context)?;
        outputs.iter_mut().for_each(|y| y.mask = None);
        Ok(outputs)
    }

    fn in_operations(&self) -> bool {
        self.layer.config.in_operations()
    }

    fn trace(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Option<Vec<Symbolic>>> {
        let (inner, prefix) = (self.layer.config, self.prefix());
        if !inner.in_operations() {
            return Ok(None);
        }
        let mut divided = None;
        if cx.training() {
            let name = format!("{prefix}/{}", if inner.takes_ids() { "embeddings" } else { "kernel" });
            let kernel = cx.weight(&name);
            let (value, vector) = normalized(&kernel, &cx.weight("vector_u"), self.iterations());
            cx.update("vector_u", vector)?;
            cx.update(&name, &value)?;
            // The value is the divided one to the bit, the gradient that of the kernel itself.
            divided = Some(ops::stop_gradient(value) + (&kernel - ops::stop_gradient(&kernel)));
        }
        cx.with_first(prefix, divided, |cx| inner.trace(inputs, cx))
    }

    fn check<'a>(&self, input: &mut dyn FnMut(usize) -> Option<Numbers<'a>>) -> Result<()> {
        self.layer.config.check(input)
    }
}

trait Iterations {
    fn iterations(&self) -> usize;
    fn divide(&self, kernel: &Weight, vector: &Weight, context: &mut Context) -> Result<Raw>;
}

impl Iterations for SpectralNormalization {
    fn iterations(&self) -> usize {
        match self.power_iterations {
            Size::Known(n) => n,
            Size::Later => 1,
        }
    }

    /// The kernel divided, on the tape if gradients are taken; and what is kept of it.
    fn divide(&self, kernel: &Weight, vector: &Weight, context: &mut Context) -> Result<Raw> {
        let tensors = [kernel, vector].map(|weight| ops::input(weight.data.shape().as_slice(), ops::DType::Float32));
        let (value, next) = normalized(&tensors[0], &tensors[1], self.iterations());
        let wrong = |e: ops::OpError| Error::layer(e.to_string());
        let mut plan = ops::Plan::new(&tensors.each_ref(), &[&value, &next]).map_err(wrong)?;
        let data = [kernel.data.inner()?.to_vec()?, vector.data.inner()?.to_vec()?];
        plan.run(&data.each_ref().map(Vec::as_slice)).map_err(wrong)?;
        let shape = kernel.data.shape();
        let device = context.device().clone();
        context.update(vector, Raw::from_f32(plan.output(1).to_vec(), &vector.data.shape(), &device)?);
        context.update(kernel, Raw::from_f32(plan.output(0).to_vec(), &shape, &device)?);
        if !context.records() {
            return Raw::from_f32(plan.output(0).to_vec(), &shape, &device);
        }
        let len = plan.output(0).len();
        let same = move |dy: Option<&[f32]>| dy.map_or_else(|| vec![f32::NAN; len], <[f32]>::to_vec);
        let y = custom(kernel.data.flat()?, plan.output(0), Pullback(Arc::new(same)));
        Raw::new(y).reshape(&shape)
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
