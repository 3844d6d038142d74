use super::images::pooled_whole;

pooled_whole!(GlobalMaxPooling3D over 3 by max);
