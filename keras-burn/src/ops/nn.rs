//! Products, convolutions, pools, softmax, normalisation and attention.

use burn::backend::ops::*;
use burn::backend::{Dispatch, DispatchTensor, TensorMetadata};
use burn::tensor::{BoolStore, Device, IndexingUpdateOp, IntDType, Shape as BurnShape, Slice, TensorData};
use keras_ops::DType;
use keras_ops::graph::{Binary, ConvGeometry, ConvSide, Convolution, Pool, PoolTask, Reduce, TensorSpec};

use super::arrays::{joined, part_of};
use super::elementwise::integers;
use super::float::{Float, Truth, bool_store};
use crate::Array;
use crate::array::on_device;

/// What a masked score of attention is.
const LOWEST: f32 = -0.7 * f32::MAX;

pub(super) fn matmul(x: &[Array], transposed: [bool; 2]) -> DispatchTensor {
    let rank = x[0].shape().rank().max(x[1].shape().rank());
    let side = |i: usize| {
        let shape = x[i].shape();
        let lead = core::iter::repeat_n(1, rank - shape.rank());
        let lifted: Vec<usize> = lead.chain(shape.iter().copied()).collect();
        let matrices = Float(x[i].tensor()).reshape(lifted);
        if transposed[i] { matrices.swap(rank - 2, rank - 1) } else { matrices }
    };
    side(0).matmul(&side(1)).0
}

/// A reduction of numbers over axes, which stay.
pub(super) fn reduce(x: &Array, reduce: Reduce, axes: &[usize]) -> DispatchTensor {
    if x.dtype() == DType::Int32 {
        // Burn's own sums need not wrap around.
        let by = match reduce {
            Reduce::Sum => Binary::Add,
            Reduce::Product => Binary::Multiply,
            Reduce::Max => Binary::Maximum,
            Reduce::Min => Binary::Minimum,
        };
        let join = |a, b| integers(by, a, b);
        return axes.iter().fold(x.tensor(), |x, axis| by_halves(x, DType::Int32, *axis, &join));
    }
    let x = Float(x.tensor());
    let over = |x: Float, f: &dyn Fn(Float, usize) -> Float| axes.iter().fold(x, |x, axis| f(x, *axis));
    match reduce {
        Reduce::Sum => over(x, &|x, axis| x.sum(axis)).0,
        // Some devices of Burn take logarithms, which negative numbers do not have.
        Reduce::Product => {
            let product = |x: Float, axis| Float(by_halves(x.0, DType::Float32, axis, &Dispatch::float_mul));
            over(x, &product).0
        }
        Reduce::Max | Reduce::Min => {
            // The smallest is the opposite of the largest opposite. NaN anywhere is the result.
            let x = if reduce == Reduce::Min { -x } else { x };
            let nan = over(x.is_nan().float(), &|x, axis| x.largest(axis)).above(0.0);
            let y = over(x, &|x, axis| x.largest(axis)).fill(&nan, f32::NAN);
            if reduce == Reduce::Min { (-y).0 } else { y.0 }
        }
    }
}

/// What is made of all numbers along an axis by joining halves of them.
fn by_halves(
    mut x: DispatchTensor,
    dtype: DType,
    axis: usize,
    join: &dyn Fn(DispatchTensor, DispatchTensor) -> DispatchTensor,
) -> DispatchTensor {
    loop {
        let n = x.shape()[axis];
        if n == 1 {
            return x;
        }
        let part = |from: usize, to: usize| part_of(x.clone(), dtype, axis, from, to);
        let half = n / 2;
        let both = join(part(0, half), part(half, 2 * half));
        x = if n % 2 == 0 { both } else { joined(vec![both, part(2 * half, n)], dtype, axis) };
    }
}

/// Whether any, or all, of truth values along axes are true.
pub(super) fn reduce_truth(x: &Array, any: bool, axes: &[usize]) -> DispatchTensor {
    let one = |x: DispatchTensor, axis: &usize| match any {
        true => Dispatch::bool_any_dim(x, *axis),
        false => Dispatch::bool_all_dim(x, *axis),
    };
    axes.iter().fold(x.tensor(), one)
}

