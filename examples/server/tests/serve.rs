//! The server on loopback: answers are those of `predict`, what is wrong is told, and a stop loses nothing.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use keras_core::prelude::*;
use keras_server::{Counts, Limits, serve};
use ndarray::Array2;
use tokio::sync::oneshot;

/// A model that was saved and loaded: what the server has, and another of it to compare with.
fn model() -> LoadedModel {
    set_random_seed(7);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.keras");
    model!(Input(6) => Dense(16, activation = tanh) => Dense(3, activation = softmax)).save(&path).unwrap();
    load_model(&path).unwrap()
}

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Counts>,
}

impl Server {
    fn start(model: LoadedModel, limits: Limits) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_io()
                .enable_time()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                serve(listener, model, limits, async { drop(stopped.await) }).await.unwrap()
            })
        });
        Server { address: told.recv().unwrap(), stop, thread }
    }

    fn end(self) -> Counts {
        self.stop.send(()).unwrap();
        self.thread.join().unwrap()
    }

    /// How many requests the model's thread has been given.
    fn taken(&self) -> u64 {
        let (status, body) = ask(self.address, "GET", "/health", "");
        assert_eq!(status, 200);
        let counts: serde_json::Value = serde_json::from_str(&body).unwrap();
        counts["taken"].as_u64().unwrap()
    }
}

/// Status and body of one request on a connection of its own.
fn ask(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_string())
}

fn sample(i: usize) -> Vec<f32> {
    (0..6).map(|j| ((i * 7 + j * 5) % 13) as f32 / 13.0 - 0.4).collect()
}

fn predict(address: SocketAddr, sample: &[f32]) -> (u16, String) {
    ask(address, "POST", "/predict", &serde_json::to_string(sample).unwrap())
}

/// The answer holds what the model says of this sample, up to how a sum is ordered in batches of other sizes.
fn check(model: &LoadedModel, sample: &[f32], (status, body): &(u16, String)) {
    assert_eq!(*status, 200, "{body}");
    let x = Array2::from_shape_vec((1, 6), sample.to_vec()).unwrap();
    let expected = model.predict(&x).unwrap().to_vec().unwrap();
    let found: Vec<f32> = serde_json::from_str(body).unwrap();
    assert_eq!(found.len(), 3);
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
}

#[test]
fn answers_are_those_of_predict() {
    let model = model();
    let limits = Limits { delay: Duration::from_millis(5), batch: 16, ..Limits::default() };
    let server = Server::start(model.clone(), limits);
    std::thread::scope(|scope| {
        for client in 0..8 {
            let (model, address) = (&model, server.address);
            scope.spawn(move || {
                for i in 0..25 {
                    let sample = sample(client * 100 + i);
                    check(model, &sample, &predict(address, &sample));
                }
            });
        }
    });
    let counts = server.end();
    assert_eq!((counts.taken, counts.answered, counts.refused), (200, 200, 0));
    // Eight clients at once: some of their requests were predicted together.
    assert!(counts.batches < 200, "{counts:?}");
}

#[test]
fn what_is_wrong_is_told() {
    let model = model();
    let server =
        Server::start(model.clone(), Limits { delay: Duration::from_millis(50), ..Limits::default() });
    let expected = model.predict(&Array2::<f32>::zeros((1, 5))).unwrap_err().to_string();
    // A wrong request beside right ones: they have their numbers.
    std::thread::scope(|scope| {
        let (model, address) = (&model, server.address);
        for i in 0..4 {
            scope.spawn(move || check(model, &sample(i), &predict(address, &sample(i))));
        }
        scope.spawn(|| {
            let (status, body) = predict(server.address, &[0.0; 5]);
            assert_eq!((status, body.trim_end()), (400, expected.as_str()));
        });
    });
    for (json, words) in [("[1, 2", "no JSON"), ("[[1, 2], [3]]", "equally long"), ("\"six\"", "numbers")] {
        let (status, body) = ask(server.address, "POST", "/predict", json);
        assert_eq!(status, 400);
        assert!(body.contains(words), "{body}");
    }
    server.end();
}

#[test]
fn too_many_are_refused_at_once() {
    let limits = Limits { waiting: 4, batch: 100, delay: Duration::from_secs(4) };
    let model = model();
    let server = Server::start(model.clone(), limits);
    std::thread::scope(|scope| {
        for i in 0..4 {
            let (model, address) = (&model, server.address);
            scope.spawn(move || check(model, &sample(i), &predict(address, &sample(i))));
        }
        while server.taken() < 4 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let (status, body) = predict(server.address, &sample(9));
        assert_eq!((status, body.trim_end()), (503, "busy: 4 requests wait; try again"));
    });
    let counts = server.end();
    assert_eq!((counts.taken, counts.answered, counts.refused), (4, 4, 1));
}

#[test]
fn a_stop_loses_nothing() {
    const N: usize = 24;
    // Requests wait for others when the server is told to stop.
    let limits = Limits { delay: Duration::from_secs(2), batch: 100, ..Limits::default() };
    let model = model();
    let server = Server::start(model.clone(), limits);
    let address = server.address;
    let counts = std::thread::scope(|scope| {
        for i in 0..N {
            let model = &model;
            scope.spawn(move || check(model, &sample(i), &predict(address, &sample(i))));
        }
        while server.taken() < N as u64 {
            std::thread::sleep(Duration::from_millis(5));
        }
        server.end()
    });
    assert_eq!((counts.taken, counts.answered), (N as u64, N as u64));
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}
