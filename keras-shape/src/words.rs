//! The words that Keras's arguments take: activations, initialisers, padding and the like.

use crate::arg::{CallArgs, NamedArg, PATH, Parsed, wrong};
use crate::{Arg, ArgType, closest};

words! {
    /// An activation function, by [Keras's names](https://keras.io/api/layers/activations/).
    pub enum Activation as "an activation" default Linear {
        /// `x`.
        Linear = "linear" | "None",
        /// `max(x, 0)`.
        Relu = "relu",
        /// `min(max(x, 0), 6)`.
        Relu6 = "relu6",
        /// `exp(x) - 1` below 0.
        Elu = "elu",
        /// Scaled ELU.
        Selu = "selu",
        /// `exp(x) - 1` below 0, continuously differentiable (alpha 1).
        Celu = "celu",
        /// `x` times the normal distribution function of `x`.
        Gelu = "gelu",
        /// `x * sigmoid(x)`.
        Silu = "silu" | "swish",
        /// `1 / (1 + exp(-x))`.
        Sigmoid = "sigmoid",
        /// `relu6(x + 3) / 6`.
        HardSigmoid = "hard_sigmoid",
        /// `x * hard_sigmoid(x)`.
        HardSilu = "hard_silu" | "hard_swish",
        /// `x` held to [-1, 1].
        HardTanh = "hard_tanh",
        /// 0 within [-0.5, 0.5], else `x`.
        HardShrink = "hard_shrink",
        /// `x` moved towards 0 by 0.5.
        SoftShrink = "soft_shrink",
        /// `tanh(x)`.
        Tanh = "tanh",
        /// `x - tanh(x)`.
        TanhShrink = "tanh_shrink",
        /// `log(1 + exp(x))`.
        Softplus = "softplus",
        /// `x / (1 + |x|)`.
        Softsign = "softsign",
        /// `exp(x)` over its sum on the last axis.
        Softmax = "softmax",
        /// The logarithm of softmax.
        LogSoftmax = "log_softmax",
        /// The nearest point of the simplex, on the last axis.
        Sparsemax = "sparsemax",
        /// `(x + sqrt(x^2 + 4)) / 2`.
        Squareplus = "squareplus",
        /// A sparse softplus: `(x + 1)^2 / 4` within [-1, 1].
        SparsePlus = "sparse_plus",
        /// A sparse sigmoid: `(x + 1) / 2` within [-1, 1].
        SparseSigmoid = "sparse_sigmoid",
        /// `log(sigmoid(x))`.
        LogSigmoid = "log_sigmoid",
        /// `x * tanh(softplus(x))`.
        Mish = "mish",
        /// `exp(x)`.
        Exponential = "exponential",
        /// `0.2 x` below 0.
        LeakyRelu = "leaky_relu",
        /// Half of the last axis times the sigmoid of the other half.
        Glu = "glu",
        /// `x` above the threshold, else the default value.
        Threshold = "threshold",
    }
}

impl Activation {
    /// Whether it treats each number on its own.
    pub const fn is_elementwise(self) -> bool {
        !matches!(
            self,
            Activation::Softmax | Activation::LogSoftmax | Activation::Sparsemax | Activation::Glu
        )
    }
}

words! {
    /// What a window does at the border of its input.
    pub enum Padding as "a padding" default Valid {
        /// The window stays inside.
        Valid = "valid",
        /// Zeros at the border keep the length (over the stride).
        Same = "same",
        /// Zeros before the first step only, so that no step sees a later one (1D convolution).
        Causal = "causal",
    }
}

words! {
    /// Where the channels are.
    pub enum DataFormat as "a data format" default ChannelsLast {
        /// `(batch, height, width, channels)`.
        ChannelsLast = "channels_last",
        /// `(batch, channels, height, width)`.
        ChannelsFirst = "channels_first",
    }
}

impl DataFormat {
    /// Whether the channels come first; Keras's default is last.
    pub const fn is_first(format: Option<DataFormat>) -> bool {
        matches!(format, Some(DataFormat::ChannelsFirst))
    }
}

words! {
    /// How new pixels come from old ones.
    pub enum Interpolation as "an interpolation" default Nearest {
        /// The nearest pixel.
        Nearest = "nearest",
        /// Linear on both axes.
        Bilinear = "bilinear",
        /// Cubic on both axes (Keys, a = -0.5).
        Bicubic = "bicubic",
        /// Lanczos with 3 lobes.
        Lanczos3 = "lanczos3",
        /// Lanczos with 5 lobes.
        Lanczos5 = "lanczos5",
    }
}

