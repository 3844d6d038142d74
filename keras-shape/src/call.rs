//! A name with or without arguments: `l2`, `"l2"`, `L2(0.01)`.

use crate::code::{Code, Coded};
use crate::constraint::CONSTRAINTS;
use crate::initializer::{INITIALIZER_ALIASES, INITIALIZERS};
use crate::regularizer::REGULARIZERS;
use crate::{Arg, ArgType, closest};

/// Whether `name` before parentheses is something of Keras in small letters: `l2(0.01)`, `he_normal(seed = 1)`,
/// `dict(rmax = 3.0)`. Any other call among a layer's arguments is Rust.
pub fn is_call(name: &str) -> bool {
    let names = [INITIALIZERS, INITIALIZER_ALIASES, REGULARIZERS, CONSTRAINTS, &["l1l2", "dict"]];
    names.iter().any(|names| names.contains(&name))
}

/// An argument of a call, with its name if it has one.
pub(crate) type NamedArg = (Option<String>, Arg);

/// The arguments of a call such as `L2(0.01)`, taken by position or name.
pub(crate) struct CallArgs<'a> {
    name: &'a str,
    args: &'a [NamedArg],
    known: Vec<&'static str>,
}

impl<'a> CallArgs<'a> {
    pub(crate) fn new(name: &'a str, args: &'a [NamedArg]) -> Self {
        CallArgs { name, args, known: Vec::new() }
    }

    /// The argument at the next position, also known by `name`.
    pub(crate) fn take<T: ArgType + Coded>(
        &mut self,
        name: &'static str,
        default: T,
    ) -> Result<(T, Code), String> {
        let position = self.known.len();
        self.known.push(name);
        let found = self.args.iter().enumerate().find(|(i, (n, _))| match n {
            Some(n) => n == name,
            None => *i == position,
        });
        match found {
            Some((_, (_, arg))) => {
                let parsed = T::parse(arg).map_err(|e| format!("`{name}` of `{}`: {e}", self.name))?;
                Ok((parsed.value, parsed.code))
            }
            None => Ok((default, default.code())),
        }
    }

    /// An error if an argument was given that nobody took, or one twice.
    pub(crate) fn finish(self) -> Result<(), String> {
        let names = self.args.iter().enumerate().map(|(i, (name, _))| match name {
            Some(name) => Some(name.as_str()),
            None => self.known.get(i).copied(),
        });
        let names: Vec<&str> = names.flatten().collect();
        if let Some(twice) = names.iter().enumerate().find_map(|(i, n)| names[..i].contains(n).then_some(n)) {
            return Err(format!("`{twice}` of `{}` is given twice: leave one of them out", self.name));
        }
        if let Some((i, _)) =
            self.args.iter().enumerate().find(|(i, (n, _))| n.is_none() && *i >= self.known.len())
        {
            let takes = match self.known.len() {
                0 => "no arguments".to_string(),
                1 => "1 argument".to_string(),
                n => format!("{n} arguments"),
            };
            return Err(format!("`{}` takes {takes}, found {}", self.name, i + 1));
        }
        for (name, _) in self.args {
            if let Some(name) = name
                && !self.known.contains(&name.as_str())
            {
                let hint = match closest(name, self.known.iter().copied()) {
                    Some(near) => format!("; did you mean `{near}`?"),
                    None if self.known.is_empty() => "; it has none".to_string(),
                    None => format!("; it has {}", self.known.join(", ")),
                };
                return Err(format!("`{}` has no argument `{name}`{hint}", self.name));
            }
        }
        Ok(())
    }
}

/// `GlorotUniform` and `glorot_uniform` are the same name.
pub fn snake(name: &str) -> String {
    let mut out = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (i, c) in chars.iter().enumerate() {
        let after_lower = i > 0 && (chars[i - 1].is_lowercase() || chars[i - 1].is_ascii_digit());
        if c.is_uppercase() && after_lower {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// A name with or without arguments: `l2`, `"l2"`, `L2(0.01)`.
pub(crate) fn call_of(arg: &Arg) -> Option<(&str, &[NamedArg])> {
    match arg {
        Arg::Word(name) | Arg::Str(name) => Some((name, &[])),
        Arg::Call(name, args) => Some((name, args)),
        _ => None,
    }
}

pub(crate) fn unknown<T>(name: &str, what: &str, names: &[&'static str]) -> Result<T, String> {
    match closest(&snake(name), names.iter().copied()) {
        Some(near) => Err(format!("`{name}` is not {what}; did you mean `{near}`?")),
        None => Err(format!("`{name}` is not {what}: one of {}", names.join(", "))),
    }
}

/// Takes the arguments of a call as the fields of a variant; gives the value and its code. A field has the name of its
/// argument.
macro_rules! fields {
    ($args:ident, $type:ident::$variant:ident { $($field:ident: $default:expr),* }) => {{
        let mut codes = Vec::new();
        $(
            let ($field, code) = $args.take(stringify!($field), $default)?;
            codes.push((stringify!($field), code));
        )*
        let code = $crate::code::Code::of_fields([stringify!($type), stringify!($variant)], codes);
        ($type::$variant { $($field),* }, code)
    }};
}
pub(crate) use fields;
