use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let dense = Dense(4);
        Input(4) => dense(return_attention_scores = true)
    );
}
