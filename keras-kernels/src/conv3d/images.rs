//! From the gradients of results to those of images.
//!
//! Pixels whose distance is the stride meet the same elements of the kernel: they are of one *phase*, of which each has its
//! own part of the kernel.

use super::Conv3d;
use crate::conv::{between_zeros, taps};
use crate::product::{Left, Nest, Planes, Right, Start, To, pack_transposed, packed_len, products, width};
use crate::scratch;
use crate::simd::{Path, path};
use crate::threads::{self, Rows, parts};

/// What comes after the sums: a bias, and whether they go through relu.
type After<'a> = (Option<&'a [f32]>, bool);

/// [`Conv3d::transposed`].
pub(super) fn images(of: &Conv3d, dy: &[f32], w: &[f32], after: After, dx: &mut [f32]) {
    let (path, [c, f]) = (path(), of.group());
    let turned = of.groups * packed_len(path, super::product(of.kernel) * f, c);
    let (planes, plane) = (of.batch * of.image[0], of.pixels() / of.image[0]);
    scratch::with(turned, |turned| {
        of.turn(path, w, turned);
        let turned = &*turned;
        threads::each(planes, parts(of.work(), planes), Rows::new(dx, plane), &|these, dx| {
            scratch::with(of.wide_len(), |wide| {
                let mut widened = None;
                for (i, dx) in these.zip(dx.data.chunks_exact_mut(plane)) {
                    let (sample, z) = (i / of.image[0], i % of.image[0]);
                    let dy = &dy[sample * of.results()..][..of.results()];
                    if widened != Some(sample) {
                        of.widen(dy, wide);
                        widened = Some(sample);
                    }
                    let source = if wide.is_empty() { dy } else { &*wide };
                    of.pixels_of_plane(path, source, turned, after, z, dx);
                }
            });
        });
    });
}

/// The elements of the kernel that a pixel meets along an axis, in the order of their windows.
#[derive(PartialEq, Eq)]
struct Meeting {
    /// The first element that meets a window, and how many do.
    skip: usize,
    many: usize,
    /// The window of the first, and how far the next is from there.
    window: usize,
    step: usize,
}

impl Meeting {
    /// Whether `later` is the same, but for windows that are `by` further.
    fn is_before(&self, later: &Meeting, by: usize) -> bool {
        let by = if self.many > 0 { by } else { 0 };
        *later == Meeting { window: self.window + by, ..*self }
    }
}

impl Conv3d {
    /// The elements of the kernel along axis `i` that meet pixels of phase `p`, as [`taps`] gives them.
    fn elements(
        &self,
        i: usize,
        p: usize,
    ) -> impl DoubleEndedIterator<Item = (usize, isize)> + Clone + use<> {
        taps(self.kernel[i], self.stride[i], self.dilation[i], p)
    }

    /// Does something for each phase.
    fn phases(&self, mut f: impl FnMut([usize; 3])) {
        let [_, down, along] = self.stride;
        for p in 0..super::product(self.stride) {
            f([p / (down * along), p / along % down, p % along]);
        }
    }

    /// Packs the kernel of each group and phase: elements in the order of [`taps`], filters by channels.
    fn turn(&self, path: Path, w: &[f32], mut turned: &mut [f32]) {
        let ([c, f], lanes) = (self.group(), width(path));
        for g in 0..self.groups {
            self.phases(|p| {
                let [zs, ys, xs] = [0, 1, 2].map(|i| self.elements(i, p[i]));
                let k = zs.clone().count() * ys.clone().count() * xs.clone().count() * f;
                let (to, rest) = core::mem::take(&mut turned).split_at_mut(packed_len(path, k, c));
                turned = rest;
                let rows = zs.flat_map(|(z, _)| ys.clone().map(move |(y, _)| z * self.kernel[1] + y));
                let elements = rows.flat_map(|row| xs.clone().map(move |(x, _)| row * self.kernel[2] + x));
                for (t, element) in elements.enumerate() {
                    for j in (0..c).step_by(lanes) {
                        let from = (element * c + j) * self.filters + g * f;
                        let to = &mut to[j * k + t * f * lanes..][..f * lanes];
                        pack_transposed(path, &w[from..], self.filters, f, (c - j).min(lanes), to);
                    }
                }
            });
        }
    }

    /// Zeros around each row of results, so that each element of the kernel meets something.
    fn around(&self) -> [usize; 2] {
        let left = (self.kernel[2] - 1) * self.dilation[2] / self.stride[2];
        let last = (self.image[2] - 1 + self.before[2]) / self.stride[2];
        [left, (last + 1).saturating_sub(self.windows[2])]
    }

    /// Numbers of results with zeros around each row, if there are any.
    fn wide_len(&self) -> usize {
        let [left, right] = self.around();
        let [d, h, w] = self.windows;
        if left + right == 0 { 0 } else { d * h * (left + w + right) * self.filters }
    }

    fn widen(&self, dy: &[f32], wide: &mut [f32]) {
        let [left, right] = self.around().map(|n| n * self.filters);
        between_zeros(dy, self.windows[2] * self.filters, left, right, wide);
    }

