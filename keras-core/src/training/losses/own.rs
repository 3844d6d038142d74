//! Losses of people's own: functions of targets and outputs in operations.

use core::any::type_name;
use core::marker::PhantomData;

use keras_ops::{Built, Symbolic};

use super::{Loss, Target};
use crate::training::target::{ClassIndices, SameAsOutput, TargetKind};
use crate::{Error, Result};

/// What a function in operations may give: a symbolic tensor, an operation with optional arguments, or a `Result` of
/// either.
pub trait Traceable {
    /// The tensor.
    ///
    /// # Errors
    /// What the function found wrong.
    fn traced(self) -> Result<Symbolic>;
}

impl Traceable for Symbolic {
    fn traced(self) -> Result<Symbolic> {
        Ok(self)
    }
}

impl<O> Traceable for Built<O> {
    fn traced(self) -> Result<Symbolic> {
        Ok(self.build())
    }
}

impl<T: Traceable, E: Into<Error>> Traceable for Result<T, E> {
    fn traced(self) -> Result<Symbolic> {
        self.map_err(Into::into)?.traced()
    }
}

/// The name of a function: the last part of its path; a closure has none.
pub(crate) fn name_of<F>(otherwise: &'static str) -> &'static str {
    let path = type_name::<F>();
    match path.rsplit("::").next() {
        Some(name) if name.chars().all(|c| c.is_alphanumeric() || c == '_') => name,
        _ => otherwise,
    }
}

#[diagnostic::do_not_recommend]
impl<F, R> Loss for F
where
    F: Fn(Symbolic, Symbolic) -> R + Clone + Send + Sync + 'static,
    R: Traceable,
{
    const TARGET: Target = Target::SameAsOutput;
    type Targets = SameAsOutput;

    fn name(&self) -> &'static str {
        name_of::<F>("loss")
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        self(y_true.clone(), y_pred.clone()).traced()
    }
}

/// A function of targets and outputs as a loss: the types of the arguments of a closure need not be written.
///
/// ```
/// use keras_core::prelude::*;
/// use keras_core::training::losses::LossFn;
///
/// let loss = LossFn::new(|y_true, y_pred| ops::mean(ops::square(y_true - y_pred), -1));
/// let model = model!(Input(4) => Dense(1)).compile("adam", loss, ());
///
/// // Class numbers as targets, as `SparseCategoricalCrossentropy` has them.
/// let loss = LossFn::of_classes(|y_true, y_pred| ops::sparse_categorical_crossentropy(y_true, y_pred));
/// let model = model!(Input(4) => Dense(3, activation = softmax)).compile("adam", loss.named("crossentropy"), ());
/// # drop(model);
/// ```
pub struct LossFn<F, K = SameAsOutput> {
    function: F,
    name: &'static str,
    targets: PhantomData<fn() -> K>,
}

impl<F: Clone, K> Clone for LossFn<F, K> {
    fn clone(&self) -> Self {
        LossFn { function: self.function.clone(), name: self.name, targets: PhantomData }
    }
}

impl<F, K> core::fmt::Debug for LossFn<F, K> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "LossFn `{}`", self.name)
    }
}

impl<F> LossFn<F> {
    /// A loss whose targets have the shape of the output. The function gives the loss of each sample.
    pub fn new<R: Traceable>(function: F) -> Self
    where
        F: Fn(Symbolic, Symbolic) -> R + Clone + Send + Sync + 'static,
    {
        LossFn { function, name: name_of::<F>("loss"), targets: PhantomData }
    }
}

impl<F> LossFn<F, ClassIndices> {
    /// A loss whose targets are class numbers: of the output's shape without its last axis.
    pub fn of_classes<R: Traceable>(function: F) -> Self
    where
        F: Fn(Symbolic, Symbolic) -> R + Clone + Send + Sync + 'static,
    {
        LossFn { function, name: name_of::<F>("loss"), targets: PhantomData }
    }
}

impl<F, K> LossFn<F, K> {
    /// Another name: that of the function, `loss` of a closure.
    #[must_use]
    pub fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }
}

#[diagnostic::do_not_recommend]
impl<F, R, K> Loss for LossFn<F, K>
where
    F: Fn(Symbolic, Symbolic) -> R + Clone + Send + Sync + 'static,
    R: Traceable,
    K: TargetKind,
{
    const TARGET: Target = K::TARGET;
    type Targets = K;

    fn name(&self) -> &'static str {
        self.name
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        (self.function)(y_true.clone(), y_pred.clone()).traced()
    }
}
