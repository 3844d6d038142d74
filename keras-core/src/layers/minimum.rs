use keras_shape::layers::Minimum;

use super::merge::pairwise;

pairwise!(Minimum, Minimum);
