use keras_shape::layers::Add;

use super::merge::pairwise;

pairwise!(Add, Add);
