//! What the tests of training share.

use crate::tensor::Raw;

/// A tensor.
pub fn raw(values: &[f32], shape: &[usize]) -> Raw {
    Raw::from_f32(values.to_vec(), shape).expect("a valid shape")
}

/// Numbers agree to `tolerance`, relative to what is expected where that is above 1.
#[track_caller]
pub fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "found {found:?}, expected {expected:?}");
    for (f, e) in found.iter().zip(expected) {
        let limit = tolerance * e.abs().max(1.0);
        assert!((f - e).abs() <= limit, "found {found:?}, expected {expected:?}");
    }
}
