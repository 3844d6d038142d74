//! Arguments of layers that change images: how strongly, in which range of values.

use crate::arg::{Parsed, parse_all, wrong};
use crate::code::Code;
use crate::{Arg, ArgType};

/// How strongly an augmentation acts: a number, or the two numbers between which one is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    /// The numbers as they were written; one alone stands twice.
    pub numbers: [f64; 2],
    /// Whether two were written.
    pub pair: bool,
}

impl Factor {
    /// One number.
    pub const fn one(number: f64) -> Self {
        Factor { numbers: [number; 2], pair: false }
    }

    /// A number between two.
    pub const fn between(low: f64, high: f64) -> Self {
        Factor { numbers: [low, high], pair: true }
    }

    /// What a number is drawn between: the two numbers in order; for one number `x`, `-|x|` and `|x|`, but not less than
    /// `least`.
    pub const fn bounds(self, least: f64) -> [f64; 2] {
        let [a, b] = self.numbers;
        if self.pair {
            return [a.min(b), a.max(b)];
        }
        [least.max(-a.abs()), a.abs()]
    }
}

impl ArgType for Factor {
    const EXPECTS: &'static str = "a number or a pair of them";
    const PLACEHOLDER: Self = Factor::one(0.0);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let (numbers, pair, code) = match arg {
            Arg::List(list) if list.len() == 2 => {
                let parsed = parse_all::<f64>(list)?;
                ([parsed.value[0], parsed.value[1]], true, Code::Array(parsed.code))
            }
            Arg::List(_) => return wrong(arg, Self::EXPECTS),
            _ => {
                let one = f64::parse(arg).map_err(|e| e.replacen(f64::EXPECTS, Self::EXPECTS, 1))?;
                ([one.value; 2], false, Code::Repeat(Box::new(one.code), 2))
            }
        };
        // What a constant is, only the compiler knows, and the rules look at the numbers.
        let sure = !code.has_expression();
        let code = Code::of_fields(["Factor"], [("numbers", code), ("pair", Code::Bool(pair))]);
        Ok(Parsed { value: Factor { numbers, pair }, code, sure })
    }
}

/// The range of the values of images: `(0, 255)`, `(0, 1)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueRange(pub [f64; 2]);

impl ValueRange {
    /// Bytes: Keras's default.
    pub const BYTES: ValueRange = ValueRange([0.0, 255.0]);

    /// The least and the largest value.
    pub const fn bounds(self) -> [f64; 2] {
        let [a, b] = self.0;
        [a.min(b), a.max(b)]
    }
}

impl ArgType for ValueRange {
    const EXPECTS: &'static str = "the least and the largest value, as `(0, 255)` or `(0, 1)`";
    const PLACEHOLDER: Self = ValueRange::BYTES;

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let Arg::List(list) = arg else {
            return wrong(arg, Self::EXPECTS);
        };
        if list.len() != 2 {
            return wrong(arg, Self::EXPECTS);
        }
        let parsed = parse_all::<f64>(list)?;
        let code = Code::of(["ValueRange"], Code::Array(parsed.code));
        let sure = !code.has_expression();
        Ok(Parsed { value: ValueRange([parsed.value[0], parsed.value[1]]), code, sure })
    }
}
