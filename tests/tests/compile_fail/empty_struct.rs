use keras_core::prelude::*;

model! {
    pub struct Nothing {}
}

fn main() {}
