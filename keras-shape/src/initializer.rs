//! How weights begin.

use crate::arg::{Parsed, wrong};
use crate::call::{CallArgs, call_of, fields, snake, unknown};
use crate::code::{Code, Coded};
use crate::{Arg, ArgType, Axes, Shape, SpectralScaling, SpectralSide, SpectralWindow};

words! {
    /// What the scale of `VarianceScaling` is divided by.
    pub enum FanMode in fan_modes as "a fan mode" default FanIn {
        /// The number of inputs.
        FanIn = fan_in,
        /// The number of outputs.
        FanOut = fan_out,
        /// Their mean.
        FanAvg = fan_avg,
    }
}

words! {
    /// The distribution of `VarianceScaling`.
    pub enum Distribution in distributions as "a distribution" default TruncatedNormal any case {
        /// Normal, cut at two standard deviations.
        TruncatedNormal = truncated_normal | normal,
        /// Normal.
        UntruncatedNormal = untruncated_normal,
        /// Uniform.
        Uniform = uniform,
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
    RandomNormal {
        mean: f64,
        stddev: f64,
        seed: Option<u64>,
    },
    RandomUniform {
        minval: f64,
        maxval: f64,
        seed: Option<u64>,
    },
    TruncatedNormal {
        mean: f64,
        stddev: f64,
        seed: Option<u64>,
    },
    VarianceScaling {
        scale: f64,
        mode: FanMode,
        distribution: Distribution,
        seed: Option<u64>,
        /// The axes whose lengths make the number of inputs, if they are not those of Keras's kernels.
        input_axes: Option<Axes>,
        /// The axes whose lengths make the number of outputs; they count only together with `input_axes`.
        output_axes: Option<Axes>,
    },
    GlorotUniform {
        seed: Option<u64>,
    },
    GlorotNormal {
        seed: Option<u64>,
    },
    HeUniform {
        seed: Option<u64>,
    },
    HeNormal {
        seed: Option<u64>,
    },
    LecunUniform {
        seed: Option<u64>,
    },
    LecunNormal {
        seed: Option<u64>,
    },
    Orthogonal {
        gain: f64,
        seed: Option<u64>,
    },
    Identity {
        gain: f64,
    },
    /// The kernel of a short-time Fourier transform, `(frame_length, 1, fft_length / 2 + 1)`.
    STFT {
        side: SpectralSide,
        window: Option<SpectralWindow>,
        scaling: Option<SpectralScaling>,
        periodic: bool,
    },
}

impl Initializer {
    /// Keras's default for kernels.
    pub const GLOROT_UNIFORM: Self = Initializer::GlorotUniform { seed: None };
    /// Keras's default for recurrent kernels.
    pub const ORTHOGONAL: Self = Initializer::Orthogonal { gain: 1.0, seed: None };
    /// Keras's default for embeddings.
    pub const UNIFORM: Self = Initializer::RandomUniform { minval: -0.05, maxval: 0.05, seed: None };
}

/// Keras's initialisers.
pub(crate) const INITIALIZERS: &[&str] = &[
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
    "stft",
];

/// Other names that Keras has for them.
pub(crate) const INITIALIZER_ALIASES: &[&str] =
    &["zero", "one", "normal", "uniform", "orthogonal_initializer", "identity_initializer"];

const NO_SEED: Option<u64> = None;
const NO_AXES: Option<Axes> = None;

/// The arguments of the six initialisers that are `VarianceScaling` with a scale, mode and distribution of
/// their own. With axes they are written as that.
fn scaled(args: &mut CallArgs<'_>, kind: &str) -> Result<(Initializer, Code), String> {
    let (seed, seed_code) = args.take("seed", NO_SEED)?;
    let (input_axes, input_code) = args.take("input_axes", NO_AXES)?;
    let (output_axes, output_code) = args.take("output_axes", NO_AXES)?;
    let (plain, name, scale) = match kind {
        "glorot_uniform" => (Initializer::GlorotUniform { seed }, "GlorotUniform", 1.0),
        "glorot_normal" => (Initializer::GlorotNormal { seed }, "GlorotNormal", 1.0),
        "he_uniform" => (Initializer::HeUniform { seed }, "HeUniform", 2.0),
        "he_normal" => (Initializer::HeNormal { seed }, "HeNormal", 2.0),
        "lecun_uniform" => (Initializer::LecunUniform { seed }, "LecunUniform", 1.0),
        _ => (Initializer::LecunNormal { seed }, "LecunNormal", 1.0),
    };
    if input_axes.is_none() && output_axes.is_none() {
        return Ok((plain, Code::of_fields(["Initializer", name], [("seed", seed_code)])));
    }
    let mode = if kind.starts_with("glorot") { FanMode::FanAvg } else { FanMode::FanIn };
    let uniform = kind.ends_with("uniform");
    let distribution = if uniform { Distribution::Uniform } else { Distribution::TruncatedNormal };
    let fields = [
        ("scale", scale.code()),
        ("mode", mode.code()),
        ("distribution", distribution.code()),
        ("seed", seed_code),
        ("input_axes", input_code),
        ("output_axes", output_code),
    ];
    let code = Code::of_fields(["Initializer", "VarianceScaling"], fields);
    Ok((Initializer::VarianceScaling { scale, mode, distribution, seed, input_axes, output_axes }, code))
}

impl Initializer {
    /// With these axes for the number of inputs and outputs, if it is one that goes by those and names none itself.
    pub(crate) const fn along(self, input: Axes, output: Axes) -> Self {
        let (scale, mode, distribution, seed) = match self {
            Initializer::VarianceScaling { scale, mode, distribution, seed, input_axes, output_axes } => {
                if input_axes.is_some() && output_axes.is_some() {
                    return self;
                }
                (scale, mode, distribution, seed)
            }
            Initializer::GlorotUniform { seed } => (1.0, FanMode::FanAvg, Distribution::Uniform, seed),
            Initializer::GlorotNormal { seed } => (1.0, FanMode::FanAvg, Distribution::TruncatedNormal, seed),
            Initializer::HeUniform { seed } => (2.0, FanMode::FanIn, Distribution::Uniform, seed),
            Initializer::HeNormal { seed } => (2.0, FanMode::FanIn, Distribution::TruncatedNormal, seed),
            Initializer::LecunUniform { seed } => (1.0, FanMode::FanIn, Distribution::Uniform, seed),
            Initializer::LecunNormal { seed } => (1.0, FanMode::FanIn, Distribution::TruncatedNormal, seed),
            other => return other,
        };
        let (input_axes, output_axes) = (Some(input), Some(output));
        Initializer::VarianceScaling { scale, mode, distribution, seed, input_axes, output_axes }
    }

    /// Why a weight of this shape cannot begin so, in words; nothing if it can.
    pub fn problem(&self, shape: &Shape) -> Option<String> {
        let rank = shape.rank();
        match self {
            Initializer::Identity { .. } if rank != 2 => Some(format!(
                "`identity` makes a matrix, and this weight, {shape}, has {rank} {}",
                if rank == 1 { "axis" } else { "axes" }
            )),
            Initializer::STFT { .. } if rank != 3 => Some(format!(
                "`STFT` makes a kernel (frame_length, 1, fft_length / 2 + 1), and this weight is {shape}"
            )),
            Initializer::Orthogonal { .. } if rank < 2 => Some(format!(
                "`orthogonal` needs a weight of two or more axes, and this one, {shape}, has {rank}"
            )),
            Initializer::VarianceScaling { input_axes, output_axes, .. } => {
                let axes = [input_axes, output_axes].into_iter().flatten().flat_map(|axes| axes.list);
                let outside = axes.into_iter().find(|axis| shape.axis(**axis).is_none())?;
                Some(format!("axis {outside} is out of range for this weight, {shape}"))
            }
            _ => None,
        }
    }
}

/// The initialiser of this name with the arguments of its call, and the code that makes it again; nothing if there is none.
fn named(args: &mut CallArgs<'_>, kind: &str) -> Result<Option<(Initializer, Code)>, String> {
    let found = match kind {
        "zeros" | "zero" => (Initializer::Zeros, Code::name(["Initializer", "Zeros"])),
        "ones" | "one" => (Initializer::Ones, Code::name(["Initializer", "Ones"])),
        "constant" => {
            let (v, code) = args.take("value", 0.0)?;
            (Initializer::Constant(v), Code::of(["Initializer", "Constant"], code))
        }
        "random_normal" | "normal" => {
            fields!(args, Initializer::RandomNormal { mean: 0.0, stddev: 0.05, seed: NO_SEED })
        }
        "truncated_normal" => {
            fields!(args, Initializer::TruncatedNormal { mean: 0.0, stddev: 0.05, seed: NO_SEED })
        }
        "random_uniform" | "uniform" => {
            fields!(args, Initializer::RandomUniform { minval: -0.05, maxval: 0.05, seed: NO_SEED })
        }
        "variance_scaling" => {
            fields!(
                args,
                Initializer::VarianceScaling {
                    scale: 1.0,
                    mode: FanMode::FanIn,
                    distribution: Distribution::TruncatedNormal,
                    seed: NO_SEED,
                    input_axes: NO_AXES,
                    output_axes: NO_AXES
                }
            )
        }
        "glorot_uniform" | "glorot_normal" | "he_uniform" | "he_normal" | "lecun_uniform"
        | "lecun_normal" => scaled(args, kind)?,
        "orthogonal" | "orthogonal_initializer" => {
            fields!(args, Initializer::Orthogonal { gain: 1.0, seed: NO_SEED })
        }
        "identity" | "identity_initializer" => {
            fields!(args, Initializer::Identity { gain: 1.0 })
        }
        "stft" | "stftinitializer" | "stft_initializer" => {
            fields!(
                args,
                Initializer::STFT {
                    side: SpectralSide::Real,
                    window: Some(SpectralWindow::Hann),
                    scaling: Some(SpectralScaling::Density),
                    periodic: false
                }
            )
        }
        _ => return Ok(None),
    };
    Ok(Some(found))
}

/// Whether `scale` is a number here, not a constant that only the compiler knows.
fn sign_is_known(arg: &Arg) -> bool {
    let Arg::Call(_, args) = arg else { return true };
    !args
        .iter()
        .any(|(name, value)| name.as_deref().is_none_or(|n| n == "scale") && matches!(value, Arg::Expr(_)))
}

impl ArgType for Initializer {
    const EXPECTS: &'static str = "an initializer";
    const PLACEHOLDER: Self = Initializer::Zeros;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let Some((name, args)) = call_of(arg) else {
            return wrong(arg, "an initializer, as `he_normal` or `RandomNormal(stddev = 0.1)`");
        };
        let mut args = CallArgs::new(name, args);
        let (value, code) = match named(&mut args, &snake(name))? {
            Some(found) => found,
            None => return unknown(name, Self::EXPECTS, INITIALIZERS),
        };
        args.finish()?;
        if let Initializer::VarianceScaling { scale, .. } = value
            && sign_is_known(arg)
            && scale <= 0.0
        {
            return Err(format!("`scale` of `{name}` is above 0, found {scale}"));
        }
        Ok(Parsed::known(value, code))
    }
}
