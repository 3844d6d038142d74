//! Weights as other generations of Keras laid them out, brought to the layout of Keras 3.

use crate::array::Array;
use crate::error::{Error, Result};
use crate::parts::LayerPart;
use crate::writer::{Generation, Writer};

/// The weights of a layer in Keras 3's order and layout. `layer.weights` say what is asked for; arrays that already are
/// so stay as they are.
///
/// # Errors
/// The arrays make no such layer.
pub(crate) fn to_keras_3(mut arrays: Vec<Array>, layer: &LayerPart, writer: &Writer) -> Result<Vec<Array>> {
    if layer.class == "TimeDistributed"
        && let Some((class, inner)) = layer.inner.as_ref().and_then(|inner| inner.split_once('/'))
    {
        let unwrapped = LayerPart { class: class.into(), inner: Some(inner.into()), ..layer.clone() };
        return to_keras_3(arrays, &unwrapped, writer);
    }
    let class = match (&layer.inner, layer.class.as_str()) {
        (Some(inner), "Bidirectional") => {
            if arrays.len() % 2 == 1 {
                return Err(Error::new("the two directions have not as many weights as each other"));
            }
            let half = layer.weights.len() / 2;
            let backward = arrays.split_off(arrays.len() / 2);
            let mut both = one(arrays, inner, &layer.weights[..half], layer.channels_first, writer)?;
            both.extend(one(backward, inner, &layer.weights[half..], layer.channels_first, writer)?);
            return Ok(both);
        }
        (Some(inner), _) => inner,
        (None, class) => class,
    };
    one(arrays, class, &layer.weights, layer.channels_first, writer)
}

fn one(
    arrays: Vec<Array>,
    class: &str,
    wanted: &[crate::parts::WantedWeight],
    channels_first: bool,
    writer: &Writer,
) -> Result<Vec<Array>> {
    let arrays = match (class, arrays.len()) {
        ("LSTM", 12) => gates(&arrays, &[0, 6, 3, 9])?,
        ("ConvLSTM2D", 12) => {
            // Its kernels were laid out as those of convolutions.
            let kernel = |array: &Array| match array.shape.len() {
                4 if channels_first && writer.generation == Generation::Keras1 => {
                    array.permuted(&[2, 3, 1, 0])
                }
                _ => array.clone(),
            };
            let arrays: Vec<Array> = arrays.iter().map(kernel).collect();
            return gates(&arrays, &[0, 6, 3, 9]);
        }
        // Keras 1 does not write down which axes share their slopes.
        ("PReLU", 1) if writer.generation == Generation::Keras1 => {
            let want = wanted.first().map_or(&[][..], |want| &want.shape);
            vec![arrays[0].spread(want).unwrap_or_else(|| arrays[0].clone())]
        }
        // Before 1.2 each matrix had its bias behind it.
        ("Highway", 4) if arrays[1].shape.len() == 1 => {
            [0, 2, 1, 3].iter().map(|at| arrays[*at].clone()).collect()
        }
        ("GRU", 9) => gates(&arrays, &[0, 3, 6])?,
        ("LSTM", 3) if bias_is_double(&arrays, wanted) => cudnn_lstm(&arrays)?,
        ("GRU", 3) if arrays[2].shape.len() == 1 && wanted.get(2).is_some_and(|w| w.shape.len() == 2) => {
            cudnn_gru(&arrays)?
        }
        _ => arrays,
    };
    if !class.contains("Conv") {
        return Ok(arrays);
    }
    let mut arrays = arrays;
    let Some(kernel) = arrays.first_mut() else { return Ok(arrays) };
    let Some(want) = wanted.first() else { return Ok(arrays) };
    *kernel = old_kernel(kernel, class, &want.shape, channels_first, writer);
    if class.starts_with("Separable")
        && let (Some(pointwise), Some(want)) = (arrays.get_mut(1), wanted.get(1))
    {
        *pointwise = old_kernel(pointwise, class, &want.shape, channels_first, writer);
    }
    let Some(kernel) = arrays.first_mut() else { return Ok(arrays) };
    if writer.theano
        && matches!(class, "Conv1D" | "Conv2D" | "Conv3D" | "Conv2DTranspose" | "Conv3DTranspose")
    {
        let axes = kernel.shape.len().saturating_sub(2);
        *kernel = kernel.flipped(axes);
    }
    Ok(arrays)
}

/// Keras 1 has an array for each gate: input kernel, recurrent kernel and bias of one, then of the next. `first` are the
/// places of the input kernels in the order of Keras 3.
fn gates(arrays: &[Array], first: &[usize]) -> Result<Vec<Array>> {
    let part = |offset: usize| {
        let parts: Vec<&Array> = first.iter().map(|at| &arrays[at + offset]).collect();
        Array::joined(&parts)
    };
    Ok(vec![part(0)?, part(1)?, part(2)?])
}

/// Whether a recurrent layer has two biases for each that is asked for, as those of cuDNN have.
fn bias_is_double(arrays: &[Array], wanted: &[crate::parts::WantedWeight]) -> bool {
    let (Some(bias), Some(want)) = (arrays.get(2), wanted.get(2)) else { return false };
    bias.shape.len() == 1 && want.shape.len() == 1 && bias.shape[0] == 2 * want.shape[0] && bias.shape[0] > 0
}

