//! Text built in constants: error messages must read the same from a `const` panic, from the
//! macro and at run time.

use crate::{Dim, Shape};

/// A string of at most `N` bytes that constants can build; what does not fit is cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<const N: usize = 640> {
    bytes: [u8; N],
    len: usize,
    /// From where to where it lists the tensors that a layer is given.
    inputs: (usize, usize),
}

impl<const N: usize> Text<N> {
    /// The empty text.
    pub const fn new() -> Self {
        Text { bytes: [0; N], len: 0, inputs: (0, 0) }
    }

    /// The text as a string slice.
    pub const fn as_str(&self) -> &str {
        let (used, _) = self.bytes.split_at(self.len);
        match core::str::from_utf8(used) {
            Ok(s) => s,
            // Only a cut inside a character can break it; `s` never cuts there.
            Err(_) => "",
        }
    }

    /// The text before the tensors that it lists, and behind them; nothing if it lists none. Who knows their names
    /// lists them anew.
    pub(crate) const fn around_inputs(&self) -> Option<(&str, &str)> {
        let (from, to) = self.inputs;
        if from == to {
            return None;
        }
        let (before, rest) = self.as_str().split_at(from);
        let (_, after) = rest.split_at(to - from);
        Some((before, after))
    }

    /// Notes that what was written since there were `from` bytes lists the tensors that a layer is given.
    pub(crate) const fn inputs_since(mut self, from: usize) -> Self {
        self.inputs = (from, self.len);
        self
    }

    /// The number of bytes.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing has been written.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a string, whole characters only.
    pub const fn s(mut self, s: &str) -> Self {
        let from = s.as_bytes();
        let mut room = N - self.len;
        if from.len() < room {
            room = from.len();
        }
        // A continuation byte must not be parted from its leading byte.
        while room < from.len() && room > 0 && (from[room] & 0xC0) == 0x80 {
            room -= 1;
        }
        let mut i = 0;
        while i < room {
            self.bytes[self.len] = from[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    /// Appends a number in decimal.
    pub const fn n(self, n: usize) -> Self {
        let mut digits = [0u8; 20];
        let mut at = 20;
        let mut rest = n;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        let (_, used) = digits.split_at(at);
        match core::str::from_utf8(used) {
            Ok(s) => self.s(s),
            Err(_) => self,
        }
    }

    /// Appends a signed number in decimal.
    pub const fn i(self, n: isize) -> Self {
        if n < 0 { self.s("-").n(n.unsigned_abs()) } else { self.n(n as usize) }
    }

    /// Appends a number with at most four decimals.
    pub const fn f(self, x: f64) -> Self {
        let (mut text, x) = if x < 0.0 { (self.s("-"), -x) } else { (self, x) };
        if x.is_nan() || x >= 1e14 {
            return text.s("a huge number");
        }
        let parts = (x * 10_000.0 + 0.5) as usize;
        text = text.n(parts / 10_000);
        let (mut rest, mut unit) = (parts % 10_000, 1000);
        if rest > 0 {
            text = text.s(".");
        }
        while rest > 0 {
            text = text.n(rest / unit);
            rest %= unit;
            unit /= 10;
        }
        text
    }

    /// Appends a dim: its number, its name, or `None`.
    pub const fn d(self, dim: Dim) -> Self {
        match dim {
            // Sums and products that pass the largest number end there.
            Dim::Fixed(usize::MAX) => self.n(usize::MAX).s(" or more"),
            Dim::Fixed(n) => self.n(n),
            Dim::Dynamic(Some(name)) => self.s(name),
            Dim::Dynamic(None) => self.s("None"),
            Dim::Derived(name, follows) => follows.write(self, name),
            Dim::Later => self.s("?"),
        }
    }

    /// Appends a shape as Keras prints it: `(None, 28, 28)`.
    pub const fn shape(self, shape: &Shape) -> Self {
        let mut text = self.s("(");
        let mut axis = 0;
        while axis < shape.rank() {
            if axis > 0 {
                text = text.s(", ");
            }
            text = text.d(shape.dim(axis));
            axis += 1;
        }
        if shape.rank() == 1 {
            text = text.s(",");
        }
        text.s(")")
    }

    /// Appends another text.
    pub const fn t<const M: usize>(self, other: &Text<M>) -> Self {
        self.s(other.as_str())
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> core::fmt::Display for Text<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> core::fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Whether two strings are equal, in constants.
pub(crate) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_in_constants_and_cuts_at_characters() {
        const T: Text = Text::new().s("kernel ").n(5).s(" > ").i(-3);
        assert_eq!(T.as_str(), "kernel 5 > -3");
        assert_eq!(Text::<4>::new().s("abé").as_str(), "abé");
        assert_eq!(Text::<3>::new().s("abé").as_str(), "ab");
        assert_eq!(Text::<40>::new().f(-1.5).s(" ").f(0.0625).s(" ").f(3.0).as_str(), "-1.5 0.0625 3");
        assert_eq!(Text::<30>::new().n(0).n(usize::MAX).as_str(), "018446744073709551615");
    }

    #[test]
    fn shapes_print_as_in_keras() {
        let one = Shape::new(&[Dim::Dynamic(None)]);
        assert_eq!(Text::<40>::new().shape(&one).as_str(), "(None,)");
        let named = Shape::new(&[Dim::Dynamic(None), Dim::Dynamic(Some("time")), Dim::Fixed(8)]);
        assert_eq!(Text::<40>::new().shape(&named).as_str(), "(None, time, 8)");
    }
}
