//! Pixels and classes, with the numbers of Keras.

use keras_applications::imagenet_utils::{
    ClassIndex, DataFormat, Mode, decode_predictions, preprocess_input,
};
use keras_core::ndarray::{Array2, Array3, Array4, arr3};
use keras_core::prelude::*;

/// An image of Keras's: `np.arange(12).reshape(2, 2, 3) * 20`.
fn image() -> Array3<u8> {
    Array3::from_shape_fn((2, 2, 3), |(i, j, k)| ((i * 2 + j) * 3 + k) as u8 * 20)
}

#[test]
fn pixels_are_those_of_keras() {
    // `keras.applications.imagenet_utils.preprocess_input(x, mode=...)` of Keras 3.15.1.
    for (mode, first, last) in [
        (Mode::Caffe, [-63.939003, -96.779, -123.68], [116.061, 83.221, 56.32]),
        (Mode::Tf, [-1.0, -0.84313726, -0.6862745], [0.41176474, 0.5686275, 0.7254902]),
        (Mode::Torch, [-2.117904, -1.6855742, -1.1072767], [0.96455175, 1.4656863, 2.0299783]),
    ] {
        let y = preprocess_input(&image(), DataFormat::ChannelsLast, mode).unwrap();
        assert_eq!([y[[0, 0, 0]], y[[0, 0, 1]], y[[0, 0, 2]]], first, "{mode:?}");
        assert_eq!([y[[1, 1, 0]], y[[1, 1, 1]], y[[1, 1, 2]]], last, "{mode:?}");
        // The same with the channels in front, in a batch, and of numbers with a point.
        let channels_first = image().permuted_axes([2, 0, 1]).map(|v| f32::from(*v));
        let z = preprocess_input(&channels_first, DataFormat::ChannelsFirst, mode).unwrap();
        assert_eq!(z.permuted_axes([1, 2, 0]), y);
        let batch = Array4::from_shape_fn((2, 2, 2, 3), |(_, i, j, k)| f64::from(image()[[i, j, k]]));
        let z = preprocess_input(&batch, DataFormat::ChannelsLast, mode).unwrap();
        assert_eq!(z.index_axis(keras_core::ndarray::Axis(0), 1), y);
    }
}

#[test]
fn other_channels_and_axes_are_refused() {
    let error =
        preprocess_input(&Array3::<f32>::zeros((8, 8, 4)), DataFormat::ChannelsLast, Mode::Tf).unwrap_err();
    assert_eq!(error.to_string(), "preprocess_input takes images of 3 channels; axis 2 of [8, 8, 4] has 4");
    let error =
        preprocess_input(&Array2::<f32>::zeros((8, 3)), DataFormat::ChannelsLast, Mode::Tf).unwrap_err();
    assert!(error.to_string().contains("takes an image (height, width, 3)"), "{error}");
    let gray = arr3(&[[[1.0_f32]]]);
    assert!(preprocess_input(&gray, DataFormat::ChannelsFirst, Mode::Caffe).is_err());
}

#[test]
fn classes_have_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("imagenet_class_index.json");
    let text = r#"{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"], "2": ["n01484850", "great_white_shark"]}"#;
    std::fs::write(&path, text).unwrap();
    let scores = Array2::from_shape_vec((2, 3), vec![0.2, 0.5, 0.3, 0.7, 0.1, 0.2]).unwrap();
    let decoded = decode_predictions(&scores, 2, &path).unwrap();
    let names: Vec<Vec<&str>> =
        decoded.iter().map(|row| row.iter().map(|class| class.description.as_str()).collect()).collect();
    assert_eq!(names, [["goldfish", "great_white_shark"], ["tench", "great_white_shark"]]);
    assert_eq!(decoded[0][0].to_string(), "goldfish (n01443537): 0.5000");
    // What a model gives, and more classes than there are.
    let model = model!(Input(2) => Dense(3, activation = softmax));
    let rows = ClassIndex::from_file(&path)
        .unwrap()
        .decode(&model.predict(&Array2::<f32>::ones((1, 2))).unwrap(), 5);
    assert_eq!(rows.unwrap()[0].len(), 3);
}

#[test]
fn what_is_no_index_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.json");
    assert!(ClassIndex::from_file(&path).unwrap_err().to_string().contains("index.json"));
    for text in ["[]", "{\"0\": [\"a\"]}", "{\"1\": [\"a\", \"b\"]}"] {
        std::fs::write(&path, text).unwrap();
        assert!(ClassIndex::from_file(&path).is_err(), "{text}");
    }
    std::fs::write(&path, "{\"0\": [\"a\", \"b\"]}").unwrap();
    let index = ClassIndex::from_file(&path).unwrap();
    let error = index.decode(&Array2::<f32>::zeros((1, 2)), 5).unwrap_err().to_string();
    assert!(error.contains("(samples, 1)") && error.contains("[1, 2]"), "{error}");
}
