//! From the gradient of the filters to those of the images and the weights.

use std::ops::Range;

use super::even::is_even;
use super::{Conv, ConvGradients, between_zeros};
use crate::activation::Act;
use crate::product::{
    Left, Nest, Planes, Right, Start, To, pack_transposed, packed_len, product, products, width,
};
use crate::simd::{Path, path};
use crate::threads::{self, Rows, Total, parts};
use crate::{scratch, vector};

/// Numbers of a gradient that are worked on at once: 32 KiB.
const BAND: usize = 8192;

/// Fills a part of the gradient of one image: `make(image, part, gradient)`.
pub(crate) type Make<'a> = dyn Fn(usize, Range<usize>, &mut [f32]) + Sync + 'a;

/// The gradient of a convolution's sums.
#[derive(Clone, Copy)]
pub(crate) enum Slope<'a> {
    /// As it lies in memory.
    Given(&'a [f32]),
    /// Made image by image while it is in the cache.
    Made {
        /// Makes it.
        of: &'a Make<'a>,
        /// Whether all of an image is made at once.
        whole: bool,
    },
}

/// The elements of a kernel that meet input pixels of phase `p` along an axis, those nearest to the start of the output
/// first: `(element, how far back in the output)`.
///
/// Input pixel `p + stride * q` (in the frame) meets output `q - back` through that element.
pub(crate) fn taps(
    kernel: usize,
    stride: usize,
    dilation: usize,
    p: usize,
) -> impl DoubleEndedIterator<Item = (usize, isize)> + Clone {
    (0..kernel).rev().filter(move |k| (k * dilation) % stride == p % stride).map(move |k| {
        let back = (k * dilation) as isize - p as isize;
        (k, back / stride as isize)
    })
}

impl Conv {
    /// The gradients, from the output `y` of the forward pass and the gradient `dy` of it.
    ///
    /// # Panics
    /// As [`Conv::forward`].
    pub fn backward(&self, x: &[f32], w: &[f32], y: &[f32], dy: &[f32], to: ConvGradients) {
        self.check(x.len(), w.len(), y.len());
        assert!(dy.len() == y.len(), "shapes");
        let path = path();
        if self.act == Act::Linear {
            self.backward_each(path, x, w, Slope::Given(dy), to);
        } else {
            let ly = self.y_len();
            let z = |i: usize, part: Range<usize>, z: &mut [f32]| {
                let part = i * ly + part.start..i * ly + part.end;
                self.act.backward_on(path, &y[part.clone()], &dy[part], z);
            };
            self.backward_each(path, x, w, Slope::Made { of: &z, whole: false }, to);
        }
    }

    /// [`Conv::backward`] from the gradient of the sums, before any activation.
    pub(crate) fn backward_each(
        &self,
        path: Path,
        x: &[f32],
        w: &[f32],
        slope: Slope<'_>,
        to: ConvGradients,
    ) {
        let this = self.simplified();
        let ConvGradients { dx, dw, db } = to;
        assert!(dx.as_ref().is_none_or(|d| d.len() == x.len()), "gradients");
        assert!(dw.as_ref().is_none_or(|d| d.len() == w.len()), "gradients");
        assert!(db.as_ref().is_none_or(|d| d.len() == self.filters), "gradients");
        let wanted = Wanted { weights: dw.is_some(), biases: db.is_some() };
        let back = dx.is_some();
        let mut none: [&mut [f32]; 2] = [&mut [], &mut []];
        let [no_w, no_b] = &mut none;
        let (dw, db) = (dw.unwrap_or(no_w), db.unwrap_or(no_b));
        if this.y_len() == 0 {
            dw.fill(0.0);
            db.fill(0.0);
            dx.into_iter().for_each(|dx| dx.fill(0.0));
            return;
        }
        let parts = parts(2 * this.work(), this.batch);
        let sums = [dw.len(), db.len()].map(|n| Total::memory(n, parts));
        let run = |back: Option<WayBack>| {
            scratch::with(sums[0] + sums[1], |memory| {
                let (rw, rb) = memory.split_at_mut(sums[0]);
                let winograd = this.is_winograd();
                let pass = Pass { of: &this, path, x, back, slope, wanted, winograd };
                let totals = (Total::new(&mut *dw, rw), Total::new(&mut *db, rb));
                let wanted = (totals, Rows::optional(dx, this.x_len()));
                threads::each(this.batch, parts, wanted, &|these, ((dw, db), dx)| {
                    pass.images(these, dw.take(), db.take(), dx.wanted());
                });
                Total::finish(path, dw, rw);
                Total::finish(path, db, rb);
            });
        };
        match back {
            true => this.with_way_back(path, w, |back| run(Some(back))),
            false => run(None),
        }
    }

