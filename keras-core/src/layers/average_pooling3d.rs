use super::images::pooled;

pooled!(AveragePooling3D by average_pool);
