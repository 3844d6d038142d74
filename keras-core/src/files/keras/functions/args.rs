//! The arguments of a function: tensors, arrays of the file, numbers and words.

use std::cell::RefCell;

use keras_files::{Argument, array_of};
use keras_ops::{self as ops, Symbolic};
use serde_json::Value;

use super::Function;

/// An argument of a call: tensors by their number in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Tensor(usize),
    List(Vec<Operand>),
    Value(Value),
}

impl Operand {
    pub(super) fn of(arg: &Argument, count: &mut usize) -> Operand {
        match arg {
            Argument::Tensor(_) => {
                *count += 1;
                Operand::Tensor(*count - 1)
            }
            Argument::List(list) => Operand::List(list.iter().map(|arg| Operand::of(arg, count)).collect()),
            Argument::Value(value) => Operand::Value(value.clone()),
        }
    }

    /// As Keras writes it, with these tensors.
    pub(super) fn written(&self, tensors: &[Value]) -> Value {
        match self {
            Operand::Tensor(at) => tensors.get(*at).cloned().unwrap_or(Value::Null),
            Operand::List(list) => list.iter().map(|arg| arg.written(tensors)).collect(),
            Operand::Value(value) => value.clone(),
        }
    }

    fn has_tensor(&self) -> bool {
        match self {
            Operand::Tensor(_) => true,
            Operand::List(list) => list.iter().any(Operand::has_tensor),
            Operand::Value(_) => false,
        }
    }
}

/// The arguments of a call by name, and which of them have been asked for.
pub(super) struct Args<'a> {
    named: Vec<(&'a str, Operand)>,
    inputs: &'a [Symbolic],
    used: RefCell<Vec<&'a str>>,
    /// Those that are `None`.
    none: Vec<&'a str>,
}

/// A result whose error is a sentence.
pub(super) type Word<T> = Result<T, String>;

impl<'a> Args<'a> {
    pub(super) fn new(function: &'a Function, inputs: &'a [Symbolic]) -> Word<Self> {
        let names = function.row.1;
        let mut named: Vec<(&str, Operand)> = Vec::new();
        if let Some(all) = names.first().and_then(|name| name.strip_prefix('*')) {
            named.push((all, Operand::List(function.args.clone())));
        } else {
            if function.args.len() > names.len() {
                return Err(format!("it has {} arguments by position", function.args.len()));
            }
            named.extend(names.iter().copied().zip(function.args.iter().cloned()));
        }
        named.extend(function.kwargs.iter().map(|(name, arg)| (name.as_str(), arg.clone())));
        let config = function.config.iter();
        named.extend(config.map(|(name, value)| (name.as_str(), Operand::Value(value.clone()))));
        let is_none = |arg: &Operand| *arg == Operand::Value(Value::Null);
        let none = named.iter().filter(|(_, arg)| is_none(arg)).map(|(name, _)| *name).collect();
        named.retain(|(_, arg)| !is_none(arg));
        Ok(Args { named, inputs, used: RefCell::new(vec!["name", "trainable"]), none })
    }

    /// That no argument has been passed over.
    pub(super) fn finish(&self) -> Word<()> {
        let used = self.used.borrow();
        let says = |arg: &Operand| *arg != Operand::Value(Value::Bool(false));
        match self.named.iter().find(|(name, arg)| !used.contains(name) && says(arg)) {
            Some((name, _)) => Err(format!("its argument `{}` is none here", keras_files::shown(name))),
            None => Ok(()),
        }
    }

    fn find(&self, name: &str) -> Option<&Operand> {
        let (name, arg) = self.named.iter().find(|(other, _)| *other == name)?;
        self.used.borrow_mut().push(name);
        Some(arg)
    }

    /// Whether the file says an argument.
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Whether the file says that there is none of an argument, which is no default.
    pub(super) fn is_none(&self, name: &str) -> bool {
        self.none.contains(&name)
    }

    /// Whether an argument is a list, and no single number.
    pub(super) fn is_list(&self, name: &str) -> bool {
        let value = self.value(name).ok().flatten();
        value.is_some_and(|value| array_of(value).is_ok_and(|(shape, ..)| !shape.is_empty()))
    }

    /// Lengths, numbers, and whether they are whole.
    #[allow(clippy::type_complexity)]
    pub(super) fn numbers(&self, name: &str) -> Word<Option<(Vec<usize>, Vec<f64>, bool)>> {
        self.value(name)?.map(array_of).transpose()
    }

