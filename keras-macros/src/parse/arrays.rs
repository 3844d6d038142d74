//! Arrays of numbers that stand beside a tensor: `[1, 2]`, `np.array([1, 2])`, `ops.arange(4)`.

use keras_shape::Arg;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{Error, Result};

use super::split::{at_comma, only_group};
use super::{Reader, args};

/// The axes and the numbers of an array.
pub struct Array {
    pub shape: Vec<Arg>,
    pub values: Vec<Arg>,
}

/// So many numbers an array may have that a function makes.
const MOST: usize = 1 << 14;

/// The functions that make arrays, with the names of their arguments.
const FUNCTIONS: &[(&str, &[&str])] = &[
    ("arange", &["start", "stop", "step", "dtype"]),
    ("array", &["x", "dtype"]),
    ("constant", &["x", "dtype"]),
    ("convert_to_tensor", &["x", "dtype"]),
    ("eye", &["N", "M", "k", "dtype"]),
    ("full", &["shape", "fill_value", "dtype"]),
    ("linspace", &["start", "stop", "num", "endpoint", "dtype"]),
    ("ones", &["shape", "dtype"]),
    ("zeros", &["shape", "dtype"]),
];

/// The array that these tokens are; nothing if they are none.
pub fn read(tokens: &TokenStream, reader: &mut Reader) -> Option<Result<Array>> {
    if let Some(group) = only_group(tokens, Delimiter::Bracket).filter(|group| is_array(group.stream())) {
        let uneven = || Error::new(group.span(), "the lists of an array are as long as each other");
        return Some(args::value(tokens, reader).and_then(|list| array(&list).ok_or_else(uneven)));
    }
    let (in_numpy, name, names, group) = function(tokens)?;
    Some(made(in_numpy, name, names, &group, reader))
}

/// A function of `np`, `ops` or `tf` that makes an array, and its arguments; first whether it is one of NumPy.
fn function(tokens: &TokenStream) -> Option<(bool, &'static str, &'static [&'static str], Group)> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let (TokenTree::Group(group), path) = trees.split_last()? else { return None };
    let is_path = path.iter().all(|tree| match tree {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(sign) => matches!(sign.as_char(), '.' | ':'),
        _ => false,
    });
    let (TokenTree::Ident(module), TokenTree::Ident(name)) = (path.first()?, path.last()?) else {
        return None;
    };
    let known = ["np", "numpy", "jnp", "ops", "keras", "tf", "K"].iter().any(|known| module == known);
    if !is_path || !known || path.len() < 3 || group.delimiter() != Delimiter::Parenthesis {
        return None;
    }
    let (name, names) = FUNCTIONS.iter().find(|(known, _)| name == known)?;
    let in_numpy = ["np", "numpy", "jnp"].iter().any(|numpy| module == numpy);
    Some((in_numpy, name, names, group.clone()))
}

/// The arguments of a function, each at the place of its name.
fn arguments(name: &str, names: &[&str], group: &Group, reader: &mut Reader) -> Result<Vec<Option<Arg>>> {
    let mut found = vec![None; names.len()];
    let pieces = at_comma(group.stream()).into_iter().filter(|piece| !piece.is_empty());
    for (at, piece) in pieces.enumerate() {
        let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
        let (place, tokens) = match args::named_value(&trees) {
            Some((key, rest)) => {
                let Some(place) = names.iter().position(|known| key == known) else {
                    let text = format!("`{name}` has no argument `{key}` here; it has {}", names.join(", "));
                    return Err(Error::new(key.span(), text));
                };
                (place, rest.iter().cloned().collect())
            }
            None => (at, piece),
        };
        match found.get_mut(place) {
            Some(Some(_)) => {
                let text = format!("`{}` of `{name}` is given twice", names[place]);
                return Err(Error::new_spanned(tokens, text));
            }
            Some(slot) => *slot = Some(args::value(&tokens, reader)?),
            None => return Err(Error::new_spanned(tokens, format!("`{name}` takes no more arguments here"))),
        }
    }
    Ok(found)
}

fn made(in_numpy: bool, name: &str, names: &[&str], group: &Group, reader: &mut Reader) -> Result<Array> {
    let found = arguments(name, names, group, reader)?;
    let given = Given { in_numpy, name, names, found, group };
    let array = match name {
        "arange" => given.arange()?,
        "linspace" => given.linspace()?,
        "eye" => given.eye()?,
        "full" | "ones" | "zeros" => given.full()?,
        _ => given.listed()?,
    };
    given.of_dtype(array)
}

/// A function that makes an array, with its arguments.
struct Given<'a> {
    in_numpy: bool,
    name: &'a str,
    names: &'a [&'a str],
    found: Vec<Option<Arg>>,
    group: &'a Group,
}

