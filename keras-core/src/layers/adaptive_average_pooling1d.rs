use super::images::adapted;

adapted!(AdaptiveAveragePooling1D by adaptive_average_pool);