words! {
    /// How `Attention` compares a query with a key.
    pub enum ScoreMode as "a score mode" default Dot {
        /// Their product.
        Dot = "dot",
        /// The hyperbolic tangent of their sum.
        Concat = "concat",
    }
}

words! {
    /// How the two directions of `Bidirectional` are put together.
    pub enum MergeMode as "a merge mode" default Concat {
        /// Side by side on the last axis.
        Concat = "concat",
        /// Their sum.
        Sum = "sum",
        /// Their product.
        Mul = "mul",
        /// Their mean.
        Ave = "ave",
    }
}

words! {
    /// What the scale of `VarianceScaling` is divided by.
    pub enum FanMode as "a fan mode" default FanIn {
        /// The number of inputs.
        FanIn = "fan_in",
        /// The number of outputs.
        FanOut = "fan_out",
        /// Their mean.
        FanAvg = "fan_avg",
    }
}

words! {
    /// The distribution of `VarianceScaling`.
    pub enum Distribution as "a distribution" default TruncatedNormal {
        /// Normal, cut at two standard deviations.
        TruncatedNormal = "truncated_normal",
        /// Normal.
        UntruncatedNormal = "untruncated_normal",
        /// Uniform.
        Uniform = "uniform",
    }
}

/// How a weight begins: see [Keras's initialisers](https://keras.io/api/layers/initializers/).
/// `seed` makes a weight the same in every run.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Initializer {
    Zeros,
    Ones,
    Constant(f64),
    RandomNormal { mean: f64, stddev: f64, seed: Option<u64> },
    RandomUniform { minval: f64, maxval: f64, seed: Option<u64> },
    TruncatedNormal { mean: f64, stddev: f64, seed: Option<u64> },
    VarianceScaling { scale: f64, mode: FanMode, distribution: Distribution, seed: Option<u64> },
    GlorotUniform { seed: Option<u64> },
    GlorotNormal { seed: Option<u64> },
    HeUniform { seed: Option<u64> },
    HeNormal { seed: Option<u64> },
    LecunUniform { seed: Option<u64> },
    LecunNormal { seed: Option<u64> },
    Orthogonal { gain: f64, seed: Option<u64> },
    Identity { gain: f64 },
}

impl Initializer {
    /// Keras's default for kernels.
    pub const GLOROT_UNIFORM: Self = Initializer::GlorotUniform { seed: None };
    /// Keras's default for recurrent kernels.
    pub const ORTHOGONAL: Self = Initializer::Orthogonal { gain: 1.0, seed: None };
    /// Keras's default for embeddings.
    pub const UNIFORM: Self = Initializer::RandomUniform { minval: -0.05, maxval: 0.05, seed: None };
}

const INITIALIZERS: &[&str] = &[
    "zeros",
    "ones",
    "constant",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "variance_scaling",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "orthogonal",
    "identity",
];

