use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let sound = Input(time: None, 8);
        let heard = sound => Conv1D(4, 3);
        [sound, heard] => Concatenate()
    );
}
