//! Convolutions of images with 1 to 3 axes.

pub(crate) mod op;
mod transpose;

use smallvec::SmallVec;

use self::op::{Geometry, Side, convolved};
use super::sizes::{DataFormat, Padding, PerAxis, image_axes, windows};
use crate::elementwise::cast_to;
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::shapes::shaped;
use crate::symbolic::{mistaken, settled};
use crate::{DType, Shape, Symbolic};

pub use transpose::{ConvTransposeCall, conv_transpose};

/// The arguments of a convolution.
#[derive(Clone, Debug)]
struct Arguments {
    strides: PerAxis,
    padding: Padding,
    data_format: DataFormat,
    dilation_rate: PerAxis,
}

impl Default for Arguments {
    fn default() -> Arguments {
        let one = PerAxis::from(1);
        Arguments {
            strides: one.clone(),
            padding: Padding::Valid,
            data_format: DataFormat::ChannelsLast,
            dilation_rate: one,
        }
    }
}

/// Numbers of the axes that there are, after others that are 1 or 0.
fn three(numbers: &[usize], missing: usize) -> [usize; 3] {
    core::array::from_fn(|i| (i + numbers.len()).checked_sub(3).map_or(missing, |i| numbers[i]))
}

/// What the kernel must be for these images.
fn check_kernel(x: &Symbolic, kernel: &Symbolic, name: &'static str) -> Result<usize, Problem> {
    let rank = image_axes("`inputs`", x)?;
    if kernel.ndim() != x.ndim() {
        let expected = match rank {
            1 => "3 axes: one of the image, channels, filters",
            2 => "4 axes: two of the image, channels, filters",
            _ => "5 axes: three of the image, channels, filters",
        };
        return Err(Problem::Rank { of: name, shape: kernel.shape().clone(), expected });
    }
    if kernel.shape()[..rank].contains(&0) {
        let text = format!("{name} {} has no elements along an axis of the image", kernel.shape());
        return Err(Problem::Argument(text));
    }
    Ok(rank)
}

impl Arguments {
    /// How the windows of a kernel lie in images with the channels last.
    fn geometry(&self, x: &Symbolic, kernel: &Symbolic, groups: usize) -> Result<Geometry, Problem> {
        let rank = x.ndim() - 2;
        let strides = self.strides.of("strides", rank, 1)?;
        let dilation = self.dilation_rate.of("dilation_rate", rank, 1)?;
        let (image, size) = (&x.shape()[1..=rank], &kernel.shape()[..rank]);
        let (mut counts, mut before) = (SmallVec::<[usize; 3]>::new(), SmallVec::<[usize; 3]>::new());
        for axis in 0..rank {
            let reach = (size[axis] - 1) * dilation[axis] + 1;
            let Some((count, pad)) = windows(image[axis], reach, strides[axis], self.padding) else {
                let (length, shape) = (image[axis], Shape::from(image));
                let text = format!(
                    "the kernel reaches over {reach} along axis {axis} of the image {shape}, which has {length}: \
                     padding \"same\" takes images that are smaller"
                );
                return Err(Problem::Argument(text));
            };
            counts.push(count);
            before.push(pad);
        }
        Ok(Geometry {
            image: three(image, 1),
            kernel: three(size, 1),
            windows: three(&counts, 1),
            stride: three(&strides, 1),
            dilation: three(&dilation, 1),
            before: three(&before, 0),
            rank,
            groups,
        })
    }

    #[track_caller]
    fn conv(&self, x: &Symbolic, kernel: &Symbolic) -> Result<Symbolic, Problem> {
        let rank = check_kernel(x, kernel, "kernel")?;
        let x = self.data_format.to_last(x);
        let (channels, [own, filters]) =
            (x.shape()[rank + 1], [kernel.shape()[rank], kernel.shape()[rank + 1]]);
        if own == 0 || channels % own != 0 {
            let text = format!(
                "inputs have {channels} channels, and the kernel {} has {own}: the former must be a multiple of the latter",
                kernel.shape()
            );
            return Err(Problem::Argument(text));
        }
        let groups = channels / own;
        if groups == 0 || filters % groups != 0 {
            let text = format!(
                "{channels} channels are {groups} groups of {own}; the kernel's {filters} filters must be a multiple of \
                 the groups"
            );
            return Err(Problem::Argument(text));
        }
        let geometry = self.geometry(&x, kernel, groups)?;
        Ok(self.data_format.restored(convolved(geometry, Side::Result, &x, kernel)))
    }

    /// A convolution of each channel on its own.
    #[track_caller]
    fn depthwise(&self, x: &Symbolic, kernel: &Symbolic, name: &'static str) -> Result<Symbolic, Problem> {
        let rank = check_kernel(x, kernel, name)?;
        let x = self.data_format.to_last(x);
        let shape = kernel.shape();
        let (channels, [own, each]) = (x.shape()[rank + 1], [shape[rank], shape[rank + 1]]);
        if own != channels || channels == 0 {
            let (shape, axis, why) = (shape.clone(), rank, "as many as the inputs have channels, at least 1");
            let expected = channels.max(1);
            return Err(Problem::Length { of: name, shape, axis, expected, why });
        }
        let to = shape[..rank].iter().copied().chain([1, channels * each]).collect();
        let kernel = shaped(kernel, to, "reshape");
        let geometry = self.geometry(&x, &kernel, channels)?;
        Ok(self.data_format.restored(convolved(geometry, Side::Result, &x, &kernel)))
    }

