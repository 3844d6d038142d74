//! A convolution and the largest of each window of its output, as one operation.
//!
//! The windows of an image are looked at while it is in the cache, so the convolution's output never is in memory, nor
//! its gradient: what a window's largest number was is enough to know the activation's slope there.

use crate::activation::Act;
use crate::conv::{Conv, ConvGradients, Filters, Slope};
use crate::pool::Pool;
use crate::scratch;
use crate::simd::path;
use crate::threads::Rows;

/// `max(activation(convolution))`.
#[derive(Clone, Copy, Debug)]
pub struct ConvPool {
    /// The convolution.
    pub conv: Conv,
    /// The windows of its output.
    pub pool: Pool,
}

impl ConvPool {
    /// Numbers of the convolution's output for one image, and of the windows.
    fn lens(&self) -> (usize, usize) {
        let len = |size: [usize; 2]| size[0] * size[1] * self.conv.filters;
        (len(self.conv.output()), len(self.pool.output()))
    }

    fn check(&self, y: usize) {
        let (lz, ly) = self.lens();
        let Pool { batch, image, channels, .. } = self.pool;
        let fits = (batch, image, channels) == (self.conv.batch, self.conv.output(), self.conv.filters);
        assert!(fits, "windows");
        self.pool.check(batch * lz, y);
        assert!(ly > 0, "an empty image");
    }

    /// `y (batch, output height, output width, filters)` from what [`Conv::forward`] takes, and for the gradient which
    /// pixel it was, as in [`Pool::max`].
    ///
    /// # Panics
    /// As [`Conv::forward`] and [`Pool::max`], or the windows are not those of the convolution's output, or no window
    /// fits.
    pub fn forward<'a>(
        &self,
        x: &[f32],
        w: impl Into<Filters<'a>>,
        b: Option<&[f32]>,
        y: &mut [f32],
        which: Option<&mut [u32]>,
    ) {
        self.check(y.len());
        assert!(which.as_ref().is_none_or(|which| which.len() == y.len()), "shapes");
        let (path, w, (lz, ly)) = (path(), w.into(), self.lens());
        self.conv.check_filters(x.len(), w, self.conv.batch * lz);
        let job = (Rows::new(y, ly), Rows::optional(which, ly));
        self.conv.forward_each(path, x, w, b, job, &|these, (y, which), image| {
            let mut which = which.wanted();
            scratch::with(lz, |z| {
                for (at, (i, y)) in these.zip(y.data.chunks_exact_mut(ly)).enumerate() {
                    image(i, &mut *z);
                    if self.conv.act != Act::Relu {
                        self.conv.act.forward_on(path, z);
                    }
                    let which = which.as_deref_mut().map_or(&mut [][..], |which| &mut which[at * ly..][..ly]);
                    self.pool.max_image(path, z, y, which);
                }
            });
        });
    }

    /// The gradients, from what [`ConvPool::forward`] was given and filled, and the gradient `dy` of its output.
    ///
    /// # Panics
    /// As [`ConvPool::forward`].
    pub fn backward(&self, x: &[f32], w: &[f32], y: &[f32], which: &[u32], dy: &[f32], to: ConvGradients) {
        self.check(y.len());
        assert!(which.len() == y.len() && dy.len() == y.len(), "shapes");
        let (path, (lz, ly)) = (path(), self.lens());
        self.conv.check(x.len(), w.len(), self.conv.batch * lz);
        let of = |i: usize, _: std::ops::Range<usize>, dz: &mut [f32]| {
            let these = i * ly..(i + 1) * ly;
            let (y, which, dy) = (&y[these.clone()], &which[these.clone()], &dy[these]);
            if self.conv.act == Act::Linear {
                return self.pool.max_image_backward(path, which, dy, dz);
            }
            scratch::with(ly, |slope| {
                self.conv.act.backward_on(path, y, dy, slope);
                self.pool.max_image_backward(path, which, slope, dz);
            });
        };
        self.conv.backward_each(path, x, w, Slope::Made { of: &of, whole: true }, to);
    }
}
