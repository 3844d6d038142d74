//! What a layer or an input may be called.

/// The most characters of a name.
pub const MAX_NAME: usize = 128;

/// Whether a layer or an input may have this name.
///
/// # Errors
/// What a name needs, in words: at least one character, at most [`MAX_NAME`], none of them a control character and
/// none of them `/`, which Keras refuses too because the paths of weights are made with it.
pub fn check_name(name: &str) -> Result<(), String> {
    let count = name.chars().count();
    if count == 0 {
        let help = "leave `name` out, and the layer is called as Keras would call it";
        return Err(format!("a name needs at least one character, found `\"\"`\nhelp: {help}"));
    }
    if count > MAX_NAME {
        return Err(format!("a name has at most {MAX_NAME} characters; this one has {count}"));
    }
    if name.contains('/') {
        let other = name.replace('/', "_");
        return Err(format!(
            "a name cannot contain `/`, found `{}`: the paths of weights are made with it, as `{}/kernel`\nhelp: write `{}`",
            name.escape_debug(),
            other.escape_debug(),
            other.escape_debug(),
        ));
    }
    if name.contains(char::is_control) {
        return Err(format!(
            "a name cannot contain control characters, as line breaks or tabs; found `{}`",
            name.escape_debug()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keras_names_pass_and_others_are_told_what_they_need() {
        for name in [
            "dense",
            "a-b",
            "x\u{b2}",
            "gr\u{f6}\u{df}e",
            "a b",
            "1",
            "block.1",
            "\u{5c42}",
            &"n".repeat(MAX_NAME),
        ] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        let wrong = |name: &str| check_name(name).expect_err(name);
        assert!(wrong("").starts_with("a name needs at least one character"));
        assert!(wrong("a/b").contains("help: write `a_b`"));
        assert!(wrong("a\nb").contains(r"found `a\nb`"));
        assert!(wrong(&"n".repeat(MAX_NAME + 1)).contains("this one has 129"));
    }
}
