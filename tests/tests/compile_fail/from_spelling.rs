use keras_core::prelude::*;

model!(struct Embedded from "fixtures/embed.keras", embedded = true);

model!(struct Truth from "fixtures/embed.keras", embed = yes);

model!(struct Wide<const N: usize> from "fixtures/embed.keras");

model!(struct Unquoted from fixtures/embed.keras);

fn main() {
    let model = model!(from "fixtures/embed.keras");
    Embedded::new();
    Truth::new();
    Unquoted::new();
}