/// Softmax over the last axis, or its logarithm.
pub(super) fn softmax(x: &Array, logarithm: bool) -> DispatchTensor {
    softmax_of(&Float(x.tensor()), logarithm).0
}

fn softmax_of(x: &Float, logarithm: bool) -> Float {
    let axis = x.0.shape().num_dims() - 1;
    let x = x.clone() - x.largest(axis);
    let e = x.exp();
    let sum = e.sum(axis);
    if logarithm { x - sum.by(Dispatch::float_log) } else { e / sum }
}

/// The gradient of [`softmax`] from its result.
pub(super) fn softmax_gradient(y: &Array, dy: &Array, logarithm: bool) -> DispatchTensor {
    let (y, dy) = (Float(y.tensor()), Float(dy.tensor()));
    let axis = y.0.shape().num_dims() - 1;
    if logarithm {
        let sum = dy.sum(axis);
        return (dy - y.exp() * sum).0;
    }
    let sum = (y.clone() * dy.clone()).sum(axis);
    (y * (dy - sum)).0
}

/// Mean and `1 / sqrt(variance + epsilon)` of rows, and the rows without the mean.
fn row_moments(x: &Float, epsilon: f32) -> (Float, Float, Float) {
    let n = x.0.shape()[1] as f32;
    let mean = x.sum(1) / n;
    let centred = x.clone() - mean.clone();
    let variance = (centred.clone() * centred.clone()).sum(1) / n;
    let inverse = (variance + epsilon).by(Dispatch::float_sqrt).by(Dispatch::float_recip);
    (mean, inverse, centred)
}

fn row(x: &Array) -> Float {
    Float(x.tensor()).reshape([1, x.shape().size()])
}

pub(super) fn layer_norm(x: &[Array], gamma: bool, beta: bool, epsilon: f32) -> [DispatchTensor; 2] {
    let (mean, inverse, centred) = row_moments(&Float(x[0].tensor()), epsilon);
    let mut y = centred * inverse.clone();
    if gamma {
        y = y * row(&x[1]);
    }
    if beta {
        y = y + row(&x[1 + usize::from(gamma)]);
    }
    let rows = x[0].shape()[0];
    let flat = |x: Float| x.reshape([rows]).0;
    [y.0, Dispatch::float_cat(vec![flat(mean), flat(inverse)], 0)]
}

pub(super) fn layer_norm_gradient(x: &[Array], gamma: bool, epsilon: f32) -> [DispatchTensor; 3] {
    let (_, inverse, centred) = row_moments(&Float(x[0].tensor()), epsilon);
    let dy = Float(x[x.len() - 1].tensor());
    let n = x[0].shape()[1];
    let normal = centred * inverse.clone();
    let own = if gamma { dy.clone() * row(&x[1]) } else { dy.clone() };
    let mean = |x: Float| x.sum(1) / n as f32;
    let along = mean(own.clone() * normal.clone());
    let dx = (own.clone() - mean(own) - normal.clone() * along) * inverse;
    let sum = |x: Float| x.sum(0).reshape([n]).0;
    [dx.0, sum(dy.clone() * normal), sum(dy)]
}

/// The scores' weights `(batch, heads, rows, columns)` with query, key and value as `(batch, heads, steps, width)`, and which
/// scores count.
fn attention_weights(
    x: &[Array],
    scale: f32,
    causal: bool,
    masked: bool,
) -> (Float, [Float; 3], Option<Truth>) {
    let heads = [0, 1, 2].map(|i: usize| Float(x[i].tensor()).swap(1, 2));
    let scores = heads[0].matmul(&heads[1].swap(2, 3)) * scale;
    let shape = scores.0.shape();
    let [rows, columns] = [shape[2], shape[3]];
    let mut counts = masked.then(|| Truth(Dispatch::bool_expand(x[3].tensor(), shape.clone())));
    if causal {
        let seen: Vec<bool> = (0..rows).flat_map(|i| (0..columns).map(move |j| j <= i)).collect();
        let data = TensorData::new(seen, [1, 1, rows, columns]);
        let seen = Truth(Dispatch::bool_expand(Dispatch::bool_from_data(data, &scores.0.device()), shape));
        counts = Some(counts.map_or(seen.clone(), |counts| counts.and(&seen)));
    }
    let scores = counts.iter().fold(scores, |scores, counts| scores.fill(&counts.not(), LOWEST));
    (softmax_of(&scores, false), heads, counts)
}

