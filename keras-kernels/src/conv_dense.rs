//! A convolution and a small dense layer behind it, as one operation.
//!
//! What a convolution of images makes is larger than the caches, and a dense layer of a few units has little to do with
//! each number: both take as long as it takes to move the numbers to memory and back. Here some rows of all images are
//! done at a time, so that the dense layer finds them in the cache, and the gradient that it hands back to the
//! convolution is used up there. Neither ever is in memory: the backward pass computes the convolution again, which
//! takes less time than keeping and fetching what it made.

use crate::activation::Act;
use crate::conv::Conv;
use crate::gemm::{Matrix, gemm};
use crate::product::Start;
use crate::simd::{Path, path};
use crate::threads::{self, Rows, Total, parts};
use crate::{scratch, vector};

/// Numbers that are worked on at once: 256 KiB, a part of a core's second cache.
const BAND: usize = 1 << 16;

/// `act(convolution) . W + b`, where the sum of the dense layer goes over all that the convolution makes of an image.
#[derive(Clone, Copy, Debug)]
pub struct ConvDense {
    /// The convolution, with its activation.
    pub conv: Conv,
    /// Units of the dense layer.
    pub units: usize,
}

/// The weights of both layers.
#[derive(Clone, Copy, Debug)]
pub struct ConvDenseWeights<'a> {
    /// Of the convolution: `(kernel height, kernel width, channels / groups, filters)`.
    pub conv: &'a [f32],
    /// Its bias: `(filters)`.
    pub conv_bias: Option<&'a [f32]>,
    /// Of the dense layer: `(output height * output width * filters, units)`.
    pub dense: &'a [f32],
    /// Its bias: `(units)`.
    pub dense_bias: Option<&'a [f32]>,
}

/// What [`ConvDense::backward`] fills, each of the shape in [`ConvDenseWeights`].
#[derive(Debug, Default)]
pub struct ConvDenseGradients<'a> {
    /// Of the convolution.
    pub conv: Option<&'a mut [f32]>,
    /// Of its bias.
    pub conv_bias: Option<&'a mut [f32]>,
    /// Of the dense layer.
    pub dense: Option<&'a mut [f32]>,
    /// Of its bias.
    pub dense_bias: Option<&'a mut [f32]>,
}

/// Some rows of the convolution's output.
#[derive(Clone, Copy)]
struct Band {
    /// The first number of an image, and how many there are.
    from: usize,
    len: usize,
    /// The first row, and how many there are.
    top: usize,
    rows: usize,
}

impl ConvDense {
    fn y_len(&self) -> usize {
        self.conv.output().iter().product::<usize>() * self.conv.filters
    }

    /// Numbers of a row of the convolution's output.
    fn row(&self) -> usize {
        self.conv.output()[1] * self.conv.filters
    }

    /// Rows that are done at once, of `images` images.
    fn rows_at_once(&self, images: usize) -> usize {
        (BAND / (images * self.row()).max(1)).clamp(1, self.conv.output()[0].max(1))
    }

    fn bands(&self, images: usize) -> usize {
        self.conv.output()[0].div_ceil(self.rows_at_once(images))
    }

    fn band(&self, i: usize, images: usize) -> Band {
        let (at_once, row) = (self.rows_at_once(images), self.row());
        let top = i * at_once;
        let rows = at_once.min(self.conv.output()[0] - top);
        Band { from: top * row, len: rows * row, top, rows }
    }

    /// Numbers of these rows.
    fn at_once(&self, images: usize) -> usize {
        images * self.rows_at_once(images) * self.row()
    }

    /// Images whose rows are done at once: all, unless even a single row of them is too much.
    fn images_at_once(&self, images: usize) -> usize {
        (BAND / self.row().max(1)).clamp(1, images.max(1))
    }

    fn work(&self) -> usize {
        self.conv.work() + self.conv.batch * self.y_len() * self.units
    }

    fn check(&self, x: &[f32], weights: &ConvDenseWeights, z: usize) {
        let ConvDenseWeights { conv, conv_bias, dense, dense_bias } = weights;
        self.conv.check(x.len(), conv.len(), self.conv.batch * self.y_len());
        assert!(dense.len() == self.y_len() * self.units && z == self.conv.batch * self.units, "shapes");
        assert!(conv_bias.is_none_or(|b| b.len() == self.conv.filters), "bias");
        assert!(dense_bias.is_none_or(|b| b.len() == self.units), "bias");
    }

