//! Lengths that depend on those of the inputs.

use crate::Result;
use crate::model::Attribute;
use crate::writer::Writer;

/// A number in each trace.
pub(crate) type Val = Vec<i64>;

/// The number, if it is the same in all traces.
pub(crate) fn fixed(val: &[i64]) -> Option<i64> {
    val.iter().all(|n| *n == val[0]).then_some(val[0])
}

/// `a * x + b`, or `(x + b) / a`, or a product of two lengths with a fraction.
enum Formula {
    Affine { of: usize, times: i64, plus: i64 },
    Part { of: usize, plus: i64, over: i64 },
    Product { of: [usize; 2], times: i64, over: i64 },
    Three { of: [usize; 3], times: i64, over: i64 },
}

/// Finds how a number follows from known lengths, if it does so in all traces.
fn formula(val: &[i64], known: &[&Val]) -> Option<Formula> {
    let exact = |f: &dyn Fn(usize) -> Option<i64>| (0..val.len()).all(|k| f(k) == Some(val[k]));
    for (of, x) in known.iter().enumerate() {
        // Two traces with other lengths say the slope, the others whether it is one.
        let Some(other) = (1..val.len()).find(|k| x[*k] != x[0]) else { continue };
        let (dx, dv) = (x[other] - x[0], val[other] - val[0]);
        if dv % dx == 0 {
            let times = dv / dx;
            let plus = val[0] - times * x[0];
            if exact(&|k| Some(times * x[k] + plus)) {
                return Some(Formula::Affine { of, times, plus });
            }
        }
        if dv != 0 && dx % dv == 0 {
            let over = dx / dv;
            let plus = over * val[0] - x[0];
            if exact(&|k| {
                (x[k] + plus).checked_rem(over).filter(|rest| *rest == 0).map(|_| (x[k] + plus) / over)
            }) {
                return Some(Formula::Part { of, plus, over });
            }
        }
    }
    let ratio = |product: &dyn Fn(usize) -> i64| {
        let (mut times, mut over) = (val[0], product(0));
        let (mut a, mut b) = (times.abs(), over.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        times /= a.max(1);
        over /= a.max(1);
        (over != 0
            && (0..val.len())
                .all(|k| i128::from(val[k]) * i128::from(over) == i128::from(product(k)) * i128::from(times)))
        .then_some((times, over))
    };
    let n = known.len();
    for i in 0..n {
        for j in i..n {
            if let Some((times, over)) = ratio(&|k| known[i][k] * known[j][k]) {
                return Some(Formula::Product { of: [i, j], times, over });
            }
        }
    }
    for i in 0..n.min(8) {
        for j in i..n.min(8) {
            for l in j..n.min(8) {
                if let Some((times, over)) = ratio(&|k| known[i][k] * known[j][k] * known[l][k]) {
                    return Some(Formula::Three { of: [i, j, l], times, over });
                }
            }
        }
    }
    None
}

impl Writer<'_> {
    /// A tensor of one integer with this length.
    ///
    /// # Errors
    /// How it follows from the lengths of the inputs has not been found.
    pub fn length(&mut self, val: &[i64]) -> Result<String> {
        if let Some(n) = fixed(val) {
            return Ok(self.ints(&[n]));
        }
        let computed = self.levels.iter().flat_map(|level| &level.lengths);
        if let Some((_, name)) = computed.clone().find(|(known, _)| known == val) {
            return Ok(name.clone());
        }
        let own = self.levels.iter().flat_map(|level| &level.known);
        let exact = own.clone().find(|(known, ..)| known == val).cloned();
        let name = match exact {
            Some((_, tensor, axis)) => self.axis(&tensor, axis),
            None => self.computed(val)?,
        };
        self.level_mut().lengths.push((val.to_vec(), name.clone()));
        Ok(name)
    }

    /// The length of an axis of a tensor.
    fn axis(&mut self, tensor: &str, axis: usize) -> String {
        let arguments =
            vec![("start", Attribute::Int(axis as i64)), ("end", Attribute::Int(axis as i64 + 1))];
        self.with("Shape", &[tensor], arguments)
    }

    fn computed(&mut self, val: &[i64]) -> Result<String> {
        let known: Vec<Val> =
            self.levels.iter().flat_map(|level| &level.known).map(|(known, ..)| known.clone()).collect();
        let Some(formula) = formula(val, &known.iter().collect::<Vec<_>>()) else {
            let shown: Vec<String> = val.iter().map(i64::to_string).collect();
            return Err(self.refused(format!(
                "a length ({} where it was tried) follows from those of the inputs in a way that is not known; give the axis a number",
                shown.join(", ")
            )));
        };
        let scaled = |writer: &mut Self, x: String, op: &'static str, n: i64, nothing: i64| {
            if n == nothing {
                return x;
            }
            let n = writer.ints(&[n]);
            writer.op(op, &[&x, &n])
        };
        Ok(match formula {
            Formula::Affine { of, times, plus } => {
                let x = self.length(&known[of])?;
                let x = scaled(self, x, "Mul", times, 1);
                scaled(self, x, "Add", plus, 0)
            }
            Formula::Part { of, plus, over } => {
                let x = self.length(&known[of])?;
                let x = scaled(self, x, "Add", plus, 0);
                scaled(self, x, "Div", over, 1)
            }
            Formula::Product { of, times, over } => {
                let x = self.product(&of.map(|i| known[i].clone()))?;
                let x = scaled(self, x, "Mul", times, 1);
                scaled(self, x, "Div", over, 1)
            }
            Formula::Three { of, times, over } => {
                let x = self.product(&of.map(|i| known[i].clone()))?;
                let x = scaled(self, x, "Mul", times, 1);
                scaled(self, x, "Div", over, 1)
            }
        })
    }

    fn product(&mut self, all: &[Val]) -> Result<String> {
        let mut x = self.length(&all[0])?;
        for val in &all[1..] {
            let y = self.length(val)?;
            x = self.op("Mul", &[&x, &y]);
        }
        Ok(x)
    }

    /// A row of lengths.
    ///
    /// # Errors
    /// As [`length`](Self::length).
    pub fn lengths_of(&mut self, all: &[Val]) -> Result<String> {
        if let Some(all) = all.iter().map(|val| fixed(val)).collect::<Option<Vec<i64>>>() {
            return Ok(self.ints(&all));
        }
        let parts = all.iter().map(|val| self.length(val)).collect::<Result<Vec<String>>>()?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts[..] {
            [one] => Ok(one.to_string()),
            _ => Ok(self.with("Concat", &parts, vec![("axis", Attribute::Int(0))])),
        }
    }

    /// A length as a tensor without axes.
    ///
    /// # Errors
    /// As [`length`](Self::length).
    pub fn scalar(&mut self, val: &[i64]) -> Result<String> {
        if let Some(n) = fixed(val) {
            return Ok(self.int64(n));
        }
        let (x, zero) = (self.length(val)?, self.ints(&[0]));
        Ok(self.op("Squeeze", &[&x, &zero]))
    }

    /// The same in the type that tensors have here.
    ///
    /// # Errors
    /// As [`length`](Self::length).
    pub fn scalar32(&mut self, val: &[i64]) -> Result<String> {
        let n = self.scalar(val)?;
        Ok(self.cast(&n, crate::model::Element::Int32))
    }

    /// The numbers 0, 1, 2 and so on, so many as a length says.
    ///
    /// # Errors
    /// As [`length`](Self::length).
    pub fn range(&mut self, val: &[i64]) -> Result<String> {
        let end = self.scalar(val)?;
        let [zero, one] = [0, 1].map(|n| self.int64(n));
        Ok(self.op("Range", &[&zero, &end, &one]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(formula: &Formula, known: &[i64]) -> i64 {
        match *formula {
            Formula::Affine { of, times, plus } => times * known[of] + plus,
            Formula::Part { of, plus, over } => (known[of] + plus) / over,
            Formula::Product { of, times, over } => {
                of.iter().map(|i| known[*i]).product::<i64>() * times / over
            }
            Formula::Three { of, times, over } => {
                of.iter().map(|i| known[*i]).product::<i64>() * times / over
            }
        }
    }

    /// The batch and two lengths, as models are traced for them.
    const KNOWN: [[i64; 5]; 3] = [[2, 3, 5, 7, 4], [7, 8, 10, 13, 15], [12, 15, 17, 9, 10]];

    fn found(f: impl Fn([i64; 3]) -> i64) -> Option<Formula> {
        let val: Val = (0..5).map(|k| f([0, 1, 2].map(|i| KNOWN[i][k]))).collect();
        let known: Vec<Val> = KNOWN.iter().map(|one| one.to_vec()).collect();
        formula(&val, &known.iter().collect::<Vec<_>>())
    }

    proptest! {
        /// What a formula is found for, it is found for as it is: it holds for all other lengths too.
        #[test]
        fn lengths_follow_as_they_were_made(
            which in 0usize..3, times in 1i64..9, plus in -6i64..40, batch in 1i64..90, a in 1i64..300, b in 1i64..300
        ) {
            let other = [batch, a, b];
            let affine = move |x: [i64; 3]| times * x[which] + plus;
            let scaled = move |x: [i64; 3]| times * x[which] * x[(which + 1) % 3];
            let all = move |x: [i64; 3]| times * x[0] * x[1] * x[2];
            let square = move |x: [i64; 3]| times * x[which] * x[which];
            let check = |f: &dyn Fn([i64; 3]) -> i64| match found(f) {
                Some(formula) => value(&formula, &other) == f(other),
                None => false,
            };
            prop_assert!(check(&affine) && check(&scaled) && check(&all) && check(&square));
        }
    }

    #[test]
    fn what_does_not_follow_so_is_not_found() {
        assert!(found(|x| x[1] / 2).is_none());
        assert!(found(|x| (x[1] + 1) / 2).is_none());
        assert!(found(|x| x[1].max(10)).is_none());
        assert!(found(|x| x[1].min(x[2])).is_none());
        assert!(found(|x| x[1] % 4).is_none());
        assert!(found(|x| x[1] + x[2]).is_none());
    }
}
