//! Memory that starts where a line of the cache starts.
//!
//! A full vector of AVX-512 is a line. In memory that an allocator places a few bytes beside a line, as it does with
//! large blocks, every load and store would touch two: what is read from beyond the nearest cache then takes half as
//! long again.

use std::ops::{Deref, DerefMut};

/// Numbers in a line of the cache.
pub const LINE: usize = 16;

/// Numbers that start at a multiple of a line.
#[derive(Debug, Default)]
pub struct Aligned {
    buffer: Vec<f32>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// So many zeros.
    pub fn zeros(len: usize) -> Self {
        let mut memory = Self::default();
        if len > 0 {
            memory.resized(len);
        }
        memory
    }

    /// The numbers.
    pub fn as_slice(&self) -> &[f32] {
        &self.buffer[self.start..][..self.len]
    }

    /// The numbers, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.buffer[self.start..][..self.len]
    }

    /// The same memory, for `len` numbers: left over from earlier use.
    pub fn resized(&mut self, len: usize) -> &mut [f32] {
        if self.buffer.len() < len + LINE {
            self.buffer.resize(len + LINE, 0.0);
        }
        self.start = offset(&self.buffer).min(LINE);
        self.len = len;
        self.as_mut_slice()
    }

    /// How many numbers fit without asking for more memory.
    pub fn capacity(&self) -> usize {
        self.buffer.len().saturating_sub(LINE)
    }
}

/// How many numbers of `memory` come before the first line that starts in it.
pub fn offset(memory: &[f32]) -> usize {
    memory.as_ptr().align_offset(4 * LINE)
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        self.as_slice()
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        self.as_mut_slice()
    }
}

impl<'a> IntoIterator for &'a Aligned {
    type Item = &'a f32;
    type IntoIter = std::slice::Iter<'a, f32>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for &'a mut Aligned {
    type Item = &'a mut f32;
    type IntoIter = std::slice::IterMut<'a, f32>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_starts_on_a_line() {
        let mut memory = Aligned::default();
        assert!(memory.is_empty());
        assert_eq!(Aligned::zeros(0).capacity(), 0, "nothing is allocated for nothing");
        for len in [1, 40, 3, 100_000, 17, 0] {
            assert_eq!(memory.resized(len).len(), len);
            assert_eq!((offset(&memory), memory.len()), (0, len));
            assert!(memory.capacity() >= len);
            let zeros = Aligned::zeros(len);
            assert!(zeros.iter().all(|x| *x == 0.0) && zeros.len() == len);
            assert!(len == 0 || offset(&zeros) == 0);
        }
    }
}
