//! What a prediction of one sample gives.

use core::fmt;
use core::ops::{Deref, DerefMut};
use std::cell::RefCell;

thread_local! {
    static SPARE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Memory that a thread keeps for the next prediction.
const KEPT: usize = 16;

/// The numbers of one output for one sample, a slice of `f32`. Its memory is used again by the thread that drops it,
/// so that a loop of predictions allocates nothing; [`into_vec`](Numbers::into_vec) takes it out of that.
#[derive(Default)]
pub struct Numbers(Vec<f32>);

impl Numbers {
    /// A copy of these numbers.
    pub(crate) fn copied(numbers: &[f32]) -> Self {
        let mut memory = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        memory.clear();
        memory.extend_from_slice(numbers);
        Numbers(memory)
    }

    /// The numbers as a vector.
    pub fn into_vec(mut self) -> Vec<f32> {
        core::mem::take(&mut self.0)
    }
}

impl Drop for Numbers {
    fn drop(&mut self) {
        let memory = core::mem::take(&mut self.0);
        if memory.capacity() == 0 {
            return;
        }
        // A thread that ends has no place for it any more.
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT {
                spare.push(memory);
            }
        });
    }
}

impl Deref for Numbers {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Numbers {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

impl AsRef<[f32]> for Numbers {
    fn as_ref(&self) -> &[f32] {
        &self.0
    }
}

impl Clone for Numbers {
    fn clone(&self) -> Self {
        Numbers::copied(&self.0)
    }
}

impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: AsRef<[f32]> + ?Sized> PartialEq<T> for Numbers {
    fn eq(&self, other: &T) -> bool {
        self.0 == other.as_ref()
    }
}

impl PartialEq<Numbers> for Vec<f32> {
    fn eq(&self, other: &Numbers) -> bool {
        *self == other.0
    }
}

impl From<Numbers> for Vec<f32> {
    fn from(numbers: Numbers) -> Self {
        numbers.into_vec()
    }
}

impl<'a> IntoIterator for &'a Numbers {
    type Item = &'a f32;
    type IntoIter = core::slice::Iter<'a, f32>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl IntoIterator for Numbers {
    type Item = f32;
    type IntoIter = std::vec::IntoIter<f32>;
    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again() {
        let first = Numbers::copied(&[1.0, 2.0, 3.0]);
        let at = first.as_ptr();
        drop(first);
        let second = Numbers::copied(&[4.0, 5.0]);
        assert_eq!(second.as_ptr(), at);
        assert_eq!(second, [4.0, 5.0]);
        assert_eq!(format!("{second:?}"), "[4.0, 5.0]");
        assert_eq!(second.into_vec(), vec![4.0, 5.0]);
    }
}