impl Given<'_> {
    fn fault(&self, text: &str) -> Error {
        Error::new(self.group.span(), text)
    }

    fn get(&self, key: &str) -> Option<&Arg> {
        self.names.iter().position(|known| *known == key).and_then(|at| self.found[at].as_ref())
    }

    fn number(&self, key: &str) -> Result<Option<Arg>> {
        match self.get(key) {
            None | Some(Arg::None) => Ok(None),
            Some(number @ (Arg::Int(_) | Arg::Float(_))) => Ok(Some(number.clone())),
            Some(_) => Err(self.fault(&format!("`{key}` is a number here"))),
        }
    }

    fn arange(&self) -> Result<Array> {
        let (start, stop) = match (self.number("start")?, self.number("stop")?) {
            (start, Some(stop)) => (start.unwrap_or(Arg::Int(0)), stop),
            (Some(stop), None) => (Arg::Int(0), stop),
            (None, None) => return Err(self.fault("`arange` needs `stop`")),
        };
        let step = self.number("step")?.unwrap_or(Arg::Int(1));
        // Integers from a fraction on, or by one, are not the numbers without their fractions.
        if is_integer(self.get("dtype")) && [&start, &step].iter().any(|arg| float(arg).fract() != 0.0) {
            return Err(self.fault("`start` and `step` of an `arange` of integers are whole numbers here"));
        }
        let numbers = arange(&start, &stop, &step);
        Ok(line(numbers.ok_or_else(|| self.fault("a step of 0 ends nowhere, or is too small here"))?))
    }

    fn linspace(&self) -> Result<Array> {
        let (Some(start), Some(stop)) = (self.number("start")?, self.number("stop")?) else {
            return Err(self.fault("`linspace` needs `start` and `stop`"));
        };
        let count = count(self.get("num").unwrap_or(&Arg::Int(50)));
        let count = count.ok_or_else(|| self.fault(&format!("`num` is a number up to {MOST}")))?;
        let parts = match self.get("endpoint") {
            None | Some(Arg::Bool(true)) => count.saturating_sub(1),
            Some(Arg::Bool(false)) => count,
            Some(_) => return Err(self.fault("`endpoint` is `true` or `false` here")),
        };
        let (start, stop, is_integer) = (float(&start), float(&stop), is_integer(self.get("dtype")));
        let at = |i: usize| match start + (stop - start) * i as f64 / parts.max(1) as f64 {
            // Integers along a line are those below, also where it is negative.
            x if is_integer => Arg::Float(x.floor()),
            x => Arg::Float(x),
        };
        Ok(line((0..count).map(at).collect()))
    }

    fn eye(&self) -> Result<Array> {
        let rows = self.get("N").and_then(count);
        let rows = rows.ok_or_else(|| self.fault("`eye` needs `N`, a whole number"))?;
        let columns = match self.get("M") {
            None | Some(Arg::None) => rows,
            Some(columns) => count(columns)
                .ok_or_else(|| self.fault(&format!("`M` of `eye` is a whole number up to {MOST}")))?,
        };
        let Ok(Some(Arg::Int(0)) | None) = self.number("k") else {
            return Err(self.fault("`k` of `eye` is 0 here"));
        };
        let on = |i: usize| Arg::Float(f64::from(u8::from(i / columns.max(1) == i % columns.max(1))));
        filled(&[rows, columns], on).ok_or_else(|| self.fault(&too_many()))
    }

    /// `full`, `ones` and `zeros`.
    fn full(&self) -> Result<Array> {
        let value = match self.name {
            "full" => self.number("fill_value")?,
            "ones" => Some(Arg::Float(1.0)),
            _ => Some(Arg::Float(0.0)),
        };
        let value = value.ok_or_else(|| self.fault("`full` needs `fill_value`, a number"))?;
        let needs = || self.fault(&format!("`{}` needs `shape`, whole numbers: `(2, 3)`", self.name));
        let shape = self.get("shape").and_then(shape).ok_or_else(needs)?;
        // What Keras fills with a whole number is an array of floats; NumPy keeps integers.
        let value = if self.in_numpy { value } else { Arg::Float(float(&value)) };
        filled(&shape, |_| value.clone()).ok_or_else(|| self.fault(&too_many()))
    }

    /// `array`, `constant` and `convert_to_tensor`.
    fn listed(&self) -> Result<Array> {
        let needs = || self.fault(&format!("`{}` needs numbers: `[1, 2, 3]`", self.name));
        let list = self.get("x").ok_or_else(needs)?;
        array(list).ok_or_else(|| self.fault("an array is numbers in lists that are as long as each other"))
    }

    /// The array in the type that `dtype` says.
    fn of_dtype(&self, mut array: Array) -> Result<Array> {
        match self.get("dtype") {
            None | Some(Arg::None) => {}
            Some(Arg::Word(word) | Arg::Str(word)) if word.starts_with("float") => {
                array.values.iter_mut().for_each(|value| *value = Arg::Float(float(value)));
            }
            dtype if is_integer(dtype) => {
                array.values.iter_mut().for_each(|value| *value = Arg::Int(float(value) as i128));
            }
            Some(_) => return Err(self.fault("`dtype` of an array is float32 or int32 here")),
        }
        Ok(array)
    }
}

