use keras_shape::layers::Subtract;

use super::merge::pairwise;

pairwise!(Subtract, Subtract);
