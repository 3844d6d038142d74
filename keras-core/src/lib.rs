//! keras-core
