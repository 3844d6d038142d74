//! Just enough JSON to read the oracle: this crate has no dependencies, not even in its tests.

use std::iter::Peekable;
use std::str::Chars;

/// A JSON value. Numbers of the oracle that we look at are whole.
#[derive(Debug)]
pub enum Json {
    Null,
    Bool,
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn at(&self, key: &str) -> &Json {
        let Json::Object(entries) = self else { panic!("{self:?} has no keys") };
        let entry = entries.iter().find(|(name, _)| name == key);
        &entry.unwrap_or_else(|| panic!("no {key}")).1
    }

    pub fn items(&self) -> &[Json] {
        let Json::List(items) = self else { panic!("{self:?} is no list") };
        items
    }

    pub fn text(&self) -> &str {
        let Json::Text(text) = self else { panic!("{self:?} is no text") };
        text
    }

    pub fn number(&self) -> usize {
        self.optional().unwrap_or_else(|| panic!("{self:?} is no number"))
    }

    pub fn optional(&self) -> Option<usize> {
        match self {
            Json::Number(number) => Some(*number as usize),
            _ => None,
        }
    }
}

pub fn parse(text: &str) -> Json {
    value(&mut text.chars().peekable())
}

fn space(chars: &mut Peekable<Chars>) {
    while chars.next_if(|c| c.is_whitespace()).is_some() {}
}

fn value(chars: &mut Peekable<Chars>) -> Json {
    space(chars);
    match chars.peek().copied() {
        Some('"') => Json::Text(string(chars)),
        Some('[') => Json::List(list(chars, ']', value)),
        Some('{') => Json::Object(list(chars, '}', |chars| {
            space(chars);
            let key = string(chars);
            space(chars);
            assert_eq!(chars.next(), Some(':'));
            (key, value(chars))
        })),
        _ => {
            let mut word = String::new();
            while let Some(c) = chars.next_if(|c| !",]} \n".contains(*c)) {
                word.push(c);
            }
            match word.as_str() {
                "null" => Json::Null,
                "true" | "false" => Json::Bool,
                number => Json::Number(number.parse().expect("a number")),
            }
        }
    }
}

fn list<T>(chars: &mut Peekable<Chars>, end: char, item: fn(&mut Peekable<Chars>) -> T) -> Vec<T> {
    chars.next();
    let mut items = Vec::new();
    loop {
        space(chars);
        match chars.peek() {
            Some(&c) if c == end => {
                chars.next();
                return items;
            }
            Some(',') => {
                chars.next();
            }
            _ => items.push(item(chars)),
        }
    }
}

fn string(chars: &mut Peekable<Chars>) -> String {
    assert_eq!(chars.next(), Some('"'));
    let mut text = String::new();
    loop {
        match chars.next().expect("an end to the string") {
            '"' => return text,
            '\\' => match chars.next().expect("an escape") {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                'b' => text.push('\u{8}'),
                'f' => text.push('\u{c}'),
                'u' => {
                    let code: String = chars.by_ref().take(4).collect();
                    let code = u32::from_str_radix(&code, 16).expect("a code");
                    text.push(char::from_u32(code).expect("no surrogates in the oracle"));
                }
                other => text.push(other),
            },
            c => text.push(c),
        }
    }
}
