//! Images in which every pixel stands several times.

use crate::lanes::{Lanes, PerLanes, per_lanes};
use crate::simd::{Isa, Kernel, path};
use crate::threads::{self, Rows, parts};

/// Images with up to three axes, channels last, whose pixels are repeated along each. Axes that they do not have are of
/// length 1 and come first.
#[derive(Clone, Copy, Debug)]
pub struct Repeat {
    /// Samples.
    pub batch: usize,
    /// Lengths of the images' axes.
    pub image: [usize; 3],
    /// How often pixels are repeated along each axis.
    pub times: [usize; 3],
    /// Channels.
    pub channels: usize,
}

impl Repeat {
    /// Numbers of a row of an image, and of a row of what becomes of it.
    fn rows(&self) -> [usize; 2] {
        let row = self.image[2] * self.channels;
        [row, row * self.times[2]]
    }

    /// Numbers of a plane of an image.
    fn plane(&self) -> usize {
        self.image[1] * self.rows()[0]
    }

    /// Numbers of what becomes of a plane, or of a row of it: those lie together, whichever is the unit of work.
    fn of_plane(&self) -> usize {
        self.plane() * self.times.iter().product::<usize>()
    }

    fn check(&self, x: usize, y: usize) {
        let planes = self.batch * self.image[0];
        assert!(x == planes * self.plane() && y == planes * self.of_plane(), "shapes");
    }

    /// Whether what becomes of a row lies together.
    fn by_rows(&self) -> bool {
        self.times[0] == 1
    }

    /// How much of an image is done at once: one row, or one plane.
    fn units(&self) -> (usize, Repeat) {
        let planes = self.batch * self.image[0];
        let one = Repeat { batch: 1, image: [1, self.image[1], self.image[2]], ..*self };
        match self.by_rows() {
            true => (planes * self.image[1], Repeat { image: [1, 1, self.image[2]], ..one }),
            false => (planes, one),
        }
    }

    /// Fills `y (batch, repeated axes, channels)` from `x (batch, axes, channels)`.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn forward(&self, x: &[f32], y: &mut [f32]) {
        self.check(x.len(), y.len());
        if y.is_empty() {
            return;
        }
        let ((units, one), path) = (self.units(), path());
        let (from, to) = (one.plane(), one.of_plane());
        threads::each(units, parts(y.len() / 2, units), Rows::new(y, to), &|these, y| {
            for (i, y) in these.zip(y.data.chunks_exact_mut(to)) {
                path.run(Spread { of: &one, x: &x[i * from..][..from], y });
            }
        });
    }

    /// The gradient `dx` of [`forward`](Repeat::forward): each pixel gets the sum of those of what it has become.
    ///
    /// # Panics
    /// A slice has not its shape.
    pub fn backward(&self, dy: &[f32], dx: &mut [f32]) {
        self.check(dx.len(), dy.len());
        if dx.is_empty() || dy.is_empty() {
            return dx.fill(0.0);
        }
        let ((units, one), path) = (self.units(), path());
        let (from, to) = (one.plane(), one.of_plane());
        threads::each(units, parts(dy.len() / 2, units), Rows::new(dx, from), &|these, dx| {
            for (i, dx) in these.zip(dx.data.chunks_exact_mut(from)) {
                path.run(Gather { of: &one, dy: &dy[i * to..][..to], dx });
            }
        });
    }
}

/// One plane.
struct Spread<'a> {
    of: &'a Repeat,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Spread<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Spread { of, x, y } = self;
        let [row, wide] = of.rows();
        let [over, down, across] = of.times;
        let (first, others) = y.split_at_mut(y.len() / over);
        for (x, y) in x.chunks_exact(row).zip(first.chunks_exact_mut(wide * down)) {
            let (first, others) = y.split_at_mut(wide);
            let pixels = x.chunks_exact(of.channels).zip(first.chunks_exact_mut(of.channels * across));
            for (x, y) in pixels {
                per_lanes(s, of.channels, &mut Pixel { x, y, times: across });
            }
            others.chunks_exact_mut(wide).for_each(|y| y.copy_from_slice(first));
        }
        others.chunks_exact_mut(first.len()).for_each(|y| y.copy_from_slice(first));
    }
}

/// One pixel, and what becomes of it in a row: memory goes from one to the next.
struct Pixel<'a> {
    x: &'a [f32],
    y: &'a mut [f32],
    times: usize,
}

