//! Models that change images: what they do in training and otherwise, and how they are written.

use keras_core::prelude::*;
use ndarray::{Array1, Array2, Array4, ArrayView4};

fn images(n: usize) -> Array4<f32> {
    Array4::from_shape_fn((n, 6, 8, 3), |(i, y, x, c)| ((i * 7 + y * 5 + x * 3 + c * 11) % 17) as f32 / 17.0)
}

macro_rules! numbers {
    ($tensor:expr) => {
        $tensor.expect("outputs").to_vec().expect("numbers")
    };
}

const LITTLE: f64 = 0.1;

#[test]
fn augmentations_act_in_training_alone() {
    set_random_seed(5);
    let model = model!(
        Input(6, 8, 3)
            => RandomFlip("horizontal", seed = 3)
            => RandomRotation(LITTLE, fill_mode = "reflect")
            => RandomZoom(height_factor = (-0.2, LITTLE), width_factor = None)
            => layers.RandomTranslation(0.1, 0.1, fill_mode = constant, fill_value = 0.5)
            => RandomContrast(0.2, value_range = (0, 1))
            => RandomErasing(fill_value = (0.1, 0.2, 0.3), value_range = (0.0, 1.0))
            => RandAugment(value_range = [0, 1], num_ops = 1)
    );
    let x = images(4);
    assert_eq!(numbers!(model.predict(&x)), x.iter().copied().collect::<Vec<_>>());
    let model = model!(Input(6, 8, 3) => RandomFlip(horizontal)(training = true));
    let y = numbers!(model.predict(&images(40)));
    let flipped = |y: &[f32], x: ArrayView4<'_, f32>| {
        let back: Vec<f32> = x.slice(ndarray::s![.., .., ..;-1, ..]).iter().copied().collect();
        let same: Vec<f32> = x.iter().copied().collect();
        assert!(y == same || y == back);
        y == back
    };
    let x = images(40);
    let each = x.axis_chunks_iter(ndarray::Axis(0), 1).zip(y.chunks(144));
    let count = each.filter(|(x, y)| flipped(y, x.view())).count();
    assert!((8..33).contains(&count), "{count}");
}

#[test]
fn a_model_with_augmentations_is_trained() -> keras_core::Result<()> {
    set_random_seed(8);
    // Bright images are of class 1.
    let y = Array1::from_shape_fn(64, |i| u8::from(i % 2 == 0));
    let x = Array4::from_shape_fn((64, 8, 8, 3), |(i, y, x, c)| {
        let noise = ((i * 13 + y * 5 + x * 7 + c * 3) % 11) as f32 / 22.0;
        noise + if i % 2 == 0 { 0.5 } else { 0.0 }
    });
    let mut model = model!(
        Input(8, 8, 3)
            => RandomFlip()
            => RandomRotation(0.1)
            => RandomBrightness(0.1, (0, 1))
            => Resizing(6, 6)
            => Conv2D(4, 3, activation = tanh)
            => GlobalAveragePooling2D()
            => Dense(2, activation = softmax)
    )
    .compile(Adam::new(0.02), SparseCategoricalCrossentropy::new(), Accuracy::new());
    model.fit(&x, &y).epochs(12).verbose(0).run()?;
    let found = model.evaluate(&x, &y).verbose(0).run()?;
    assert!(found.to_string().contains("accuracy: 1.0"), "{found}");
    Ok(())
}

#[test]
fn sizes_that_only_the_data_knows_are_resized() -> keras_core::Result<()> {
    let model =
        model!(Input(None, None, 3) => Resizing(3, 4, "bilinear", crop_to_aspect_ratio = True) => Flatten());
    assert_eq!(model.predict(&images(2))?.shape(), [2, 36]);
    assert_eq!(model.predict(&Array4::<f32>::zeros((1, 2, 9, 3)))?.shape(), [1, 36]);
    let crop = model!(Input(None, None, 3) => CenterCrop(2, 2));
    let middle: Vec<f32> = images(1).slice(ndarray::s![.., 2..4, 3..5, ..]).iter().copied().collect();
    assert_eq!(numbers!(crop.predict(&images(1))), middle);
    let text = format!("{}", model.summary());
    assert!(text.contains("resizing (Resizing)") && text.contains("(None, 3, 4, 3)"), "{text}");
    Ok(())
}

model! {
    /// Mixes images, and their labels alike.
    struct Mixed {
        let images = Input(6, 8, 3);
        let labels = Input(4);
        let (x, y) = [images, labels] => MixUp(alpha = 1.0)(training = true);
        (x, y)
    }
}

#[test]
fn labels_are_mixed_with_their_images() -> keras_core::Result<()> {
    let labels = Array2::from_shape_fn((4, 4), |(i, j)| if i == j { 1.0f32 } else { 0.0 });
    let x = Array4::from_shape_fn((4, 6, 8, 3), |(i, ..)| i as f32);
    let model = Mixed::new();
    let mut shared = 0;
    // In some batches each sample may happen to be mixed with itself.
    for _ in 0..20 {
        let mixed = model.predict(MixedInputs { images: &x, labels: &labels })?;
        let (x, y) = (mixed.0.to_vec()?, mixed.1.to_vec()?);
        shared += usize::from(y.iter().any(|y| *y != 0.0 && *y != 1.0));
        for (image, label) in x.chunks(144).zip(y.chunks(4)) {
            let mean: f32 = (0u8..).zip(label).map(|(i, weight)| f32::from(i) * weight).sum();
            assert!(image.iter().all(|x| (x - mean).abs() < 1e-5), "{image:?} {mean}");
        }
    }
    assert!(shared > 10, "labels of {shared} batches of 20 were mixed");
    Ok(())
}
