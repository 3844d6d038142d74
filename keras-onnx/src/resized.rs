//! What images of one size count for those of another, where a size depends on a length.

use keras_ops::image::Interpolation;

use crate::Result;
use crate::dims::Val;
use crate::model::Element;
use crate::writer::Writer;

/// How an axis was resized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Resized {
    interpolation: Interpolation,
    antialias: bool,
}

impl Resized {
    /// How axes of length `from` were brought to `to` by these matrices, if one way explains all.
    pub fn of(matrices: &[Vec<f32>], to: &Val, from: &Val) -> Option<Resized> {
        use Interpolation as I;
        let all = [I::Bilinear, I::BilinearKeras2, I::Bicubic, I::Lanczos3, I::Lanczos5];
        let ways = all
            .into_iter()
            .flat_map(|interpolation| [false, true].map(|antialias| Resized { interpolation, antialias }));
        ways.into_iter().find(|way| {
            let each = matrices.iter().zip(to.iter().zip(from));
            each.into_iter().all(|(matrix, (to, from))| {
                matrix.len() as i64 == to * from
                    && *matrix == way.interpolation.matrix(*from as usize, *to as usize, way.antialias)
            })
        })
    }
}

impl Writer<'_> {
    fn with_number(&mut self, op: &'static str, x: &str, n: f64) -> String {
        let n = self.double(n);
        self.op(op, &[x, &n])
    }

    /// The matrix `(to, from)` of what elements count, computed in 64 bits as it is here.
    ///
    /// # Errors
    /// As [`length`](Writer::length).
    pub fn resized(&mut self, way: Resized, to: &Val, from: &Val) -> Result<String> {
        let [long, short] = [from, to].map(|val| self.scalar(val));
        let (long, short) = (self.cast(&long?, Element::Double), self.cast(&short?, Element::Double));
        let scale = self.op("Div", &[&long, &short]);
        let middle = if way.interpolation == Interpolation::BilinearKeras2 { 0.0 } else { 0.5 };
        let (rows, columns) = (self.range(to)?, self.range(from)?);
        let (rows, columns) = (self.cast(&rows, Element::Double), self.cast(&columns, Element::Double));
        let at = self.with_number("Add", &rows, middle);
        let at = self.op("Mul", &[&at, &scale]);
        let at = self.with_number("Sub", &at, middle);
        let last = self.ints(&[1]);
        let at = self.op("Unsqueeze", &[&at, &last]);
        let distance = self.op("Sub", &[&at, &columns]);
        let mut distance = self.op("Abs", &[&distance]);
        if way.antialias {
            let one = self.double(1.0);
            let width = self.op("Max", &[&scale, &one]);
            distance = self.op("Div", &[&distance, &width]);
        }
        let weights = self.weight(way.interpolation, &distance);
        let keep = ("keepdims", crate::model::Attribute::Int(1));
        let sum = self.with("ReduceSum", &[&weights, &last], vec![keep]);
        let weights = self.op("Div", &[&weights, &sum]);
        Ok(self.cast(&weights, Element::Float))
    }

    /// What elements count at these distances.
    fn weight(&mut self, interpolation: Interpolation, x: &str) -> String {
        match interpolation {
            Interpolation::Nearest | Interpolation::Bilinear | Interpolation::BilinearKeras2 => {
                let one = self.double(1.0);
                let rest = self.op("Sub", &[&one, x]);
                self.op("Relu", &[&rest])
            }
            Interpolation::Bicubic => self.bicubic(x),
            Interpolation::Lanczos3 => self.lanczos(x, 3.0),
            Interpolation::Lanczos5 => self.lanczos(x, 5.0),
        }
    }

    /// The polynomial with these factors, the highest power first.
    fn polynomial(&mut self, x: &str, factors: [f64; 4]) -> String {
        let mut y = self.with_number("Mul", x, factors[0]);
        for factor in &factors[1..3] {
            y = self.with_number("Add", &y, *factor);
            y = self.op("Mul", &[&y, x]);
        }
        self.with_number("Add", &y, factors[3])
    }

    fn bicubic(&mut self, x: &str) -> String {
        let near = self.polynomial(x, [1.5, -2.5, 0.0, 1.0]);
        let far = self.polynomial(x, [-0.5, 2.5, -4.0, 2.0]);
        let (is_near, is_far) = (self.with_number("Less", x, 1.0), self.with_number("Less", x, 2.0));
        let zero = self.double(0.0);
        let far = self.op("Where", &[&is_far, &far, &zero]);
        self.op("Where", &[&is_near, &near, &far])
    }

    fn lanczos(&mut self, x: &str, radius: f64) -> String {
        use core::f64::consts::PI;
        let sine = |writer: &mut Self, factor: f64| {
            let y = writer.with_number("Mul", x, factor);
            writer.op("Sin", &[&y])
        };
        let (one, other) = (sine(self, PI), sine(self, PI / radius));
        let product = self.op("Mul", &[&one, &other]);
        let product = self.with_number("Mul", &product, radius / (PI * PI));
        let square = self.op("Mul", &[x, x]);
        let y = self.op("Div", &[&product, &square]);
        let (zero, unit) = (self.double(0.0), self.double(1.0));
        let beyond = self.with_number("Greater", x, radius);
        let apart = self.with_number("Greater", x, 1e-3);
        let y = self.op("Where", &[&apart, &y, &unit]);
        self.op("Where", &[&beyond, &zero, &y])
    }

    /// The places of the nearest of `from` elements for each of a row's, if that is what it has in all traces.
    ///
    /// # Errors
    /// As [`length`](Writer::length).
    pub fn nearest(&mut self, rows: &[Vec<f64>]) -> Result<Option<String>> {
        let to: Val = rows.iter().map(|row| row.len() as i64).collect();
        let known: Vec<Val> =
            self.levels.iter().flat_map(|level| &level.known).map(|(known, ..)| known.clone()).collect();
        let fits = |from: &&Val| {
            rows.len() == from.len()
                && rows.iter().zip(to.iter().zip(*from)).all(|(row, (to, from))| {
                    row.iter().zip(0..).all(|(place, i)| *place as i64 == (2 * i + 1) * from / (2 * to))
                })
        };
        let Some(from) = known.iter().find(fits) else { return Ok(None) };
        let (row, from, to) = (self.range(&to)?, self.length(from)?, self.length(&to)?);
        let (one, two) = (self.ints(&[1]), self.ints(&[2]));
        let row = self.op("Mul", &[&row, &two]);
        let row = self.op("Add", &[&row, &one]);
        let row = self.op("Mul", &[&row, &from]);
        let to = self.op("Mul", &[&to, &two]);
        let row = self.op("Div", &[&row, &to]);
        Ok(Some(self.cast(&row, Element::Int32)))
    }
}
