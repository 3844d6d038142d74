use super::images::transposed;

transposed!(Conv1DTranspose);
