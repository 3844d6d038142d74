use burn::tensor::activation::softmax;
use burn::tensor::{Bool, Tensor};
use keras_shape::layers::Softmax;

use super::Forward;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value, by_rank, dims};
use crate::{Error, Result};

impl Forward for Softmax {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let rank = x.data.rank();
        let chosen = chosen(self.axis.list, rank)?;
        let Some(mask) = inputs.get(1) else {
            let y = shares(&x.data, &chosen)?;
            return Ok(vec![Value::new(y).with_mask(x.mask.clone())]);
        };
        let y: Result<Raw> = by_rank!(rank, D => {
            let padding = padding(&mask.data, &x.data)?;
            let low = x.data.float::<D>()?.mask_fill(padding.clone(), -1e9);
            // Where nothing counts, nothing is shared out.
            Raw::new(shares(&Raw::new(low), &chosen)?.float::<D>()?.mask_fill(padding, 0.0))
        });
        Ok(vec![Value::new(y?)])
    }
}

/// Which numbers of `x` do not count; Keras counts those of a mask above one half.
fn padding<const D: usize>(mask: &Raw, x: &Raw) -> Result<Tensor<D, Bool>> {
    let (shape, mut own) = (x.shape(), mask.shape());
    let fits = own.len() <= D && own.iter().rev().zip(shape.iter().rev()).all(|(m, n)| m == n || *m == 1);
    if !fits {
        return Err(Error::layer(format!(
            "a mask of shape {own:?} does not fit an input of shape {shape:?}"
        )));
    }
    own.splice(0..0, vec![1; D - own.len()]);
    let counts = mask.reshape(&own)?.float::<D>()?.greater_elem(0.5f32);
    Ok(counts.bool_not().expand(dims::<D>(&shape)))
}

/// Softmax along the chosen axes.
fn shares(x: &Raw, chosen: &[usize]) -> Result<Raw> {
    // The chosen axes go last and become one.
    let rank = x.rank();
    let kept = (0..rank).filter(|axis| !chosen.contains(axis));
    let order: Vec<usize> = kept.chain(chosen.iter().copied()).collect();
    let moved = x.permute(&order)?;
    let shape = moved.shape();
    let (rows, last) = shape.split_at(rank - chosen.len());
    let matrix = moved.reshape(&[rows.iter().product(), last.iter().product()])?.float::<2>()?;
    Raw::new(softmax(matrix, 1)).reshape(&shape)?.permute(&inverse(&order))
}

/// Which axes Python's axis numbers mean, in ascending order.
pub(super) fn chosen(axes: &[isize], rank: usize) -> Result<Vec<usize>> {
    let at = |axis: &isize| usize::try_from(if *axis < 0 { axis + rank as isize } else { *axis });
    let mut chosen: Vec<usize> =
        axes.iter().filter_map(|axis| at(axis).ok().filter(|at| *at < rank)).collect();
    chosen.sort_unstable();
    chosen.dedup();
    if chosen.is_empty() || chosen.len() != axes.len() {
        return Err(Error::layer(format!("{axes:?} are not axes of a tensor of rank {rank}")));
    }
    Ok(chosen)
}

/// The order that undoes another.
pub(super) fn inverse(order: &[usize]) -> Vec<usize> {
    let mut back = vec![0; order.len()];
    for (to, from) in order.iter().enumerate() {
        back[*from] = to;
    }
    back
}
