//! The numbers of a tensor where they lie, if that is this machine's memory.

use super::Raw;

#[cfg(feature = "flex")]
mod flex {
    use burn::backend::flex::FlexTensor;
    use burn::backend::{BackendTensor, DispatchTensorKind};
    use keras_kernels::aligned::{LINE, offset};

    use super::Raw;
    use crate::Result;

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
            // Burn copies what is shared when it is changed, to wherever the allocator says.
            let shared = match &self.dispatch().kind {
                DispatchTensorKind::Flex(BackendTensor::Float(tensor)) => !tensor.is_unique(),
                _ => return None,
            };
            self.align(shared).ok()?;
            self.own_mut()
        }

        fn own_mut(&mut self) -> Option<&mut [f32]> {
            match &mut self.dispatch_mut().kind {
                DispatchTensorKind::Flex(BackendTensor::Float(tensor)) => mutable(tensor),
                _ => None,
            }
        }

        /// The same tensor, if its numbers are floats in this machine's memory there at the start of a line of the
        /// cache: for weights, which kernels read again and again ([why](keras_kernels::aligned)).
        pub(crate) fn aligned(mut self) -> Result<Self> {
            self.align(false)?;
            Ok(self)
        }

        fn align(&mut self, always: bool) -> Result<()> {
            let Some(numbers) = self.as_f32() else { return Ok(()) };
            let n = numbers.len();
            if n < LINE || !always && offset(numbers) == 0 {
                return Ok(());
            }
            // A part of a longer tensor: from where the first line starts in it.
            let mut longer = Self::from_f32(vec![0.0; n + LINE - 1], &[n + LINE - 1], &self.device()?)?;
            let to = longer.own_mut().unwrap_or_default();
            let start = offset(to).min(LINE - 1);
            let Some(to) = to.get_mut(start..start + n) else { return Ok(()) };
            to.copy_from_slice(numbers);
            let part = longer.float::<1>()?.narrow(0, start, n);
            drop(longer);
            *self = Self::new(part).reshape(&self.shape())?;
            Ok(())
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

    /// As it is.
    pub(crate) fn aligned(self) -> crate::Result<Self> {
        Ok(self)
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use keras_kernels::aligned::offset;

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

    #[test]
    fn weights_start_on_a_line() {
        let numbers: Vec<f32> = (0..1000u16).map(f32::from).collect();
        for mut raw in
            (0..8).map(|_| Raw::from_f32(numbers.clone(), &[10, 100], &default_device()).expect("fits"))
        {
            raw = raw.aligned().expect("in memory");
            assert_eq!(raw.shape(), [10, 100]);
            assert_eq!((raw.as_f32().map(offset), raw.as_f32()), (Some(0), Some(&numbers[..])));
            let copy = raw.clone();
            raw.as_f32_mut().expect("floats")[0] = 9.0;
            assert_eq!(raw.as_f32().map(offset), Some(0), "also when a copy held the old memory");
            assert_eq!((raw.as_f32().expect("floats")[0], copy.as_f32()), (9.0, Some(&numbers[..])));
            let at = raw.as_f32().expect("floats").as_ptr();
            raw.as_f32_mut().expect("floats")[1] = 9.0;
            assert_eq!(raw.as_f32().expect("floats").as_ptr(), at, "nothing moves that need not");
        }
    }
}
