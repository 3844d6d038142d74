//! Pooling of images, channels last.

mod twos;
mod volume;

use self::twos::{MaxOfTwos, ScatterTwos};
pub use self::volume::Pool3d;
use crate::simd::{Isa, Kernel, Path, path};
use crate::threads::{self, Rows, parts};
use crate::{scratch, vector};

/// A pooling window over images. One dimension is an image of height 1; a global pooling is a window of the image's
/// size.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// Images.
    pub batch: usize,
    /// Height and width of the input.
    pub image: [usize; 2],
    /// Channels.
    pub channels: usize,
    /// Height and width of the window.
    pub window: [usize; 2],
    /// Steps down and right.
    pub stride: [usize; 2],
    /// Rows above and below the image that count as absent.
    pub pad_height: [usize; 2],
    /// Columns left and right of the image that count as absent.
    pub pad_width: [usize; 2],
}

impl Pool {
    /// The pooling of whole images to one pixel.
    pub fn global(batch: usize, image: [usize; 2], channels: usize) -> Pool {
        Pool { batch, image, channels, window: image, stride: [1, 1], pad_height: [0, 0], pad_width: [0, 0] }
    }

    /// Height and width of the output.
    pub fn output(&self) -> [usize; 2] {
        let pad = [self.pad_height, self.pad_width];
        std::array::from_fn(|i| {
            let padded = self.image[i] + pad[i][0] + pad[i][1];
            if padded < self.window[i] { 0 } else { (padded - self.window[i]) / self.stride[i] + 1 }
        })
    }

    fn x_len(&self) -> usize {
        self.image[0] * self.image[1] * self.channels
    }

    fn y_len(&self) -> usize {
        self.output().iter().product::<usize>() * self.channels
    }

    /// An element of work is a step of one pass over memory, much cheaper than a multiply-add of a product.
    fn parts(&self) -> usize {
        parts(self.batch * self.y_len() * self.window[0] * self.window[1] / 4, self.batch)
    }

    pub(crate) fn check(&self, x: usize, y: usize) {
        assert!(self.stride.iter().chain(&self.window).all(|n| *n > 0), "sizes");
        // Every window must meet the image.
        let pads = [self.pad_height, self.pad_width];
        assert!((0..2).all(|i| pads[i].iter().all(|p| *p < self.window[i])), "padding");
        assert!(x == self.batch * self.x_len() && y == self.batch * self.y_len(), "shapes");
    }

    /// The pixels of the image that the window of output pixel `(oy, ox)` covers: rows and columns.
    #[inline(always)]
    fn covers(&self, oy: usize, ox: usize) -> [std::ops::Range<usize>; 2] {
        let at = [oy, ox];
        let before = [self.pad_height[0], self.pad_width[0]];
        std::array::from_fn(|i| {
            let start = at[i] * self.stride[i];
            start.saturating_sub(before[i])
                ..(start + self.window[i]).saturating_sub(before[i]).min(self.image[i])
        })
    }

    /// The largest of each window, `y (batch, output height, output width, channels)`, and, for the gradient, which
    /// pixel of the image it was: `height * width` index, the first of equals. Without `which` it is not kept. The
    /// largest of a window with NaN is NaN; its gradient goes where Keras's goes on JAX: NaN is passed over for whatever
    /// comes next, be it smaller.
    ///
    /// # Panics
    /// A slice has not its shape, or the padding reaches the window's size.
    pub fn max(&self, x: &[f32], y: &mut [f32], which: Option<&mut [u32]>) {
        self.check(x.len(), y.len());
        assert!(which.as_ref().is_none_or(|w| w.len() == y.len()), "shapes");
        let path = path();
        let memory = (Rows::new(y, self.y_len()), Rows::optional(which, self.y_len()));
        threads::each(self.batch, self.parts(), memory, &|these, (y, which)| {
            let mut which = which.wanted();
            for (at, i) in these.enumerate() {
                let range = at * self.y_len()..(at + 1) * self.y_len();
                let x = &x[i * self.x_len()..][..self.x_len()];
                let which = which.as_deref_mut().map_or(&mut [][..], |w| &mut w[range.clone()]);
                self.max_image(path, x, &mut y.data[range], which);
            }
        });
    }

    /// [`Pool::max`] of one image; `which` is empty if it is not kept.
    pub(crate) fn max_image(&self, path: Path, x: &[f32], y: &mut [f32], which: &mut [u32]) {
        if self.is_twos() {
            path.run(MaxOfTwos { pool: self, x, y, which });
        } else {
            path.run(Max { pool: self, x, y, which });
        }
    }

    /// The gradient `dx (batch, height, width, channels)` of [`Pool::max`].
    ///
    /// # Panics
    /// As [`Pool::max`].
    pub fn max_backward(&self, which: &[u32], dy: &[f32], dx: &mut [f32]) {
        self.check(dx.len(), dy.len());
        assert!(which.len() == dy.len(), "shapes");
        let path = path();
        threads::each(self.batch, self.parts(), Rows::new(dx, self.x_len()), &|these, dx| {
            for (i, dx) in these.zip(dx.data.chunks_exact_mut(self.x_len().max(1))) {
                let range = i * self.y_len()..(i + 1) * self.y_len();
                self.max_image_backward(path, &which[range.clone()], &dy[range], dx);
            }
        });
    }

