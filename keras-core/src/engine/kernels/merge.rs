//! Layers that make one tensor of several, number by number, from the first to the last.

use keras_kernels::aligned::Aligned;
use keras_kernels::conv_norm::Rectify;
use smallvec::SmallVec;

use super::link::Link;
use super::merge_integers;
use super::stretch::Stretch;
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Inputs, Kernel, Site, wanted};
use crate::engine::parts::count;

/// What is done to two numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pairwise {
    Add,
    Subtract,
    Multiply,
    /// The sum, and at the end the mean.
    Average,
    Maximum,
    Minimum,
}

/// A merging layer where it stands. Masks are left to the operations.
pub(crate) fn choose(pairwise: Pairwise, site: &Site<'_>) -> Choice {
    let shape = site.y(0);
    let plain = site.feeds.iter().all(|feed| feed.role.is_input());
    if !plain || site.masked() || site.feeds.len() < 2 {
        return Choice::Operations;
    }
    if site.gives_whole() {
        return merge_integers::choose(pairwise, site);
    }
    let mut stretched = Vec::new();
    for i in 0..site.feeds.len() {
        if site.x(i) == shape {
            stretched.push(None);
            continue;
        }
        match Stretch::new(site.x(i), shape, site.gradients) {
            None => return Choice::Operations,
            stretch => stretched.push(stretch),
        }
    }
    let (n, inputs) = (count(shape), site.feeds.len());
    // The gradients of sums need no numbers; a result of two inputs needs only these.
    let keeps = site.gradients
        && inputs > 2
        && matches!(pairwise, Pairwise::Multiply | Pairwise::Maximum | Pairwise::Minimum);
    let results = (2..if keeps { inputs } else { 2 }).map(|_| Aligned::zeros(n)).collect();
    let gradient = Aligned::zeros(if keeps { n } else { 0 });
    Choice::native(Merge { pairwise, stretched, results, gradient })
}

/// What a sum is to a kernel for several layers.
pub(crate) fn sum(site: &Site<'_>) -> Option<Link<'static>> {
    let plain = site.feeds.len() == 2
        && site.feeds.iter().all(|feed| feed.role.is_input())
        && !site.masked()
        && !site.gives_whole()
        && (0..2).all(|i| site.x(i) == site.y(0));
    plain.then_some(Link::Sum(super::sum::fused))
}

struct Merge {
    pairwise: Pairwise,
    /// The inputs that are brought to the lengths of the output.
    stretched: Vec<Option<Stretch>>,
    /// What the first two inputs gave, the first three...
    results: Vec<Aligned>,
    /// The gradient of such a result.
    gradient: Aligned,
}

/// `y = f(y, x)` for each number.
fn each(y: &mut [f32], x: &[f32], f: impl Fn(f32, f32) -> f32) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y = f(*y, *x));
}

/// The larger of two numbers, NaN if one is NaN; of two zeros the positive one.
fn larger(a: f32, b: f32) -> f32 {
    if a == b { f32::from_bits(a.to_bits() & b.to_bits()) } else { chosen(a > b, a, b) }
}

/// The smaller of two numbers, NaN if one is NaN; of two zeros the negative one.
fn smaller(a: f32, b: f32) -> f32 {
    if a == b { f32::from_bits(a.to_bits() | b.to_bits()) } else { chosen(a < b, a, b) }
}

/// The first number if `first`, else the second, but NaN whichever of them is NaN: of no comparison is it the winner.
fn chosen(first: bool, a: f32, b: f32) -> f32 {
    if first || a.is_nan() { a } else { b }
}

/// How much of the gradient the first and the second number get: equal ones half each, and neither where one is NaN, as
/// in Keras.
fn shares(first: bool, second: bool, equal: bool) -> (f32, f32) {
    let share = |wins: bool| if equal { 0.5 } else { f32::from(u8::from(wins)) };
    (share(first), share(second))
}

impl Pairwise {
    fn apply(self, y: &mut [f32], x: &[f32]) {
        match self {
            Pairwise::Add | Pairwise::Average => each(y, x, |a, b| a + b),
            Pairwise::Subtract => each(y, x, |a, b| a - b),
            Pairwise::Multiply => each(y, x, |a, b| a * b),
            Pairwise::Maximum => each(y, x, larger),
            Pairwise::Minimum => each(y, x, smaller),
        }
    }

