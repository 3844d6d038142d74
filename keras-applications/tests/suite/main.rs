//! The models beside those of Keras: names, shapes and numbers of parameters by what Keras printed, and outputs where
//! there is a Python with Keras. Only models whose features are on are here; `.ci/applications` turns on all.
#![allow(clippy::unwrap_used)]

mod compare;
mod decode;
mod names;
#[cfg(feature = "mobilenet_v2")]
mod parts;
// Other suites use more of it.
#[allow(dead_code)]
#[path = "../../../tests/tests/suite/python.rs"]
mod python;
