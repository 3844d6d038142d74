//! What people give where an array by reference belongs: lists of strings, which are taken, and all else, of which the
//! compiler says what to write instead.

use std::borrow::Cow;

use ndarray::{ArrayBase, Dimension};

use super::check_dims;
use super::data::{Data, IntoInput, IntoTarget};
use super::element::Values;
use super::typed::{Shape, Tensor};
use crate::{Error, Result};

/// A list that is not an `ndarray` array.
pub struct List;

/// A [`List`] of type `L` that a model takes as it is. None of numbers is: arrays say how many axes they have, and that all
/// rows are of the same length. Lists of strings are taken, one string or a list of them for each sample. The list is a
/// parameter because the compiler would not tell this of a list itself.
#[diagnostic::on_unimplemented(
    message = "`{L}` is not an array: a model takes `ndarray` arrays",
    label = "rows: `&Array2::from_shape_vec((rows, columns), x.concat())?`; a flat `Vec`: without `.concat()`"
)]
pub trait IsArray<L: ?Sized> {
    /// The strings row by row, and how many there are in each row, if they are in rows.
    #[doc(hidden)]
    fn strings(list: &L) -> StringRows<'_>;
}

/// Strings row by row, and how many there are in each row, if they are in rows.
#[doc(hidden)]
pub type StringRows<'a> = (Vec<Cow<'a, str>>, Option<Vec<usize>>);

macro_rules! lists_of_strings {
    ($([$($generic:tt)*] $item:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generic)*> IsArray<[$item]> for List {
            fn strings<'l>(list: &'l [$item]) -> StringRows<'l> {
                (list.iter().map(|item| Cow::Borrowed(&**item)).collect(), None)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<$($generic)*> IsArray<Vec<$item>> for List {
            fn strings<'l>(list: &'l Vec<$item>) -> StringRows<'l> {
                <List as IsArray<[$item]>>::strings(list)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<$($generic)* const M: usize> IsArray<[$item; M]> for List {
            fn strings<'l>(list: &'l [$item; M]) -> StringRows<'l> {
                <List as IsArray<[$item]>>::strings(list)
            }
        }
        lists_of_strings!(@rows [$($generic)*] Vec<$item>);
        lists_of_strings!(@rows [$($generic)* const N: usize,] [$item; N]);
    )* };
    (@rows [$($generic:tt)*] $row:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($generic)*> IsArray<[$row]> for List {
            fn strings<'l>(list: &'l [$row]) -> StringRows<'l> {
                let all = list.iter().flat_map(|row| row.iter().map(|item| Cow::Borrowed(&**item)));
                (all.collect(), Some(list.iter().map(|row| row.len()).collect()))
            }
        }
        #[diagnostic::do_not_recommend]
        impl<$($generic)* const M: usize> IsArray<[$row; M]> for List {
            fn strings<'l>(list: &'l [$row; M]) -> StringRows<'l> {
                <List as IsArray<[$row]>>::strings(list)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<$($generic)*> IsArray<Vec<$row>> for List {
            fn strings<'l>(list: &'l Vec<$row>) -> StringRows<'l> {
                <List as IsArray<[$row]>>::strings(list)
            }
        }
    };
}
lists_of_strings! {
    [] String;
    ['b,] &'b str;
}

/// Strings in front of an input: of one string in each sample, or of rows of as many as the input has.
pub(crate) fn string_data<'a>(
    (strings, rows): StringRows<'a>,
    name: &str,
    want: &keras_shape::Shape,
) -> Result<Data<'a>> {
    let samples = rows.as_ref().map_or(strings.len(), Vec::len);
    let shape = match rows {
        Some(rows) => {
            let width = rows.first().copied().unwrap_or(0);
            if let Some(at) = rows.iter().position(|own| *own != width) {
                return Err(Error::Argument(format!(
                    "input `{name}`: sample {at} has {} strings, and those before {width}",
                    rows[at]
                )));
            }
            vec![samples, width]
        }
        // As in Keras, an axis of 1 may be missing.
        None if want.rank() == 2 => vec![samples, 1],
        None => vec![samples],
    };
    check_dims(name, want, &shape)?;
    Data::new(Values::Strings(strings), &shape)
}

/// As [`IsArray`], of targets.
#[diagnostic::on_unimplemented(
    message = "`{L}` is not an array: a target is an `ndarray` array",
    label = "labels: `&Array1::from_vec(y)`; rows: `&Array2::from_shape_vec((rows, columns), y.concat())?`"
)]
pub trait IsLabels<L: ?Sized> {}

/// An array or tensor by value.
pub struct Reference;

/// An array or tensor of type `T` is given by reference: the model does not keep it.
#[diagnostic::on_unimplemented(
    message = "an array or tensor is given by reference: write `&` before this one"
)]
pub trait IsReference<T> {}

