//! One axis of a shape.

/// The length of one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dim {
    /// A length that is a constant of the program.
    Fixed(usize),
    /// A length that only the data knows, Keras's `None`, with its name if the model gives one.
    /// Axes of one name are equal in every batch; axes of different names need not be.
    Dynamic(Option<&'static str>),
    /// A length that follows from a named one: what strides of 2 leave of `time`.
    Derived(&'static str, Follows),
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
            (Dim::Derived(a, f), Dim::Derived(b, g)) => crate::text::same(a, b) && f.same(g),
            _ => false,
        }
    }

    /// Whether both are known to differ: two constants, two names, or two lengths that follow from one name and
    /// are not equal whatever it is. A name and a constant differ too, though for one length they are equal: a length
    /// that has a name is one that differs from batch to batch, and all other batches would fail. Where it does not,
    /// `Input` can say the number; and unlike a name, `None` says nothing, so there, as in Keras, the data decides.
    pub const fn clashes(self, other: Dim) -> bool {
        match (self, other) {
            (Dim::Fixed(a), Dim::Fixed(b)) => a != b,
            (Dim::Later, _) | (_, Dim::Later) => false,
            (a, b) => match (a.name(), b.name()) {
                (Some(x), Some(y)) if crate::text::same(x, y) => a.follows().never(b.follows()),
                // Lengths that follow from different names in different ways may be made for each other.
                (Some(_), Some(_)) => a.follows().same(b.follows()),
                (Some(_), None) => b.is_fixed(),
                (None, Some(_)) => a.is_fixed(),
                (None, None) => false,
            },
        }
    }

    /// The name of the length that this is or follows from.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Dim::Dynamic(name) => name,
            Dim::Derived(name, _) => Some(name),
            _ => None,
        }
    }

    /// How it follows from the length whose name it has.
    const fn follows(self) -> Follows {
        match self {
            Dim::Derived(_, follows) => follows,
            _ => Follows::SAME,
        }
    }

    /// The length that follows from this one.
    pub const fn then(self, step: Follows) -> Dim {
        match self {
            Dim::Fixed(n) => match step.of(n as i128) {
                n if n < 0 => Dim::NONE,
                n if n > usize::MAX as i128 => Dim::Fixed(usize::MAX),
                n => Dim::Fixed(n as usize),
            },
            Dim::Later => Dim::Later,
            Dim::Dynamic(None) => Dim::NONE,
            Dim::Dynamic(Some(name)) | Dim::Derived(name, _) => match self.follows().then(step) {
                Some(whole) if whole.same(Follows::SAME) => Dim::Dynamic(Some(name)),
                Some(whole) => Dim::Derived(name, whole),
                None => Dim::NONE,
            },
        }
    }

    /// Whether this is a constant.
    pub const fn is_fixed(self) -> bool {
        matches!(self, Dim::Fixed(_))
    }

    /// Whether only the data knows this length.
    pub const fn is_dynamic(self) -> bool {
        matches!(self, Dim::Dynamic(_) | Dim::Derived(..))
    }

    /// The constant, if it is one.
    pub const fn fixed(self) -> Option<usize> {
        match self {
            Dim::Fixed(n) => Some(n),
            _ => None,
        }
    }

    /// The product of two lengths: known only if both are. What passes the largest number is `usize::MAX`, which
    /// [`infer`](crate::infer) refuses as every length past [`MAX_NUMBERS`](crate::MAX_NUMBERS).
    pub const fn times(self, other: Dim) -> Dim {
        match (self, other) {
            (Dim::Fixed(a), Dim::Fixed(b)) => Dim::Fixed(a.saturating_mul(b)),
            (Dim::Fixed(1), d) | (d, Dim::Fixed(1)) => d,
            (Dim::Fixed(n), d) | (d, Dim::Fixed(n)) if d.is_dynamic() => d.then(Follows::times(n)),
            // Whatever the constant will be, the data decides.
            (a, b) if a.is_dynamic() || b.is_dynamic() => Dim::NONE,
            _ => Dim::Later,
        }
    }

    /// The sum of two lengths: known only if both are. As to the largest number see [`times`](Dim::times).
    pub const fn plus(self, other: Dim) -> Dim {
        match (self, other) {
            (Dim::Fixed(a), Dim::Fixed(b)) => Dim::Fixed(a.saturating_add(b)),
            (Dim::Fixed(0), d) | (d, Dim::Fixed(0)) => d,
            (Dim::Fixed(n), d) | (d, Dim::Fixed(n)) if d.is_dynamic() => d.then(Follows::plus(n)),
            (a, b) if a.is_dynamic() || b.is_dynamic() => Dim::NONE,
            _ => Dim::Later,
        }
    }
}

