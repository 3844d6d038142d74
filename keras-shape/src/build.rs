//! A layer as it is read from source, argument by argument.

use crate::arg::wrong;
use crate::code::Code;
use crate::kept::{kept_one, kept_text};
use crate::{Arg, ArgType, Inner, LayerConfig, Precision, closest};

/// Names of arguments that Keras still takes for what has another name now: class, old, new.
const OLD_NAMES: &[(&str, &str, &str)] = &[("LeakyReLU", "alpha", "negative_slope")];

/// What arguments were called in Keras 1, and are called since.
const KERAS_1: &[(&str, &[&str])] = &[
    ("nb_filter", &["filters"]),
    ("output_dim", &["units"]),
    ("border_mode", &["padding"]),
    ("subsample", &["strides"]),
    ("subsample_length", &["strides"]),
    ("filter_length", &["kernel_size"]),
    ("nb_row", &["kernel_size"]),
    ("nb_col", &["kernel_size"]),
    ("atrous_rate", &["dilation_rate"]),
    ("pool_length", &["pool_size"]),
    ("dim_ordering", &["data_format"]),
    ("bias", &["use_bias"]),
    ("init", &["kernel_initializer", "embeddings_initializer"]),
    ("inner_activation", &["recurrent_activation"]),
    ("inner_init", &["recurrent_initializer"]),
    ("W_regularizer", &["kernel_regularizer", "embeddings_regularizer"]),
    ("b_regularizer", &["bias_regularizer"]),
    ("U_regularizer", &["recurrent_regularizer"]),
    ("W_constraint", &["kernel_constraint", "embeddings_constraint"]),
    ("b_constraint", &["bias_constraint"]),
    ("dropout_W", &["dropout"]),
    ("dropout_U", &["recurrent_dropout"]),
    ("p", &["rate"]),
    ("sigma", &["stddev"]),
    ("gamma_init", &["gamma_initializer"]),
    ("beta_init", &["beta_initializer"]),
    ("concat_axis", &["axis"]),
];

/// Arguments that Keras has and that mean nothing here: of which class, or of any, and why.
const NOT_HERE: &[(&str, &str, &str)] = &[
    ("ReversibleEmbedding", "lora_rank", "`Embedding` has it"),
    ("ReversibleEmbedding", "lora_alpha", "it goes with `lora_rank`, which `Embedding` has"),
    ("", "quantization_config", "weights are numbers of 32 bits"),
    ("EinsumDense", "gptq_unpacked_column_size", "weights are numbers of 32 bits"),
];

/// What the output of a layer adds to the loss.
const ACTIVITY: &str = "activity_regularizer";

/// Why a layer has an argument of Keras's not.
fn not_here(class: &str, name: &str) -> Option<&'static str> {
    // Of wrappers, and of what makes numbers of categories; `Layer` does not take it of the others.
    let has_none = ["Discretization", "SpatialDropout", "ActivityRegularization"];
    let is_cell = class.ends_with("Cell") || class.ends_with("Cells");
    if name == ACTIVITY && !is_cell && !has_none.iter().any(|of| class.starts_with(of)) {
        return Some("`=> ActivityRegularization(l2 = 0.01)` behind it adds the same to the loss");
    }
    let quantised = ["Dense", "EinsumDense", "Embedding", "ReversibleEmbedding"];
    let found = NOT_HERE
        .iter()
        .find(|(of, own, _)| *own == name && (*of == class || of.is_empty() && quantised.contains(&class)));
    found.map(|(_, _, why)| *why)
}

