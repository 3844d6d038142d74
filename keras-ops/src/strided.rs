//! Elements at regular distances: what transposes, slices, diagonals and paddings with zeros are.

use smallvec::{SmallVec, smallvec};

use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec, integers_mut, one};
use crate::shapes::shaped;
use crate::symbolic::apply;
use crate::{DType, Shape, Symbolic};

/// Where the elements of a tensor of this shape lie in another tensor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Grid {
    pub shape: Shape,
    start: usize,
    strides: SmallVec<[isize; 5]>,
    /// The same without axes of length 1, and with neighbours as one axis where they lie like that: lengths and strides.
    walk: SmallVec<[(usize, isize); 5]>,
    /// Whether no element is met twice.
    apart: bool,
}

impl Grid {
    pub fn new(shape: Shape, start: usize, strides: SmallVec<[isize; 5]>) -> Grid {
        let mut walk: SmallVec<[(usize, isize); 5]> = SmallVec::new();
        for (length, stride) in shape.iter().copied().zip(strides.iter().copied()).filter(|(n, _)| *n != 1) {
            match walk.last_mut() {
                Some(last) if last.1 == stride * length as isize => *last = (last.0 * length, stride),
                _ => walk.push((length, stride)),
            }
        }
        let mut by_stride: SmallVec<[(usize, usize); 5]> =
            walk.iter().map(|(length, stride)| (stride.unsigned_abs(), *length)).collect();
        by_stride.sort_unstable();
        let mut reach = 0;
        let mut apart = true;
        for (stride, length) in by_stride {
            apart &= stride > reach;
            reach += stride * length.saturating_sub(1);
        }
        Grid { shape, start, strides, walk, apart }
    }

    /// All elements of a tensor, with the axes in another order.
    pub fn permuted(shape: &Shape, axes: &[usize]) -> Grid {
        let own = shape.strides();
        let strides = axes.iter().map(|axis| own[*axis] as isize).collect();
        Grid::new(axes.iter().map(|axis| shape[*axis]).collect(), 0, strides)
    }

    /// The order of the axes of a tensor of shape `from`, if that is all that the grid changes.
    fn order(&self, from: &Shape) -> Option<Vec<usize>> {
        if self.start != 0 || self.shape.rank() != from.rank() || self.shape.size() != from.size() {
            return None;
        }
        let own = from.strides();
        let mut free: Vec<usize> = (0..from.rank()).collect();
        let mut axes = Vec::with_capacity(from.rank());
        for (length, stride) in self.shape.iter().zip(&self.strides) {
            let fits =
                |axis: &usize| from[*axis] == *length && (*length == 1 || own[*axis] as isize == *stride);
            axes.push(free.remove(free.iter().position(fits)?));
        }
        Some(axes)
    }

    /// The first element and the distance along each axis of a tensor of shape `from`, if all axes stay where they are.
    fn steps(&self, from: &Shape) -> Option<(Vec<usize>, Vec<isize>)> {
        if self.shape.rank() != from.rank() || from.size() == 0 || self.shape.size() == 0 {
            return None;
        }
        let (mut rest, mut start, mut step) = (self.start, Vec::new(), Vec::new());
        for (axis, own) in from.strides().into_iter().enumerate() {
            let (n, stride) = (self.shape[axis], self.strides[axis]);
            let first = rest / own;
            rest %= own;
            let by = if n == 1 { 1 } else { stride / own as isize };
            let last = first as isize + by * (n as isize - 1);
            if by == 0 || n > 1 && by * own as isize != stride || !(0..from[axis] as isize).contains(&last) {
                return None;
            }
            start.push(first);
            step.push(by);
        }
        Some((start, step))
    }

    /// Calls `f(place, start, length, stride)` for each run of elements: places are counted in order, start and stride say
    /// where the elements lie.
    fn each_run(&self, mut f: impl FnMut(usize, usize, usize, isize)) {
        if self.shape.size() == 0 {
            return;
        }
        let Some(((n, step), lead)) = self.walk.split_last() else { return f(0, self.start, 1, 1) };
        let mut index: SmallVec<[usize; 5]> = smallvec![0; lead.len()];
        let (mut place, mut at) = (0, self.start as isize);
        loop {
            f(place, at as usize, *n, *step);
            place += n;
            let mut axis = lead.len();
            loop {
                let Some(next) = axis.checked_sub(1) else { return };
                axis = next;
                index[axis] += 1;
                at += lead[axis].1;
                if index[axis] < lead[axis].0 {
                    break;
                }
                at -= lead[axis].1 * lead[axis].0 as isize;
                index[axis] = 0;
            }
        }
    }
}

/// The elements of a grid in a tensor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pick {
    name: &'static str,
    grid: Grid,
}

impl Op for Pick {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self, inputs: &[&Spec]) -> Option<Operation> {
        let Grid { shape, start, .. } = &self.grid;
        let from = &inputs[0].shape;
        Some(if let Some(axes) = self.grid.order(from) {
            Operation::Transpose { axes }
        } else if let Some((start, step)) = self.grid.steps(from) {
            Operation::Slice { start, step }
        } else {
            debug_assert_eq!(shape.rank(), self.grid.strides.len());
            Operation::Strided { start: *start, strides: self.grid.strides.to_vec() }
        })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(Spec::new(&self.grid.shape, inputs[0].dtype)))
    }

    /// Elements of every type are copied by their bits.
    fn eval(&self, io: Eval<'_, '_>) {
        let (x, y) = (io.inputs[0].data, &mut io.outputs[0]);
        self.grid.each_run(|place, at, n, step| match step {
            1 => y[place..place + n].copy_from_slice(&x[at..at + n]),
            _ => {
                let mut at = at as isize;
                for y in &mut y[place..place + n] {
                    *y = x[at as usize];
                    at += step;
                }
            }
        });
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let to = at.inputs[0].shape().clone();
        vec![Some(apply(Put { name: self.name, grid: self.grid.clone(), to, fill: 0 }, &[at.dy().clone()]))]
    }
}

