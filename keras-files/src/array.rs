//! Numbers of a file.

use crate::error::{Error, Result};

/// Numbers with their axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The length of each axis; none of a single number.
    pub shape: Vec<usize>,
    /// The numbers, row by row.
    pub data: Numbers,
}

/// The numbers of an [`Array`].
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// Floats: those of 16 bits are widened, those of 64 rounded.
    F32(Vec<f32>),
    /// Integers.
    I64(Vec<i64>),
}

impl Array {
    /// An array of floats.
    ///
    /// # Errors
    /// The number of values is not the product of the axes.
    pub fn floats(shape: Vec<usize>, values: Vec<f32>) -> Result<Self> {
        check(&shape, values.len())?;
        Ok(Array { shape, data: Numbers::F32(values) })
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match &self.data {
            Numbers::F32(values) => values.len(),
            Numbers::I64(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers as floats.
    pub fn to_f32(&self) -> Vec<f32> {
        match &self.data {
            Numbers::F32(values) => values.clone(),
            Numbers::I64(values) => values.iter().map(|x| *x as f32).collect(),
        }
    }

    /// The first number.
    pub fn first(&self) -> Option<f64> {
        match &self.data {
            Numbers::F32(values) => values.first().map(|x| f64::from(*x)),
            Numbers::I64(values) => values.first().map(|x| *x as f64),
        }
    }

    /// The same numbers with other axes.
    ///
    /// # Errors
    /// There would be more or fewer numbers.
    pub fn reshaped(mut self, shape: &[usize]) -> Result<Self> {
        check(shape, self.len())?;
        self.shape = shape.to_vec();
        Ok(self)
    }

    /// The axes in another order: axis `i` of the result is axis `order[i]` of this array.
    pub fn permuted(&self, order: &[usize]) -> Self {
        let shape: Vec<usize> = order.iter().map(|axis| self.shape[*axis]).collect();
        let strides = strides(&self.shape);
        let steps: Vec<usize> = order.iter().map(|axis| strides[*axis]).collect();
        self.gathered(shape, |index| index.iter().zip(&steps).map(|(i, step)| i * step).sum())
    }

    /// The same array, its first `axes` axes in reverse: how Theano's convolutions keep their kernels.
    pub fn flipped(&self, axes: usize) -> Self {
        let strides = strides(&self.shape);
        let shape = self.shape.clone();
        self.gathered(shape.clone(), |index| {
            let at = |(axis, i): (usize, &usize)| {
                if axis < axes { shape[axis] - 1 - i } else { *i }
            };
            index.iter().enumerate().map(|entry| strides[entry.0] * at(entry)).sum()
        })
    }

    /// The array repeated along its axes of length 1 until it has this shape; nothing if it does not fit.
    #[cfg(feature = "hdf5")]
    pub(crate) fn spread(&self, shape: &[usize]) -> Option<Self> {
        let fits = self.shape.iter().zip(shape).all(|(from, to)| from == to || *from == 1);
        if self.shape.len() != shape.len() || !fits {
            return None;
        }
        let strides = strides(&self.shape);
        let step = |(axis, i): (usize, &usize)| if self.shape[axis] == 1 { 0 } else { i * strides[axis] };
        Some(self.gathered(shape.to_vec(), |index| index.iter().enumerate().map(step).sum()))
    }

    /// The array of this shape whose number at an index is that of this one at `source`.
    fn gathered(&self, shape: Vec<usize>, source: impl Fn(&[usize]) -> usize) -> Self {
        let count: usize = shape.iter().product();
        let mut index = vec![0; shape.len()];
        let mut sources = Vec::with_capacity(count);
        for _ in 0..count {
            sources.push(source(&index));
            for axis in (0..shape.len()).rev() {
                index[axis] += 1;
                if index[axis] < shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        let data = match &self.data {
            Numbers::F32(values) => Numbers::F32(sources.iter().map(|at| values[*at]).collect()),
            Numbers::I64(values) => Numbers::I64(sources.iter().map(|at| values[*at]).collect()),
        };
        Array { shape, data }
    }

    /// Arrays beside each other on the last axis.
    ///
    /// # Errors
    /// They differ in an axis before the last.
    pub fn joined(arrays: &[&Array]) -> Result<Self> {
        let Some(first) = arrays.first() else { return Err(Error::new("there are no arrays to join")) };
        let Some((_, rows)) = first.shape.split_last() else {
            return Err(Error::new("single numbers cannot stand beside each other"));
        };
        if arrays.iter().any(|array| array.shape.split_last().map(|(_, rows)| rows) != Some(rows)) {
            return Err(Error::new("the parts of a weight differ in their axes"));
        }
        let count: usize = rows.iter().product();
        let widths: Vec<usize> = arrays.iter().map(|array| *array.shape.last().unwrap_or(&0)).collect();
        let values: Vec<Vec<f32>> = arrays.iter().map(|array| array.to_f32()).collect();
        let mut joined = Vec::with_capacity(arrays.iter().map(|array| array.len()).sum());
        for row in 0..count {
            for (values, width) in values.iter().zip(&widths) {
                joined.extend_from_slice(&values[row * width..(row + 1) * width]);
            }
        }
        let mut shape = rows.to_vec();
        shape.push(widths.iter().sum());
        Array::floats(shape, joined)
    }

    /// The columns from `from` to `to` of the last axis.
    #[cfg(feature = "hdf5")]
    pub(crate) fn columns(&self, from: usize, to: usize) -> Self {
        let width = self.shape.last().copied().unwrap_or(1).max(1);
        let values = self.to_f32();
        let values =
            values.chunks(width).flat_map(|row| row[from.min(row.len())..to.min(row.len())].to_vec());
        let mut shape = self.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = to - from;
        }
        Array { data: Numbers::F32(values.collect()), shape }
    }
}

/// How far apart the numbers of each axis are.
fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

fn check(shape: &[usize], count: usize) -> Result<()> {
    match shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)) {
        Some(n) if n == count => Ok(()),
        _ => Err(Error::new(format!("{count} numbers do not fill an array of shape {shape:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: &[usize]) -> Array {
        let count = shape.iter().product::<usize>();
        Array { shape: shape.to_vec(), data: Numbers::F32((0..count).map(|i| i as f32).collect()) }
    }

    #[test]
    fn axes_are_permuted_and_flipped() {
        let turned = array(&[2, 3]).permuted(&[1, 0]);
        assert_eq!((turned.shape.as_slice(), turned.to_f32()), (&[3, 2][..], vec![0., 3., 1., 4., 2., 5.]));
        assert_eq!(array(&[2, 2, 1]).flipped(2).to_f32(), [3., 2., 1., 0.]);
        assert_eq!(array(&[2, 2, 1]).flipped(1).to_f32(), [2., 3., 0., 1.]);
        let four = array(&[2, 3, 4, 5]);
        assert_eq!(four.permuted(&[2, 3, 1, 0]).permuted(&[3, 2, 0, 1]), four);
    }

    #[test]
    fn arrays_are_joined_and_cut() {
        let (a, b) = (array(&[2, 2]), array(&[2, 1]));
        let joined = Array::joined(&[&a, &b]).unwrap();
        assert_eq!((joined.shape.as_slice(), joined.to_f32()), (&[2, 3][..], vec![0., 1., 0., 2., 3., 1.]));
        assert_eq!(joined.columns(0, 2), a);
        assert!(Array::joined(&[&a, &array(&[3, 1])]).is_err());
        assert!(Array::floats(vec![usize::MAX, 2], vec![0.0]).is_err());
    }
}
