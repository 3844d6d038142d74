//! How often the right class is among the first.

use super::items::{argmax, last, mean_metric, per_row, same};

mean_metric! {
    /// How often the class of the largest target is among the `k` largest outputs: Keras's
    /// [`TopKCategoricalAccuracy`](https://keras.io/api/metrics/accuracy_metrics/#topkcategoricalaccuracy-class).
    TopKCategoricalAccuracy = "top_k_categorical_accuracy", larger: true,
    {
        /// How many of the largest outputs count: 5.
        k: usize = 5
    },
    |metric, y_true, true_shape, y_pred, pred_shape| {
        same(&metric.name, true_shape, pred_shape)?;
        let n = last(pred_shape);
        y_true.chunks(n).zip(y_pred.chunks(n)).map(|(t, p)| in_top_k(argmax(t), p, metric.k)).collect()
    },
    result: |mean| mean
}

mean_metric! {
    /// How often the target's index is among the `k` largest outputs: Keras's
    /// [`SparseTopKCategoricalAccuracy`](https://keras.io/api/metrics/accuracy_metrics/#sparsetopkcategoricalaccuracy-class).
    SparseTopKCategoricalAccuracy = "sparse_top_k_categorical_accuracy", larger: true,
    {
        /// How many of the largest outputs count: 5.
        k: usize = 5,
        /// Whether an output is no scores but the indices of classes, that of the largest score first: false.
        from_sorted_ids: bool = false
    },
    |metric, y_true, true_shape, y_pred, pred_shape| {
        let n = per_row(&metric.name, true_shape, pred_shape)?;
        y_true.iter().zip(y_pred.chunks(n)).map(|(t, p)| match *t as i64 {
            _ if metric.from_sorted_ids => f32::from(p.iter().take(metric.k).any(|id| id == t)),
            class if class >= 0 => in_top_k(class as usize, p, metric.k),
            _ => 0.0,
        }).collect()
    },
    result: |mean| mean
}

/// Whether fewer than `k` outputs exceed that of the class; of equals, all are in.
fn in_top_k(class: usize, row: &[f32], k: usize) -> f32 {
    let Some(own) = row.get(class) else { return 0.0 };
    let own = if own.is_nan() { f32::NEG_INFINITY } else { *own };
    f32::from(row.iter().filter(|p| **p > own).count() < k)
}
