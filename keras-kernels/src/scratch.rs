//! Temporary memory that is kept for the next time.

use std::cell::RefCell;

use crate::aligned::Aligned;

thread_local! {
    static POOL: RefCell<Vec<Aligned>> = const { RefCell::new(Vec::new()) };
}

/// Lends `len` numbers of this thread's memory to `f`. What they are is left over from earlier use. Calls nest.
///
/// The memory stays with the thread: after a first round of a loop that asks for the same amounts nothing is
/// allocated any more.
pub fn with<R>(len: usize, f: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut memory = taken(len);
    let result = f(memory.resized(len));
    kept(memory);
    result
}

// A function of its own: `with` is compiled for each closure.
fn kept(memory: Aligned) {
    POOL.with_borrow_mut(|pool| pool.push(memory));
}

fn taken(len: usize) -> Aligned {
    POOL.with_borrow_mut(|pool| {
        // The smallest that is large enough, else the largest, which then grows.
        let best = |v: &Aligned| {
            let n = v.capacity();
            (n < len, if n < len { usize::MAX - n } else { n })
        };
        let found = pool.iter().enumerate().min_by_key(|(_, v)| best(v)).map(|(i, _)| i);
        found.map(|i| pool.swap_remove(i)).unwrap_or_default()
    })
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
