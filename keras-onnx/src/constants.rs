//! Numbers that follow from constants alone.

use keras_ops::DType;
use keras_ops::graph::{Operation, TensorId};

use crate::dims::{Val, fixed};
use crate::model::{Attribute, Element, Initializer};
use crate::resized::Resized;
use crate::writer::Writer;
use crate::{Result, emit};

/// From how many elements on a constant that only repeats a smaller one is written as that.
const REPEATED: usize = 65;

/// How many integers may stand before and after those of a row that go by steps.
const MOST_AROUND: usize = 24;

/// The bytes of numbers as they lie in a file.
pub(crate) fn bytes_of(dtype: DType, numbers: &[f32]) -> Vec<u8> {
    match dtype {
        DType::Bool => numbers.iter().map(|x| u8::from(*x != 0.0)).collect(),
        // Integers lie there by their bits.
        _ => numbers.iter().flat_map(|x| x.to_bits().to_le_bytes()).collect(),
    }
}

/// A number as a value, whatever its type.
fn as_number(dtype: DType, x: f32) -> f64 {
    if dtype == DType::Int32 { f64::from(x.to_bits() as i32) } else { f64::from(x) }
}

/// Matrices of truth values that are true where the column is so far from the row, as what steps of a sequence may look at.
struct Band {
    low: Option<i64>,
    high: Option<i64>,
}

impl Band {
    /// The band that matrices are true in, in all traces: a limit that is where the matrix ends is none.
    fn of(numbers: &[Vec<f64>], rows: &Val, columns: &Val) -> Option<Band> {
        let (mut low, mut high) = (Val::new(), Val::new());
        for (all, n) in numbers.iter().zip(columns) {
            let places = all.iter().enumerate().filter(|(_, x)| **x != 0.0);
            let far = places.map(|(at, _)| at as i64 % n - at as i64 / n);
            low.push(far.clone().min()?);
            high.push(far.max()?);
        }
        let least: Val = rows.iter().map(|n| 1 - n).collect();
        let most: Val = columns.iter().map(|n| n - 1).collect();
        let limit = |found: Val, end: Val| if found == end { Some(None) } else { fixed(&found).map(Some) };
        let band = Band { low: limit(low, least)?, high: limit(high, most)? };
        let fits = |(all, n): (&Vec<f64>, &i64)| {
            all.iter().enumerate().all(|(at, x)| {
                let far = at as i64 % n - at as i64 / n;
                (*x != 0.0)
                    == (band.low.is_none_or(|low| far >= low) && band.high.is_none_or(|high| far <= high))
            })
        };
        numbers.iter().zip(columns).all(fits).then_some(band)
    }
}

/// Where rows of any length begin and how far their numbers are apart, if that is the same in all of them.
fn even_steps(rows: &[Vec<f64>]) -> Option<(f64, f64)> {
    let start = rows[0][0];
    let step = rows.iter().find_map(|row| row.get(1)).map_or(0.0, |second| second - start);
    let expected = |i: usize| start + step * i as f64;
    let fits = |(i, x): (usize, &f64)| (x - expected(i)).abs() <= 1e-6 * expected(i).abs();
    rows.iter().all(|row| row.iter().enumerate().all(fits)).then_some((start, step))
}

