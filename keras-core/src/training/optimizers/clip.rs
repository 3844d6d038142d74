//! Gradients held to a size.

use super::OwnGradient;
use super::base::Base;

/// Clips gradients as the arguments say; a limit of 0 is none, as in Keras.
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
    if let Some(limit) = base.clipnorm.filter(|limit| *limit > 0.0) {
        for gradient in gradients {
            let norm = square(gradient).sqrt();
            // `max` would pass NaN over.
            let norm = if norm < limit { limit } else { norm };
            scale(gradient, (limit / norm) as f32);
        }
    } else if let Some(limit) = base.global_clipnorm.filter(|limit| *limit > 0.0) {
        let gradients: Vec<_> = gradients.collect();
        let sum = gradients.iter().map(|gradient| square(gradient)).sum::<f64>();
        let norm = f64::from(sum as f32).sqrt();
        // A norm that is not finite makes all gradients NaN, as in Keras.
        let factor = if norm.is_finite() { (1.0 / norm).min(1.0 / limit) * limit } else { f64::NAN };
        gradients.into_iter().for_each(|gradient| scale(gradient, factor as f32));
    } else if let Some(limit) = base.clipvalue.filter(|limit| *limit > 0.0) {
        let limit = limit as f32;
        gradients.for_each(|gradient| gradient.iter_mut().for_each(|g| *g = g.clamp(-limit, limit)));
    }
}
