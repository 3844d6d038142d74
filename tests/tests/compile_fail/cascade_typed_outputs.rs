use keras_core::prelude::*;
use ndarray::Array2;

model! {
    pub struct Broken {
        let a = Input(4);
        let b = Input(4);
        [a, b] => Concatenate() => LSTM(3)
    }
}

model! {
    pub struct Two {
        let a = Input(4);
        (a => Dense(1), a => Danse(2))
    }
}

fn typed(model: &Broken, x: &Array2<f32>) -> keras_core::Result<Tensor<(Dyn, Len<3>)>> {
    model.predict((x, x))
}

fn main() -> keras_core::Result<()> {
    let x = Array2::<f32>::zeros((8, 4));
    let model = Broken::new();
    let y: Tensor<(Dyn, Len<1>)> = model.predict((&x, &x))?;
    println!("{:?} {:?}", y.to_vec()?, typed(&model, &x)?.shape());
    let numbers: Vec<f32> = model.predict_one((&[0.0; 4], &[0.0; 4]))?;
    println!("{}", numbers[0] + 1.0);
    let (p, q): (Tensor<(Dyn, Len<1>)>, Tensor<(Dyn, Len<2>)>) = Two::new().predict(&x)?;
    println!("{:?} {:?}", p.to_vec()?, q.to_vec()?);
    let y: Tensor<(Dyn, Len<1>)> = model!(Input(4) => LSTM(1)).predict(&x)?;
    println!("{:?}", y.to_vec()?);
    Ok(())
}