    /// The dense layer's output `z (batch, units)`, from `x (batch, height, width, channels)`.
    ///
    /// # Panics
    /// A slice has not its shape, the groups do not divide the channels, or the convolution's activation needs its
    /// input for its gradient.
    pub fn forward(&self, x: &[f32], weights: ConvDenseWeights, z: &mut [f32]) {
        self.check(x, &weights, z.len());
        let (path, conv, units) = (path(), self.conv, self.units);
        let first = weights.dense_bias.map_or(Start::Zero, Start::Bias);
        if self.y_len() == 0 {
            let (x, w) = (Matrix::new(&[], 0), Matrix::new(&[], units));
            return gemm(path, conv.batch, units, 0, x, w, first, false, z, units);
        }
        let parts = parts(self.work(), conv.batch);
        conv.with_packed(path, weights.conv, |packed| {
            threads::each(conv.batch, parts, Rows::new(z, units), &|these, z| {
                let images = self.images_at_once(these.len());
                conv.with_frames(&x[these.start * conv.x_len()..these.end * conv.x_len()], |frames, lx| {
                    scratch::with(self.at_once(images), |y| {
                        for i in 0..self.bands(images) {
                            let band = self.band(i, images);
                            let w = Matrix::new(&weights.dense[band.from * units..], units);
                            let start = if i == 0 { first } else { Start::Add };
                            for from in (0..these.len()).step_by(images) {
                                let n = images.min(these.len() - from);
                                let y = &mut y[..n * band.len];
                                for (i, y) in y.chunks_exact_mut(band.len).enumerate() {
                                    let x = &frames[(from + i) * lx..][..lx];
                                    conv.forward_rows(path, x, band, packed, weights.conv_bias, y);
                                }
                                let (y, z) = (Matrix::new(y, band.len), &mut z.data[from * units..]);
                                gemm(path, n, units, band.len, y, w, start, false, z, units);
                            }
                        }
                    });
                });
            });
        });
    }

    /// The gradients of the weights, from the gradient `dz (batch, units)` of the dense layer's output.
    ///
    /// # Panics
    /// As [`ConvDense::forward`].
    pub fn backward(&self, x: &[f32], weights: ConvDenseWeights, dz: &[f32], to: ConvDenseGradients) {
        self.check(x, &weights, dz.len());
        let (path, conv, units) = (path(), self.conv, self.units);
        let ConvDenseGradients { conv: dw, conv_bias: db, dense, dense_bias } = to;
        assert!(dw.as_ref().is_none_or(|d| d.len() == weights.conv.len()), "gradients");
        assert!(db.as_ref().is_none_or(|d| d.len() == conv.filters), "gradients");
        assert!(dense.as_ref().is_none_or(|d| d.len() == weights.dense.len()), "gradients");
        if let Some(sum) = dense_bias {
            assert_eq!(sum.len(), units, "gradients");
            sum.fill(0.0);
            vector::add_rows(path, sum, dz);
        }
        let (want_w, want_b) = (dw.is_some(), db.is_some());
        let mut none: [&mut [f32]; 2] = [&mut [], &mut []];
        let [no_w, no_b] = &mut none;
        let (dw, db) = (dw.unwrap_or(no_w), db.unwrap_or(no_b));
        if self.y_len() == 0 {
            dw.fill(0.0);
            db.fill(0.0);
            return;
        }
        let images = self.images_at_once(conv.batch);
        let bands = self.bands(images);
        let parts = parts(2 * self.work(), bands);
        let sums = [dw.len(), db.len()].map(|n| Total::memory(n, parts));
        // The last band may have fewer rows: what belongs to it is what is left.
        let width = self.rows_at_once(images) * self.row() * units;
        conv.with_frames(x, |frames, lx| {
            conv.with_packed(path, weights.conv, |packed| {
                scratch::with(sums[0] + sums[1], |memory| {
                    let (rw, rb) = memory.split_at_mut(sums[0]);
                    let totals = (Total::new(&mut *dw, rw), Total::new(&mut *db, rb));
                    let job = (totals, Rows::optional(dense, width));
                    threads::each(bands, parts, job, &|these, ((dw, db), dense)| {
                        let (dw, db, mut dense) = (dw.take(), db.take(), dense.wanted());
                        dw.fill(0.0);
                        db.fill(0.0);
                        let len = self.at_once(images);
                        scratch::with(2 * len, |memory| {
                            let (y, slope) = memory.split_at_mut(len);
                            for i in these.clone() {
                                let band = self.band(i, images);
                                let pass =
                                    BandPass { path, weights, frames, frame: lx, packed, band, images };
                                let dense =
                                    dense.as_deref_mut().map(|dense| &mut dense[(i - these.start) * width..]);
                                let sums = (want_w.then_some(&mut *dw), want_b.then_some(&mut *db));
                                self.backward_band(&pass, dz, (y, slope), sums, dense);
                            }
                        });
                    });
                    Total::finish(path, dw, rw);
                    Total::finish(path, db, rb);
                })
            });
        });
    }
}

