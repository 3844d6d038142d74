use super::images::pooled_whole;

pooled_whole!(GlobalAveragePooling2D over 2 by mean);
