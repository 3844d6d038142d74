//! The largest or the mean of the pixels in each window, and the gradients.

use burn::backend::ops::*;
use burn::backend::{BoolStore, Dispatch, DispatchTensor, TensorMetadata};
use burn::tensor::{Device, IndexingUpdateOp, IntDType, Shape as BurnShape, Slice};
use keras_ops::DType;
use keras_ops::graph::{Pool, PoolTask, TensorSpec};

use super::arrays::part_of;
use super::float::{Float, Truth, bool_store};
use crate::Array;
use crate::array::on_device;

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
pub(super) fn pooled(
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
        let own =
            Float(part_of(x.0.clone(), DType::Float32, 2, k, k + 1)).reshape([batch, windows, channels]);
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
