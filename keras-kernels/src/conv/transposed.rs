//! A convolution turned round, as a layer: from its results to its images, with bias and activation.

use std::ops::Range;

use super::Conv;
use super::prepared::Filters;
use crate::activation::Act;
use crate::conv::ConvGradients;
use crate::product::Start;
use crate::scratch;
use crate::simd::{Path, path};
use crate::threads::{self, Rows, Total, parts};
use crate::vector;

impl Conv {
    /// Images `y (batch, height, width, channels)` of results `x (batch, output height, output width, filters)`, with
    /// `w (kernel height, kernel width, channels / groups, filters)`, a bias `b (channels)` and an activation. That of the
    /// convolution itself is `Linear`.
    ///
    /// # Panics
    /// A slice has not its shape, the convolution an activation of its own, or this one goes by its input.
    pub fn transposed(&self, x: &[f32], w: &[f32], b: Option<&[f32]>, act: Act, y: &mut [f32]) {
        self.check_transposed(x, w, y, act);
        assert!(b.is_none_or(|b| b.len() == self.channels), "bias");
        let (path, this, [lx, ly]) = (path(), self.simplified(), [self.y_len(), self.x_len()]);
        scratch::with(this.flipped_len(path) + this.channels, |memory| {
            let (flipped, biases) = memory.split_at_mut(this.flipped_len(path));
            this.flip(path, w, flipped);
            // A pixel may stand for several of the image.
            let start = b.map_or(Start::Zero, |b| {
                biases.chunks_exact_mut(b.len()).for_each(|to| to.copy_from_slice(b));
                Start::Bias(biases)
            });
            let (flipped, relu) = (&*flipped, act == Act::Relu);
            threads::each(this.batch, parts(this.work(), this.batch), Rows::new(y, ly), &|these, y| {
                scratch::with(this.dz_frame_len(), |pad| {
                    for (i, y) in these.zip(y.data.chunks_exact_mut(ly.max(1))) {
                        let x = &x[i * lx..][..lx];
                        this.input_gradient(path, x, flipped, &mut *pad, start, relu, y);
                        if !relu {
                            act.forward_on(path, y);
                        }
                    }
                });
            });
        });
    }

    /// The gradients of [`transposed`](Conv::transposed), from what it was given and gave, and the gradient `dy` of that:
    /// `dx` has the shape of `x`, `db` that of the bias.
    ///
    /// # Panics
    /// As [`transposed`](Conv::transposed).
    pub fn transposed_backward(
        &self,
        x: &[f32],
        w: &[f32],
        (y, act): (&[f32], Act),
        dy: &[f32],
        to: ConvGradients,
    ) {
        self.check_transposed(x, w, dy, act);
        assert!(act == Act::Linear || y.len() == dy.len(), "shapes");
        let ConvGradients { dx, dw, db } = to;
        assert!(dx.as_ref().is_none_or(|d| d.len() == x.len()), "gradients");
        assert!(dw.as_ref().is_none_or(|d| d.len() == w.len()), "gradients");
        assert!(db.as_ref().is_none_or(|d| d.len() == self.channels), "gradients");
        let (path, this, lx) = (path(), self.simplified(), self.y_len());
        let mut none: [&mut [f32]; 2] = [&mut [], &mut []];
        let [no_w, no_b] = &mut none;
        let (dw, db) = (dw.unwrap_or(no_w), db.unwrap_or(no_b));
        let parts = parts(2 * this.work(), this.batch);
        let sums = [dw.len(), db.len()].map(|n| Total::memory(n, parts));
        let filters = if dx.is_some() { w } else { &[] };
        this.with_filters(path, filters, |packed| {
            let pass = Turned { of: &this, path, x, packed, y, act, dy };
            scratch::with(sums[0] + sums[1], |memory| {
                let (rw, rb) = memory.split_at_mut(sums[0]);
                let totals = (Total::new(&mut *dw, rw), Total::new(&mut *db, rb));
                let wanted = (totals, Rows::optional(dx, lx));
                threads::each(this.batch, parts, wanted, &|these, ((dw, db), dx)| {
                    pass.samples(these, dw.take(), db.take(), dx.wanted());
                });
                Total::finish(path, dw, rw);
                Total::finish(path, db, rb);
            });
        });
    }

    /// Calls `f` with packed weights, none of none.
    fn with_filters<R>(&self, path: Path, w: &[f32], f: impl FnOnce(&[f32]) -> R) -> R {
        if w.is_empty() { f(&[]) } else { self.with_packed(path, w, f) }
    }

    fn check_transposed(&self, x: &[f32], w: &[f32], y: &[f32], act: Act) {
        self.check_filters(y.len(), Filters::Plain(w), x.len());
        assert!(self.act == Act::Linear && !act.needs_input(), "not an activation for a convolution");
        assert!(self.x_len() > 0 && self.y_len() > 0, "an empty image");
    }
}

/// What all samples of a backward pass share.
struct Turned<'a> {
    of: &'a Conv,
    path: Path,
    x: &'a [f32],
    /// Packed weights; empty where `dx` is not wanted.
    packed: &'a [f32],
    y: &'a [f32],
    act: Act,
    dy: &'a [f32],
}

impl Turned<'_> {
    /// The gradients of some samples: the sums of weights and biases, where they are not empty, from 0 on, and `dx`.
    fn samples(&self, these: Range<usize>, dw: &mut [f32], db: &mut [f32], mut dx: Option<&mut [f32]>) {
        let (of, path) = (self.of, self.path);
        let [lx, ly] = [of.y_len(), of.x_len()];
        dw.fill(0.0);
        db.fill(0.0);
        let lz = if self.act == Act::Linear { 0 } else { ly };
        scratch::with(lz + of.frame_len(), |memory| {
            let (z, frame) = memory.split_at_mut(lz);
            for (at, i) in these.enumerate() {
                let (x, dy) = (&self.x[i * lx..][..lx], &self.dy[i * ly..][..ly]);
                let dz = if self.act == Act::Linear {
                    dy
                } else {
                    self.act.backward_on(path, &self.y[i * ly..][..ly], dy, z);
                    &*z
                };
                if !db.is_empty() {
                    vector::add_rows(path, db, dz);
                }
                let image = of.framed(dz, frame);
                if !dw.is_empty() {
                    of.weight_gradient(path, image, 0, x, dw);
                }
                if let Some(dx) = &mut dx {
                    of.forward_image(path, image, self.packed, None, &mut dx[at * lx..][..lx]);
                }
            }
        });
    }
}