/// How a length follows from another: `times * ((n + add) / by) + plus`, division rounded down. Each length has one
/// such form only, so that two are the same if all four numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Follows {
    add: i64,
    by: i64,
    times: i64,
    plus: i64,
}

impl Follows {
    /// The length itself.
    const SAME: Follows = Follows { add: 0, by: 1, times: 1, plus: 0 };
    /// Past this, a number is no length of a tensor, and nothing is said.
    const MOST: i64 = 1 << 20;

    /// So many times as long.
    pub const fn times(n: usize) -> Follows {
        Follows { times: Self::bounded(n), ..Self::SAME }
    }

    /// So much longer.
    pub const fn plus(n: usize) -> Follows {
        Follows { add: Self::bounded(n), ..Self::SAME }
    }

    /// What a window of `reach` steps that moves by `stride`, at least 1, leaves without padding.
    pub const fn window(reach: usize, stride: usize) -> Follows {
        let stride = Self::bounded(if stride == 0 { 1 } else { stride });
        Follows { add: stride - Self::bounded(reach), by: stride, ..Self::SAME }
    }

    /// What one of every `stride` steps are, rounded up.
    pub const fn every(stride: usize) -> Follows {
        Self::window(1, stride)
    }

    const fn bounded(n: usize) -> i64 {
        if n > Self::MOST as usize { Self::MOST + 1 } else { n as i64 }
    }

    /// The length for the length `n`. No length is so large that this overflows: the four numbers are below 2^42.
    const fn of(self, n: i128) -> i128 {
        self.times as i128 * (n + self.add as i128).div_euclid(self.by as i128) + self.plus as i128
    }

    const fn same(self, other: Follows) -> bool {
        self.add == other.add && self.by == other.by && self.times == other.times && self.plus == other.plus
    }

    /// First this, then `next`; nothing if that has no such form.
    const fn then(self, next: Follows) -> Option<Follows> {
        let (f, g) = (self, next);
        let both = if g.by == 1 {
            Follows { times: g.times * f.times, plus: g.times * (f.plus + g.add) + g.plus, ..f }
        } else if f.times == 1 {
            Follows { add: f.add + (f.plus + g.add) * f.by, by: f.by * g.by, times: g.times, plus: g.plus }
        } else if f.times % g.by == 0 {
            let plus = g.times * (f.plus + g.add).div_euclid(g.by) + g.plus;
            Follows { times: g.times * (f.times / g.by), plus, ..f }
        } else {
            return None;
        };
        let most = Self::MOST;
        if both.add.abs() > most || both.by > most || both.times > most || both.plus.abs() > most {
            return None;
        }
        Some(both.normal())
    }

    const fn normal(self) -> Follows {
        let Follows { add, by, times, plus } = self;
        if times == 1 {
            Follows { add: add + plus * by, plus: 0, ..self }
        } else if by == 1 {
            Follows { add: 0, plus: plus + times * add, ..self }
        } else {
            self
        }
    }

    /// Whether both are equal for no length, or only for a few: then that length is no length that changes.
    const fn never(self, other: Follows) -> bool {
        if self.times * other.by != other.times * self.by {
            return true;
        }
        // They grow alike, so their difference comes again after as many steps as both divide by.
        let period = self.by * other.by;
        if period > 256 {
            return false;
        }
        let mut n = 0;
        while n < period {
            if self.of(n as i128) == other.of(n as i128) {
                return false;
            }
            n += 1;
        }
        true
    }

    /// Appends the length as Rust would compute it from `name`: `(time + 1) / 2`.
    pub(crate) const fn write<const N: usize>(self, mut text: crate::Text<N>, name: &str) -> crate::Text<N> {
        let (divides, grows) = (self.by != 1, self.times != 1);
        if grows {
            text = text.n(self.times as usize).s(" * ").s(if divides { "(" } else { "" });
        }
        text = signed(text.s(if divides && self.add != 0 { "(" } else { "" }).s(name), self.add);
        if divides {
            text = text.s(if self.add != 0 { ") / " } else { " / " }).n(self.by as usize);
        }
        signed(text.s(if grows && divides { ")" } else { "" }), self.plus)
    }
}

/// Appends ` + 3`, ` - 3` or nothing.
const fn signed<const N: usize>(text: crate::Text<N>, n: i64) -> crate::Text<N> {
    match n {
        0 => text,
        n if n < 0 => text.s(" - ").n(n.unsigned_abs() as usize),
        n => text.s(" + ").n(n as usize),
    }
}

