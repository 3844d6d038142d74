use keras_core::prelude::*;

#[derive(Default)]
struct Scale;

fn main() {
    let _ = model!(Scale);
}
