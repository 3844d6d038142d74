//! An operation with its arguments, read from a call.

use super::{Binary, Index, Reduction, Unary};
use crate::arg::{Parsed, parse_all, wrong};
use crate::code::{Code, Coded};
use crate::{Arg, ArgType, Axes, DType, closest};

/// An operation of `keras.ops` with its arguments other than tensors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    /// Of each number.
    Unary(Unary),
    /// Of two tensors.
    Binary(Binary),
    /// Of a tensor and a number; whether the number is whole, and whether it stands first.
    Number(Binary, f64, bool, bool),
    /// Along axes, which stay with length 1 if the last is true.
    Reduce(Reduction, Axes, bool),
    /// `x[...]`.
    GetItem(&'static [Index]),
    /// One more axis of length 1.
    ExpandDims(isize),
    /// Axes of length 1 go.
    Squeeze(Axes),
    /// The axes in another order.
    Transpose(Axes),
    /// Tensors of one shape along a new axis.
    Stack(isize),
    /// The product of matrices.
    Matmul,
    /// The logarithm of softmax.
    LogSoftmax(Axes),
    /// The numbers as another type.
    Cast(DType),
    /// The numbers held between two.
    Clip(f64, f64),
    /// Class numbers as vectors of so many zeros and ones, along this axis.
    OneHot(usize, isize),
    /// The order along axes reversed.
    Flip(Axes),
    /// Each part along an axis so many times.
    Repeat(usize, isize),
    /// Moved along an axis; what falls off comes in again.
    Roll(isize, isize),
    /// Sums so far along an axis.
    Cumsum(isize),
}

/// The tensors and other arguments of a function, in Keras's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Names of the tensors; `xs` is a list of them.
    pub tensors: &'static [&'static str],
    /// Names of the other arguments.
    pub arguments: &'static [&'static str],
}

const ONE: &[&str] = &["x"];

