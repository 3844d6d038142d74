//! Gradients held to a size.

use burn::tensor::Tensor;

use super::OwnGradient;
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

/// [`clip`] on numbers in this machine's memory.
pub(super) fn clip_in_place(base: &Base, gradients: &mut [Option<OwnGradient<'_>>]) {
    // Summed in f64; what is beyond the range of f32 is infinite, as in Keras.
    let square = |gradient: &[f32]| {
        let sum = gradient.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>();
        f64::from(sum as f32)
    };
    let scale = |gradient: &mut [f32], factor: f32| gradient.iter_mut().for_each(|g| *g *= factor);
    let gradients = gradients.iter_mut().flatten().filter_map(|gradient| match gradient {
        OwnGradient::Whole(numbers) => Some(&mut **numbers),
        // An optimiser that clips does not take them.
        OwnGradient::Late(_) => None,
    });
    if let Some(limit) = base.clipnorm {
        for gradient in gradients {
            let norm = square(gradient).sqrt();
            // `max` would pass NaN over.
            let norm = if norm < limit { limit } else { norm };
            scale(gradient, (limit / norm) as f32);
        }
    } else if let Some(limit) = base.global_clipnorm {
        let gradients: Vec<_> = gradients.collect();
        let sum = gradients.iter().map(|gradient| square(gradient)).sum::<f64>();
        let norm = f64::from(sum as f32).sqrt();
        // A norm that is not finite makes all gradients NaN, as in Keras.
        let factor = if norm.is_finite() { (1.0 / norm).min(1.0 / limit) * limit } else { f64::NAN };
        gradients.into_iter().for_each(|gradient| scale(gradient, factor as f32));
    } else if let Some(limit) = base.clipvalue {
        let limit = limit as f32;
        gradients.for_each(|gradient| gradient.iter_mut().for_each(|g| *g = g.clamp(-limit, limit)));
    }
}

fn norm(gradient: &Tensor<1>) -> Tensor<1> {
    gradient.clone().square().sum().sqrt()
}
