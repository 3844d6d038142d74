//! Trains for a long time, so that a process can be ended from outside: `.ci/mpi` does. Each prints its number and its process;
//! `hang=RANK` and `exit=RANK` have one stop in the middle by itself.

use std::time::Duration;

use keras_core::prelude::*;
use keras_core::training::callbacks::Logs;
use keras_mpi::distribution::{self, DataParallel};
use ndarray::Array2;

struct Fault(Option<String>);

impl Callback for Fault {
    fn on_train_batch_end(&mut self, batch: usize, _: &Logs, _: &mut Control<'_>) -> keras_core::Result<()> {
        let rank = distribution::rank();
        std::thread::sleep(Duration::from_millis(20));
        match &self.0 {
            Some(fault) if batch == 5 && *fault == format!("hang={rank}") => {
                std::thread::sleep(Duration::from_secs(60));
            }
            Some(fault) if batch == 5 && *fault == format!("exit={rank}") => std::process::exit(3),
            _ => {}
        }
        Ok(())
    }
}

fn main() -> keras_core::Result<()> {
    let _processes = distribution::initialize()?;
    distribution::set_distribution(DataParallel::new().timeout(Duration::from_secs(2)));
    println!("rank {} is process {}", distribution::rank(), std::process::id());
    let folder = std::env::var("BACKUP").unwrap_or_else(|_| "faults-backup".into());
    let x = Array2::from_shape_fn((640, 8), |(i, j)| ((i * 31 + j * 17) % 101) as f32 / 101.0 - 0.5);
    let y = Array2::from_shape_fn((640, 1), |(i, _)| x.row(i).sum());
    set_random_seed(1);
    let mut model = model!(Input(8) => Dense(32, activation = tanh) => Dense(1)).compile(
        "adam",
        MeanSquaredError::new(),
        (),
    );
    let fit = model.fit(&x, &y).epochs(8).batch_size(64).verbose(0);
    let backup = BackupAndRestore::new(folder).save_freq(1);
    let history = fit.callback(backup).callback(Fault(std::env::args().nth(1))).run()?;
    if distribution::rank() == 0 {
        println!("loss {:?}", history.get("loss").and_then(<[f64]>::last));
    }
    Ok(())
}
