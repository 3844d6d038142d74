//! Crossentropies.

use super::softmax::log_softmax;
use crate::create::array;
use crate::elementwise::{cast_to, clip, equal, log, log_sigmoid};
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::reduce::sum;
use crate::shape::axis_of;
use crate::shapes::shaped;
use crate::symbolic::{mistaken, settled};
use crate::{DType, Shape, Symbolic};

/// Keras's `epsilon()`: how far probabilities are kept from 0 and 1.
const EPSILON: f32 = 1e-7;

/// Which crossentropy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Binary,
    Categorical,
    Sparse,
}

/// A crossentropy before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct CrossentropyCall<const AXIS: bool> {
    kind: Kind,
    target: Symbolic,
    output: Symbolic,
    from_logits: bool,
    axis: isize,
}

impl<const AXIS: bool> CrossentropyCall<AXIS> {
    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Binary => "binary_crossentropy",
            Kind::Categorical => "categorical_crossentropy",
            Kind::Sparse => "sparse_categorical_crossentropy",
        }
    }

    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let output = cast_to(&self.output, DType::Float32);
        if self.kind != Kind::Sparse && self.target.shape() != output.shape() {
            let (target, shape) = (self.target.shape(), output.shape());
            return Err(Problem::Argument(format!(
                "target {target} and output {shape} must be of one shape"
            )));
        }
        if self.kind == Kind::Binary {
            return Ok(self.binary(&cast_to(&self.target, DType::Float32), &output));
        }
        if output.ndim() == 0 {
            let (shape, expected) = (Shape::EMPTY, "at least 1 axis: that of the classes");
            return Err(Problem::Rank { of: "output", shape, expected });
        }
        let axis = axis_of(self.axis, output.ndim())?;
        let target = match self.kind {
            Kind::Sparse => self.classes(&output, axis)?,
            _ => cast_to(&self.target, DType::Float32),
        };
        let logarithms = if self.from_logits {
            log_softmax(&output, axis as isize)
        } else {
            let shares = &output / sum(&output, axis as isize).keepdims(true);
            log(clip(shares, EPSILON, 1.0 - EPSILON))
        };
        Ok(-sum(target * logarithms, axis as isize))
    }

    #[track_caller]
    fn binary(&self, target: &Symbolic, output: &Symbolic) -> Symbolic {
        if self.from_logits {
            return -target * log_sigmoid(output) - (1.0 - target) * log_sigmoid(-output);
        }
        let output = clip(output, EPSILON, 1.0 - EPSILON);
        -(target * log(&output) + (1.0 - target) * log(1.0 - &output))
    }

    /// Classes by number as 1 where each is along the axis; a number that is no class is nowhere.
    #[track_caller]
    fn classes(&self, output: &Symbolic, axis: usize) -> Result<Symbolic, Problem> {
        let target = cast_to(&self.target, DType::Int32);
        let without: Shape = (0..output.ndim()).filter(|k| *k != axis).map(|k| output.shape()[k]).collect();
        let own: &[usize] = match target.shape().split_last() {
            Some((1, rest)) if target.ndim() == output.ndim() => rest,
            _ => target.shape(),
        };
        if own != &without[..] {
            let (own, shape) = (target.shape(), output.shape());
            let text = format!(
                "target {own} must be {without}: a class for each row of output {shape} along axis {axis}"
            );
            return Err(Problem::Argument(text));
        }
        let n = output.shape()[axis];
        let lie = |axis: usize, length| output.shape().clone().with(axis, length);
        let numbers: Vec<i32> = (0..n as i32).collect();
        let along: Shape = (0..output.ndim()).map(|k| if k == axis { n } else { 1 }).collect();
        let hit = equal(shaped(&target, lie(axis, 1), "expand_dims"), array(&numbers, along));
        Ok(cast_to(&hit, DType::Float32))
    }
}

impl<const AXIS: bool> Built<CrossentropyCall<AXIS>> {
    #[track_caller]
    fn call(kind: Kind, target: Symbolic, output: Symbolic) -> Self {
        let call = CrossentropyCall { kind, target, output, from_logits: false, axis: -1 };
        Built::new(call.output.clone(), call).from_logits(false)
    }

    #[track_caller]
    fn again(self) -> Self {
        let call = &self.call;
        let value = match mistaken(&[&call.target, &call.output]) {
            Some(mistake) => mistake,
            None => settled(call.name(), call.value()),
        };
        Built::new(value, self.call)
    }

    /// Whether `output` is what a sigmoid or softmax is still to be taken of. It is probabilities unless set.
    #[must_use]
    #[track_caller]
    pub fn from_logits(mut self, from_logits: bool) -> Self {
        self.call.from_logits = from_logits;
        self.again()
    }
}

impl Built<CrossentropyCall<true>> {
    /// The axis of the classes. The last unless set.
    #[must_use]
    #[track_caller]
    pub fn axis(mut self, axis: isize) -> Self {
        self.call.axis = axis;
        self.again()
    }
}

/// The crossentropy of each element of `output`, a probability, with that of `target`, 0 or 1 or between. Both have one
/// shape, which stays. [Keras](https://keras.io/api/ops/nn/#binarycrossentropy-function).
#[track_caller]
pub fn binary_crossentropy(target: impl Operand, output: impl Operand) -> Built<CrossentropyCall<false>> {
    Built::<CrossentropyCall<false>>::call(Kind::Binary, target.symbolic(), output.symbolic())
}

/// The crossentropy of the probabilities of classes in `output` with those in `target`: two of shape `(..., classes)` give
/// `(...)`. Probabilities are divided by their sum first.
/// [Keras](https://keras.io/api/ops/nn/#categoricalcrossentropy-function).
#[track_caller]
pub fn categorical_crossentropy(target: impl Operand, output: impl Operand) -> Built<CrossentropyCall<true>> {
    Built::<CrossentropyCall<true>>::call(Kind::Categorical, target.symbolic(), output.symbolic())
}

/// [`categorical_crossentropy`] with the class of each row by its number: `target (...)` or `(..., 1)` and
/// `output (..., classes)` give `(...)`. [Keras](https://keras.io/api/ops/nn/#sparsecategoricalcrossentropy-function).
#[track_caller]
pub fn sparse_categorical_crossentropy(
    target: impl Operand,
    output: impl Operand,
) -> Built<CrossentropyCall<true>> {
    Built::<CrossentropyCall<true>>::call(Kind::Sparse, target.symbolic(), output.symbolic())
}
