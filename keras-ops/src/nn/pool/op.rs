//! The largest or the mean of the pixels in each window.

use core::ops::Range;

use keras_kernels::pool::{Pool as Kernel, Pool3d};
use keras_kernels::simd::{Isa, Kernel as Vectors, path};
use keras_kernels::threads::{self, Rows, parts};

use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec, integers_mut, one};
use crate::symbolic::apply;
use crate::{DType, Shape, Symbolic};

/// Windows along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Windows {
    /// Of one length, at regular distances; the first begins this far before the image.
    Regular {
        /// How many pixels a window covers.
        length: usize,
        /// The distance of two windows.
        stride: usize,
        /// How far the first window begins before the image.
        before: usize,
        /// How many windows there are.
        count: usize,
    },
    /// This many that cover the axis evenly.
    Adaptive(usize),
}

impl Windows {
    /// All pixels, each on its own.
    pub(crate) const EACH: fn(usize) -> Windows =
        |count| Windows::Regular { length: 1, stride: 1, before: 0, count };

    /// How many there are.
    pub fn count(self) -> usize {
        match self {
            Windows::Regular { count, .. } | Windows::Adaptive(count) => count,
        }
    }

    /// The pixels that window `i` covers, of `n`.
    pub fn covers(self, i: usize, n: usize) -> Range<usize> {
        match self {
            Windows::Regular { length, stride, before, .. } => {
                (i * stride).saturating_sub(before)..(i * stride + length).saturating_sub(before).min(n)
            }
            Windows::Adaptive(count) => i * n / count..((i + 1) * n).div_ceil(count),
        }
    }
}

/// Windows of images `(batch, three axes, channels)`: axes that there are not have a length of 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// Lengths of the axes.
    pub image: [usize; 3],
    /// Windows along each axis.
    pub windows: [Windows; 3],
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// The largest of each window, and which pixel of its image it is.
    Largest,
    /// From those pixels and numbers for the windows: zeros, to which each number is added at its pixel.
    Put,
    /// From those pixels and an image: the pixels.
    Pick,
    /// The mean of each window.
    Mean,
    /// From numbers for the windows: each pixel has its share of those whose windows it is in.
    Spread,
}

/// An operation on windows; tensors of one shape `images` and another `results`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pool {
    /// How windows lie.
    pub geometry: Geometry,
    /// What is done.
    pub task: Task,
    /// The shape of images.
    pub images: Shape,
    /// The shape of what there is for windows.
    pub results: Shape,
}

impl Geometry {
    fn pixels(&self) -> usize {
        self.image.iter().product()
    }

    fn count(&self) -> usize {
        self.windows.iter().map(|windows| windows.count()).product()
    }

    /// The pixels along each axis that a window covers.
    #[inline(always)]
    fn covered(&self, window: usize) -> [Range<usize>; 3] {
        let [_, rows, columns] = self.windows.map(Windows::count);
        let at = [window / (rows * columns), window / columns % rows, window % columns];
        [0, 1, 2].map(|axis| self.windows[axis].covers(at[axis], self.image[axis]))
    }

    /// Calls `f(window, pixels along each axis)`.
    fn each(&self, mut f: impl FnMut(usize, [Range<usize>; 3])) {
        (0..self.count()).for_each(|window| f(window, self.covered(window)));
    }

    /// Calls `f(pixel)` for each pixel of a window.
    fn pixels_of(&self, [zs, ys, xs]: &[Range<usize>; 3], mut f: impl FnMut(usize)) {
        for z in zs.clone() {
            for y in ys.clone() {
                xs.clone().for_each(|x| f((z * self.image[1] + y) * self.image[2] + x));
            }
        }
    }

    /// The same for the kernels of images with two axes.
    fn kernel(&self, batch: usize, channels: usize) -> Option<Kernel> {
        let [first, rest @ ..] = self.windows;
        if first != Windows::EACH(1) || self.image[0] != 1 {
            return None;
        }
        let mut sizes = [([0; 2], 0, 0); 2];
        for (i, windows) in rest.into_iter().enumerate() {
            let Windows::Regular { length, stride, before, count } = windows else { return None };
            let after = ((count - 1) * stride + length).saturating_sub(self.image[i + 1] + before);
            sizes[i] = ([before, after], length, stride);
        }
        let [(pad_height, height, down), (pad_width, width, right)] = sizes;
        Some(Kernel {
            batch,
            image: [self.image[1], self.image[2]],
            channels,
            window: [height, width],
            stride: [down, right],
            pad_height,
            pad_width,
        })
    }
}

impl Geometry {
    /// The same for the kernels of images with three axes.
    fn deep(&self, batch: usize, channels: usize) -> Option<Pool3d> {
        let mut of = Pool3d {
            batch,
            image: self.image,
            channels,
            window: [1; 3],
            stride: [1; 3],
            before: [0; 3],
            windows: [1; 3],
        };
        for (i, windows) in self.windows.into_iter().enumerate() {
            let Windows::Regular { length, stride, before, count } = windows else { return None };
            (of.window[i], of.stride[i], of.before[i], of.windows[i]) = (length, stride, before, count);
        }
        Some(of)
    }
}