pub(super) fn attention(x: &[Array], scale: f32, causal: bool, masked: bool) -> [DispatchTensor; 2] {
    let (weights, [_, _, value], _) = attention_weights(x, scale, causal, masked);
    [weights.matmul(&value).swap(1, 2).0, weights.0]
}

pub(super) fn attention_gradient(x: &[Array], scale: f32, causal: bool, masked: bool) -> [DispatchTensor; 3] {
    let (weights, [query, key, value], counts) = attention_weights(x, scale, causal, masked);
    let dy = Float(x[x.len() - 1].tensor()).swap(1, 2);
    let dweights = dy.matmul(&value.swap(2, 3));
    let sum = (weights.clone() * dweights.clone()).sum(3);
    let dscores = weights.clone() * (dweights - sum);
    let dscores = counts.iter().fold(dscores, |d, counts| d.fill(&counts.not(), 0.0)) * scale;
    let back = |x: Float| x.swap(1, 2).0;
    [
        back(dscores.matmul(&key)),
        back(dscores.swap(2, 3).matmul(&query)),
        back(weights.swap(2, 3).matmul(&dy)),
    ]
}

/// Axes of images as Burn's convolutions have them: two, or three.
struct Layout<'a> {
    geometry: &'a ConvGeometry,
    axes: usize,
}

impl<'a> Layout<'a> {
    fn new(geometry: &'a ConvGeometry) -> Layout<'a> {
        Layout { geometry, axes: geometry.rank.max(2) }
    }

    fn own<'b>(&self, lengths: &'b [usize; 3]) -> &'b [usize] {
        &lengths[3 - self.axes..]
    }

    /// How many pixels all windows cover along an axis, of the last `axes`.
    fn covered(&self, i: usize) -> usize {
        let g = self.geometry;
        let at = 3 - self.axes + i;
        (g.windows[at] - 1) * g.stride[at] + (g.kernel[at] - 1) * g.dilation[at] + 1
    }

    /// Images `(batch, ..., channels)` as `(batch, channels, ...)`.
    fn channels_first(&self, x: &Array, lengths: &[usize; 3]) -> Float {
        let shape = x.shape();
        let (batch, channels) = (shape[0], shape[shape.rank() - 1]);
        let all: Vec<usize> = [batch].iter().chain(self.own(lengths)).chain(&[channels]).copied().collect();
        let order: Vec<usize> = [0, self.axes + 1].into_iter().chain(1..=self.axes).collect();
        Float(x.tensor()).reshape(all).permute(&order)
    }

    /// The inverse.
    fn channels_last(&self, x: &Float, to: &TensorSpec) -> DispatchTensor {
        let order: Vec<usize> = [0].into_iter().chain(2..self.axes + 2).chain([1]).collect();
        Dispatch::float_reshape(x.permute(&order).0, on_device(&to.shape))
    }

    /// Kernels `(..., channels, filters)` as `(filters, channels, ...)`.
    fn filters_first(&self, x: &Array) -> Float {
        let shape = x.shape();
        let rank = shape.rank();
        let kernel = self.own(&self.geometry.kernel);
        let all: Vec<usize> = kernel.iter().chain(&shape[rank - 2..]).copied().collect();
        let order: Vec<usize> = [self.axes + 1, self.axes].into_iter().chain(0..self.axes).collect();
        Float(x.tensor()).reshape(all).permute(&order)
    }

    fn kernel_last(&self, x: &Float, to: &TensorSpec) -> DispatchTensor {
        let order: Vec<usize> = (2..self.axes + 2).chain([1, 0]).collect();
        Dispatch::float_reshape(x.permute(&order).0, on_device(&to.shape))
    }

    /// Exactly the pixels that windows cover: zeros around the image, and what none reaches left out.
    fn covering(&self, image: &Float) -> Float {
        let before = self.own(&self.geometry.before).to_vec();
        let lengths = self.own(&self.geometry.image).to_vec();
        let covered: Vec<usize> = (0..self.axes).map(|i| self.covered(i)).collect();
        moved(image, &lengths, &before, &covered)
    }

    /// The image of what windows cover: the inverse.
    fn uncovered(&self, covered: &Float) -> Float {
        let shape = covered.0.shape();
        let mut out = covered.clone();
        for i in 0..self.axes {
            let at = 3 - self.axes + i;
            let (before, image) = (self.geometry.before[at], self.geometry.image[at]);
            let end = (before + image).min(shape[i + 2]);
            out = part(&out, i + 2, before.min(end), end);
            let missing = image - (end - before.min(end));
            out = zeros_around(&out, i + 2, 0, missing);
        }
        out
    }

    fn options<const N: usize>(&self) -> ConvOptions<N> {
        let g = self.geometry;
        ConvOptions::new(self.array(&g.stride), [0; N], self.array(&g.dilation), g.groups)
    }

    fn transposed<const N: usize>(&self) -> ConvTransposeOptions<N> {
        let g = self.geometry;
        ConvTransposeOptions::new(self.array(&g.stride), [0; N], [0; N], self.array(&g.dilation), g.groups)
    }

    fn array<const N: usize>(&self, lengths: &[usize; 3]) -> [usize; N] {
        core::array::from_fn(|i| lengths[3 - N + i])
    }
}