impl Op {
    /// The functions that are neither of each number nor along axes.
    const OTHERS: &'static [(&'static str, Signature)] = &[
        ("cast", Signature { tensors: ONE, arguments: &["dtype"] }),
        ("clip", Signature { tensors: ONE, arguments: &["x_min", "x_max"] }),
        ("cumsum", Signature { tensors: ONE, arguments: &["axis"] }),
        ("expand_dims", Signature { tensors: ONE, arguments: &["axis"] }),
        ("flip", Signature { tensors: ONE, arguments: &["axis"] }),
        ("get_item", Signature { tensors: ONE, arguments: &["key"] }),
        ("log_softmax", Signature { tensors: ONE, arguments: &["axis"] }),
        ("matmul", Signature { tensors: &["x1", "x2"], arguments: &[] }),
        ("one_hot", Signature { tensors: ONE, arguments: &["num_classes", "axis"] }),
        ("repeat", Signature { tensors: ONE, arguments: &["repeats", "axis"] }),
        ("roll", Signature { tensors: ONE, arguments: &["shift", "axis"] }),
        ("squeeze", Signature { tensors: ONE, arguments: &["axis"] }),
        ("stack", Signature { tensors: &["xs"], arguments: &["axis"] }),
        ("transpose", Signature { tensors: ONE, arguments: &["axes"] }),
    ];

    /// What the function of this name takes, if it is one of those that may stand in a model.
    pub fn signature(name: &str) -> Option<Signature> {
        if Unary::from_name(name).is_some() {
            return Some(Signature { tensors: ONE, arguments: &[] });
        }
        if Binary::from_name(name).is_some() {
            return Some(Signature { tensors: &["x1", "x2"], arguments: &[] });
        }
        if Reduction::from_name(name).is_some() {
            return Some(Signature { tensors: ONE, arguments: &["axis", "keepdims"] });
        }
        Self::OTHERS.iter().find(|(other, _)| *other == name).map(|(_, signature)| *signature)
    }

    /// The name of a function that is nearly this.
    pub fn near(name: &str) -> Option<&'static str> {
        let others = Self::OTHERS.iter().map(|(name, _)| *name).filter(|name| *name != "get_item");
        let kinds = [Unary::NAMES, Binary::NAMES, Reduction::NAMES].into_iter().flatten().copied();
        closest(name, kinds.chain(others))
    }

    /// The class that Keras's summary shows: `Negative`, `GetItem`.
    pub const fn class(&self) -> &'static str {
        self.names().0
    }

    /// Keras's automatic name: `negative`, `get_item`.
    pub const fn snake(&self) -> &'static str {
        self.names().1
    }

    const fn names(&self) -> (&'static str, &'static str) {
        match self {
            Op::Unary(op) => (op.class(), op.snake()),
            Op::Binary(op) | Op::Number(op, ..) => (op.class(), op.snake()),
            Op::Reduce(op, ..) => (op.class(), op.snake()),
            Op::GetItem(_) => ("GetItem", "get_item"),
            Op::ExpandDims(_) => ("ExpandDims", "expand_dims"),
            Op::Squeeze(_) => ("Squeeze", "squeeze"),
            Op::Transpose(_) => ("Transpose", "transpose"),
            Op::Stack(_) => ("Stack", "stack"),
            Op::Matmul => ("Matmul", "matmul"),
            Op::LogSoftmax(_) => ("LogSoftmax", "log_softmax"),
            Op::Cast(_) => ("Cast", "cast"),
            Op::Clip(..) => ("Clip", "clip"),
            Op::OneHot(..) => ("OneHot", "one_hot"),
            Op::Flip(_) => ("Flip", "flip"),
            Op::Repeat(..) => ("Repeat", "repeat"),
            Op::Roll(..) => ("Roll", "roll"),
            Op::Cumsum(_) => ("Cumsum", "cumsum"),
        }
    }

    fn read(name: &str, given: &mut Given<'_>) -> Result<(Op, Code), String> {
        let op = |variant, fields| Code::Tuple(vec!["Op", variant], fields);
        if let Some(unary) = Unary::from_name(name) {
            return Ok((Op::Unary(unary), op("Unary", vec![unary.code()])));
        }
        if let Some(binary) = Binary::from_name(name) {
            let Some((first, number)) = given.number() else {
                return Ok((Op::Binary(binary), op("Binary", vec![binary.code()])));
            };
            let (value, code) = given.value::<f64>(if first { "x1" } else { "x2" }, number)?;
            // An integer of 32 bits stays one beside integers.
            let whole = matches!(number, Arg::Int(n) if i32::try_from(*n).is_ok());
            let fields = vec![binary.code(), code, Code::Bool(whole), Code::Bool(first)];
            return Ok((Op::Number(binary, value, whole, first), op("Number", fields)));
        }
        if let Some(by) = Reduction::from_name(name) {
            let (axes, a) = given.required::<Axes>("axis")?;
            let (keepdims, k) = given.or("keepdims", false)?;
            return Ok((Op::Reduce(by, axes, keepdims), op("Reduce", vec![by.code(), a, k])));
        }
        Ok(match name {
            "get_item" => {
                let Some(Arg::List(key)) = given.find("key") else { return Err("an index is missing".into()) };
                let parsed = parse_all::<Index>(key)?;
                given.sure &= parsed.sure;
                (Op::GetItem(parsed.value.leak()), op("GetItem", vec![Code::list(parsed.code)]))
            }
            "expand_dims" => {
                let (axis, code) = given.required("axis")?;
                (Op::ExpandDims(axis), op("ExpandDims", vec![code]))
            }
            "squeeze" => {
                let (axes, code) = given.required("axis")?;
                (Op::Squeeze(axes), op("Squeeze", vec![code]))
            }
            "transpose" => {
                let (axes, code) = given.required("axes")?;
                (Op::Transpose(axes), op("Transpose", vec![code]))
            }
            "stack" => {
                let (axis, code) = given.required("axis")?;
                (Op::Stack(axis), op("Stack", vec![code]))
            }
            "matmul" => (Op::Matmul, Code::name(["Op", "Matmul"])),
            "log_softmax" => {
                let (axes, code) = given.or("axis", Axes::LAST)?;
                (Op::LogSoftmax(axes), op("LogSoftmax", vec![code]))
            }
            "cast" => {
                let (dtype, variant) = match given.find("dtype") {
                    Some(Arg::Word(word) | Arg::Str(word)) if word == "float32" => (DType::Float32, "Float32"),
                    Some(Arg::Word(word) | Arg::Str(word)) if word == "int32" => (DType::Int32, "Int32"),
                    Some(arg) => return wrong(arg, "`float32` or `int32`, which are the types of tensors here"),
                    None => return Err("`ops::cast` needs `dtype`, `float32` or `int32`".into()),
                };
                (Op::Cast(dtype), op("Cast", vec![Code::name(["DType", variant])]))
            }
            "clip" => {
                let ((low, a), (high, b)) = (given.required("x_min")?, given.required("x_max")?);
                (Op::Clip(low, high), op("Clip", vec![a, b]))
            }
            "one_hot" => {
                let ((classes, a), (axis, b)) = (given.count("num_classes")?, given.or("axis", -1)?);
                (Op::OneHot(classes, axis), op("OneHot", vec![a, b]))
            }
            "flip" => {
                let (axes, code) = given.required("axis")?;
                (Op::Flip(axes), op("Flip", vec![code]))
            }
            "repeat" => {
                let ((times, a), (axis, b)) = (given.count("repeats")?, given.required("axis")?);
                (Op::Repeat(times, axis), op("Repeat", vec![a, b]))
            }
            "roll" => {
                let ((shift, a), (axis, b)) = (given.required("shift")?, given.required("axis")?);
                (Op::Roll(shift, axis), op("Roll", vec![a, b]))
            }
            "cumsum" => {
                let (axis, code) = given.required("axis")?;
                (Op::Cumsum(axis), op("Cumsum", vec![code]))
            }
            _ => return Err(format!("there is no operation `{name}` in models")),
        })
    }
}

