//! An operation with its arguments, read from a call.

use super::{Binary, Constant, Curve, Index, Op, Reduction, Subscripts, Unary, pieces, pixels};
use crate::arg::{parse_all, wrong};
use crate::code::{Code, Coded};
use crate::kept::kept;
use crate::{Arg, ArgType, Axes, DType};

/// The variant of `Op` of this name with these fields, as code.
pub(super) fn op(variant: &'static str, fields: Vec<Code>) -> Code {
    Code::Tuple(vec!["Op", variant], fields)
}

/// The operation of this name with its arguments.
///
/// # Errors
/// What is wrong with an argument, or that models have no such operation.
pub(super) fn read(name: &str, given: &mut Given<'_>) -> Result<(Op, Code), String> {
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
    if let Some(found) = along_axes(name, given)? {
        return Ok(found);
    }
    if let Some(found) = in_order(name, given)? {
        return Ok(found);
    }
    if let Some(found) = pieces::read(name, given)? {
        return Ok(found);
    }
    if let Some(found) = pixels::read(name, given)? {
        return Ok(found);
    }
    if let Some(found) = curved(name, given)? {
        return Ok(found);
    }
    by_value(name, given)?.ok_or_else(|| format!("there is no operation `{name}` in models"))
}

/// An operation that moves, joins, splits, repeats or goes through axes; nothing if the name is of no such operation.
fn along_axes(name: &str, given: &mut Given<'_>) -> Result<Option<(Op, Code)>, String> {
    Ok(Some(match name {
        "get_item" => {
            let Some(Arg::List(key)) = given.find("key") else { return Err("an index is missing".into()) };
            let parsed = parse_all::<Index>(key)?;
            given.sure &= parsed.sure;
            (Op::GetItem(kept(parsed.value)), op("GetItem", vec![Code::list(parsed.code)]))
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
        "flip" => {
            let (axes, code) = given.required("axis")?;
            (Op::Flip(axes), op("Flip", vec![code]))
        }
        "repeat" => {
            let (times, a) = match given.find("repeats") {
                Some(Arg::List(_)) => given.counts("repeats")?,
                _ => {
                    let (times, code) = given.count("repeats")?;
                    (kept(vec![times]), Code::list(vec![code]))
                }
            };
            let (axis, b) = given.required("axis")?;
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
        "split" => split(given)?,
        "moveaxis" => {
            let ((from, a), (to, b)) = (given.required("source")?, given.required("destination")?);
            (Op::Moveaxis(from, to), op("Moveaxis", vec![a, b]))
        }
        "swapaxes" => {
            let ((first, a), (second, b)) = (given.required("axis1")?, given.required("axis2")?);
            (Op::Swapaxes(first, second), op("Swapaxes", vec![a, b]))
        }
        "tile" => {
            let (repeats, code) = given.counts("repeats")?;
            (Op::Tile(repeats), op("Tile", vec![code]))
        }
        _ => return Ok(None),
    }))
}

/// An operation that puts the numbers of an axis in their order; nothing if the name is of no such operation.
fn in_order(name: &str, given: &mut Given<'_>) -> Result<Option<(Op, Code)>, String> {
    Ok(Some(match name {
        "sort" => {
            let (axis, code) = given.or("axis", -1isize)?;
            (Op::Sort(axis), op("Sort", vec![code]))
        }
        "argsort" => {
            let (axis, code) = given.or("axis", -1isize)?;
            (Op::Argsort(axis), op("Argsort", vec![code]))
        }
        "top_k" => {
            match given.find("sorted") {
                None | Some(Arg::Bool(_)) => {}
                Some(arg) => return wrong(arg, "`sorted` of `ops::top_k`: true or false"),
            }
            let (k, code) = given.count("k")?;
            (Op::TopK(k), op("TopK", vec![code]))
        }
        _ => return Ok(None),
    }))
}

/// An operation on each number, or each vector of an axis, that other numbers shape; nothing if the name is of no such operation.
fn curved(name: &str, given: &mut Given<'_>) -> Result<Option<(Op, Code)>, String> {
    if let Some(curve) = Curve::from_name(name) {
        let (argument, default) = curve.number();
        let (number, code) = given.or(argument, default)?;
        return Ok(Some((Op::Curve(curve, number), op("Curve", vec![curve.code(), code]))));
    }
    Ok(Some(match name {
        "glu" => {
            let (axis, code) = given.or("axis", -1isize)?;
            (Op::Glu(axis), op("Glu", vec![code]))
        }
        "sparsemax" => {
            let (axis, code) = given.or("axis", -1isize)?;
            (Op::Sparsemax(axis), op("Sparsemax", vec![code]))
        }
        "threshold" => {
            let ((least, a), (else_, b)) = (given.required("threshold")?, given.required("default_value")?);
            (Op::Threshold(least, else_), op("Threshold", vec![a, b]))
        }
        "nan_to_num" => {
            let (nan, a) = given.or("nan", 0.0)?;
            let (high, b) = given.or::<Option<f64>>("posinf", None)?;
            let (low, c) = given.or::<Option<f64>>("neginf", None)?;
            (Op::NanToNum(nan, high, low), op("NanToNum", vec![a, b, c]))
        }
        _ => return Ok(None),
    }))
}

/// An operation that computes with the values; nothing if the name is of no such operation.
fn by_value(name: &str, given: &mut Given<'_>) -> Result<Option<(Op, Code)>, String> {
    let one_number =
        |make: fn(f64) -> Op, variant, (value, code): (f64, Code)| (make(value), op(variant, vec![code]));
    Ok(Some(match name {
        "matmul" => (Op::Matmul, Code::name(["Op", "Matmul"])),
        "einsum" => {
            let (subscripts, code) = given.required::<Subscripts>("subscripts")?;
            (Op::Einsum(subscripts), op("Einsum", vec![code]))
        }
        "log_softmax" => {
            let (axes, code) = given.or("axis", Axes::LAST)?;
            (Op::LogSoftmax(axes), op("LogSoftmax", vec![code]))
        }
        "cast" => cast(given)?,
        "clip" => {
            let ((low, a), (high, b)) = (given.required("x_min")?, given.required("x_max")?);
            (Op::Clip(low, high), op("Clip", vec![a, b]))
        }
        "one_hot" => {
            let ((classes, a), (axis, b)) = (given.count("num_classes")?, given.or("axis", -1)?);
            (Op::OneHot(classes, axis), op("OneHot", vec![a, b]))
        }
        "elu" => one_number(Op::Elu, "Elu", given.or("alpha", 1.0)?),
        "gelu" => {
            let (approximate, code) = given.or("approximate", true)?;
            (Op::Gelu(approximate), op("Gelu", vec![code]))
        }
        "leaky_relu" => one_number(Op::LeakyRelu, "LeakyRelu", given.or("negative_slope", 0.2)?),
        "norm" => {
            match given.find("ord") {
                None | Some(Arg::None | Arg::Int(2)) => {}
                Some(arg) => return wrong(arg, "`ord` of `ops::norm`: 2 in a model"),
            }
            let ((axes, a), (keepdims, k)) = (given.required("axis")?, given.or("keepdims", false)?);
            (Op::Norm(axes, keepdims), op("Norm", vec![a, k]))
        }
        "normalize" => {
            match given.find("order") {
                None | Some(Arg::Int(2)) => {}
                Some(arg) => return wrong(arg, "`order` of `ops::normalize`: 2 in a model"),
            }
            let (axes, code) = given.or("axis", Axes::LAST)?;
            (Op::Normalize(axes), op("Normalize", vec![code]))
        }
        "where" => {
            let ((x1, a), (x2, b)) =
                (given.or::<Option<f64>>("x1", None)?, given.or::<Option<f64>>("x2", None)?);
            (Op::Where(x1, x2), op("Where", vec![a, b]))
        }
        "constant" => constant(given)?,
        _ => return Ok(None),
    }))
}

/// The type that the numbers are made.
fn cast(given: &Given<'_>) -> Result<(Op, Code), String> {
    let (dtype, variant) = match given.find("dtype") {
        Some(Arg::Word(word) | Arg::Str(word)) if word == "float32" => (DType::Float32, "Float32"),
        Some(Arg::Word(word) | Arg::Str(word)) if word == "int32" => (DType::Int32, "Int32"),
        Some(arg) => return wrong(arg, "`float32` or `int32`, which are the types of tensors here"),
        None => return Err("`ops::cast` needs `dtype`, `float32` or `int32`".into()),
    };
    Ok((Op::Cast(dtype), op("Cast", vec![Code::name(["DType", variant])])))
}

/// Parts along an axis: how many, or the places between them.
fn split(given: &mut Given<'_>) -> Result<(Op, Code), String> {
    let (axis, a) = given.or("axis", 0isize)?;
    let ((sections, s), (places, p)) = match given.find("indices_or_sections") {
        Some(Arg::List(_)) => ((0, Code::Whole(0, Some("usize"))), given.counts("indices_or_sections")?),
        _ => (given.count("indices_or_sections")?, (&[][..], Code::list(Vec::new()))),
    };
    Ok((Op::Split(sections, places, axis), op("Split", vec![s, p, a])))
}

/// An array beside a tensor, as a file has it.
fn constant(given: &mut Given<'_>) -> Result<(Op, Code), String> {
    let (shape, _) = given.counts("shape")?;
    let Some(Arg::List(values)) = given.find("values") else { return Err("a constant has no values".into()) };
    let number = |value: &Arg| match value {
        Arg::Int(n) => Ok(*n as f64),
        Arg::Float(x) => Ok(*x),
        Arg::Bool(b) => Ok(f64::from(u8::from(*b))),
        _ => Err("a constant holds what is no number".to_string()),
    };
    let numbers = values.iter().map(number).collect::<Result<Vec<f64>, String>>()?;
    if shape.iter().try_fold(1usize, |n, axis| n.checked_mul(*axis)) != Some(numbers.len()) {
        return Err("a constant has other numbers than its shape says".into());
    }
    let is_whole = |value: &Arg| match value {
        Arg::Int(n) => i32::try_from(*n).is_ok(),
        Arg::Bool(_) => true,
        _ => false,
    };
    let whole = values.iter().all(is_whole);
    let (first, _) = given.or("first", false)?;
    let by = match given.find("by") {
        Some(Arg::Str(name) | Arg::Word(name)) if name == "matmul" => None,
        Some(Arg::Str(name) | Arg::Word(name)) if Binary::from_name(name).is_some() => {
            Binary::from_name(name)
        }
        _ => return Err("a constant stands beside no operation of two tensors".into()),
    };
    let constant = Constant { shape, numbers: kept(numbers), whole };
    let lengths = shape.iter().map(|n| Code::Whole(*n as i128, Some("usize"))).collect();
    let fields = [
        ("shape", Code::list(lengths)),
        ("numbers", Code::list(constant.numbers.iter().map(Coded::code).collect())),
        ("whole", Code::Bool(whole)),
    ];
    let array = Code::of_fields(["layers", "Constant"], fields);
    let by_code = Code::Option(by.map(|by| Box::new(by.code())));
    Ok((Op::Constant(by, constant, first), op("Constant", vec![by_code, array, Code::Bool(first)])))
}

/// The arguments of a call, each with its name.
pub(super) struct Given<'a> {
    name: &'a str,
    args: &'a [(Option<String>, Arg)],
    /// Whether all of it is known while the macro runs.
    pub sure: bool,
}

impl<'a> Given<'a> {
    pub fn new(name: &'a str, args: &'a [(Option<String>, Arg)]) -> Self {
        Given { name, args, sure: true }
    }

    pub(super) fn find(&self, name: &str) -> Option<&'a Arg> {
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

    pub(super) fn required<T: ArgType>(&mut self, name: &str) -> Result<(T, Code), String> {
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

    pub(super) fn or<T: ArgType + Coded>(&mut self, name: &str, default: T) -> Result<(T, Code), String> {
        self.find(name).map_or(Ok((default, default.code())), |arg| self.value(name, arg))
    }

    pub(super) fn count(&mut self, name: &str) -> Result<(usize, Code), String> {
        match self.find(name) {
            Some(Arg::Int(n)) if *n > 0 && usize::try_from(*n).is_ok() => {
                Ok((*n as usize, Code::Whole(*n, Some("usize"))))
            }
            Some(Arg::Expr(id)) => {
                self.sure = false;
                Ok((1, Code::Expression("usize", *id)))
            }
            Some(arg) => wrong(arg, "a positive whole number")
                .map_err(|e| format!("`{name}` of `ops::{}`: {e}", self.name)),
            None => Err(format!("`ops::{}` needs `{name}`", self.name)),
        }
    }

    /// A list of positive whole numbers.
    fn counts(&mut self, name: &str) -> Result<(&'static [usize], Code), String> {
        let Some(Arg::List(list)) = self.find(name) else {
            return Err(format!("`ops::{}` needs `{name}`, a tuple of whole numbers", self.name));
        };
        let count = |arg: &Arg| match arg {
            Arg::Int(n) => usize::try_from(*n).ok(),
            _ => None,
        };
        let Some(counts) = list.iter().map(count).collect::<Option<Vec<usize>>>() else {
            return Err(format!("`{name}` of `ops::{}` is a tuple of whole numbers", self.name));
        };
        let code = Code::list(counts.iter().map(|n| Code::Whole(*n as i128, Some("usize"))).collect());
        Ok((kept(counts), code))
    }
}
