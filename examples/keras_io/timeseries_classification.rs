//! Timeseries classification from scratch: three convolutions with batch normalisation, and global pooling. Made-up waves of
//! four kinds under noise.

use keras_core::prelude::*;

model! {
    pub struct Classifier {
        let input_layer = Input((100, 1));
        let conv1 = input_layer => Conv1D(filters = 32, kernel_size = 3, padding = "same");
        let conv1 = conv1 => BatchNormalization();
        let conv1 = conv1 => ReLU();
        let conv2 = conv1 => Conv1D(filters = 32, kernel_size = 3, padding = "same");
        let conv2 = conv2 => BatchNormalization();
        let conv2 = conv2 => ReLU();
        let conv3 = conv2 => Conv1D(filters = 32, kernel_size = 3, padding = "same");
        let conv3 = conv3 => BatchNormalization();
        let conv3 = conv3 => ReLU();
        let gap = conv3 => GlobalAveragePooling1D();
        gap => Dense(4, activation = "softmax")
    }
}

pub fn run() -> keras_core::Result<String> {
    let (x, y) = keras_examples::waves(1000, 100, 1, 4, 1);
    let (test_x, test_y) = keras_examples::waves(300, 100, 1, 4, 2);
    let mut model = Classifier::new().compile(
        Adam::new(3e-3),
        SparseCategoricalCrossentropy::new(),
        ["sparse_categorical_accuracy"],
    );
    model
        .fit(&x, &y)
        .batch_size(32)
        .epochs(40)
        .callback(ReduceLROnPlateau::new().monitor("val_loss").factor(0.5).patience(5).min_lr(1e-4))
        .validation_split(0.2)
        .verbose(0)
        .run()?;
    let accuracy = model.evaluate(&test_x, &test_y).verbose(0).run()?["sparse_categorical_accuracy"];
    let guess = keras_examples::commonest(test_y.iter().copied());
    assert!(accuracy > 0.8, "{accuracy}");
    Ok(format!("{:.1} % of new waves; the commonest kind {:.1} %", 100.0 * accuracy, 100.0 * guess))
}