/// `GlorotUniform` and `glorot_uniform` are the same name.
fn snake(name: &str) -> String {
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
fn call_of(arg: &Arg) -> Option<(&str, &[NamedArg])> {
    match arg {
        Arg::Word(name) | Arg::Str(name) => Some((name, &[])),
        Arg::Call(name, args) => Some((name, args)),
        _ => None,
    }
}

fn unknown<T>(name: &str, what: &str, names: &[&'static str]) -> Result<T, String> {
    match closest(&snake(name), names.iter().copied()) {
        Some(near) => Err(format!("`{name}` is not {what}; did you mean `{near}`?")),
        None => Err(format!("`{name}` is not {what}: one of {}", names.join(", "))),
    }
}

const NO_SEED: (Option<u64>, &str) = (None, "::core::option::Option::None");

impl ArgType for Initializer {
    const EXPECTS: &'static str = "an initializer";
    const PLACEHOLDER: Self = Initializer::Zeros;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let Some((name, args)) = call_of(arg) else {
            return wrong(arg, "an initializer, as `he_normal` or `RandomNormal(stddev = 0.1)`");
        };
        let mut args = CallArgs::new(name, args);
        let kind = snake(name);
        let seeded = |args: &mut CallArgs, make: fn(Option<u64>) -> Initializer, variant: &str| {
            let (seed, s) = args.take("seed", NO_SEED)?;
            Ok::<_, String>((make(seed), format!("{variant} {{ seed: {s} }}")))
        };
        let (value, source) = match kind.as_str() {
            "zeros" | "zero" => (Initializer::Zeros, "Zeros".into()),
            "ones" | "one" => (Initializer::Ones, "Ones".into()),
            "constant" => {
                let (v, s) = args.take("value", (0.0, "0.0"))?;
                (Initializer::Constant(v), format!("Constant({s})"))
            }
            "random_normal" | "normal" => {
                let (mean, a) = args.take("mean", (0.0, "0.0"))?;
                let (stddev, b) = args.take("stddev", (0.05, "0.05"))?;
                let (seed, c) = args.take("seed", NO_SEED)?;
                let source = format!("RandomNormal {{ mean: {a}, stddev: {b}, seed: {c} }}");
                (Initializer::RandomNormal { mean, stddev, seed }, source)
            }
            "truncated_normal" => {
                let (mean, a) = args.take("mean", (0.0, "0.0"))?;
                let (stddev, b) = args.take("stddev", (0.05, "0.05"))?;
                let (seed, c) = args.take("seed", NO_SEED)?;
                let source = format!("TruncatedNormal {{ mean: {a}, stddev: {b}, seed: {c} }}");
                (Initializer::TruncatedNormal { mean, stddev, seed }, source)
            }
            "random_uniform" | "uniform" => {
                let (minval, a) = args.take("minval", (-0.05, "-0.05"))?;
                let (maxval, b) = args.take("maxval", (0.05, "0.05"))?;
                let (seed, c) = args.take("seed", NO_SEED)?;
                let source = format!("RandomUniform {{ minval: {a}, maxval: {b}, seed: {c} }}");
                (Initializer::RandomUniform { minval, maxval, seed }, source)
            }
            "variance_scaling" => {
                let fan = format!("{PATH}FanMode::FanIn");
                let normal = format!("{PATH}Distribution::TruncatedNormal");
                let (scale, a) = args.take("scale", (1.0, "1.0"))?;
                let (mode, b) = args.take("mode", (FanMode::FanIn, &fan))?;
                let (distribution, c) =
                    args.take("distribution", (Distribution::TruncatedNormal, &normal))?;
                let (seed, d) = args.take("seed", NO_SEED)?;
                let source =
                    format!("VarianceScaling {{ scale: {a}, mode: {b}, distribution: {c}, seed: {d} }}");
                (Initializer::VarianceScaling { scale, mode, distribution, seed }, source)
            }
            "glorot_uniform" => {
                seeded(&mut args, |seed| Initializer::GlorotUniform { seed }, "GlorotUniform")?
            }
            "glorot_normal" => seeded(&mut args, |seed| Initializer::GlorotNormal { seed }, "GlorotNormal")?,
            "he_uniform" => seeded(&mut args, |seed| Initializer::HeUniform { seed }, "HeUniform")?,
            "he_normal" => seeded(&mut args, |seed| Initializer::HeNormal { seed }, "HeNormal")?,
            "lecun_uniform" => seeded(&mut args, |seed| Initializer::LecunUniform { seed }, "LecunUniform")?,
            "lecun_normal" => seeded(&mut args, |seed| Initializer::LecunNormal { seed }, "LecunNormal")?,
            "orthogonal" => {
                let (gain, a) = args.take("gain", (1.0, "1.0"))?;
                let (seed, b) = args.take("seed", NO_SEED)?;
                (Initializer::Orthogonal { gain, seed }, format!("Orthogonal {{ gain: {a}, seed: {b} }}"))
            }
            "identity" => {
                let (gain, a) = args.take("gain", (1.0, "1.0"))?;
                (Initializer::Identity { gain }, format!("Identity {{ gain: {a} }}"))
            }
            _ => return unknown(name, Self::EXPECTS, INITIALIZERS),
        };
        args.finish()?;
        Ok(Parsed { value, source: format!("{PATH}Initializer::{source}"), sure: true })
    }
}

/// What a weight adds to the loss: see [Keras's regularizers](https://keras.io/api/layers/regularizers/).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Regularizer {
    /// Nothing.
    None,
    /// `l1` times the sum of magnitudes plus `l2` times the sum of squares.
    L1L2 {
        /// The factor of the magnitudes.
        l1: f64,
        /// The factor of the squares.
        l2: f64,
    },
    /// `factor` times how far rows (or columns) are from being orthogonal.
    Orthogonal {
        /// The factor.
        factor: f64,
        /// Whether rows, not columns, are compared.
        rows: bool,
    },
}

