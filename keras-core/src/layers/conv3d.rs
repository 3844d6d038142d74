use super::images::convolved;
use crate::engine::kernels;

convolved!(Conv3D by conv, run by |layer, site| kernels::conv3d::choose(&kernels::conv::arguments!(layer), site));
