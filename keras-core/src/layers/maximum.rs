use keras_shape::layers::Maximum;

use super::merge::pairwise;

pairwise!(Maximum, Maximum);