impl core::fmt::Display for Dim {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(crate::Text::<64>::new().d(*self).as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Dim = Dim::Dynamic(Some("time"));

    /// All rules of up to three steps, with the steps themselves.
    fn rules() -> Vec<(Dim, Vec<Follows>)> {
        let mut steps = vec![Follows::times(2), Follows::times(3), Follows::plus(1), Follows::plus(2)];
        steps.extend([Follows::every(2), Follows::every(3), Follows::window(3, 1), Follows::window(2, 2)]);
        let mut all = vec![(TIME, Vec::new())];
        for _ in 0..3 {
            for (dim, path) in all.clone() {
                for step in &steps {
                    all.push((dim.then(*step), [path.clone(), vec![*step]].concat()));
                }
            }
        }
        all
    }

    #[test]
    fn a_length_follows_from_a_name_as_from_numbers() {
        for (dim, path) in rules() {
            for n in 20..30 {
                let true_length = path.iter().fold(Dim::Fixed(n), |dim, step| dim.then(*step));
                let found = match dim {
                    Dim::Dynamic(None) => continue,
                    dim => dim.follows().of(n as i128),
                };
                assert_eq!(true_length, Dim::Fixed(found as usize), "{dim} of {n} by {path:?}");
            }
        }
    }

    #[test]
    fn lengths_of_one_name_clash_where_they_are_never_equal() {
        let mut rules = rules();
        rules.dedup_by_key(|(dim, _)| *dim);
        for (a, _) in rules.iter().step_by(11) {
            for (b, _) in rules.iter().step_by(13) {
                if a.name().is_none() || b.name().is_none() {
                    continue;
                }
                let equal = (1_000_000..1_000_900).any(|n| a.follows().of(n) == b.follows().of(n));
                assert_eq!(a.clashes(*b), !equal, "{a} and {b}");
                assert!(!a.same(*b) || equal, "{a} and {b}");
            }
        }
    }

    #[test]
    fn lengths_are_written_as_rust_computes_them() {
        let text = |steps: &[Follows]| steps.iter().fold(TIME, |dim, step| dim.then(*step)).to_string();
        assert_eq!(text(&[]), "time");
        assert_eq!(text(&[Follows::every(2)]), "(time + 1) / 2");
        assert_eq!(text(&[Follows::window(2, 2)]), "time / 2");
        assert_eq!(text(&[Follows::window(3, 1)]), "time - 2");
        assert_eq!(text(&[Follows::times(8)]), "8 * time");
        assert_eq!(text(&[Follows::window(2, 2), Follows::times(2)]), "2 * (time / 2)");
        assert_eq!(
            text(&[Follows::every(2), Follows::times(2), Follows::plus(1)]),
            "2 * ((time + 1) / 2) + 1"
        );
        assert_eq!(text(&[Follows::plus(2), Follows::window(3, 1)]), "time");
        assert_eq!(text(&[Follows::every(usize::MAX)]), "None");
    }

    #[test]
    fn no_length_is_too_large_to_follow_from() {
        let large = [Follows::times(usize::MAX), Follows::plus(usize::MAX), Follows::window(usize::MAX, 1)];
        let steps = [
            large.to_vec(),
            vec![Follows::window(1, 0), Follows::every(usize::MAX), Follows::times(1 << 20)],
        ];
        for n in [0, 1, 1 << 40, usize::MAX - 1, usize::MAX] {
            for first in steps.concat() {
                for second in steps.concat() {
                    // No panic, in whichever order.
                    let _ = Dim::Fixed(n).then(first).then(second);
                    let _ = TIME.then(first).then(second).then(first);
                }
            }
        }
        assert_eq!(Dim::Fixed(usize::MAX).then(Follows::plus(1)), Dim::Fixed(usize::MAX));
        assert_eq!(Dim::Fixed(1 << 40).then(Follows::times(4)), Dim::Fixed(1 << 42));
    }

    #[test]
    fn a_name_and_a_number_differ_and_none_makes_no_promise() {
        let half = TIME.then(Follows::every(2));
        assert!(TIME.clashes(Dim::Fixed(20)) && half.clashes(Dim::Fixed(20)) && half.clashes(TIME));
        assert!(!TIME.clashes(Dim::NONE) && !half.clashes(Dim::NONE) && !half.clashes(half));
        assert!(!Dim::NONE.clashes(Dim::Fixed(20)) && !TIME.clashes(Dim::Later));
        let steps = Dim::Dynamic(Some("steps"));
        assert!(!half.clashes(steps) && half.clashes(steps.then(Follows::every(2))));
    }
}
