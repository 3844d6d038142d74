//! Winograd's convolution for kernels of three by three: 16 products for two by two outputs instead of 36.
//!
//! Tiles of four by four inputs, two apart, and the weights are mapped ([`super::transforms`]) to where the
//! convolution multiplies number by number; summed over the channels those are 16 matrix products. The gradient of the
//! input is the convolution of the output's gradient with the weights turned round; that of the weights has three by
//! three outputs and two by two taps for each tile, again 16 products, whose sums over all images are mapped back
//! once. That takes numbers of one order of magnitude ([`super::even`]).

use super::Conv;
use super::transforms::{Input, Output, Slope, Tiles, WeightSums, Weights};
use crate::activation::Act;
use crate::lanes::Each;
use crate::product::{Left, Nest, Planes, Right, Start, To, packed_len, products, width};
use crate::scratch;
use crate::simd::Path;
use crate::threads::{self, Rows};

/// Fewer channels or filters do not pay for the maps.
const LEAST: usize = 16;

/// The weights are mapped for each batch: that pays for so many tiles.
const FEWEST: usize = 24;

/// Tiles whose outputs are made at once: three blocks of rows of a product, and little enough for the cache.
const TILES: usize = 39;

/// Tiles whose products go into the sums of the weights at once: those sums are read and written once for so many.
const SUMMED: usize = 64;

/// Distance of two planes of `n` numbers: not a power of two, or the 16 numbers that go together would all want the
/// same lines of the cache.
fn plane(n: usize) -> usize {
    n.next_multiple_of(32) + 16
}

impl Conv {
    /// Whether to compute it so.
    pub(super) fn is_winograd(&self) -> bool {
        self.suits_winograd(self.output().iter().product())
    }

    /// Whether to compute the gradient of the input so.
    pub(super) fn is_winograd_turned(&self) -> bool {
        // Without padding that convolution has more outputs than this, but no more products that are not with 0.
        self.pads_little() && self.turned().suits_winograd(self.output().iter().product())
    }

    /// Whether it pays where plain sums have nine products for each of `outputs` pixels.
    fn suits_winograd(&self, outputs: usize) -> bool {
        let [down, across] = self.tiles();
        let tiles = down * across;
        self.tiles
            && self.kernel == [3, 3]
            && self.stride == [1, 1]
            && self.dilation == [1, 1]
            && self.groups == 1
            && self.channels.min(self.filters) >= LEAST
            && self.pads_little()
            // The maps of a tile take about as long as six products of its channels and filters.
            && tiles * 25 <= outputs * 9
            && tiles * self.batch >= FEWEST
    }

    fn pads_little(&self) -> bool {
        [self.pad_height, self.pad_width].iter().flatten().all(|pad| *pad <= 2)
    }

    /// Down and across.
    pub(super) fn tiles(&self) -> [usize; 2] {
        self.output().map(|n| n.div_ceil(2))
    }

    /// The tiles of `down` rows of tiles, at most `most` at once.
    fn tiles_of(&self, down: usize, most: usize) -> impl Iterator<Item = Tiles> + use<> {
        let across = self.tiles()[1];
        let all = down * across;
        (0..all).step_by(most).map(move |first| Tiles { first, n: most.min(all - first), across })
    }

    /// Calls `f` with the image in a frame of zeros that whole tiles cover, and the length of its rows.
    fn with_tiles<R>(&self, x: &[f32], f: impl FnOnce(&[f32], usize) -> R) -> R {
        let size = self.tiles().map(|n| 2 * n + 2);
        let row = size[1] * self.channels;
        if size == self.image {
            return f(x, row);
        }
        scratch::with(size[0] * row, |frame| {
            self.put_in_frame(x, row, frame);
            f(frame, row)
        })
    }

    fn u_plane(&self, path: Path) -> usize {
        plane(packed_len(path, self.channels, self.filters))
    }

    /// Length of the mapped weights.
    pub(super) fn winograd_weights_len(&self, path: Path) -> usize {
        16 * self.u_plane(path)
    }

    /// Maps weights `w (3, 3, channels, filters)`.
    pub(super) fn winograd_weights(&self, path: Path, w: &[f32], u: &mut [f32]) {
        let (channels, filters, plane, width) =
            (self.channels, self.filters, self.u_plane(path), width(path));
        if !filters.is_multiple_of(width) {
            u.fill(0.0);
        }
        path.run(Each(filters, Weights { w, channels, filters, u, plane, width }));
    }

    /// One image, as `forward_image` does it, from mapped weights, in so many parts.
    pub(super) fn winograd_image(
        &self,
        path: Path,
        x: &[f32],
        u: &[f32],
        b: Option<&[f32]>,
        parts: usize,
        y: &mut [f32],
    ) {
        let (down, width) = (self.tiles()[0], 2 * self.output()[1] * self.filters);
        self.with_tiles(x, |x, row| {
            threads::each(down, parts, Rows::new(y, width), &|these, y| {
                self.winograd_rows(path, &x[2 * these.start * row..], row, these.len(), u, b, y.data);
            });
        });
    }

