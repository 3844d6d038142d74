//! The cases by which `keras-ops` compares its operations with real Keras, run on a device too.

#[path = "../../../../keras-ops/tests/keras/arrays.rs"]
mod arrays;
#[path = "../../../../keras-ops/tests/keras/known.rs"]
mod known;
#[path = "../../../../keras-ops/tests/keras/more.rs"]
mod more;
#[path = "../../../../keras-ops/tests/keras/nn.rs"]
mod nn;
mod replay;
#[path = "../../../../keras-ops/tests/keras/words.rs"]
mod words;