/// The arguments of a call, each with its name.
struct Given<'a> {
    name: &'a str,
    args: &'a [(Option<String>, Arg)],
    sure: bool,
}

impl<'a> Given<'a> {
    fn find(&self, name: &str) -> Option<&'a Arg> {
        self.args.iter().find(|(n, _)| n.as_deref() == Some(name)).map(|(_, arg)| arg)
    }

    /// The number beside a tensor, and whether it stands first.
    fn number(&self) -> Option<(bool, &'a Arg)> {
        self.find("x1").map(|arg| (true, arg)).or(self.find("x2").map(|arg| (false, arg)))
    }

    fn value<T: ArgType>(&mut self, name: &str, arg: &Arg) -> Result<(T, Code), String> {
        let parsed = T::parse(arg).map_err(|e| format!("`{name}` of `ops::{}`: {e}", self.name))?;
        self.sure &= parsed.sure;
        Ok((parsed.value, parsed.code))
    }

    fn required<T: ArgType>(&mut self, name: &str) -> Result<(T, Code), String> {
        let without_batch = match name {
            "axis" => ": without it, the operation would mix the samples of a batch",
            _ => "",
        };
        match self.find(name) {
            Some(Arg::None) | None => {
                Err(format!("`ops::{}` in a model needs `{name}`{without_batch}", self.name))
            }
            Some(arg) => self.value(name, arg),
        }
    }

    fn or<T: ArgType + Coded>(&mut self, name: &str, default: T) -> Result<(T, Code), String> {
        self.find(name).map_or(Ok((default, default.code())), |arg| self.value(name, arg))
    }

    fn count(&mut self, name: &str) -> Result<(usize, Code), String> {
        match self.find(name) {
            Some(Arg::Int(n)) if *n > 0 && usize::try_from(*n).is_ok() => {
                Ok((*n as usize, Code::Whole(*n, Some("usize"))))
            }
            Some(Arg::Expr(id)) => {
                self.sure = false;
                Ok((1, Code::Expression("usize", *id)))
            }
            Some(arg) => {
                wrong(arg, "a positive whole number").map_err(|e| format!("`{name}` of `ops::{}`: {e}", self.name))
            }
            None => Err(format!("`ops::{}` needs `{name}`", self.name)),
        }
    }
}

impl ArgType for Op {
    const EXPECTS: &'static str = "an operation";
    const PLACEHOLDER: Self = Op::Unary(Unary::StopGradient);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let Arg::Call(name, args) = arg else { return wrong(arg, Self::EXPECTS) };
        let mut given = Given { name, args, sure: true };
        let (value, code) = Op::read(name, &mut given)?;
        Ok(Parsed { value, code, sure: given.sure })
    }
}