    /// [`Pool::max_backward`] of one image.
    pub(crate) fn max_image_backward(&self, path: Path, which: &[u32], dy: &[f32], dx: &mut [f32]) {
        if self.is_apart() {
            self.fill_between(dx);
            if self.is_twos() {
                path.run(ScatterTwos { pool: self, which, dy, dx });
            } else {
                path.run(Scatter { pool: self, which, dy, dx });
            }
            return;
        }
        let c = self.channels.max(1);
        dx.fill(0.0);
        for (dy, which) in dy.chunks_exact(c).zip(which.chunks_exact(c)) {
            for (j, (d, w)) in dy.iter().zip(which).enumerate() {
                dx[*w as usize * c + j] += d;
            }
        }
    }

    /// Whether no pixel is in two windows, and every window inside the image.
    pub fn is_apart(&self) -> bool {
        (0..2).all(|i| self.window[i] <= self.stride[i])
            && self.pad_height == [0, 0]
            && self.pad_width == [0, 0]
    }

    /// Sets to 0 what lies between windows that are apart, and after the last of them: it has no gradient.
    fn fill_between(&self, dx: &mut [f32]) {
        let ([oh, ow], w, c) = (self.output(), self.image[1], self.channels);
        if self.stride != self.window {
            return dx.fill(0.0);
        }
        let [sh, sw] = self.stride;
        dx[oh * sh * w * c..].fill(0.0);
        dx.chunks_exact_mut((w * c).max(1)).take(oh * sh).for_each(|row| row[ow * sw * c..].fill(0.0));
    }

    /// Whether windows that are [apart](Pool::is_apart) leave no pixel out.
    pub(crate) fn is_covered(&self) -> bool {
        self.window == self.stride && (0..2).all(|i| self.image[i].is_multiple_of(self.window[i]))
    }

    /// The mean of each window, over the pixels that exist (as Keras with `padding="same"`).
    ///
    /// # Panics
    /// As [`Pool::max`].
    pub fn average(&self, x: &[f32], y: &mut [f32]) {
        self.check(x.len(), y.len());
        let whole = self.window == self.image && [self.pad_height, self.pad_width] == [[0; 2]; 2];
        if !whole {
            return self.deep().average(x, y);
        }
        let (path, n) = (path(), (self.image[0] * self.image[1]) as f32);
        threads::each(self.batch, self.parts(), Rows::new(y, self.channels), &|these, y| {
            for (i, y) in these.zip(y.data.chunks_exact_mut(self.channels.max(1))) {
                y.fill(0.0);
                vector::add_rows(path, y, &x[i * self.x_len()..][..self.x_len()]);
                y.iter_mut().for_each(|y| *y /= n);
            }
        });
    }

    /// The gradient `dx (batch, height, width, channels)` of [`Pool::average`].
    ///
    /// # Panics
    /// As [`Pool::max`].
    pub fn average_backward(&self, dy: &[f32], dx: &mut [f32]) {
        self.check(dx.len(), dy.len());
        self.deep().average_backward(dy, dx);
    }

    /// The same of images with three axes, of which the first has one plane.
    fn deep(&self) -> Pool3d {
        let ([h, w], [kh, kw], [sh, sw], [oh, ow]) = (self.image, self.window, self.stride, self.output());
        Pool3d {
            batch: self.batch,
            image: [1, h, w],
            channels: self.channels,
            window: [1, kh, kw],
            stride: [1, sh, sw],
            before: [0, self.pad_height[0], self.pad_width[0]],
            windows: [1, oh, ow],
        }
    }
}

/// The gradient of the largest pixel of each image, `y (batch, channels)` of `x (batch, pixels, channels)`, where equal
/// pixels share it: as Keras's global pooling. Of an image with NaN, or an infinite gradient, all gradients are NaN but
/// those that are infinite, as they are there.
///
/// # Panics
/// A slice has not its shape.
pub fn largest_backward(x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32], channels: usize) {
    let c = channels;
    assert!(x.len() == dx.len() && y.len() == dy.len(), "shapes");
    if y.is_empty() || x.is_empty() {
        return;
    }
    assert!(y.len().is_multiple_of(c) && x.len().is_multiple_of(y.len()), "shapes");
    let (batch, path) = (y.len() / c, path());
    let n = x.len() / batch;
    threads::each(batch, parts(x.len() / 2, batch), Rows::new(dx, n), &|these, dx| {
        scratch::with(c, |part| {
            for (i, dx) in these.zip(dx.data.chunks_exact_mut(n)) {
                let of = i * c..(i + 1) * c;
                path.run(Share { x: &x[i * n..][..n], y: &y[of.clone()], dy: &dy[of], part, dx });
            }
        });
    });
}

