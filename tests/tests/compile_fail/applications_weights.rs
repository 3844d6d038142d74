use keras_core::prelude::*;

fn main() {
    let said = model!(
        let base = keras.applications.MobileNetV2(include_top = False, weights = "imagenet", input_shape = (96, 96, 3));
        base.trainable = False;
        let y = base.output => GlobalAveragePooling2D() => Dense(3);
        keras.Model(base.input, y)
    );
    let unsaid = model!(
        let base = keras.applications.VGG16(include_top = False);
        let x = Input(64, 64, 3);
        x => base(training = false) => Flatten()
    );
    let behind_an_arrow = model!(Input(64, 64, 3) => keras.applications.VGG16(weights = None) => Dense(2));
    let _ = (said, unsaid, behind_an_arrow);
}
