//! The text of a progress line, in Keras's words.

/// How wide the bar is.
const WIDTH: usize = 20;

/// What a progress line is about.
pub(super) struct Line {
    /// How many steps are done.
    pub seen: usize,
    /// Of how many, where that is known. Never 0.
    pub total: Option<usize>,
    pub timing: Timing,
    /// Whether this is the last line.
    pub done: bool,
}

/// Times in seconds.
pub(super) struct Timing {
    pub elapsed: f64,
    pub per_step: f64,
}

impl Line {
    /// `4/4 ━━━━━━━━━━━━━━━━━━━━ 1s 20ms/step - accuracy: 0.1000 - loss: 2.3000`.
    pub(super) fn bar(&self, metrics: &[(&str, f64)], colours: bool) -> String {
        let mut text = match self.total {
            Some(total) => {
                let count = paint(&count(self.seen, total), "1", colours);
                let full = (WIDTH as f64 * self.seen as f64 / total as f64) as usize;
                let full = full.min(WIDTH);
                let mut bar = String::new();
                if full > 0 {
                    bar = paint(&"━".repeat(full), "32", colours);
                }
                bar += &paint(&"━".repeat(WIDTH - full), "37", colours);
                format!("{count} {bar}")
            }
            None => format!("{:>7}/Unknown", self.seen),
        };
        let time = match self.total {
            Some(total) if !self.done => {
                remaining(self.timing.per_step * total.saturating_sub(self.seen) as f64)
            }
            _ => format!("{:.0}s", self.timing.elapsed),
        };
        text.push(' ');
        text += &paint(&time, "1", colours);
        text.push(' ');
        text += &step_time(self.timing.per_step);
        for (name, value) in metrics {
            text += &format!(" - {name}: {}", format_metric(*value));
        }
        text
    }

    /// `4/4 - 1s - 20ms/step - accuracy: 0.1000 - loss: 2.3000`.
    pub(super) fn epoch(&self, metrics: &[(&str, f64)]) -> String {
        let total = self.total.unwrap_or(self.seen);
        let mut text = format!(
            "{} - {:.0}s - {}",
            count(self.seen, total),
            self.timing.elapsed,
            step_time(self.timing.per_step)
        );
        for &(name, value) in metrics {
            // Unlike in the bar, Keras does not look at the size of negative numbers here.
            let value = if value > 1e-3 { format!("{value:.4}") } else { exponential(value) };
            text += &format!(" - {name}: {}", finite(&value));
        }
        text
    }
}

/// A metric as Keras's bar shows it: four decimals, or as a power of ten where those would show nothing.
pub(crate) fn format_metric(value: f64) -> String {
    let text = if value.abs() > 1e-3 { format!("{value:.4}") } else { exponential(value) };
    finite(&text).to_string()
}

/// `1.0000e-04`: Python writes the exponent with a sign and two digits.
fn exponential(value: f64) -> String {
    let text = format!("{value:.4e}");
    match text.split_once('e') {
        Some((digits, exponent)) => match exponent.strip_prefix('-') {
            Some(exponent) => format!("{digits}e-{exponent:0>2}"),
            None => format!("{digits}e+{exponent:0>2}"),
        },
        None => text,
    }
}

/// Python's word for what is not a number.
fn finite(text: &str) -> &str {
    if text == "NaN" { "nan" } else { text }
}

/// `  3/120`, the first number as wide as the second.
fn count(seen: usize, total: usize) -> String {
    let width = total.to_string().len();
    format!("{seen:>width$}/{total}")
}

fn remaining(seconds: f64) -> String {
    let whole = seconds as u64;
    // Keras goes on in seconds up to and including a full minute, and likewise with an hour.
    if seconds > 3600.0 {
        format!("{}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60)
    } else if seconds > 60.0 {
        format!("{}:{:02}", whole / 60, whole % 60)
    } else {
        format!("{whole}s")
    }
}

fn step_time(seconds: f64) -> String {
    if seconds >= 1.0 || seconds == 0.0 {
        format!("{seconds:.0}s/step")
    } else if seconds >= 1e-3 {
        format!("{:.0}ms/step", seconds * 1e3)
    } else {
        format!("{:.0}us/step", seconds * 1e6)
    }
}

fn paint(text: &str, code: &str, colours: bool) -> String {
    match colours {
        true => format!("\x1b[{code}m{text}\x1b[0m"),
        false => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(seen: usize, total: usize, per_step: f64) -> Line {
        let timing = Timing { elapsed: 3.0, per_step };
        Line { seen, total: Some(total), timing, done: false }
    }

    #[test]
    fn metrics_read_as_in_python() {
        let shown = [0.5, 12345.678, 0.001, 0.00012345, -0.5, -1e-10, 0.0, f64::NAN, f64::INFINITY];
        let shown: Vec<String> = shown.into_iter().map(format_metric).collect();
        let expected = [
            "0.5000",
            "12345.6780",
            "1.0000e-03",
            "1.2345e-04",
            "-0.5000",
            "-1.0000e-10",
            "0.0000e+00",
            "nan",
            "inf",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn half_a_bar() {
        let text = line(25, 100, 0.02).bar(&[("loss", 0.5)], false);
        assert_eq!(text, " 25/100 ━━━━━━━━━━━━━━━━━━━━ 1s 20ms/step - loss: 0.5000");
        let text = line(25, 100, 0.02).bar(&[], true);
        let expected = "\x1b[1m 25/100\x1b[0m \x1b[32m━━━━━\x1b[0m\x1b[37m━━━━━━━━━━━━━━━\x1b[0m \x1b[1m1s\x1b[0m 20ms/step";
        assert_eq!(text, expected);
    }

    #[test]
    fn more_steps_than_announced_do_no_harm() {
        let text = line(5, 4, 0.02).bar(&[], false);
        assert!(text.starts_with("5/4 ━━━━━━━━━━━━━━━━━━━━ 0s"), "{text}");
    }

    #[test]
    fn times_change_their_units() {
        assert_eq!(step_time(0.0), "0s/step");
        assert_eq!(step_time(0.0000123), "12us/step");
        assert_eq!(step_time(0.0123), "12ms/step");
        assert_eq!(step_time(2.0), "2s/step");
        assert_eq!(remaining(60.0), "60s");
        assert_eq!(remaining(61.9), "1:01");
        assert_eq!(remaining(3600.0), "60:00");
        assert_eq!(remaining(7325.0), "2:02:05");
    }

    #[test]
    fn the_short_line_has_keras_way_with_negatives() {
        let text = line(4, 4, 1.5).epoch(&[("loss", -0.5), ("mae", 0.25)]);
        assert_eq!(text, "4/4 - 3s - 2s/step - loss: -5.0000e-01 - mae: 0.2500");
    }
}
