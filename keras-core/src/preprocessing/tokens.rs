//! Words and integers as they are given: each by itself, or in rows.

use std::borrow::Cow;

use ndarray::{Array, ArrayBase, Data, Dimension, Ix1, Ix2};

use crate::{Error, Result};

/// Words, integers or places: `&["a", "b"]`, rows of them as `&[["a", "b"], ["c", "d"]]`, each as a `Vec`, too, or an array of
/// `ndarray`. Rows that are `Vec`s may be of different lengths where a row is a sample.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of tokens, and no list of rows of them",
    note = "words are `&str`, `String` or `Cow<str>`, integers `i64` or `i32`: `&[\"a\", \"b\"]`, `&[[1, 2], [3, 4]]`"
)]
pub trait Tokens<T> {
    /// The axes of what is made of them, token by token.
    type Dim: Dimension;

    /// The rows; of a list without rows one for each token.
    fn rows(&self) -> Vec<Vec<T>>;

    /// Whether there are no rows, but tokens alone.
    fn alone(&self) -> bool {
        Self::Dim::NDIM == Some(1)
    }

    /// The lengths of the axes, where rows are as long as the first.
    fn axes(&self) -> Self::Dim;
}

/// What a list is of: a token, or a row of them.
pub trait Row<T> {
    /// The axes of a list of these.
    type Dim: Dimension;

    /// Its tokens.
    fn row(&self) -> Vec<T>;

    /// How many tokens it has.
    fn length(&self) -> usize;

    /// The lengths of the axes of a list of `count` of these, of which each is as long.
    fn axes(count: usize, length: usize) -> Self::Dim;
}

/// A type of tokens, as it is given and as it is kept; rows are `Vec`s and arrays of them.
macro_rules! tokens {
    ($([$($life:lifetime)?] $given:ty => $token:ty, |$one:ident| $kept:expr;)*) => { $(
        impl $(<$life>)? Row<$token> for $given {
            type Dim = Ix1;

            fn row(&self) -> Vec<$token> {
                let $one = self;
                vec![$kept]
            }

            fn length(&self) -> usize {
                1
            }

            fn axes(count: usize, _: usize) -> Ix1 {
                Ix1(count)
            }
        }

        tokens! { @row [$($life,)? const N: usize] [$given; N], $token, |$one| $kept }
        tokens! { @row [$($life)?] Vec<$given>, $token, |$one| $kept }
    )* };
    (@row [$($generic:tt)*] $row:ty, $token:ty, |$one:ident| $kept:expr) => {
        impl<$($generic)*> Row<$token> for $row {
            type Dim = Ix2;

            fn row(&self) -> Vec<$token> {
                self.iter().map(|$one| $kept).collect()
            }

            fn length(&self) -> usize {
                self.len()
            }

            fn axes(count: usize, length: usize) -> Ix2 {
                Ix2(count, length)
            }
        }
    };
}
tokens! {
    ['a] &'a str => String, |one| one.to_string();
    [] String => String, |one| one.clone();
    ['a] Cow<'a, str> => String, |one| one.to_string();
    [] i64 => i64, |one| *one;
    [] i32 => i64, |one| i64::from(*one);
}

impl<T, E: Row<T, Dim = Ix1>, S: Data<Elem = E>, D: Dimension> Tokens<T> for ArrayBase<S, D> {
    type Dim = D;

    fn rows(&self) -> Vec<Vec<T>> {
        let width = if self.alone() { 1 } else { self.shape()[self.ndim() - 1] };
        let mut all = self.iter().flat_map(Row::row);
        (0..self.len() / width.max(1)).map(|_| all.by_ref().take(width).collect()).collect()
    }

    fn alone(&self) -> bool {
        self.ndim() < 2
    }

    fn axes(&self) -> D {
        self.raw_dim()
    }
}

/// Lists of tokens or of rows.
macro_rules! lists {
    ($([$($generic:tt)*] $list:ty;)*) => { $(
        impl<T, R: Row<T>, $($generic)*> Tokens<T> for $list {
            type Dim = R::Dim;

            fn rows(&self) -> Vec<Vec<T>> {
                self.iter().map(Row::row).collect()
            }

            fn axes(&self) -> R::Dim {
                R::axes(self.len(), self.first().map_or(0, Row::length))
            }
        }
    )* };
}
lists! {
    [] [R];
    [const N: usize] [R; N];
    [] Vec<R>;
}

/// What is made of each token, in the axes of the tokens.
pub(super) fn in_axes<T, U, X: Tokens<T> + ?Sized>(data: &X, all: Vec<U>) -> Result<Array<U, X::Dim>> {
    Array::from_shape_vec(data.axes(), all).map_err(|_| {
        Error::Argument("the rows are of different lengths; an array has rows of one".to_string())
    })
}
