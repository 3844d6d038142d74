//! A tensor whose rank is a value, not a type.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keras_kernels::aligned::Aligned;

use crate::{Error, Result};

/// A tensor of floats, integers or truth values, of any rank, in this machine's memory, row by row. Copies share the
/// numbers until one of them is changed.
#[derive(Clone)]
pub struct Raw {
    elements: Elements,
    shape: Vec<usize>,
    stamp: u64,
}

#[derive(Clone)]
enum Elements {
    /// From the start of a line of the cache: kernels read weights again and again ([why](keras_kernels::aligned)).
    Floats(Arc<Aligned>),
    Integers(Arc<Vec<i32>>),
    Truths(Arc<Vec<bool>>),
}

/// A number that no tensor had before.
fn fresh() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn aligned(values: &[f32]) -> Aligned {
    let mut own = Aligned::zeros(values.len());
    own.copy_from_slice(values);
    own
}

impl Raw {
    fn new(len: usize, shape: &[usize], elements: impl FnOnce() -> Elements) -> Result<Self> {
        if shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)) != Some(len) {
            return Err(Error::Argument(format!("{len} numbers do not fill a tensor of shape {shape:?}")));
        }
        Ok(Raw { elements: elements(), shape: shape.to_vec(), stamp: fresh() })
    }

    /// A tensor of floats.
    ///
    /// # Errors
    /// `values` has another length than `shape` says.
    #[allow(clippy::needless_pass_by_value)]
    pub fn from_f32(values: Vec<f32>, shape: &[usize]) -> Result<Self> {
        Raw::copied(&values, shape)
    }

    /// A tensor of copies of these floats.
    ///
    /// # Errors
    /// As [`from_f32`](Self::from_f32).
    pub fn copied(values: &[f32], shape: &[usize]) -> Result<Self> {
        Raw::new(values.len(), shape, || Elements::Floats(Arc::new(aligned(values))))
    }

    /// A tensor of integers.
    ///
    /// # Errors
    /// `values` has another length than `shape` says.
    pub fn from_i32(values: Vec<i32>, shape: &[usize]) -> Result<Self> {
        Raw::new(values.len(), shape, || Elements::Integers(Arc::new(values)))
    }

    /// A tensor of truth values.
    ///
    /// # Errors
    /// `values` has another length than `shape` says.
    pub fn from_bool(values: Vec<bool>, shape: &[usize]) -> Result<Self> {
        Raw::new(values.len(), shape, || Elements::Truths(Arc::new(values)))
    }

    /// Tells these numbers from all others of the program: tensors of the same stamp hold the same numbers.
    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }

    /// The length of each axis.
    pub fn shape(&self) -> Vec<usize> {
        self.shape.clone()
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// Whether it holds floats.
    pub fn is_float(&self) -> bool {
        matches!(self.elements, Elements::Floats(_))
    }

    /// Whether it holds truth values: a mask.
    pub fn is_bool(&self) -> bool {
        matches!(self.elements, Elements::Truths(_))
    }

    /// The same numbers in other axes.
    ///
    /// # Errors
    /// The number of elements would change.
    pub fn reshape(&self, shape: &[usize]) -> Result<Raw> {
        let len = self.shape.iter().product();
        let elements = Raw::new(len, shape, || self.elements.clone())?.elements;
        Ok(Raw { elements, shape: shape.to_vec(), stamp: self.stamp })
    }

    /// The numbers, row by row: integers as the nearest float, true as 1.
    ///
    /// # Errors
    /// None.
    pub fn to_vec(&self) -> Result<Vec<f32>> {
        Ok(match &self.elements {
            Elements::Floats(values) => values.to_vec(),
            Elements::Integers(values) => values.iter().map(|x| *x as f32).collect(),
            Elements::Truths(values) => values.iter().map(|x| f32::from(u8::from(*x))).collect(),
        })
    }

    /// The numbers as integers, row by row; floats are cut, true is 1.
    ///
    /// # Errors
    /// A float is beyond `i32`, or NaN.
    pub fn to_integers(&self) -> Result<Vec<i32>> {
        let cut = |x: &f32| {
            let whole = f64::from(*x).trunc();
            let fits = (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&whole);
            let beyond = || Error::Argument(format!("{x} is beyond the range of int32"));
            fits.then_some(whole as i32).ok_or_else(beyond)
        };
        match &self.elements {
            Elements::Floats(values) => values.iter().map(cut).collect(),
            Elements::Integers(values) => Ok(values.to_vec()),
            Elements::Truths(values) => Ok(values.iter().map(|x| i32::from(*x)).collect()),
        }
    }

    /// The numbers of a tensor of floats, row by row; nothing of others.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.elements {
            Elements::Floats(values) => Some(values),
            Elements::Integers(_) | Elements::Truths(_) => None,
        }
    }

    /// The same numbers, to be changed. Whoever holds a copy of the tensor keeps the old ones.
    pub fn as_f32_mut(&mut self) -> Option<&mut [f32]> {
        let Elements::Floats(values) = &mut self.elements else { return None };
        self.stamp = fresh();
        if Arc::get_mut(values).is_none() {
            *values = Arc::new(aligned(values));
        }
        Arc::get_mut(values).map(Aligned::as_mut_slice)
    }
}

