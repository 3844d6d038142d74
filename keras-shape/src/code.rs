//! How the value of an argument is made again in the code that a model becomes: its parts, which the macro writes as
//! tokens.

use crate::{Axes, Inner};

/// The parts of a value. Names are paths in this crate, segment by segment.
#[derive(Clone, Debug, PartialEq)]
pub enum Code {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, with its type where that would not be inferred.
    Whole(i128, Option<&'static str>),
    /// A number.
    Float(f64),
    /// A string.
    Text(&'static str),
    /// An expression of the model that only the compiler can evaluate, by its number, as a constant of this type.
    Expression(&'static str, usize),
    /// An option.
    Option(Option<Box<Code>>),
    /// A constant, or a variant without fields: `Activation::Relu`.
    Name(Vec<&'static str>),
    /// A value of unnamed fields: `Size::Known(3)`.
    Tuple(Vec<&'static str>, Vec<Code>),
    /// A value of named fields, the others as in a constant.
    Struct {
        /// What it is.
        name: Vec<&'static str>,
        /// The fields that are given.
        fields: Vec<(&'static str, Code)>,
        /// Where the others come from.
        others: Option<Vec<&'static str>>,
    },
    /// An array.
    Array(Vec<Code>),
    /// An array of one value, so many times.
    Repeat(Box<Code>, usize),
    /// A reference.
    Reference(Box<Code>),
}

impl Code {
    /// Says of all layers in it whether they are trained.
    pub(crate) fn train(&mut self, trainable: bool) {
        match self {
            Code::Struct { name, fields, .. } => {
                let is_layer = name.as_slice() == [Inner::CODE];
                for (field, code) in fields {
                    match code {
                        Code::Bool(value) if is_layer && *field == "trainable" => *value = trainable,
                        code => code.train(trainable),
                    }
                }
            }
            Code::Tuple(_, all) | Code::Array(all) => all.iter_mut().for_each(|code| code.train(trainable)),
            Code::Option(Some(code)) | Code::Repeat(code, _) | Code::Reference(code) => code.train(trainable),
            Code::Option(None)
            | Code::Bool(_)
            | Code::Whole(..)
            | Code::Float(_)
            | Code::Text(_)
            | Code::Expression(..)
            | Code::Name(_) => {}
        }
    }

    /// A value of named fields.
    pub(crate) fn of_fields<const N: usize>(
        name: [&'static str; N],
        fields: impl IntoIterator<Item = (&'static str, Code)>,
    ) -> Self {
        Code::Struct { name: name.to_vec(), fields: fields.into_iter().collect(), others: None }
    }

    /// A value of one field without a name.
    pub(crate) fn of<const N: usize>(name: [&'static str; N], field: Code) -> Self {
        Code::Tuple(name.to_vec(), vec![field])
    }

    /// A constant or a variant.
    pub(crate) fn name<const N: usize>(name: [&'static str; N]) -> Self {
        Code::Name(name.to_vec())
    }

    /// A reference to an array.
    pub(crate) fn list(items: Vec<Code>) -> Self {
        Code::Reference(Box::new(Code::Array(items)))
    }

    /// Whether an expression that only the compiler knows is part of it.
    pub fn has_expression(&self) -> bool {
        match self {
            Code::Expression(..) => true,
            Code::Bool(_) | Code::Whole(..) | Code::Float(_) | Code::Text(_) | Code::Name(_) => false,
            Code::Option(inner) => inner.as_ref().is_some_and(|inner| inner.has_expression()),
            Code::Repeat(inner, _) | Code::Reference(inner) => inner.has_expression(),
            Code::Tuple(_, items) | Code::Array(items) => items.iter().any(Code::has_expression),
            Code::Struct { fields, .. } => fields.iter().any(|(_, field)| field.has_expression()),
        }
    }
}

/// A value that can be made again.
pub trait Coded {
    /// How.
    fn code(&self) -> Code;
}

impl Coded for f64 {
    fn code(&self) -> Code {
        Code::Float(*self)
    }
}

impl Coded for bool {
    fn code(&self) -> Code {
        Code::Bool(*self)
    }
}

impl Coded for u64 {
    fn code(&self) -> Code {
        Code::Whole(i128::from(*self), Some("u64"))
    }
}

impl Coded for isize {
    fn code(&self) -> Code {
        Code::Whole(*self as i128, Some("isize"))
    }
}

impl<T: Coded> Coded for Option<T> {
    fn code(&self) -> Code {
        Code::Option(self.as_ref().map(|inner| Box::new(inner.code())))
    }
}

impl Coded for Axes {
    fn code(&self) -> Code {
        let list = Code::list(self.list.iter().map(Coded::code).collect());
        Code::of_fields(["Axes"], [("list", list), ("bare", Code::Bool(self.bare))])
    }
}