/// As [`IsReference`]; with this step between, the compiler does not add the sentence on references in its own words.
pub trait ByReference<T> {}

impl<T> ByReference<T> for Reference where Reference: IsReference<T> {}

macro_rules! not_taken {
    ($([$($generic:tt)*] $list:ty, $kind:ident: $input:ident $target:ident <$shown:ty> $(, $strings:expr)?;)*) => { $(
        impl<'a, S: Shape, T, $($generic)*> IntoInput<'a, S> for $list
        where
            $kind: $input<$shown>,
        {
            fn into_input(self, name: &str, want: &keras_shape::Shape) -> Result<Data<'a>> {
                let _ = want;
                $(
                    let data: fn($list, &str, &keras_shape::Shape) -> Result<Data<'a>> = $strings;
                    return data(self, name, want);
                )?
                #[allow(unreachable_code)]
                Err(no_array(name))
            }
        }
        impl<'a, S: Shape, T, $($generic)*> IntoTarget<'a, S> for $list
        where
            $kind: $target<$shown>,
        {
            fn into_target(self, name: &str, _: &keras_shape::Shape) -> Result<Data<'a>> {
                Err(no_array(name))
            }
        }
    )* };
}
not_taken! {
    [] &'a Vec<T>, List: IsArray IsLabels<Vec<T>>, |list, name, want| string_data(List::strings(list), name, want);
    [] Vec<T>, List: IsArray IsLabels<Vec<T>>, |list, name, want| {
        Ok(string_data(List::strings(&list), name, want)?.into_owned())
    };
    [] &'a [T], List: IsArray IsLabels<[T]>, |list, name, want| string_data(List::strings(list), name, want);
    [const N: usize] &'a [T; N], List: IsArray IsLabels<[T; N]>, |list, name, want| string_data(List::strings(list), name, want);
    [D: ndarray::RawData<Elem = T>, I: Dimension] ArrayBase<D, I>, Reference: ByReference ByReference<T>;
}

impl<'a, S: Shape, T: Shape> IntoInput<'a, S> for Tensor<T>
where
    Reference: ByReference<T>,
{
    fn into_input(self, name: &str, _: &keras_shape::Shape) -> Result<Data<'a>> {
        Err(no_array(name))
    }
}

impl<'a, S: Shape, T: Shape> IntoTarget<'a, S> for Tensor<T>
where
    Reference: ByReference<T>,
{
    fn into_target(self, name: &str, _: &keras_shape::Shape) -> Result<Data<'a>> {
        Err(no_array(name))
    }
}

macro_rules! nothing_like_it {
    ($([$($generic:tt)*] $type:ty, $message:ident;)*) => { $(
        impl<'a, $($generic)* S: Shape> IntoInput<'a, S> for $type
        where
            List: $message<S>,
        {
            fn into_input(self, name: &str, _: &keras_shape::Shape) -> Result<Data<'a>> {
                Err(no_array(name))
            }
        }
        impl<'a, $($generic)* S: Shape> IntoTarget<'a, S> for $type
        where
            List: $message<S>,
        {
            fn into_target(self, name: &str, _: &keras_shape::Shape) -> Result<Data<'a>> {
                Err(no_array(name))
            }
        }
    )* };
}
nothing_like_it! {
    [A, B,] (A, B), IsOne;
    [A, B, C,] (A, B, C), IsOne;
    [A, B, C, D,] (A, B, C, D), IsOne;
    ['b, A, B,] &'b (A, B), IsOne;
    [T,] Option<T>, IsNumbers;
    ['b, T,] &'b Option<T>, IsNumbers;
    ['b,] &'b str, IsNumbers;
    [] String, IsNumbers;
    ['b,] &'b String, IsNumbers;
    [] (), IsNumbers;
    [] f32, IsNumbers;
    [] f64, IsNumbers;
    [] i32, IsNumbers;
    [] usize, IsNumbers;
    ['b,] &'b f32, IsNumbers;
    ['b,] &'b f64, IsNumbers;
    ['b,] &'b i32, IsNumbers;
}

/// Several values where there is one input or output.
#[diagnostic::on_unimplemented(
    message = "found a tuple, and there is one tensor here, of shape `{S}`: give one array, `&x`"
)]
pub trait IsOne<S> {}

/// What is no array at all.
#[diagnostic::on_unimplemented(
    message = "this is no array, and the tensor here has the shape `{S}`: give an `ndarray` array, `&x`"
)]
pub trait IsNumbers<S> {}

/// Never reached: what is no array does not compile.
fn no_array(name: &str) -> Error {
    Error::Argument(format!("`{name}` is no array"))
}
