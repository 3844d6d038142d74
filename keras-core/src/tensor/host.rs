//! The numbers of a tensor where they lie, if that is this machine's memory.

use super::Raw;

#[cfg(feature = "flex")]
mod flex {
    use burn::backend::flex::FlexTensor;
    use burn::backend::{BackendTensor, DispatchTensorKind};

    use super::Raw;

    impl Raw {
        /// The numbers, row by row, of a tensor of floats in this machine's memory that lies in one piece and is on
        /// no gradient tape.
        pub(crate) fn as_f32(&self) -> Option<&[f32]> {
            match &self.dispatch().kind {
                DispatchTensorKind::Flex(BackendTensor::Float(tensor)) => tensor.as_slice(),
                _ => None,
            }
        }

        /// The same numbers, to be changed. Whoever holds a copy of the tensor keeps the old ones.
        pub(crate) fn as_f32_mut(&mut self) -> Option<&mut [f32]> {
            match &mut self.dispatch_mut().kind {
                DispatchTensorKind::Flex(BackendTensor::Float(tensor)) => mutable(tensor),
                _ => None,
            }
        }
    }

    fn mutable(tensor: &mut FlexTensor) -> Option<&mut [f32]> {
        tensor.as_slice::<f32>()?;
        let (start, end) = tensor.layout().contiguous_offsets()?;
        tensor.storage_mut::<f32>().get_mut(start..end)
    }
}

#[cfg(not(feature = "flex"))]
impl Raw {
    /// No tensor lies in this machine's memory without the feature `flex`.
    pub(crate) fn as_f32(&self) -> Option<&[f32]> {
        None
    }

    /// As [`Raw::as_f32`].
    pub(crate) fn as_f32_mut(&mut self) -> Option<&mut [f32]> {
        None
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use crate::device::default_device;
    use crate::tensor::Raw;

    #[test]
    fn numbers_are_read_and_changed_in_place() {
        let mut raw = Raw::from_f32(vec![1.0, 2.0, 3.0, 4.0], &[2, 2], &default_device()).expect("4 numbers");
        let copy = raw.clone();
        let part = Raw::new(copy.float::<2>().expect("rank 2").narrow(0, 1, 1));
        assert_eq!(raw.as_f32(), Some(&[1.0, 2.0, 3.0, 4.0][..]));
        assert_eq!(part.as_f32(), Some(&[3.0, 4.0][..]));
        raw.as_f32_mut().expect("floats")[0] = 9.0;
        assert_eq!(raw.as_f32(), Some(&[9.0, 2.0, 3.0, 4.0][..]));
        assert_eq!(copy.as_f32(), Some(&[1.0, 2.0, 3.0, 4.0][..]), "a copy keeps its numbers");
        assert_eq!(raw.tracked().expect("a leaf").as_f32(), None, "a leaf of a tape is no plain tensor");
    }
}
