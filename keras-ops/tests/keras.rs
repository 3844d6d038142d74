//! What real Keras computes on JAX, replayed by name from files that scripts in `tests/keras` write, and what else holds of
//! operations: see each module.

#[path = "keras/arguments.rs"]
mod arguments;
#[path = "keras/arrays.rs"]
mod arrays;
#[path = "keras/bits.rs"]
mod bits;
#[path = "keras/graph.rs"]
mod graph;
#[path = "keras/known.rs"]
mod known;
#[path = "keras/more.rs"]
mod more;
#[path = "keras/nn.rs"]
mod nn;
#[path = "keras/nn_mistakes.rs"]
mod nn_mistakes;
#[path = "keras/nn_properties.rs"]
mod nn_properties;
#[path = "keras/penalty.rs"]
mod penalty;
#[path = "keras/random.rs"]
mod random;
#[path = "keras/replay.rs"]
mod replay;
#[path = "keras/solving.rs"]
mod solving;
#[path = "keras/words.rs"]
mod words;
