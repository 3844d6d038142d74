//! Where elements lie: transposes, slices, paddings, elements by number, sums of those so far.

use burn::backend::ops::*;
use burn::backend::{Dispatch, DispatchTensor, TensorMetadata};
use burn::tensor::{Device, IndexingUpdateOp, IntDType, Shape as BurnShape, Slice, TensorData};
use keras_ops::graph::{Outside, TensorSpec};
use keras_ops::{DType, Shape};

use super::elementwise::reshape;
use super::float::{Float, Truth, bool_store};
use crate::Array;
use crate::array::on_device;

/// Applies the function of Burn that has the elements' type in its name.
macro_rules! by_type {
    ($dtype:expr, $float:ident $int:ident $bool:ident ($($arg:expr),*)) => {
        match $dtype {
            DType::Float32 => Dispatch::$float($($arg),*),
            DType::Int32 => Dispatch::$int($($arg),*),
            DType::Bool => Dispatch::$bool($($arg),*),
        }
    };
}

pub(super) fn transpose(x: &Array, axes: &[usize]) -> DispatchTensor {
    if axes.is_empty() {
        return x.tensor();
    }
    by_type!(x.dtype(), float_permute int_permute bool_permute (x.tensor(), axes))
}

/// A slice with its steps, those backwards by a slice forwards that is turned around.
pub(super) fn slice(x: &Array, start: &[usize], step: &[isize], to: &TensorSpec) -> DispatchTensor {
    if start.is_empty() {
        return x.tensor();
    }
    let along = |axis: usize| {
        let (first, n) = (start[axis] as isize, to.shape[axis] as isize);
        let last = first + step[axis] * (n - 1);
        Slice::new(first.min(last), Some(first.max(last) + 1), step[axis].abs())
    };
    let slices: Vec<Slice> = (0..start.len()).map(along).collect();
    let y = by_type!(x.dtype(), float_slice int_slice bool_slice (x.tensor(), &slices));
    let turned: Vec<usize> = (0..step.len()).filter(|axis| step[*axis] < 0).collect();
    if turned.is_empty() {
        return y;
    }
    by_type!(x.dtype(), float_flip int_flip bool_flip (y, &turned))
}

/// Integers on a device.
pub(super) fn integers(numbers: Vec<i32>, device: &Device) -> DispatchTensor {
    let n = numbers.len();
    Dispatch::int_from_data(TensorData::new(numbers, [n]), device.as_dispatch())
}

/// Where the elements of a strided view lie: for each place of `shape` in order.
pub(super) fn places(shape: &[usize], start: usize, strides: &[isize]) -> Vec<i32> {
    let mut places = vec![start as isize];
    for (n, stride) in shape.iter().zip(strides) {
        places = places.iter().flat_map(|at| (0..*n as isize).map(move |i| at + i * stride)).collect();
    }
    places.into_iter().map(|at| at as i32).collect()
}

/// For each of `size` places which of `places` it is, the last one, or -1.
pub(super) fn inverse(places: &[i32], size: usize) -> Vec<i32> {
    let mut from = vec![-1; size];
    places.iter().enumerate().for_each(|(i, at)| from[*at as usize] = i as i32);
    from
}

fn select(x: DispatchTensor, dtype: DType, axis: usize, numbers: DispatchTensor) -> DispatchTensor {
    by_type!(dtype, float_select int_select bool_select (x, axis, numbers))
}

fn flat(x: &Array) -> DispatchTensor {
    reshape(x.tensor(), x.dtype(), BurnShape::from(vec![x.shape().size()]))
}

/// The elements at numbered places of a tensor as one row.
pub(super) fn picked(x: &Array, places: &Array, to: &TensorSpec) -> DispatchTensor {
    let y = select(flat(x), x.dtype(), 0, places.tensor());
    reshape(y, x.dtype(), on_device(&to.shape))
}

/// A number that the elements are which are not there: as the plan has it, by its bits.
fn fill(x: DispatchTensor, dtype: DType, mask: &Truth, number: f32) -> DispatchTensor {
    match dtype {
        DType::Float32 => Dispatch::float_mask_fill(x, mask.0.clone(), number.into()),
        DType::Int32 => Dispatch::int_mask_fill(x, mask.0.clone(), (number.to_bits() as i32).into()),
        DType::Bool => Dispatch::bool_mask_fill(x, mask.0.clone(), (number != 0.0).into()),
    }
}

