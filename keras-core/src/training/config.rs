//! What optimisers, schedules and losses were made with, as Keras's configurations have it.
#![cfg_attr(not(feature = "files"), allow(dead_code))]

/// A value in a configuration of Keras.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// `null`.
    None,
    /// A truth value.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A word.
    Word(String),
    /// A list.
    List(Vec<Setting>),
    /// An object: a schedule, an optimiser inside another.
    Object(Config),
    /// A function by its name: `huber`.
    Function(String),
}

/// The class of an object of Keras with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The module: `keras.optimizers`.
    pub module: String,
    /// The class: `Adam`.
    pub class: String,
    /// The arguments by name.
    pub arguments: Vec<(String, Setting)>,
}

impl Config {
    /// The argument of this name.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.arguments.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// Arguments that Keras 3.15 reads and forgets to write, with their defaults.
#[cfg(feature = "files")]
const FORGOTTEN: [(&str, &str, &str, Setting); 5] = [
    ("keras.losses", "CosineSimilarity", "axis", Setting::Whole(-1)),
    ("keras.losses", "Huber", "delta", Setting::Number(1.0)),
    ("keras.losses", "SparseCategoricalCrossentropy", "axis", Setting::Whole(-1)),
    ("keras.metrics", "CosineSimilarity", "axis", Setting::Whole(-1)),
    ("keras.metrics", "SparseTopKCategoricalAccuracy", "from_sorted_ids", Setting::Flag(false)),
];

/// Leaves out what Keras does not write; where it is not the default, it is written nevertheless, as Keras would load another
/// training without it.
#[cfg(feature = "files")]
pub(crate) fn unwritten(config: &mut Config) {
    let Config { module, class, arguments } = config;
    for (of, forgets, argument, default) in &FORGOTTEN {
        if *of == module.as_str() && *forgets == class.as_str() {
            arguments.retain(|(name, value)| name != argument || value != default);
        }
    }
}

/// A value of an argument.
pub(crate) trait Value: Sized {
    fn setting(&self) -> Setting;
    fn of(setting: &Setting) -> Option<Self>;
}

impl Value for f64 {
    fn setting(&self) -> Setting {
        Setting::Number(*self)
    }

    fn of(setting: &Setting) -> Option<Self> {
        match setting {
            Setting::Number(value) => Some(*value),
            Setting::Whole(value) => Some(*value as f64),
            _ => None,
        }
    }
}

impl Value for f32 {
    /// The number that a person writes, which is no binary fraction: 0.3.
    fn setting(&self) -> Setting {
        Setting::Number(self.to_string().parse().unwrap_or(f64::from(*self)))
    }

    fn of(setting: &Setting) -> Option<Self> {
        f64::of(setting).map(|value| value as f32)
    }
}

impl Value for bool {
    fn setting(&self) -> Setting {
        Setting::Flag(*self)
    }

    fn of(setting: &Setting) -> Option<Self> {
        if let Setting::Flag(value) = setting { Some(*value) } else { None }
    }
}

impl Value for String {
    fn setting(&self) -> Setting {
        Setting::Word(self.clone())
    }

    fn of(setting: &Setting) -> Option<Self> {
        if let Setting::Word(word) = setting { Some(word.clone()) } else { None }
    }
}

macro_rules! whole {
    ($($ty:ty)*) => { $(
        impl Value for $ty {
            fn setting(&self) -> Setting {
                Setting::Whole(i64::try_from(*self).unwrap_or(i64::MAX))
            }

            fn of(setting: &Setting) -> Option<Self> {
                match setting {
                    Setting::Whole(value) => <$ty>::try_from(*value).ok(),
                    // Keras 2 writes numbers of steps as floats.
                    Setting::Number(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                        <$ty>::try_from(*value as i64).ok()
                    }
                    _ => None,
                }
            }
        }
    )* };
}
whole!(usize u64 i64 isize);

impl<T: Value> Value for Option<T> {
    fn setting(&self) -> Setting {
        self.as_ref().map_or(Setting::None, Value::setting)
    }

    fn of(setting: &Setting) -> Option<Self> {
        if *setting == Setting::None { Some(None) } else { T::of(setting).map(Some) }
    }
}

impl<T: Value> Value for Vec<T> {
    fn setting(&self) -> Setting {
        Setting::List(self.iter().map(Value::setting).collect())
    }

    fn of(setting: &Setting) -> Option<Self> {
        match setting {
            Setting::List(list) => list.iter().map(T::of).collect(),
            one => T::of(one).map(|one| vec![one]),
        }
    }
}

/// The arguments of a class of Keras.
pub(crate) trait Arguments {
    /// The class: `Adam`.
    const CLASS: &'static str;

    /// All of them.
    fn arguments(&self) -> Vec<(String, Setting)>;

    /// Sets one; nothing if there is none of this name, false if it takes no such value.
    fn set(&mut self, name: &str, value: &Setting) -> Option<bool>;
}

/// The arguments of a class: fields, with `=> path` where they are parts of another.
macro_rules! arguments {
    ($type:ident $(, $name:ident $(=> $($path:ident).+)?)* $(,)?) => {
        impl $crate::training::config::Arguments for $type {
            const CLASS: &'static str = stringify!($type);

            fn arguments(&self) -> Vec<(String, $crate::training::config::Setting)> {
                vec![$((
                    stringify!($name).to_string(),
                    $crate::training::config::Value::setting(&$crate::training::config::field!(self, $name $($($path).+)?)),
                )),*]
            }

            fn set(&mut self, name: &str, value: &$crate::training::config::Setting) -> Option<bool> {
                let _ = value;
                match name {
                    $(stringify!($name) => {
                        let value = $crate::training::config::Value::of(value);
                        let Some(value) = value else { return Some(false) };
                        $crate::training::config::field!(self, $name $($($path).+)?) = value;
                        Some(true)
                    })*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use arguments;

macro_rules! field {
    ($self:ident, $name:ident) => {
        $self.$name
    };
    ($self:ident, $name:ident $($path:ident).+) => {
        $self.$($path).+
    };
}
pub(crate) use field;

/// Sets a field, if it takes such a value.
pub(crate) fn put<T: Value>(field: &mut T, value: &Setting) -> bool {
    let value = T::of(value);
    let fits = value.is_some();
    if let Some(value) = value {
        *field = value;
    }
    fits
}

/// Sets the arguments of a configuration; those that say nothing here are left alone.
///
/// # Errors
/// An argument that there is not, or that takes no such value.
pub(crate) fn set_all<T: Arguments>(
    to: &mut T,
    config: &Config,
    harmless: impl Fn(&str, &Setting) -> bool,
) -> Result<(), String> {
    for (name, value) in &config.arguments {
        match to.set(name, value) {
            Some(true) => {}
            Some(false) => return Err(format!("`{name}` of `{}` takes no such value", T::CLASS)),
            None if harmless(name, value) => {}
            None => return Err(format!("`{}` has no argument `{name}` here", T::CLASS)),
        }
    }
    Ok(())
}
