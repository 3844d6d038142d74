use super::images::transposed;

transposed!(Conv2DTranspose);
