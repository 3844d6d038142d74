//! A model behind HTTP. `POST /predict` takes one sample as nested lists of numbers in JSON and answers with the model's
//! numbers for it; `GET /health` counts. Requests that come together are predicted together.
//!
//! - At most [`Limits::waiting`] requests are kept; who comes then is told so at once (503).
//! - What the model does not take is answered with the sentence of the model's error (400).
//! - Told to stop, the server takes no more connections, answers what it has taken, and ends.

mod batcher;
mod sample;

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use keras_core::prelude::*;
use tokio::net::TcpListener;

pub use batcher::{Batcher, Counts, Limits, Refusal};

/// Serves the model until `stop` is ready and all that was taken is answered.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    model: LoadedModel,
    limits: Limits,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Counts> {
    let (batcher, worker) = Batcher::start(model, limits);
    let batcher = Arc::new(batcher);
    let routes = Router::new()
        .route("/predict", post(predict))
        .route("/health", get(health))
        .with_state(Arc::clone(&batcher));
    axum::serve(listener, routes).with_graceful_shutdown(stop).await?;
    let counts = batcher.counts();
    // The worker ends when nobody can give it requests any more.
    drop(batcher);
    tokio::task::spawn_blocking(|| worker.join())
        .await?
        .map_err(|_| io::Error::other("the worker panicked"))?;
    Ok(counts)
}

async fn predict(State(batcher): State<Arc<Batcher>>, body: Bytes) -> Response {
    let answer = match sample::read(&body) {
        Ok(sample) => batcher.predict(sample).await,
        Err(message) => Err(Refusal::Bad(message)),
    };
    match answer.map(|numbers| serde_json::to_string(&numbers)) {
        Ok(Ok(json)) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Ok(Err(error)) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
        Err(refusal) => {
            let status = match refusal {
                Refusal::Bad(_) => StatusCode::BAD_REQUEST,
                Refusal::Busy(_) | Refusal::Stopped => StatusCode::SERVICE_UNAVAILABLE,
            };
            (status, format!("{refusal}\n")).into_response()
        }
    }
}

async fn health(State(batcher): State<Arc<Batcher>>) -> Response {
    let Counts { taken, answered, refused, batches } = batcher.counts();
    let json = format!(
        "{{\"taken\":{taken},\"answered\":{answered},\"refused\":{refused},\"batches\":{batches}}}\n"
    );
    ([(header::CONTENT_TYPE, "application/json")], json).into_response()
}