/// One image.
struct Share<'a> {
    x: &'a [f32],
    y: &'a [f32],
    dy: &'a [f32],
    /// What each of the equal pixels gets.
    part: &'a mut [f32],
    dx: &'a mut [f32],
}

impl Kernel for Share<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        let Share { x, y, dy, part, dx } = self;
        let c = y.len();
        part.fill(0.0);
        for x in x.chunks_exact(c) {
            for ((n, x), y) in part.iter_mut().zip(x).zip(y) {
                *n += if x == y { 1.0 } else { 0.0 };
            }
        }
        // NaN equals nothing, not even itself.
        part.iter_mut()
            .zip(dy)
            .for_each(|(part, dy)| *part = if *part == 0.0 { f32::NAN } else { dy / *part });
        for (dx, x) in dx.chunks_exact_mut(c).zip(x.chunks_exact(c)) {
            for (((dx, x), y), part) in dx.iter_mut().zip(x).zip(y).zip(&*part) {
                *dx = part * if x == y { 1.0 } else { 0.0 };
            }
        }
    }
}

/// The gradient of one image whose windows are apart: each pixel gets its own, or 0.
struct Scatter<'a> {
    pool: &'a Pool,
    which: &'a [u32],
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl Kernel for Scatter<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Scatter { pool, which, dy, dx } = self;
        let ([_, ow], c, w, l) = (pool.output(), pool.channels, pool.image[1], S::F32_LANES);
        let ([sh, sw], [kh, kw]) = (pool.stride, pool.window);
        if c == 0 {
            return;
        }
        let pixels = dy.chunks_exact(c).zip(which.chunks_exact(c)).enumerate();
        for (i, (dy, which)) in pixels {
            let first = (i / ow * sh) * w + i % ow * sw;
            let mut j = 0;
            while j < c {
                let e = (j + l).min(c);
                let d = s.load(&dy[j..e]);
                let at = s.partial_load_u32s(&which[j..e]);
                for ky in 0..kh {
                    for kx in 0..kw {
                        let p = first + ky * w + kx;
                        let this = s.equal_u32s(at, s.splat_u32s(p as u32));
                        s.store(&mut dx[p * c + j..p * c + e], s.select_f32s(this, d, s.splat_f32s(0.0)));
                    }
                }
                j = e;
            }
        }
    }
}

/// The largest of the numbers that were seen so far, in each lane.
pub(crate) struct Largest<S: Isa> {
    /// The number that the gradient goes to: the first of the largest. NaN is passed over for whatever comes next.
    pub chosen: S::f32s,
    /// Where that is.
    pub at: S::u32s,
    /// Where nothing was NaN.
    ordered: S::m32s,
}

impl<S: Isa> Largest<S> {
    #[inline(always)]
    pub fn new(s: S, v: S::f32s, at: u32) -> Self {
        Largest { chosen: v, at: s.splat_u32s(at), ordered: s.equal_f32s(v, v) }
    }

    /// Takes `v` at `at` into account; returns where it is the largest from now on.
    #[inline(always)]
    pub fn see(&mut self, s: S, v: S::f32s, at: u32) -> S::m32s {
        let take = s.not_m32s(s.greater_than_or_equal_f32s(self.chosen, v));
        self.chosen = s.select_f32s(take, v, self.chosen);
        self.at = s.select_u32s(take, s.splat_u32s(at), self.at);
        self.ordered = s.and_m32s(self.ordered, s.equal_f32s(v, v));
        take
    }

    /// The largest number, NaN if one was NaN.
    #[inline(always)]
    pub fn result(&self, s: S) -> S::f32s {
        s.select_f32s(self.ordered, self.chosen, s.splat_f32s(f32::NAN))
    }
}

/// One image.
struct Max<'a> {
    pool: &'a Pool,
    x: &'a [f32],
    y: &'a mut [f32],
    which: &'a mut [u32],
}

impl Kernel for Max<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Max { pool, x, y, which } = self;
        let ([_, ow], c, w, l) = (pool.output(), pool.channels, pool.image[1], S::F32_LANES);
        for (i, y) in y.chunks_exact_mut(c.max(1)).enumerate() {
            let [ys, xs] = pool.covers(i / ow, i % ow);
            let which = which.get_mut(i * c..(i + 1) * c).unwrap_or_default();
            let mut j = 0;
            while j < c {
                let e = (j + l).min(c);
                let first = (ys.start * w + xs.start) as u32;
                let mut best = Largest::new(s, s.splat_f32s(f32::NEG_INFINITY), first);
                for yy in ys.clone() {
                    for xx in xs.clone() {
                        let p = yy * w + xx;
                        best.see(s, s.load(&x[p * c + j..p * c + e]), p as u32);
                    }
                }
                s.store(&mut y[j..e], best.result(s));
                if !which.is_empty() {
                    s.partial_store_u32s(&mut which[j..e], best.at);
                }
                j = e;
            }
        }
    }
}