impl ArgType for Regularizer {
    const EXPECTS: &'static str = "a regularizer";
    const PLACEHOLDER: Self = Regularizer::None;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        if *arg == Arg::None {
            return Ok(Parsed {
                value: Regularizer::None,
                source: format!("{PATH}Regularizer::None"),
                sure: true,
            });
        }
        let Some((name, args)) = call_of(arg) else {
            return wrong(arg, "a regularizer, as `l2` or `L2(0.01)`");
        };
        let mut args = CallArgs::new(name, args);
        let (value, source) = match snake(name).as_str() {
            "l1" => {
                let (l1, a) = args.take("l1", (0.01, "0.01"))?;
                (Regularizer::L1L2 { l1, l2: 0.0 }, format!("L1L2 {{ l1: {a}, l2: 0.0 }}"))
            }
            "l2" => {
                let (l2, a) = args.take("l2", (0.01, "0.01"))?;
                (Regularizer::L1L2 { l1: 0.0, l2 }, format!("L1L2 {{ l1: 0.0, l2: {a} }}"))
            }
            "l1l2" | "l1_l2" => {
                let (l1, a) = args.take("l1", (0.0, "0.0"))?;
                let (l2, b) = args.take("l2", (0.0, "0.0"))?;
                (Regularizer::L1L2 { l1, l2 }, format!("L1L2 {{ l1: {a}, l2: {b} }}"))
            }
            "orthogonal_regularizer" => {
                let (factor, a) = args.take("factor", (0.01, "0.01"))?;
                let (mode, _) = args.take("mode", (RowsOrColumns::Rows, ""))?;
                let rows = mode == RowsOrColumns::Rows;
                (
                    Regularizer::Orthogonal { factor, rows },
                    format!("Orthogonal {{ factor: {a}, rows: {rows} }}"),
                )
            }
            _ => return unknown(name, Self::EXPECTS, &["l1", "l2", "l1l2", "orthogonal_regularizer"]),
        };
        args.finish()?;
        Ok(Parsed { value, source: format!("{PATH}Regularizer::{source}"), sure: true })
    }
}

words! {
    /// What an orthogonal regulariser compares.
    pub enum RowsOrColumns as "`rows` or `columns`" default Rows {
        /// Rows.
        Rows = "rows",
        /// Columns.
        Columns = "columns",
    }
}

/// What a weight is held to after each step: see [Keras's constraints](https://keras.io/api/layers/constraints/).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constraint {
    /// Nothing.
    None,
    /// Norms along `axis` at most `max_value`.
    MaxNorm {
        /// The largest norm.
        max_value: f64,
        /// The axis along which norms are taken.
        axis: isize,
    },
    /// No negative values.
    NonNeg,
    /// Norms along `axis` of 1.
    UnitNorm {
        /// The axis along which norms are taken.
        axis: isize,
    },
    /// Norms along `axis` drawn into an interval.
    MinMaxNorm {
        /// The smallest norm.
        min_value: f64,
        /// The largest norm.
        max_value: f64,
        /// How much of the way a step goes.
        rate: f64,
        /// The axis along which norms are taken.
        axis: isize,
    },
}

impl ArgType for Constraint {
    const EXPECTS: &'static str = "a constraint";
    const PLACEHOLDER: Self = Constraint::None;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        if *arg == Arg::None {
            return Ok(Parsed {
                value: Constraint::None,
                source: format!("{PATH}Constraint::None"),
                sure: true,
            });
        }
        let Some((name, args)) = call_of(arg) else {
            return wrong(arg, "a constraint, as `non_neg` or `MaxNorm(2)`");
        };
        let mut args = CallArgs::new(name, args);
        let (value, source) = match snake(name).as_str() {
            "max_norm" => {
                let (max_value, a) = args.take("max_value", (2.0, "2.0"))?;
                let (axis, b) = args.take("axis", (0, "0"))?;
                (Constraint::MaxNorm { max_value, axis }, format!("MaxNorm {{ max_value: {a}, axis: {b} }}"))
            }
            "non_neg" => (Constraint::NonNeg, "NonNeg".into()),
            "unit_norm" => {
                let (axis, a) = args.take("axis", (0, "0"))?;
                (Constraint::UnitNorm { axis }, format!("UnitNorm {{ axis: {a} }}"))
            }
            "min_max_norm" => {
                let (min_value, a) = args.take("min_value", (0.0, "0.0"))?;
                let (max_value, b) = args.take("max_value", (1.0, "1.0"))?;
                let (rate, c) = args.take("rate", (1.0, "1.0"))?;
                let (axis, d) = args.take("axis", (0, "0"))?;
                let source = format!("MinMaxNorm {{ min_value: {a}, max_value: {b}, rate: {c}, axis: {d} }}");
                (Constraint::MinMaxNorm { min_value, max_value, rate, axis }, source)
            }
            _ => return unknown(name, Self::EXPECTS, &["max_norm", "non_neg", "unit_norm", "min_max_norm"]),
        };
        args.finish()?;
        Ok(Parsed { value, source: format!("{PATH}Constraint::{source}"), sure: true })
    }
}
