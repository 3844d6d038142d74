//! Normalisations.

use super::layer_norm::layer_norm;
use crate::elementwise::{cast_to, log10, maximum, minimum, rsqrt, square, squared_difference};
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::reduce::{kept, mean, sum};
use crate::shape::axis_of;
use crate::shapes::{expand_dims, shaped};
use crate::symbolic::{mistaken, settled};
use crate::{Axes, DType, Order, Shape, Symbolic, moments, norm};

/// Keras's `epsilon()`.
const EPSILON: f32 = 1e-7;

#[track_caller]
fn float(x: impl Operand) -> Symbolic {
    cast_to(&x.symbolic(), DType::Float32)
}

/// A factor or summand in the shape in which it fits `x`: with as many axes it is as it is, else it has the elements of
/// the axes in order.
#[track_caller]
fn spread(of: &'static str, v: &Symbolic, x: &Symbolic, axes: &[usize]) -> Result<Symbolic, Problem> {
    let to: Shape =
        (0..x.ndim()).map(|axis| if axes.contains(&axis) { x.shape()[axis] } else { 1 }).collect();
    if v.ndim() == x.ndim() || to.size() != v.shape().size() {
        return match v.shape().broadcast(x.shape()) {
            Some(shape) if &shape == x.shape() => Ok(v.clone()),
            _ => {
                let (own, shape) = (v.shape(), x.shape());
                Err(Problem::Argument(format!(
                    "{of} {own} does not fit x {shape}: it has a number for each of {to}"
                )))
            }
        };
    }
    Ok(shaped(v, to, "reshape"))
}

/// Which normalisation over axes it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Layer,
    RootMeanSquare,
}

/// A normalisation over axes before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct NormalizationCall<const LAYER: bool> {
    x: Symbolic,
    scale: Option<Symbolic>,
    offset: Option<Symbolic>,
    axis: Axes,
    epsilon: f32,
}

impl<const LAYER: bool> NormalizationCall<LAYER> {
    const KIND: Kind = if LAYER { Kind::Layer } else { Kind::RootMeanSquare };

    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let x = float(&self.x);
        // Keras has an axis for a single number here.
        let x = if x.ndim() == 0 && !LAYER { expand_dims(&x, 0) } else { x };
        let axes = self.axis.of(x.ndim())?;
        let [gamma, beta] = if LAYER { ["gamma", "beta"] } else { ["scale", "offset"] };
        let fit = |of, v: &Option<Symbolic>| v.as_ref().map(|v| spread(of, &float(v), &x, &axes)).transpose();
        let (scale, offset) = (fit(gamma, &self.scale)?, fit(beta, &self.offset)?);
        if Self::KIND == Kind::Layer {
            return Ok(match layer_norm(&x, scale.as_ref(), offset.as_ref(), &axes, self.epsilon) {
                Some(y) => y,
                None => layer_norm_of(&x, scale.as_ref(), offset.as_ref(), &axes, self.epsilon),
            });
        }
        let y = &x * rsqrt(mean(square(&x), axes).keepdims(true) + self.epsilon);
        Ok(scale.map_or(y.clone(), |scale| y * scale))
    }
}

/// Layer normalisation in operations: what the fused one stands for.
#[track_caller]
pub(super) fn layer_norm_of(
    x: &Symbolic,
    gamma: Option<&Symbolic>,
    beta: Option<&Symbolic>,
    axes: &[usize],
    epsilon: f32,
) -> Symbolic {
    let (mean, variance) = moments(x, axes.to_vec(), true);
    let y = (x - mean) * rsqrt(variance + epsilon);
    let y = gamma.map_or(y.clone(), |gamma| y * gamma);
    beta.map_or(y.clone(), |beta| y + beta)
}

impl<const LAYER: bool> Built<NormalizationCall<LAYER>> {
    #[track_caller]
    fn call(x: Symbolic) -> Self {
        let call = NormalizationCall { x, scale: None, offset: None, axis: (-1).into(), epsilon: EPSILON };
        Built::new(call.x.clone(), call).with(|_| {})
    }

