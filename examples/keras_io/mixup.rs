//! MixUp augmentation for image classification: a network learns from mixtures of two images with labels that are mixed alike.
//! Real handwritten digits, of which few are shown.

use keras_core::prelude::*;
use ndarray::s;

use crate::data::digits;

const FEW: usize = 200;

model! {
    #[derive(Clone)]
    pub struct Network {
        Input(shape = (8, 8, 1))
            => Conv2D(16, (3, 3), activation = "relu")
            => Conv2D(16, (3, 3), activation = "relu")
            => GlobalAveragePooling2D()
            => Dense(128, activation = "relu")
            => Dense(10, activation = "softmax")
    }
}

pub fn run() -> keras_core::Result<String> {
    let data = digits()?;
    let one_hot = |labels: &ndarray::Array1<u8>| keras_core::data::to_categorical(labels.iter().copied(), 10);
    let x = data.train_x.slice(s![..FEW, .., .., ..]).to_owned();
    let y = one_hot(&data.train_y)?.slice(s![..FEW, ..]).to_owned();
    let test_y = one_hot(&data.test_y)?;
    let initial_model = Network::new();
    let evaluate = |mixed: bool| -> keras_core::Result<(f64, f64)> {
        let mut model =
            initial_model.clone().compile(Adam::new(3e-3), CategoricalCrossentropy::new(), ["accuracy"]);
        let mix_up = model!(
            let images = Input(8, 8, 1);
            let labels = Input(10);
            let (images, labels) = [images, labels] => MixUp(alpha = 0.2)(training = true);
            (images, labels)
        );
        let set = keras_core::data::batches(&x, &y, 20)?;
        let mut epoch = 0;
        if mixed {
            let batches = || {
                epoch += 1;
                set.shuffled(epoch).map(|(x, y)| mix_up.predict((&x, &y)))
            };
            model.fit_batches(batches).epochs(200).verbose(0).run()?;
        } else {
            model.fit(&x, &y).batch_size(20).epochs(200).verbose(0).run()?;
        }
        let result = model.evaluate(&data.test_x, &test_y).verbose(0).run()?;
        Ok((result["accuracy"], result["loss"]))
    };
    let ((mixed, mixed_loss), (plain, plain_loss)) = (evaluate(true)?, evaluate(false)?);
    assert!(mixed > 0.8 && mixed_loss < plain_loss, "{mixed}: {mixed_loss} and {plain_loss}");
    Ok(format!(
        "from {FEW} digits: {:.1} % of new ones with mixtures (loss {mixed_loss:.2}), {:.1} % without (loss {plain_loss:.2})",
        100.0 * mixed,
        100.0 * plain
    ))
}
