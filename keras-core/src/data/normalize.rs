//! Vectors of length 1.

use ndarray::{Array, ArrayBase, Axis, Data, RemoveAxis};

use super::DataError;

/// Divides the vectors along an axis by their norm; one of zeros stays. As `keras.utils.normalize`, where `axis = -1` and
/// `order = 2`; `f64::INFINITY` is the largest magnitude. (Keras 3.15 takes the axis 0 of a NumPy array for the last.)
///
/// ```
/// # fn main() -> Result<(), keras_core::data::DataError> {
/// use keras_core::data::normalize;
/// assert_eq!(normalize(&ndarray::array![[3.0, 4.0], [0.0, 0.0]], -1, 2.0)?, ndarray::array![[0.6, 0.8], [0.0, 0.0]]);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`DataError::Argument`] if there is no such axis or order.
///
/// Source: <https://keras.io/api/utils/python_utils/>.
pub fn normalize<S, D>(x: &ArrayBase<S, D>, axis: isize, order: f64) -> Result<Array<f32, D>, DataError>
where
    S: Data<Elem = f32>,
    D: RemoveAxis,
{
    let at = if axis < 0 { x.ndim().checked_add_signed(axis) } else { usize::try_from(axis).ok() };
    let Some(at) = at.filter(|at| *at < x.ndim()) else {
        let problem = format!("there is no axis {axis} of an array of {} axes", x.ndim());
        return Err(DataError::Argument { name: "axis", problem });
    };
    if order.is_nan() || order <= 0.0 {
        let problem = format!("it is above 0, 1 for sums of magnitudes and 2 for lengths; found {order}");
        return Err(DataError::Argument { name: "order", problem });
    }
    let mut y = x.to_owned();
    for mut lane in y.lanes_mut(Axis(at)) {
        let norm = norm(lane.iter().map(|x| f64::from(x.abs())), order);
        if norm != 0.0 {
            lane.mapv_inplace(|x| (f64::from(x) / norm) as f32);
        }
    }
    Ok(y)
}

fn norm(magnitudes: impl Iterator<Item = f64>, order: f64) -> f64 {
    match order {
        f64::INFINITY => magnitudes.fold(0.0, |max, x| if x > max || x.is_nan() { x } else { max }),
        1.0 => magnitudes.sum(),
        2.0 => magnitudes.map(|x| x * x).sum::<f64>().sqrt(),
        order => magnitudes.map(|x| x.powf(order)).sum::<f64>().powf(1.0 / order),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    /// `keras.utils.normalize` of Keras 3.15.1.
    #[test]
    fn vectors_are_those_of_keras() {
        let x = array![[1.0f32, -2.0, 2.0], [0.0, 0.0, 0.0], [4.0, 3.0, 0.0]];
        let near = |found: Array2<f32>, wanted: Array2<f32>| {
            assert!((&found - &wanted).iter().all(|d| d.abs() < 1e-6), "{found} {wanted}");
        };
        let third = 1.0 / 3.0;
        near(
            normalize(&x, -1, 2.0).unwrap(),
            array![[third, -2.0 * third, 2.0 * third], [0.0, 0.0, 0.0], [0.8, 0.6, 0.0]],
        );
        near(
            normalize(&x, 1, 1.0).unwrap(),
            array![[0.2, -0.4, 0.4], [0.0, 0.0, 0.0], [4.0 / 7.0, 3.0 / 7.0, 0.0]],
        );
        near(
            normalize(&x, 1, f64::INFINITY).unwrap(),
            array![[0.5, -1.0, 1.0], [0.0, 0.0, 0.0], [1.0, 0.75, 0.0]],
        );
        near(
            normalize(&x, 1, 3.0).unwrap(),
            array![[0.38891112, -0.77782224, 0.77782224], [0.0, 0.0, 0.0], [0.8892957, 0.666_971_8, 0.0]],
        );
        // Along the first axis, as NumPy says: `x / numpy.linalg.norm(x, axis=0)`.
        near(
            normalize(&x, 0, 2.0).unwrap(),
            array![[0.24253562, -0.5547002, 1.0], [0.0, 0.0, 0.0], [0.97014253, 0.8320503, 0.0]],
        );
    }

    #[test]
    fn what_is_no_axis_or_order_is_an_error() {
        let x = array![[1.0f32]];
        for (axis, order) in [(2, 2.0), (-3, 2.0), (0, 0.0), (0, f64::NAN), (0, -1.0)] {
            assert!(normalize(&x, axis, order).is_err(), "{axis} {order}");
        }
        assert!(normalize(&array![[f32::NAN, 1.0]], 1, 2.0).unwrap().iter().all(|x| x.is_nan()));
    }
}
