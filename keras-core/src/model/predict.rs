//! Prediction, of many samples in batches and of a single one.

use keras_shape::{DType, Shape as Dims};
use smallvec::SmallVec;

use super::api::{AnyModel, Model};
use super::structure::InputInfo;
use crate::distribution::{Ranks, from_bytes, to_bytes, together};
use crate::engine::{self, InUse, Mode};
use crate::tensor::{Data, Numbers, OneSample, Raw, Shapes, Values, takes_numbers, takes_strings};
use crate::{Error, Result};

/// A plan that has predicted the samples at `rows`.
///
/// # Errors
/// What a layer finds wrong.
fn passed(model: &dyn AnyModel, inputs: &[Data<'_>], rows: &[usize]) -> Result<InUse> {
    let lengths = engine::lengths_of(model, inputs, rows)?;
    let lengths: Vec<&[usize]> = lengths.iter().map(Vec::as_slice).collect();
    let mut plan = engine::take(model, Mode::PREDICT, &lengths)?;
    plan.fill(model, inputs, rows)?;
    let mut context = plan.needs_context().then(|| model.inference());
    plan.forward(model, context.as_mut())?;
    Ok(plan)
}

/// The outputs of batch after batch, put together: one tensor for each output.
pub(super) struct Outputs {
    /// How many samples are expected; there may be more.
    expected: usize,
    /// Whether all ranks have the same samples, of which each predicts its own.
    shared: bool,
    samples: usize,
    values: Vec<Vec<f32>>,
    /// The lengths of each output's axes, of the last batch.
    shapes: Vec<Vec<usize>>,
}

impl Outputs {
    /// Before the first batch.
    pub fn new(model: &dyn AnyModel, expected: usize, shared: bool) -> Self {
        let structure = model.structure();
        let count = structure.outputs.len();
        let shape = |i| structure.output_shape(i).dims().iter().map(|dim| dim.fixed().unwrap_or(0)).collect();
        Outputs {
            expected,
            shared,
            samples: 0,
            values: vec![Vec::new(); count],
            shapes: (0..count).map(shape).collect(),
        }
    }

    /// Whether no batch with samples has been added.
    pub fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// Predicts one batch, the samples at `rows`.
    ///
    /// # Errors
    /// What a layer finds wrong; an axis behind the first has another length than in the batches before.
    pub fn add(&mut self, model: &dyn AnyModel, inputs: &[Data<'_>], rows: &[usize]) -> Result<()> {
        if let Some(ranks) = model.core().ranks().filter(|_| self.shared) {
            return self.add_together(model, inputs, rows, &ranks);
        }
        let structure = model.structure();
        let plan = passed(model, inputs, rows)?;
        for i in 0..self.values.len() {
            let (numbers, shape) = plan.output(i);
            self.keep(structure.output_names[i], i, numbers, shape, rows.len())?;
        }
        self.samples += rows.len();
        Ok(())
    }

    /// Predicts one batch, of which each of several processes takes its rows; all get all outputs.
    fn add_together(
        &mut self,
        model: &dyn AnyModel,
        inputs: &[Data<'_>],
        rows: &[usize],
        ranks: &Ranks,
    ) -> Result<()> {
        let structure = model.structure();
        let own = &rows[ranks.share(rows.len())];
        let predicted = || {
            let mut bytes = (rows.len() as u64).to_le_bytes().to_vec();
            if own.is_empty() {
                return Ok(bytes);
            }
            let plan = passed(model, inputs, own)?;
            for i in 0..self.values.len() {
                let (numbers, shape) = plan.output(i);
                bytes.push(shape.len() as u8);
                bytes.extend(shape.iter().flat_map(|n| (*n as u64).to_le_bytes()));
                bytes.extend(to_bytes(numbers));
            }
            Ok(bytes)
        };
        let all = ranks.exchange("a batch to predict", predicted())?;
        for (rank, bytes) in all.iter().enumerate() {
            let cut = || Error::Rank { rank, message: "its batch to predict is another one".into() };
            let (samples, mut rest) = bytes.split_at_checked(8).ok_or_else(cut)?;
            if samples != (rows.len() as u64).to_le_bytes() {
                return Err(cut());
            }
            for i in 0..self.values.len() {
                let Some((axes, shape)) = rest.split_first() else { break };
                let (shape, numbers) = shape.split_at_checked(8 * usize::from(*axes)).ok_or_else(cut)?;
                let shape: Vec<usize> =
                    shape.as_chunks::<8>().0.iter().map(|n| u64::from_le_bytes(*n) as usize).collect();
                let count = shape.iter().product::<usize>();
                let (numbers, others) = numbers.split_at_checked(4 * count).ok_or_else(cut)?;
                let samples = shape.first().copied().unwrap_or(0);
                self.keep(structure.output_names[i], i, &from_bytes(numbers), &shape, samples)?;
                rest = others;
                if i + 1 == self.values.len() {
                    self.samples += samples;
                }
            }
        }
        // The lengths of the whole batch.
        for shape in &mut self.shapes {
            if let Some(first) = shape.first_mut() {
                *first = rows.len();
            }
        }
        Ok(())
    }

    fn keep(&mut self, name: &str, i: usize, numbers: &[f32], shape: &[usize], rows: usize) -> Result<()> {
        let (values, before) = (&mut self.values[i], &mut self.shapes[i]);
        if self.samples > 0 && before.get(1..) != shape.get(1..) {
            let message = format!(
                "a batch gives {shape:?}, the one before {before:?}: outputs of several batches are put together, so \
                 only the number of samples may differ"
            );
            return Err(Error::shapes(format!("output `{name}`"), message, before, shape));
        }
        if values.is_empty() {
            values.reserve_exact(numbers.len() / rows.max(1) * self.expected);
        }
        values.extend_from_slice(numbers);
        *before = shape.to_vec();
        Ok(())
    }

    /// The numbers of each output for the last batch.
    pub fn last(&self) -> Vec<&[f32]> {
        let numbers = self.values.iter().zip(&self.shapes);
        numbers.map(|(all, shape)| &all[all.len() - shape.iter().product::<usize>()..]).collect()
    }

    /// One tensor for each output.
    ///
    /// # Errors
    /// None: as many numbers as the shapes say.
    pub fn finish(self) -> Result<Vec<Raw>> {
        let samples = self.samples;
        let outputs = self.values.into_iter().zip(self.shapes);
        outputs
            .map(|(values, mut shape)| {
                if let Some(first) = shape.first_mut() {
                    *first = samples;
                }
                Raw::from_f32(values, &shape)
            })
            .collect()
    }
}

/// Predicts in batches and puts the results together, one tensor for each output.
pub(super) fn batches(model: &dyn AnyModel, inputs: &[Data<'_>], batch_size: usize) -> Result<Vec<Raw>> {
    let ranks = model.core().ranks();
    together(ranks.as_deref(), || batches_here(model, inputs, batch_size))
}

fn batches_here(model: &dyn AnyModel, inputs: &[Data<'_>], batch_size: usize) -> Result<Vec<Raw>> {
    let samples = inputs.first().map_or(0, Data::samples);
    let mut outputs = Outputs::new(model, samples, true);
    let rows: Vec<usize> = (0..samples).collect();
    for rows in rows.chunks(batch_size.max(1)) {
        outputs.add(model, inputs, rows)?;
    }
    outputs.finish()
}

type Lengths = SmallVec<[usize; 8]>;

/// Predicts one sample.
pub(super) fn one<M: Model>(
    model: &M,
    x: &impl OneSample<M::Inputs>,
) -> Result<<M::Outputs as Shapes>::Numbers> {
    let (infos, count) = (model.structure().inputs, model.structure().outputs.len());
    let mut lengths: SmallVec<[Lengths; 4]> = SmallVec::new();
    for (i, info) in infos.iter().enumerate() {
        lengths.push(sample_lengths(info, x.sample(i).len())?);
        if info.spec.dtype == DType::String {
            check_strings(info, &x.sample(i))?;
        }
    }
    if infos.iter().any(|info| info.spec.dtype == DType::String) {
        let mut all: Vec<Vec<usize>> = lengths.iter().map(|own| own.to_vec()).collect();
        engine::add_lengths(model, &mut all, |i| x.sample(i))?;
        lengths = all.into_iter().map(Lengths::from_vec).collect();
    }
    let borrowed: SmallVec<[&[usize]; 4]> = lengths.iter().map(SmallVec::as_slice).collect();
    let mut plan = engine::take(model, Mode::PREDICT, &borrowed)?;
    for (i, info) in infos.iter().enumerate() {
        fill(info, &x.sample(i), plan.input_mut(i))?;
    }
    plan.read(model, |i| x.sample(i))?;
    let mut context = plan.needs_context().then(|| model.inference());
    plan.forward(model, context.as_mut())?;
    Ok(M::Outputs::numbers(count, |i| Numbers::copied(plan.output(i).0)))
}

/// The numbers of one sample as a plan holds them.
fn fill(info: &InputInfo, sample: &Values<'_>, to: &mut [f32]) -> Result<()> {
    match (info.spec.dtype, sample) {
        (DType::String, _) => Ok(()),
        (_, Values::Strings(_)) => Err(takes_numbers(info.field)),
        (DType::Int32, sample) => sample.integers(0, info.field, 0, to),
        (DType::Float32, Values::F32(numbers)) => {
            to.copy_from_slice(numbers);
            Ok(())
        }
        (DType::Float32, sample) => {
            sample.floats(to);
            Ok(())
        }
    }
}

fn check_strings(info: &InputInfo, sample: &Values<'_>) -> Result<()> {
    match sample {
        Values::Strings(_) => Ok(()),
        _ => Err(takes_strings(info.field)),
    }
}

/// The lengths of a batch of one sample of `count` numbers.
fn sample_lengths(info: &InputInfo, count: usize) -> Result<Lengths> {
    let shape: &Dims = &info.spec.shape;
    let axes = shape.dims().get(1..).unwrap_or_default();
    let known = axes.iter().filter_map(|dim| dim.fixed()).try_fold(1usize, |n, dim| n.checked_mul(dim));
    let free = axes.iter().filter(|dim| !dim.is_fixed()).count();
    let fits = match known {
        Some(known) if free == 0 => count == known,
        Some(known) => free == 1 && known > 0 && count.is_multiple_of(known),
        None => false,
    };
    if !fits {
        return Err(Error::shape(info.field, format!("{count} numbers do not make one sample of {shape}")));
    }
    let free = count.checked_div(known.unwrap_or(1)).unwrap_or(0);
    let mut lengths = Lengths::from_slice(&[1]);
    lengths.extend(axes.iter().map(|dim| dim.fixed().unwrap_or(free)));
    Ok(lengths)
}
