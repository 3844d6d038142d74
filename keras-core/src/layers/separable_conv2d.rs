use super::images::separated;

separated!(SeparableConv2D);
