//! Temporary memory that is kept for the next time.

use std::cell::RefCell;

thread_local! {
    static POOL: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Numbers in a cache line: buffers start at a multiple of it, so that a full vector never straddles two lines.
const LINE: usize = 16;

/// Lends `len` numbers of this thread's memory to `f`. What they are is left over from earlier use. Calls nest.
///
/// The memory stays with the thread: after a first round of a loop that asks for the same amounts nothing is
/// allocated any more.
pub fn with<R>(len: usize, f: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut buffer = POOL.with_borrow_mut(|pool| {
        // The smallest that is large enough, else the largest, which then grows.
        let best = |v: &Vec<f32>| {
            (v.len() < len + LINE, if v.len() < len + LINE { usize::MAX - v.len() } else { v.len() })
        };
        let found = pool.iter().enumerate().min_by_key(|(_, v)| best(v)).map(|(i, _)| i);
        found.map(|i| pool.swap_remove(i)).unwrap_or_default()
    });
    if buffer.len() < len + LINE {
        buffer.resize(len + LINE, 0.0);
    }
    let start = start(&buffer);
    let result = f(&mut buffer[start..start + len]);
    POOL.with_borrow_mut(|pool| pool.push(buffer));
    result
}

/// Memory of one's own whose numbers start at a multiple of a cache line too.
#[derive(Debug, Default)]
pub(crate) struct Aligned {
    buffer: Vec<f32>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// The numbers.
    pub fn get(&self) -> &[f32] {
        &self.buffer[self.start..][..self.len]
    }

    /// The same memory, for `len` numbers: left over from earlier use.
    pub fn resized(&mut self, len: usize) -> &mut [f32] {
        if self.buffer.len() < len + LINE {
            self.buffer.resize(len + LINE, 0.0);
        }
        (self.start, self.len) = (start(&self.buffer), len);
        &mut self.buffer[self.start..][..len]
    }
}

/// Where the first whole line of a buffer begins.
fn start(buffer: &[f32]) -> usize {
    buffer.as_ptr().align_offset(4 * LINE).min(LINE)
}

/// Gives the memory that this thread keeps back to the allocator.
pub fn clear() {
    POOL.with_borrow_mut(|pool| *pool = Vec::new());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_reused_and_aligned() {
        let first = with(100, |a| with(50, |b| (a.as_ptr(), b.as_ptr(), a.len(), b.len())));
        let second = with(100, |a| with(50, |b| (a.as_ptr(), b.as_ptr(), a.len(), b.len())));
        assert_eq!(first, second);
        assert_eq!((first.2, first.3), (100, 50));
        assert_eq!(first.0 as usize % 64, 0);
    }
}
