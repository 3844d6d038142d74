//! JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` are numbers there, and none elsewhere.

use serde_json::Value;

/// Such numbers, and the texts that stand for them in values: no text of a file begins so.
const NUMBERS: [(&str, &str, f64); 3] = [
    ("NaN", "\0NaN", f64::NAN),
    ("Infinity", "\0Infinity", f64::INFINITY),
    ("-Infinity", "\0-Infinity", f64::NEG_INFINITY),
];

/// Reads a text.
///
/// # Errors
/// It is no JSON.
pub(crate) fn read(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(text).or_else(|error| match without_numbers(text) {
        Some(text) => serde_json::from_str(&text),
        None => Err(error),
    })
}

/// A text in which texts stand for these numbers, if there are any.
fn without_numbers(text: &str) -> Option<String> {
    let (mut out, mut any) = (String::with_capacity(text.len()), false);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let end = end_of_string(rest)?;
            out.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        if let Some((word, stands, _)) = NUMBERS.iter().find(|(word, ..)| rest.starts_with(word)) {
            out.push_str(&Value::from(*stands).to_string());
            rest = &rest[word.len()..];
            any = true;
            continue;
        }
        out.push(first);
        rest = &rest[first.len_utf8()..];
    }
    any.then_some(out)
}

/// Where a text in quotes ends, at the beginning of this one.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The number that a value is, if it is one of these.
pub(crate) fn number(value: &Value) -> Option<f64> {
    let text = value.as_str()?;
    NUMBERS.iter().find(|(_, stands, _)| *stands == text).map(|(.., number)| *number)
}

/// Writes a value that was read from a file, or one made for a file.
pub fn text(value: &Value) -> String {
    let mut text = value.to_string();
    for (word, stands, _) in NUMBERS {
        let stands = Value::from(stands).to_string();
        if text.contains(&stands) {
            text = text.replace(&stands, word);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `json.dumps` of Python.
    #[test]
    fn numbers_of_python_are_read_and_written() {
        let python = r#"{"a":[-Infinity,1.5,NaN],"b":"NaN \" Infinity","c":Infinity}"#;
        let value = read(python).expect("JSON");
        assert_eq!(number(&value["a"][0]), Some(f64::NEG_INFINITY));
        assert!(number(&value["a"][2]).is_some_and(f64::is_nan) && number(&value["b"]).is_none());
        assert_eq!(text(&value), python);
        assert!(read("[NaNa]").is_err() && read("[\"a]").is_err() && read("[+Infinity]").is_err());
    }
}
