//! One axis of a shape.

/// The length of one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dim {
    /// A length that is a constant of the program.
    Fixed(usize),
    /// A length that only the data knows, Keras's `None`, with its name if the model gives one.
    /// Axes of one name are equal in every batch; axes of different names need not be.
    Dynamic(Option<&'static str>),
    /// A constant that the macro cannot evaluate; the constants that it emits can.
    Later,
}

impl Dim {
    /// An unnamed length that only the data knows: Keras's `None`.
    pub const NONE: Dim = Dim::Dynamic(None);

    /// Whether both are known to be the same length.
    pub const fn same(self, other: Dim) -> bool {
        match (self, other) {
            (Dim::Fixed(a), Dim::Fixed(b)) => a == b,
            (Dim::Dynamic(Some(a)), Dim::Dynamic(Some(b))) => crate::text::same(a, b),
            (Dim::Dynamic(None), Dim::Dynamic(None)) | (Dim::Later, Dim::Later) => true,
            _ => false,
        }
    }

    /// Whether both are known to differ: two constants, or two names.
    pub const fn clashes(self, other: Dim) -> bool {
        match (self, other) {
            (Dim::Fixed(a), Dim::Fixed(b)) => a != b,
            (Dim::Dynamic(Some(a)), Dim::Dynamic(Some(b))) => !crate::text::same(a, b),
            _ => false,
        }
    }

    /// Whether this is a constant.
    pub const fn is_fixed(self) -> bool {
        matches!(self, Dim::Fixed(_))
    }

    /// Whether only the data knows this length.
    pub const fn is_dynamic(self) -> bool {
        matches!(self, Dim::Dynamic(_))
    }

    /// The constant, if it is one.
    pub const fn fixed(self) -> Option<usize> {
        match self {
            Dim::Fixed(n) => Some(n),
            _ => None,
        }
    }

    /// The product of two lengths: known only if both are.
    pub const fn times(self, other: Dim) -> Dim {
        match (self, other) {
            (Dim::Fixed(a), Dim::Fixed(b)) => match a.checked_mul(b) {
                Some(n) => Dim::Fixed(n),
                None => Dim::Fixed(usize::MAX),
            },
            (Dim::Fixed(1), d) | (d, Dim::Fixed(1)) => d,
            // Whatever the constant will be, the data decides.
            (Dim::Dynamic(_), _) | (_, Dim::Dynamic(_)) => Dim::NONE,
            (Dim::Later, _) | (_, Dim::Later) => Dim::Later,
        }
    }

    /// The sum of two lengths: known only if both are.
    pub const fn plus(self, other: Dim) -> Dim {
        match (self, other) {
            (Dim::Fixed(a), Dim::Fixed(b)) => Dim::Fixed(a.saturating_add(b)),
            (Dim::Fixed(0), d) | (d, Dim::Fixed(0)) => d,
            (Dim::Dynamic(_), _) | (_, Dim::Dynamic(_)) => Dim::NONE,
            (Dim::Later, _) | (_, Dim::Later) => Dim::Later,
        }
    }
}

impl core::fmt::Display for Dim {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(crate::Text::<64>::new().d(*self).as_str())
    }
}
