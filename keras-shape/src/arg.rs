//! Arguments as a model's author writes them, and how they become values.

use core::any::Any;

use crate::code::{Code, Coded};
use crate::kept::{kept_one, kept_text};
use crate::{LayerConfig, TensorSpec, Weights, closest};

/// An argument as it stands in the source of a model.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// A whole number, perhaps negative.
    Int(i128),
    /// A number with a point.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A bare word: `relu`.
    Word(String),
    /// A word in quotes: `"relu"`.
    Str(String),
    /// `None`.
    None,
    /// A tuple or an array.
    List(Vec<Arg>),
    /// A call: `L2(0.01)`, `LSTM(16)`; each argument with its name if it has one.
    Call(String, Vec<(Option<String>, Arg)>),
    /// A constant expression that only the compiler can evaluate, by its number in the model.
    Expr(usize),
}

impl Arg {
    /// The argument as one would say it.
    pub fn describe(&self) -> String {
        match self {
            Arg::Int(n) => format!("`{n}`"),
            Arg::Float(x) => format!("`{x:?}`"),
            Arg::Bool(b) => format!("`{b}`"),
            Arg::Word(w) => format!("`{w}`"),
            Arg::Str(s) => format!("`\"{s}\"`"),
            Arg::None => "`None`".into(),
            Arg::List(list) => {
                let inner: Vec<String> = list.iter().map(|a| a.describe().replace('`', "")).collect();
                match inner.len() {
                    1 => format!("`({},)`", inner[0]),
                    _ => format!("`({})`", inner.join(", ")),
                }
            }
            Arg::Call(name, _) => format!("`{name}(...)`"),
            Arg::Expr(_) => "an expression".into(),
        }
    }
}

/// One row of a layer's argument table.
#[derive(Clone, Copy, Debug)]
pub struct ArgInfo {
    /// The argument's name.
    pub name: &'static str,
    /// What it takes, in words.
    pub expects: &'static str,
    /// Whether Keras gives it no default.
    pub required: bool,
}

/// An argument's value, and how it is made again in the emitted code.
pub struct Parsed<T> {
    /// The value, or a placeholder where it is not `sure`.
    pub value: T,
    /// How it is made again.
    pub code: Code,
    /// Whether `value` is the value; an expression is known only to the compiler.
    pub sure: bool,
}

impl<T> Parsed<T> {
    pub(crate) fn known(value: T, code: Code) -> Self {
        Parsed { value, code, sure: true }
    }
}

impl<T: Coded> Parsed<T> {
    pub(crate) fn of(value: T) -> Self {
        Parsed { code: value.code(), value, sure: true }
    }
}

/// A type that an argument may have.
pub trait ArgType: Copy + 'static {
    /// What it takes, in words that follow "expects".
    const EXPECTS: &'static str;
    /// A value to stand in until one is set.
    const PLACEHOLDER: Self;
    /// Reads an argument.
    ///
    /// # Errors
    /// What was found and what is expected, in words.
    fn parse(arg: &Arg) -> Result<Parsed<Self>, String>;

    /// The value that is this layer, made already, and how that is made again; `None` of a type that holds no layer.
    fn of_layer(layer: Inner, code: Code) -> Option<(Self, Code)> {
        let _ = (layer, code);
        None
    }

    /// The layers that it holds.
    fn layers(&self) -> &[Inner] {
        &[]
    }

    /// The same with layers that are trained or not, as those inside of them.
    fn trained(self, trainable: bool) -> Self {
        let _ = trainable;
        self
    }
}

/// An argument of a layer, whatever its type. What is done with arguments is written for this, so that it is compiled
/// once and not for each layer.
pub(crate) trait AnyArg: Any {
    /// The layers that it holds.
    fn held(&self) -> &[Inner];
}

impl<T: ArgType> AnyArg for T {
    fn held(&self) -> &[Inner] {
        self.layers()
    }
}

/// An argument of a layer that is to be set. It is apart, so that a program whose layers are made already does not contain
/// what reads their arguments.
pub(crate) trait SetArg {
    /// Sets it to what is written; gives how its value is made again, and whether the value is known already.
    fn read(&mut self, arg: &Arg) -> Result<(Code, bool), String>;

    /// Sets it to a layer; gives how its value is made again. `None` of a type that holds no layer.
    fn put_layer(&mut self, layer: Inner, code: Code) -> Option<Code>;
}

