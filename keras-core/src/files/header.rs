//! The names in the header of a safetensors file.

use std::collections::HashSet;

/// The header, the tensors, and the lists of their lengths.
const DEPTH: usize = 3;

/// The first name that a JSON text has twice in one object, among the outermost and those within; nothing of a text
/// that is no JSON. Parsers take the last of several values without a word.
pub(super) fn repeated_name(text: &[u8]) -> Option<String> {
    // The names seen in each object that is open; lists have none.
    let mut open: Vec<Option<HashSet<String>>> = Vec::new();
    // What is further inside says nothing about tensors.
    let mut deeper = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' if open.len() >= DEPTH => deeper += 1,
            b'}' | b']' if deeper > 0 => deeper -= 1,
            b'{' => open.push(Some(HashSet::new())),
            b'[' => open.push(None),
            b'}' | b']' => drop(open.pop()),
            b'"' => {
                let start = at - 1;
                at = end_of_string(text, at)?;
                let is_name =
                    deeper == 0 && text[at..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
                if let (true, Some(Some(names))) = (is_name, open.last_mut()) {
                    // Names may be spelt with escapes.
                    let name: String = serde_json::from_slice(&text[start..at]).ok()?;
                    if !names.insert(name.clone()) {
                        return Some(name);
                    }
                }
            }
            _ => {}
        }
    }
    None
}

/// Behind the closing quote of a string that begins before `at`.
fn end_of_string(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_within_their_object() {
        let found = |text: &str| repeated_name(text.as_bytes());
        assert_eq!(found(r#"{"a":{"b":1},"c":{"b":2}}"#), None);
        assert_eq!(found(r#"{"a":["a","a"],"b":"a"}"#), None);
        assert_eq!(found(r#"{"a":1, "b":2, "a" :3}"#), Some("a".into()));
        assert_eq!(found(r#"{"a":{"b":1,"b":1}}"#), Some("b".into()));
        assert_eq!(found(r#"{"a":{"b":[[[[{"c":1,"c":1}]]]]},"a":2}"#), Some("a".into()));
        assert_eq!(found(r#"{"a\"":1,"a\"":2}"#), Some("a\"".into()));
        assert_eq!(found(r#"{"a":1,"\u0061":2}"#), Some("a".into()));
        for text in
            ["", "{", "{\"a", "}}}}", "{\"a\\", "\u{0}", &"[".repeat(100_000), &"{\"a\":".repeat(1000)]
        {
            assert_eq!(found(text), None);
        }
    }
}
