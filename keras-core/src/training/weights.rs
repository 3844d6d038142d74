//! What samples and steps count: sample weights, and class weights multiplied in.

use std::collections::HashMap;
use std::sync::Arc;

use ndarray::{ArrayBase, Dimension};

use super::spread::Spread;
use super::trainer::{Output, Trainer};
use crate::model::AnyModel;
use crate::tensor::{ArrayElement, Data};
use crate::{Error, Result};

/// Weights of one output: one for each sample, for each step of each sample, or for each loss.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weights {
    pub values: Vec<f32>,
    /// The sample axis first; no axes where there are no weights.
    pub shape: Vec<usize>,
}

impl Weights {
    pub fn clear(&mut self) {
        self.values.clear();
        self.shape.clear();
    }

    /// Takes over those of the samples at `rows`.
    pub fn gather(&mut self, from: &Weights, rows: &[usize]) {
        self.clear();
        let width: usize = from.shape.iter().skip(1).product();
        rows.iter().for_each(|row| self.values.extend_from_slice(&from.values[row * width..][..width]));
        self.shape.push(rows.len());
        self.shape.extend(from.shape.iter().skip(1));
    }
}

/// The weights of each output, where it has any.
pub(crate) type OutputWeights = Vec<Option<Arc<Weights>>>;

/// Sample weights as they were given, not yet compared with a model: what
/// [`IntoSampleWeight`] makes.
#[derive(Clone, Debug)]
pub struct SampleWeight(Given);

#[derive(Clone, Debug)]
enum Given {
    /// One set, for all outputs.
    All(Option<Weights>),
    /// A set for each output.
    Each(Vec<Option<Weights>>),
}

/// Sample weights of one output: a slice, `Vec` or `ndarray` array of any rank by reference, an array view,
/// `()` or `None` for no weights.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the sample weights of an output",
    note = "sample weights are `&weights`, with `weights` a slice, a `Vec` or an array of numbers, (samples) or (samples, steps)"
)]
pub trait IntoWeights {
    /// The numbers.
    #[doc(hidden)]
    fn into_weights(self) -> Result<Option<(Vec<f32>, Vec<usize>)>>;
}

/// Sample weights of a model: one [set](IntoWeights) for all outputs, or a tuple, an array or a `Vec` with a set for each
/// output in order, `()` for one without.
///
/// A set has one weight for each sample, (samples), for each step of each sample, (samples, steps), and so on, up to
/// one for each number that the loss gives. An axis of 1 counts for all of its axis.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sample weights",
    note = "sample weights are `&weights`, with `weights` a slice, a `Vec` or an array of numbers; several outputs also take a tuple of such, `(&a, &b)`"
)]
pub trait IntoSampleWeight {
    /// The weights one by one.
    #[doc(hidden)]
    fn into_sample_weight(self) -> Result<SampleWeight>;
}

impl SampleWeight {
    /// One set for each output in order.
    #[doc(hidden)]
    pub fn each(sets: impl IntoIterator<Item = Result<Option<(Vec<f32>, Vec<usize>)>>>) -> Result<Self> {
        let sets = sets.into_iter().map(|set| Ok(set?.map(|(values, shape)| Weights { values, shape })));
        Ok(SampleWeight(Given::Each(sets.collect::<Result<_>>()?)))
    }

