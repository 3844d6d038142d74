//! What weights are held to.

use crate::arg::{Parsed, wrong};
use crate::call::{CallArgs, call_of, fields, snake, unknown};
use crate::code::Code;
use crate::{Arg, ArgType, Axes};

/// What a weight is held to after each step: see [Keras's constraints](https://keras.io/api/layers/constraints/).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constraint {
    /// Nothing.
    None,
    /// Norms along `axis` at most `max_value`.
    MaxNorm {
        /// The largest norm.
        max_value: f64,
        /// The axes along which norms are taken.
        axis: Axes,
    },
    /// No negative values.
    NonNeg,
    /// Norms along `axis` of 1.
    UnitNorm {
        /// The axes along which norms are taken.
        axis: Axes,
    },
    /// Norms along `axis` drawn into an interval.
    MinMaxNorm {
        /// The smallest norm.
        min_value: f64,
        /// The largest norm.
        max_value: f64,
        /// How much of the way a step goes.
        rate: f64,
        /// The axes along which norms are taken.
        axis: Axes,
    },
}

/// Keras's default: along the first axis.
const FIRST: Axes = Axes::FIRST;

/// Keras's constraints.
pub(crate) const CONSTRAINTS: &[&str] = &["max_norm", "non_neg", "unit_norm", "min_max_norm"];

impl ArgType for Constraint {
    const EXPECTS: &'static str = "a constraint";
    const PLACEHOLDER: Self = Constraint::None;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        if *arg == Arg::None {
            return Ok(Parsed::known(Constraint::None, Code::name(["Constraint", "None"])));
        }
        let Some((name, args)) = call_of(arg) else {
            return wrong(arg, "a constraint, as `non_neg` or `MaxNorm(2)`");
        };
        let mut args = CallArgs::new(name, args);
        let (value, code) = match snake(name).as_str() {
            "max_norm" => fields!(args, Constraint::MaxNorm { max_value: 2.0, axis: FIRST }),
            "non_neg" => (Constraint::NonNeg, Code::name(["Constraint", "NonNeg"])),
            "unit_norm" => fields!(args, Constraint::UnitNorm { axis: FIRST }),
            "min_max_norm" => fields!(
                args,
                Constraint::MinMaxNorm { min_value: 0.0, max_value: 1.0, rate: 1.0, axis: FIRST }
            ),
            _ => return unknown(name, Self::EXPECTS, CONSTRAINTS),
        };
        args.finish()?;
        Ok(Parsed::known(value, code))
    }
}
