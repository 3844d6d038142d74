use super::images::convolved;

convolved!(Conv2D by conv);
