//! Weights in the order in which the products of a convolution read them.

use super::Conv;
use super::even::is_even;
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
    /// The weights as they were where `numbers` are mapped for Winograd's tiles: some images need plain sums.
    weights: Aligned,
}

/// Weights as the products read them.
#[derive(Clone, Copy)]
pub(super) enum Ready<'a> {
    /// Packed, for plain sums.
    Packed(&'a [f32]),
    /// Mapped for Winograd's tiles, and as they were.
    Tiles(&'a [f32], &'a [f32]),
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
        let (mut numbers, mut weights) = before.map(|b| (b.numbers, b.weights)).unwrap_or_default();
        if this.is_winograd() && is_even(path, w) {
            this.winograd_weights(path, w, numbers.resized(this.winograd_weights_len(path)));
            weights.resized(w.len()).copy_from_slice(w);
        } else {
            this.pack(path, w, numbers.resized(this.packed_len(path) * this.groups));
            weights.resized(0);
        }
        Prepared { path, numbers, weights }
    }

    /// Calls `f` with prepared weights, and the instruction set that they are prepared for.
    pub(super) fn with_prepared<R>(&self, path: Path, w: Filters, f: impl FnOnce(Path, Ready) -> R) -> R {
        match w {
            Filters::Plain(w) if self.is_winograd() && is_even(path, w) => {
                scratch::with(self.winograd_weights_len(path), |mapped| {
                    self.winograd_weights(path, w, mapped);
                    f(path, Ready::Tiles(mapped, w))
                })
            }
            Filters::Plain(w) => self.with_packed(path, w, |packed| f(path, Ready::Packed(packed))),
            Filters::Prepared(w) => {
                let (len, ready) = if w.weights.is_empty() {
                    (self.packed_len(w.path) * self.groups, Ready::Packed(&w.numbers))
                } else {
                    (self.winograd_weights_len(w.path), Ready::Tiles(&w.numbers, &w.weights))
                };
                assert!(w.numbers.len() == len, "weights of another convolution");
                f(w.path, ready)
            }
        }
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
