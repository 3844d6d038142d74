//! `fit` before `compile`: what a model that is not compiled answers.

use core::marker::PhantomData;

use crate::{Error, Result};

/// What a model is trained with.
#[derive(Debug)]
pub struct TrainingRun;

/// A model of type `M` has a loss and an optimiser. The model is a parameter because the compiler would show where its
/// type is defined.
#[diagnostic::on_unimplemented(
    message = "`{M}` is not compiled: it has no loss and no optimiser yet",
    note = "compile first: `let mut model = model.compile(\"adam\", MeanSquaredError::new(), ());`"
)]
pub trait IsCompiled<M> {}

/// What `fit` and `evaluate` give of a model that is not compiled; the compiler has said so where they were called, and
/// says nothing more of what follows.
#[doc(hidden)]
#[derive(Debug)]
pub struct NotCompiled<R>(PhantomData<R>);

pub(super) fn not_compiled<R>() -> NotCompiled<R> {
    NotCompiled(PhantomData)
}

macro_rules! settings {
    ($($name:ident)*) => {
        impl<R> NotCompiled<R> {
            $(
                /// Nothing.
                pub fn $name<T>(self, _: T) -> Self {
                    self
                }
            )*

            /// Nothing.
            pub fn validation_data<X, Y>(self, _: X, _: Y) -> Self {
                self
            }

            /// Never reached.
            ///
            /// # Errors
            /// Always.
            pub fn run(self) -> Result<R> {
                Err(Error::Argument("the model is not compiled".into()))
            }
        }
    };
}
settings! {
    batch_size epochs initial_epoch shuffle validation_split validation_sample_weight validation_freq
    validation_batch_size validation_batches validation_steps class_weight sample_weight callback steps_per_epoch steps
    verbose
}
