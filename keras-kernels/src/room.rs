//! Whether memory can hold a tensor, asked before it is allocated: an allocation that fails ends the program.

use core::hint::black_box;

/// The most numbers that one piece of memory can hold, with room for its alignment.
const MOST: usize = isize::MAX as usize / size_of::<f32>() - 64;

/// Numbers for which the system is not asked beforehand: a gigabyte of them.
const SMALL: usize = 1 << 28;

/// The number of elements of a tensor of these lengths, if one piece of memory could hold them.
pub fn elements(lengths: impl IntoIterator<Item = usize>) -> Option<usize> {
    let count = lengths.into_iter().try_fold(1usize, usize::checked_mul);
    count.filter(|n| *n <= MOST)
}

/// Whether the system has memory for so many numbers.
pub fn has_room(numbers: usize) -> bool {
    if numbers <= SMALL {
        return true;
    }
    if numbers > MOST {
        return false;
    }
    let mut memory = Vec::<f32>::new();
    let reserved = memory.try_reserve_exact(numbers).is_ok();
    // Memory that nobody looks at need not be asked for: the compiler may take it as there.
    black_box(&memory);
    reserved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_beyond_memory_are_found() {
        assert_eq!(elements([3, 4, 5]), Some(60));
        assert_eq!(elements([]), Some(1));
        assert_eq!(elements([1 << 62, 2, 2]), None, "the product is beyond 64 bits");
        assert_eq!(elements([1 << 61]), None, "the bytes are");
        assert!(has_room(1 << 20) && !has_room(MOST) && !has_room(usize::MAX));
    }
}
