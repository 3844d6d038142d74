//! Calls with arguments, wrappers around blocks and models.
use keras_core::prelude::*;

model! {
    pub struct Sentence { Input(None) => Embedding(10, 4, mask_zero = true) => LSTM(3) }
}
model! {
    #[derive(Clone)]
    pub struct Document {
        let sentence = Embedding(10, 4, mask_zero = true) => LSTM(3);
        Input(5, 7) => TimeDistributed(sentence) => GRU(2)
    }
}

#[test]
fn wrapped_blocks_have_keras_names() {
    let model = Document::new();
    let names: Vec<String> = model.weights().into_iter().map(|(name, _)| name).collect();
    println!("{names:?}\n{}", model.summary());
    let model = model!(
        let x = Input(5, 7);
        x => TimeDistributed(Sentence) => GRU(2));
    let names: Vec<String> = model.weights().into_iter().map(|(name, _)| name).collect();
    println!("{names:?}\n{}", model.summary().cost(true));
    let model = model!(
        let x = Input(5, 3, 1);
        let each = |x, layer| x => TimeDistributed(layer);
        x => each(Dense(2)) => TimeDistributed(TimeDistributed(Sequential([Dense(2), Dropout(0.3)])))(training = false));
    let names: Vec<String> = model.weights().into_iter().map(|(name, _)| name).collect();
    println!("{names:?}\n{}", model.summary());
}
