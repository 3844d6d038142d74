//! Reductions of elements by number.

use keras_kernels::tile::Reduce;

use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec, integers_mut, one};
use crate::operand::Operand;
use crate::symbolic::{apply, mistaken, settled};
use crate::{DType, Symbolic};

/// Inputs are the elements `(n, ...)` and the numbers `(n,)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Segments {
    name: &'static str,
    reduce: Reduce,
    count: usize,
}

impl Op for Segments {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::SegmentReduce { reduce: self.reduce })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let [x, ids] = [inputs[0], inputs[1]];
        if ids.dtype != DType::Int32 {
            return Err(Problem::Type { of: "segment_ids", found: ids.dtype, expected: "int32" });
        }
        if ids.shape.rank() != 1 || x.shape.first() != Some(&ids.shape[0]) {
            let (data, ids) = (&x.shape, &ids.shape);
            return Err(Problem::Argument(format!(
                "segment_ids {ids} must have one number for each element along the first axis of data {data}"
            )));
        }
        Ok(one(Spec::new(x.shape.clone().with(0, self.count), x.dtype)))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (x, ids, to) = (io.inputs[0], io.inputs[1].integers(), &mut *io.outputs[0]);
        let width: usize = x.shape()[1..].iter().product();
        let rows = |id: i32| usize::try_from(id).ok().filter(|id| *id < self.count).map(|id| id * width);
        if x.spec.dtype == DType::Int32 {
            let to = integers_mut(to);
            to.fill(match self.reduce {
                Reduce::Sum => 0,
                Reduce::Product => 1,
                Reduce::Max => i32::MIN,
                Reduce::Min => i32::MAX,
            });
            for (i, at) in ids.iter().enumerate().filter_map(|(i, id)| Some((i, rows(*id)?))) {
                for (to, x) in to[at..at + width].iter_mut().zip(&x.integers()[i * width..]) {
                    *to = match self.reduce {
                        Reduce::Sum => to.wrapping_add(*x),
                        Reduce::Product => to.wrapping_mul(*x),
                        Reduce::Max => *x.max(to),
                        Reduce::Min => *x.min(to),
                    };
                }
            }
            return;
        }
        to.fill(self.reduce.neutral());
        for (i, at) in ids.iter().enumerate().filter_map(|(i, id)| Some((i, rows(*id)?))) {
            for (to, x) in to[at..at + width].iter_mut().zip(&x.data[i * width..]) {
                *to = match self.reduce {
                    Reduce::Sum => *to + x,
                    Reduce::Product => *to * x,
                    Reduce::Max if *x > *to || x.is_nan() => *x,
                    Reduce::Min if *x < *to || x.is_nan() => *x,
                    Reduce::Max | Reduce::Min => *to,
                };
            }
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let (x, ids, y, dy) = (&at.inputs[0], &at.inputs[1], &at.outputs[0], at.dy());
        if x.dtype() != DType::Float32 {
            return vec![None, None];
        }
        // Of elements of no segment nothing is known, and nothing wanted.
        let inside = crate::logical_and(crate::greater_equal(ids, 0), crate::less(ids, self.count as i32));
        let place = crate::where_(&inside, ids, 0);
        let lead: crate::Shape = (0..x.ndim()).map(|k| if k == 0 { x.shape()[0] } else { 1 }).collect();
        let inside = crate::shapes::shaped(&inside, lead, "reshape");
        let own = |y: &Symbolic| crate::take(y, &place, 0);
        let dx = match self.reduce {
            Reduce::Sum => own(dy),
            Reduce::Max | Reduce::Min => {
                // Each of several that are equal gets its share.
                let hit = crate::cast(crate::equal(x, own(y)), DType::Float32);
                let hits = crate::segment_sum(&hit, ids, self.count);
                crate::where_(crate::equal(&hit, 0.0), 0.0, own(dy) / crate::maximum(own(&hits), 1.0))
            }
            Reduce::Product => {
                // Where one of them is 0 only that one has a gradient, where two are none has.
                let zero = crate::equal(x, 0.0);
                let zeros = crate::segment_sum(crate::cast(&zero, DType::Float32), ids, self.count);
                let without = crate::where_(&zero, 1.0, x);
                let others = own(&segment_prod(&without, ids, self.count));
                let of_zero = crate::where_(crate::equal(own(&zeros), 1.0), &others, 0.0);
                own(dy) * crate::where_(&zero, of_zero, own(y) / without)
            }
        };
        vec![Some(crate::where_(inside, dx, 0.0)), None]
    }
}

#[track_caller]
fn segments(name: &'static str, reduce: Reduce, x: Symbolic, ids: Symbolic, count: usize) -> Symbolic {
    if let Some(mistake) = mistaken(&[&x, &ids]) {
        return mistake;
    }
    if x.dtype() == DType::Bool {
        let found = x.dtype();
        return settled(name, Err(Problem::Type { of: "data", found, expected: "float32 or int32" }));
    }
    apply(Segments { name, reduce, count }, &[x, ids])
}

macro_rules! segments {
    ($($(#[$doc:meta])* $name:ident $reduce:ident;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(data: impl Operand, segment_ids: impl Operand, num_segments: usize) -> Symbolic {
            segments(stringify!($name), Reduce::$reduce, data.symbolic(), segment_ids.symbolic(), num_segments)
        }
    )* };
}

segments! {
    /// The largest of the elements along the first axis that have each number; negative infinity, or the smallest integer,
    /// where there is none. [Keras](https://keras.io/api/ops/core/#segmentmax-function).
    segment_max Max;
    /// The smallest of the elements along the first axis that have each number; infinity, or the largest integer, where
    /// there is none.
    segment_min Min;
    /// The product of the elements along the first axis that have each number; 1 where there is none.
    segment_prod Product;
}
