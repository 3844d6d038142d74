//! What the weights themselves add to the loss.

use keras_shape::Regularizer;

use crate::param::Param;

/// Adds the gradient of a weight's regulariser; gives what it adds to the loss, or nothing if it is one for which
/// that has no kernel.
pub(crate) fn regularize(param: &Param, gradient: Option<&mut [f32]>) -> Option<f64> {
    let Regularizer::L1L2 { l1, l2 } = param.regularizer else {
        return matches!(param.regularizer, Regularizer::None).then_some(0.0);
    };
    // What cannot be is said where a plan is made of it.
    if param.regularizer.problem().is_some() {
        return None;
    }
    let weight = param.value.as_f32()?;
    if let Some(gradient) = gradient {
        let (l1, l2) = (l1 as f32, 2.0 * l2 as f32);
        for (g, w) in gradient.iter_mut().zip(weight) {
            let sign = if *w == 0.0 { 0.0 } else { w.signum() };
            *g += l1 * sign + l2 * w;
        }
    }
    let size: f64 = weight.iter().map(|w| f64::from(w.abs())).sum();
    let square: f64 = weight.iter().map(|w| f64::from(*w) * f64::from(*w)).sum();
    Some(l1 * size + l2 * square)
}
