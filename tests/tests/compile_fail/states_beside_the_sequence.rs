use keras_core::prelude::*;

fn main() {
    let python = model!(
        let x = keras.Input((5, 3));
        let h = keras.Input((8,));
        layers.GRU(8)(x, initial_state = [h])
    );
    let bound = model!(
        let x = keras.Input((5, 3));
        let h = keras.Input((8,));
        let decoder = layers.GRU(8);
        decoder(x, [h])
    );
    let list = model!(
        let x = Input(5, 3);
        let h = Input(8);
        [x, h] => GRU(8)
    );
    let named = model!(
        let x = Input(5, 3);
        layers.MultiHeadAttention(2, 3)(query = x, value = x, use_causal_mask = True)
    );
    let _ = (python, bound, list, named);
}
