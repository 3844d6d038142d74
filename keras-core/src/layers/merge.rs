//! What layers of several tensors share.

use burn::tensor::{Bool, Float, Int, Tensor, kind::Ordered};

use crate::tensor::{Raw, Value, by_rank, dims};
use crate::tensor_ops::extremes::maximum;
use crate::{Error, Result};

/// What is done to two numbers.
#[derive(Clone, Copy)]
pub(super) enum Pairwise {
    Add,
    Subtract,
    Multiply,
    Maximum,
    Minimum,
}

/// Numbers that merge: floats, or integers that stay integers.
pub(super) trait Merged: Ordered + Sized {
    /// The larger of each two numbers.
    fn maximum<const D: usize>(a: Tensor<D, Self>, b: Tensor<D, Self>) -> Tensor<D, Self>;
    /// The smaller of each two numbers.
    fn minimum<const D: usize>(a: Tensor<D, Self>, b: Tensor<D, Self>) -> Tensor<D, Self>;
}

impl Merged for Float {
    fn maximum<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
        maximum(a, b)
    }
    fn minimum<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<D> {
        maximum(a.neg(), b.neg()).neg()
    }
}

impl Merged for Int {
    fn maximum<const D: usize>(a: Tensor<D, Int>, b: Tensor<D, Int>) -> Tensor<D, Int> {
        let first = a.clone().greater(b.clone());
        b.mask_where(first, a)
    }
    fn minimum<const D: usize>(a: Tensor<D, Int>, b: Tensor<D, Int>) -> Tensor<D, Int> {
        let first = a.clone().lower(b.clone());
        b.mask_where(first, a)
    }
}

impl Pairwise {
    fn of<const D: usize, K: Merged>(self, a: Tensor<D, K>, b: Tensor<D, K>) -> Tensor<D, K> {
        match self {
            Pairwise::Add => a + b,
            Pairwise::Subtract => a - b,
            Pairwise::Multiply => a * b,
            Pairwise::Maximum => K::maximum(a, b),
            Pairwise::Minimum => K::minimum(a, b),
        }
    }
}

/// Whether all tensors are of integers: then what is made of them is.
pub(super) fn are_integers(inputs: &[Value]) -> bool {
    inputs.iter().all(|x| !x.data.is_float() && !x.data.is_bool())
}

/// One tensor from several, number by number; axes of length 1 are stretched, and a shorter shape gets axes of
/// length 1 behind the batch axis.
pub(super) fn elementwise(inputs: &[Value], pairwise: Pairwise) -> Result<Value> {
    let rank = inputs.iter().map(|x| x.data.rank()).max().unwrap_or(0);
    let same_rank = inputs.iter().all(|x| x.data.rank() == rank);
    let mut shape = vec![1; rank];
    let mut tensors = Vec::with_capacity(inputs.len());
    for x in inputs {
        let mut own = x.data.shape();
        own.splice(1..1, vec![1; rank - own.len()]);
        stretch(&mut shape, &own)?;
        tensors.push(x.data.reshape(&own)?);
    }
    let mut mask = None;
    let data: Result<Raw> = by_rank!(rank, D => {
        let to = dims::<D>(&shape);
        // Reshaped tensors have lost their mask, as in Keras.
        let masks = if same_rank {
            inputs.iter().map(|x| Ok(wide_mask::<D>(x)?.map(|m| m.expand(to)))).collect::<Result<Vec<_>>>()?
        } else {
            vec![None; inputs.len()]
        };
        let all = masks.iter().cloned().collect::<Option<Vec<_>>>();
        let any = all.and_then(|masks| masks.into_iter().reduce(Tensor::bool_or));
        mask = any.clone().map(without_features).transpose()?;
        if are_integers(inputs) {
            let tensors = tensors.iter().map(|x| Ok(x.int::<D>()?.expand(to))).collect::<Result<Vec<_>>>()?;
            merged(tensors.into_iter().zip(masks), any, pairwise)?
        } else {
            let tensors = tensors.iter().map(|x| Ok(x.float::<D>()?.expand(to))).collect::<Result<Vec<_>>>()?;
            merged(tensors.into_iter().zip(masks), any, pairwise)?
        }
    });
    Ok(Value::new(data?).with_mask(mask))
}