/// A tensor whose places take the numbered elements of `x`, and `number` where there is none (-1).
pub(super) fn placed(x: &Array, from: &Array, number: f32, to: &TensorSpec) -> DispatchTensor {
    let missing = Truth(Dispatch::int_lower_elem(from.tensor(), 0.into(), bool_store(&from.tensor())));
    let from = Dispatch::int_mask_fill(from.tensor(), missing.0.clone(), 0.into());
    let y = select(flat(x), x.dtype(), 0, from);
    reshape(fill(y, x.dtype(), &missing, number), x.dtype(), on_device(&to.shape))
}

/// Zeros, to which floats are added at numbered places.
pub(super) fn added(x: &Array, places: &Array, to: &TensorSpec, device: &Device) -> DispatchTensor {
    let zeros = Float::full(BurnShape::from(vec![to.shape.size()]), 0.0, device);
    let y = Dispatch::float_select_assign(zeros.0, 0, places.tensor(), flat(x), IndexingUpdateOp::Add);
    reshape(y, x.dtype(), on_device(&to.shape))
}

/// Elements put into a tensor that is a number everywhere else, without steps.
pub(super) fn padded(
    x: &Array,
    start: &[usize],
    number: f32,
    to: &TensorSpec,
    device: &Device,
) -> DispatchTensor {
    let shape = on_device(&to.shape);
    let ends = start.iter().zip(x.shape().iter());
    let slices: Vec<Slice> =
        ends.map(|(start, n)| Slice::new(*start as isize, Some((start + n) as isize), 1)).collect();
    let base = match x.dtype() {
        DType::Float32 => Float::full(shape, number, device).0,
        DType::Int32 => {
            Dispatch::int_full(shape, (number.to_bits() as i32).into(), device.as_dispatch(), IntDType::I32)
        }
        DType::Bool => Float::full(shape, number, device).equal(0.0).not().0,
    };
    by_type!(x.dtype(), float_slice_assign int_slice_assign bool_slice_assign (base, &slices, x.tensor()))
}

pub(super) fn concatenate(x: &[Array], axis: usize) -> DispatchTensor {
    joined(x.iter().map(Array::tensor).collect(), x[0].dtype(), axis)
}

/// Tensors one after the other.
pub(super) fn joined(x: Vec<DispatchTensor>, dtype: DType, axis: usize) -> DispatchTensor {
    by_type!(dtype, float_cat int_cat bool_cat (x, axis))
}

/// A part along an axis.
pub(super) fn part_of(
    x: DispatchTensor,
    dtype: DType,
    axis: usize,
    from: usize,
    to: usize,
) -> DispatchTensor {
    let shape = x.shape();
    if from == 0 && to == shape[axis] {
        return x;
    }
    let own = Slice::new(from as isize, Some(to as isize), 1);
    let all = Slice::new(0, None, 1);
    let slices: Vec<Slice> = (0..shape.num_dims()).map(|k| if k == axis { own } else { all }).collect();
    by_type!(dtype, float_slice int_slice bool_slice (x, &slices))
}

/// Numbers from 0 on of elements that are there, and which are not.
fn numbered(numbers: &Array, length: usize) -> (DispatchTensor, Truth) {
    let (x, n) = (numbers.tensor(), length as i64);
    let store = bool_store(&x);
    let negative = Dispatch::int_lower_elem(x.clone(), 0.into(), store);
    let from_end = Dispatch::int_add_scalar(x.clone(), n.into());
    let x = Dispatch::int_mask_where(x, negative, from_end);
    let below = Truth(Dispatch::int_lower_elem(x.clone(), 0.into(), store));
    let above = Truth(Dispatch::int_greater_equal_elem(x.clone(), n.into(), store));
    let missing = below.or(&above);
    (Dispatch::int_mask_fill(x, missing.0.clone(), 0.into()), missing)
}

/// What an element is that is not there, by the bits of its type.
fn outside(outside: Outside, dtype: DType) -> f32 {
    match (outside, dtype) {
        (Outside::Zero, _) => 0.0,
        (Outside::Marked, DType::Float32) => f32::NAN,
        (Outside::Marked, DType::Int32) => f32::from_bits(i32::MIN as u32),
        (Outside::Marked, DType::Bool) => 1.0,
    }
}