impl<T: ArgType> SetArg for T {
    fn read(&mut self, arg: &Arg) -> Result<(Code, bool), String> {
        let parsed = T::parse(arg)?;
        *self = parsed.value;
        Ok((parsed.code, parsed.sure))
    }

    fn put_layer(&mut self, layer: Inner, code: Code) -> Option<Code> {
        let (value, code) = T::of_layer(layer, code)?;
        *self = value;
        Some(code)
    }
}

pub(crate) fn wrong<T>(arg: &Arg, expects: &str) -> Result<T, String> {
    Err(format!("expected {expects}, found {}", arg.describe()))
}

/// A word in small letters, if that is another word.
pub(crate) fn small_letters(arg: &Arg) -> Option<Arg> {
    match arg {
        Arg::Word(word) | Arg::Str(word) if word.chars().any(char::is_uppercase) => {
            Some(Arg::Word(word.to_lowercase()))
        }
        _ => None,
    }
}

/// Reads one of a set of words, with a suggestion for a slip.
pub(crate) fn parse_word<T>(
    arg: &Arg,
    what: &str,
    names: &'static [&'static str],
    from_name: fn(&str) -> Option<Parsed<T>>,
) -> Result<Parsed<T>, String> {
    let word = match arg {
        Arg::Word(word) | Arg::Str(word) => word.as_str(),
        // Python's `activation=None` is a word here.
        Arg::None if from_name("None").is_some() => "None",
        Arg::Call(class, _) if LayerConfig::is_class(class) => {
            return Err(format!(
                "expected {what}, found the layer `{class}`\nhelp: a layer stands after this one: `=> {class}(...)`"
            ));
        }
        _ => return wrong(arg, what),
    };
    match from_name(word) {
        Some(word) => Ok(word),
        None => {
            let hint = match closest(word, names.iter().copied()) {
                Some(near) => format!("; did you mean `{near}`?"),
                None if names.len() <= 8 => format!(": one of {}", names.join(", ")),
                None => String::new(),
            };
            Err(format!("`{word}` is not {what}{hint}"))
        }
    }
}

/// Reads the elements of a list.
pub(crate) fn parse_all<T: ArgType>(list: &[Arg]) -> Result<ParsedList<T>, String> {
    let mut all = ParsedList { value: Vec::new(), code: Vec::new(), sure: true };
    for arg in list {
        let parsed = T::parse(arg)?;
        all.value.push(parsed.value);
        all.code.push(parsed.code);
        all.sure &= parsed.sure;
    }
    Ok(all)
}

/// The elements of a list, as [`Parsed`].
pub(crate) struct ParsedList<T> {
    pub value: Vec<T>,
    pub code: Vec<Code>,
    pub sure: bool,
}

impl ArgType for bool {
    const EXPECTS: &'static str = "`true` or `false`";
    const PLACEHOLDER: Self = false;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::Bool(b) => Ok(Parsed::of(*b)),
            // What people paste from Python.
            Arg::Word(w) if w == "True" => Ok(Parsed::of(true)),
            Arg::Word(w) if w == "False" => Ok(Parsed::of(false)),
            Arg::Expr(id) => Ok(Parsed { value: false, code: Code::Expression("bool", *id), sure: false }),
            _ => wrong(arg, Self::EXPECTS),
        }
    }
}

impl<T: ArgType> ArgType for Option<T> {
    const EXPECTS: &'static str = T::EXPECTS;
    const PLACEHOLDER: Self = None;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::None => Ok(Parsed::known(None, Code::Option(None))),
            _ => {
                let inner = T::parse(arg)?;
                Ok(Parsed {
                    value: Some(inner.value),
                    code: Code::Option(Some(Box::new(inner.code))),
                    sure: inner.sure,
                })
            }
        }
    }

    fn of_layer(layer: Inner, code: Code) -> Option<(Self, Code)> {
        let (value, code) = T::of_layer(layer, code)?;
        Some((Some(value), Code::Option(Some(Box::new(code)))))
    }

    fn layers(&self) -> &[Inner] {
        self.as_ref().map_or(&[], T::layers)
    }

    fn trained(self, trainable: bool) -> Self {
        self.map(|value| value.trained(trainable))
    }
}

/// An argument that chooses an implementation in Keras and changes no number: `use_cudnn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ignored;

