//! From images to filters.

use std::ops::Range;

use super::even::is_even;
use super::prepared::Ready;
use super::{Conv, Filters};
use crate::activation::Act;
use crate::product::{Left, Planes, Right, Start, To, products, width};
use crate::scratch;
use crate::simd::{Path, path};
use crate::threads::{self, Rows, Split, parts, shared};

impl Conv {
    /// `y (batch, output height, output width, filters)` from `x (batch, height, width, channels)`,
    /// `w (kernel height, kernel width, channels / groups, filters)`, which may be [`prepared`](Conv::prepare), and
    /// `b (filters)`.
    ///
    /// # Panics
    /// A slice has not its shape, the groups do not divide the channels, or the activation needs its input for its
    /// gradient.
    pub fn forward<'a>(&self, x: &[f32], w: impl Into<Filters<'a>>, b: Option<&[f32]>, y: &mut [f32]) {
        let (w, path) = (w.into(), path());
        self.check_filters(x.len(), w, y.len());
        let rows = Rows::new(y, self.y_len());
        self.forward_each(path, x, w, b, rows, &|these, y, image| {
            for (i, y) in these.zip(y.data.chunks_exact_mut(self.y_len().max(1))) {
                image(i, &mut *y);
                if self.act != Act::Relu {
                    self.act.forward_on(path, y);
                }
            }
        });
    }

    /// Runs `f(images, its share of the job, image)` for each part of the batch, where `image(i, y)` computes image
    /// `i`, without the activation unless that is relu: for callers that go on with an image while it is in the
    /// cache.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn forward_each<J: Split>(
        &self,
        path: Path,
        x: &[f32],
        w: Filters,
        b: Option<&[f32]>,
        job: J,
        f: &(impl Fn(Range<usize>, J, &mut dyn FnMut(usize, &mut [f32])) + Sync),
    ) {
        assert!(b.is_none_or(|b| b.len() == self.filters), "bias");
        let this = self.simplified();
        this.with_prepared(path, w, |path, weights| {
            let parts = parts(this.work(), this.batch);
            // Threads that have no images of their own share those that there are.
            let share =
                |rows: usize| if parts > 1 { 1 } else { shared(this.work() / this.batch.max(1), rows) };
            threads::each(this.batch, parts, job, &|these, job| {
                let frame = if matches!(weights, Ready::Packed(_)) { this.frame_len() } else { 0 };
                scratch::with(frame, |frame| {
                    f(these, job, &mut |i, y| {
                        let x = &x[i * this.x_len()..][..this.x_len()];
                        match weights {
                            Ready::Packed(packed) => this.plain_image(path, x, packed, b, frame, &share, y),
                            Ready::Tiles(mapped, _) if is_even(path, x) => {
                                this.winograd_image(path, x, mapped, b, share(this.tiles()[0]), y);
                            }
                            Ready::Tiles(_, w) => this.with_packed(path, w, |packed| {
                                scratch::with(this.frame_len(), |frame| {
                                    this.plain_image(path, x, packed, b, frame, &share, y);
                                });
                            }),
                        }
                    });
                });
            });
        });
    }

    /// One image by plain sums, with memory for its frame; `share` says in how many parts to do so many rows.
    #[allow(clippy::too_many_arguments)]
    fn plain_image(
        &self,
        path: Path,
        x: &[f32],
        packed: &[f32],
        b: Option<&[f32]>,
        frame: &mut [f32],
        share: &dyn Fn(usize) -> usize,
        y: &mut [f32],
    ) {
        let x = self.framed(x, frame);
        let ([oh, ow], n) = (self.output(), self.filters);
        // Some rows for each thread, or of a single row some pixels.
        let (many, width) = if oh > 1 { (oh, ow * n) } else { (ow, n) };
        threads::each(many, share(many), Rows::new(y, width), &|some, y| {
            let (rows, pixels) = if oh > 1 { (some, 0..ow) } else { (0..oh, some) };
            self.forward_part(path, x, packed, b, rows, pixels, y.data);
        });
    }

    /// One image in its frame, with relu if that is the activation.
    pub(crate) fn forward_image(
        &self,
        path: Path,
        x: &[f32],
        packed: &[f32],
        b: Option<&[f32]>,
        y: &mut [f32],
    ) {
        let [oh, ow] = self.output();
        self.forward_part(path, x, packed, b, 0..oh, 0..ow, y);
    }

    /// Some pixels of some rows, all of them unless it is one row: `y (rows, pixels, filters)`.
    #[allow(clippy::too_many_arguments)]
    fn forward_part(
        &self,
        path: Path,
        x: &[f32],
        packed: &[f32],
        b: Option<&[f32]>,
        rows: Range<usize>,
        pixels: Range<usize>,
        y: &mut [f32],
    ) {
        let (w, n) = (width(path), pixels.len());
        let (k, cog, cig) =
            (self.weights() / self.filters.max(1), self.filters / self.groups, self.channels / self.groups);
        let one = self.packed_len(path);
        let nest = self.nest(w);
        for g in 0..self.groups {
            // A panel of filters over the whole image, so that the panel stays in the cache.
            for j in (0..cog).step_by(w) {
                let columns = (cog - j).min(w);
                let column = g * cog + j;
                let start = b.map_or(Start::Zero, |b| Start::Bias(&b[column..]));
                let right = Right::packed(path, &packed[g * one + j * k..(g + 1) * one], k, 0);
                let row = self.stride[0] * self.frame()[1] * self.channels;
                let first = rows.start * row + pixels.start * self.stride[1] * self.channels + g * cig;
                let left = Left { data: x, start: first, row: self.stride[1] * self.channels };
                let to = To { data: &mut *y, start: column, row: self.filters };
                let all = Planes { n: rows.len(), a: row, b: 0, c: n * self.filters };
                products(path, all, n, columns, &nest, left, right, start, self.act == Act::Relu, to);
            }
        }
    }
}
