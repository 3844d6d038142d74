//! Names of files with placeholders: `{epoch:02d}-{val_loss:.2f}.safetensors`.
//!
//! Source: <https://docs.python.org/3/library/string.html#format-string-syntax>.

use super::format::{Number, Spec};
use crate::{Error, Result};

/// A text with placeholders. A brace is written twice.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Field { name: String, spec: Spec },
}

impl Template {
    /// Reads the placeholders.
    ///
    /// # Errors
    /// A brace without its other one, a placeholder without a name, or a format that is unknown.
    pub fn parse(text: &str) -> Result<Self> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let (brace, after) = rest[at..].split_at(1);
            if let Some(after) = after.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            let field = after.split_once('}').filter(|_| brace == "{");
            let (field, after) = field.ok_or_else(|| fault(text, format!("a single `{brace}` is left")))?;
            let (name, spec) = field.split_once(':').unwrap_or((field, ""));
            if name.is_empty() {
                return Err(fault(text, "a placeholder has no name".into()));
            }
            let spec = Spec::parse(spec).map_err(|reason| fault(text, reason))?;
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(Piece::Field { name: name.to_string(), spec });
            rest = after;
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        Ok(Template { text: text.to_string(), pieces })
    }

    /// Fills the placeholders. `known` are the names that `value` knows.
    ///
    /// # Errors
    /// Another name, or a format that is not for its value.
    pub fn fill(&self, value: impl Fn(&str) -> Option<Number>, known: &[&str]) -> Result<String> {
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Field { name, spec } => {
                    let found = value(name).ok_or_else(|| {
                        let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                        let known = known.join(", ");
                        fault(&self.text, format!("there is no `{name}`, and there are {known}"))
                    })?;
                    let text = spec
                        .format(found)
                        .map_err(|reason| fault(&self.text, format!("`{name}`: {reason}")))?;
                    filled.push_str(&text);
                }
            }
        }
        Ok(filled)
    }
}

fn fault(text: &str, reason: String) -> Error {
    Error::Argument(format!("failed to format the file path `{text}`: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String> {
        let value = |name: &str| match name {
            "epoch" => Some(Number::Int(3)),
            "val_loss" => Some(Number::Float(0.126)),
            _ => None,
        };
        Template::parse(text)?.fill(value, &["epoch", "val_loss"])
    }

    #[test]
    fn placeholders_are_filled_as_in_python() {
        assert_eq!(filled("{epoch:02d}-{val_loss:.2f}.keras").unwrap(), "03-0.13.keras");
        assert_eq!(filled("{epoch}{val_loss}").unwrap(), "30.126");
        assert_eq!(filled("{{x}}-é-{epoch}").unwrap(), "{x}-é-3");
        assert_eq!(filled("{{{epoch}}}").unwrap(), "{3}");
        assert_eq!(filled("plain").unwrap(), "plain");
        assert_eq!(filled("").unwrap(), "");
    }

    #[test]
    fn faults_name_the_placeholder() {
        let fault = |text: &str| match filled(text) {
            Err(Error::Argument(message)) => message,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(
            fault("{val_acc:.2f}.keras"),
            "failed to format the file path `{val_acc:.2f}.keras`: there is no `val_acc`, and there are `epoch`, \
             `val_loss`"
        );
        assert!(fault("{val_loss:02d}").contains("`val_loss`: the format `d` is for whole numbers"));
        assert!(fault("a{epoch").contains("a single `{` is left"));
        assert!(fault("a}b").contains("a single `}` is left"));
        assert!(fault("{}").contains("no name"));
        assert!(fault("{epoch:zzz}").contains("`zzz` is unknown"));
    }
}
