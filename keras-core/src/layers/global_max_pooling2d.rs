use super::images::pooled_whole;

pooled_whole!(GlobalMaxPooling2D over 2 by max);