    #[track_caller]
    fn with(mut self, change: impl FnOnce(&mut NormalizationCall<LAYER>)) -> Self {
        change(&mut self.call);
        let call = &self.call;
        let operands: Vec<&Symbolic> =
            [Some(&call.x), call.scale.as_ref(), call.offset.as_ref()].into_iter().flatten().collect();
        let name = if LAYER { "layer_normalization" } else { "rms_normalization" };
        let value = match mistaken(&operands) {
            Some(mistake) => mistake,
            None => settled(name, call.value()),
        };
        Built::new(value, self.call)
    }

    /// The axes over which is normalised. The last unless set.
    #[must_use]
    #[track_caller]
    pub fn axis(self, axis: impl Into<Axes>) -> Self {
        self.with(|own| own.axis = axis.into())
    }

    /// What is added to a mean of squares before the root is taken. 1e-7 unless set.
    #[must_use]
    #[track_caller]
    pub fn epsilon(self, epsilon: f32) -> Self {
        self.with(|own| own.epsilon = epsilon)
    }
}

impl Built<NormalizationCall<true>> {
    /// What the result is multiplied with: a number for each element of the axes.
    #[must_use]
    #[track_caller]
    pub fn gamma(self, gamma: impl Operand) -> Self {
        self.with(|own| own.scale = Some(gamma.symbolic()))
    }

    /// What is added to the result: a number for each element of the axes.
    #[must_use]
    #[track_caller]
    pub fn beta(self, beta: impl Operand) -> Self {
        self.with(|own| own.offset = Some(beta.symbolic()))
    }
}

impl Built<NormalizationCall<false>> {
    /// What the result is multiplied with: a number for each element of the axes.
    #[must_use]
    #[track_caller]
    pub fn scale(self, scale: impl Operand) -> Self {
        self.with(|own| own.scale = Some(scale.symbolic()))
    }
}

/// `x` less its mean over the axes, divided by its standard deviation over them. The shape stays.
/// [Keras](https://keras.io/api/ops/nn/#layernormalization-function).
#[track_caller]
pub fn layer_normalization(x: impl Operand) -> Built<NormalizationCall<true>> {
    Built::<NormalizationCall<true>>::call(x.symbolic())
}

/// `x` divided by the root of the mean of its squares over the axes. The shape stays.
/// [Keras](https://keras.io/api/ops/nn/#rmsnormalization-function).
#[track_caller]
pub fn rms_normalization(x: impl Operand) -> Built<NormalizationCall<false>> {
    Built::<NormalizationCall<false>>::call(x.symbolic())
}

/// A [`batch_normalization`] before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct BatchNormalizationCall {
    x: Symbolic,
    mean: Symbolic,
    variance: Symbolic,
    axis: isize,
    offset: Option<Symbolic>,
    scale: Option<Symbolic>,
    epsilon: f32,
}

impl BatchNormalizationCall {
    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let x = float(&self.x);
        let axis = axis_of(self.axis, x.ndim())?;
        let others: Vec<usize> = (0..x.ndim()).filter(|k| *k != axis).collect();
        let to = kept(x.shape(), &others);
        let fit = |of: &'static str, v: &Symbolic| {
            let v = float(v);
            if v.ndim() == 1 && v.shape()[0] == x.shape()[axis] {
                return Ok(shaped(&v, to.clone(), "reshape"));
            }
            let (own, shape, n) = (v.shape(), x.shape(), x.shape()[axis]);
            Err(Problem::Argument(format!(
                "{of} {own} must be ({n},): a number for each of axis {axis} of x {shape}"
            )))
        };
        let (mean, variance) = (fit("mean", &self.mean)?, fit("variance", &self.variance)?);
        let y = (x.clone() - mean) * rsqrt(variance + self.epsilon);
        let y = match &self.scale {
            Some(scale) => y * fit("scale", scale)?,
            None => y,
        };
        Ok(match &self.offset {
            Some(offset) => y + fit("offset", offset)?,
            None => y,
        })
    }
}

impl Built<BatchNormalizationCall> {
    #[track_caller]
    fn with(mut self, change: impl FnOnce(&mut BatchNormalizationCall)) -> Self {
        change(&mut self.call);
        let call = &self.call;
        let optional = [call.offset.as_ref(), call.scale.as_ref()];
        let operands: Vec<&Symbolic> =
            [&call.x, &call.mean, &call.variance].into_iter().chain(optional.into_iter().flatten()).collect();
        let value = match mistaken(&operands) {
            Some(mistake) => mistake,
            None => settled("batch_normalization", call.value()),
        };
        Built::new(value, self.call)
    }

