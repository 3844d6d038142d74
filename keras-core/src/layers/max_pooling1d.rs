use super::images::pooled;

pooled!(MaxPooling1D by max_pool);
