use super::images::transposed;

transposed!(Conv3DTranspose);
