//! What callbacks print: on standard output what they do, on standard error what is amiss.

/// Prints a line on standard output. That nobody reads it (a closed pipe) does not end the training.
#[cfg(not(test))]
pub(super) fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a warning on standard error.
#[cfg(not(test))]
pub(crate) fn warn(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "warning: {text}");
}

#[cfg(test)]
thread_local! {
    static SAID: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// In tests, keeps the line for [`said`].
#[cfg(test)]
pub(super) fn say(text: &str) {
    SAID.with_borrow_mut(|said| said.push(text.to_string()));
}

/// In tests, keeps the warning for [`said`].
#[cfg(test)]
pub(crate) fn warn(text: &str) {
    say(&format!("warning: {text}"));
}

/// What this test's thread has printed since the last call.
#[cfg(test)]
pub(super) fn said() -> Vec<String> {
    SAID.take()
}
