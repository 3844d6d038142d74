use super::images::convolved;

convolved!(DepthwiseConv1D by depthwise_conv);
