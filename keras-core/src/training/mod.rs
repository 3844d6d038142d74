//! Training.

pub mod losses;

#[cfg(test)]
mod testing;
