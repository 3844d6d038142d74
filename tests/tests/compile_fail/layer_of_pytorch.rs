use keras_core::prelude::*;

model! {
    pub struct Convolutions {
        Input(32, 32, 3)
            => Conv2d(16, 3)
            => BatchNorm2d(16)
            => GELU()
            => AvgPool2d(2)
            => ConvTranspose2d(8, 3)
            => InstanceNorm2d(8)
            => Dropout2d(0.2)
            => AdaptiveAvgPool2d(1)
            => Flatten()
            => Dense(1)
    }
}

fn main() {
    let _ = Convolutions::new().batch_normalization;
}