    /// Calls `f` with what leads from gradients of filters to those of images, for weights `w`.
    pub(crate) fn with_way_back<R>(&self, path: Path, w: &[f32], f: impl FnOnce(WayBack) -> R) -> R {
        let tiles = self.is_winograd_turned() && is_even(path, w);
        let len = if tiles { self.turned().winograd_weights_len(path) } else { self.flipped_len(path) };
        scratch::with(len, |turned| {
            match tiles {
                true => self.winograd_turned_weights(path, w, turned),
                false => self.flip(path, w, turned),
            }
            f(WayBack { of: self, w, turned, tiles })
        })
    }

    /// Adds to `dw` what the output rows from `top` on give, whose gradient `dz` is, for one image in its frame.
    pub(crate) fn weight_gradient(&self, path: Path, x: &[f32], top: usize, dz: &[f32], dw: &mut [f32]) {
        let ([_, ow], [kh, kw]) = (self.output(), self.kernel);
        let oh = dz.len() / (ow * self.filters);
        let (co, cog, cig) = (self.filters, self.filters / self.groups, self.channels / self.groups);
        let row = self.frame()[1] * self.channels;
        let nest = Nest {
            n: [1, oh, ow],
            a: [0, (self.stride[0] * row) as isize, (self.stride[1] * self.channels) as isize],
            b: [0, (ow * co) as isize, co as isize],
        };
        // Rows of the result: channels of one kernel element, or of a whole row of the kernel where they lie together.
        let (taps, rows) = if self.dilation[1] == 1 && self.groups == 1 { (1, kw * cig) } else { (kw, cig) };
        for g in 0..self.groups {
            let right = Right::plain(path, dz, g * cog);
            for ky in 0..kh {
                for kx in 0..taps {
                    let first = top * self.stride[0] + ky * self.dilation[0];
                    let from = first * row + kx * self.dilation[1] * self.channels + g * cig;
                    let left = Left { data: x, start: from, row: 1 };
                    let to = To { data: &mut *dw, start: (ky * kw + kx) * cig * co + g * cog, row: co };
                    product(path, rows, cog, &nest, left, right, Start::Add, false, to);
                }
            }
        }
    }

    /// [`taps`] along axis `i`.
    fn taps(&self, i: usize, p: usize) -> impl DoubleEndedIterator<Item = (usize, isize)> + Clone + use<> {
        taps(self.kernel[i], self.stride[i], self.dilation[i], p)
    }

    /// Columns of zeros around each row of `dz` so that every tap finds something.
    fn dz_pad(&self) -> [usize; 2] {
        let ow = self.output()[1];
        let left = (self.kernel[1] - 1) * self.dilation[1] / self.stride[1];
        let last = (self.frame()[1] - 1) / self.stride[1];
        [left, (last + 1).saturating_sub(ow)]
    }

    /// Numbers of the gradient between such columns, if there are any.
    pub(crate) fn dz_frame_len(&self) -> usize {
        let ([oh, ow], [left, right]) = (self.output(), self.dz_pad());
        if left + right == 0 { 0 } else { oh * (left + ow + right) * self.filters }
    }

    /// Length of the flipped weights: for every phase and group, packed `(taps, filters of the group)` by channels.
    pub(crate) fn flipped_len(&self, path: Path) -> usize {
        let cog = self.filters / self.groups;
        self.groups * packed_len(path, self.kernel[0] * self.kernel[1] * cog, self.channels / self.groups)
    }

