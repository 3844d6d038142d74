//! The progress bar of `fit`, `evaluate` and `predict`.
//!
//! On a terminal one line grows and is replaced, as in Keras; anywhere else a line is printed when an epoch is
//! done, since a log file is no place for a moving bar.
//!
//! Source: <https://keras.io/api/models/model_training_apis/#fit-method> (`verbose`),
//! <https://keras.io/api/utils/python_utils/>.

mod line;
mod screen;

use std::io::{IsTerminal, Write, stdout};
use std::time::{Duration, Instant};

pub(crate) use line::format_metric;
use line::{Line, Timing};
use screen::{Lines, Screen, Terminal};

/// How much `fit`, `evaluate` and `predict` print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbose {
    /// A bar on a terminal, a line for each epoch elsewhere. Keras's `"auto"`.
    #[default]
    Auto,
    /// Nothing. Keras's 0.
    Silent,
    /// The same as `Auto`: a bar, as far as the output can show one. Keras's 1.
    Bar,
    /// A line for each epoch. Keras's 2.
    Epochs,
}

/// Keras's numbers: 0 silent, 1 a bar, 2 a line per epoch.
impl From<bool> for Verbose {
    fn from(verbose: bool) -> Self {
        u8::from(verbose).into()
    }
}

impl From<u8> for Verbose {
    fn from(verbose: u8) -> Self {
        match verbose {
            0 => Verbose::Silent,
            1 => Verbose::Bar,
            _ => Verbose::Epochs,
        }
    }
}

/// The bar is redrawn at most 20 times in a second.
const INTERVAL: Duration = Duration::from_millis(50);

/// Tells on the screen how far training, evaluation or prediction has come.
pub struct Progress {
    verbose: Verbose,
    total: Option<usize>,
    screen: Box<dyn Screen>,
    clock: Box<dyn Fn() -> Duration + Send>,
    seen: usize,
    started: Duration,
    /// When the first step was done. It is slower than the others, and so left out of the time per step.
    first_step: Option<Duration>,
    drawn: Option<Duration>,
}

impl Progress {
    /// Progress on standard output, through `total_steps` batches if that many are known.
    pub fn new(verbose: Verbose, total_steps: Option<usize>) -> Self {
        let screen: Box<dyn Screen> = match verbose {
            Verbose::Auto | Verbose::Bar if stdout().is_terminal() => Box::<Terminal>::default(),
            _ => Box::new(Lines(Box::new(stdout()))),
        };
        Self::on(screen, verbose, total_steps)
    }

    /// Progress as lines in `writer`, as on an output that is not a terminal.
    pub fn to_writer(verbose: Verbose, total_steps: Option<usize>, writer: Box<dyn Write + Send>) -> Self {
        Self::on(Box::new(Lines(writer)), verbose, total_steps)
    }

    fn on(screen: Box<dyn Screen>, verbose: Verbose, total: Option<usize>) -> Self {
        let start = Instant::now();
        Self {
            verbose,
            total,
            screen,
            clock: Box::new(move || start.elapsed()),
            seen: 0,
            started: Duration::ZERO,
            first_step: None,
            drawn: None,
        }
    }

    /// An epoch starts, the one numbered `epoch` (counted from 1) of `epochs`. `Epoch 1/5` is printed if there are
    /// more than one.
    pub fn epoch(&mut self, epoch: usize, epochs: usize) {
        if self.verbose == Verbose::Silent {
            return;
        }
        self.restart();
        if epochs > 1 {
            self.screen.print(&format!("Epoch {epoch}/{epochs}"));
        }
    }

