//! Dates as ISO 8601 writes them: `2024-02-29`, `2024-02-29T12:30:00Z`.

/// A date in UTC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Date {
    pub year: u32,
    pub month: u32,
    pub day: u32,
    /// The time of day, as a share of a day.
    pub time: f64,
    /// How much later than UTC the clock is that shows this time, in days.
    ahead: f64,
}

const fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn length(year: u32, month: u32) -> u32 {
    match month {
        2 => 28 + is_leap(year) as u32,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// So many digits in front of a text as a number, and what is behind them.
fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(count)?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten().map(|n| (n, rest))
}

/// `12:30`, `12:30:15` or `12:30:15.25` in front of a text as a share of a day, and what is behind it.
fn clock(text: &str) -> Option<(f64, &str)> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2)?,
        None => (0, rest),
    };
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let end = rest.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            (format!("0.{}", &rest[..end]).parse::<f64>().ok()?, &rest[end..])
        }
        None => (0.0, rest),
    };
    let fits = hour < 24 && minute < 60 && second < 60;
    let seconds = f64::from(hour * 3600 + minute * 60 + second) + fraction;
    fits.then_some((seconds / 86_400.0, rest))
}

impl Date {
    /// The date that a text is, if it is one.
    pub fn parse(text: &str) -> Option<Date> {
        let (year, rest) = digits(text, 4)?;
        let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
        let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
        if !(1..=12).contains(&month) || day < 1 || day > length(year, month) {
            return None;
        }
        let mut date = Date { year, month, day, time: 0.0, ahead: 0.0 };
        if rest.is_empty() {
            return Some(date);
        }
        let (time, rest) = clock(rest.strip_prefix(['T', 't', ' '])?)?;
        date.time = time;
        date.ahead = match rest.as_bytes() {
            [] | [b'Z' | b'z'] => 0.0,
            [sign @ (b'+' | b'-'), ..] => {
                let (ahead, rest) = clock(rest.get(1..)?)?;
                if !rest.is_empty() {
                    return None;
                }
                if *sign == b'+' { ahead } else { -ahead }
            }
            _ => return None,
        };
        Some(date)
    }

    /// The days since 1970-01-01 of the day alone.
    fn whole_days(&self) -> i64 {
        let year = i64::from(self.year);
        // Leap years in the years before this one, of which year 0 is one.
        let before = year - 1;
        let leaps = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
        let months: u32 = (1..self.month).map(|month| length(self.year, month)).sum();
        let day_of_year = i64::from(months + self.day - 1);
        // 719162 days lie between 0001-01-01 and 1970-01-01.
        before * 365 + leaps + day_of_year - 719_162
    }

    /// The days since 1970-01-01, UTC.
    pub fn days(&self) -> f64 {
        self.whole_days() as f64 + self.time - self.ahead
    }

    /// The day of the week, 0 for Monday, as it stands in the text.
    pub fn weekday(&self) -> u32 {
        // 1970-01-01 was a Thursday.
        u32::try_from((self.whole_days() + 3).rem_euclid(7)).unwrap_or(0)
    }
}

/// The day so many days after 1970-01-01 as ISO 8601 writes it, with a time of so many parts of a second if that is not
/// midnight. A year that has no four digits is written so that it is no date.
#[cfg(feature = "parquet")]
pub(in crate::data) fn iso(days: i64, time: i64, parts: i64) -> String {
    // Eras of 400 years are alike; years begin in March, so that a leap day is the last.
    let from_march = days.saturating_add(719_468);
    let (era, day) = (from_march.div_euclid(146_097), from_march.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if time == 0 {
        return date;
    }
    let (seconds, fraction) = (time / parts, time % parts);
    let digits = parts.ilog10() as usize;
    format!("{date}T{:02}:{:02}:{:02}.{fraction:0digits$}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Python's `datetime` says of some dates.
    #[test]
    fn dates_are_days_as_in_python() {
        for (text, days, weekday) in [
            ("1970-01-01", 0.0, 3),
            ("1969-12-31", -1.0, 2),
            ("2000-02-29", 11_016.0, 1),
            ("2024-02-29", 19_782.0, 3),
            ("2024-12-31", 20_088.0, 1),
            ("1900-03-01", -25_508.0, 3),
            ("0001-01-01", -719_162.0, 0),
            ("9999-12-31", 2_932_896.0, 4),
            ("2024-02-29T12:00:00Z", 19_782.5, 3),
            ("2024-02-29 06:00", 19_782.25, 3),
            ("2024-02-29T12:00:00.000+06:00", 19_782.25, 3),
            ("2024-02-29T18:00:00-06:00", 19_783.0, 3),
        ] {
            let date = Date::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((date.days(), date.weekday()), (days, weekday), "{text}");
            #[cfg(feature = "parquet")]
            if text.len() == 10 {
                assert_eq!(iso(days as i64, 0, 1), text);
            }
        }
        #[cfg(feature = "parquet")]
        assert_eq!(iso(19_782, 45_000_250, 1_000), "2024-02-29T12:30:00.250");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2024",
            "2024-13-01",
            "2023-02-29",
            "1900-02-29",
            "2024-00-10",
            "2024-01-32",
            "24-01-01",
            "2024-1-1",
            "2024-01-01T",
            "2024-01-01T24:00",
            "2024-01-01T12",
            "2024-01-01T12:00X",
            "2024-01-01T12:00+",
            "2024/01/01",
            "2024-01-01T12:00:00.",
            "+024-01-01",
            "2024-01-01 é",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }
}