impl PerLanes for Pixel<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let v = lanes.of(s, self.x, 0);
        for i in 0..self.times {
            lanes.put(s, self.y, i * self.x.len(), v);
        }
    }
}

/// The gradients of one plane.
struct Gather<'a> {
    of: &'a Repeat,
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl Kernel for Gather<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Gather { of, dy, dx } = self;
        let [row, wide] = of.rows();
        let [over, down, across] = of.times;
        let (c, plane) = (of.channels, dy.len() / over);
        for (i, dx) in dx.chunks_exact_mut(row).enumerate() {
            for (j, dx) in dx.chunks_exact_mut(c).enumerate() {
                let dy = &dy[i * down * wide + j * across * c..];
                per_lanes(s, c, &mut Sum { dy, times: of.times, apart: [plane, wide], dx });
            }
        }
    }
}

/// That of one pixel, from rows and planes so far apart.
struct Sum<'a> {
    dy: &'a [f32],
    times: [usize; 3],
    apart: [usize; 2],
    dx: &'a mut [f32],
}

impl PerLanes for Sum<'_> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let (c, [over, down, across]) = (self.dx.len(), self.times);
        let mut sum = s.splat_f32s(0.0);
        for z in 0..over {
            for y in 0..down {
                let first = z * self.apart[0] + y * self.apart[1];
                for x in 0..across {
                    sum = s.add_f32s(sum, lanes.of(s, self.dy, first + x * c));
                }
            }
        }
        lanes.put(s, self.dx, 0, sum);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Repeat;
    use crate::conv3d::tests::{close, numbers};
    use crate::simd::of_test::on;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn pixels_are_where_they_belong(
            batch in 0usize..3, image in [1usize..5, 1usize..5, 1usize..5], times in [0usize..4, 0usize..4, 0usize..4],
            channels in 0usize..40, set in 0usize..4,
        ) {
            let of = Repeat { batch, image, times, channels };
            let n: usize = image.iter().product();
            let x = numbers(batch * n * channels, 1);
            let dy = numbers(batch * n * times.iter().product::<usize>() * channels, 2);
            let (mut y, mut dx) = (vec![7.0; dy.len()], vec![7.0; x.len()]);
            on(set, || {
                of.forward(&x, &mut y);
                of.backward(&dy, &mut dx);
            });
            let mut wanted = vec![0.0f64; x.len()];
            let to: Vec<usize> = (0..3).map(|i| image[i] * times[i]).collect();
            for (i, y) in y.iter().enumerate() {
                let (pixel, c) = (i / channels, i % channels);
                let at = [pixel / (to[1] * to[2]) % to[0], pixel / to[2] % to[1], pixel % to[2]];
                let [z, row, column] = [0, 1, 2].map(|i| at[i] / times[i]);
                let sample = pixel / to.iter().product::<usize>();
                let from = (((sample * image[0] + z) * image[1] + row) * image[2] + column) * channels + c;
                prop_assert!(*y == x[from], "{i} of {of:?}");
                wanted[from] += f64::from(dy[i]);
            }
            prop_assert!(close(&dx, &wanted), "gradients of {of:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_repeated() {
        let of = Repeat { batch: 1, image: [1, 1, 3], times: [1, 2, 2], channels: 1 };
        let (mut y, mut dx) = ([0.0; 12], [0.0; 3]);
        of.forward(&[f32::NAN, f32::INFINITY, 1e-45], &mut y);
        assert!(
            y.chunks(6).all(|row| row[..2].iter().all(|y| y.is_nan()) && row[2..4] == [f32::INFINITY; 2])
        );
        assert!(y[4..6] == [1e-45; 2] && y[10..] == [1e-45; 2]);
        of.backward(&y, &mut dx);
        assert!(dx[0].is_nan() && dx[1] == f32::INFINITY && dx[2].to_bits() == 4);
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        for times in [[2, 2, 2], [1, 3, 2]] {
            let of = Repeat { batch: 2, image: [9, 20, 31], times, channels: 37 };
            let x = numbers(2 * 9 * 20 * 31 * 37, 1);
            let run = |threads: usize| {
                let _threads = crate::threads::with_threads(threads);
                let mut y = vec![0.0; x.len() * times.iter().product::<usize>()];
                let mut dx = vec![0.0; x.len()];
                of.forward(&x, &mut y);
                of.backward(&y, &mut dx);
                [y, dx].concat().into_iter().map(f32::to_bits).collect::<Vec<u32>>()
            };
            let one = run(1);
            assert!([2, 3, 7].into_iter().all(|threads| run(threads) == one));
        }
    }
}
