//! A weight: a named tensor that a layer owns.

use std::sync::atomic::{AtomicU64, Ordering};

use keras_shape::{Constraint, Initializer, Regularizer, WeightSpec};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::device::next_seed;
use crate::initializers::initialize;
use crate::tensor::Raw;
use crate::{Error, Result};
use keras_kernels::room::{elements, has_room};

/// Tells one weight of the program from every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(u64);

impl ParamId {
    /// An id that no other weight has.
    pub fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        ParamId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A weight of a layer.
#[derive(Clone, Debug)]
pub struct Param {
    /// Which weight it is.
    pub id: ParamId,
    /// Its path below the layer: `kernel`, `lstm_cell/bias`.
    pub path: String,
    /// Its numbers.
    pub(crate) value: Raw,
    /// Whether it can be trained at all (moving averages cannot).
    pub trainable: bool,
    /// Whether it is trained where all layers that it stands in are.
    pub(crate) trains: bool,
    /// What it adds to the loss.
    pub regularizer: Regularizer,
    /// What it is held to after each step.
    pub constraint: Constraint,
}

impl Param {
    /// A weight with these numbers, which can be trained, adds nothing to the loss and is held to nothing.
    pub fn new(path: impl Into<String>, value: Raw) -> Self {
        Param {
            id: ParamId::fresh(),
            path: path.into(),
            value,
            trainable: true,
            trains: true,
            regularizer: Regularizer::None,
            constraint: Constraint::None,
        }
    }

    /// Fresh weights, and what is wrong with the first that cannot be.
    pub(crate) fn init_all(specs: &[WeightSpec]) -> (Vec<Self>, Option<String>) {
        let (mut weights, mut missing) = (Vec::new(), None);
        for spec in specs {
            match Param::init(spec) {
                Ok(weight) => weights.push(weight),
                Err(error) => missing = missing.or(Some(error.to_string())),
            }
        }
        (weights, missing)
    }

    /// A fresh weight.
    ///
    /// # Errors
    /// Memory cannot hold it, or its initialiser has an argument that cannot be.
    pub fn init(spec: &WeightSpec) -> Result<Self> {
        let shape: Vec<usize> = spec.shape.dims().iter().map(|dim| dim.fixed().unwrap_or(0)).collect();
        // Keras's weight without axes is one number; tensors here have an axis at least.
        let shape = if shape.is_empty() { vec![1] } else { shape };
        if !elements(shape.iter().copied()).is_some_and(has_room) {
            return Err(Error::Argument(format!(
                "memory cannot hold its weight `{}` of shape {}",
                spec.path.as_str(),
                spec.shape
            )));
        }
        // A constant whose value only the compiler knows: the macro sees to numbers.
        if let Initializer::VarianceScaling { scale, .. } = spec.initializer
            && !(scale > 0.0 && scale.is_finite())
        {
            return Err(Error::Argument(format!(
                "`scale` of the initializer of its weight `{}` must be above 0, found {scale}",
                spec.path.as_str()
            )));
        }
        let mut rng = ChaCha8Rng::seed_from_u64(next_seed());
        let values = initialize(spec, &shape, &mut rng);
        Ok(Param {
            id: ParamId::fresh(),
            path: spec.path.as_str().to_string(),
            value: Raw::from_f32(values, &shape)?,
            trainable: spec.trainable,
            trains: spec.trains,
            regularizer: spec.regularizer,
            constraint: spec.constraint,
        })
    }

    /// Trains it where its layer is trained, as setting `trainable` of a layer does, unless no optimiser ever changes it.
    pub(crate) fn thaw(&mut self) {
        self.trainable = self.trains;
    }

    /// Its numbers.
    pub fn value(&self) -> &Raw {
        &self.value
    }

    /// Puts other numbers in the place of its own.
    ///
    /// # Errors
    /// They have other lengths, or are no floats.
    pub fn set_value(&mut self, value: Raw) -> Result<()> {
        let (own, other) = (self.value.shape(), value.shape());
        if own != other {
            return Err(Error::Argument(format!(
                "the weight `{}` has shape {own:?}, and the new numbers have {other:?}",
                self.path
            )));
        }
        if value.as_f32().is_none() {
            return Err(Error::Argument(format!("the weight `{}` takes floats", self.path)));
        }
        self.value = value;
        Ok(())
    }

    /// Numbers of its shape: a gradient, new values.
    pub(crate) fn tensor(&self, numbers: &[f32]) -> Result<Raw> {
        Raw::copied(numbers, &self.value.shape())
    }
}