/// Some rows of all images in a backward pass, and what their gradients come from.
struct BandPass<'a> {
    path: Path,
    weights: ConvDenseWeights<'a>,
    /// The images, each in its frame of so many numbers.
    frames: &'a [f32],
    frame: usize,
    /// The kernel of the convolution as its product takes it.
    packed: &'a [f32],
    band: Band,
    /// How many images are done at once.
    images: usize,
}

impl ConvDense {
    /// Adds what a band gives to the sums of the gradients of kernel and bias, and fills its rows of that of the dense layer, as far
    /// as they are wanted. `memory` is for the band of the convolution's output and its gradient.
    fn backward_band(
        &self,
        pass: &BandPass,
        dz: &[f32],
        memory: (&mut [f32], &mut [f32]),
        (mut dw, mut db): (Option<&mut [f32]>, Option<&mut [f32]>),
        mut dense: Option<&mut [f32]>,
    ) {
        let BandPass { path, weights, frame, packed, band, images, .. } = *pass;
        let (conv, units, (y, slope)) = (self.conv, self.units, memory);
        let w = Matrix::t(&weights.dense[band.from * units..], units);
        for from in (0..conv.batch).step_by(images) {
            let n = images.min(conv.batch - from);
            let frames = &pass.frames[from * frame..];
            let y = &mut y[..n * band.len];
            for (x, y) in frames.chunks_exact(frame).zip(y.chunks_exact_mut(band.len)) {
                conv.forward_rows(path, x, band, packed, weights.conv_bias, y);
            }
            let dz = Matrix::new(&dz[from * units..], units);
            if let Some(to) = dense.as_deref_mut() {
                let start = if from == 0 { Start::Zero } else { Start::Add };
                gemm(path, band.len, units, n, Matrix::t(y, band.len), dz, start, false, to, units);
            }
            if dw.is_none() && db.is_none() {
                continue;
            }
            let slope = &mut slope[..n * band.len];
            gemm(path, n, band.len, units, dz, w, Start::Zero, false, slope, band.len);
            conv.act.scale(path, y, slope);
            if let Some(db) = db.as_deref_mut() {
                vector::add_rows(path, db, slope);
            }
            if let Some(dw) = dw.as_deref_mut() {
                for (x, slope) in frames.chunks_exact(frame).zip(slope.chunks_exact(band.len)) {
                    conv.weight_gradient(path, x, band.top, slope, dw);
                }
            }
        }
    }
}

impl Conv {
    /// Calls `f` with all images, each in its frame of zeros, and the length of one.
    fn with_frames<R>(&self, x: &[f32], f: impl FnOnce(&[f32], usize) -> R) -> R {
        let (lx, lf) = (self.x_len(), self.frame_len());
        if lf == 0 {
            return f(x, lx);
        }
        scratch::with(x.len() / lx.max(1) * lf, |frames| {
            for (x, frame) in x.chunks_exact(lx).zip(frames.chunks_exact_mut(lf)) {
                self.framed(x, frame);
            }
            f(frames, lf)
        })
    }

    /// Some rows of the output of an image in its frame, with the activation.
    fn forward_rows(
        &self,
        path: Path,
        x: &[f32],
        Band { top, rows, .. }: Band,
        packed: &[f32],
        b: Option<&[f32]>,
        y: &mut [f32],
    ) {
        let [_, width] = self.frame();
        let reach = (self.kernel[0] - 1) * self.dilation[0] + 1;
        let height = (rows - 1) * self.stride[0] + reach;
        let part = Conv { image: [height, width], pad_height: [0, 0], pad_width: [0, 0], batch: 1, ..*self };
        let x = &x[top * self.stride[0] * width * self.channels..][..height * width * self.channels];
        part.forward_image(path, x, packed, b, y);
        if self.act != Act::Relu {
            self.act.forward_on(path, y);
        }
    }
}
