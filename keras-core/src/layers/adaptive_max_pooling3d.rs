use super::images::adapted;

adapted!(AdaptiveMaxPooling3D by adaptive_max_pool);
