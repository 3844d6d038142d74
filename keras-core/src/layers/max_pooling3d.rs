use super::images::pooled;

pooled!(MaxPooling3D by max_pool);
