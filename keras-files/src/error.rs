//! What is wrong with a file.

use core::fmt;

/// The result of reading or writing a file.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What is wrong with a file, in a sentence that does not name the file: whoever opened it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    /// An error of these words.
    pub fn new(message: impl fmt::Display) -> Self {
        Error(message.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// So many characters of a text of a file are shown.
const SHOWN: usize = 100;

/// A name or another text of a file, which may be anything, on one line and cut where it is long.
pub fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        out.push_str("...");
    }
    out
}

/// A sentence of another library, which may quote the file: cut where it is long.
pub(crate) fn sentence(text: impl fmt::Display) -> String {
    shown(&text.to_string())
}