    /// The step numbered `step` (counted from 1) is done. `metrics` is called only if the bar is drawn anew.
    pub fn step<'a, M>(&mut self, step: usize, metrics: impl FnOnce() -> M)
    where
        M: AsRef<[(&'a str, f64)]>,
    {
        if self.verbose == Verbose::Silent {
            return;
        }
        self.seen = step;
        let moving = self.screen.moves() && self.verbose != Verbose::Epochs;
        if !moving && step != 1 {
            return;
        }
        let now = (self.clock)();
        if step == 1 {
            self.first_step = Some(now);
        }
        let due = self.drawn.is_none_or(|drawn| now.saturating_sub(drawn) >= INTERVAL);
        if moving && due {
            self.drawn = Some(now);
            let line = self.line(self.total, now, false);
            self.screen.redraw(&line.bar(metrics().as_ref(), true));
        }
    }

    /// All steps of the epoch (or of the evaluation or prediction) are done, with these metrics.
    pub fn finish(&mut self, metrics: &[(&str, f64)]) {
        if self.verbose == Verbose::Silent {
            return;
        }
        // Where the number of steps was not known, it is now, also for the next epoch.
        let total = *self.total.get_or_insert(self.seen);
        self.seen = total;
        let now = (self.clock)();
        let line = self.line(Some(total), now, true);
        match self.verbose {
            Verbose::Epochs if total > 0 => self.screen.print(&line.epoch(metrics)),
            Verbose::Epochs => {}
            _ => {
                let colours = self.screen.moves();
                self.screen.print(&line.bar(metrics, colours));
            }
        }
        self.restart();
    }

    fn restart(&mut self) {
        self.seen = 0;
        self.started = (self.clock)();
        self.first_step = None;
        self.drawn = None;
    }

    fn line(&self, total: Option<usize>, now: Duration, done: bool) -> Line {
        let since = |then: Duration| now.saturating_sub(then).as_secs_f64();
        let elapsed = since(self.started);
        let per_step = match (self.seen, self.first_step) {
            (0, _) => 0.0,
            (seen, Some(first)) if seen > 1 => since(first) / (seen - 1) as f64,
            (seen, _) => elapsed / seen as f64,
        };
        Line {
            seen: self.seen,
            total: total.filter(|&total| total > 0),
            timing: Timing { elapsed, per_step },
            done,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Everything that was shown: a moving bar's lines start with `~`.
    #[derive(Clone, Default)]
    struct Recorder {
        shown: Arc<Mutex<Vec<String>>>,
        now: Arc<Mutex<Duration>>,
    }

    impl Screen for Recorder {
        fn moves(&self) -> bool {
            true
        }
        fn redraw(&mut self, line: &str) {
            self.shown.lock().unwrap().push(format!("~{line}"));
        }
        fn print(&mut self, line: &str) {
            self.shown.lock().unwrap().push(line.to_string());
        }
    }

    impl Write for Recorder {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.shown.lock().unwrap().push(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Recorder {
        fn wait(&self, milliseconds: u64) {
            *self.now.lock().unwrap() += Duration::from_millis(milliseconds);
        }
        fn timed(&self, mut progress: Progress) -> Progress {
            let now = self.now.clone();
            progress.clock = Box::new(move || *now.lock().unwrap());
            progress
        }
        fn bar(&self, total: Option<usize>) -> Progress {
            self.timed(Progress::on(Box::new(self.clone()), Verbose::Bar, total))
        }
        fn lines(&self, verbose: Verbose, total: Option<usize>) -> Progress {
            self.timed(Progress::to_writer(verbose, total, Box::new(self.clone())))
        }
        fn text(&self) -> String {
            self.shown.lock().unwrap().concat()
        }
        fn train(&self, progress: &mut Progress, steps: usize) {
            for step in 1..=steps {
                self.wait(if step == 1 { 1000 } else { 20 });
                progress.step(step, || [("loss", 2.5)]);
            }
            progress.finish(&[("accuracy", 0.1), ("loss", 2.25)]);
        }
    }

    #[test]
    fn lines_appear_when_epochs_end() {
        let recorder = Recorder::default();
        let mut progress = recorder.lines(Verbose::Auto, Some(4));
        for epoch in 1..=2 {
            progress.epoch(epoch, 2);
            recorder.train(&mut progress, 4);
        }
        let line = "4/4 ━━━━━━━━━━━━━━━━━━━━ 1s 20ms/step - accuracy: 0.1000 - loss: 2.2500\n";
        assert_eq!(recorder.text(), format!("Epoch 1/2\n{line}Epoch 2/2\n{line}"));
    }

    #[test]
    fn one_line_for_each_epoch() {
        let recorder = Recorder::default();
        let mut progress = recorder.lines(Verbose::Epochs, Some(4));
        progress.epoch(1, 1);
        recorder.train(&mut progress, 4);
        assert_eq!(recorder.text(), "4/4 - 1s - 20ms/step - accuracy: 0.1000 - loss: 2.2500\n");
    }

    #[test]
    fn silence_asks_for_nothing() {
        let recorder = Recorder::default();
        let mut progress = recorder.lines(Verbose::Silent, Some(4));
        progress.epoch(1, 2);
        progress.step(1, || -> [(&str, f64); 1] { panic!("asked for metrics") });
        progress.finish(&[]);
        assert_eq!(recorder.text(), "");
    }

    #[test]
    fn the_bar_is_redrawn_at_most_every_fiftieth_second() {
        let recorder = Recorder::default();
        let mut progress = recorder.bar(Some(1000));
        let mut asked = 0;
        for step in 1..=1000 {
            recorder.wait(1);
            progress.step(step, || {
                asked += 1;
                [("loss", 1.0)]
            });
        }
        assert_eq!(asked, 20);
        assert_eq!(recorder.shown.lock().unwrap().len(), 20);
        progress.finish(&[]);
        assert!(!recorder.shown.lock().unwrap()[20].starts_with('~'));
    }

    #[test]
    fn an_unknown_number_of_steps_becomes_known() {
        let recorder = Recorder::default();
        let mut progress = recorder.bar(None);
        recorder.train(&mut progress, 3);
        recorder.train(&mut progress, 3);
        let shown = recorder.shown.lock().unwrap().clone();
        assert!(
            shown[0].starts_with("~      1/Unknown \x1b[1m1s\x1b[0m 1s/step - loss: 2.5000"),
            "{shown:?}"
        );
        assert!(shown.iter().any(|line| line.starts_with("\x1b[1m3/3\x1b[0m ")));
        assert!(shown.last().unwrap().contains("1s\x1b[0m 20ms/step - accuracy: 0.1000"));
        assert!(shown[2].starts_with("~\x1b[1m1/3\x1b[0m "), "{shown:?}");
    }

    #[test]
    fn nothing_to_do_is_no_error() {
        let recorder = Recorder::default();
        let mut progress = recorder.lines(Verbose::Bar, Some(0));
        progress.finish(&[]);
        assert_eq!(recorder.text(), "      0/Unknown 0s 0s/step\n");
    }
}