/// A part along an axis.
fn part(x: &Float, axis: usize, from: usize, to: usize) -> Float {
    Float(part_of(x.0.clone(), DType::Float32, axis, from, to))
}

/// Zeros before and after along an axis.
fn zeros_around(x: &Float, axis: usize, before: usize, after: usize) -> Float {
    let zeros = |n: usize| {
        let mut shape = x.0.shape().to_vec();
        shape[axis] = n;
        Dispatch::float_zeros(BurnShape::from(shape), &x.0.device(), burn::tensor::FloatDType::F32)
    };
    let sides = [(before > 0).then(|| zeros(before)), Some(x.0.clone()), (after > 0).then(|| zeros(after))];
    let parts: Vec<DispatchTensor> = sides.into_iter().flatten().collect();
    if parts.len() == 1 { x.clone() } else { Float(Dispatch::float_cat(parts, axis)) }
}

/// From `before` ahead of the start on, so many pixels along each axis from the third on.
fn moved(x: &Float, lengths: &[usize], before: &[usize], to: &[usize]) -> Float {
    let mut out = x.clone();
    for (i, ((n, before), to)) in lengths.iter().zip(before).zip(to).enumerate() {
        let end = (*n).min(to.saturating_sub(*before));
        out = part(&out, i + 2, 0, end.max(1));
        if end == 0 {
            // Nothing of the image is reached.
            out = out.clone() * 0.0;
            out = zeros_around(&out, i + 2, 0, to - 1);
        } else {
            out = zeros_around(&out, i + 2, *before, to - before - end);
        }
    }
    out
}