impl Writer<'_> {
    /// Writes a tensor that follows from constants alone: as numbers where it is the same in all traces, else by the
    /// operations that make it.
    ///
    /// # Errors
    /// It depends on a length in a way that cannot be written.
    pub fn constant(&mut self, id: TensorId) -> Result<()> {
        let level = self.level();
        let shape = level.shape(id);
        let same_shape: Option<Vec<i64>> = shape.iter().map(|val| fixed(val)).collect();
        let maker = level.makers[id];
        let repeats = matches!(level.node(maker).operation, Operation::BroadcastTo);
        let size: i64 = same_shape.iter().flatten().product();
        if repeats && (same_shape.is_none() || size >= REPEATED as i64) {
            return emit::node(self, maker);
        }
        let dtype = level.dtype(id);
        let source = matches!(level.node(maker).operation, Operation::Constant(_));
        if same_shape.is_none() && !source {
            // An arithmetic row is shorter as such than by the operations that have made it.
            if let Some(values) = level.values(id)
                && let Ok(name) = self.varying(&values, &shape, dtype)
            {
                self.name_it(id, name);
                return Ok(());
            }
            return emit::node(self, maker);
        }
        let Some(values) = level.values(id) else { return emit::node(self, maker) };
        let bits = |all: &[f32]| all.iter().map(|x| x.to_bits()).collect::<Vec<u32>>();
        let name = match same_shape {
            Some(shape) if values.iter().all(|other| bits(other) == bits(&values[0])) => {
                let shape: Vec<usize> = shape.into_iter().map(|n| n as usize).collect();
                self.numbers(dtype.into(), &shape, bytes_of(dtype, &values[0]))
            }
            _ => match self.varying(&values, &shape, dtype) {
                Ok(name) => name,
                Err(_) if !source => return emit::node(self, maker),
                Err(error) => return Err(error),
            },
        };
        self.name_it(id, name);
        Ok(())
    }

    /// Numbers that differ from trace to trace.
    fn varying(&mut self, values: &[Vec<f32>], shape: &[Val], dtype: DType) -> Result<String> {
        let numbers: Vec<Vec<f64>> =
            values.iter().map(|all| all.iter().map(|x| as_number(dtype, *x)).collect()).collect();
        if numbers.iter().any(Vec::is_empty) {
            return Err(self.refused("there are no numbers for some lengths"));
        }
        if numbers.iter().all(|all| all.len() == 1) {
            let each: Vec<f64> = numbers.iter().map(|all| all[0]).collect();
            let one = self.single(&each, dtype)?;
            let to = self.lengths_of(shape)?;
            return Ok(if shape.is_empty() { one } else { self.op("Reshape", &[&one, &to]) });
        }
        let all_equal = numbers.iter().flatten().all(|x| *x == numbers[0][0]);
        if all_equal {
            let one = self.number(dtype, numbers[0][0]);
            let to = self.lengths_of(shape)?;
            return Ok(self.op("Expand", &[&one, &to]));
        }
        if let ([to, from], DType::Float32) = (shape, dtype)
            && let Some(found) = Resized::of(values, to, from)
        {
            return self.resized(found, to, from);
        }
        // Axes of length 1 say nothing.
        let long: Vec<&Val> = shape.iter().filter(|val| val.iter().any(|n| *n != 1)).collect();
        let found = match (&long[..], dtype) {
            ([length], _) => self.along_one(&numbers, length, dtype)?,
            ([rows, columns], DType::Int32) => match self.grid(&numbers, rows, columns)? {
                None => self.mirrored(&numbers, rows, columns)?,
                grid => grid,
            },
            ([rows, columns], DType::Bool) => match Band::of(&numbers, rows, columns) {
                Some(band) => Some(self.band(&band, rows, columns)?),
                None => None,
            },
            _ => None,
        };
        match found {
            Some(found) if shape.len() == long.len() => return Ok(found),
            Some(found) => {
                let to = self.lengths_of(shape)?;
                return Ok(self.op("Reshape", &[&found, &to]));
            }
            None => {}
        }
        Err(self.refused("numbers depend on a length in a way that is not known; give the axis a number"))
    }

    /// Numbers along one axis that go up by steps; integers also otherwise.
    fn along_one(&mut self, numbers: &[Vec<f64>], length: &Val, dtype: DType) -> Result<Option<String>> {
        if dtype == DType::Bool {
            return Ok(None);
        }
        if let Some((start, step)) = even_steps(numbers) {
            return self.steps(length, start, step, dtype).map(Some);
        }
        if dtype != DType::Int32 {
            return Ok(None);
        }
        let nearest = self.nearest(numbers)?;
        match nearest.or_else(|| self.pieces(numbers, length)) {
            None => self.around(numbers, length),
            found => Ok(found),
        }
    }

    /// A row that goes by steps, but for a few integers before and after that follow from lengths: the places of a sequence that
    /// is padded by its own elements.
    fn pieces(&mut self, rows: &[Vec<f64>], length: &Val) -> Option<String> {
        let column =
            |at: &dyn Fn(&Vec<f64>) -> usize| -> Val { rows.iter().map(|row| row[at(row)] as i64).collect() };
        let shortest = rows.iter().map(Vec::len).min().unwrap_or(0);
        let splits =
            (1..shortest.min(MOST_AROUND)).flat_map(|n| (0..=n).map(move |before| (before, n - before)));
        for (before, after) in splits {
            let middles = || rows.iter().map(|row| &row[before..row.len() - after]);
            let step = middles().find_map(|row| Some(row.get(1)? - row[0])).unwrap_or(1.0);
            if step == 0.0 || !middles().all(|row| row.windows(2).all(|pair| pair[1] - pair[0] == step)) {
                continue;
            }
            let mut parts = Vec::new();
            for at in 0..before {
                parts.push(self.length(&column(&|_| at)).ok()?);
            }
            let count: Val = length.iter().map(|n| n - (before + after) as i64).collect();
            let (row, step) = (self.range(&count).ok()?, self.ints(&[step as i64]));
            let (row, start) = (self.op("Mul", &[&row, &step]), self.length(&column(&|_| before)).ok()?);
            parts.push(self.op("Add", &[&row, &start]));
            for back in (1..=after).rev() {
                parts.push(self.length(&column(&|row| row.len() - back)).ok()?);
            }
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            let all = self.with("Concat", &parts, vec![("axis", Attribute::Int(0))]);
            return Some(self.cast(&all, Element::Int32));
        }
        None
    }

    /// A matrix that is true in a band.
    fn band(&mut self, band: &Band, rows: &Val, columns: &Val) -> Result<String> {
        let row = |writer: &mut Self, n: &Val| writer.steps(n, 0.0, 1.0, DType::Int32);
        let (rows, columns) = (row(self, rows)?, row(self, columns)?);
        let last = self.ints(&[1]);
        let rows = self.op("Unsqueeze", &[&rows, &last]);
        let distance = self.op("Sub", &[&columns, &rows]);
        let mut parts = Vec::new();
        for (op, limit) in [("GreaterOrEqual", band.low), ("LessOrEqual", band.high)] {
            if let Some(limit) = limit {
                let limit = self.int32(limit as i32);
                parts.push(self.op(op, &[&distance, &limit]));
            }
        }
        Ok(match &parts[..] {
            [one] => one.clone(),
            [one, two] => self.op("And", &[one, two]),
            _ => self.op("Equal", &[&distance, &distance]),
        })
    }

    /// `start`, `start + step`, ..., so many as the length says.
    pub(crate) fn steps(&mut self, length: &Val, start: f64, step: f64, dtype: DType) -> Result<String> {
        let row = self.range(length)?;
        let mut row = self.cast(&row, dtype.into());
        for (op, n, nothing) in [("Mul", step, 1.0), ("Add", start, 0.0)] {
            if n != nothing {
                let n = self.number(dtype, n);
                row = self.op(op, &[&row, &n]);
            }
        }
        Ok(row)
    }

    /// A single number that follows from lengths: a multiple of one, or of a product of them, or a number over it.
    fn single(&mut self, each: &[f64], dtype: DType) -> Result<String> {
        if each.iter().all(|x| x.fract() == 0.0 && x.abs() < 1e15) {
            let val: Val = each.iter().map(|x| *x as i64).collect();
            if let Ok(n) = self.scalar(&val) {
                return Ok(self.cast(&n, dtype.into()));
            }
        }
        // One over a length, or a length over a number.
        let turned: Vec<f64> = each.iter().map(|x| 1.0 / x).collect();
        for (numbers, over) in [(turned, true), (each.to_vec(), false)] {
            let val: Val = numbers.iter().map(|x| x.round() as i64).collect();
            let close =
                numbers.iter().zip(&val).all(|(x, n)| *n > 0 && (x - *n as f64).abs() < 1e-6 * x.abs());
            if close
                && dtype == DType::Float32
                && let Ok(n) = self.scalar(&val)
            {
                let n = self.cast(&n, Element::Float);
                return Ok(if over { self.op("Reciprocal", &[&n]) } else { n });
            }
        }
        let shown: Vec<String> = each.iter().map(f64::to_string).collect();
        Err(self.refused(format!(
            "a number ({} where it was tried) follows from the lengths of the inputs in a way that is not known; give the axis a number",
            shown.join(", ")
        )))
    }

    /// A tensor with its axes in another order: where it is known, as numbers.
    pub fn transposed(&mut self, x: &str, order: &[usize]) -> String {
        if order.iter().enumerate().all(|(i, axis)| i == *axis) {
            return x.to_string();
        }
        let Some(known) = self.numbered.get(x).map(|at| self.initializers[*at].clone()) else {
            return self.turn(x, order);
        };
        self.made_of(x, &format!("transposed {order:?}"), |_| {
            let shape: Vec<usize> = order.iter().map(|axis| known.shape[*axis]).collect();
            let mut strides = vec![1; shape.len()];
            for axis in (1..shape.len()).rev() {
                strides[axis - 1] = strides[axis] * known.shape[axis];
            }
            let size = known.data.len() / known.shape.iter().product::<usize>().max(1);
            let mut places = vec![0];
            for (n, axis) in shape.iter().zip(order) {
                let step = strides[*axis];
                places = places.iter().flat_map(|at| (0..*n).map(move |i| at + i * step)).collect();
            }
            let data = places.iter().flat_map(|at| known.data[at * size..][..size].to_vec()).collect();
            (shape, data)
        })
    }

    /// Numbers that are made of known ones, once.
    pub fn made_of(
        &mut self,
        from: &str,
        what: &str,
        make: impl FnOnce(&Initializer) -> (Vec<usize>, Vec<u8>),
    ) -> String {
        let key = (from.to_string(), what.to_string());
        if let Some(name) = self.derived.get(&key) {
            return name.clone();
        }
        let known = &self.initializers[self.numbered[from]];
        let element = known.element;
        let (shape, data) = make(known);
        let root = self.root(from);
        let name = self.unique(&root);
        self.roots.insert(name.clone(), root);
        self.initializer(Initializer { name: name.clone(), element, shape, data });
        self.derived.insert(key, name.clone());
        name
    }

    /// The numbers of a tensor that is known as floats.
    pub fn known_floats(&self, x: &str) -> Option<(Vec<usize>, Vec<f32>)> {
        let known = &self.initializers[*self.numbered.get(x)?];
        if known.element != Element::Float {
            return None;
        }
        let numbers = known.data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        Some((known.shape.clone(), numbers.collect()))
    }
}