    #[track_caller]
    fn separable(
        &self,
        x: &Symbolic,
        depthwise: &Symbolic,
        pointwise: &Symbolic,
    ) -> Result<Symbolic, Problem> {
        let between = self.depthwise(x, depthwise, "depthwise_kernel")?;
        let rank = check_kernel(&between, pointwise, "pointwise_kernel")?;
        let channels = depthwise.shape()[rank] * depthwise.shape()[rank + 1];
        if pointwise.shape()[rank] != channels {
            let (shape, why) = (pointwise.shape().clone(), "as many as the depthwise kernel makes");
            return Err(Problem::Length {
                of: "pointwise_kernel",
                shape,
                axis: rank,
                expected: channels,
                why,
            });
        }
        let then = Arguments { strides: 1.into(), padding: Padding::Valid, ..self.clone() };
        then.conv(&between, pointwise)
    }
}

/// Which convolution it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Conv,
    Depthwise,
    Separable,
}

/// A convolution before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct ConvCall {
    kind: Kind,
    operands: Vec<Symbolic>,
    arguments: Arguments,
}

impl ConvCall {
    #[track_caller]
    fn value(&self) -> Symbolic {
        if let Some(mistake) = mistaken(&self.operands.iter().collect::<Vec<_>>()) {
            return mistake;
        }
        let floats: Vec<Symbolic> = self.operands.iter().map(|x| cast_to(x, DType::Float32)).collect();
        match (self.kind, &floats[..]) {
            (Kind::Conv, [x, kernel]) => settled("conv", self.arguments.conv(x, kernel)),
            (Kind::Depthwise, [x, kernel]) => {
                settled("depthwise_conv", self.arguments.depthwise(x, kernel, "kernel"))
            }
            (_, [x, depthwise, pointwise]) => {
                settled("separable_conv", self.arguments.separable(x, depthwise, pointwise))
            }
            (_, _) => unreachable!("each kind has its operands"),
        }
    }
}

impl Built<ConvCall> {
    #[track_caller]
    fn call(kind: Kind, operands: Vec<Symbolic>) -> Self {
        let call = ConvCall { kind, operands, arguments: Arguments::default() };
        Built::new(call.value(), call)
    }

    #[track_caller]
    fn with(mut self, change: impl FnOnce(&mut Arguments)) -> Self {
        change(&mut self.call.arguments);
        Built::new(self.call.value(), self.call)
    }

    /// How far a window is from the next: one number, or one for each axis of the image. 1 unless set.
    #[must_use]
    #[track_caller]
    pub fn strides(self, strides: impl Into<PerAxis>) -> Self {
        self.with(|own| own.strides = strides.into())
    }

    /// What lies around the image. [`Padding::Valid`] unless set.
    #[must_use]
    #[track_caller]
    pub fn padding(self, padding: Padding) -> Self {
        self.with(|own| own.padding = padding)
    }

    /// Where the channels are. [`DataFormat::ChannelsLast`] unless set.
    #[must_use]
    #[track_caller]
    pub fn data_format(self, data_format: DataFormat) -> Self {
        self.with(|own| own.data_format = data_format)
    }

    /// How far an element of the kernel is from the next. 1 unless set.
    #[must_use]
    #[track_caller]
    pub fn dilation_rate(self, dilation_rate: impl Into<PerAxis>) -> Self {
        self.with(|own| own.dilation_rate = dilation_rate.into())
    }
}

/// The convolution of images with 1 to 3 axes, without turning the kernel.
///
/// `inputs (batch, ..., channels)` and `kernel (..., channels / groups, filters)` give `(batch, ..., filters)`. Where the
/// kernel has fewer channels than the images, these fall into groups.
/// [Keras](https://keras.io/api/ops/nn/#conv-function).
///
/// ```
/// # use keras_ops::{self as ops, DType, Padding};
/// let images = ops::input([8, 28, 28, 3], DType::Float32);
/// let kernel = ops::input([3, 3, 3, 16], DType::Float32);
/// let y = ops::conv(&images, &kernel).strides(2).padding(Padding::Same);
/// assert_eq!(**y.shape(), [8, 14, 14, 16]);
/// ```
#[track_caller]
pub fn conv(inputs: impl Operand, kernel: impl Operand) -> Built<ConvCall> {
    Built::<ConvCall>::call(Kind::Conv, vec![inputs.symbolic(), kernel.symbolic()])
}

/// A convolution of each channel on its own: `inputs (batch, ..., channels)` and `kernel (..., channels, multiplier)` give
/// `(batch, ..., channels * multiplier)`. [Keras](https://keras.io/api/ops/nn/#depthwiseconv-function).
#[track_caller]
pub fn depthwise_conv(inputs: impl Operand, kernel: impl Operand) -> Built<ConvCall> {
    Built::<ConvCall>::call(Kind::Depthwise, vec![inputs.symbolic(), kernel.symbolic()])
}

/// A convolution of each channel, then one of all channels at each place: `depthwise_kernel (..., channels, multiplier)`
/// and `pointwise_kernel (1..., channels * multiplier, filters)` give `(batch, ..., filters)`.
/// [Keras](https://keras.io/api/ops/nn/#separableconv-function).
#[track_caller]
pub fn separable_conv(
    inputs: impl Operand,
    depthwise_kernel: impl Operand,
    pointwise_kernel: impl Operand,
) -> Built<ConvCall> {
    let operands = vec![inputs.symbolic(), depthwise_kernel.symbolic(), pointwise_kernel.symbolic()];
    Built::<ConvCall>::call(Kind::Separable, operands)
}