pub(super) fn convolution(conv: &Convolution, x: &[Array], to: &TensorSpec) -> DispatchTensor {
    let layout = Layout::new(&conv.geometry);
    let g = &conv.geometry;
    match conv.side {
        ConvSide::Result => {
            let image = layout.covering(&layout.channels_first(&x[0], &g.image));
            let kernel = layout.filters_first(&x[1]);
            let y = match layout.axes {
                2 => Dispatch::conv2d(image.0, kernel.0, None, layout.options()),
                _ => Dispatch::conv3d(image.0, kernel.0, None, layout.options()),
            };
            layout.channels_last(&Float(y), to)
        }
        ConvSide::Image => {
            let result = layout.channels_first(&x[0], &g.windows);
            let kernel = layout.filters_first(&x[1]);
            let image = match layout.axes {
                2 => Dispatch::conv_transpose2d(result.0, kernel.0, None, layout.transposed()),
                _ => Dispatch::conv_transpose3d(result.0, kernel.0, None, layout.transposed()),
            };
            layout.channels_last(&layout.uncovered(&Float(image)), to)
        }
        ConvSide::Kernel => {
            let image = layout.covering(&layout.channels_first(&x[0], &g.image));
            let result = layout.channels_first(&x[1], &g.windows);
            // Of the kernel only the shape is read.
            let channels = to.shape[to.shape.rank() - 2];
            let filters = to.shape[to.shape.rank() - 1];
            let shape: Vec<usize> =
                [filters, channels].iter().chain(layout.own(&g.kernel)).copied().collect();
            let device = image.0.device();
            let kernel =
                Dispatch::float_zeros(BurnShape::from(shape), &device, burn::tensor::FloatDType::F32);
            let kernel = match layout.axes {
                2 => Dispatch::conv2d_weight_backward(image.0, kernel, result.0, layout.options()),
                _ => Dispatch::conv3d_weight_backward(image.0, kernel, result.0, layout.options()),
            };
            layout.kernel_last(&Float(kernel), to)
        }
    }
}

/// Which pixels each window covers, as many for each: -1 for those that it does not have.
pub(super) fn covered(pool: &Pool) -> Vec<i32> {
    let g = &pool.geometry;
    let along = |axis: usize| -> Vec<Vec<i64>> {
        let windows = g.windows[axis];
        let ranges: Vec<_> = (0..windows.count()).map(|i| windows.covers(i, g.image[axis])).collect();
        let most = ranges.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
        let one = |range: &core::ops::Range<usize>| {
            let own = range.clone().map(|x| x as i64);
            own.chain(core::iter::repeat(-1)).take(most).collect()
        };
        ranges.iter().map(one).collect()
    };
    let [zs, ys, xs] = [along(0), along(1), along(2)];
    let mut all = Vec::new();
    for z in &zs {
        for y in &ys {
            for x in &xs {
                for z in z {
                    for y in y {
                        for x in x {
                            let inside = *z >= 0 && *y >= 0 && *x >= 0;
                            let at = (z * g.image[1] as i64 + y) * g.image[2] as i64 + x;
                            all.push(if inside { at as i32 } else { -1 });
                        }
                    }
                }
            }
        }
    }
    all
}

