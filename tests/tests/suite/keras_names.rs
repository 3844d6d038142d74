//! Layers that the fixtures' one way of asking Keras does not reach: values from real Keras 3.15.1.

use keras_core::prelude::*;
use ndarray::{Array2, Array3, array};

use super::engine::{near, values};

/// `keras.initializers.STFT(...)((4, 1, 3))`.
#[test]
fn kernels_of_spectrograms_begin_as_in_keras() {
    let model = model!(Input(8, 1) => STFTSpectrogram(stft, frame_length = 4));
    let half = std::f32::consts::FRAC_1_SQRT_2;
    let real = [0.0, 0.0, 0.0, half, 0.0, -half, half, -half, half, 0.0, 0.0, 0.0];
    near("real", &values(&model)[0], &real, 1e-6);
    let model = model! {
        Input(8, 1) => STFTSpectrogram(imag, frame_length = 4, window = hamming, scaling = spectrum, periodic = true)
    };
    let imag = [0.0, 0.0, 0.0, 0.0, -0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0];
    near("imag", &values(&model)[0], &imag, 1e-6);
}

/// `CategoryEncoding(4, output_mode="count")([[1, 2, 2], [0, 3, 9]], count_weights=[[0.5, 1, 2], [3, 4, 5]])`.
#[test]
fn categories_count_as_much_as_their_weights() -> keras_core::Result<()> {
    model! {
        struct Counts {
            let x = Input(3, dtype = int32);
            let w = Input(3);
            x => CategoryEncoding(4, output_mode = count, count_weights = w)
        }
    }
    let (x, w) = (array![[1, 2, 2], [0, 3, 9]], array![[0.5f32, 1.0, 2.0], [3.0, 4.0, 5.0]]);
    let found = Counts::new().predict(CountsInputs { x: &x, w: &w })?.to_vec()?;
    assert_eq!(found, [0.0, 0.5, 3.0, 0.0, 3.0, 0.0, 0.0, 4.0]);
    // The gradient of the sum of squares by a weight is twice the count that it is part of; 0 where nothing is counted.
    let of = [(vec![1.0, 2.0, 2.0, 0.0, 3.0, 9.0], vec![2, 3]), (w.into_raw_vec_and_offset().0, vec![2, 3])];
    let gradients = keras_core::engine::squares(&Counts::new(), &of)?.input_gradients;
    assert_eq!(gradients[1].as_deref(), Some(&[1.0, 6.0, 6.0, 6.0, 8.0, 0.0][..]));
    Ok(())
}

/// `MaxNumBoundingBoxes(n)({"images": ..., "bounding_boxes": {"boxes": ..., "labels": ...}})`: the first `n`, -1 after them.
#[test]
fn boxes_are_cut_and_filled_up() -> keras_core::Result<()> {
    let boxes = Array3::from_shape_fn((2, 3, 4), |(i, j, k)| (12 * i + 4 * j + k) as f32);
    let labels = Array2::from_shape_fn((2, 3), |(i, j)| (3 * i + j) as f32);
    model! {
        struct Fewer {
            let boxes = Input(None, 4);
            let labels = Input(None);
            let (b, l) = [boxes, labels] => MaxNumBoundingBoxes(2);
            (b, l)
        }
    }
    let (b, l) = {
        let found = Fewer::new().predict(FewerInputs { boxes: &boxes, labels: &labels })?;
        (found.0.to_vec()?, found.1.to_vec()?)
    };
    assert_eq!(b[..8], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    assert_eq!(b[8..], [12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0]);
    assert_eq!(l, [0.0, 1.0, 3.0, 4.0]);
    model! {
        struct More {
            let boxes = Input(None, 4);
            let labels = Input(None);
            let (b, l) = [boxes, labels] => MaxNumBoundingBoxes(5, fill_value = -2);
            (b, l)
        }
    }
    let found = More::new().predict(MoreInputs { boxes: &boxes, labels: &labels })?;
    assert_eq!(found.1.to_vec()?, [0.0, 1.0, 2.0, -2.0, -2.0, 3.0, 4.0, 5.0, -2.0, -2.0]);
    assert_eq!(found.0.to_vec()?[12..20], [-2.0; 8]);
    Ok(())
}