/// The gates of a kernel of cuDNN, each with `turn` applied.
fn turned(kernel: &Array, gates: usize, turn: impl Fn(&Array) -> Result<Array>) -> Result<Array> {
    let [rows, width] = kernel.shape[..] else { return Err(Error::new("a kernel has not two axes")) };
    if rows == 0 || width == 0 || width % gates != 0 {
        return Err(Error::new(format!("a kernel has {width} columns, which {gates} gates do not share")));
    }
    let units = width / gates;
    let parts = (0..gates).map(|gate| turn(&kernel.columns(gate * units, (gate + 1) * units)));
    let parts = parts.collect::<Result<Vec<Array>>>()?;
    Array::joined(&parts.iter().collect::<Vec<&Array>>())
}

/// The transpose of a matrix, its numbers read column by column into the same axes.
fn input_kernel(kernel: &Array) -> Result<Array> {
    // Row-major numbers of the matrix are the column-major ones of the result.
    let [rows, columns] = kernel.shape[..] else { return Err(Error::new("a kernel has not two axes")) };
    Ok(kernel.clone().reshaped(&[columns, rows])?.permuted(&[1, 0]))
}

fn cudnn_lstm(arrays: &[Array]) -> Result<Vec<Array>> {
    let bias = arrays[2].to_f32();
    let (input, recurrent) = bias.split_at(bias.len() / 2);
    let bias: Vec<f32> = input.iter().zip(recurrent).map(|(a, b)| a + b).collect();
    Ok(vec![
        turned(&arrays[0], 4, input_kernel)?,
        turned(&arrays[1], 4, |part| Ok(part.permuted(&[1, 0])))?,
        Array::floats(vec![bias.len()], bias)?,
    ])
}

fn cudnn_gru(arrays: &[Array]) -> Result<Vec<Array>> {
    let half = arrays[2].len() / 2;
    Ok(vec![
        turned(&arrays[0], 3, input_kernel)?,
        turned(&arrays[1], 3, |part| Ok(part.permuted(&[1, 0])))?,
        arrays[2].clone().reshaped(&[2, half])?,
    ])
}

/// A kernel of a convolution of Keras 1, whose axes were in another order.
fn old_kernel(kernel: &Array, class: &str, want: &[usize], channels_first: bool, writer: &Writer) -> Array {
    let shape = kernel.shape.as_slice();
    // Keras 1 ran a one-dimensional convolution as one of two dimensions.
    if class == "Conv1D" && shape.len() == 4 {
        let turned = if shape[1] == 1 && [shape[0], shape[2], shape[3]] == *want {
            kernel.clone()
        } else {
            kernel.permuted(&[2, 3, 1, 0])
        };
        let [length, one, inputs, filters] = turned.shape[..] else { return kernel.clone() };
        if one != 1 {
            return kernel.clone();
        }
        return turned.clone().reshaped(&[length, inputs, filters]).unwrap_or(turned);
    }
    let transposed = class.ends_with("Transpose");
    let order: &[usize] = match (shape.len(), transposed, channels_first) {
        (4, false, _) => &[2, 3, 1, 0],
        (4, true, true) => &[2, 3, 0, 1],
        (4, true, false) => &[0, 1, 3, 2],
        (5, false, _) => &[2, 3, 4, 1, 0],
        _ => return kernel.clone(),
    };
    let turned: Vec<usize> = order.iter().map(|axis| shape[*axis]).collect();
    // Kernels with axes of one length do not tell: Keras 1 turned those whose channels come first, and the transposes.
    let keras_1 = writer.generation == Generation::Keras1 && (channels_first || transposed);
    let only_so = writer.generation == Generation::Keras1 && shape != want;
    if turned == want && (keras_1 || only_so) { kernel.permuted(order) } else { kernel.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::WantedWeight;

    fn array(shape: &[usize]) -> Array {
        let count = shape.iter().product::<usize>();
        Array::floats(shape.to_vec(), (0..count).map(|i| i as f32).collect()).unwrap()
    }

    fn layer(class: &str, shapes: &[&[usize]]) -> LayerPart {
        let weights = shapes.iter().enumerate().map(|(index, shape)| WantedWeight {
            index,
            path: String::new(),
            shape: shape.to_vec(),
            trainable: true,
        });
        LayerPart { class: class.into(), weights: weights.collect(), ..LayerPart::default() }
    }

    fn writer(backend: &str) -> Writer {
        Writer::new(Some("2.1.3".into()), Some(backend.into()))
    }

    #[test]
    fn kernels_of_theano_are_flipped() {
        let layer = layer("Conv1D", &[&[3, 1, 1], &[1]]);
        let arrays = vec![array(&[3, 1, 1]), array(&[1])];
        let found = to_keras_3(arrays.clone(), &layer, &writer("theano")).unwrap();
        assert_eq!(found[0].to_f32(), [2.0, 1.0, 0.0]);
        assert_eq!(to_keras_3(arrays.clone(), &layer, &writer("tensorflow")).unwrap(), arrays);
    }

    /// NumPy: `np.hstack([k.T.reshape(k.shape, order="F") for k in np.hsplit(kernel, 4)])` and the like, from Keras 2.
    #[test]
    fn layers_of_cudnn_are_those_of_keras() {
        let layer = layer("LSTM", &[&[2, 4], &[1, 4], &[4]]);
        let found =
            to_keras_3(vec![array(&[2, 4]), array(&[1, 4]), array(&[8])], &layer, &writer("x")).unwrap();
        assert_eq!(found[0].to_f32(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        assert_eq!(found[2].to_f32(), [4.0, 6.0, 8.0, 10.0]);
        // Two units, three features: the gate's matrix read row by row fills the result column by column.
        let gate = array(&[3, 2]);
        assert_eq!(input_kernel(&gate).unwrap().to_f32(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    }
}
