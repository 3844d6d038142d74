//! Pooling of images with up to three axes, channels last, with windows that may lie anywhere.

mod largest;
mod mean;
#[cfg(test)]
mod tests;

use core::ops::Range;

use self::largest::{MaxPlane, Scatter};
use self::mean::{MeanPlane, Spread};
use crate::scratch;
use crate::simd::path;
use crate::threads::{self, Rows, parts};

/// How windows lie in images. Axes that images do not have are of length 1 and come first; what a window covers beyond an
/// image counts as absent.
#[derive(Clone, Copy, Debug)]
pub struct Pool3d {
    /// Samples.
    pub batch: usize,
    /// Lengths of the images' axes.
    pub image: [usize; 3],
    /// Channels.
    pub channels: usize,
    /// Lengths of the window.
    pub window: [usize; 3],
    /// The distance of two windows along each axis; at least 1.
    pub stride: [usize; 3],
    /// How far the first window begins before the image.
    pub before: [usize; 3],
    /// Windows along each axis.
    pub windows: [usize; 3],
}

/// The pixels along each axis that a window covers.
type Covered = [Range<usize>; 3];

impl Pool3d {
    /// Numbers of an image.
    fn x_len(&self) -> usize {
        self.image.iter().product::<usize>() * self.channels
    }

    /// Numbers of a plane of results.
    fn plane(&self) -> usize {
        self.windows[1] * self.windows[2] * self.channels
    }

    /// Numbers of an image's results.
    fn y_len(&self) -> usize {
        self.windows[0] * self.plane()
    }

    /// A pixel of a window is a step of one pass over memory, much cheaper than a multiply-add of a product.
    fn work(&self) -> usize {
        self.batch * self.y_len() * self.window.iter().product::<usize>() / 4
    }

    fn check(&self, x: usize, y: usize) {
        assert!(self.stride.iter().chain(&self.window).all(|n| *n > 0), "sizes");
        assert!(x == self.batch * self.x_len() && y == self.batch * self.y_len(), "shapes");
        // Every window must meet the image: where the first and the last do, all between them do.
        let meets = |i: usize| self.windows[i] == 0 || !self.covers(i, self.windows[i] - 1).is_empty();
        let begins = |i: usize| self.windows[i] == 0 || self.before[i] < self.window[i];
        assert!((0..3).all(|i| meets(i) && begins(i)), "windows beyond the image");
    }

    /// The pixels along an axis that window `at` covers.
    #[inline(always)]
    fn covers(&self, axis: usize, at: usize) -> Range<usize> {
        let (start, before) = (at * self.stride[axis], self.before[axis]);
        start.saturating_sub(before)..(start + self.window[axis]).saturating_sub(before).min(self.image[axis])
    }

    /// Whether no pixel is in two windows.
    fn is_apart(&self) -> bool {
        (0..3).all(|i| self.window[i] <= self.stride[i] || self.windows[i] <= 1)
    }

    /// Whether every pixel is in a window.
    fn is_covered(&self) -> bool {
        (0..3).all(|i| {
            let all = self.windows[i] > 0 && self.covers(i, self.windows[i] - 1).end == self.image[i];
            all && (self.window[i] >= self.stride[i] || self.windows[i] == 1)
        })
    }

    /// The largest of each window, `y (batch, windows, channels)`, and, for the gradient, which pixel of its image it was, the
    /// first of equals. Without `which` it is not kept. NaN as in [`Pool::max`](super::Pool::max).
    ///
    /// # Panics
    /// A slice has not its shape, a length of the window or a stride is 0, or a window lies beyond the image.
    pub fn max(&self, x: &[f32], y: &mut [f32], which: Option<&mut [u32]>) {
        self.check(x.len(), y.len());
        assert!(which.as_ref().is_none_or(|which| which.len() == y.len()), "shapes");
        if y.is_empty() {
            return;
        }
        let (path, planes, plane) = (path(), self.batch * self.windows[0], self.plane());
        let memory = (Rows::new(y, plane), Rows::optional(which, plane));
        threads::each(planes, parts(self.work(), planes), memory, &|these, (y, which)| {
            let mut which = which.wanted();
            for (at, (i, y)) in these.zip(y.data.chunks_exact_mut(plane)).enumerate() {
                let x = &x[i / self.windows[0] * self.x_len()..][..self.x_len()];
                let which = which.as_deref_mut().map_or(&mut [][..], |all| &mut all[at * plane..][..plane]);
                path.run(MaxPlane { of: self, x, y, which, at: i % self.windows[0] });
            }
        });
    }

