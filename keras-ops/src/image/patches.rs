//! Parts of images, side by side.

use super::places;
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::shapes::shaped;
use crate::symbolic::settled;
use crate::{Padding, Shape, Symbolic, array, moveaxis, pad, take, transpose};

/// An extraction of patches before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct PatchesCall {
    images: Symbolic,
    size: Vec<usize>,
    strides: Option<Vec<usize>>,
    dilation_rate: usize,
    padding: Padding,
    channels_first: bool,
}

impl PatchesCall {
    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let channels = -1 - self.size.len() as isize;
        if !self.channels_first || self.images.ndim() < self.size.len() + 1 {
            return self.of_last();
        }
        let call = PatchesCall { images: moveaxis(&self.images, channels, -1), ..self.clone() };
        Ok(moveaxis(call.of_last()?, -1, channels))
    }

    /// Of images whose channels are last.
    #[track_caller]
    fn of_last(&self) -> Result<Symbolic, Problem> {
        let n = self.size.len();
        let strides = self.strides.as_deref().unwrap_or(&self.size);
        if n == 2 {
            places(&self.images, false)?;
        } else if !(4..=5).contains(&self.images.ndim()) {
            let shape = self.images.shape().clone();
            return Err(Problem::Rank { of: "volumes", shape, expected: "4 axes, or 5 with a batch" });
        }
        if self.size.contains(&0) || strides.contains(&0) || self.dilation_rate == 0 || strides.len() != n {
            let text = format!(
                "size {:?}, strides {strides:?} and dilation_rate {} must be at least 1, for {n} axes",
                self.size, self.dilation_rate
            );
            return Err(Problem::Argument(text));
        }
        let first = self.images.ndim() - n - 1;
        let mut x = self.images.clone();
        // Each axis becomes two: of patches, and of what is in them.
        let mut counts = Vec::new();
        for (i, (size, stride)) in self.size.iter().zip(strides).enumerate() {
            let axis = first + 2 * i;
            let reach = (size - 1) * self.dilation_rate + 1;
            let length = x.shape()[axis];
            let count = match self.padding {
                Padding::Same => length.div_ceil(*stride),
                _ if reach > length => 0,
                _ => (length - reach) / stride + 1,
            };
            if count == 0 {
                let text = format!(
                    "no patch over {reach} elements fits axis {} of {}",
                    first + i,
                    self.images.shape()
                );
                return Err(Problem::Argument(text));
            }
            let lacks = ((count - 1) * stride + reach).saturating_sub(length);
            if matches!(self.padding, Padding::Same) && lacks > 0 {
                let mut sides = vec![(0, 0); x.ndim()];
                sides[axis] = (lacks / 2, lacks - lacks / 2);
                x = pad(x, sides).build();
            }
            let at = |k: usize| (k / size * stride + k % size * self.dilation_rate) as i32;
            let numbers: Vec<i32> = (0..count * size).map(at).collect();
            x = take(x, array(&numbers, [count, *size]), axis as isize);
            counts.push(count);
        }
        let lead: Vec<usize> = (0..first).collect();
        let order = lead.iter().copied();
        let order = order.chain((0..n).map(|i| first + 2 * i)).chain((0..n).map(|i| first + 2 * i + 1));
        let order: Vec<usize> = order.chain([first + 2 * n]).collect();
        let channels = self.images.shape()[first + n];
        let inside = self.size.iter().product::<usize>() * channels;
        let to: Shape =
            lead.iter().map(|axis| self.images.shape()[*axis]).chain(counts).chain([inside]).collect();
        Ok(shaped(&transpose(x, order), to, "reshape"))
    }
}

impl Built<PatchesCall> {
    #[track_caller]
    fn with(mut self, change: impl FnOnce(&mut PatchesCall)) -> Self {
        change(&mut self.call);
        let x = &self.call.images;
        let value = if x.is_mistake() { x.clone() } else { settled("extract_patches", self.call.value()) };
        Built::new(value, self.call)
    }

    /// How far patches lie apart, along each axis; as far as they are long unless set.
    #[must_use]
    #[track_caller]
    pub fn strides(self, strides: impl AsRef<[usize]>) -> Self {
        self.with(|call| call.strides = Some(strides.as_ref().to_vec()))
    }

    /// How far the elements of a patch lie apart; 1 unless set.
    #[must_use]
    #[track_caller]
    pub fn dilation_rate(self, dilation_rate: usize) -> Self {
        self.with(|call| call.dilation_rate = dilation_rate)
    }

    /// Whether images are `(channels, height, width)`, and what is made of them `(..., channels, rows, columns)`. They are not
    /// unless set.
    #[must_use]
    #[track_caller]
    pub fn channels_first(self, channels_first: bool) -> Self {
        self.with(|call| call.channels_first = channels_first)
    }

    /// Whether zeros lie beyond the edges; [`Padding::Valid`], none, unless set.
    #[must_use]
    #[track_caller]
    pub fn padding(self, padding: Padding) -> Self {
        self.with(|call| call.padding = padding)
    }
}

#[track_caller]
fn patches(images: Symbolic, size: Vec<usize>) -> Built<PatchesCall> {
    let call = PatchesCall {
        images,
        size,
        strides: None,
        dilation_rate: 1,
        padding: Padding::Valid,
        channels_first: false,
    };
    Built::new(call.images.clone(), call).with(|_| {})
}

/// The patches of images `(batch, height, width, channels)`, or of one, of this height and width:
/// `(batch, rows, columns, size * size * channels)`.
/// [Keras](https://keras.io/api/ops/image/#extractpatches-function).
#[track_caller]
pub fn extract_patches(images: impl Operand, size: [usize; 2]) -> Built<PatchesCall> {
    patches(images.symbolic(), size.to_vec())
}

/// The patches of volumes `(batch, depth, height, width, channels)`, or of one.
/// [Keras](https://keras.io/api/ops/image/#extractpatches3d-function).
#[track_caller]
pub fn extract_patches_3d(volumes: impl Operand, size: [usize; 3]) -> Built<PatchesCall> {
    patches(volumes.symbolic(), size.to_vec())
}
