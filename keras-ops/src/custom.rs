//! Operations from outside of this crate: a kernel written by hand, or one that another library has.
//!
//! Such an operation is traced, planned and differentiated like those of this crate. It says which shapes it gives, computes
//! them from slices, and writes its gradient in operations, as [`jax.custom_vjp`] and PyTorch's custom operators do.
//!
//! ```
//! use keras_ops::custom::{CustomOp, View, custom};
//! use keras_ops::graph::TensorSpec;
//! use keras_ops::{self as ops, DType, Plan, Symbolic};
//!
//! /// `x³` of every element.
//! #[derive(Debug)]
//! struct Cube;
//!
//! impl CustomOp for Cube {
//!     fn name(&self) -> &'static str {
//!         "cube"
//!     }
//!
//!     fn infer(&self, inputs: &[&TensorSpec]) -> Result<Vec<TensorSpec>, String> {
//!         Ok(vec![inputs[0].clone()])
//!     }
//!
//!     fn compute(&self, inputs: &[View<'_>], outputs: &mut [&mut [f32]]) -> Result<(), String> {
//!         outputs[0].iter_mut().zip(inputs[0].data).for_each(|(y, x)| *y = x * x * x);
//!         Ok(())
//!     }
//!
//!     fn gradient(&self, x: &[Symbolic], _: &[Symbolic], dy: &[Option<Symbolic>]) -> Vec<Option<Symbolic>> {
//!         vec![dy[0].as_ref().map(|dy| 3.0 * dy * ops::square(&x[0]))]
//!     }
//! }
//!
//! let x = ops::input([2], DType::Float32);
//! let y = custom(Cube, &[&x]).remove(0);
//! let dx = ops::gradients(&y, &[&x]).remove(0);
//! let mut plan = Plan::new(&[&x], &[&y, &dx])?;
//! plan.run(&[&[2.0, -1.0]])?;
//! assert_eq!((plan.output(0), plan.output(1)), (&[8.0, -1.0][..], &[12.0, 3.0][..]));
//! # Ok::<(), ops::OpError>(())
//! ```
//!
//! [`jax.custom_vjp`]: https://docs.jax.dev/en/latest/notebooks/Custom_derivative_rules_for_Python_code.html

use core::any::Any;
use core::fmt::Debug;
use core::hash::{Hash, Hasher};
use core::panic::Location;
use std::sync::Arc;

pub use crate::op::Input as View;

use crate::error::{OpError, Problem};
use crate::graph::{Operation, TensorSpec};
use crate::op::{Applied, Cost, Eval, Op, Outputs};
use crate::symbolic::apply_all;
use crate::{DType, Symbolic};

/// Numbers of 16 bits that an operation rounds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// With 10 bits behind the point, of IEEE 754.
    Float16,
    /// The upper half of a number of 32 bits.
    Bfloat16,
}

/// An operation from outside of this crate.
///
/// Elements of every type lie in numbers of 32 bits, as a [`Plan`](crate::Plan) takes them: truth values as 1 and 0, integers
/// by their bits ([`View::integers`] reads them).
pub trait CustomOp: Any + Debug + Send + Sync {
    /// Its name, in messages.
    fn name(&self) -> &'static str;

    /// Shapes and types of the outputs, at least one.
    ///
    /// # Errors
    /// What is wrong with the inputs, in words.
    fn infer(&self, inputs: &[&TensorSpec]) -> Result<Vec<TensorSpec>, String>;

    /// Computes the outputs, which hold left-over numbers before and have as many as their shapes say.
    ///
    /// # Errors
    /// Why that cannot be done, in words: what runs the operation gives it as its error.
    fn compute(&self, inputs: &[View<'_>], outputs: &mut [&mut [f32]]) -> Result<(), String>;

    /// The gradient for each input from those of the outputs, of which those are missing that nothing depends on: none for
    /// an input on which nothing depends smoothly. An operation that does not say otherwise has none.
    fn gradient(
        &self,
        inputs: &[Symbolic],
        outputs: &[Symbolic],
        gradients: &[Option<Symbolic>],
    ) -> Vec<Option<Symbolic>> {
        let _ = (outputs, gradients);
        vec![None; inputs.len()]
    }

    /// Whether equal inputs always give equal outputs. If not, it runs anew in each run of a plan.
    fn repeats(&self) -> bool {
        true
    }

    /// The numbers of 16 bits to the nearest of which it rounds every element, if that is all it does: what a file can say
    /// without the code.
    fn rounds_to(&self) -> Option<Rounding> {
        None
    }

    /// What it costs, for reports: a multiply-add for each element of the outputs unless said otherwise.
    fn cost(&self, inputs: &[&TensorSpec], outputs: &[TensorSpec]) -> Cost {
        let numbers = |size: usize| size as u64;
        let own: usize = outputs.iter().map(|y| y.shape.size()).sum();
        let read: usize = inputs.iter().map(|x| x.shape.size()).sum();
        Cost { multiply_adds: numbers(own), bytes: 4 * numbers(own + read) }
    }
}

/// Equal to itself alone.
#[derive(Clone, Debug)]
struct Custom(Arc<dyn CustomOp>);

impl PartialEq for Custom {
    fn eq(&self, other: &Custom) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Custom {}

impl Hash for Custom {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

fn error(op: &'static str, text: String) -> OpError {
    OpError { op, problem: Box::new(Problem::Argument(text)), location: Location::caller() }
}

impl Op for Custom {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn describe(&self, _: &[&TensorSpec]) -> Option<Operation> {
        Some(Operation::Custom(self.0.clone()))
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<Outputs, Problem> {
        let outputs = self.0.infer(inputs).map_err(Problem::Argument)?;
        if outputs.is_empty() {
            return Err(Problem::Argument("an operation must have an output".to_string()));
        }
        Ok(outputs.into())
    }

    fn eval(&self, io: Eval<'_, '_>) {
        if let Err(text) = self.0.compute(io.inputs, io.outputs) {
            *io.failed = Some(error(self.0.name(), text));
        }
    }

    fn repeats(&self) -> bool {
        self.0.repeats()
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let mut found = self.0.gradient(at.inputs, at.outputs, at.gradients);
        found.resize(at.inputs.len(), None);
        let fits = |x: &Symbolic, dx: &Symbolic| dx.shape() == x.shape() && dx.dtype() == DType::Float32;
        for (i, (x, dx)) in at.inputs.iter().zip(&mut found).enumerate() {
            *dx = dx.take().filter(|_| x.dtype().is_float()).map(|dx| {
                if dx.is_mistake() || fits(x, &dx) {
                    return dx;
                }
                let (found, expected) = (dx.shape(), x.shape());
                let text =
                    format!("the gradient of input {i} has the shape {found}, and must be floats {expected}");
                Symbolic::of_mistake(error(self.0.name(), text))
            });
        }
        found
    }

    fn cost(&self, inputs: &[&TensorSpec], outputs: &[TensorSpec]) -> Cost {
        self.0.cost(inputs, outputs)
    }
}

/// Applies an operation from outside of this crate: its outputs, or one tensor that stands for what is wrong.
#[track_caller]
pub fn custom(op: impl CustomOp, inputs: &[&Symbolic]) -> Vec<Symbolic> {
    let inputs: Vec<Symbolic> = inputs.iter().map(|x| (*x).clone()).collect();
    apply_all(Custom(Arc::new(op)), &inputs)
}