    /// The same for `down` rows of tiles, the first ones of `x` in its frame.
    #[allow(clippy::too_many_arguments)]
    fn winograd_rows(
        &self,
        path: Path,
        x: &[f32],
        row: usize,
        down: usize,
        u: &[f32],
        b: Option<&[f32]>,
        y: &mut [f32],
    ) {
        let (c, filters, w, across) = (self.channels, self.filters, width(path), self.output()[1]);
        // The results of one panel of filters.
        let mw = w.min(filters);
        let [vp, mp, up] = [plane(TILES * c), plane(TILES * mw), self.u_plane(path)];
        scratch::with(16 * (vp + mp), |memory| {
            let (v, m) = memory.split_at_mut(16 * vp);
            for tiles in self.tiles_of(down, TILES) {
                path.run(Each(c, Input { x, row, channels: c, tiles, v, plane: vp }));
                for from in (0..filters).step_by(w) {
                    let columns = w.min(filters - from);
                    let left = Left { data: v, start: 0, row: c };
                    let right = Right { data: u, start: from * c, panel: c * w, padded: true };
                    let to = To { data: m, start: 0, row: mw };
                    let planes = Planes { n: 16, a: vp, b: up, c: mp };
                    let k = Nest::one(c, 1, w);
                    products(path, planes, tiles.n, columns, &k, left, right, Start::Zero, false, to);
                    let output = Output {
                        m,
                        plane: mp,
                        width: mw,
                        tiles,
                        bias: b.map(|b| &b[from..from + columns]),
                        relu: self.act == Act::Relu,
                        size: [y.len() / (across * filters), across],
                        y,
                        filters,
                        from,
                    };
                    path.run(Each(columns, output));
                }
            }
        });
    }

    /// The convolution that makes the gradient of the input from that of the output.
    pub(super) fn turned(&self) -> Conv {
        Conv {
            image: self.output(),
            channels: self.filters,
            filters: self.channels,
            pad_height: self.pad_height.map(|pad| 2 - pad),
            pad_width: self.pad_width.map(|pad| 2 - pad),
            act: Act::Linear,
            ..*self
        }
    }

    /// Maps weights `w (3, 3, channels, filters)` for [`Conv::turned`].
    pub(super) fn winograd_turned_weights(&self, path: Path, w: &[f32], u: &mut [f32]) {
        let (c, f) = (self.channels, self.filters);
        scratch::with(w.len(), |turned| {
            for (to, from) in turned.chunks_exact_mut(c * f).zip(w.chunks_exact(c * f).rev()) {
                for (j, to) in to.chunks_exact_mut(c).enumerate() {
                    to.iter_mut().zip(from[j..].iter().step_by(f)).for_each(|(to, w)| *to = *w);
                }
            }
            self.turned().winograd_weights(path, turned, u);
        });
    }

    fn sums_plane(&self) -> usize {
        plane(self.channels * self.filters)
    }

    /// Length of the sums from which the gradient of the weights is made.
    pub(super) fn winograd_sums_len(&self) -> usize {
        16 * self.sums_plane()
    }

    /// Adds to the sums what one image gives, whose gradient `dz` is.
    pub(super) fn winograd_weight_gradient(&self, path: Path, x: &[f32], dz: &[f32], sums: &mut [f32]) {
        let (c, filters, sp) = (self.channels, self.filters, self.sums_plane());
        let [vp, zp] = [plane(SUMMED * c), plane(SUMMED * filters)];
        self.with_tiles(x, |x, row| {
            scratch::with(16 * (vp + zp), |memory| {
                let (v, z) = memory.split_at_mut(16 * vp);
                for tiles in self.tiles_of(self.tiles()[0], SUMMED) {
                    path.run(Each(c, Input { x, row, channels: c, tiles, v, plane: vp }));
                    let slope = Slope { dz, size: self.output(), filters, tiles, v: z, plane: zp };
                    path.run(Each(filters, slope));
                    let left = Left { data: v, start: 0, row: 1 };
                    let to = To { data: sums, start: 0, row: filters };
                    let planes = Planes { n: 16, a: vp, b: zp, c: sp };
                    let k = Nest::one(tiles.n, c, filters);
                    products(
                        path,
                        planes,
                        c,
                        filters,
                        &k,
                        left,
                        Right::plain(path, z, 0),
                        Start::Add,
                        false,
                        to,
                    );
                }
            });
        });
    }

    /// Adds to `dw` what the sums come to.
    pub(super) fn winograd_finish(&self, path: Path, sums: &[f32], dw: &mut [f32]) {
        let (channels, filters, plane) = (self.channels, self.filters, self.sums_plane());
        path.run(Each(filters, WeightSums { m: sums, plane, channels, filters, dw }));
    }
}
