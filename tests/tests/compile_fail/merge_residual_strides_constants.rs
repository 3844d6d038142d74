use keras_core::prelude::*;

const STEP: usize = 2;

fn main() {
    let _ = model!(
        let sound = Input(time: None, 8);
        let short = sound => Conv1D(8, 3, strides = STEP, padding = same);
        [sound, short] => Add()
    );
}
