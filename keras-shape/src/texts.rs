//! Arguments that are strings.

use crate::arg::{Parsed, wrong};
use crate::code::Code;
use crate::kept::{kept, kept_text};
use crate::{Arg, ArgType};

/// A string: `"[UNK]"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word(pub &'static str);

impl ArgType for Word {
    const EXPECTS: &'static str = "a string, as `\"[UNK]\"`";
    const PLACEHOLDER: Self = Word("");

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        match arg {
            Arg::Str(text) => {
                let text = kept_text(text);
                Ok(Parsed::known(Word(text), Code::of(["Word"], Code::Text(text))))
            }
            _ => wrong(arg, Self::EXPECTS),
        }
    }
}

/// A string or a whole number: `"x"` or `0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// A number.
    Integer(isize),
    /// A string.
    Text(&'static str),
}

impl ArgType for Token {
    const EXPECTS: &'static str = "a whole number, or a string where the input is of strings";
    const PLACEHOLDER: Self = Token::Integer(0);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        if let Ok(Parsed { value: Word(text), .. }) = Word::parse(arg) {
            return Ok(Parsed::known(Token::Text(text), Code::of(["Token", "Text"], Code::Text(text))));
        }
        let Ok(number) = isize::parse(arg) else { return wrong(arg, Self::EXPECTS) };
        let code = Code::of(["Token", "Integer"], number.code);
        Ok(Parsed { value: Token::Integer(number.value), code, sure: number.sure })
    }
}

/// The strings of a vocabulary: `["cat", "dog"]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vocabulary(pub &'static [&'static str]);

impl ArgType for Vocabulary {
    const EXPECTS: &'static str = "a list of strings, as `[\"cat\", \"dog\"]`";
    const PLACEHOLDER: Self = Vocabulary(&[]);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let list = match arg {
            Arg::List(list) => list,
            Arg::Str(_) => {
                return Err(format!(
                    "expected {}, found {}: a vocabulary is not read from a file here\nhelp: leave `vocabulary` out and call `adapt` or `set_vocabulary` on the layer of the model",
                    Self::EXPECTS,
                    arg.describe()
                ));
            }
            _ => return wrong(arg, Self::EXPECTS),
        };
        let mut words = Vec::with_capacity(list.len());
        for item in list {
            let Arg::Str(word) = item else {
                return Err(format!("expected {}, found {} in it", Self::EXPECTS, item.describe()));
            };
            words.push(kept_text(word));
        }
        let code = Code::list(words.iter().map(|word| Code::Text(word)).collect());
        Ok(Parsed::known(Vocabulary(kept(words)), Code::of(["Vocabulary"], code)))
    }
}

/// How many words in a row count as one: `2` for up to two, `(2, 3)` for two and for three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ngrams(pub &'static [usize]);

impl ArgType for Ngrams {
    const EXPECTS: &'static str = "a positive whole number or a tuple of them";
    const PLACEHOLDER: Self = Ngrams(&[1]);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        /// More words in a row are no use, and a list of so many is none to write.
        const MOST: i128 = 64;
        let widths: Vec<usize> = match arg {
            Arg::Int(n @ 1..=MOST) => (1..=*n as usize).collect(),
            Arg::List(list) if !list.is_empty() => {
                let width = |item: &Arg| match item {
                    Arg::Int(n @ 1..=MOST) => Some(*n as usize),
                    _ => None,
                };
                match list.iter().map(width).collect::<Option<Vec<usize>>>() {
                    Some(widths) => widths,
                    None => return wrong(arg, Self::EXPECTS),
                }
            }
            _ => return wrong(arg, Self::EXPECTS),
        };
        let code = Code::list(widths.iter().map(|n| Code::Whole(*n as i128, None)).collect());
        Ok(Parsed::known(Ngrams(kept(widths)), Code::of(["Ngrams"], code)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_stand_in_quotes() {
        assert_eq!(Word::parse(&Arg::Str("a".into())).unwrap().value, Word("a"));
        assert!(Word::parse(&Arg::Word("a".into())).is_err());
        assert_eq!(Token::parse(&Arg::Int(-3)).unwrap().value, Token::Integer(-3));
        assert_eq!(Token::parse(&Arg::Str(String::new())).unwrap().value, Token::Text(""));
        let list = Arg::List(vec![Arg::Str("a".into()), Arg::Str("b".into())]);
        assert_eq!(Vocabulary::parse(&list).unwrap().value, Vocabulary(&["a", "b"]));
        let mixed = Arg::List(vec![Arg::Str("a".into()), Arg::Int(1)]);
        assert!(Vocabulary::parse(&mixed).is_err_and(|e| e.contains("`1` in it")));
        assert!(Vocabulary::parse(&Arg::Str("words.txt".into())).is_err_and(|e| e.contains("adapt")));
    }

    #[test]
    fn ngrams_are_up_to_a_number_or_those_of_a_tuple() {
        assert_eq!(Ngrams::parse(&Arg::Int(3)).unwrap().value, Ngrams(&[1, 2, 3]));
        assert_eq!(Ngrams::parse(&Arg::List(vec![Arg::Int(2)])).unwrap().value, Ngrams(&[2]));
        for bad in [Arg::Int(0), Arg::List(vec![]), Arg::Bool(true)] {
            assert!(Ngrams::parse(&bad).is_err());
        }
    }
}
