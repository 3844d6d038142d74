//! Windows of images as columns, and back.

use smallvec::SmallVec;

use super::sizes::PerAxis;
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::shapes::shaped;
use crate::strided::{Grid, picked, put};
use crate::symbolic::{mistaken, settled};
use crate::{Shape, Symbolic};

/// An [`unfold`] or [`fold`] before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct UnfoldCall {
    x: Symbolic,
    kernel_size: PerAxis,
    /// Of a [`fold`].
    output_size: Option<PerAxis>,
    dilation: PerAxis,
    padding: PerAxis,
    stride: PerAxis,
}

/// Images `(batch, channels, height, width)` with their windows.
struct Windows {
    images: [usize; 4],
    padded: [usize; 2],
    padding: [usize; 2],
    kernel: [usize; 2],
    dilation: [usize; 2],
    stride: [usize; 2],
    count: [usize; 2],
}

impl Windows {
    fn new(call: &UnfoldCall, images: [usize; 4]) -> Result<Windows, Problem> {
        let two = |of: &PerAxis, name, least| of.of(name, 2, least).map(|n| [n[0], n[1]]);
        let (kernel, dilation) =
            (two(&call.kernel_size, "kernel_size", 1)?, two(&call.dilation, "dilation", 1)?);
        let (padding, stride) = (two(&call.padding, "padding", 0)?, two(&call.stride, "stride", 1)?);
        let mut count = [0; 2];
        let padded = [0, 1].map(|i| images[2 + i] + 2 * padding[i]);
        for i in 0..2 {
            let reach = (kernel[i] - 1) * dilation[i] + 1;
            let Some(rest) = padded[i].checked_sub(reach) else {
                let (n, shape) = (padded[i], Shape::from(&images[2..]));
                let text = format!(
                    "the kernel reaches over {reach} along axis {i} of the image {shape}, padded to {n}"
                );
                return Err(Problem::Argument(text));
            };
            count[i] = rest / stride[i] + 1;
        }
        Ok(Windows { images, padded, padding, kernel, dilation, stride, count })
    }

    fn frame(&self) -> Shape {
        [self.images[0], self.images[1], self.padded[0], self.padded[1]].into()
    }

    /// Where the image lies in its frame of zeros.
    fn inside(&self) -> Grid {
        let own = self.frame().strides();
        let start = self.padding[0] * own[2] + self.padding[1];
        Grid::new(self.images.into(), start, own.iter().map(|stride| *stride as isize).collect())
    }

    /// Where the elements of the windows lie in the frame: `(batch, channels, kernel, windows)`.
    fn windows(&self) -> Grid {
        let own = self.frame().strides();
        let ([kh, kw], [h, w]) = (self.kernel, self.count);
        let lengths = [self.images[0], self.images[1], kh, kw, h, w];
        let steps = [1, 1, self.dilation[0], self.dilation[1], self.stride[0], self.stride[1]];
        let axes = [0, 1, 2, 3, 2, 3];
        let strides: SmallVec<[isize; 5]> =
            axes.iter().zip(steps).map(|(axis, by)| (own[*axis] * by) as isize).collect();
        Grid::new(lengths.into(), 0, strides)
    }

    /// All windows as columns.
    fn columns(&self) -> Shape {
        let taps = self.images[1] * self.kernel[0] * self.kernel[1];
        [self.images[0], taps, self.count[0] * self.count[1]].into()
    }
}

impl UnfoldCall {
    #[track_caller]
    fn unfolded(&self) -> Result<Symbolic, Problem> {
        let x = &self.x;
        if x.ndim() != 4 {
            let expected = "4 axes: samples, channels, height, width";
            return Err(Problem::Rank { of: "x", shape: x.shape().clone(), expected });
        }
        let windows = Windows::new(self, core::array::from_fn(|axis| x.shape()[axis]))?;
        let frame = match windows.padding {
            [0, 0] => x.clone(),
            _ => put(x, windows.inside(), windows.frame(), "unfold"),
        };
        Ok(shaped(&picked(&frame, windows.windows(), "unfold"), windows.columns(), "unfold"))
    }