impl core::fmt::Debug for Raw {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Raw { elements, shape, .. } = self;
        match elements {
            Elements::Floats(values) => write!(f, "{shape:?} {:?}", values.as_slice()),
            Elements::Integers(values) => write!(f, "{shape:?} {values:?}"),
            Elements::Truths(values) => write!(f, "{shape:?} {values:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use keras_kernels::aligned::offset;

    use super::Raw;

    #[test]
    fn numbers_are_read_and_changed_in_place() {
        let mut raw = Raw::copied(&[1.0, 2.0, 3.0, 4.0], &[2, 2]).expect("4 numbers");
        let copy = raw.reshape(&[4]).expect("4 numbers");
        assert_eq!(raw.stamp(), copy.stamp(), "the same numbers");
        raw.as_f32_mut().expect("floats")[0] = 9.0;
        assert_eq!(raw.as_f32(), Some(&[9.0, 2.0, 3.0, 4.0][..]));
        assert_eq!(copy.as_f32(), Some(&[1.0, 2.0, 3.0, 4.0][..]), "a copy keeps its numbers");
        assert_ne!(raw.stamp(), copy.stamp());
        let at = raw.as_f32().expect("floats").as_ptr();
        raw.as_f32_mut().expect("floats")[1] = 9.0;
        assert_eq!(raw.as_f32().expect("floats").as_ptr(), at, "nothing moves that need not");
        assert!(Raw::copied(&[1.0], &[usize::MAX, 2]).is_err() && raw.reshape(&[3]).is_err());
    }

    #[test]
    fn floats_start_on_a_line_of_the_cache() {
        for n in [1, 17, 1000] {
            let mut raw = Raw::from_f32(vec![1.0; n], &[n]).expect("fits");
            let _copy = raw.clone();
            assert_eq!(offset(raw.as_f32().expect("floats")), 0);
            assert_eq!(offset(raw.as_f32_mut().expect("floats")), 0, "also when a copy held the old memory");
        }
    }

    #[test]
    fn each_kind_becomes_the_others() {
        let floats = Raw::copied(&[1.9, -1.9, 0.0], &[3]).expect("3 numbers");
        assert_eq!(floats.to_integers().expect("in range"), [1, -1, 0]);
        for beyond in [f32::NAN, f32::INFINITY, 2_147_483_648.0, -2_147_484_000.0] {
            assert!(Raw::copied(&[beyond], &[1]).expect("a number").to_integers().is_err(), "{beyond}");
        }
        assert_eq!(Raw::copied(&[i32::MIN as f32], &[1]).expect("1").to_integers().expect("fits"), [i32::MIN]);
        let integers = Raw::from_i32(vec![16_777_217, -3], &[2]).expect("2 numbers");
        assert_eq!(integers.to_vec().expect("floats"), [16_777_216.0, -3.0]);
        assert_eq!(integers.to_integers().expect("integers"), [16_777_217, -3]);
        assert_eq!(integers.as_f32(), None);
        let truths = Raw::from_bool(vec![true, false], &[1, 2]).expect("2 values");
        assert_eq!((truths.to_vec().expect("numbers"), truths.is_bool()), (vec![1.0, 0.0], true));
    }
}