    fn value(&self, name: &str) -> Word<Option<&Value>> {
        match self.find(name) {
            None => Ok(None),
            Some(Operand::Value(value)) => Ok(Some(value)),
            Some(_) => Err(format!("`{name}` is a tensor, and a constant here")),
        }
    }

    fn symbolic(&self, arg: &Operand) -> Word<Symbolic> {
        match arg {
            Operand::Tensor(at) => self.inputs.get(*at).cloned().ok_or_else(|| "a tensor is missing".into()),
            Operand::Value(value) => array(value),
            Operand::List(_) => Err("a list of tensors stands for a tensor".into()),
        }
    }

    /// Whether an argument is a tensor of the model, or has one in it, and so the samples of a batch.
    pub(super) fn is_tensor(&self, name: &str) -> bool {
        self.find(name).is_some_and(Operand::has_tensor)
    }

    /// A tensor or an array.
    pub(super) fn x(&self, name: &str) -> Word<Symbolic> {
        self.opt(name)?.ok_or_else(|| format!("`{name}` is missing"))
    }

    /// A tensor or an array, if there is one.
    pub(super) fn opt(&self, name: &str) -> Word<Option<Symbolic>> {
        self.find(name).map(|arg| self.symbolic(arg)).transpose()
    }

    /// An array of the file, for what may not follow the samples of a batch.
    pub(super) fn constant(&self, name: &str) -> Word<Symbolic> {
        if self.is_tensor(name) {
            return Err(format!("`{name}` is a tensor, whose samples it would mix"));
        }
        self.x(name)
    }

    /// Several tensors or arrays.
    pub(super) fn list(&self, name: &str) -> Word<Vec<Symbolic>> {
        match self.find(name).ok_or_else(|| format!("`{name}` is missing"))? {
            Operand::List(list) => list.iter().map(|arg| self.symbolic(arg)).collect(),
            one => Ok(vec![self.symbolic(one)?]),
        }
    }

