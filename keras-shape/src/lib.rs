//! keras-shape
