//! What may stand where an optimiser is expected.

use keras_shape::closest;

use super::{
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, Lion, Muon, Nadam, Optimizer, RMSprop,
    SGD, ScheduleFreeAdamW,
};
use crate::{Error, Result};

/// An optimiser for `compile`: `Adam::new(1e-3)`, or one with Keras's defaults by its name, `"adam"`, in small or
/// capital letters.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an optimiser",
    note = "an optimiser is \"adam\", with Keras's defaults, or `Adam::new(1e-3)`; then come the loss and the metrics"
)]
pub trait IntoOptimizer {
    /// The optimiser.
    ///
    /// # Errors
    /// There is none of this name.
    fn into_optimizer(self) -> Result<Box<dyn Optimizer>>;
}

#[diagnostic::do_not_recommend]
impl<O: Optimizer + 'static> IntoOptimizer for O {
    fn into_optimizer(self) -> Result<Box<dyn Optimizer>> {
        Ok(Box::new(self))
    }
}

#[diagnostic::do_not_recommend]
impl IntoOptimizer for Box<dyn Optimizer> {
    fn into_optimizer(self) -> Result<Box<dyn Optimizer>> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoOptimizer for &str {
    fn into_optimizer(self) -> Result<Box<dyn Optimizer>> {
        by_name(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoOptimizer for String {
    fn into_optimizer(self) -> Result<Box<dyn Optimizer>> {
        by_name(&self)
    }
}

macro_rules! names {
    ($($name:literal $type:ident),*) => {
        const NAMES: &[&str] = &[$($name),*];

        fn by_name(name: &str) -> Result<Box<dyn Optimizer>> {
            match name.to_lowercase().as_str() {
                $($name => Ok(Box::new($type::default())),)*
                _ => Err(unknown(name)),
            }
        }
    };
}
names! {
    "adadelta" Adadelta, "adafactor" Adafactor, "adagrad" Adagrad, "adam" Adam, "adamax" Adamax, "adamw" AdamW,
    "ftrl" Ftrl, "lamb" Lamb, "lion" Lion, "muon" Muon, "nadam" Nadam, "rmsprop" RMSprop,
    "schedulefreeadamw" ScheduleFreeAdamW, "sgd" SGD
}

fn unknown(name: &str) -> Error {
    let near = closest(name, NAMES.iter().copied());
    let help = near
        .map_or_else(|| format!("one of {}", NAMES.join(", ")), |near| format!("did you mean \"{near}\"?"));
    Error::Argument(format!("`compile`: there is no optimiser \"{name}\"\nhelp: {help}"))
}
