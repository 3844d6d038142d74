//! What layers of images with 1 to 3 axes share, in operations.

use keras_ops::{self as ops, Built, ConvCall, DataFormat as Format, Padding as Border, Symbolic};
use keras_shape::{Activation, DataFormat, Ints, Padding};

use super::activate::activate;
use crate::model::Trace;

/// Where the channels are.
pub(super) fn format(format: Option<DataFormat>) -> Format {
    if DataFormat::is_first(format) { Format::ChannelsFirst } else { Format::ChannelsLast }
}

/// What happens at the border; the rules have let no other through.
pub(super) fn border(padding: Padding) -> Border {
    if matches!(padding, Padding::Same) { Border::Same } else { Border::Valid }
}

/// Numbers for each axis.
pub(super) fn numbers<const N: usize>(ints: Ints<N>) -> [usize; N] {
    ints.0.map(|size| size.or(1))
}

/// The first of the axes of an image.
pub(super) fn first_axis(format: Option<DataFormat>) -> usize {
    if DataFormat::is_first(format) { 2 } else { 1 }
}

/// The axes of an image with `n` of them.
pub(super) fn axes(n: usize, format: Option<DataFormat>) -> Vec<isize> {
    (first_axis(format)..first_axis(format) + n).map(|axis| axis as isize).collect()
}

/// The arguments of a convolution.
pub(super) fn convolution<const N: usize>(
    call: Built<ConvCall>,
    strides: Ints<N>,
    padding: Padding,
    data_format: Option<DataFormat>,
    dilation_rate: Ints<N>,
) -> Symbolic {
    let call = call.strides(numbers(strides)).padding(border(padding)).data_format(format(data_format));
    call.dilation_rate(numbers(dilation_rate)).build()
}

/// Bias, if there is one, and activation.
pub(super) fn finished(
    y: Symbolic,
    use_bias: bool,
    data_format: Option<DataFormat>,
    activation: Activation,
    cx: &mut Trace<'_>,
) -> Symbolic {
    if !use_bias {
        return activate(activation, y);
    }
    let mut bias = cx.weight("bias");
    if DataFormat::is_first(data_format) {
        let mut shape = vec![1; y.ndim()];
        shape[1] = -1;
        bias = ops::reshape(bias, shape);
    }
    activate(activation, y + bias)
}

/// Numbers before and after each axis of a tensor, of which those of the image are given.
pub(super) fn sides<const N: usize>(
    rank: usize,
    sides: [Ints<2>; N],
    format: Option<DataFormat>,
) -> Vec<(usize, usize)> {
    let mut all = vec![(0, 0); rank];
    for (axis, Ints([before, after])) in all.iter_mut().skip(first_axis(format)).zip(sides) {
        *axis = (before.or(0), after.or(0));
    }
    all
}

/// A tensor without what is on its sides.
pub(super) fn cropped(x: &Symbolic, sides: &[(usize, usize)]) -> Symbolic {
    let starts: Vec<isize> = sides.iter().map(|(before, _)| *before as isize).collect();
    let left = |(n, (before, after)): (&usize, &(usize, usize))| n.saturating_sub(before + after);
    let shape: Vec<usize> = x.shape().iter().zip(sides).map(left).collect();
    ops::slice(x, starts, shape)
}

/// A convolution by an operation that takes one kernel, which `$of` makes.
macro_rules! convolved {
    ($class:ident by $op:ident of $of:expr $(, run by $kernel:expr $(, linked by $link:expr)?)?) => {
        crate::layers::one_output!($class, |layer, inputs, cx| {
            use crate::layers::images::{convolution, finished};
            let of: fn(&Self, &mut $crate::model::Trace<'_>) -> keras_ops::Symbolic = $of;
            let call = keras_ops::$op(&inputs[0], of(layer, cx));
            let y = convolution(call, layer.strides, layer.padding, layer.data_format, layer.dilation_rate);
            finished(y, layer.use_bias, layer.data_format, layer.activation, cx)
        } $(, $kernel $(, $link)?)?);
    };
}
pub(crate) use convolved;

/// A convolution of each channel, then of all of them.
macro_rules! separated {
    ($class:ident) => {
        crate::layers::one_output!(
            $class,
            |layer, inputs, cx| {
                use crate::layers::images::{convolution, finished};
                let kernels = [cx.weight("depthwise_kernel"), cx.weight("pointwise_kernel")];
                let call = keras_ops::separable_conv(&inputs[0], &kernels[0], &kernels[1]);
                let y =
                    convolution(call, layer.strides, layer.padding, layer.data_format, layer.dilation_rate);
                finished(y, layer.use_bias, layer.data_format, layer.activation, cx)
            },
            |layer, site| {
                use crate::engine::kernels::{conv::Arguments, separable};
                let arguments = Arguments {
                    kernel: layer.kernel_size,
                    strides: layer.strides,
                    dilation: layer.dilation_rate,
                    padding: layer.padding,
                    format: layer.data_format,
                    groups: keras_shape::Size::Known(1),
                    activation: layer.activation,
                };
                separable::choose(&arguments, layer.depth_multiplier, site)
            }
        );
    };
}
pub(crate) use separated;

/// A transposed convolution.
macro_rules! transposed {
    ($class:ident $(, run by $kernel:expr)?) => {
        crate::layers::one_output!($class, |layer, inputs, cx| {
            use crate::layers::images::{border, finished, format, numbers};
            let call = keras_ops::conv_transpose(&inputs[0], cx.weight("kernel"))
                .strides(numbers(layer.strides))
                .padding(border(layer.padding))
                .data_format(format(layer.data_format))
                .dilation_rate(numbers(layer.dilation_rate));
            let y = match layer.output_padding {
                Some(more) => call.output_padding(more.0.map(|size| size.or(0))).build(),
                None => call.build(),
            };
            finished(y, layer.use_bias, layer.data_format, layer.activation, cx)
        } $(, $kernel)?);
    };
}
pub(crate) use transposed;

/// Pooling to a given size.
macro_rules! adapted {
    ($class:ident by $op:ident) => {
        crate::layers::one_output!($class, |layer, inputs, _| {
            use crate::layers::images::{format, numbers};
            let call = keras_ops::$op(&inputs[0], numbers(layer.output_size));
            call.data_format(format(layer.data_format)).build()
        });
    };
}
pub(crate) use adapted;

/// Pooling by windows.
macro_rules! pooled {
    ($class:ident by $op:ident $(, run by $kernel:expr $(, linked by $link:expr)?)?) => {
        crate::layers::one_output!($class, |layer, inputs, _| {
            use crate::layers::images::{border, format, numbers};
            let call = keras_ops::$op(&inputs[0], numbers(layer.pool_size)).strides(numbers(layer.steps()));
            call.padding(border(layer.padding)).data_format(format(layer.data_format)).build()
        } $(, $kernel $(, $link)?)?);
    };
}
pub(crate) use pooled;

/// Pooling of all axes of an image, of which there are that many.
macro_rules! pooled_whole {
    ($class:ident over $n:literal by $op:ident $(, run by $kernel:expr $(, linked by $link:expr)?)?) => {
        crate::layers::one_output!($class, |layer, inputs, _| {
            let axes = crate::layers::images::axes($n, layer.data_format);
            keras_ops::$op(&inputs[0], axes).keepdims(layer.keepdims).build()
        } $(, $kernel $(, $link)?)?);
    };
}
pub(crate) use pooled_whole;
