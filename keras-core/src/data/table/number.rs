//! The types of numbers that a table can be read as.

mod sealed {
    pub trait Sealed {}
}

/// A type of number that a table can be read as: `f32`, `f64`, `i32`, `i64`.
pub trait CsvNumber: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The number in a cell, or what is wrong with it.
    #[doc(hidden)]
    fn parse(text: &str) -> Result<Self, String>;
    /// What stands for a missing number, if this type has it.
    #[doc(hidden)]
    fn missing(number: f32) -> Option<Self>;
    /// A number that is made of a cell (the class of a word, the days of a date), if this type has it.
    #[doc(hidden)]
    fn made(number: f64) -> Option<Self>;
}

macro_rules! floats {
    ($($t:ident $bits:literal),*) => { $(
        impl sealed::Sealed for $t {}
        impl CsvNumber for $t {
            fn parse(text: &str) -> Result<Self, String> {
                let Ok(number) = text.parse::<$t>() else { return Err("is not a number".into()) };
                // Rust reads numbers beyond the range of a float as infinite.
                if number.is_infinite() && text.bytes().any(|byte| byte.is_ascii_digit()) {
                    return Err(concat!("is too large for a ", $bits, "-bit float").into());
                }
                match text.parse::<i64>() {
                    Ok(integer) if number as i128 != i128::from(integer) => Err(concat!(
                        "is a whole number that a ", $bits, "-bit float has to round: `read_as::<i64>` keeps it, the option `skip` leaves the column out"
                    ).into()),
                    _ => Ok(number),
                }
            }
            fn missing(number: f32) -> Option<Self> {
                Some($t::from(number))
            }
            fn made(number: f64) -> Option<Self> {
                Some(number as $t)
            }
        }
    )* };
}
floats!(f32 "32", f64 "64");

macro_rules! integers {
    ($($t:ident),*) => { $(
        impl sealed::Sealed for $t {}
        impl CsvNumber for $t {
            fn parse(text: &str) -> Result<Self, String> {
                match text.parse::<i128>() {
                    Ok(integer) => $t::try_from(integer)
                        .map_err(|_| concat!("is beyond the range of ", stringify!($t)).into()),
                    Err(_) => Err("is not a whole number".into()),
                }
            }
            fn missing(number: f32) -> Option<Self> {
                let integer = number as i64;
                $t::try_from(integer).ok().filter(|_| integer as f32 == number)
            }
            fn made(number: f64) -> Option<Self> {
                let integer = number as i64;
                $t::try_from(integer).ok().filter(|_| integer as f64 == number)
            }
        }
    )* };
}
integers!(i32, i64);
