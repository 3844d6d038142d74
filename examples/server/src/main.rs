//! Serves a model of a file of Keras:
//!
//!     cargo run --release -p keras-server -- train digits.keras             # learns digits, and writes the file
//!     cargo run --release -p keras-server -- digits.keras 127.0.0.1:3000    # serves any file of one input of numbers
//!
//! `curl -d '[[0, ...], ...]' localhost:3000/predict` asks it.

use std::error::Error;

use keras_core::prelude::*;
use keras_server::{Limits, serve};

/// Learns to read handwritten digits of 28x28 pixels, a second or two.
fn train(path: &str) -> keras_core::Result<()> {
    let data = keras_examples::small_digits()?;
    println!("Learns {}.", data.source);
    set_random_seed(1);
    let mut model =
        model!(Input(28, 28) => Flatten() => Dense(128, activation = relu) => Dense(10, activation = softmax))
            .compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new(), Accuracy::new());
    model.fit(&data.train_x, &data.train_y).epochs(10).verbose(0).run()?;
    let result = model.evaluate(&data.test_x, &data.test_y).verbose(0).run()?;
    model.save(path)?;
    println!("{path}: {:.1} % of new digits are read.", 100.0 * result["accuracy"]);
    Ok(())
}

/// Ready when the process is told to end, by Ctrl-C or by whoever started it.
async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (path, address) = match arguments[..] {
        ["train", path] => return Ok(train(path)?),
        [path] => (path, "127.0.0.1:3000"),
        [path, address] => (path, address),
        _ => {
            return Err(
                "give a file of a model and perhaps an address, or `train` and a file to write".into()
            );
        }
    };
    let model = load_model(path)?;
    println!("{}", model.summary());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}/predict", listener.local_addr()?);
    let counts = serve(listener, model, Limits::default(), told_to_stop()).await?;
    println!("{counts:?}");
    Ok(())
}