/// What is true of rows, of all elements of these: for `(rows,)` in `(outer, rows, inner)`.
fn spread(mask: &Truth, [outer, rows, inner]: [usize; 3]) -> Truth {
    let row = Dispatch::bool_reshape(mask.0.clone(), BurnShape::from(vec![1, rows, 1]));
    Truth(Dispatch::bool_expand(row, BurnShape::from(vec![outer, rows, inner])))
}

/// The lengths before an axis, along it, and after it, as three axes.
fn around(shape: &Shape, axis: usize, length: usize) -> [usize; 3] {
    [shape[..axis].iter().product(), length, shape[axis + 1..].iter().product()]
}

pub(super) fn gather(
    x: &Array,
    numbers: &Array,
    (axis, along): (usize, bool),
    beyond: Outside,
    to: &TensorSpec,
) -> DispatchTensor {
    let (at, missing) = numbered(numbers, x.shape()[axis]);
    let number = outside(beyond, x.dtype());
    if along {
        let y = by_type!(x.dtype(), float_gather int_gather bool_gather (axis, x.tensor(), at));
        return fill(y, x.dtype(), &missing, number);
    }
    let count = numbers.shape().size();
    let at = Dispatch::int_reshape(at, BurnShape::from(vec![count]));
    let three = around(x.shape(), axis, x.shape()[axis]);
    let y = select(reshape(x.tensor(), x.dtype(), BurnShape::from(three.to_vec())), x.dtype(), 1, at);
    let lengths = around(x.shape(), axis, count);
    let missing = Truth(Dispatch::bool_reshape(missing.0, BurnShape::from(vec![count])));
    reshape(fill(y, x.dtype(), &spread(&missing, lengths), number), x.dtype(), on_device(&to.shape))
}

/// Zeros, to which floats are added by number.
pub(super) fn scatter(
    x: &Array,
    numbers: &Array,
    (axis, along): (usize, bool),
    to: &TensorSpec,
    device: &Device,
) -> DispatchTensor {
    let (at, missing) = numbered(numbers, to.shape[axis]);
    if along {
        let zeros = Float::full(on_device(&to.shape), 0.0, device);
        let x = Float(x.tensor()).fill(&missing, 0.0);
        return Dispatch::float_scatter(axis, zeros.0, at, x.0, IndexingUpdateOp::Add);
    }
    let count = numbers.shape().size();
    let at = Dispatch::int_reshape(at, BurnShape::from(vec![count]));
    let missing = Truth(Dispatch::bool_reshape(missing.0, BurnShape::from(vec![count])));
    let lengths = around(&to.shape, axis, count);
    let rows = Float(x.tensor()).reshape(lengths).fill(&spread(&missing, lengths), 0.0);
    let three = around(&to.shape, axis, to.shape[axis]);
    let zeros = Float::full(BurnShape::from(three.to_vec()), 0.0, device);
    let y = Dispatch::float_select_assign(zeros.0, 1, at, rows.0, IndexingUpdateOp::Add);
    reshape(y, x.dtype(), on_device(&to.shape))
}

/// Sums or products of floats so far along an axis.
pub(super) fn cumulative(x: &Array, axis: usize, reverse: bool, product: bool) -> DispatchTensor {
    let turned = |x| if reverse { Dispatch::float_flip(x, &[axis]) } else { x };
    let x = turned(x.tensor());
    turned(if product { Dispatch::float_cumprod(x, axis) } else { Dispatch::float_cumsum(x, axis) })
}

/// Element `i` of each along the first axis, which is left out.
pub(crate) fn at(x: &Array, i: usize) -> Array {
    let rest: Shape = x.shape()[1..].into();
    let y = part_of(x.tensor(), x.dtype(), 0, i, i + 1);
    let y = reshape(y, x.dtype(), on_device(&rest));
    Array::of(y, &TensorSpec::new(rest, x.dtype()))
}

/// Tensors of one shape along a new first axis.
pub(crate) fn stack(x: &[Array], to: &TensorSpec) -> Array {
    let one: Vec<usize> = [1].iter().chain(&to.shape[1..]).copied().collect();
    let parts = x.iter().map(|x| reshape(x.tensor(), x.dtype(), BurnShape::from(one.clone()))).collect();
    Array::of(joined(parts, to.dtype, 0), to)
}
