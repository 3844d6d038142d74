//! Images of one channel: a window has too few neighbouring numbers for a loop over them to be worth its start. What each
//! element of a plane of the kernel meets in a plane of the image is copied so that it lies together, which leaves long loops.

use core::ops::Range;

use super::Conv3d;
use crate::product::{Left, Nest, Right, Start, To, product, width};
use crate::scratch;
use crate::simd::{Isa, Kernel, Path};

/// Numbers that are unrolled at once, if one plane of results does not need more: 256 KiB.
const UNROLLED: usize = 1 << 16;

/// The most that one plane of results may need: 2 MiB.
const MOST: usize = 1 << 19;

/// Elements of a plane of the kernel that are worth it. Fewer rows of a product would be summed in parts.
const FEW: usize = 3;

/// Some planes of an image, unrolled: `(planes, elements of a plane of the kernel, windows of a plane and some room)`.
pub(super) struct Unrolled<'a> {
    of: &'a Conv3d,
    /// The first plane of the image that is here.
    first: usize,
    data: &'a [f32],
}

impl Conv3d {
    /// Whether this is the way to gradients of the kernel. Windows that lie side by side are copied in vectors; rows of more than
    /// three elements are loops that are long enough.
    pub(super) fn is_unrolled(&self, path: Path) -> bool {
        let [depth, high, wide] = self.kernel;
        let beside = self.stride[2] == 1 && self.windows[2] > 1;
        // Every plane is met, by all planes of the kernel.
        let planes = depth > 1 && self.dilation[0] == 1 && self.stride[0] <= depth;
        let suits = self.channels == 1 && beside && planes && wide <= 3 && high * wide >= FEW;
        suits && self.planes_for(1).saturating_mul(self.unrolled_plane(path)) <= MOST
    }

    /// Whether it is the way to results too: long rows of windows are worth the starts of short loops.
    pub(super) fn has_unrolled_results(&self, path: Path) -> bool {
        self.windows[2] <= 64 && self.is_unrolled(path)
    }

    /// Numbers that an element of the kernel meets in a plane, with room for a vector that goes beyond the last.
    fn met(&self, path: Path) -> usize {
        self.windows[1] * self.windows[2] + path.lanes()
    }

    /// Numbers of an unrolled plane.
    fn unrolled_plane(&self, path: Path) -> usize {
        self.kernel[1] * self.kernel[2] * self.met(path)
    }

    /// Planes of the image that so many planes of results come from.
    fn planes_for(&self, results: usize) -> usize {
        (results - 1) * self.stride[0] + self.kernel[0]
    }

    /// Planes of results that are made at once, at least 1 and at most `most`.
    fn band(&self, path: Path, most: usize) -> usize {
        let planes = UNROLLED / self.unrolled_plane(path);
        (planes.saturating_sub(self.kernel[0]) / self.stride[0] + 1).min(most)
    }

    /// Does something with some planes of results of an image in its frame after the other, and what they come from.
    pub(super) fn each_band(
        &self,
        path: Path,
        x: &[f32],
        results: Range<usize>,
        mut f: impl FnMut(Range<usize>, Unrolled<'_>),
    ) {
        let band = self.band(path, results.len().max(1));
        scratch::with(self.planes_for(band) * self.unrolled_plane(path), |data| {
            let mut z = results.start;
            while z < results.end {
                let these = z..results.end.min(z + band);
                let (first, planes) = (z * self.stride[0], self.planes_for(these.len()));
                path.run(Unroll {
                    of: self,
                    x,
                    met: self.met(path),
                    planes: first..first + planes,
                    to: data,
                });
                f(these.clone(), Unrolled { of: self, first, data });
                z = these.end;
            }
        });
    }
}

impl Unrolled<'_> {
    /// Where the windows of plane `z` of results meet plane `kz` of the kernel.
    fn start(&self, path: Path, z: usize, kz: usize) -> usize {
        (z * self.of.stride[0] + kz - self.first) * self.of.unrolled_plane(path)
    }

    /// A plane of results, from the packed kernel, with a bias and whether it goes through relu.
    pub(super) fn results(
        &self,
        path: Path,
        packed: &[f32],
        (b, relu): (Option<&[f32]>, bool),
        z: usize,
        y: &mut [f32],
    ) {
        let of = self.of;
        let elements = super::product(of.kernel);
        let nest = Nest::one(elements, of.met(path), width(path));
        let left = Left { data: self.data, start: self.start(path, z, 0), row: 1 };
        let right = Right::packed(path, packed, elements, 0);
        let to = To { data: y, start: 0, row: of.filters };
        let start = b.map_or(Start::Zero, Start::Bias);
        product(path, of.windows[1] * of.windows[2], of.filters, &nest, left, right, start, relu, to);
    }

    /// Adds what plane `z` of the gradients of results gives for plane `kz` of the kernel.
    pub(super) fn elements(&self, path: Path, dy: &[f32], z: usize, kz: usize, dw: &mut [f32]) {
        let of = self.of;
        let windows = of.windows[1] * of.windows[2];
        let nest = Nest::one(windows, 1, of.filters);
        let left = Left { data: self.data, start: self.start(path, z, kz), row: of.met(path) };
        let right = Right::plain(path, dy, z * windows * of.filters);
        let to = To { data: dw, start: 0, row: of.filters };
        product(path, of.kernel[1] * of.kernel[2], of.filters, &nest, left, right, Start::Add, false, to);
    }
}

/// Copies what each element of a plane of the kernel meets in some planes.
struct Unroll<'a> {
    of: &'a Conv3d,
    x: &'a [f32],
    met: usize,
    planes: Range<usize>,
    to: &'a mut [f32],
}

impl Kernel for Unroll<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let (of, [_, h, w], [_, oh, ow]) = (self.of, self.of.source(), self.of.windows);
        let elements = of.kernel[1] * of.kernel[2];
        for (i, to) in self.to.chunks_exact_mut(self.met).take(self.planes.len() * elements).enumerate() {
            let (z, ky, kx) =
                (self.planes.start + i / elements, i % elements / of.kernel[2], i % of.kernel[2]);
            for oy in 0..oh {
                let from = (z * h + oy * of.stride[1] + ky * of.dilation[1]) * w + kx * of.dilation[2];
                let (from, to) = (&self.x[from..], &mut to[oy * ow..]);
                for j in (0..ow).step_by(S::F32_LANES) {
                    // What goes beyond a row is overwritten by the next one, or is room.
                    match from.get(j..j + S::F32_LANES) {
                        Some(from) => s.store(&mut to[j..j + S::F32_LANES], s.load(from)),
                        None => s.store(&mut to[j..ow], s.load(&from[j..ow])),
                    }
                }
            }
        }
    }
}
