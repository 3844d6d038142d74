//! Parts of messages that come out of files and data: a message stays short whatever they hold.

/// So many characters of a name are shown.
const NAME_SHOWN: usize = 100;
/// So many numbers of a list are shown.
const SHOWN: usize = 8;

/// A name or another text, which may be anything, on one line and cut where it is long.
pub(crate) fn name(text: &str) -> String {
    let mut shown: String = text.chars().take(NAME_SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(NAME_SHOWN).is_some() {
        shown.push_str("...");
    }
    shown
}

/// A sentence of another library, which may quote a file: cut where it is long.
pub(crate) fn sentence(text: impl core::fmt::Display) -> String {
    let text = text.to_string();
    match text.char_indices().nth(3 * NAME_SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// A shape, `[2, 3]`; of one with many axes the first few.
pub(crate) fn shape(shape: &[usize]) -> String {
    if shape.len() <= SHOWN {
        numbers(shape)
    } else {
        format!("{} with {} axes", numbers(shape), shape.len())
    }
}

/// Numbers, `[2, 3]`; of many the first few.
pub(crate) fn numbers<T: ToString>(numbers: &[T]) -> String {
    let mut shown: Vec<String> = numbers.iter().take(SHOWN).map(T::to_string).collect();
    if numbers.len() > SHOWN {
        shown.push("...".to_string());
    }
    format!("[{}]", shown.join(", "))
}

/// At most `shown` of these lines, and how many more there are.
pub(crate) fn lines(mut lines: Vec<String>, shown: usize) -> String {
    let more = lines.len().saturating_sub(shown);
    lines.truncate(shown);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(name("a\nb"), "a\\nb");
        assert_eq!(name(&"é".repeat(101)), format!("{}...", "é".repeat(100)));
        assert_eq!(sentence("é".repeat(400)).len(), 603);
        assert_eq!(shape(&[2, 3]), "[2, 3]");
        assert_eq!(shape(&[1; 1_000_000]), "[1, 1, 1, 1, 1, 1, 1, 1, ...] with 1000000 axes");
        let many = vec!["x".to_string(); 10];
        assert_eq!(lines(many.clone(), 10), ["x"; 10].join("\n  "));
        assert_eq!(lines(many, 2), "x\n  x\n  and 8 more");
    }
}
