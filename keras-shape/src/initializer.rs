//! How weights begin.

use crate::arg::{PATH, Parsed, wrong};
use crate::call::{CallArgs, call_of, fields, snake, unknown};
use crate::{Arg, ArgType};

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
        let (value, source) = match kind.as_str() {
            "zeros" | "zero" => (Initializer::Zeros, "Zeros".into()),
            "ones" | "one" => (Initializer::Ones, "Ones".into()),
            "constant" => {
                let (v, s) = args.take("value", (0.0, "0.0"))?;
                (Initializer::Constant(v), format!("Constant({s})"))
            }
            "random_normal" | "normal" => fields!(
                args,
                Initializer::RandomNormal { mean: (0.0, "0.0"), stddev: (0.05, "0.05"), seed: NO_SEED }
            ),
            "truncated_normal" => fields!(
                args,
                Initializer::TruncatedNormal { mean: (0.0, "0.0"), stddev: (0.05, "0.05"), seed: NO_SEED }
            ),
            "random_uniform" | "uniform" => fields!(
                args,
                Initializer::RandomUniform {
                    minval: (-0.05, "-0.05"),
                    maxval: (0.05, "0.05"),
                    seed: NO_SEED
                }
            ),
            "variance_scaling" => {
                let fan = format!("{PATH}FanMode::FanIn");
                let normal = format!("{PATH}Distribution::TruncatedNormal");
                fields!(
                    args,
                    Initializer::VarianceScaling {
                        scale: (1.0, "1.0"),
                        mode: (FanMode::FanIn, &fan),
                        distribution: (Distribution::TruncatedNormal, &normal),
                        seed: NO_SEED
                    }
                )
            }
            "glorot_uniform" => fields!(args, Initializer::GlorotUniform { seed: NO_SEED }),
            "glorot_normal" => fields!(args, Initializer::GlorotNormal { seed: NO_SEED }),
            "he_uniform" => fields!(args, Initializer::HeUniform { seed: NO_SEED }),
            "he_normal" => fields!(args, Initializer::HeNormal { seed: NO_SEED }),
            "lecun_uniform" => fields!(args, Initializer::LecunUniform { seed: NO_SEED }),
            "lecun_normal" => fields!(args, Initializer::LecunNormal { seed: NO_SEED }),
            "orthogonal" => fields!(args, Initializer::Orthogonal { gain: (1.0, "1.0"), seed: NO_SEED }),
            "identity" => fields!(args, Initializer::Identity { gain: (1.0, "1.0") }),
            _ => return unknown(name, Self::EXPECTS, INITIALIZERS),
        };
        args.finish()?;
        Ok(Parsed { value, source: format!("{PATH}Initializer::{source}"), sure: true })
    }
}
