//! `a + b`, `-a`: the operators of Rust on symbolic tensors, their references and numbers.

use core::ops::{Add, Div, Mul, Neg, Rem, Sub};

use super::{add, divide, mod_, multiply, negative, subtract};
use crate::Symbolic;
use crate::operand::{Built, Operand};

macro_rules! binary {
    ($($trait:ident $method:ident $f:ident;)*) => { $(
        binary!(@on $trait $method $f; Symbolic,);
        binary!(@on $trait $method $f; &Symbolic,);
        binary!(@on $trait $method $f; Built<O>, O);
        binary!(@on $trait $method $f; &Built<O>, O);
        binary!(@number $trait $method $f; f32 f64 i32);
    )* };
    (@on $trait:ident $method:ident $f:ident; $on:ty, $($o:ident)?) => {
        impl<R: Operand, $($o)?> $trait<R> for $on {
            type Output = Symbolic;

            #[track_caller]
            fn $method(self, other: R) -> Symbolic {
                $f(self, other)
            }
        }
    };
    (@number $trait:ident $method:ident $f:ident; $($number:ty)*) => { $(
        impl $trait<Symbolic> for $number {
            type Output = Symbolic;

            #[track_caller]
            fn $method(self, other: Symbolic) -> Symbolic {
                $f(self, other)
            }
        }

        impl $trait<&Symbolic> for $number {
            type Output = Symbolic;

            #[track_caller]
            fn $method(self, other: &Symbolic) -> Symbolic {
                $f(self, other)
            }
        }

        impl<O> $trait<Built<O>> for $number {
            type Output = Symbolic;

            #[track_caller]
            fn $method(self, other: Built<O>) -> Symbolic {
                $f(self, other)
            }
        }

        impl<O> $trait<&Built<O>> for $number {
            type Output = Symbolic;

            #[track_caller]
            fn $method(self, other: &Built<O>) -> Symbolic {
                $f(self, other)
            }
        }
    )* };
}

binary! {
    Add add add;
    Sub sub subtract;
    Mul mul multiply;
    Div div divide;
    Rem rem mod_;
}

impl Neg for Symbolic {
    type Output = Symbolic;

    #[track_caller]
    fn neg(self) -> Symbolic {
        negative(self)
    }
}

impl Neg for &Symbolic {
    type Output = Symbolic;

    #[track_caller]
    fn neg(self) -> Symbolic {
        negative(self)
    }
}

impl<O> Neg for Built<O> {
    type Output = Symbolic;

    #[track_caller]
    fn neg(self) -> Symbolic {
        negative(self)
    }
}

impl<O> Neg for &Built<O> {
    type Output = Symbolic;

    #[track_caller]
    fn neg(self) -> Symbolic {
        negative(self)
    }
}
