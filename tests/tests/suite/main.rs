//! Everything a user relies on, in one program: linking is what costs.
#![allow(missing_docs)]

mod big_model;
mod compile_fail;
mod compile_pass;
mod keras {
    mod layers_generated;
    mod shapes_generated;
}
mod oracle;
mod smoke;
mod words;