/// The arguments that may stand without a name. Keras's `Layer` itself takes `activity_regularizer`, by its name alone: where a
/// class does not list it among its own arguments, it is the last here.
fn by_position(table: &'static [crate::ArgInfo]) -> &'static [crate::ArgInfo] {
    match table.split_last() {
        Some((last, rest)) if last.name == ACTIVITY => rest,
        _ => table,
    }
}

/// That a layer has no argument of this name, with the one that was probably meant.
fn no_argument(config: &LayerConfig, name: &str) -> String {
    let (class, table) = (config.class(), config.args());
    let has = |name: &str| table.iter().any(|info| info.name == name);
    let since = KERAS_1.iter().find(|(old, _)| *old == name).map_or(&[][..], |(_, new)| *new);
    if let Some(new) = since.iter().find(|new| has(new)) {
        return format!("`{name}` of `{class}` is called `{new}` since Keras 2");
    }
    let common = ["name", "trainable"];
    // `regularizer` for `kernel_regularizer`.
    let ends_so = |own: &str| own.strip_suffix(name).is_some_and(|before| before.ends_with('_'));
    let names = || table.iter().map(|info| info.name);
    let near = closest(name, names().chain(common)).or_else(|| names().find(|own| ends_so(own)));
    let hint = match near {
        Some(near) => format!("; did you mean `{near}`?"),
        None => {
            let own = by_position(table).iter().map(|info| info.name).chain(common);
            format!("; it has {}", own.collect::<Vec<_>>().join(", "))
        }
    };
    format!("`{class}` has no argument `{name}`{hint}")
}

/// Reads the type in which a layer computes: a policy of Keras.
fn dtype(config: &LayerConfig, arg: &Arg) -> Result<Option<Precision>, String> {
    let name = match arg {
        Arg::None => return Ok(None),
        Arg::Str(name) | Arg::Word(name) => name.as_str(),
        // `DTypePolicy("float32")`
        Arg::Call(policy, args) => match &args[..] {
            [(_, Arg::Str(name) | Arg::Word(name))] if policy.ends_with("Policy") => name.as_str(),
            _ => "",
        },
        _ => "",
    };
    // Layers that make ids say by this argument how they give them.
    let gives_ids = config.args().iter().any(|info| info.name == "output_mode");
    let (why, help) = match name {
        "float32" => return Ok(None),
        // Ids are integers of 32 bits whatever is said, and their encodings floats.
        "int32" | "int64" if gives_ids => return Ok(None),
        // What a wrapper casts, the layer inside computes with; one that keeps numbers of 32 bits gives these.
        "mixed_float16" | "mixed_bfloat16"
            if config.wrapped().iter().any(|inner| inner.config.facts().rounds != crate::Rounds::All) =>
        {
            ("the layer inside computes in float32 whatever the wrapper says", "leave `dtype` out")
        }
        "mixed_float16" | "mixed_bfloat16" => return Ok(Precision::from_policy(name)),
        "float16" => (
            "weights are of float32, as weights of 16 bits lose the small steps of a training",
            "write `dtype = \"mixed_float16\"`: the layer computes in float16, with weights of float32",
        ),
        "bfloat16" => (
            "weights are of float32, as weights of 16 bits lose the small steps of a training",
            "write `dtype = \"mixed_bfloat16\"`: the layer computes in bfloat16, with weights of float32",
        ),
        "float64" => {
            ("layers compute in `float32` here, and have no numbers of 64 bits", "leave `dtype` out")
        }
        _ => ("`dtype` is `float32`, `mixed_bfloat16` or `mixed_float16`", "leave `dtype` out"),
    };
    Err(format!("{} is no type of a layer here: {why}\nhelp: {help}", arg.describe()))
}

/// A layer that is being read from source, argument by argument.
#[derive(Clone, Debug)]
pub struct Build {
    /// The arguments so far.
    pub config: LayerConfig,
    /// The layer's name, if one is given.
    pub name: Option<String>,
    /// Whether its weights are trained.
    pub trainable: bool,
    /// The numbers of 16 bits in which it computes, if it does.
    pub precision: Option<Precision>,
    /// Whether it says in which numbers it computes.
    pub says_dtype: bool,
    positions: usize,
    fields: Vec<(&'static str, Code)>,
    sure: bool,
}

impl Build {
    /// A layer with Keras's defaults.
    pub fn new(config: LayerConfig) -> Self {
        Build {
            config,
            name: None,
            trainable: true,
            precision: None,
            says_dtype: false,
            positions: 0,
            fields: Vec::new(),
            sure: true,
        }
    }

    /// Whether there is no more argument by position.
    pub fn is_full(&self) -> bool {
        self.positions >= by_position(self.config.args()).len()
    }

    /// Sets the next positional argument, or the one called `name`.
    ///
    /// # Errors
    /// What is wrong with the argument, in words.
    pub fn set(&mut self, name: Option<&str>, arg: &Arg) -> Result<(), String> {
        let name = match name {
            Some(name) => name,
            None => self.next_position(arg)?,
        };
        if self.set_common(name, arg)? {
            return Ok(());
        }
        let class = self.config.class();
        let old = OLD_NAMES.iter().find(|(of, old, _)| *of == class && *old == name);
        let name = old.map_or(name, |(_, _, new)| new);
        let Some(info) = self.config.args().iter().find(|info| info.name == name) else {
            return match not_here(class, name) {
                Some(_) if *arg == Arg::None => Ok(()),
                Some(why) => {
                    Err(format!("`{name}` of `{class}` is not computed here: {why}\nhelp: leave it out"))
                }
                None => Err(no_argument(&self.config, name)),
            };
        };
        if self.fields.iter().any(|(f, _)| *f == info.name) {
            return Err(format!("`{name}` of `{class}` is given twice: leave one of them out"));
        }
        let (code, sure) =
            self.config.set(info.name, arg).unwrap_or_else(|| Err("unknown argument".into())).map_err(
                |e| if self.config.is_operation() { e } else { format!("`{name}` of `{class}`: {e}") },
            )?;
        self.sure &= sure;
        self.fields.push((info.name, code));
        Ok(())
    }

    /// The name of the next positional argument, which is `arg`.
    fn next_position(&mut self, arg: &Arg) -> Result<&'static str, String> {
        let (class, table) = (self.config.class(), by_position(self.config.args()));
        let at = self.positions;
        self.positions += 1;
        match table.get(at) {
            Some(info) => Ok(info.name),
            None if table.is_empty() => {
                Err(format!("`{class}` takes no arguments, found {}", arg.describe()))
            }
            None => Err(format!(
                "`{class}` takes at most {} argument{} by position, found one more: {}",
                table.len(),
                if table.len() == 1 { "" } else { "s" },
                arg.describe()
            )),
        }
    }

    /// Sets what every layer takes, `name`, `trainable` and `dtype`; whether it is one of these.
    fn set_common(&mut self, name: &str, arg: &Arg) -> Result<bool, String> {
        match (name, arg) {
            ("name", Arg::Str(s) | Arg::Word(s)) => {
                crate::check_name(s)?;
                self.name = Some(s.clone());
            }
            // Keras's default: the name is made of the class.
            ("name", Arg::None) => {}
            ("name", _) => return wrong(arg, "`name`: a text, as `\"encoder\"`"),
            ("trainable", _) => {
                let class = self.config.class();
                let parsed = bool::parse(arg).map_err(|e| format!("`trainable` of `{class}`: {e}"))?;
                if !parsed.sure {
                    return wrong(
                        arg,
                        "`true` or `false` in the source, as `trainable` says what is counted",
                    );
                }
                self.trainable = parsed.value;
            }
            ("dtype", _) => {
                self.precision = dtype(&self.config, arg)?;
                self.says_dtype = *arg != Arg::None;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Sets an argument that is a layer, made already: its arguments with how they are made again, whether all of them are
    /// known, its name, and whether it is trained.
    ///
    /// # Errors
    /// The layer has no such argument, or it is given twice.
    pub fn set_layer(
        &mut self,
        name: &str,
        layer: LayerConfig,
        code: Code,
        sure: bool,
        layer_name: &str,
        trainable: bool,
    ) -> Result<(), String> {
        let class = self.config.class();
        let Some(info) = self.config.args().iter().find(|info| info.name == name) else {
            return Err(format!("`{class}` has no argument `{name}`"));
        };
        if self.fields.iter().any(|(f, _)| *f == info.name) {
            return Err(format!("`{name}` of `{class}` is given twice: leave one of them out"));
        }
        let inner = Inner { config: kept_one(layer), name: Some(kept_text(layer_name)), trainable };
        let is_first = self.config.args().first().is_some_and(|first| first.name == info.name);
        let Some(code) = self.config.set_layer(name, inner, code) else {
            return Err(format!("`{name}` of `{class}` is no layer"));
        };
        self.positions += usize::from(is_first);
        self.sure &= sure;
        self.fields.push((info.name, code));
        Ok(())
    }

    /// The first required argument that is missing.
    pub fn missing(&self) -> Option<&'static str> {
        let given = |name: &str| self.fields.iter().any(|(f, _)| *f == name);
        self.config.args().iter().find(|info| info.required && !given(info.name)).map(|info| info.name)
    }

    /// The config, how it is made again, and whether all of it is known here.
    ///
    /// # Errors
    /// A required argument is missing.
    pub fn finish(self) -> Result<(LayerConfig, Code, bool), String> {
        if let Some(name) = self.missing() {
            let class = self.config.class();
            return Err(format!("`{class}` needs `{name}`"));
        }
        let class = self.config.row();
        let layer = Code::Struct {
            name: vec!["layers", class],
            fields: self.fields,
            others: Some(vec!["layers", class, "DEFAULT"]),
        };
        Ok((self.config, Code::of(["LayerConfig", class], layer), self.sure))
    }
}
