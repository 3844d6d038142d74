use super::images::adapted;

adapted!(AdaptiveAveragePooling3D by adaptive_average_pool);