    /// Packs the weights of each phase, taps in the order in which [`Conv::input_gradient`] walks over the output.
    pub(crate) fn flip(&self, path: Path, w: &[f32], mut out: &mut [f32]) {
        let (cog, cig, co) = (self.filters / self.groups, self.channels / self.groups, self.filters);
        let w_ = width(path);
        for g in 0..self.groups {
            self.phases(|py, px| {
                let (ny, nx) = (self.taps(0, py).count(), self.taps(1, px).count());
                let k = ny * nx * cog;
                let (to, rest) = std::mem::take(&mut out).split_at_mut(packed_len(path, k, cig));
                out = rest;
                // Every tap is `(cig, cog)` in the weights: transposed into its rows of each panel.
                for (t, (ky, kx)) in
                    self.taps(0, py).flat_map(|(y, _)| self.taps(1, px).map(move |(x, _)| (y, x))).enumerate()
                {
                    for j in (0..cig).step_by(w_) {
                        let from = ((ky * self.kernel[1] + kx) * cig + j) * co + g * cog;
                        let at = j * k + t * cog * w_;
                        let columns = (cig - j).min(w_);
                        pack_transposed(path, &w[from..], co, cog, columns, &mut to[at..at + cog * w_]);
                    }
                }
            });
        }
    }

    fn phases(&self, mut f: impl FnMut(usize, usize)) {
        for py in 0..self.stride[0] {
            for px in 0..self.stride[1] {
                f(py, px);
            }
        }
    }

    /// `dx` of one image, from weights as they lie.
    fn plain_input_gradient(&self, path: Path, w: &[f32], dz: &[f32], dx: &mut [f32]) {
        let flipped = self.flipped_len(path);
        scratch::with(flipped + self.dz_frame_len(), |memory| {
            let (flipped, pad) = memory.split_at_mut(flipped);
            self.flip(path, w, flipped);
            self.input_gradient(path, dz, flipped, pad, Start::Zero, false, dx);
        });
    }

    /// `dx` of one image: the sums from `start` on, with relu at the end if so wished.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn input_gradient(
        &self,
        path: Path,
        dz: &[f32],
        mut flipped: &[f32],
        pad: &mut [f32],
        start: Start,
        relu: bool,
        dx: &mut [f32],
    ) {
        let [cog, cig] = [self.filters, self.channels].map(|n| n / self.groups);
        let data = self.between_zeros(dz, pad);
        for g in 0..self.groups {
            self.phases(|py, px| {
                let k = self.walk(0, py).0 * self.walk(1, px).0 * cog;
                let weights;
                (weights, flipped) = flipped.split_at(packed_len(path, k, cig));
                self.phase_gradient(path, data, (weights, k), (g, [py, px]), (start, relu), dx);
            });
        }
    }

    /// The gradient `dz` of one image between the columns of zeros that taps want, in `pad` if they want any.
    fn between_zeros<'a>(&self, dz: &'a [f32], pad: &'a mut [f32]) -> &'a [f32] {
        let ([left, right], row) = (self.dz_pad().map(|n| n * self.filters), self.output()[1] * self.filters);
        if left + right == 0 {
            return dz;
        }
        between_zeros(dz, row, left, right, pad);
        pad
    }

    /// How many taps meet phase `p` of axis `i`, how far back in the output the first is, and how much less the next.
    fn walk(&self, i: usize, p: usize) -> (usize, isize, isize) {
        let mut backs = self.taps(i, p).map(|(_, back)| back);
        let (first, next) = (backs.next().unwrap_or(0), backs.next());
        (self.taps(i, p).count(), first, next.map_or(0, |next| first - next))
    }

    /// The pixels of one image that are of one phase, in one group, from the gradient [`between_zeros`](Conv::between_zeros).
    fn phase_gradient(
        &self,
        path: Path,
        data: &[f32],
        (weights, k): (&[f32], usize),
        (g, [py, px]): (usize, [usize; 2]),
        (start, relu): (Start, bool),
        dx: &mut [f32],
    ) {
        let ([oh, ow], [sh, sw], [co, c]) = (self.output(), self.stride, [self.filters, self.channels]);
        let ([cog, cig], [left, right]) = ([co, c].map(|n| n / self.groups), self.dz_pad());
        let (row, w_) = ((left + ow + right) * co, width(path));
        let ([h, w], top, first) = (self.image, self.pad_height[0], self.pad_width[0]);
        // The pixels of this phase inside the image: q0 .. q1 across.
        let (q0, q1) = ((first.max(px) - px).div_ceil(sw), (first + w).saturating_sub(px).div_ceil(sw));
        if q1 <= q0 {
            return;
        }
        let ((ny, first_y, step_y), (nx, first_x, step_x)) = (self.walk(0, py), self.walk(1, px));
        let mut fy = top.saturating_sub(py).div_ceil(sh) * sh + py;
        while fy < top + h {
            // The taps whose output row exists: those from `skip` on, `many` of them.
            let qy = (fy / sh) as isize;
            let inside = |qy: isize, i: usize| {
                let o = qy - first_y + i as isize * step_y;
                o >= 0 && o < oh as isize
            };
            let skip = (0..ny).find(|i| inside(qy, *i)).unwrap_or(ny);
            let many = (skip..ny).take_while(|i| inside(qy, *i)).count();
            // The rows behind it that meet the same taps, each one output row further.
            let rows_left = (top + h - fy).div_ceil(sh);
            let same = |q: &isize| (0..ny).all(|i| inside(qy + q, i) == inside(qy, i));
            let rows = 1 + (1..rows_left as isize).take_while(same).count();
            let many = if nx == 0 { 0 } else { many };
            let from = (qy - first_y + skip as isize * step_y) * row as isize
                + (left as isize + q0 as isize - first_x) * co as isize
                + (g * cog) as isize;
            let nest = Nest {
                n: [many, nx, cog],
                a: [step_y * row as isize, step_x * co as isize, 1],
                b: [(nx * cog * w_) as isize, (cog * w_) as isize, w_ as isize],
            };
            let a = Left { data, start: from.max(0) as usize, row: co };
            let b = Right::packed(path, weights, k, skip.min(ny) * nx * cog);
            let at = (fy - top) * w * c + (px + q0 * sw - first) * c + g * cig;
            let to = To { data: &mut *dx, start: at, row: sw * c };
            let further = if many > 0 { row } else { 0 };
            let all = Planes { n: rows, a: further, b: 0, c: sh * w * c };
            products(path, all, q1 - q0, cig, &nest, a, b, start.columns(g * cig), relu, to);
            fy += rows * sh;
        }
    }
}

