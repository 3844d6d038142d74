use keras_core::prelude::*;

model! { pub struct Old {
    Input(28, 28, 1)
        => Convolution2D(32, (3, 3), border_mode="same", subsample=(2, 2), init="he_normal", W_regularizer=l2(0.01))
        => MaxPooling2D(stride=2)
        => Dropout(p=0.5)
        => Flatten()
        => Dense(output_dim=10, initializer="zeros")
} }

fn main() {}
