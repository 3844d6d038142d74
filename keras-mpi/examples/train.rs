//! Trains on as many processes as it is started with: `mpirun -n 2 target/release/examples/train`.

use keras_core::prelude::*;
use keras_mpi::distribution::{self, DataParallel};
use ndarray::Array2;

fn main() -> keras_core::Result<()> {
    let _processes = distribution::initialize()?;
    distribution::set_distribution(DataParallel::new());
    set_random_seed(1);

    // All processes have the same data, of which each takes its part of every batch.
    let x = Array2::from_shape_fn((2048, 8), |(i, j)| ((i * 31 + j * 17) % 101) as f32 / 101.0 - 0.5);
    let y = Array2::from_shape_fn((2048, 1), |(i, _)| x.row(i).iter().map(|x| x * x).sum::<f32>());
    let mut model =
        model!(Input(8) => Dense(64, activation = relu) => Dense(64, activation = relu) => Dense(1)).compile(
            Adam::new(1e-3),
            MeanSquaredError::new(),
            ["mae"],
        );

    // The first process shows the progress and writes the backup; all go on with it after an interruption.
    let fit = model.fit(&x, &y).epochs(10).batch_size(128).validation_split(0.2);
    fit.callback(BackupAndRestore::new(std::env::temp_dir().join("keras-mpi-train"))).run()?;

    let found = model.evaluate(&x, &y).verbose(0).run()?;
    if distribution::rank() == 0 {
        println!("{} processes: {found}", distribution::size());
    }
    Ok(())
}
