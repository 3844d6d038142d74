//! Numbers as Python writes them: `02d`, `.2f`, and without a format `1e-05`.
//!
//! Source: <https://docs.python.org/3/library/string.html#format-specification-mini-language>.

/// The widest field and the longest fraction that a format may ask for: the length of a file name.
const LONGEST: usize = 255;

/// A number to be written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// A Python `int`.
    Int(usize),
    /// A Python `float`.
    Float(f64),
}

/// A format such as `02d` or `.2f`: fill and alignment, sign, zeros, width, precision, kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spec {
    fill: char,
    align: char,
    sign: char,
    width: usize,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Spec {
    /// Reads a format. Of Python's, those with `,`, `_`, `#`, `z` or `n` and those in other bases are left out.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let unknown = || format!("the format `{text}` is unknown");
        let chars: Vec<char> = text.chars().collect();
        let is_align = |at: usize| chars.get(at).copied().filter(|c| "<>=^".contains(*c));
        let mut at = 0;
        let (mut fill, mut align) = (None, None);
        if let Some(found) = is_align(1) {
            (fill, align, at) = (chars.first().copied(), Some(found), 2);
        } else if let Some(found) = is_align(0) {
            (align, at) = (Some(found), 1);
        }
        let mut sign = '-';
        if let Some(found) = chars.get(at).filter(|c| "+- ".contains(**c)) {
            sign = *found;
            at += 1;
        }
        if chars.get(at) == Some(&'0') {
            fill = fill.or(Some('0'));
            align = align.or(Some('='));
            at += 1;
        }
        let number = |at: &mut usize| -> Result<Option<usize>, String> {
            let start = *at;
            while chars.get(*at).is_some_and(char::is_ascii_digit) {
                *at += 1;
            }
            if start == *at {
                return Ok(None);
            }
            let digits: String = chars[start..*at].iter().collect();
            let value = digits.parse().ok().filter(|value| *value <= LONGEST);
            value
                .map(Some)
                .ok_or_else(|| format!("the format `{text}` asks for more than {LONGEST} characters"))
        };
        let width = number(&mut at)?.unwrap_or(0);
        let mut precision = None;
        if chars.get(at) == Some(&'.') {
            at += 1;
            precision = Some(number(&mut at)?.ok_or_else(unknown)?);
        }
        let kind = chars.get(at).copied();
        if kind.is_some_and(|kind| !"deEfFgG%".contains(kind)) || at + 1 < chars.len() {
            return Err(unknown());
        }
        Ok(Spec { fill: fill.unwrap_or(' '), align: align.unwrap_or('>'), sign, width, precision, kind })
    }

    /// Writes a number.
    ///
    /// # Errors
    /// The format is not for such a number.
    pub fn format(&self, number: Number) -> Result<String, String> {
        let (negative, digits) = match (number, self.kind) {
            (Number::Float(_), Some('d')) => return Err("the format `d` is for whole numbers".into()),
            (Number::Int(_), None | Some('d')) if self.precision.is_some() => {
                return Err("a precision is not for whole numbers".into());
            }
            (Number::Int(value), None | Some('d')) => (false, value.to_string()),
            (Number::Int(value), _) => (false, self.float(value as f64)),
            (Number::Float(value), _) => {
                (value.is_sign_negative() && !value.is_nan(), self.float(value.abs()))
            }
        };
        let sign = match (negative, self.sign) {
            (true, _) => "-",
            (false, '+') => "+",
            (false, ' ') => " ",
            (false, _) => "",
        };
        let missing = self.width.saturating_sub(sign.len() + digits.len());
        let fill = |count: usize| String::from(self.fill).repeat(count);
        Ok(match self.align {
            '<' => format!("{sign}{digits}{}", fill(missing)),
            '^' => format!("{}{sign}{digits}{}", fill(missing / 2), fill(missing - missing / 2)),
            '=' => format!("{sign}{}{digits}", fill(missing)),
            _ => format!("{}{sign}{digits}", fill(missing)),
        })
    }

    /// A float without its sign.
    fn float(&self, value: f64) -> String {
        let upper = self.kind.is_some_and(|kind| kind.is_ascii_uppercase());
        let precision = self.precision.unwrap_or(6);
        let text = if !value.is_finite() {
            let percent = if self.kind == Some('%') { "%" } else { "" };
            format!("{}{percent}", if value.is_nan() { "nan" } else { "inf" })
        } else {
            match self.kind {
                Some('e' | 'E') => exponent(&format!("{value:.precision$e}")),
                Some('f' | 'F') => format!("{value:.precision$}"),
                Some('%') => percent(value, precision),
                Some(_) => general(value, precision, false),
                None if self.precision.is_some() => general(value, precision, true),
                None => repr(value),
            }
        };
        if upper { text.to_ascii_uppercase() } else { text }
    }
}

