use crate::ops::pool::{global_pool_forward, largest};

global_pool_forward!(GlobalMaxPooling2D, |x, _, records| Ok(largest(x, records)));