/// One tensor of terms that have the same lengths.
fn merged<const D: usize, K: Merged>(
    terms: impl Iterator<Item = Term<D, K>>,
    any: Option<Tensor<D, Bool>>,
    pairwise: Pairwise,
) -> Result<Raw> {
    let y = match pairwise {
        Pairwise::Multiply => multiply(terms, any),
        Pairwise::Maximum | Pairwise::Minimum => extreme(terms, pairwise),
        Pairwise::Add | Pairwise::Subtract => terms.map(|(x, _)| x).reduce(|a, b| pairwise.of(a, b)),
    };
    Ok(Raw::new(y.ok_or_else(|| Error::layer("nothing to merge"))?))
}

/// Masked steps count as 1, and as 0 where no input has a step that counts.
fn multiply<const D: usize, K: Merged>(
    terms: impl Iterator<Item = Term<D, K>>,
    any: Option<Tensor<D, Bool>>,
) -> Option<Tensor<D, K>> {
    let y = terms
        .map(|(x, mask)| match mask {
            Some(mask) => x.mask_fill(mask.bool_not(), 1),
            None => x,
        })
        .reduce(|a, b| a * b)?;
    Some(match any {
        Some(any) => y.mask_fill(any.bool_not(), 0),
        None => y,
    })
}

/// Masked steps do not take part.
fn extreme<const D: usize, K: Merged>(
    terms: impl Iterator<Item = Term<D, K>>,
    pairwise: Pairwise,
) -> Option<Tensor<D, K>> {
    let merge = |(y, y_mask): Term<D, K>, (x, mask): Term<D, K>| {
        let x = match &mask {
            Some(mask) => y.clone().mask_where(mask.clone(), x),
            None => x,
        };
        let y = match &y_mask {
            Some(y_mask) => x.clone().mask_where(y_mask.clone(), y),
            None => y,
        };
        let both = y_mask.zip(mask).map(|(a, b)| a.bool_or(b));
        (pairwise.of(y, x), both)
    };
    terms.reduce(merge).map(|(y, _)| y)
}

type Term<const D: usize, K> = (Tensor<D, K>, Option<Tensor<D, Bool>>);

/// A mask with a last axis of length 1 for the features.
pub(super) fn wide_mask<const D: usize>(x: &Value) -> Result<Option<Tensor<D, Bool>>> {
    let Some(mask) = &x.mask else { return Ok(None) };
    let (shape, mut wide) = (x.data.shape(), mask.shape());
    wide.push(1);
    let fits = wide.len() == shape.len() && wide.iter().zip(&shape).all(|(m, n)| m == n || *m == 1);
    if !fits {
        let message = format!("a mask of shape {:?} does not fit a tensor of shape {shape:?}", mask.shape());
        return Err(Error::layer(message));
    }
    Ok(Some(mask.reshape(&wide)?.bool::<D>()?))
}

/// Which steps count: those of which one feature does.
pub(super) fn without_features<const D: usize>(mask: Tensor<D, Bool>) -> Result<Raw> {
    let any = Raw::new(mask.any_dim(D - 1));
    let mut shape = any.shape();
    shape.pop();
    any.reshape(&shape)
}

/// The lengths that both shapes can be stretched to.
fn stretch(shape: &mut [usize], other: &[usize]) -> Result<()> {
    let (before, other_shape) = (shape.to_vec(), other);
    for (n, m) in shape.iter_mut().zip(other) {
        if *n == 1 {
            *n = *m;
        } else if *m != *n && *m != 1 {
            let message = format!("tensors of shapes {before:?} and {other_shape:?} do not go together");
            return Err(Error::layer(message));
        }
    }
    Ok(())
}

/// The arithmetic of a layer that works number by number.
macro_rules! pairwise {
    ($layer:ident, $pairwise:ident) => {
        impl $crate::layers::Forward for $layer {
            fn call(
                &self,
                _: &[$crate::param::Weight],
                inputs: &[$crate::tensor::Value],
                _: &mut $crate::context::Context,
            ) -> $crate::Result<Vec<$crate::tensor::Value>> {
                Ok(vec![$crate::layers::merge::elementwise(
                    inputs,
                    $crate::layers::merge::Pairwise::$pairwise,
                )?])
            }
        }
    };
}
pub(super) use pairwise;