/// Which gradients of parameters are wanted.
#[derive(Clone, Copy)]
struct Wanted {
    weights: bool,
    biases: bool,
}

/// What leads from the gradient of the filters to that of the images.
#[derive(Clone, Copy)]
pub(crate) struct WayBack<'a> {
    of: &'a Conv,
    w: &'a [f32],
    /// The weights flipped, or those of Winograd's tiles.
    turned: &'a [f32],
    /// Whether it goes by tiles.
    tiles: bool,
}

impl WayBack<'_> {
    /// How much memory [`image`](WayBack::image) wants.
    pub fn pad_len(&self) -> usize {
        if self.tiles { 0 } else { self.of.dz_frame_len() }
    }

    /// Fills `dx` of one image. `even` says whether the numbers of `dz` are [even](is_even).
    pub fn image(
        &self,
        path: Path,
        dz: &[f32],
        even: impl FnOnce() -> bool,
        pad: &mut [f32],
        dx: &mut [f32],
    ) {
        let of = self.of;
        if !self.tiles {
            of.input_gradient(path, dz, self.turned, pad, Start::Zero, false, dx);
        } else if even() {
            of.turned().winograd_image(path, dz, self.turned, None, 1, dx);
        } else {
            of.plain_input_gradient(path, self.w, dz, dx);
        }
    }
}

/// What all images of a backward pass share.
struct Pass<'a> {
    of: &'a Conv,
    path: Path,
    x: &'a [f32],
    /// Where `dx` is wanted.
    back: Option<WayBack<'a>>,
    slope: Slope<'a>,
    wanted: Wanted,
    /// Whether the gradient of the weights is found in tiles.
    winograd: bool,
}

/// Memory for one image.
struct Memory<'a> {
    /// The gradient of the sums, or some rows of it.
    z: &'a mut [f32],
    /// The same between columns of zeros.
    pad: &'a mut [f32],
    /// The image in its frame.
    frame: &'a mut [f32],
    /// Sums of tiles.
    sums: &'a mut [f32],
}

