use super::images::adapted;

adapted!(AdaptiveAveragePooling2D by adaptive_average_pool);
