//! The weights of quantized layers as floats.

use crate::array::{Array, Numbers};
use crate::error::{Error, Result};
use crate::parts::{LayerPart, WantedWeight};
use crate::quantized::{Bits, Layout, Quantized, Terms, is_table};

/// The order in which archives have the weights of a layer. Legacy files have those that are trained first, with their names.
const ORDER: &[&str] = &[
    "kernel",
    "embeddings",
    "bias",
    "kernel_scale",
    "embeddings_scale",
    "kernel_zero",
    "embeddings_zero",
    "g_idx",
    "reverse_embeddings",
    "reverse_embeddings_scale",
];

/// The arrays of a layer, with floats in the places of integers and their scales where it is quantized. `names` are those of a
/// legacy file.
///
/// # Errors
/// The arrays are others than those of such a layer; or the layer is not said to be quantized, and its weights are.
pub(crate) fn dequantized(layer: &LayerPart, names: &[&str], arrays: Vec<Array>) -> Result<Vec<Array>> {
    let Some(quantized) = &layer.quantized else {
        let whole = |(array, want): (&Array, &WantedWeight)| {
            matches!(array.data, Numbers::I64(_)) && is_table(&want.path)
        };
        if arrays.iter().zip(&layer.weights).any(whole) {
            return Err(Error::new(
                "its weights are quantized, and nothing says so of the layer that is to have them (nor does Keras load them into \
                 one that is not): read a `.keras` whose layers say it by `load_model`, or save the model before it is quantized",
            ));
        }
        return Ok(arrays);
    };
    let arrays = if names.len() == arrays.len() { ordered(names, arrays) } else { arrays };
    let mut arrays = arrays.into_iter().peekable();
    let mut next = || arrays.next().ok_or_else(unfit);
    let table = next()?;
    let bias = layer.weights.iter().find(|want| last(&want.path) == "bias").map(|_| next()).transpose()?;
    let scale = next()?;
    let want = |name: &str| layer.weights.iter().find(|want| last(&want.path) == name);
    let reverse = match want("reverse_embeddings") {
        Some(_) => Some((next()?, next()?)),
        None => None,
    };
    let groups = match (quantized.bits, arrays.next()) {
        (_, None) => None,
        (Bits::Four, Some(zero)) => Some((zero, arrays.next().ok_or_else(unfit)?)),
        (Bits::Eight, Some(_)) => return Err(unfit()),
    };
    let mut out = Vec::with_capacity(layer.weights.len());
    for want in &layer.weights {
        let groups = groups.as_ref().map(|(zero, groups)| (zero, groups));
        out.push(match (last(&want.path), &bias, &reverse) {
            ("bias", Some(bias), _) => bias.clone(),
            ("reverse_embeddings", _, Some((table, scale))) => {
                by_column(&wide(table, &want.shape)?, scale, None, &want.shape)?
            }
            _ => floats(quantized, &table, (&scale, groups), &want.shape)?,
        });
    }
    Ok(out)
}

