use super::images::adapted;

adapted!(AdaptiveMaxPooling2D by adaptive_max_pool);
