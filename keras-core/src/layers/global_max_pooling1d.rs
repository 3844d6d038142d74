use super::images::pooled_whole;

pooled_whole!(GlobalMaxPooling1D over 1 by max);
