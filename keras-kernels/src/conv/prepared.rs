//! Weights in the order in which the products of a convolution read them.

use super::Conv;
use crate::aligned::Aligned;
use crate::product::{pack, packed_len};
use crate::scratch;
use crate::simd::{Path, path};

/// The weights of a convolution, rearranged (and for Winograd's tiles mapped): for callers whose weights stay the same
/// for many images.
#[derive(Debug)]
pub struct Prepared {
    path: Path,
    numbers: Aligned,
}

/// Weights as they lie or [`Prepared`].
#[derive(Clone, Copy, Debug)]
pub enum Filters<'a> {
    /// `(kernel height, kernel width, channels / groups, filters)`.
    Plain(&'a [f32]),
    /// Of a convolution that differs at most in what it is applied to.
    Prepared(&'a Prepared),
}

impl<'a> From<&'a [f32]> for Filters<'a> {
    fn from(w: &'a [f32]) -> Self {
        Filters::Plain(w)
    }
}

impl<'a> From<&'a Vec<f32>> for Filters<'a> {
    fn from(w: &'a Vec<f32>) -> Self {
        Filters::Plain(w)
    }
}

impl<'a> From<&'a Prepared> for Filters<'a> {
    fn from(w: &'a Prepared) -> Self {
        Filters::Prepared(w)
    }
}

impl Conv {
    /// Prepares `w (kernel height, kernel width, channels / groups, filters)`, in the memory of what was prepared
    /// before.
    ///
    /// # Panics
    /// `w` has not its shape.
    pub fn prepare(&self, w: &[f32], before: Option<Prepared>) -> Prepared {
        assert!(self.groups > 0 && w.len() == self.weights(), "shapes");
        let (path, this) = (path(), self.simplified());
        let mut numbers = before.map(|before| before.numbers).unwrap_or_default();
        this.prepare_into(path, w, numbers.resized(this.prepared_len(path)));
        Prepared { path, numbers }
    }

    /// Calls `f` with prepared weights, and the instruction set that they are prepared for.
    pub(super) fn with_prepared<R>(&self, path: Path, w: Filters, f: impl FnOnce(Path, &[f32]) -> R) -> R {
        match w {
            Filters::Plain(w) => scratch::with(self.prepared_len(path), |memory| {
                self.prepare_into(path, w, memory);
                f(path, memory)
            }),
            Filters::Prepared(w) => {
                assert!(w.numbers.len() == self.prepared_len(w.path), "weights of another convolution");
                f(w.path, &w.numbers)
            }
        }
    }

    fn prepared_len(&self, path: Path) -> usize {
        if self.is_winograd() { self.winograd_weights_len(path) } else { self.packed_len(path) * self.groups }
    }

    fn prepare_into(&self, path: Path, w: &[f32], memory: &mut [f32]) {
        if self.is_winograd() { self.winograd_weights(path, w, memory) } else { self.pack(path, w, memory) }
    }

    /// Numbers of the packed weights of one group.
    pub(super) fn packed_len(&self, path: Path) -> usize {
        packed_len(path, self.weights() / self.filters.max(1), self.filters / self.groups)
    }

    /// Packs the weights of each group.
    fn pack(&self, path: Path, w: &[f32], memory: &mut [f32]) {
        let (k, filters, one) =
            (self.weights() / self.filters.max(1), self.filters / self.groups, self.packed_len(path));
        for g in 0..self.groups {
            let w = w.get(g * filters..).unwrap_or_default();
            pack(path, w, self.filters, k, filters, &mut memory[g * one..][..one]);
        }
    }

    /// Calls `f` with the packed weights of each group.
    pub(crate) fn with_packed<R>(&self, path: Path, w: &[f32], f: impl FnOnce(&[f32]) -> R) -> R {
        scratch::with(self.packed_len(path) * self.groups, |packed| {
            self.pack(path, w, packed);
            f(packed)
        })
    }
}
