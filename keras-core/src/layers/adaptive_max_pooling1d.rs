use super::images::adapted;

adapted!(AdaptiveMaxPooling1D by adaptive_max_pool);
