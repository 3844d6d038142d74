//! What weights add to the loss.

use crate::arg::{Parsed, wrong};
use crate::call::{CallArgs, call_of, fields, snake, unknown};
use crate::code::{Code, Coded};
use crate::{Arg, ArgType};

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

/// Keras's regularisers.
pub(crate) const REGULARIZERS: &[&str] = &["l1", "l2", "l1_l2", "orthogonal_regularizer"];

impl ArgType for Regularizer {
    const EXPECTS: &'static str = "a regularizer";
    const PLACEHOLDER: Self = Regularizer::None;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        if *arg == Arg::None {
            return Ok(Parsed::known(Regularizer::None, Code::name(["Regularizer", "None"])));
        }
        let Some((name, args)) = call_of(arg) else {
            return wrong(arg, "a regularizer, as `l2` or `L2(0.01)`");
        };
        let mut args = CallArgs::new(name, args);
        let l1_l2 = |l1, l2| Code::of_fields(["Regularizer", "L1L2"], [("l1", l1), ("l2", l2)]);
        let (value, code) = match snake(name).as_str() {
            "l1" => {
                let (l1, a) = args.take("l1", 0.01)?;
                (Regularizer::L1L2 { l1, l2: 0.0 }, l1_l2(a, 0.0.code()))
            }
            "l2" => {
                let (l2, a) = args.take("l2", 0.01)?;
                (Regularizer::L1L2 { l1: 0.0, l2 }, l1_l2(0.0.code(), a))
            }
            "l1l2" | "l1_l2" => fields!(args, Regularizer::L1L2 { l1: 0.0, l2: 0.0 }),
            "orthogonal_regularizer" => {
                let (factor, a) = args.take("factor", 0.01)?;
                let (mode, _) = args.take("mode", RowsOrColumns::Rows)?;
                let rows = mode == RowsOrColumns::Rows;
                let fields = [("factor", a), ("rows", rows.code())];
                (
                    Regularizer::Orthogonal { factor, rows },
                    Code::of_fields(["Regularizer", "Orthogonal"], fields),
                )
            }
            _ => return unknown(name, Self::EXPECTS, REGULARIZERS),
        };
        args.finish()?;
        match value.problem() {
            Some((factor, found)) => {
                Err(format!("`{factor}` of `{name}` must be finite and not negative, found {found}"))
            }
            None => Ok(Parsed::known(value, code)),
        }
    }
}

impl Regularizer {
    /// A factor that cannot be, as none below 0 can: its name and value.
    pub fn problem(&self) -> Option<(&'static str, f64)> {
        let factors = match *self {
            Regularizer::None => [("l1", 0.0), ("l2", 0.0)],
            Regularizer::L1L2 { l1, l2 } => [("l1", l1), ("l2", l2)],
            Regularizer::Orthogonal { factor, .. } => [("factor", factor), ("factor", factor)],
        };
        factors.into_iter().find(|(_, factor)| !factor.is_finite() || *factor < 0.0)
    }
}

words! {
    /// What an orthogonal regulariser compares.
    pub enum RowsOrColumns in rows_or_columns as "`rows` or `columns`" default Rows {
        /// Rows.
        Rows = rows,
        /// Columns.
        Columns = columns,
    }
}