    /// The gradient `dx` of [`max`](Pool3d::max), from which pixels were the largest and the gradient `dy` of the results.
    ///
    /// # Panics
    /// As [`max`](Pool3d::max), and if a pixel is not in its image.
    pub fn max_backward(&self, which: &[u32], dy: &[f32], dx: &mut [f32]) {
        self.check(dx.len(), dy.len());
        assert!(which.len() == dy.len(), "shapes");
        if dy.is_empty() {
            return dx.fill(0.0);
        }
        let (path, len, c, apart) = (path(), self.y_len(), self.channels, self.is_apart());
        self.each_gradient(dx, &|i, dx| {
            let (which, dy) = (&which[i * len..][..len], &dy[i * len..][..len]);
            if apart {
                return path.run(Scatter { of: self, which, dy, dx });
            }
            for (dy, which) in dy.chunks_exact(c).zip(which.chunks_exact(c)) {
                for (j, (d, pixel)) in dy.iter().zip(which).enumerate() {
                    dx[*pixel as usize * c + j] += d;
                }
            }
        });
    }

    /// Calls `f` with each sample and the gradient of its image, which is 0 where windows add to it or leave pixels out.
    fn each_gradient(&self, dx: &mut [f32], f: &(impl Fn(usize, &mut [f32]) + Sync)) {
        let written = self.is_apart() && self.is_covered();
        let (parts, rows) = (parts(self.work(), self.batch), Rows::new(dx, self.x_len()));
        threads::each(self.batch, parts, rows, &|these, dx| {
            for (i, dx) in these.zip(dx.data.chunks_exact_mut(self.x_len())) {
                if !written {
                    dx.fill(0.0);
                }
                f(i, dx);
            }
        });
    }

    /// The mean of each window, `y (batch, windows, channels)`, over the pixels that exist.
    ///
    /// # Panics
    /// As [`max`](Pool3d::max).
    pub fn average(&self, x: &[f32], y: &mut [f32]) {
        self.check(x.len(), y.len());
        if y.is_empty() {
            return;
        }
        let (path, planes, plane) = (path(), self.batch * self.windows[0], self.plane());
        threads::each(planes, parts(self.work(), planes), Rows::new(y, plane), &|these, y| {
            for (i, y) in these.zip(y.data.chunks_exact_mut(plane)) {
                let x = &x[i / self.windows[0] * self.x_len()..][..self.x_len()];
                path.run(MeanPlane { of: self, x, y, at: i % self.windows[0] });
            }
        });
    }

    /// The gradient `dx` of [`average`](Pool3d::average).
    ///
    /// # Panics
    /// As [`max`](Pool3d::max).
    pub fn average_backward(&self, dy: &[f32], dx: &mut [f32]) {
        self.check(dx.len(), dy.len());
        if dy.is_empty() {
            return dx.fill(0.0);
        }
        let (path, len, add) = (path(), self.y_len(), !self.is_apart());
        self.each_gradient(dx, &|i, dx| {
            let dy = &dy[i * len..][..len];
            scratch::with(self.channels, |share| path.run(Spread { of: self, dy, share, add, dx }));
        });
    }

    /// The window at a place.
    #[inline(always)]
    fn window_at(&self, at: [usize; 3]) -> Covered {
        core::array::from_fn(|i| self.covers(i, at[i]))
    }
}