/// Channels whose largest numbers are found together: they fit into registers.
const TOGETHER: usize = 16;

/// The largest of each window of one image, and which pixel it is. NaN is the largest of a window with it, but the pixel
/// is found as on JAX: NaN is passed over for whatever comes next.
struct Largest<'a> {
    geometry: &'a Geometry,
    channels: usize,
    x: &'a [f32],
    y: &'a mut [f32],
    which: &'a mut [i32],
}

impl Vectors for Largest<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(mut self, _: S) {
        let whole = self.channels / TOGETHER * TOGETHER;
        for window in 0..self.geometry.count() {
            let covered = self.geometry.covered(window);
            for c in (0..whole).step_by(TOGETHER) {
                self.window::<TOGETHER>(window, &covered, c);
            }
            for c in whole..self.channels {
                self.window::<1>(window, &covered, c);
            }
        }
    }
}

impl Largest<'_> {
    /// `N` channels of a window, from `c` on.
    #[inline(always)]
    fn window<const N: usize>(&mut self, window: usize, [zs, ys, xs]: &[Range<usize>; 3], c: usize) {
        let (mut largest, mut passed, mut which) = ([0.0; N], [0.0; N], [0; N]);
        let mut first = true;
        for z in zs.clone() {
            for y in ys.clone() {
                for x in xs.clone() {
                    let pixel = (z * self.geometry.image[1] + y) * self.geometry.image[2] + x;
                    let Some(own) = self.x[pixel * self.channels + c..].first_chunk::<N>() else { continue };
                    if first {
                        (largest, passed, which, first) = (*own, *own, [pixel as i32; N], false);
                        continue;
                    }
                    // Choices without a branch, which the compiler makes vectors of.
                    for i in 0..N {
                        // Not the same as `<`: NaN is passed over.
                        #[allow(clippy::neg_cmp_op_on_partial_ord)]
                        let next = !(passed[i] >= own[i]);
                        let larger = (own[i] > largest[i]) | own[i].is_nan();
                        largest[i] = if larger { own[i] } else { largest[i] };
                        passed[i] = if next { own[i] } else { passed[i] };
                        which[i] = if next { pixel as i32 } else { which[i] };
                    }
                }
            }
        }
        let at = window * self.channels + c;
        self.y[at..at + N].copy_from_slice(&largest);
        self.which[at..at + N].copy_from_slice(&which);
    }
}

impl Pool {
    fn channels(&self) -> usize {
        self.images[self.images.rank() - 1]
    }

    fn batch(&self) -> usize {
        self.images[0]
    }

    /// Numbers of an image.
    fn image(&self) -> usize {
        self.geometry.pixels() * self.channels()
    }

    /// Numbers of an image's results.
    fn result(&self) -> usize {
        self.geometry.count() * self.channels()
    }

    fn parts(&self) -> usize {
        parts(4 * self.batch() * self.result(), self.batch())
    }

    /// Does `f(numbers of a sample, its results)` for each sample: so many numbers of the one and the other.
    fn each_sample(
        &self,
        x: &[f32],
        of_x: usize,
        y: &mut [f32],
        of_y: usize,
        f: impl Fn(&[f32], &mut [f32]) + Sync,
    ) {
        threads::each(self.batch(), self.parts(), Rows::new(y, of_y), &|these, y| {
            for (i, y) in these.zip(y.data.chunks_exact_mut(of_y)) {
                f(&x[i * of_x..][..of_x], y);
            }
        });
    }

    fn largest(&self, x: &[f32], y: &mut [f32], which: &mut [i32]) {
        let (image, result) = (self.image(), self.result());
        let memory = (Rows::new(y, result), Rows::new(which, result));
        threads::each(self.batch(), self.parts(), memory, &|these, (y, which)| {
            let pairs = y.data.chunks_exact_mut(result).zip(which.data.chunks_exact_mut(result));
            for (i, (y, which)) in these.zip(pairs) {
                let (geometry, channels, x) = (&self.geometry, self.channels(), &x[i * image..][..image]);
                path().run(Largest { geometry, channels, x, y, which });
            }
        });
    }

    fn put(&self, which: &[i32], dy: &[f32], dx: &mut [f32]) {
        let (channels, result) = (self.channels(), self.result());
        dx.fill(0.0);
        for (i, dx) in dx.chunks_exact_mut(self.image()).enumerate() {
            let of = i * result..(i + 1) * result;
            for (at, (pixel, dy)) in which[of.clone()].iter().zip(&dy[of]).enumerate() {
                dx[*pixel as usize * channels + at % channels] += dy;
            }
        }
    }

