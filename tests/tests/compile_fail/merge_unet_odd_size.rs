use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(30, 30, 1);
        let c1 = x => Conv2D(4, 3, padding = same);
        let p1 = c1 => MaxPooling2D(2);
        let c2 = p1 => Conv2D(8, 3, padding = same);
        let p2 = c2 => MaxPooling2D(2);
        let u = p2 => UpSampling2D(2);
        [u, c2] => Concatenate()
    );
}