    /// What is added to the result: a number for each of the axis.
    #[must_use]
    #[track_caller]
    pub fn offset(self, offset: impl Operand) -> Self {
        self.with(|own| own.offset = Some(offset.symbolic()))
    }

    /// What the result is multiplied with: a number for each of the axis.
    #[must_use]
    #[track_caller]
    pub fn scale(self, scale: impl Operand) -> Self {
        self.with(|own| own.scale = Some(scale.symbolic()))
    }

    /// What is added to the variance before the root is taken. 1e-3 unless set.
    #[must_use]
    #[track_caller]
    pub fn epsilon(self, epsilon: f32) -> Self {
        self.with(|own| own.epsilon = epsilon)
    }
}

/// `(x - mean) / sqrt(variance + epsilon)`, with a mean and a variance for each of `axis`: `x (..., n, ...)` and two of
/// shape `(n,)`. The shape stays. [Keras](https://keras.io/api/ops/nn/#batchnormalization-function).
#[track_caller]
pub fn batch_normalization(
    x: impl Operand,
    mean: impl Operand,
    variance: impl Operand,
    axis: isize,
) -> Built<BatchNormalizationCall> {
    let (x, mean, variance) = (x.symbolic(), mean.symbolic(), variance.symbolic());
    let call = BatchNormalizationCall { x, mean, variance, axis, offset: None, scale: None, epsilon: 1e-3 };
    Built::new(call.x.clone(), call).with(|_| {})
}

/// A [`normalize`] before its optional argument is set.
#[derive(Clone, Debug)]
pub struct NormalizeCall {
    x: Symbolic,
    axes: Axes,
    order: u32,
}

impl Built<NormalizeCall> {
    /// What a norm counts as at least. 1e-7 unless set.
    #[must_use]
    #[track_caller]
    pub fn epsilon(self, epsilon: f32) -> Self {
        let (x, axes) = (&self.call.x, self.call.axes.clone());
        let x = if x.ndim() == 0 && !x.is_mistake() { &expand_dims(x, 0) } else { x };
        let value = match self.call.order {
            _ if x.is_mistake() => x.clone(),
            0 => {
                let problem = Problem::Argument("order is 0, and must be at least 1".to_string());
                Symbolic::mistake("normalize", problem)
            }
            2 => x * minimum(rsqrt(sum(square(x), axes).keepdims(true)), 1.0 / epsilon),
            order => x / maximum(norm(x, Order::Number(order as f32), axes).keepdims(true), epsilon),
        };
        Built::new(value, self.call)
    }
}

/// `x` divided by its norm of a whole `order` over `axis`, which counts as at least [`epsilon`](Built::epsilon). Keras's defaults
/// are an axis of -1 and an order of 2. [Keras](https://keras.io/api/ops/nn/#normalize-function).
#[track_caller]
pub fn normalize(x: impl Operand, axis: impl Into<Axes>, order: u32) -> Built<NormalizeCall> {
    let call = NormalizeCall { x: float(x), axes: axis.into(), order };
    Built::new(call.x.clone(), call).epsilon(EPSILON)
}

/// The peak signal-to-noise ratio of two tensors of one shape in decibels, where `max_val` is the largest number there can
/// be: one number. [Keras](https://keras.io/api/ops/nn/#psnr-function).
#[track_caller]
pub fn psnr(x1: impl Operand, x2: impl Operand, max_val: f32) -> Symbolic {
    let (a, b) = (float(x1), float(x2));
    if let Some(mistake) = mistaken(&[&a, &b]) {
        return mistake;
    }
    if a.shape() != b.shape() {
        let text = format!("x1 {} and x2 {} must be of one shape", a.shape(), b.shape());
        return Symbolic::mistake("psnr", Problem::Argument(text));
    }
    let error = mean(squared_difference(a, b), None);
    20.0 * max_val.log10() - 10.0 * log10(error)
}