/// What is done with windows; `table` is what [`covered`] gives.
pub(super) fn pool(
    pool: &Pool,
    x: &[Array],
    table: &Array,
    to: &[TensorSpec],
    device: &Device,
) -> Vec<DispatchTensor> {
    let (batch, channels) = (pool.images[0], pool.images[pool.images.rank() - 1]);
    let windows = pool.geometry.windows.iter().map(|w| w.count()).product::<usize>();
    let most = table.shape().size() / windows;
    let pixels: usize = pool.geometry.image.iter().product();
    let store = bool_store(&table.tensor());
    let missing = Truth(Dispatch::int_lower_elem(table.tensor(), 0.into(), store));
    let at = Dispatch::int_mask_fill(table.tensor(), missing.0.clone(), 0.into());
    let images = |x: &Array, n: usize| Float(x.tensor()).reshape([batch, n, channels]);
    let finished = |y: DispatchTensor, i: usize| Dispatch::float_reshape(y, on_device(&to[i].shape));
    // For each window its pixels: (batch, windows, most, channels).
    let shape = BurnShape::from(vec![batch, windows, most, channels]);
    let gone = || {
        let one = Dispatch::bool_reshape(missing.0.clone(), BurnShape::from(vec![1, windows, most, 1]));
        Truth(Dispatch::bool_expand(one, shape.clone()))
    };
    let gathered = |x: &Array| {
        let y = Dispatch::float_select(images(x, pixels).0, 1, at.clone());
        Float(Dispatch::float_reshape(y, shape.clone()))
    };
    let counts = || {
        let one = missing.not().float().reshape([1, windows, most, 1]).sum(2);
        one.reshape([1, windows, 1])
    };
    match pool.task {
        PoolTask::Mean => {
            let sum = gathered(&x[0]).fill(&gone(), 0.0).sum(2).reshape([batch, windows, channels]);
            vec![finished((sum / counts()).0, 0)]
        }
        PoolTask::Spread => {
            let share = (images(&x[0], windows) / counts()).reshape([batch, windows, 1, channels]);
            let each =
                share.expand(shape.to_vec()).fill(&gone(), 0.0).reshape([batch, windows * most, channels]);
            let zeros = Float::full(BurnShape::from(vec![batch, pixels, channels]), 0.0, device);
            vec![finished(Dispatch::float_select_assign(zeros.0, 1, at, each.0, IndexingUpdateOp::Add), 0)]
        }
        PoolTask::Put => {
            let which = Dispatch::int_reshape(x[0].tensor(), BurnShape::from(vec![batch, windows, channels]));
            let zeros = Float::full(BurnShape::from(vec![batch, pixels, channels]), 0.0, device);
            let dy = images(&x[1], windows);
            vec![finished(Dispatch::float_scatter(1, zeros.0, which, dy.0, IndexingUpdateOp::Add), 0)]
        }
        PoolTask::Pick => {
            let which = Dispatch::int_reshape(x[0].tensor(), BurnShape::from(vec![batch, windows, channels]));
            vec![finished(Dispatch::float_gather(1, images(&x[1], pixels).0, which), 0)]
        }
        PoolTask::Largest => {
            let (y, which) = largest(&gathered(&x[0]), &missing, &table.tensor(), store);
            vec![finished(y.0, 0), Dispatch::int_reshape(which, on_device(&to[1].shape))]
        }
    }
}

/// The largest of the pixels of each window `(batch, windows, most, channels)`, NaN if there is one, and which it is: one
/// pixel after the other, as the plan compares them.
fn largest(x: &Float, missing: &Truth, table: &DispatchTensor, store: BoolStore) -> (Float, DispatchTensor) {
    let shape = x.0.shape();
    let [batch, windows, most, channels] = [shape[0], shape[1], shape[2], shape[3]];
    let to = BurnShape::from(vec![batch, windows, channels]);
    let full = |x: DispatchTensor| {
        Dispatch::bool_expand(Dispatch::bool_reshape(x, [1, windows, 1].into()), to.clone())
    };
    let table = Dispatch::int_reshape(table.clone(), [windows, most].into());
    let missing = Dispatch::bool_reshape(missing.0.clone(), [windows, most].into());
    let column = |k: usize| [Slice::new(0, None, 1), Slice::new(k as isize, Some(k as isize + 1), 1)];
    let mut best: Option<(Float, Float, DispatchTensor)> = None;
    for k in 0..most {
        let own = part(x, 2, k, k + 1).reshape([batch, windows, channels]);
        let pixel =
            Dispatch::int_reshape(Dispatch::int_slice(table.clone(), &column(k)), [1, windows, 1].into());
        let pixel = Dispatch::int_expand(pixel, to.clone());
        let there = Truth(full(Dispatch::bool_slice(missing.clone(), &column(k)))).not();
        best = Some(match best {
            None => {
                let nothing = own.fill(&there.not(), f32::NEG_INFINITY);
                // What a window does not have is passed over for whatever comes next.
                (nothing, own.fill(&there.not(), f32::NAN), pixel)
            }
            Some((value, at, which)) => {
                let (a, b) = (at.0.clone(), own.0.clone());
                let stays = Truth(Dispatch::float_greater_equal(a, b, store));
                let next = there.and(&stays.not());
                let larger = Truth(Dispatch::float_greater(own.0.clone(), value.0.clone(), store));
                let wins = there.and(&larger.or(&own.is_nan()));
                (value.or(&wins, &own), at.or(&next, &own), Dispatch::int_mask_where(which, next.0, pixel))
            }
        });
    }
    match best {
        Some((value, _, which)) => (value, which),
        None => (x.clone(), Dispatch::int_zeros(to, &x.0.device(), IntDType::I32)),
    }
}
