use super::images::convolved;

convolved!(Conv3D by conv);
