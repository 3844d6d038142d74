//! Gradients held to a size.

use burn::tensor::Tensor;

use super::base::Base;

/// Clips gradients as the arguments say, on the device.
pub(super) fn clip<'a>(base: &Base, gradients: impl Iterator<Item = &'a mut Tensor<1>>) {
    if let Some(limit) = base.clipnorm {
        for gradient in gradients {
            // A norm of 0 is bounded by the limit below as well.
            let norm = norm(gradient).clamp_min(limit);
            gradient.inplace(|g| g * limit / norm);
        }
    } else if let Some(limit) = base.global_clipnorm {
        let gradients: Vec<_> = gradients.collect();
        let Some(sum) = gradients.iter().map(|g| (*g).clone().square().sum()).reduce(|a, b| a + b) else {
            return;
        };
        let norm = sum.sqrt();
        // A norm that is not finite makes all gradients NaN, as in Keras.
        let scale = norm.clone().recip().clamp_max(1.0 / limit) * limit + (norm.clone() - norm);
        for gradient in gradients {
            gradient.inplace(|g| g * scale.clone());
        }
    } else if let Some(limit) = base.clipvalue {
        gradients.for_each(|gradient| gradient.inplace(|g| g.clamp(-limit, limit)));
    }
}

fn norm(gradient: &Tensor<1>) -> Tensor<1> {
    gradient.clone().square().sum().sqrt()
}
