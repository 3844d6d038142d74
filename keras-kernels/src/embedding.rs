//! Looking rows up in a table.

use crate::simd::path;
use crate::vector;

/// `y (n, width)`: rows `indices (n)` of `table (rows, width)`.
///
/// # Errors
/// The first index that is outside of the table.
///
/// # Panics
/// A slice has not its shape.
pub fn gather(table: &[f32], width: usize, indices: &[i64], y: &mut [f32]) -> Result<(), i64> {
    assert!(y.len() == indices.len() * width, "shapes");
    if width == 0 {
        return Ok(());
    }
    for (y, i) in y.chunks_exact_mut(width).zip(indices) {
        let row = usize::try_from(*i).ok().and_then(|i| table.get(i.checked_mul(width)?..)?.get(..width));
        y.copy_from_slice(row.ok_or(*i)?);
    }
    Ok(())
}

/// The gradient of [`gather`]: adds row `i` of `dy (n, width)` to row `indices[i]` of `dtable`, in order, so that the
/// sums are always the same. `dtable` is not cleared before.
///
/// # Panics
/// A slice has not its shape, or an index is outside of the table.
pub fn scatter_add(dtable: &mut [f32], width: usize, indices: &[i64], dy: &[f32]) {
    assert!(dy.len() == indices.len() * width, "shapes");
    if width == 0 {
        return;
    }
    let path = path();
    for (dy, i) in dy.chunks_exact(width).zip(indices) {
        let i = usize::try_from(*i).expect("the index was looked up before");
        vector::add(path, &mut dtable[i * width..(i + 1) * width], dy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_and_gradients_add_up() {
        let table: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let mut y = vec![0.0; 9];
        assert_eq!(gather(&table, 3, &[2, 0, 2], &mut y), Ok(()));
        assert_eq!(y, [6.0, 7.0, 8.0, 0.0, 1.0, 2.0, 6.0, 7.0, 8.0]);
        let mut d = vec![0.0; 12];
        scatter_add(&mut d, 3, &[2, 0, 2], &y);
        assert_eq!(d, [0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 12.0, 14.0, 16.0, 0.0, 0.0, 0.0]);
        assert_eq!(gather(&table, 3, &[0, 4, 0], &mut y), Err(4));
        assert_eq!(gather(&table, 3, &[-1, 4, 0], &mut y), Err(-1));
    }
}
