//! Patterns for paths of weights: regular expressions.

use regex_lite::Regex;

/// A pattern that has been read.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Reads a pattern that the whole text is of, as with Python's `re.fullmatch`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(pattern: &str) -> Result<Self, String> {
        // On its own first: `a)|(b` is none, and would be one between the brackets.
        let read = |pattern: &str| Regex::new(pattern).map_err(|error| error.to_string());
        read(pattern)?;
        read(&format!("^(?:{pattern})$")).map(Pattern)
    }

    /// Reads a pattern that a part of the text is of, as with Python's `re.search`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn within(pattern: &str) -> Result<Self, String> {
        Regex::new(pattern).map(Pattern).map_err(|error| error.to_string())
    }

    /// Whether the text, or a part of it, is of the pattern.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    /// What Python's `re.fullmatch` says.
    #[test]
    fn patterns_match_as_in_python() {
        let cases = [
            ("encoder/.*", "encoder/dense/kernel", true),
            ("encoder/.*", "encoder", false),
            ("encoder", "encoder/dense", false),
            (".*/(kernel|bias)", "dense/bias", true),
            (".*/(kernel|bias)", "dense/gamma", false),
            (r"dense_\d+/kernel", "dense_12/kernel", true),
            (r"dense_\d+/kernel", "dense/kernel", false),
            (r"(dense(_\d)?|lstm)/[a-k]+", "dense_1/kernel", false),
            (r"(dense(_\d)?|lstm)/[a-z]+", "dense_1/kernel", true),
            ("[^/]+/kernel", "a/b/kernel", false),
            ("(a*)*b", "aaaaab", true),
            ("(a|b)*", "abba", true),
            ("^a?b+$", "bb", true),
            (r"a\.b", "axb", false),
            ("", "", true),
            ("a|", "", true),
            (".*?l", "kernel", true),
        ];
        for (pattern, text, wanted) in cases {
            assert_eq!(
                Pattern::new(pattern).expect("a pattern").matches(text),
                wanted,
                "{pattern} on {text}"
            );
        }
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for pattern in ["a)", "a)|(b", "(a", "[a", "*a", "(?=a)", "[z-a]", r"\q"] {
            let problem = Pattern::new(pattern).map(|_| ()).expect_err(pattern);
            assert!(!problem.is_empty(), "{pattern}");
        }
    }
}