    #[track_caller]
    fn folded(&self, output_size: &PerAxis) -> Result<Symbolic, Problem> {
        let x = &self.x;
        if x.ndim() != 3 {
            let expected = "3 axes: samples, elements of a window, windows";
            return Err(Problem::Rank { of: "x", shape: x.shape().clone(), expected });
        }
        let size = output_size.of("output_size", 2, 1)?;
        let taps: usize = self.kernel_size.of("kernel_size", 2, 1)?.iter().product();
        let channels = x.shape()[1] / taps;
        let windows = Windows::new(self, [x.shape()[0], channels, size[0], size[1]])?;
        if &windows.columns() != x.shape() {
            let text = format!(
                "x {} does not hold the windows of images {}: these are {} for each channel",
                x.shape(),
                Shape::from(&size[..]),
                Shape::from([taps, windows.count[0] * windows.count[1]])
            );
            return Err(Problem::Argument(text));
        }
        let grid = windows.windows();
        let apart = shaped(x, grid.shape.clone(), "fold");
        let frame = put(&apart, grid, windows.frame(), "fold");
        Ok(match windows.padding {
            [0, 0] => frame,
            _ => picked(&frame, windows.inside(), "fold"),
        })
    }
}

impl Built<UnfoldCall> {
    #[track_caller]
    fn with(mut self, change: impl FnOnce(&mut UnfoldCall)) -> Self {
        change(&mut self.call);
        let call = &self.call;
        let value = match (mistaken(&[&call.x]), &call.output_size) {
            (Some(mistake), _) => mistake,
            (None, None) => settled("unfold", call.unfolded()),
            (None, Some(size)) => settled("fold", call.folded(size)),
        };
        Built::new(value, self.call)
    }

    /// How far an element of a window is from the next: one number, or one for each axis. 1 unless set.
    #[must_use]
    #[track_caller]
    pub fn dilation(self, dilation: impl Into<PerAxis>) -> Self {
        self.with(|own| own.dilation = dilation.into())
    }

    /// How many zeros lie on each side of the image. None unless set.
    #[must_use]
    #[track_caller]
    pub fn padding(self, padding: impl Into<PerAxis>) -> Self {
        self.with(|own| own.padding = padding.into())
    }

    /// How far a window is from the next. 1 unless set.
    #[must_use]
    #[track_caller]
    pub fn stride(self, stride: impl Into<PerAxis>) -> Self {
        self.with(|own| own.stride = stride.into())
    }
}

#[track_caller]
fn call(x: Symbolic, kernel_size: PerAxis, output_size: Option<PerAxis>) -> Built<UnfoldCall> {
    let [dilation, padding, stride] = [1, 0, 1].map(PerAxis::from);
    let call = UnfoldCall { x, kernel_size, output_size, dilation, padding, stride };
    Built::new(call.x.clone(), call).with(|_| {})
}

/// The windows of images as columns: `x (batch, channels, height, width)` gives
/// `(batch, channels * elements of a window, windows)`. [Keras](https://keras.io/api/ops/nn/#unfold-function).
#[track_caller]
pub fn unfold(x: impl Operand, kernel_size: impl Into<PerAxis>) -> Built<UnfoldCall> {
    call(x.symbolic(), kernel_size.into(), None)
}

/// Images from the columns that [`unfold`] makes: `x (batch, channels * elements of a window, windows)` gives
/// `(batch, channels, height, width)`. Where windows overlap their elements are added.
/// [Keras](https://keras.io/api/ops/nn/#fold-function).
#[track_caller]
pub fn fold(
    x: impl Operand,
    output_size: impl Into<PerAxis>,
    kernel_size: impl Into<PerAxis>,
) -> Built<UnfoldCall> {
    call(x.symbolic(), kernel_size.into(), Some(output_size.into()))
}
