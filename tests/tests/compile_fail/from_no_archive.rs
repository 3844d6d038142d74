use keras_core::prelude::*;

model!(struct Text from "Cargo.toml");

model!(struct Arrays from "fixtures/embed_io.npz");

fn main() {
    Text::new();
    Arrays::new();
}
