//! From images to results.

use super::Conv3d;
use crate::product::{Left, Nest, Planes, Right, Start, To, pack, packed_len, products, width};
use crate::scratch;
use crate::simd::{Path, path};
use crate::threads::{self, Rows, parts};

/// [`Conv3d::forward`].
pub(super) fn results(of: &Conv3d, x: &[f32], w: &[f32], after: (Option<&[f32]>, bool), y: &mut [f32]) {
    let (path, [c, f]) = (path(), of.group());
    let k = super::product(of.kernel) * c;
    let (one, planes) = (packed_len(path, k, f), of.batch * of.windows[0]);
    scratch::with(one * of.groups, |packed| {
        for (g, packed) in packed.chunks_exact_mut(one).enumerate() {
            pack(path, &w[g * f..], of.filters, k, f, packed);
        }
        let (packed, plane) = (&*packed, of.results() / of.windows[0]);
        if of.has_unrolled_results(path) {
            return unrolled(of, path, x, packed, after, y);
        }
        threads::each(planes, parts(of.work(), planes), Rows::new(y, plane), &|these, y| {
            scratch::with(of.frame_len(), |frame| {
                let mut framed = None;
                for (i, y) in these.zip(y.data.chunks_exact_mut(plane)) {
                    let (sample, z) = (i / of.windows[0], i % of.windows[0]);
                    let x = &x[sample * of.pixels()..][..of.pixels()];
                    if framed != Some(sample) {
                        of.framed(x, frame);
                        framed = Some(sample);
                    }
                    of.plane(path, if of.is_inside() { x } else { frame }, packed, after, z, y);
                }
            });
        });
    });
}

/// The results of images of one channel.
fn unrolled(
    of: &Conv3d,
    path: Path,
    x: &[f32],
    packed: &[f32],
    after: (Option<&[f32]>, bool),
    y: &mut [f32],
) {
    let (depth, plane) = (of.windows[0], of.results() / of.windows[0]);
    let planes = of.batch * depth;
    threads::each(planes, parts(of.work(), planes), Rows::new(y, plane), &|these, y| {
        scratch::with(of.frame_len(), |frame| {
            let (mut at, mut rest) = (these.start, y.data);
            while at < these.end {
                let (sample, first) = (at / depth, at % depth);
                let end = these.end.min((sample + 1) * depth);
                let (own, others) = core::mem::take(&mut rest).split_at_mut((end - at) * plane);
                let x = of.framed(&x[sample * of.pixels()..][..of.pixels()], frame);
                let mut to = own.chunks_exact_mut(plane);
                of.each_band(path, x, first..first + end - at, |band, from| {
                    for (z, y) in band.zip(&mut to) {
                        from.results(path, packed, after, z, y);
                    }
                });
                (at, rest) = (end, others);
            }
        });
    });
}

impl Conv3d {
    /// One plane of results, with a bias and whether it goes through relu.
    fn plane(
        &self,
        path: Path,
        x: &[f32],
        packed: &[f32],
        (b, relu): (Option<&[f32]>, bool),
        z: usize,
        y: &mut [f32],
    ) {
        let ([c, f], [_, oh, ow], [_, h, w]) = (self.group(), self.windows, self.source());
        let [kd, kh, kw] = self.kernel;
        let (k, one, lanes) = (kd * kh * kw * c, packed.len() / self.groups, width(path));
        let row = w * self.channels;
        let [down, along] = [h * row * self.dilation[0], row * self.dilation[1]];
        let (n, a, times) = match self.is_run() {
            true => ([kd, kh, kw * c], [down, along, 1], 1),
            false => ([kh, kw, c], [along, self.dilation[2] * self.channels, 1], kd),
        };
        let nest = Nest {
            n,
            a: a.map(|step| step as isize),
            b: [n[1] * n[2] * lanes, n[2] * lanes, lanes].map(|step| step as isize),
        };
        for g in 0..self.groups {
            // A panel of filters over the whole plane, so that it stays in the cache.
            for j in (0..f).step_by(lanes) {
                let columns = (f - j).min(lanes);
                let first = b.map_or(Start::Zero, |b| Start::Bias(&b[g * f + j..]));
                let all = Planes { n: oh, a: self.stride[1] * row, b: 0, c: ow * self.filters };
                for kz in 0..times {
                    let start = if kz > 0 { Start::Add } else { first };
                    let pixel = z * self.stride[0] * h * row + kz * down + g * c;
                    let left = Left { data: x, start: pixel, row: self.stride[2] * self.channels };
                    let right = Right::packed(path, &packed[g * one + j * k..], k, kz * kh * kw * c);
                    let to = To { data: &mut *y, start: g * f + j, row: self.filters };
                    products(path, all, ow, columns, &nest, left, right, start, relu && kz + 1 == times, to);
                }
            }
        }
    }
}
