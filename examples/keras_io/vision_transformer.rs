//! Image classification with a vision transformer: patches of an image are its words. Real handwritten digits.

use keras_core::prelude::*;

use crate::data::digits;

const PATCH_SIZE: usize = 2;
const NUM_PATCHES: usize = 16;

model! {
    pub struct VitClassifier {
        let mlp = |x, hidden_units, dropout_rate| {
            let mut x = x;
            for units in hidden_units {
                x = x => Dense(units, activation = "gelu");
                x = x => Dropout(dropout_rate);
            }
            x
        };
        let inputs = Input(shape = (8, 8, 1));
        let patches = inputs
            => Lambda(|x| ops::image::extract_patches(x, [PATCH_SIZE, PATCH_SIZE]), output_shape = (4, 4, 4))
            => Reshape((NUM_PATCHES, PATCH_SIZE * PATCH_SIZE));
        let projected = patches => Dense(32);
        let places = patches => Lambda(|x| places_of(x), output_shape = (NUM_PATCHES,)) => Embedding(NUM_PATCHES, 32);
        let mut encoded_patches = projected + places;
        for _block in 0..2 {
            let x1 = encoded_patches => LayerNormalization(epsilon = 1e-6);
            let attention_output = [x1, x1] => MultiHeadAttention(num_heads = 2, key_dim = 16, dropout = 0.1);
            let x2 = layers.add([attention_output, encoded_patches]);
            let x3 = x2 => LayerNormalization(epsilon = 1e-6);
            let x3 = mlp(x3, hidden_units = [64, 32], dropout_rate = 0.1);
            encoded_patches = layers.add([x3, x2]);
        }
        let representation = encoded_patches => LayerNormalization(epsilon = 1e-6);
        let representation = representation => Flatten();
        let representation = representation => Dropout(0.3);
        let features = mlp(representation, hidden_units = [64], dropout_rate = 0.3);
        features => Dense(10)
    }
}

/// The number of each patch, for every image.
fn places_of(patches: Symbolic) -> Symbolic {
    let [batch, patches] = [patches.shape()[0], patches.shape()[1]];
    ops::broadcast_to(ops::arange(0.0, patches as f32, 1.0), [batch, patches])
}

pub fn run() -> keras_core::Result<String> {
    let data = digits()?;
    let mut model = VitClassifier::new().compile(
        AdamW::new(2e-3).weight_decay(1e-4),
        SparseCategoricalCrossentropy::new().from_logits(true),
        ["accuracy"],
    );
    model.fit(&data.train_x, &data.train_y).batch_size(32).epochs(15).verbose(0).run()?;
    let accuracy = model.evaluate(&data.test_x, &data.test_y).verbose(0).run()?["accuracy"];
    assert!(accuracy > 0.9, "{accuracy}");
    Ok(format!("{:.1} % of new digits; guessing gets 10 %", 100.0 * accuracy))
}
