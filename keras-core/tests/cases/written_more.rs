//! As [`super::written`]: poolings and repetitions of images of all ranks, normalisations, attention in groups.

use keras_core::Result;

use super::written::{Choices, hold};

/// Windows of images with three axes, and those of two and one that go the same way.
fn pooled(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let (kind, padding) = (c.of(&["Max", "Average"]), c.of(&["valid", "same"]));
    let [size, other, stride] = [1 + c.below(3), 1 + c.below(3), 1 + c.below(4)];
    let axes = 1 + c.below(3);
    let mut shape = vec![1 + c.below(3)];
    shape.extend((0..axes).map(|_| 1 + c.below(6)));
    shape.push(c.length());
    let format = c.of(&["", "", ", data_format='channels_first'"]);
    let sizes = [other, size, other][3 - axes..].iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let strides = c.of(&["", "strides"]);
    let strides = if strides.is_empty() { String::new() } else { format!(", strides={stride}") };
    let source = match c.below(5) {
        0 => format!("Global{kind}Pooling{axes}D({})", format.trim_start_matches(", ")),
        _ => format!("{kind}Pooling{axes}D(({sizes},){strides}, padding='{padding}'{format})"),
    };
    (source, vec![shape])
}

/// Pixels that stand several times.
fn repeated(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let [size, other] = [1 + c.below(3), 1 + c.below(3)];
    let axes = 1 + c.below(3);
    let mut shape = vec![1 + c.below(3)];
    shape.extend((0..axes).map(|_| 1 + c.below(4)));
    shape.push(c.length());
    let source = match axes {
        1 => format!("UpSampling1D({size})"),
        2 => format!("UpSampling2D(({size}, {other}))"),
        _ => format!("UpSampling3D(({other}, {size}, {other}))"),
    };
    (source, vec![shape])
}

/// Rows by the root of the mean of their squares.
fn by_squares(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let rank = 2 + c.below(3);
    let mut shape = c.shape(rank);
    // Of one number all that is left is rounding.
    shape[rank - 1] += [1, 1, 16, 40][c.below(4)];
    let axis = if rank > 2 { c.of(&["-1", "(-2, -1)"]) } else { "-1" };
    (format!("RMSNormalization({axis}, {})", c.of(&["1e-6", "0.1"])), vec![shape])
}

/// Attention whose heads share keys and values.
fn grouped(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let [key_heads, group, width] = [1 + c.below(3), 1 + c.below(3), 1 + c.below(5)];
    let [batch, rows, columns, features] = [1 + c.below(3), c.length(), c.length(), 1 + c.below(6)];
    let more = c.of(&["", ", use_gate=True", ", sliding_window=2", ", dropout=0.2"]);
    // The gradient of the key's bias is nothing but rounding: biases are compared with Keras alone.
    let source =
        format!("GroupQueryAttention({width}, {}, {key_heads}, use_bias=False{more})", key_heads * group);
    let mut shapes = vec![vec![batch, rows, features], vec![batch, columns, features]];
    if c.below(2) == 0 {
        shapes.push(vec![batch, columns, 1 + c.below(6)]);
    }
    (source, shapes)
}

#[test]
fn kernels_of_poolings_are_their_operations() -> Result<()> {
    hold(500, pooled)
}

#[test]
fn kernels_of_repeated_pixels_are_their_operations() -> Result<()> {
    hold(200, repeated)
}

#[test]
fn kernels_of_root_mean_squares_are_their_operations() -> Result<()> {
    hold(300, by_squares)
}

#[test]
fn kernels_of_attention_in_groups_are_their_operations() -> Result<()> {
    hold(300, grouped)
}
