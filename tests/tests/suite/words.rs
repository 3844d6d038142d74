//! Keras's other names and Python's forms of arguments, as people paste them.

use keras_core::prelude::*;

#[test]
fn other_names_of_layers() {
    let model = model!(
        Input(8, 8, 3) => Convolution2D(4, 3, activation = None) => MaxPool2D() => Reshape((-1, 4)) => GlobalAvgPool1D()
    );
    let classes: Vec<&str> = model.layers().iter().map(|layer| layer.class()).collect();
    assert_eq!(classes, ["Conv2D", "MaxPooling2D", "Reshape", "GlobalAveragePooling1D"]);
    assert_eq!(model.output_shape().to_string(), "(None, 4)");
}

#[test]
fn a_dict_of_limits() {
    let model = model!(
        Input(4) => BatchNormalization(renorm = true, renorm_clipping = {"rmax": 3.0, "rmin": 0.3, "dmax": 5.0})
            => BatchNormalization(renorm = true, renorm_clipping = dict(rmax = 3.0))
            => LeakyReLU(alpha = 0.1)
    );
    assert_eq!(model.count_params(), 56);
}

#[test]
fn constants_as_arguments() {
    const FILTERS: usize = 4;
    const KERNEL: usize = 3;
    const AXIS: isize = -1;
    const RATE: f64 = 0.5;
    let model = model!(
        Input(8, 8, 3) => Conv2D(FILTERS, (KERNEL, 2 * KERNEL)) => ZeroPadding2D(((KERNEL, 0), (1, 1)))
            => Reshape((-1, FILTERS / 2)) => Softmax(axis = AXIS) => Dropout(RATE, noise_shape = (None, 1, FILTERS / 2))
            => BatchNormalization(axis = AXIS) => PReLU(shared_axes = [1])
    );
    assert_eq!(model.output_shape().to_string(), "(None, 90, 2)");
    assert_eq!(model.count_params(), 3 * 6 * 3 * 4 + 4 + 8 + 2);
}
