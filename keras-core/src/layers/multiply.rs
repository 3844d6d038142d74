use keras_shape::layers::Multiply;

use super::merge::pairwise;

pairwise!(Multiply, Multiply);