fn unfit() -> Error {
    Error::new("its quantized weights are not those that its arguments ask for")
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Arrays in the order of archives, where their names are known.
fn ordered(names: &[&str], arrays: Vec<Array>) -> Vec<Array> {
    let place = |name: &str| {
        let name = last(name).split(':').next().unwrap_or_default();
        ORDER.iter().position(|own| *own == name)
    };
    let mut all: Vec<(Option<usize>, Array)> = names.iter().map(|name| place(name)).zip(arrays).collect();
    if all.iter().all(|(place, _)| place.is_some()) {
        all.sort_by_key(|(place, _)| *place);
    }
    all.into_iter().map(|(_, array)| array).collect()
}

/// Where the groups of numbers that share a scale begin: what is subtracted, and the group of each row or column.
type Groups<'a> = Option<(&'a Array, &'a Array)>;

/// The table of a layer as floats of this shape.
fn floats(
    quantized: &Quantized,
    table: &Array,
    (scale, groups): (&Array, Groups<'_>),
    shape: &[usize],
) -> Result<Array> {
    match (&quantized.layout, quantized.bits) {
        (Layout::Columns, Bits::Eight) => by_column(&wide(table, shape)?, scale, None, shape),
        (Layout::Equation(terms), Bits::Eight) => by_equation(&wide(table, shape)?, scale, terms, shape),
        (Layout::Rows, Bits::Eight) => by_row(&wide(table, shape)?, scale, None, shape),
        (Layout::Rows, Bits::Four) => {
            let [_, width] = shape[..] else { return Err(unfit()) };
            by_row(&unpacked(table, width)?, scale, groups, shape)
        }
        (Layout::Columns | Layout::Equation(_), Bits::Four) => {
            let width = *scale.shape.last().ok_or_else(unfit)?;
            by_column(&unpacked(table, width)?, scale, groups, shape)
        }
    }
}

/// The integers of a table of this shape.
fn wide(table: &Array, shape: &[usize]) -> Result<Vec<f32>> {
    if table.shape == shape { Ok(table.to_f32()) } else { Err(unfit()) }
}

/// Integers of 4 bits, two in each number of a row: the first in the lower half.
fn unpacked(table: &Array, width: usize) -> Result<Vec<f32>> {
    let ([rows, packed], Numbers::I64(numbers)) = (&table.shape[..], &table.data) else {
        return Err(unfit());
    };
    if *packed != width.div_ceil(2) || width == 0 || numbers.len() != rows * packed {
        return Err(unfit());
    }
    let signed = |half: i64| (((half & 15) ^ 8) - 8) as f32;
    let mut out = Vec::with_capacity(rows * width);
    for row in numbers.chunks_exact(*packed) {
        out.extend((0..width).map(|at| signed(if at % 2 == 0 { row[at / 2] } else { row[at / 2] >> 4 })));
    }
    Ok(out)
}

/// Each number by the scale of its column, or of its row's group in that column; in this shape.
fn by_column(numbers: &[f32], scale: &Array, groups: Groups<'_>, shape: &[usize]) -> Result<Array> {
    let width = *scale.shape.last().filter(|width| **width > 0).ok_or_else(unfit)?;
    let rows = numbers.len() / width;
    let count = if groups.is_some() { scale.shape[0] } else { 1 };
    if numbers.len() != rows * width || shape.iter().product::<usize>() != numbers.len() {
        return Err(unfit());
    }
    let scales = Scales::new(scale, groups, [count, width])?;
    let starts = starts(groups, rows, count)?;
    let of = |(at, q): (usize, &f32)| scales.of(*q, starts[at / width] * width + at % width);
    Array::floats(shape.to_vec(), numbers.iter().enumerate().map(of).collect())
}

/// Each number by the scale of its row, or of its column's group in that row.
fn by_row(numbers: &[f32], scale: &Array, groups: Groups<'_>, shape: &[usize]) -> Result<Array> {
    let [rows, width] = shape[..] else { return Err(unfit()) };
    let count = if groups.is_some() { *scale.shape.last().unwrap_or(&0) } else { 1 };
    if numbers.len() != rows * width {
        return Err(unfit());
    }
    let scales = Scales::new(scale, groups, [rows, count])?;
    let starts = starts(groups, width, count)?;
    let of = |(at, q): (usize, &f32)| scales.of(*q, at / width * count + starts[at % width]);
    Array::floats(shape.to_vec(), numbers.iter().enumerate().map(of).collect())
}

/// The group of each of so many rows or columns; without groups all are of one.
fn starts(groups: Groups<'_>, length: usize, count: usize) -> Result<Vec<usize>> {
    let Some((_, groups)) = groups else { return Ok(vec![0; length]) };
    let groups = groups.to_f32();
    let is_group = |group: &f32| group.fract() == 0.0 && (0.0..count as f32).contains(group);
    if groups.len() == length && groups.iter().all(is_group) {
        Ok(groups.iter().map(|group| *group as usize).collect())
    } else {
        Err(unfit())
    }
}

/// The scales of a table, and what is subtracted before.
struct Scales {
    scale: Vec<f32>,
    zero: Option<Vec<f32>>,
}

impl Scales {
    /// # Errors
    /// There are more or fewer than `[rows, columns]`.
    fn new(scale: &Array, groups: Groups<'_>, [rows, columns]: [usize; 2]) -> Result<Self> {
        let zero = groups.map(|(zero, _)| zero);
        if scale.len() != rows * columns || zero.is_some_and(|zero| zero.shape != scale.shape) {
            return Err(unfit());
        }
        Ok(Scales { scale: scale.to_f32(), zero: zero.map(Array::to_f32) })
    }

    fn of(&self, q: f32, at: usize) -> f32 {
        match &self.zero {
            None => q / self.scale[at],
            Some(zero) => (q - zero[at]) * self.scale[at],
        }
    }
}

/// Each number of a kernel by its scale, which stands where the axes of the result are.
fn by_equation(numbers: &[f32], scale: &Array, terms: &Terms, shape: &[usize]) -> Result<Array> {
    if terms.kernel.len() != shape.len() || terms.output.len() != scale.shape.len() {
        return Err(unfit());
    }
    let mut strides = vec![0; shape.len()];
    let mut stride = 1;
    for (letter, length) in terms.output.iter().zip(&scale.shape).rev() {
        match terms.kernel.iter().position(|own| own == letter) {
            Some(axis) if shape[axis] == *length => strides[axis] = stride,
            None if *length == 1 => {}
            _ => return Err(unfit()),
        }
        stride *= length;
    }
    let scale = scale.to_f32();
    let of = |at: usize| {
        let mut rest = at;
        let mut found = 0;
        for (length, stride) in shape.iter().zip(&strides).rev() {
            found += rest % length * stride;
            rest /= length;
        }
        numbers[at] / scale[found]
    };
    Array::floats(shape.to_vec(), (0..numbers.len()).map(of).collect())
}