/// Whether this type of an array is one of integers.
fn is_integer(dtype: Option<&Arg>) -> bool {
    matches!(dtype, Some(Arg::Word(word) | Arg::Str(word)) if word.starts_with("int"))
}

fn too_many() -> String {
    format!("an array beside a tensor has up to {MOST} numbers: more are a weight of a layer of your own")
}

fn line(values: Vec<Arg>) -> Array {
    Array { shape: vec![Arg::Int(values.len() as i128)], values }
}

fn filled(shape: &[usize], of: impl Fn(usize) -> Arg) -> Option<Array> {
    let count = shape.iter().try_fold(1usize, |n, axis| n.checked_mul(*axis)).filter(|n| *n <= MOST)?;
    Some(Array {
        shape: shape.iter().map(|n| Arg::Int(*n as i128)).collect(),
        values: (0..count).map(of).collect(),
    })
}

fn count(arg: &Arg) -> Option<usize> {
    match arg {
        Arg::Int(n) => usize::try_from(*n).ok().filter(|n| *n <= MOST),
        _ => None,
    }
}

fn shape(arg: &Arg) -> Option<Vec<usize>> {
    match arg {
        Arg::List(axes) => axes.iter().map(count).collect(),
        one => Some(vec![count(one)?]),
    }
}

fn float(arg: &Arg) -> f64 {
    match arg {
        Arg::Int(n) => *n as f64,
        Arg::Float(x) => *x,
        Arg::Bool(b) => f64::from(u8::from(*b)),
        _ => 0.0,
    }
}

/// From the start on, up to what stops it: whole numbers if all three are.
fn arange(start: &Arg, stop: &Arg, step: &Arg) -> Option<Vec<Arg>> {
    let (from, to, by) = (float(start), float(stop), float(step));
    let count = ((to - from) / by).ceil();
    if !count.is_finite() || count > MOST as f64 {
        return None;
    }
    let is_whole = [start, stop, step].iter().all(|arg| matches!(arg, Arg::Int(_)));
    let at = |i: usize| match from + by * i as f64 {
        x if is_whole => Arg::Int(x as i128),
        x => Arg::Float(x),
    };
    Some((0..count.max(0.0) as usize).map(at).collect())
}