    /// What pixel `at`, which counts from the first window, meets along axis `i`.
    fn meeting(&self, i: usize, at: usize) -> Meeting {
        let (phase, window) = (at % self.stride[i], (at / self.stride[i]) as isize);
        let windows = self.elements(i, phase).map(|(_, back)| window - back);
        let inside = |w: &isize| (0..self.windows[i] as isize).contains(w);
        let skip = windows.clone().take_while(|w| !inside(w)).count();
        let mut there = windows.skip(skip).take_while(inside);
        let (first, next, rest) = (there.next(), there.next(), there.count());
        Meeting {
            skip,
            many: usize::from(first.is_some()) + usize::from(next.is_some()) + rest,
            window: first.unwrap_or(0) as usize,
            step: next.zip(first).map_or(0, |(next, first)| (next - first) as usize),
        }
    }

    /// One plane of an image's gradients.
    fn pixels_of_plane(
        &self,
        path: Path,
        dy: &[f32],
        mut turned: &[f32],
        after: After,
        z: usize,
        dx: &mut [f32],
    ) {
        let at = z + self.before[0];
        let zs = self.meeting(0, at);
        for g in 0..self.groups {
            self.phases(|p| {
                let k = [0, 1, 2].map(|i| self.elements(i, p[i]).count()).iter().product::<usize>()
                    * self.group()[1];
                let w;
                (w, turned) = turned.split_at(packed_len(path, k, self.group()[0]));
                if p[0] == at % self.stride[0] {
                    self.phase_of_plane(path, dy, (w, k), (g, [p[1], p[2]]), &zs, after, dx);
                }
            });
        }
    }

    /// How sums walk over `many_z` by `many_y` rows of `nx` elements of the kernel, of which a phase has `ny` in each plane: and
    /// how often, a plane of the kernel each time. `over` is how far the results of the next plane and row are.
    fn nest(
        &self,
        many_z: usize,
        many_y: usize,
        over: [usize; 2],
        [ny, nx]: [usize; 2],
        step_x: isize,
        lanes: usize,
    ) -> (Nest, usize) {
        let (f, [over_z, over_y]) = (self.group()[1], over.map(|n| n as isize));
        let (n, a, b, times) = if self.is_run() {
            ([many_z, many_y, nx * f], [over_z, over_y, 1], [ny * nx * f, nx * f, 1], 1)
        } else {
            let times = if many_y == 0 { 1 } else { many_z.max(1) };
            ([many_y, nx, f], [over_y, step_x * self.filters as isize, 1], [nx * f, f, 1], times)
        };
        let n = if many_z == 0 { [0; 3] } else { n };
        (Nest { n, a, b: b.map(|step| (step * lanes) as isize) }, times)
    }

    /// The pixels of a plane that are of one phase, in one group.
    #[allow(clippy::too_many_arguments)]
    fn phase_of_plane(
        &self,
        path: Path,
        dy: &[f32],
        (w, k): (&[f32], usize),
        (g, [py, px]): (usize, [usize; 2]),
        zs: &Meeting,
        (bias, relu): After,
        dx: &mut [f32],
    ) {
        let ([c, f], [_, sy, sx], [_, h, across]) = (self.group(), self.stride, self.image);
        let [ny, nx] = [(1, py), (2, px)].map(|(i, p)| self.elements(i, p).count());
        let [left, right] = self.around();
        let row = (left + self.windows[2] + right) * self.filters;
        // Pixels of this phase inside the image, counted in strides.
        let [_, top, first] = self.before;
        let [q0, q1] = [first, first + across].map(|end| end.saturating_sub(px).div_ceil(sx));
        if q1 <= q0 {
            return;
        }
        let mut backs = self.elements(2, px).map(|(_, back)| back);
        let (back, next) = (backs.next().unwrap_or(0), backs.next());
        let (step_x, lanes) = (next.map_or(0, |next| back - next), width(path));
        let first_sum = bias.map_or(Start::Zero, |bias| Start::Bias(&bias[g * c..]));
        let mut fy = top.saturating_sub(py).div_ceil(sy) * sy + py;
        while fy < top + h {
            let ys = self.meeting(1, fy);
            let left_over = (top + h - fy).div_ceil(sy);
            // The rows behind it that meet the same elements, each one window further.
            let rows =
                1 + (1..left_over).take_while(|i| ys.is_before(&self.meeting(1, fy + i * sy), *i)).count();
            // As far as elements meet windows at all.
            let many = if nx == 0 { 0 } else { ys.many };
            let [over_z, over_y] = [zs.step * self.windows[1] * row, ys.step * row];
            let (nest, times) = self.nest(zs.many, many, [over_z, over_y], [ny, nx], step_x, lanes);
            let meets = nest.n.iter().all(|n| *n > 0);
            let window = (zs.window * self.windows[1] + ys.window) * row + g * f;
            let start = (left + q0) as isize - back;
            let start = if meets { window + start as usize * self.filters } else { 0 };
            let at = ((fy - top) * across + px + q0 * sx - first) * self.channels + g * c;
            let further = if meets { row } else { 0 };
            let all = Planes { n: rows, a: further, b: 0, c: sy * across * self.channels };
            for i in 0..times {
                let element = ((zs.skip + i) * ny + ys.skip) * nx * f;
                let a = Left { data: dy, start: start + i * over_z, row: self.filters };
                let b = Right::packed(path, w, k, if meets { element } else { 0 });
                let to = To { data: &mut *dx, start: at, row: sx * self.channels };
                let from = if i > 0 { Start::Add } else { first_sum };
                products(path, all, q1 - q0, c, &nest, a, b, from, relu && i + 1 == times, to);
            }
            fy += rows * sy;
        }
    }
}
