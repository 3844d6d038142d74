use super::images::pooled;

pooled!(AveragePooling2D by average_pool);
