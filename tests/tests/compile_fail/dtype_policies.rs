use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4) => Dense(3, dtype = "bfloat16"));
    let _ = model!(Input(4) => Dense(3, dtype = float64));
    let _ = model!(Input(4) => Dense(3, dtype = "mixed_bfloat"));
    let _ = model!(Input(3, 4) => Bidirectional(LSTM(3, dtype = "mixed_float16")));
    let _ = model!({
        keras.config.set_dtype_policy("bfloat16");
        let x = Input(4);
        x => Dense(3)
    });
}
