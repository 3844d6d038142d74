//! What stands against the graph of a model.

/// Why the graph of a model cannot be made.
pub(in super::super) struct Against {
    /// Every reason, each in a sentence.
    pub reasons: Vec<String>,
    /// Whether the caller may say what a class of it is.
    pub unknown: bool,
}

impl From<Vec<String>> for Against {
    fn from(reasons: Vec<String>) -> Self {
        Against { reasons, unknown: false }
    }
}
