use keras_core::prelude::*;

model!(struct Scaled from "fixtures/lambda.keras");

model!(struct Computed from "fixtures/operations_unknown.keras");

model!(struct Gated from "fixtures/custom.keras");

fn main() {
    Scaled::new();
    Computed::new();
    Gated::new();
}
