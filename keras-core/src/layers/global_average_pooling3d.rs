use super::images::pooled_whole;

pooled_whole!(GlobalAveragePooling3D over 3 by mean);
