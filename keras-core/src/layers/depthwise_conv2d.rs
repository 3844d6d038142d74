use super::images::convolved;

convolved!(DepthwiseConv2D by depthwise_conv);
