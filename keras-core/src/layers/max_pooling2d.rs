use super::images::pooled;

pooled!(MaxPooling2D by max_pool);