impl ArgType for Ignored {
    const EXPECTS: &'static str = "`auto`, `true`, `false` or a number";
    const PLACEHOLDER: Self = Ignored;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::Bool(_) | Arg::Int(_) => {}
            Arg::Word(word) | Arg::Str(word) if matches!(word.as_str(), "auto" | "True" | "False") => {}
            _ => return wrong(arg, Self::EXPECTS),
        }
        Ok(Parsed::known(Ignored, Code::name(["Ignored"])))
    }
}

/// Keras's `weights` argument: numbers do not stand in a model's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnlyNone;

impl ArgType for OnlyNone {
    const EXPECTS: &'static str = "`None`; numbers come from `load_weights`";
    const PLACEHOLDER: Self = OnlyNone;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::None => Ok(Parsed::known(OnlyNone, Code::name(["OnlyNone"]))),
            _ => wrong(arg, Self::EXPECTS),
        }
    }
}

/// Declares an argument that is a type of numbers, of which there is one here.
macro_rules! only {
    ($(#[$meta:meta])* $name:ident = $word:literal, $expects:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;

        impl ArgType for $name {
            const EXPECTS: &'static str = $expects;
            const PLACEHOLDER: Self = $name;

            fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
                match arg {
                    Arg::None => {}
                    Arg::Word(word) | Arg::Str(word) if word == $word => {}
                    _ => return wrong(arg, Self::EXPECTS),
                }
                Ok(Parsed::known($name, Code::name([stringify!($name)])))
            }
        }
    };
}

only! {
    /// The type in which a layer computes.
    OnlyFloat32 = "float32", "`float32`, in which layers compute here"
}

only! {
    /// The type of a vocabulary of integers.
    OnlyInt64 = "int64", "`int64`; strings are looked up by `StringLookup`"
}

only! {
    /// The encoding of strings.
    OnlyUtf8 = "utf-8", "`\"utf-8\"`, which strings are"
}

/// A layer inside a wrapper: `Bidirectional(LSTM(16))`.
#[derive(Clone, Copy, Debug)]
pub struct Inner {
    /// Its arguments.
    pub config: &'static LayerConfig,
    /// Its name, if one is given.
    pub name: Option<&'static str>,
    /// Whether its weights are trained, where those of the wrapper are.
    pub trainable: bool,
}

impl Inner {
    /// What it is called in [`Code`].
    pub(crate) const CODE: &'static str = "Inner";

    /// How a layer of this name is made again, if its arguments are made so.
    pub(crate) fn code(config: Code, name: Option<&'static str>, trainable: bool) -> Code {
        let name = Code::Option(name.map(|name| Box::new(Code::Text(name))));
        let fields = [("config", Code::Reference(Box::new(config))), ("name", name)];
        Code::of_fields([Inner::CODE], fields.into_iter().chain([("trainable", Code::Bool(trainable))]))
    }

    /// The weights of the layer for these inputs.
    pub const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        self.weights_of(self.config.weights(inputs))
    }

    /// These weights of the layer: not trained if it is not.
    pub(crate) const fn weights_of(&self, weights: Weights) -> Weights {
        if self.trainable { weights } else { weights.frozen() }
    }
}

impl ArgType for Inner {
    const EXPECTS: &'static str = "a layer";
    const PLACEHOLDER: Self = Inner { config: &LayerConfig::PLACEHOLDER, name: None, trainable: true };

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let Arg::Call(class, args) = arg else {
            return wrong(arg, "a layer, as in `LSTM(16)`");
        };
        let Some(config) = LayerConfig::default_of(class) else {
            return Err(LayerConfig::unknown(class));
        };
        let mut build = crate::build::Build::new(config);
        for (name, arg) in args {
            build.set(name.as_deref(), arg)?;
        }
        if let Some(precision) = build.precision {
            return Err(format!(
                "`dtype = \"{}\"` of a layer inside another: layers inside wrappers compute in float32\nhelp: leave `dtype` out",
                precision.policy()
            ));
        }
        let (name, trainable) = (build.name.as_deref().map(kept_text), build.trainable);
        let (config, code, sure) = build.finish()?;
        let value = Inner { config: kept_one(config), name, trainable };
        Ok(Parsed { value, code: Inner::code(code, name, trainable), sure })
    }

    fn of_layer(layer: Inner, code: Code) -> Option<(Self, Code)> {
        Some((layer, Inner::code(code, layer.name, layer.trainable)))
    }

    fn layers(&self) -> &[Inner] {
        std::slice::from_ref(self)
    }

    fn trained(self, trainable: bool) -> Self {
        let config = kept_one(self.config.at_run_time().trained(trainable));
        Inner { config, trainable, ..self }
    }
}
