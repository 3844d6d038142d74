use super::images::pooled;

pooled!(AveragePooling1D by average_pool);
