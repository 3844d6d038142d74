//! Masks and weights of samples or steps, spread over the losses that they belong to.

use crate::{Error, Result};

/// How the numbers of a mask or of sample weights belong to losses. Its axes are the first axes of the losses; an axis
/// of length 1, and each that is missing at the end, counts for all of its axis.
#[derive(Debug)]
pub(crate) enum Spread {
    /// One number for this many losses in a row.
    Runs(usize),
    /// How far apart the numbers of two neighbours along each axis of the losses are.
    Strides(Vec<usize>),
}

impl Spread {
    /// How a mask or weights of shape `part` belong to losses of shape `losses`; `what` names them in the error.
    ///
    /// # Errors
    /// They do not.
    pub fn new(part: &[usize], losses: &[usize], what: &str) -> Result<Self> {
        let error = || {
            Error::shapes(
                what,
                format!("shape {part:?} does not go with losses of shape {losses:?}"),
                losses,
                part,
            )
        };
        let axes = aligned(part, losses).ok_or_else(error)?;
        if *axes == losses[..axes.len()] {
            return Ok(Spread::Runs(losses[axes.len()..].iter().product()));
        }
        let mut strides = vec![0; losses.len()];
        let mut stride = 1;
        for (axis, n) in axes.iter().enumerate().rev() {
            if *n != 1 {
                strides[axis] = stride;
            }
            stride *= n;
        }
        Ok(Spread::Strides(strides))
    }

    /// Multiplies a factor for each loss of shape `losses` by the number that belongs to it.
    pub fn multiply(&self, factors: &mut [f32], losses: &[usize], number: impl Fn(usize) -> f32) {
        match self {
            Spread::Runs(run) => {
                let runs = factors.chunks_mut((*run).max(1)).enumerate();
                runs.for_each(|(i, run)| {
                    let number = number(i);
                    run.iter_mut().for_each(|factor| *factor *= number);
                });
            }
            Spread::Strides(strides) => {
                for (loss, factor) in factors.iter_mut().enumerate() {
                    let (mut rest, mut at) = (loss, 0);
                    for (n, stride) in losses.iter().zip(strides).rev() {
                        at += rest % n * stride;
                        rest /= n;
                    }
                    *factor *= number(at);
                }
            }
        }
    }
}

/// Which share of the losses there are numbers of `parts` for, broadcast against each other: a sum over all losses times it
/// counts each number once, as it was given.
pub(crate) fn share(parts: &[&[usize]], losses: &[usize]) -> f64 {
    let length = |axis: usize| {
        let lengths = parts.iter().map(|part| part.get(axis).copied().unwrap_or(1));
        lengths.max().unwrap_or(1)
    };
    let numbers: usize = (0..losses.len()).map(length).product();
    numbers as f64 / losses.iter().product::<usize>().max(1) as f64
}

/// The axes of `part` without those of length 1 at its end, if they go with the first axes of the losses.
pub(crate) fn aligned<'a>(part: &'a [usize], losses: &[usize]) -> Option<&'a [usize]> {
    let mut axes = part;
    // Weights of shape (batch, 1) are as common as (batch,).
    while let [first @ .., 1] = axes
        && !first.is_empty()
    {
        axes = first;
    }
    let fits = !axes.is_empty()
        && axes.len() <= losses.len()
        && axes[0] == losses[0]
        && axes.iter().zip(losses).all(|(n, loss)| n == loss || *n == 1);
    fits.then_some(axes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(part: &[usize], losses: &[usize]) -> Result<Vec<f32>> {
        let mut factors = vec![1.0; losses.iter().product()];
        Spread::new(part, losses, "mask")?.multiply(&mut factors, losses, |i| i as f32);
        Ok(factors)
    }

    #[test]
    fn each_number_goes_to_its_losses() {
        let found = |part: &[usize], losses: &[usize]| spread(part, losses).expect("shapes that go together");
        assert_eq!(found(&[2], &[2, 3]), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        assert_eq!(found(&[2, 1], &[2, 3]), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        assert_eq!(found(&[2, 1], &[2]), [0.0, 1.0]);
        assert_eq!(found(&[2, 3, 1], &[2, 3]), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(found(&[2, 1, 2], &[2, 2, 2]), [0.0, 1.0, 0.0, 1.0, 2.0, 3.0, 2.0, 3.0]);
        assert_eq!(found(&[1], &[1, 2]), [0.0, 0.0]);
    }

    #[test]
    fn what_does_not_go_together_is_an_error() {
        for (part, losses) in [
            (&[3][..], &[2, 3][..]),
            (&[2, 3], &[2]),
            (&[1], &[2]),
            (&[1, 3], &[2, 3]),
            (&[2, 2], &[2, 3]),
            (&[], &[2]),
            (&[1], &[]),
        ] {
            let error = spread(part, losses).expect_err("shapes that do not go together").to_string();
            assert_eq!(error, format!("mask: shape {part:?} does not go with losses of shape {losses:?}"));
        }
    }
}