    fn pick(&self, which: &[i32], x: &[f32], y: &mut [f32]) {
        let (channels, image, result) = (self.channels(), self.image(), self.result());
        for (i, y) in y.chunks_exact_mut(result).enumerate() {
            let (x, which) = (&x[i * image..][..image], &which[i * result..][..result]);
            for (at, (y, pixel)) in y.iter_mut().zip(which).enumerate() {
                *y = x[*pixel as usize * channels + at % channels];
            }
        }
    }
}

impl Op for Pool {
    fn name(&self) -> &'static str {
        match self.task {
            Task::Largest | Task::Put | Task::Pick => "max_pool",
            Task::Mean | Task::Spread => "average_pool",
        }
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Pool(self.clone()))
    }

    fn infer(&self, _: &[&Spec]) -> Result<Outputs, Problem> {
        let (images, results) = (Spec::float(&self.images), Spec::float(&self.results));
        Ok(match self.task {
            Task::Largest => {
                let which = Spec::new(&self.results, DType::Int32);
                [results, which].into_iter().collect()
            }
            Task::Put | Task::Spread => one(images),
            Task::Pick | Task::Mean => one(results),
        })
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (image, result) = (self.image(), self.result());
        if image * result * self.batch() == 0 {
            io.outputs.iter_mut().for_each(|y| y.fill(0.0));
            return;
        }
        let kernel = self.geometry.kernel(self.batch(), self.channels());
        let x = io.inputs[0].data;
        if let (None, Some(deep)) = (kernel, self.geometry.deep(self.batch(), self.channels())) {
            match (self.task, &mut *io.outputs) {
                (Task::Largest, [y, which]) => return deep.max(x, y, Some(bytemuck::cast_slice_mut(which))),
                (Task::Mean, [y]) => return deep.average(x, y),
                (Task::Spread, [y]) => return deep.average_backward(x, y),
                (Task::Put, [y]) => {
                    return deep.max_backward(bytemuck::cast_slice(x), io.inputs[1].data, y);
                }
                _ => {}
            }
        }
        match (self.task, io.outputs, kernel) {
            (Task::Largest, [y, which], Some(kernel)) => {
                kernel.max(x, y, Some(bytemuck::cast_slice_mut(which)));
            }
            (Task::Mean, [y], Some(kernel)) => kernel.average(x, y),
            (Task::Spread, [y], Some(kernel)) => kernel.average_backward(x, y),
            (Task::Put, [y], Some(kernel)) => {
                kernel.max_backward(bytemuck::cast_slice(x), io.inputs[1].data, y);
            }
            (Task::Largest, [y, which], None) => self.largest(x, y, integers_mut(which)),
            (Task::Mean, [y], None) => {
                self.each_sample(x, image, y, result, |x, y| mean(&self.geometry, self.channels(), x, y));
            }
            (Task::Spread, [y], None) => {
                self.each_sample(x, result, y, image, |x, y| spread(&self.geometry, self.channels(), x, y));
            }
            (Task::Put, [y], None) => self.put(io.inputs[0].integers(), io.inputs[1].data, y),
            (Task::Pick, [y], _) => self.pick(io.inputs[0].integers(), io.inputs[1].data, y),
            _ => unreachable!("each task has its outputs"),
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let dy = match self.task {
            Task::Largest => at.dy_of(0),
            _ => at.dy().clone(),
        };
        let other = |task, inputs: &[&Symbolic]| {
            let inputs: Vec<Symbolic> = inputs.iter().map(|x| (*x).clone()).collect();
            Some(apply(Pool { task, ..self.clone() }, &inputs))
        };
        match self.task {
            Task::Largest => vec![other(Task::Put, &[&at.outputs[1], &dy])],
            Task::Put => vec![None, other(Task::Pick, &[&at.inputs[0], &dy])],
            Task::Pick => vec![None, other(Task::Put, &[&at.inputs[0], &dy])],
            Task::Mean => vec![other(Task::Spread, &[&dy])],
            Task::Spread => vec![other(Task::Mean, &[&dy])],
        }
    }
}

fn mean(g: &Geometry, channels: usize, x: &[f32], y: &mut [f32]) {
    g.each(|window, covered| {
        let y = &mut y[window * channels..][..channels];
        y.fill(0.0);
        g.pixels_of(&covered, |pixel| {
            y.iter_mut().zip(&x[pixel * channels..]).for_each(|(y, x)| *y += x);
        });
        let n: usize = covered.iter().map(|pixels| pixels.len()).product();
        y.iter_mut().for_each(|y| *y /= n as f32);
    });
}

fn spread(g: &Geometry, channels: usize, dy: &[f32], dx: &mut [f32]) {
    dx.fill(0.0);
    g.each(|window, covered| {
        let dy = &dy[window * channels..][..channels];
        let n: usize = covered.iter().map(|pixels| pixels.len()).product();
        g.pixels_of(&covered, |pixel| {
            dx[pixel * channels..].iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy / n as f32);
        });
    });
}
