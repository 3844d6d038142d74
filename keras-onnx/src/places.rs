//! Places of the elements of a sequence, as integers that follow from its length: of windows over it, and of its own elements
//! around it.

use keras_ops::DType;

use crate::Result;
use crate::constants::bytes_of;
use crate::dims::{Val, fixed};
use crate::writer::Writer;

/// Elements of a sequence of length `n` around it.
struct Around {
    /// How many stand before the first.
    before: i64,
    /// After how many places they come again: so many times `n`, and so many more.
    period: [i64; 2],
    /// Whether every second time they go backwards.
    mirrored: bool,
}

impl Around {
    /// From the place of an element where they go forwards to that where they go backwards: the sum of both.
    fn last(&self) -> [i64; 2] {
        let [times, plus] = self.period;
        [times, if plus == 0 { -1 } else { plus }]
    }

    /// Which element stands at place `i`, if any does.
    fn place(&self, i: i64, n: i64) -> Option<i64> {
        let of = |[times, plus]: [i64; 2]| times * n + plus;
        let at = (i - self.before).checked_rem_euclid(of(self.period))?;
        Some(if self.mirrored { at.min(of(self.last()) - at) } else { at })
    }
}

impl Writer<'_> {
    /// The lengths that are known.
    fn known(&self) -> Vec<Val> {
        self.levels.iter().flat_map(|level| &level.known).map(|(known, ..)| known.clone()).collect()
    }

    /// The places of a sequence with its own elements around it, however often they go round: mirrored at its ends without or with
    /// the last element twice, or from the other end on.
    pub fn around(&mut self, rows: &[Vec<f64>], length: &Val) -> Result<Option<String>> {
        let Some(first) = rows[0].first().map(|x| *x as i64) else { return Ok(None) };
        if let Some(held) = self.held(rows, length)? {
            return Ok(Some(held));
        }
        let found = self.known().into_iter().find_map(|n| {
            let ways = [
                Around { before: first, period: [2, -2], mirrored: true },
                Around { before: first + 1, period: [2, 0], mirrored: true },
                Around { before: n[0] - first, period: [1, 0], mirrored: false },
            ];
            let fits = |around: &Around| {
                rows.iter()
                    .zip(&n)
                    .all(|(row, n)| row.iter().zip(0..).all(|(x, i)| around.place(i, *n) == Some(*x as i64)))
            };
            ways.into_iter().find(fits).map(|around| (n, around))
        });
        let Some((n, around)) = found else { return Ok(None) };
        let row = self.steps(length, 0.0, 1.0, DType::Int32)?;
        self.elements(&row, &n, &around).map(Some)
    }

    /// The places of a sequence whose first and last elements stand before and behind it as well.
    fn held(&mut self, rows: &[Vec<f64>], length: &Val) -> Result<Option<String>> {
        let place = |i: i64, before: i64, n: i64| (i - before).clamp(0, n.max(1) - 1);
        let found = self.known().into_iter().find_map(|n| {
            // In a sequence of two or more the second element tells where the first one stands.
            let (row, _) = rows.iter().zip(&n).find(|(_, n)| **n > 1)?;
            let before = row.iter().position(|x| *x > 0.0)? as i64 - 1;
            let mut all = rows.iter().zip(&n);
            let fits =
                all.all(|(row, n)| row.iter().zip(0..).all(|(x, i)| place(i, before, *n) == *x as i64));
            fits.then_some((n, before))
        });
        let Some((n, before)) = found else { return Ok(None) };
        let row = self.steps(length, -before as f64, 1.0, DType::Int32)?;
        let n = self.scalar32(&n)?;
        let (zero, one) = (self.int32(0), self.int32(1));
        let last = self.op("Sub", &[&n, &one]);
        let row = self.op("Max", &[&row, &zero]);
        Ok(Some(self.op("Min", &[&row, &last])))
    }

    /// Which elements of a sequence of length `n` stand at these places around it.
    fn elements(&mut self, places: &str, n: &Val, around: &Around) -> Result<String> {
        let n = self.scalar32(n)?;
        let mut of = |[times, plus]: [i64; 2]| {
            let (times, plus) = (self.int32(times as i32), self.int32(plus as i32));
            let all = self.op("Mul", &[&n, &times]);
            self.op("Add", &[&all, &plus])
        };
        let (period, last) = (of(around.period), around.mirrored.then(|| of(around.last())));
        let before = self.int32(around.before as i32);
        let at = self.op("Sub", &[places, &before]);
        let at = self.op("Mod", &[&at, &period]);
        Ok(match last {
            None => at,
            Some(last) => {
                let back = self.op("Sub", &[&last, &at]);
                self.op("Min", &[&at, &back])
            }
        })
    }

    /// The places of the elements of windows: each row goes by steps, and so do the places where rows begin. How many rows there
    /// are follows from how many windows fit into an axis, or lie in it at all.
    pub fn grid(&mut self, numbers: &[Vec<f64>], rows: &Val, columns: &Val) -> Result<Option<String>> {
        let Some(width) = fixed(columns) else { return Ok(None) };
        let (Some(all), true) = (numbers.iter().max_by_key(|all| all.len()), width > 0) else {
            return Ok(None);
        };
        let (Some(first), Some(next)) = (all.first(), all.get(width as usize)) else { return Ok(None) };
        let (start, stride) = (*first as i64, (next - first) as i64);
        let apart = all.get(1).filter(|_| width > 1).map_or(1, |second| (second - first) as i64);
        let fits = |all: &Vec<f64>| {
            all.iter().zip(0..).all(|(x, at)| *x as i64 == start + at / width * stride + at % width * apart)
        };
        if stride < 1 || apart < 1 || !numbers.iter().all(fits) {
            return Ok(None);
        }
        self.windows(rows, (width - 1) * apart + 1, stride);
        self.places(rows, stride, (start, apart, width)).map(Some)
    }

    /// The numbers that go by steps down the rows, and by others along a row of so many.
    fn places(&mut self, rows: &Val, stride: i64, (start, apart, width): (i64, i64, i64)) -> Result<String> {
        let own: Vec<f32> =
            (0..width).map(|i| f32::from_bits(((start + i * apart) as i32).cast_unsigned())).collect();
        let own = self.numbers(DType::Int32.into(), &[1, width as usize], bytes_of(DType::Int32, &own));
        let row = self.steps(rows, 0.0, stride as f64, DType::Int32)?;
        let last = self.ints(&[1]);
        let column = self.op("Unsqueeze", &[&row, &last]);
        Ok(self.op("Add", &[&column, &own]))
    }

    /// The places of the elements of windows as in [`grid`](Self::grid), of a sequence that is mirrored at both ends: the first
    /// window begins so many before it as its first place says.
    pub fn mirrored(&mut self, numbers: &[Vec<f64>], rows: &Val, columns: &Val) -> Result<Option<String>> {
        let (Some(width), Some(all)) = (fixed(columns), numbers.iter().max_by_key(|all| all.len())) else {
            return Ok(None);
        };
        let Some(next) = all.get(width as usize) else { return Ok(None) };
        let (beyond, next) = (all[0] as i64, *next as i64);
        let around = Around { before: beyond, period: [2, -2], mirrored: true };
        let known = self.known();
        let found = known.iter().flat_map(|n| [beyond - next, beyond + next].map(|stride| (n, stride)));
        let fits = |(n, stride): &(&Val, i64)| {
            *stride > 0
                && numbers.iter().zip(*n).all(|(all, n)| {
                    let place = |i: i64| around.place(i / width * stride + i % width, *n);
                    all.iter().zip(0..).all(|(x, i)| place(i) == Some(*x as i64))
                })
        };
        let Some((n, stride)) = found.clone().find(fits) else { return Ok(None) };
        self.windows(rows, width, stride);
        let at = self.places(rows, stride, (0, 1, width))?;
        self.elements(&at, n, &around).map(Some)
    }

    /// Says how a number of windows follows from a length, if it is as many as fit into one that is known, or begin in it.
    fn windows(&mut self, count: &Val, reach: i64, stride: i64) {
        let known = self.known();
        if fixed(count).is_some() || known.contains(count) {
            return;
        }
        // Windows that fit, those that fit where half of one is put around on both sides, and those that begin in it.
        for plus in [stride - reach, stride - reach + 2 * (reach / 2), stride - 1] {
            let is = |n: &&Val| n.iter().zip(count).all(|(n, count)| (n + plus).div_euclid(stride) == *count);
            let Some(Ok(n)) = known.iter().find(is).cloned().map(|n| self.length(&n)) else { continue };
            let (plus, stride) = (self.ints(&[plus]), self.ints(&[stride]));
            let n = self.op("Add", &[&n, &plus]);
            let n = self.op("Div", &[&n, &stride]);
            self.level_mut().lengths.push((count.clone(), n));
            return;
        }
    }
}