impl Pass<'_> {
    /// The gradients of some images: the sums of weights and biases from 0 on, and `dx`.
    fn images(&self, these: Range<usize>, dw: &mut [f32], db: &mut [f32], mut dx: Option<&mut [f32]>) {
        let (of, lx) = (self.of, self.of.x_len());
        dw.fill(0.0);
        db.fill(0.0);
        let lz = self.slope_len(dx.is_some());
        let lp = self.back.map_or(0, |back| back.pad_len());
        let lf = if self.winograd { 0 } else { of.frame_len() };
        let ls = if self.wanted.weights && self.winograd { of.winograd_sums_len() } else { 0 };
        scratch::with(lz + lp + lf + ls, |memory| {
            let (z, memory) = memory.split_at_mut(lz);
            let (pad, memory) = memory.split_at_mut(lp);
            let (frame, sums) = memory.split_at_mut(lf);
            sums.fill(0.0);
            let mut memory = Memory { z, pad, frame, sums };
            for (at, i) in these.enumerate() {
                let dx = dx.as_mut().map(|dx| &mut dx[at * lx..][..lx]);
                self.image(i, dw, db, dx, &mut memory);
            }
            if ls > 0 {
                of.winograd_finish(self.path, memory.sums, dw);
            }
        });
    }

    /// Numbers of a row of the gradient, and how many rows are worked on at once: few enough that they stay in the cache
    /// while the sums go over them.
    fn band(&self) -> [usize; 2] {
        let [oh, ow] = self.of.output();
        let row = ow * self.of.filters;
        [row, (BAND / row).clamp(1, oh)]
    }

    /// Length of the gradient of the sums that is made here: all of an image where the input's gradient follows.
    fn slope_len(&self, want_x: bool) -> usize {
        match (self.slope, want_x) {
            (Slope::Given(_), _) => 0,
            (Slope::Made { whole: false, .. }, false) if !self.winograd => self.band().iter().product(),
            _ => self.of.y_len(),
        }
    }

    fn image(
        &self,
        i: usize,
        dw: &mut [f32],
        db: &mut [f32],
        dx: Option<&mut [f32]>,
        memory: &mut Memory<'_>,
    ) {
        let (of, path, ly) = (self.of, self.path, self.of.y_len());
        let image = &self.x[i * of.x_len()..][..of.x_len()];
        self.rows(i, image, dw, db, memory);
        let dz = if let Slope::Given(dy) = self.slope { &dy[i * ly..][..ly] } else { &*memory.z };
        let in_tiles = self.wanted.weights && self.winograd;
        let even = (in_tiles || self.back.is_some_and(|back| back.tiles)) && is_even(path, dz);
        if in_tiles && even && is_even(path, image) {
            of.winograd_weight_gradient(path, image, dz, memory.sums);
        } else if in_tiles {
            scratch::with(of.frame_len(), |frame| {
                of.weight_gradient(path, of.framed(image, frame), 0, dz, dw);
            });
        }
        if let (Some(back), Some(dx)) = (&self.back, dx) {
            back.image(path, dz, || even, memory.pad, dx);
        }
    }

    /// Makes the gradient of the sums of an image, some rows at a time, and adds what they give to the gradients of the
    /// biases and, without tiles, of the weights.
    fn rows(&self, i: usize, image: &[f32], dw: &mut [f32], db: &mut [f32], memory: &mut Memory<'_>) {
        let (of, path, ly) = (self.of, self.path, self.of.y_len());
        let plain = self.wanted.weights && !self.winograd;
        let x = if plain { of.framed(image, memory.frame) } else { &[] };
        let z = &mut *memory.z;
        if let Slope::Made { of, whole: true } = self.slope {
            of(i, 0..ly, z);
        }
        let ([row, band], [oh, _]) = (self.band(), of.output());
        for top in (0..oh).step_by(band) {
            let part = top * row..(top + band).min(oh) * row;
            let dz = match self.slope {
                Slope::Given(dy) => &dy[i * ly..][part],
                Slope::Made { whole: true, .. } => &z[part],
                Slope::Made { of, .. } => {
                    let z = if z.len() == ly { &mut z[part.clone()] } else { &mut z[..part.len()] };
                    of(i, part, z);
                    &*z
                }
            };
            if self.wanted.biases {
                vector::add_rows(path, db, dz);
            }
            if plain {
                of.weight_gradient(path, x, top, dz, dw);
            }
        }
    }
}
