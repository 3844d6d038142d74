use crate::ops::pool::{global_pool_forward, largest};

global_pool_forward!(GlobalMaxPooling1D, |x, _, records| Ok(largest(x, records)));