/// A float as `repr` writes it.
pub(super) fn repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".to_string() } else { "-inf".to_string() };
    }
    // Both languages write the fewest digits that give the same float back. Where two texts of that length are equally
    // near, Python takes the one that ends evenly, as rounding does; but not where that would be another float.
    let shortest = format!("{value:e}");
    let mantissa = shortest.split_once('e').map_or("", |(mantissa, _)| mantissa);
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count().max(1);
    let rounded = format!("{value:.*e}", digits - 1);
    let same = rounded.parse() == Ok(value);
    let text = if same { rounded } else { shortest };
    let power = power(&text);
    if !(-4..16).contains(&power) {
        exponent(&text)
    } else if same {
        let fraction = usize::try_from(digits as i32 - 1 - power).unwrap_or(0).max(1);
        format!("{value:.fraction$}")
    } else {
        format!("{value:?}")
    }
}

fn percent(value: f64, precision: usize) -> String {
    let value = value * 100.0;
    if value.is_finite() { format!("{value:.precision$}%") } else { "inf%".to_string() }
}

/// `g`: digits in all, without zeros at the end. A float without a kind keeps one digit after the point.
fn general(value: f64, digits: usize, point: bool) -> String {
    let digits = digits.max(1);
    let text = format!("{value:.*e}", digits - 1);
    let power = power(&text);
    let limit = digits as i32 - i32::from(point);
    if (-4..limit).contains(&power) {
        let fraction = usize::try_from(digits as i32 - 1 - power).unwrap_or(0);
        let text = trimmed(&format!("{value:.fraction$}"));
        if point && !text.contains('.') { text + ".0" } else { text }
    } else {
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        exponent(&format!("{}e{power}", trimmed(mantissa)))
    }
}

/// Without zeros at the end of the fraction.
fn trimmed(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text.to_string()
    }
}

/// The power of ten in Rust's `1.5e-5`.
fn power(text: &str) -> i32 {
    text.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0)
}

/// Rust's `1.5e-5` as Python's `1.5e-05`.
fn exponent(text: &str) -> String {
    let mantissa = text.split_once('e').map_or(text, |(mantissa, _)| mantissa);
    let power = power(text);
    format!("{mantissa}e{}{:02}", if power < 0 { '-' } else { '+' }, power.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(spec: &str, number: Number) -> Result<String, String> {
        Spec::parse(spec)?.format(number)
    }

    // All expected texts are what Python 3.11 writes.

    #[test]
    fn whole_numbers_are_written_as_in_python() {
        for (spec, value, expected) in [
            ("", 7, "7"),
            ("d", 7, "7"),
            ("02d", 7, "07"),
            ("02d", 123, "123"),
            ("5", 12, "   12"),
            ("+05d", 12, "+0012"),
            ("<4d", 7, "7   "),
            ("^5d", 12, " 12  "),
            ("_>4", 12, "__12"),
            ("=+5d", 7, "+   7"),
            (".1f", 3, "3.0"),
            ("e", 12, "1.200000e+01"),
            ("%", 1, "100.000000%"),
            ("g", 1234567, "1.23457e+06"),
        ] {
            assert_eq!(written(spec, Number::Int(value)).as_deref(), Ok(expected), "{spec}");
        }
    }

    #[test]
    fn floats_are_written_as_in_python() {
        for (spec, value, expected) in [
            (".2f", 0.125, "0.12"),
            (".2f", -3.15625, "-3.16"),
            ("06.2f", -3.15625, "-03.16"),
            (".0f", 2.5, "2"),
            ("+.2f", 0.5, "+0.50"),
            (" .2f", 0.5, " 0.50"),
            (".3e", 1e-5, "1.000e-05"),
            (".4g", 123456.789, "1.235e+05"),
            (".4g", 0.0001, "0.0001"),
            (".3", 123.0, "1.23e+02"),
            (".3", 1.0, "1.0"),
            (".1%", 0.30000001192092896, "30.0%"),
            ("*>8.3g", 1e100, "**1e+100"),
            ("G", f64::INFINITY, "INF"),
            ("06.2f", f64::NEG_INFINITY, "-00inf"),
            (".2f", f64::NAN, "nan"),
            ("", 0.30000001192092896, "0.30000001192092896"),
            ("", -0.0, "-0.0"),
            (".2f", 99.995, "100.00"),
        ] {
            assert_eq!(written(spec, Number::Float(value)).as_deref(), Ok(expected), "{spec} of {value}");
        }
    }

    #[test]
    fn repr_is_python_s() {
        for (value, expected) in [
            (1.0, "1.0"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (0.0001, "0.0001"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (123456789.0, "123456789.0"),
            (872_881_173_598_919.3, "872881173598919.2"),
            (2f64.powi(-24), "5.960464477539063e-08"),
            (5e-324, "5e-324"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(repr(value), expected);
        }
    }

    #[test]
    fn what_python_refuses_is_an_error() {
        assert!(written("02d", Number::Float(0.5)).is_err());
        assert!(written(".2d", Number::Int(1)).is_err());
        assert!(written(".2", Number::Int(1)).is_err());
        for spec in ["q", ".f", "2f3", "{", "99999999999999999999d", ".256f", "256", "é"] {
            assert!(Spec::parse(spec).is_err(), "{spec}");
        }
    }
}
