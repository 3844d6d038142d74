//! What the compiler knows of a model's shapes, in small models of the kinds that surprise people.

use keras_core::prelude::*;

/// A batch of points with 64 features: its shape is part of its type.
type Features = Tensor<(Dyn, Const<64>)>;

fn main() -> keras_core::Result<()> {
    // The shape comes from an existing tensor's type; any batch fits.
    let x: Features = Tensor::from([[0.5; 64]; 3]).check()?;
    let model =
        model!(Input(tensor = Features) => Dense(32, activation = relu) => Dense(16, activation = relu));
    println!("{}", model.summary());
    println!("Three points in, {:?} out.\n", model.predict(&x)?.shape());

    // A fixed batch shows in place of None; another is refused.
    let model = model!(Input(50, 50, 3, batch = 30) => Conv2D(8, 3) => GlobalAveragePooling2D() => Dense(2));
    println!("{}", model.summary());
    let images = ndarray::Array4::<f32>::zeros((20, 50, 50, 3));
    if let Err(error) = model.predict(&images) {
        println!("A batch of 20 is refused:\n  {error}\n");
    }

    // Dense works on the last axis, whatever comes before it.
    let model = model!(Input(4, 5, 7) => Dense(3));
    println!("Dense(3) makes {} of {}.", model.output_shape(), model.input_shape());

    // Channels first, as PyTorch has them.
    let model = model!(Input(3, 64, 64) => Conv2D(16, 3, strides = 2, data_format = channels_first));
    println!(
        "A convolution with the channels first makes {} of {}.",
        model.output_shape(),
        model.input_shape()
    );

    // Any Burn code in the middle; it sees the batch axis, and the proof goes on behind it.
    let model = model!(
        Input(8)
            => Dense(6)
            => Lambda(|x| &x - ops::mean(&x, 0), output_shape = 6)
            => Dense(2)
    );
    println!(
        "With a Lambda that centres each feature over the batch: {} to {}.",
        model.input_shape(),
        model.output_shape()
    );
    Ok(())
}
