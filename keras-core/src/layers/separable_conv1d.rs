use super::images::separated;

separated!(SeparableConv1D);
