//! What operations take: symbolic tensors, references to them, numbers, and calls with optional arguments.

use core::ops::Deref;

use crate::Symbolic;
use crate::create::{Number, scalar};

/// What an operation takes as a tensor: a [`Symbolic`], a reference to one, or a number.
///
/// A number takes the type of the tensor that it meets, as in Keras: `x * 2` is of floats where `x` is, and
/// `x * 0.5` is of floats even where `x` is of integers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tensor of an operation",
    label = "expected a `Symbolic`, a reference to one, or a number"
)]
pub trait Operand {
    /// The tensor.
    fn symbolic(&self) -> Symbolic;
}

impl Operand for Symbolic {
    fn symbolic(&self) -> Symbolic {
        self.clone()
    }
}

impl<T: Operand + ?Sized> Operand for &T {
    fn symbolic(&self) -> Symbolic {
        (**self).symbolic()
    }
}

macro_rules! numbers {
    ($($number:ty => $make:expr;)*) => { $(
        impl Operand for $number {
            fn symbolic(&self) -> Symbolic {
                let make: fn($number) -> Number = $make;
                scalar(make(*self))
            }
        }
    )* };
}

numbers! {
    f32 => Number::float;
    f64 => |x| Number::float(x as f32);
    i32 => Number::Int32;
    bool => Number::Bool;
}

/// The result of an operation that has optional arguments: use it as the tensor that it is, or set arguments first.
///
/// ```
/// use keras_ops as ops;
/// # use keras_ops::DType;
/// let x = ops::input([8, 3], DType::Float32);
/// let centred = &x - ops::mean(&x, -1).keepdims(true);
/// assert_eq!(**centred.shape(), [8, 3]);
/// let share = ops::mean(&x, -1);
/// let rest = ops::square(1.0 - &share) * -&share;
/// assert_eq!(**rest.shape(), [8]);
/// ```
#[derive(Clone, Debug)]
pub struct Built<O> {
    value: Symbolic,
    /// The operands and arguments so far.
    pub(crate) call: O,
}

impl<O> Built<O> {
    pub(crate) fn new(value: Symbolic, call: O) -> Self {
        Built { value, call }
    }

    /// The tensor.
    pub fn build(self) -> Symbolic {
        self.value
    }
}

impl<O> Deref for Built<O> {
    type Target = Symbolic;

    fn deref(&self) -> &Symbolic {
        &self.value
    }
}

impl<O> Operand for Built<O> {
    fn symbolic(&self) -> Symbolic {
        self.value.clone()
    }
}

impl<O> From<Built<O>> for Symbolic {
    fn from(built: Built<O>) -> Symbolic {
        built.value
    }
}