    /// The gradient of `b` into `db`, and that of `a` in place of `dy`.
    fn split(self, a: &[f32], b: &[f32], dy: &mut [f32], db: Option<&mut [f32]>) {
        let numbers = a.iter().zip(b).zip(dy);
        match self {
            Pairwise::Multiply => match db {
                Some(db) => numbers.zip(db).for_each(|(((a, b), dy), db)| (*db, *dy) = (*dy * a, *dy * b)),
                None => numbers.for_each(|((_, b), dy)| *dy *= b),
            },
            _ => {
                let shares = |a: &f32, b: &f32| match self {
                    Pairwise::Maximum => shares(a > b, b > a, a == b),
                    _ => shares(a < b, b < a, a == b),
                };
                match db {
                    Some(db) => numbers.zip(db).for_each(|(((a, b), dy), db)| {
                        let (first, second) = shares(a, b);
                        (*db, *dy) = (*dy * second, *dy * first);
                    }),
                    None => numbers.for_each(|((a, b), dy)| *dy *= shares(a, b).0),
                }
            }
        }
    }
}

impl Merge {
    /// What the inputs before input `i` gave.
    fn before<'a>(&'a self, x: Inputs<'a>, i: usize) -> &'a [f32] {
        if i == 1 { self.input(x, 0) } else { &self.results[i - 2] }
    }

    /// Input `i` in the lengths of the output.
    fn input<'a>(&'a self, x: Inputs<'a>, i: usize) -> &'a [f32] {
        match &self.stretched[i] {
            Some(stretch) => &stretch.y,
            None => x.at(i),
        }
    }

    /// The gradients of the inputs in the lengths of the output.
    fn split(&mut self, io: Backward<'_>) {
        let Some(dy) = io.y.dy(0) else { return };
        let n = io.x.len();
        match self.pairwise {
            Pairwise::Add | Pairwise::Subtract | Pairwise::Average => {
                for i in 0..n {
                    let Some(dx) = wanted(io.dx, i) else { continue };
                    match self.pairwise {
                        Pairwise::Average => dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = dy / n as f32),
                        Pairwise::Subtract if i > 0 => {
                            dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = -dy);
                        }
                        _ => dx.copy_from_slice(dy),
                    }
                }
            }
            _ if n == 2 => {
                // The gradient of the first input is its own place for what the split leaves.
                let (first, second) = io.dx.split_at_mut(1);
                let (a, b) = (self.input(io.x, 0), self.input(io.x, 1));
                match (wanted(first, 0), wanted(second, 0)) {
                    (Some(da), db) => {
                        da.copy_from_slice(dy);
                        self.pairwise.split(a, b, da, db);
                    }
                    (None, Some(db)) => {
                        // The other way round: what the first gets is worked out where the second's goes.
                        db.copy_from_slice(dy);
                        self.pairwise.split(b, a, db, None);
                    }
                    (None, None) => {}
                }
            }
            _ => {
                let mut gradient = core::mem::take(&mut self.gradient);
                gradient.copy_from_slice(dy);
                for i in (1..n).rev() {
                    let (a, b) = (self.before(io.x, i), self.input(io.x, i));
                    self.pairwise.split(a, b, &mut gradient, wanted(io.dx, i));
                }
                if let Some(dx) = wanted(io.dx, 0) {
                    dx.copy_from_slice(&gradient);
                }
                self.gradient = gradient;
            }
        }
    }

    /// Exchanges the gradients of stretched inputs for their places in the lengths of the output, or back.
    fn exchange(&mut self, dx: &mut [Aligned], wanted: &[bool]) {
        for ((stretch, dx), wanted) in self.stretched.iter_mut().zip(dx).zip(wanted) {
            if let (Some(stretch), true) = (stretch, *wanted) {
                core::mem::swap(&mut stretch.dy, dx);
            }
        }
    }
}

impl Kernel for Merge {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        for (i, stretch) in self.stretched.iter_mut().enumerate() {
            if let Some(stretch) = stretch {
                stretch.fill(io.x.at(i));
            }
        }
        let y = &mut io.y[0];
        let mut first = 1;
        if let (true, Pairwise::Add | Pairwise::Average) = (io.x.len() > 1, self.pairwise) {
            keras_kernels::sum::sum(self.input(io.x, 0), self.input(io.x, 1), Rectify::No, y);
            first = 2;
        } else {
            y.copy_from_slice(self.input(io.x, 0));
        }
        for i in first..io.x.len() {
            self.pairwise.apply(y, self.input(io.x, i));
            if let Some(result) = self.results.get_mut(i - 1) {
                result.copy_from_slice(y);
            }
        }
        if self.pairwise == Pairwise::Average {
            let n = io.x.len() as f32;
            y.iter_mut().for_each(|y| *y /= n);
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if io.y.dy(0).is_none() {
            return Ok(());
        }
        let wanted: SmallVec<[bool; 6]> = io.dx.iter().map(|dx| !dx.is_empty()).collect();
        self.exchange(io.dx, &wanted);
        let dx = &mut *io.dx;
        self.split(Backward { dx, ..io });
        self.exchange(io.dx, &wanted);
        for ((stretch, dx), wanted) in self.stretched.iter().zip(io.dx).zip(wanted) {
            if let (Some(stretch), true) = (stretch, wanted) {
                stretch.backward(dx);
            }
        }
        Ok(())
    }
}
