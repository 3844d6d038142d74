//! Predictions: batches, forms of data, threads.

use keras_core::Error;
use keras_core::device::with_seed;
use keras_core::prelude::*;
use keras_tests::json::near;
use ndarray::{Array2, Array3, s};

use super::{bits, matrix, noise};

#[test]
fn predict_in_batches_is_predict_at_once() {
    let model =
        with_seed(1, || model!(Input(5) => Dense(7, activation = tanh) => BatchNormalization() => Dense(3)));
    let x = matrix(70, 5);
    let found = model.predict(&x).expect("outputs");
    assert_eq!(found.shape(), [70, 3]);
    let whole = model.predict_on_batch(&x).expect("outputs").to_vec().expect("numbers");
    near("at once", &found.to_vec().expect("numbers"), &whole, 1e-6);
    for row in [0, 31, 32, 69] {
        let one = model.predict_one(x.row(row).as_slice().expect("a row")).expect("an output");
        near("one sample", &one, &whole[row * 3..row * 3 + 3], 1e-6);
    }
    for n in [4, 6, 0] {
        let wrong = model.predict_one(&vec![0.0; n]);
        assert!(matches!(wrong, Err(Error::Shape { .. })), "{wrong:?}");
    }
}

#[test]
fn no_samples_no_outputs() {
    let model = model!(Input(5) => Dense(3));
    let found = model.predict(&Array2::<f32>::zeros((0, 5))).expect("no outputs");
    assert_eq!(found.shape(), [0, 3]);
}

#[test]
fn predict_one_of_a_sequence() {
    let model = model!(Input(None, 3) => LSTM(4) => Dense(2));
    let x = noise(15);
    let batch = Array3::from_shape_vec((1, 5, 3), x.clone()).expect("a sequence");
    let expected = model.predict(&batch).expect("an output").to_vec().expect("numbers");
    near("sequence", &model.predict_one(&x).expect("an output"), &expected, 1e-6);
    assert!(model.predict_one(&x[..14]).is_err());
}

#[test]
fn every_type_of_number_is_the_same_number() {
    let model = model!(Input(4, 3, 1) => Conv2D(2, 2) => Flatten() => Dense(3));
    let bytes: Vec<u8> = (0..48).map(|i| (i * 37 % 256) as u8).collect();
    let of = |array: &ndarray::Array4<f32>| model.predict(array).expect("outputs").to_vec().expect("numbers");
    let array = ndarray::Array4::from_shape_vec((4, 4, 3, 1), bytes).expect("images");
    let expected = of(&array.mapv(f32::from));
    assert_eq!(model.predict(&array).expect("u8").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&array.mapv(f64::from)).expect("f64").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&array.mapv(i64::from)).expect("i64").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&array.mapv(i32::from)).expect("i32").to_vec().expect("numbers"), expected);
    let dynamic = array.clone().into_dyn();
    assert_eq!(model.predict(&dynamic).expect("IxDyn").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&array.view()).expect("a view").to_vec().expect("numbers"), expected);
    // Integers for an embedding, in every type, floats too.
    let model = model!(Input(3, dtype = int32) => Embedding(9, 2) => Flatten());
    let ids = ndarray::array![[1u8, 8, 0], [3, 3, 7]];
    let expected = model.predict(&ids.mapv(i32::from)).expect("i32").to_vec().expect("numbers");
    assert_eq!(model.predict(&ids).expect("u8").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&ids.mapv(i64::from)).expect("i64").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&ids.mapv(f32::from)).expect("f32").to_vec().expect("numbers"), expected);
    assert_eq!(model.predict(&ids.mapv(f64::from)).expect("f64").to_vec().expect("numbers"), expected);
}

#[test]
fn views_are_read_as_they_are_indexed() {
    let model = model!(Input(4) => Dense(3));
    let wide = matrix(6, 9);
    let views = [
        wide.slice(s![.., 2..6]),
        wide.slice(s![..;2, 1..;2]),
        wide.slice(s![..;-1, ..4]),
        wide.slice(s![.., ..;-1]).slice_move(s![.., 3..7]),
    ];
    for view in views {
        let owned = Array2::from_shape_vec(view.dim(), view.iter().copied().collect()).expect("a copy");
        let expected = model.predict(&owned).expect("outputs").to_vec().expect("numbers");
        assert_eq!(model.predict(&view).expect("outputs").to_vec().expect("numbers"), expected);
    }
    let tall = matrix(4, 6);
    let transposed = tall.t();
    let owned = Array2::from_shape_fn((6, 4), |(i, j)| tall[[j, i]]);
    let expected = model.predict(&owned).expect("outputs").to_vec().expect("numbers");
    assert_eq!(model.predict(&transposed).expect("outputs").to_vec().expect("numbers"), expected);
    // As targets of a training as well.
    let fresh = || with_seed(1, || model!(Input(4) => Dense(4)).compile(SGD::new(0.1), MeanSquaredError, ()));
    let (mut a, mut b) = (fresh(), fresh());
    a.fit(&owned, &owned).verbose(0).shuffle(false).run().expect("a history");
    b.fit(&transposed, &transposed).verbose(0).shuffle(false).run().expect("a history");
    assert_eq!(bits(&*a), bits(&*b));
}

#[test]
fn tensors_go_in_as_arrays_do() {
    let (x, y) = (matrix(5, 4), matrix(5, 2));
    let fresh = || with_seed(1, || model!(Input(4) => Dense(2)).compile(SGD::new(0.1), MeanSquaredError, ()));
    let mut by_array = fresh();
    let expected = by_array.predict(&x).expect("outputs").to_vec().expect("numbers");
    by_array.fit(&x, &y).verbose(0).shuffle(false).run().expect("a history");
    let mut by_tensor = fresh();
    let tx: Tensor<(Dyn, Const<4>)> = Tensor::from_array(&x).expect("a tensor");
    assert_eq!(by_tensor.predict(&tx).expect("outputs").to_vec().expect("numbers"), expected);
    let ty: Tensor<(Dyn, Const<2>)> = Tensor::from_array(&y).expect("a tensor");
    by_tensor.fit(&tx, &ty).verbose(0).shuffle(false).run().expect("a history");
    assert_eq!(bits(&*by_array), bits(&*by_tensor));
}

#[test]
fn four_threads_predict_the_same_numbers() {
    let model = with_seed(
        1,
        || model!(Input(None, 6) => LSTM(8, return_sequences = true) => Conv1D(4, 2) => GlobalMaxPooling1D() => Dense(3)),
    );
    let x = Array3::from_shape_vec((40, 7, 6), noise(40 * 42)).expect("sequences");
    let predict = || model.predict(&x).expect("outputs").to_vec().expect("numbers");
    let expected = predict();
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(|| (0..5).map(|_| predict()).collect::<Vec<_>>())).collect();
        for thread in threads {
            for found in thread.join().expect("no panic") {
                assert_eq!(found, expected);
            }
        }
    });
}