/// Whether numbers stand in a bracket, or brackets of them.
fn is_array(tokens: TokenStream) -> bool {
    let pieces: Vec<TokenStream> = at_comma(tokens).into_iter().filter(|piece| !piece.is_empty()).collect();
    let is_item = |piece: &TokenStream| match only_group(piece, Delimiter::Bracket) {
        Some(group) => is_array(group.stream()),
        None => piece.clone().into_iter().all(|tree| match tree {
            TokenTree::Literal(_) => true,
            TokenTree::Punct(sign) => sign.as_char() == '-',
            _ => false,
        }),
    };
    !pieces.is_empty() && pieces.iter().all(is_item)
}

/// Lists in lists as an array, if they are as long as each other.
fn array(list: &Arg) -> Option<Array> {
    let (mut shape, mut level) = (Vec::new(), list);
    while let Arg::List(items) = level {
        shape.push(items.len());
        level = items.first()?;
    }
    let mut values = Vec::new();
    flatten(list, &shape, &mut values)?;
    Some(Array { shape: shape.into_iter().map(|n| Arg::Int(n as i128)).collect(), values })
}

fn flatten(value: &Arg, shape: &[usize], out: &mut Vec<Arg>) -> Option<()> {
    match (value, shape.split_first()) {
        (Arg::List(items), Some((length, rest))) if items.len() == *length => {
            items.iter().try_for_each(|item| flatten(item, rest, out))
        }
        (Arg::Int(_) | Arg::Float(_) | Arg::Bool(_), None) => {
            out.push(value.clone());
            Some(())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(source: &str) -> Result<Array> {
        read(&source.parse().expect("tokens"), &mut Reader::default()).expect("an array")
    }

    fn values(source: &str) -> Vec<Arg> {
        made(source).unwrap_or_else(|error| panic!("{source}: {error}")).values
    }

    fn wholes(numbers: &[i128]) -> Vec<Arg> {
        numbers.iter().map(|n| Arg::Int(*n)).collect()
    }

    #[test]
    fn integers_are_those_of_keras() {
        assert_eq!(values("ops.linspace(-5, 5, 4, dtype = \"int32\")"), wholes(&[-5, -2, 1, 5]));
        assert_eq!(
            values("ops.linspace(0, 5, 4, endpoint = false, dtype = \"int32\")"),
            wholes(&[0, 1, 2, 3])
        );
        assert_eq!(values("ops.arange(2.5, dtype = \"int32\")"), wholes(&[0, 1, 2]));
        assert_eq!(values("ops.arange(3, 0.5, -1, dtype = \"int32\")"), wholes(&[3, 2, 1]));
        assert_eq!(values("ops.full((2,), -1.7, dtype = \"int32\")"), wholes(&[-1, -1]));
        assert_eq!(values("np.full((2,), 2)"), wholes(&[2, 2]));
        assert_eq!(values("ops.full((2,), 2)"), vec![Arg::Float(2.0); 2]);
    }

    #[test]
    fn arguments_that_are_not_understood_are_faults() {
        assert_eq!(values("ops.eye(1, None)"), [Arg::Float(1.0)]);
        let faults = [
            ("ops.eye(3, COLS)", "`M` of `eye`"),
            ("ops.eye(3, M = -1)", "`M` of `eye`"),
            ("ops.eye(3, M = 4.0)", "`M` of `eye`"),
            ("ops.linspace(0, 1, 3, endpoint = 0)", "`endpoint`"),
            ("ops.arange(4, start = 1)", "`start` of `arange` is given twice"),
            ("ops.arange(-1.5, 3, dtype = \"int32\")", "whole numbers"),
            ("ops.arange(0, 3, 0.5, dtype = \"int32\")", "whole numbers"),
        ];
        for (source, wanted) in faults {
            match made(source) {
                Err(error) => assert!(error.to_string().contains(wanted), "{source}: {error}"),
                Ok(_) => panic!("{source} is taken"),
            }
        }
    }
}