    /// Which of several are tensors of the model.
    pub(super) fn are_tensors(&self, name: &str) -> Vec<bool> {
        match self.find(name) {
            Some(Operand::List(list)) => list.iter().map(Operand::has_tensor).collect(),
            Some(one) => vec![one.has_tensor()],
            None => Vec::new(),
        }
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> Word<bool> {
        match self.value(name)? {
            None => Ok(default),
            Some(value) => value.as_bool().ok_or_else(|| format!("`{name}` is neither true nor false")),
        }
    }

    pub(super) fn text(&self, name: &str, default: &'a str) -> Word<String> {
        match self.value(name)? {
            None => Ok(default.to_string()),
            Some(value) => value.as_str().map(str::to_string).ok_or_else(|| format!("`{name}` is no word")),
        }
    }

    /// What the word of an argument stands for among these; the first where the file says none.
    pub(super) fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Word<T> {
        let Some(value) = self.value(name)? else { return Ok(words[0].1) };
        let found = value.as_str().and_then(|word| words.iter().find(|(other, _)| *other == word));
        found.map(|(_, meaning)| *meaning).ok_or_else(|| not_read(name, value))
    }

    /// That an argument is one of these words.
    pub(super) fn only(&self, name: &str, words: &[&str]) -> Word<()> {
        self.word(name, &words.iter().map(|word| (*word, ())).collect::<Vec<_>>())
    }

    /// A number, which the file may have as an array.
    pub(super) fn number(&self, name: &str) -> Word<Option<f64>> {
        let Some(value) = self.value(name)? else { return Ok(None) };
        let (_, numbers, _) = array_of(value)?;
        match numbers.as_slice() {
            [one] => Ok(Some(*one)),
            _ => Err(format!("`{name}` is no single number")),
        }
    }

    pub(super) fn float(&self, name: &str, default: f64) -> Word<f32> {
        Ok(self.number(name)?.unwrap_or(default) as f32)
    }

    /// A whole number.
    pub(super) fn int(&self, name: &str) -> Word<Option<isize>> {
        match self.number(name)? {
            None => Ok(None),
            Some(n) if n == n.trunc() && n.abs() < 1e9 => Ok(Some(n as isize)),
            Some(_) => Err(format!("`{name}` is no whole number")),
        }
    }

    /// A number that counts.
    pub(super) fn count(&self, name: &str) -> Word<Option<usize>> {
        self.int(name)?.map(|n| counted(name, n)).transpose()
    }

    /// One whole number, or several.
    pub(super) fn ints(&self, name: &str) -> Word<Option<Vec<isize>>> {
        let Some(value) = self.value(name)? else { return Ok(None) };
        let (shape, numbers, whole) = array_of(value)?;
        if shape.len() > 1 || !whole || numbers.iter().any(|n| n.abs() >= 1e9) {
            return Err(format!("`{name}` is no list of whole numbers"));
        }
        Ok(Some(numbers.into_iter().map(|n| n as isize).collect()))
    }

    /// Numbers that count.
    pub(super) fn counts(&self, name: &str) -> Word<Option<Vec<usize>>> {
        let Some(list) = self.ints(name)? else { return Ok(None) };
        list.into_iter().map(|n| counted(name, n)).collect::<Word<Vec<usize>>>().map(Some)
    }

    /// Pairs of whole numbers, one or several.
    pub(super) fn pairs(&self, name: &str) -> Word<Vec<(usize, usize)>> {
        let value = self.value(name)?.ok_or_else(|| format!("`{name}` is missing"))?;
        let (shape, numbers, whole) = array_of(value)?;
        let counts: Option<Vec<usize>> =
            numbers.iter().map(|n| (*n >= 0.0 && *n <= MOST as f64).then_some(*n as usize)).collect();
        let counts = counts.filter(|_| whole).ok_or_else(|| format!("`{name}` is no list of pairs"))?;
        match (shape.as_slice(), counts.as_slice()) {
            ([], [n]) => Ok(vec![(*n, *n)]),
            ([2], [before, after]) => Ok(vec![(*before, *after)]),
            ([_, 2], all) => Ok(all.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()),
            _ => Err(format!("`{name}` is no list of pairs")),
        }
    }

    /// An axis of a tensor that is not the batch's; any of an array.
    pub(super) fn axis(&self, of: &str, x: &Symbolic, default: Option<isize>) -> Word<isize> {
        // Keras writes every argument: one that is `null` is `None`, and no default.
        let default = default.filter(|_| !self.none.contains(&"axis"));
        let axis = self.int("axis")?.or(default);
        let axis = axis.ok_or("it takes all axes together, the batch among them")?;
        self.own_axis(of, x, axis)
    }

    /// That an axis is there and no batch's, counted from the first.
    pub(super) fn own_axis(&self, of: &str, x: &Symbolic, axis: isize) -> Word<isize> {
        let rank = x.ndim() as isize;
        let at = if axis < 0 { axis + rank } else { axis };
        if at < 0 || at >= rank {
            return Err(format!("there is no axis {axis} of {rank}"));
        }
        if at == 0 && self.is_tensor(of) {
            return Err("it works along the batch, and would mix its samples".into());
        }
        Ok(at)
    }

    /// Axes of a tensor of which none is the batch's.
    pub(super) fn axes(&self, name: &str, of: &str, x: &Symbolic) -> Word<Vec<isize>> {
        let axes = self.ints(name)?.ok_or("it takes all axes together, the batch among them")?;
        axes.into_iter().map(|axis| self.own_axis(of, x, axis)).collect()
    }
}

fn not_read(name: &str, value: &Value) -> String {
    let word = value.as_str().map_or_else(|| value.to_string(), str::to_string);
    format!("`{name}` is `{}`, which is not read", keras_files::shown(&word))
}

/// So much a file may ask for: numbers of elements, of classes, of places.
pub(super) const MOST: usize = 1 << 24;

fn counted(name: &str, n: isize) -> Word<usize> {
    let n = usize::try_from(n).map_err(|_| format!("`{name}` is below 0"))?;
    if n > MOST { Err(format!("`{name}` is more than a tensor can have")) } else { Ok(n) }
}

/// An array of the file, of whole numbers, truth values or floats.
fn array(value: &Value) -> Word<Symbolic> {
    let (shape, numbers, whole) = array_of(value)?;
    Ok(match (shape.is_empty(), whole) {
        (true, true) => ops::Operand::symbolic(&(numbers[0] as i32)),
        (true, false) => ops::Operand::symbolic(&(numbers[0] as f32)),
        (false, true) => ops::array(&numbers.iter().map(|n| *n as i32).collect::<Vec<i32>>(), shape),
        (false, false) => ops::array(&numbers.iter().map(|n| *n as f32).collect::<Vec<f32>>(), shape),
    })
}
