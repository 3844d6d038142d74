//! Operations in a model: each mistake in words, once.

use keras_core::prelude::*;

fn main() {
    let _ = model!({ let x = Input(4, 3); x[.., 7] });
    let _ = model!({ let x = Input(4, 3); x[0] });
    let _ = model!({ let x = Input(4, 3); x[.., .., .., 1] });
    let _ = model!({ let x = Input(4, 3); ops::mean(x) });
    let _ = model!({ let x = Input(4, 3); ops::mean(x, axis = 0) });
    let _ = model!({ let x = Input(4, 3); ops::mean(x, axis = 5) });
    let _ = model!({ let x = Input(4, 3); ops::maen(x, axis = 1) });
    let _ = model!({ let x = Input(4, 3); ops::fft(x) });
    let _ = model!({ let x = Input(4, 3); ops::mean(x, axes = 1) });
    let _ = model!({ let x = Input(4, 3); let y = Input(4, 3); ops::matmul(x, y) });
    let _ = model!({ let x = Input(4, 3); ops::matmul(x, 2) });
    let _ = model!({ let x = Input(4, 3); let y = Input(5, 3); x / y });
    let _ = model!({ let x = Input(4, 3); let y = Input(5); ops::concatenate([x, y]) });
    let _ = model!({ let x = Input(4, 3); ops::reshape(x, (2, 6)) });
    let _ = model!({ let x = Input(4, 3); ops::transpose(x, (2, 1, 0)) });
    let _ = model!({ let x = Input(4, 3); ops::cast(x, "float16") });
    let _ = model!({ let x = Input(4, 3); ops::squeeze(x, 1) });
    let _ = model!({ let x = Input(4, 3); ops::clip(x, 1, 0) });
    let _ = model!({ let x = Input(4, 3); ops::one_hot(x, 0) });
    let _ = model!({ let x = Input(4, 3); ops::stack(x, x) });
    let _ = model!({ let x = Input(4, 3); 1 + 2 });
    let _ = model!({ let x = Input(4, 3); ops::take(x, [0, 4], axis = 1) });
    let _ = model!({ let x = Input(4, 3); ops::take(x, x, axis = 1) });
    let _ = model!({ let x = Input(4, 3); ops::take_along_axis(x, x, axis = 1) });
    let _ = model!({ let x = Input(4, 3); ops::pad(x, ((1, 1), (0, 0))) });
    let _ = model!({ let x = Input(4, 3); ops::pad(x, 1) });
    let _ = model!({ let x = Input(4, 3); ops::diff(x, n = 3) });
    let _ = model!({ let x = Input(None, 3); ops::unstack(x, axis = 1) });
    let _ = model!({ let x = Input(4, 3); ops::tensordot(x, x, axes = 1) });
    let _ = model!({ let x = Input(4, 3); ops::outer(x, x) });
    let _ = model!({ let x = Input(4, 3); ops::einsum("bij,bjk,bkl->bil", x, x) });
    let _ = model!({ let x = Input(4, 3); ops::einsum("bij,bjk->bik", x, x) });
    let _ = model!({ let x = Input(4, 3); ops::image::resize(x, (8, 8)) });
    let _ = model!({ let x = Input(4, 4, 3); ops::image::resize(x, 8) });
    let _ = model!({ let x = Input(4, 4, 3); ops::depth_to_space(x, 2) });
    let _ = model!({ let x = Input(4, 3); x + ops::arange(4) });
    let _ = model!({ let x = Input(4, 3); x * np.array([[1, 2], [3]]) });
    let _ = model!({ let x = Input(4, 3); ops::glu(x) });
    let _ = model!(Input(4, 3) => ops::square(2) => Dense(1));
}
