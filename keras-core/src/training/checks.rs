//! What is checked of arrays before anything is computed.

use keras_shape::{Dim, ErrorKind, Shape as Dims};

use super::losses::{ClassIds, Target};
use super::trainer::{Output, Trainer};
use crate::model::{AnyModel, Samples, check_entry};
use crate::tensor::{Data, TARGET, check_target, target_error};
use crate::{Error, Result};

/// What arrays must agree on: the number of samples, the length of axes of one name, and what the
/// rules give on the true lengths.
pub(crate) fn agree(
    model: &dyn AnyModel,
    trainer: &Trainer,
    x: &[Data<'_>],
    y: &[Data<'_>],
    samples: Samples,
) -> Result<()> {
    let shapes = check_entry(model, x, samples)?;
    if samples == Samples::Batch && x.first().is_some_and(|data| data.samples() == 0) {
        return Err(Error::Argument("there are no samples in the batch".into()));
    }
    for (i, ((data, output), shape)) in y.iter().zip(&trainer.outputs).zip(shapes).enumerate() {
        let name = target_name(model, i);
        let samples = x.first().map_or(0, Data::samples);
        if data.samples() != samples {
            let message = format!("{samples} samples of data, and {} of targets", data.samples());
            let (expected, found) = (Dim::Fixed(samples), Dim::Fixed(data.samples()));
            let kind = ErrorKind::Length { axis: 0, expected, found };
            return Err(Error::Shape { what: name.into(), message, kind: Box::new(kind) });
        }
        if output.loss.target() == Target::Any {
            continue;
        }
        // First by what is declared: those are the words that the model is written in.
        let declared = model.structure().output_shape(i).with(0, Dim::NONE);
        // How many samples there are is compared above: a model inside may have been built for a batch of a part of them.
        for shape in [declared, shape.with(0, Dim::NONE)] {
            let wanted = target_shape(output, shape);
            check_target(name, &wanted, data.shape())
                .map_err(|error| with_remedy(error, output, &wanted, data))?;
        }
    }
    Ok(())
}

/// A column of class numbers for a loss that takes a number for each class is a common slip.
fn with_remedy(error: Error, output: &Output, wanted: &Dims, data: &Data<'_>) -> Error {
    let one_hot = ["categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge"];
    match error {
        Error::Shape { what, mut message, kind }
            if one_hot.contains(&output.loss.loss_name())
                && data.shape().last() == Some(&1)
                && data.shape().len() == wanted.rank() =>
        {
            message += "\nhelp: for class numbers use `SparseCategoricalCrossentropy`, or make one-hot rows of them with `to_categorical`";
            Error::Shape { what, message, kind }
        }
        other => other,
    }
}

/// A target is called so, or by its output where there are several.
pub(crate) fn target_name(model: &dyn AnyModel, output: usize) -> &'static str {
    let names = model.structure().output_fields;
    if names.len() > 1 { names[output] } else { TARGET }
}

/// The shape of the target of an output of this shape; without axes where it may have any.
pub(crate) fn target_shape(output: &Output, shape: Dims) -> Dims {
    match output.loss.target() {
        Target::ClassIndices if shape.rank() > 1 => shape.remove(shape.rank() - 1),
        Target::Labels => Dims::new(&[shape.batch(), Dim::NONE]),
        Target::Any => Dims::new(&[]),
        _ => shape,
    }
}

/// Targets that cannot be, such as a class number beyond the output, before anything is computed.
pub(crate) fn check_targets(trainer: &Trainer, model: &dyn AnyModel, targets: &[Data<'_>]) -> Result<()> {
    let mut values = Vec::new();
    for (i, (output, target)) in trainer.outputs.iter().zip(targets).enumerate() {
        let declared = model.structure().output_shape(i);
        let shape: Vec<usize> = declared.dims().iter().map(|dim| dim.fixed().unwrap_or(1)).collect();
        output.loss.check(&[], &shape)?;
        if let Some(ids) = output.loss.class_ids() {
            check_classes(ids, target_name(model, i), target, shape.last().copied().unwrap_or(1))?;
            continue;
        }
        let rows: Vec<usize> = (0..target.samples()).collect();
        for chunk in rows.chunks(1024) {
            target.gather_f32(chunk, &mut values);
            output.loss.check(&values, &shape)?;
        }
    }
    Ok(())
}

/// Each class number must be one of the output's classes.
fn check_classes(ids: ClassIds, name: &str, target: &Data<'_>, classes: usize) -> Result<()> {
    let width = target.width().max(1);
    for i in 0..target.samples() * width {
        let class = target.number(i);
        let rounded = f64::from(class as f32) != class;
        let problem = ids.problem(class, classes).or_else(|| {
            rounded.then(|| "class numbers are told apart up to 16777216, as 32-bit floats".to_string())
        });
        let Some(problem) = problem else { continue };
        let mut place = format!("sample {}", i / width);
        if target.shape().len() > 1 {
            place += &format!(", number {} of it", i % width);
        }
        let message = format!("class {class} of {place} (counted from 0): {problem}");
        return Err(target_error(name, message, ErrorKind::Range));
    }
    Ok(())
}