/// The same number everywhere, to which (if it is not 0: instead of which) each element of a grid's shape is put.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Put {
    name: &'static str,
    grid: Grid,
    to: Shape,
    /// The number, by its bits. Unless it is 0 no place of the grid is met twice.
    fill: u32,
}

impl Op for Put {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        let fill = f32::from_bits(self.fill);
        Some(if let Some(axes) = self.grid.order(&self.to) {
            let mut back = vec![0; axes.len()];
            axes.iter().enumerate().for_each(|(i, axis)| back[*axis] = i);
            Operation::Transpose { axes: back }
        } else if let Some((start, step)) = self.grid.steps(&self.to) {
            Operation::Pad { start, step, fill }
        } else {
            Operation::ScatterStrided { start: self.grid.start, strides: self.grid.strides.to_vec(), fill }
        })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(Spec::new(&self.to, inputs[0].dtype)))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (x, y, apart) = (io.inputs[0], &mut io.outputs[0], self.grid.apart);
        y.fill(f32::from_bits(self.fill));
        let place = |at: usize, step: isize, i: usize| (at as isize + step * i as isize) as usize;
        if apart || x.spec.dtype == DType::Bool {
            // Truth values meet only where both are the same: nothing makes others.
            self.grid.each_run(|from, at, n, step| match step {
                1 => y[at..at + n].copy_from_slice(&x.data[from..from + n]),
                _ => (0..n).for_each(|i| y[place(at, step, i)] = x.data[from + i]),
            });
        } else if x.spec.dtype == DType::Int32 {
            let (x, y) = (x.integers(), integers_mut(y));
            self.grid.each_run(|from, at, n, step| {
                (0..n).for_each(|i| {
                    let to = &mut y[place(at, step, i)];
                    *to = to.wrapping_add(x[from + i]);
                });
            });
        } else {
            self.grid.each_run(|from, at, n, step| {
                (0..n).for_each(|i| y[place(at, step, i)] += x.data[from + i]);
            });
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![Some(apply(Pick { name: self.name, grid: self.grid.clone() }, &[at.dy().clone()]))]
    }
}

/// `x` with its axes in another order: axis `i` of the result is axis `axes[i]` of `x`.
#[track_caller]
pub(crate) fn permuted(x: &Symbolic, axes: &[usize]) -> Symbolic {
    if x.is_mistake() || axes.is_sorted() {
        return x.clone();
    }
    // Where axes of length 1 change places, the elements stay.
    let long = |axis: &&usize| x.shape()[**axis] != 1;
    if axes.iter().filter(long).is_sorted() {
        return shaped(x, axes.iter().map(|axis| x.shape()[*axis]).collect(), "transpose");
    }
    apply(Pick { name: "transpose", grid: Grid::permuted(x.shape(), axes) }, core::slice::from_ref(x))
}

/// Every `step`-th of the elements along an axis, `count` of them, from `start` on.
#[track_caller]
pub(crate) fn sliced(x: &Symbolic, axis: usize, start: usize, step: isize, count: usize) -> Symbolic {
    if x.is_mistake() || (start, step, count) == (0, 1, x.shape()[axis]) {
        return x.clone();
    }
    let own = x.shape().strides();
    let strides = (0..x.ndim()).map(|k| own[k] as isize * if k == axis { step } else { 1 }).collect();
    let grid = Grid::new(x.shape().clone().with(axis, count), start * own[axis], strides);
    apply(Pick { name: "slice", grid }, core::slice::from_ref(x))
}

/// One element along an axis, which is left out.
#[track_caller]
pub(crate) fn at(x: &Symbolic, axis: usize, index: usize) -> Symbolic {
    let y = sliced(x, axis, index, 1, 1);
    if y.is_mistake() {
        return y;
    }
    let to = (0..y.ndim()).filter(|k| *k != axis).map(|k| y.shape()[k]).collect();
    shaped(&y, to, "slice")
}

/// The elements of a grid in `x`.
#[track_caller]
pub(crate) fn picked(x: &Symbolic, grid: Grid, name: &'static str) -> Symbolic {
    apply(Pick { name, grid }, core::slice::from_ref(x))
}

/// The matrices that these are the transposes of, if that is what they are.
pub(crate) fn untransposed(x: &Symbolic) -> Option<Symbolic> {
    let (node, _) = x.node()?;
    let pick: &Pick = x.op()?;
    let from = &node.inputs[0];
    let rank = from.ndim();
    if rank < 2 || x.ndim() != rank {
        return None;
    }
    let mut axes: SmallVec<[usize; 5]> = (0..rank).collect();
    axes.swap(rank - 2, rank - 1);
    (pick.grid == Grid::permuted(from.shape(), &axes)).then(|| from.clone())
}

/// Zeros in the shape `to`, to which the elements of `x` are added at the places of a grid.
#[track_caller]
pub(crate) fn put(x: &Symbolic, grid: Grid, to: Shape, name: &'static str) -> Symbolic {
    put_into(x, grid, to, 0.0, name)
}

/// [`put`] where all else is `fill`. If that is not 0 the places of the grid are apart.
#[track_caller]
pub(crate) fn put_into(x: &Symbolic, grid: Grid, to: Shape, fill: f32, name: &'static str) -> Symbolic {
    debug_assert!(fill.to_bits() == 0 || grid.apart);
    apply(Put { name, grid, to, fill: fill.to_bits() }, core::slice::from_ref(x))
}
