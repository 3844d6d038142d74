//! Where progress is shown.

use std::io::{Write, stdout};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Something that shows progress. What cannot be shown is not worth stopping a training for: errors are ignored.
pub(super) trait Screen: Send {
    /// Whether a line can be replaced by another.
    fn moves(&self) -> bool;
    /// Shows `line` in place of the one before.
    fn redraw(&mut self, line: &str);
    /// Shows `line` for good, in place of a line drawn before.
    fn print(&mut self, line: &str);
}

/// A terminal, through indicatif, which knows how wide it is and how to replace a line that wraps.
#[derive(Default)]
pub(super) struct Terminal {
    /// There from the first redraw to the last.
    bar: Option<ProgressBar>,
}

impl Screen for Terminal {
    fn moves(&self) -> bool {
        true
    }

    fn redraw(&mut self, line: &str) {
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
            let style =
                ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
            bar.with_style(style)
        });
        bar.set_message(line.to_string());
    }

    fn print(&mut self, line: &str) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        let _ = writeln!(stdout(), "{line}");
    }
}

/// Anything else: a file, a pipe, a notebook.
pub(super) struct Lines(pub Box<dyn Write + Send>);

impl Screen for Lines {
    fn moves(&self) -> bool {
        false
    }

    fn redraw(&mut self, _line: &str) {}

    fn print(&mut self, line: &str) {
        // In one piece, and at once: somebody may be watching the file.
        let _ = self.0.write_all(format!("{line}\n").as_bytes());
        let _ = self.0.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_closed_pipe_does_not_end_a_training() {
        let mut lines = Lines(Box::new(Broken));
        lines.print("1/1");
        assert!(!lines.moves());
    }
}