    /// The weights of each output of a model with these targets.
    ///
    /// # Errors
    /// Another number of sets than of outputs, of weights than of samples, axes that are not those of the losses, or a
    /// weight that is not a finite number.
    pub(crate) fn for_targets(self, trainer: &Trainer, targets: &[Data<'_>]) -> Result<OutputWeights> {
        let several = trainer.outputs.len() > 1;
        let sets: OutputWeights = match self.0 {
            Given::All(None) => return Ok(Vec::new()),
            Given::All(Some(set)) => {
                // As in Keras: outputs need not have the same steps.
                if several && set.shape.iter().skip(1).any(|n| *n != 1) {
                    return Err(Error::Argument(format!(
                        "sample weights of shape {:?} for all {} outputs: one set for all has one weight for each sample; \
                         weights of steps are given for each output, as a tuple",
                        set.shape,
                        trainer.outputs.len(),
                    )));
                }
                let set = Arc::new(set);
                trainer.outputs.iter().map(|_| Some(set.clone())).collect()
            }
            Given::Each(sets) if sets.len() == trainer.outputs.len() => {
                sets.into_iter().map(|set| set.map(Arc::new)).collect()
            }
            Given::Each(sets) => {
                return Err(Error::Argument(format!(
                    "{} sets of sample weights for {} outputs: give one for each output, or one for all",
                    sets.len(),
                    trainer.outputs.len()
                )));
            }
        };
        for ((set, output), target) in sets.iter().zip(&trainer.outputs).zip(targets) {
            if let Some(set) = set {
                check(set, output, target, several)?;
            }
        }
        Ok(sets)
    }
}

/// Weights must go with the losses of their output, and be finite.
fn check(set: &Weights, output: &Output, target: &Data<'_>, several: bool) -> Result<()> {
    let of = if several { format!(" of output `{}`", output.field) } else { String::new() };
    let samples = target.samples();
    match set.shape.first() {
        Some(n) if *n == samples => {}
        Some(n) if set.shape.len() == 1 => {
            return Err(Error::Argument(format!("{n} sample weights{of} for {samples} samples")));
        }
        _ => {
            let found = &set.shape;
            return Err(Error::Argument(format!(
                "sample weights{of} of shape {found:?} for {samples} samples"
            )));
        }
    }
    Spread::new(&set.shape, &output.losses(target.shape()), &format!("sample weight{of}"))?;
    let width = set.values.len() / samples.max(1);
    match set.values.iter().position(|weight| !weight.is_finite()) {
        None => Ok(()),
        Some(at) => Err(Error::Argument(format!(
            "the sample weight{of} of sample {} is {}: weights are finite numbers",
            at / width.max(1),
            set.values[at]
        ))),
    }
}

fn numbers(data: &Data<'_>) -> Option<(Vec<f32>, Vec<usize>)> {
    let rows: Vec<usize> = (0..data.samples()).collect();
    let mut values = Vec::new();
    data.gather_f32(&rows, &mut values);
    Some((values, data.shape().to_vec()))
}

fn of_slice<T: ArrayElement>(weights: &[T]) -> Result<Option<(Vec<f32>, Vec<usize>)>> {
    Ok(numbers(&Data::new(T::values(weights.into()), &[weights.len()])?))
}

#[diagnostic::do_not_recommend]
impl<T: ArrayElement> IntoWeights for &[T] {
    fn into_weights(self) -> Result<Option<(Vec<f32>, Vec<usize>)>> {
        of_slice(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ArrayElement> IntoWeights for &Vec<T> {
    fn into_weights(self) -> Result<Option<(Vec<f32>, Vec<usize>)>> {
        of_slice(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ArrayElement, const N: usize> IntoWeights for &[T; N] {
    fn into_weights(self) -> Result<Option<(Vec<f32>, Vec<usize>)>> {
        of_slice(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ArrayElement, D: ndarray::Data<Elem = T>, I: Dimension> IntoWeights for &ArrayBase<D, I> {
    fn into_weights(self) -> Result<Option<(Vec<f32>, Vec<usize>)>> {
        let values: Vec<T> = self.iter().copied().collect();
        Ok(numbers(&Data::new(T::values(values.into()), self.shape())?))
    }
}

#[diagnostic::do_not_recommend]
impl<T: ArrayElement, I: Dimension> IntoWeights for ArrayBase<ndarray::ViewRepr<&T>, I> {
    fn into_weights(self) -> Result<Option<(Vec<f32>, Vec<usize>)>> {
        (&self).into_weights()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, W: ?Sized> IntoWeights for &&'a W
where
    &'a W: IntoWeights,
{
    fn into_weights(self) -> Result<Option<(Vec<f32>, Vec<usize>)>> {
        (*self).into_weights()
    }
}

#[diagnostic::do_not_recommend]
impl<W: IntoWeights> IntoWeights for Option<W> {
    fn into_weights(self) -> Result<Option<(Vec<f32>, Vec<usize>)>> {
        self.map_or(Ok(None), W::into_weights)
    }
}

#[diagnostic::do_not_recommend]
impl IntoWeights for () {
    fn into_weights(self) -> Result<Option<(Vec<f32>, Vec<usize>)>> {
        Ok(None)
    }
}

#[diagnostic::do_not_recommend]
impl<W: IntoWeights> IntoSampleWeight for W {
    fn into_sample_weight(self) -> Result<SampleWeight> {
        let weights = self.into_weights()?.map(|(values, shape)| Weights { values, shape });
        Ok(SampleWeight(Given::All(weights)))
    }
}

#[diagnostic::do_not_recommend]
impl<W: IntoWeights, const N: usize> IntoSampleWeight for [W; N] {
    fn into_sample_weight(self) -> Result<SampleWeight> {
        SampleWeight::each(self.map(W::into_weights))
    }
}

#[diagnostic::do_not_recommend]
impl<W: IntoWeights> IntoSampleWeight for Vec<W> {
    fn into_sample_weight(self) -> Result<SampleWeight> {
        SampleWeight::each(self.into_iter().map(W::into_weights))
    }
}

macro_rules! tuples {
    ($(($($value:ident)+))*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($value: IntoWeights),+> IntoSampleWeight for ($($value,)+) {
            #[allow(non_snake_case)]
            fn into_sample_weight(self) -> Result<SampleWeight> {
                let ($($value,)+) = self;
                SampleWeight::each([$($value.into_weights()),+])
            }
        }

        // The items of a stream are taken by reference.
        #[diagnostic::do_not_recommend]
        impl<'a, $($value),+> IntoSampleWeight for &'a ($($value,)+)
        where
            $(&'a $value: IntoWeights,)+
        {
            #[allow(non_snake_case)]
            fn into_sample_weight(self) -> Result<SampleWeight> {
                let ($($value,)+) = self;
                SampleWeight::each([$($value.into_weights()),+])
            }
        }
    )* };
}
tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }

/// How many classes an output of this width tells apart, if it is known.
fn class_count(output: &Output, width: Option<usize>) -> Option<usize> {
    let binary = ["binary_crossentropy", "binary_focal_crossentropy", "hinge", "squared_hinge"];
    match width {
        // Labels that are not the output's classes.
        _ if output.loss.classes() && output.loss.class_ids().is_none() => None,
        Some(1) if output.loss.classes() => Some(1),
        // Of a regression, as in Keras, any number may stand for a class.
        Some(1) => binary.contains(&output.loss.loss_name()).then_some(2),
        more => more,
    }
}

/// What a sample of each class counts, checked against the model.
pub(crate) struct ClassWeights {
    weights: HashMap<usize, f64>,
    one_hot: bool,
}

impl ClassWeights {
    /// The weights of the classes of a model's only output; nothing where none are given.
    ///
    /// # Errors
    /// Several outputs, more than one class for each sample, a class that does not exist, or a weight that is not a
    /// finite number.
    pub fn new(
        weights: &HashMap<usize, f64>,
        trainer: &Trainer,
        model: &dyn AnyModel,
    ) -> Result<Option<Self>> {
        if weights.is_empty() {
            return Ok(None);
        }
        let [output] = trainer.outputs.as_slice() else {
            return Err(Error::Argument(
                "`class_weight` is for models of one output; use `sample_weight`".into(),
            ));
        };
        let shape = model.structure().output_shape(0);
        if shape.rank() > 2 {
            return Err(Error::Argument(
                "`class_weight` needs one class for each sample; use `sample_weight`".into(),
            ));
        }
        let mut classes: Vec<usize> = weights.keys().copied().collect();
        classes.sort_unstable();
        let width = if shape.rank() < 2 { Some(1) } else { shape.last().fixed() };
        for class in classes {
            let weight = weights[&class];
            if !weight.is_finite() {
                return Err(Error::Argument(format!(
                    "`class_weight` of class {class} is {weight}: weights are finite numbers"
                )));
            }
            if let Some(n) = class_count(output, width)
                && class >= n
            {
                return Err(Error::Argument(format!(
                    "`class_weight`: there is no class {class}: the model tells {n} class{} apart, 0{}",
                    if n == 1 { "" } else { "es" },
                    if n == 1 { String::new() } else { format!(" to {}", n - 1) }
                )));
            }
        }
        Ok(Some(ClassWeights {
            weights: weights.clone(),
            one_hot: !output.loss.classes() && width.is_none_or(|n| n > 1),
        }))
    }

    /// Sample weights times those of the classes of the targets. (Keras refuses to have both.)
    pub fn times(&self, sets: OutputWeights, target: &Data<'_>) -> OutputWeights {
        let samples = target.samples();
        let mut set = match sets.into_iter().next().flatten() {
            Some(set) => Arc::unwrap_or_clone(set),
            None => Weights { values: vec![1.0; samples], shape: vec![samples] },
        };
        let width = (set.values.len() / samples.max(1)).max(1);
        let mut values = Vec::new();
        for (row, weights) in set.values.chunks_mut(width).enumerate() {
            target.gather_f32(&[row], &mut values);
            let weight = self.weights.get(&self.class(&values)).copied().unwrap_or(1.0) as f32;
            weights.iter_mut().for_each(|w| *w *= weight);
        }
        vec![Some(Arc::new(set))]
    }

    /// The class of a target; as in Keras, a number is rounded.
    fn class(&self, target: &[f32]) -> usize {
        if self.one_hot {
            return target
                .iter()
                .enumerate()
                .fold(0, |best, (i, v)| if *v > target[best] { i } else { best });
        }
        match target.first().map(|class| class.round_ties_even()) {
            Some(class) if class >= 0.0 => class as usize,
            // No class has this number, so no weight is its own.
            _ => usize::MAX,
        }
    }
}
