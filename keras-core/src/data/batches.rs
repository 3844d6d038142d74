//! Samples in memory, in batches.

use ndarray::{Array, ArrayBase, ArrayView, Axis, Data, Dimension, RemoveAxis};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use super::DataError;
use super::split::samples_of;

/// Samples in memory as batches of at most `batch_size`, for what is to be done with each batch before a model sees it: what
/// `tf.data.Dataset.from_tensor_slices((x, y)).batch(batch_size)` is for. `fit` itself takes arrays as they are.
///
/// Keras's `dataset.map(lambda x, y: mix_up({"images": x, "labels": y}))` is the iterator's own `map` with a model of these layers,
/// in training mode, so that `predict` mixes:
///
/// ```
/// use keras_core::data;
/// use keras_core::prelude::*;
/// use ndarray::{Array2, Array4};
///
/// let (x, y) = (Array4::<f32>::ones((40, 8, 8, 1)), Array2::from_shape_fn((40, 10), |(i, k)| f32::from(i % 10 == k)));
/// let mix = model!(
///     let images = Input(8, 8, 1);
///     let labels = Input(10);
///     let (images, labels) = [images, labels] => MixUp(alpha = 0.2)(training = true);
///     (images, labels)
/// );
/// let mut model = model!(Input(8, 8, 1) => Flatten() => Dense(10, activation = softmax))
///     .compile("adam", CategoricalCrossentropy::new(), ["accuracy"]);
///
/// let set = data::batches(&x, &y, 16)?;
/// let mut epoch = 0;
/// model
///     .fit_batches(|| {
///         epoch += 1;
///         set.shuffled(epoch).map(|(x, y)| mix.predict((&x, &y)))
///     })
///     .epochs(2)
///     .verbose(0)
///     .run()?;
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// # Errors
///
/// [`DataError::Lengths`] when there are not as many targets as inputs, [`DataError::Argument`] for batches of nothing.
pub fn batches<'a, A, B, S, R, D, E>(
    x: &'a ArrayBase<S, D>,
    y: &'a ArrayBase<R, E>,
    batch_size: usize,
) -> Result<ArrayBatches<'a, A, D, B, E>, DataError>
where
    S: Data<Elem = A>,
    R: Data<Elem = B>,
    D: RemoveAxis,
    E: RemoveAxis,
{
    samples_of(x, y)?;
    if batch_size == 0 {
        return Err(DataError::Argument { name: "batch_size", problem: "is at least 1".into() });
    }
    Ok(ArrayBatches { x: x.view(), y: y.view(), size: batch_size })
}

/// Samples in memory in batches: what [`batches`] gives.
#[derive(Clone, Debug)]
pub struct ArrayBatches<'a, A, D: Dimension, B, E: Dimension> {
    x: ArrayView<'a, A, D>,
    y: ArrayView<'a, B, E>,
    size: usize,
}

impl<'a, A: Clone, D: RemoveAxis, B: Clone, E: RemoveAxis> ArrayBatches<'a, A, D, B, E> {
    /// The batches in the order of the samples. The last may be smaller.
    pub fn iter(&self) -> impl Iterator<Item = (Array<A, D>, Array<B, E>)> + use<'a, A, D, B, E> {
        self.in_order((0..self.x.len_of(Axis(0))).collect())
    }

    /// The batches of all samples in another order, another one by another seed.
    pub fn shuffled(
        &self,
        seed: u64,
    ) -> impl Iterator<Item = (Array<A, D>, Array<B, E>)> + use<'a, A, D, B, E> {
        let mut order: Vec<usize> = (0..self.x.len_of(Axis(0))).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        self.in_order(order)
    }

    fn in_order(
        &self,
        order: Vec<usize>,
    ) -> impl Iterator<Item = (Array<A, D>, Array<B, E>)> + use<'a, A, D, B, E> {
        let (x, y, size) = (self.x.clone(), self.y.clone(), self.size);
        (0..order.len().div_ceil(size)).map(move |batch| {
            let rows = &order[batch * size..order.len().min((batch + 1) * size)];
            (x.select(Axis(0), rows), y.select(Axis(0), rows))
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2};

    use super::*;

    #[test]
    fn each_sample_comes_once_with_its_target() {
        let x = Array2::from_shape_fn((10, 2), |(i, j)| (10 * i + j) as f32);
        let y = Array1::from_iter(0u8..10);
        let set = batches(&x, &y, 4).unwrap();
        let sizes: Vec<usize> = set.iter().map(|(_, y)| y.len()).collect();
        assert_eq!(sizes, [4, 4, 2]);
        let order = |batches: Vec<(Array2<f32>, Array1<u8>)>| -> Vec<u8> {
            let fits = |(x, y): &(Array2<f32>, Array1<u8>)| {
                x.column(0).iter().zip(y).all(|(x, y)| *x == 10.0 * f32::from(*y))
            };
            assert!(batches.iter().all(fits));
            batches.into_iter().flat_map(|(_, y)| y).collect()
        };
        assert_eq!(order(set.iter().collect()), y.to_vec());
        let mut shuffled = order(set.shuffled(1).collect());
        assert!(shuffled != y.to_vec() && shuffled != order(set.shuffled(2).collect()));
        shuffled.sort_unstable();
        assert_eq!(shuffled, y.to_vec());
        assert!(matches!(
            batches(&x, &Array1::<u8>::zeros(9), 4),
            Err(DataError::Lengths { left: 10, right: 9, .. })
        ));
        assert!(batches(&x, &y, 0).is_err());
    }
}
