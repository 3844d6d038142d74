//! Several optimisers, each for weights of its own.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::change::divide;
use super::pattern::Pattern;
use super::{Optimizer, OptimizerState, OwnGradient, apply_numbers};
use crate::param::{Param, ParamId};
use crate::tensor::Raw;
use crate::{Error, Result};

/// Which optimiser changes which weights, by their paths.
/// [Keras's `OptimizerMap`](https://keras.io/api/optimizers/).
pub struct OptimizerMap {
    default: Box<dyn Optimizer>,
    by_path: Vec<ForPath>,
}

/// A path or pattern, the pattern as it was read, and the optimiser for the weights of such paths.
type ForPath = (String, Result<Pattern, String>, Box<dyn Optimizer>);

impl OptimizerMap {
    /// With one for all weights that no pattern matches.
    pub fn new(default_optimizer: impl Optimizer + 'static) -> Self {
        OptimizerMap { default: Box::new(default_optimizer), by_path: Vec::new() }
    }

    /// And one for the weight of this path, or for those whose whole path the regular expression matches:
    /// `"encoder/.*"`. A path that is written out goes before patterns.
    ///
    /// A pattern is a regular expression without lookaround and references to groups.
    #[must_use]
    pub fn with(mut self, path: &str, optimizer: impl Optimizer + 'static) -> Self {
        self.by_path.push((path.to_string(), Pattern::new(path), Box::new(optimizer)));
        self
    }

    /// Which of the optimisers is for a path: those of patterns in their order, the default one behind.
    fn find(&self, path: &str) -> Result<usize> {
        if let Some(exact) = self.by_path.iter().position(|(key, ..)| key == path) {
            return Ok(exact);
        }
        let matches = |pattern: &Result<Pattern, String>| pattern.as_ref().is_ok_and(|p| p.matches(path));
        let mut found =
            self.by_path.iter().enumerate().filter(|(_, (_, pattern, _))| matches(pattern)).map(|(i, _)| i);
        match (found.next(), found.next()) {
            (Some(one), Some(other)) => Err(Error::Argument(format!(
                "MultiOptimizer: the weight `{path}` has two optimizers: the patterns `{}` and `{}` both match it",
                self.by_path[one].0, self.by_path[other].0
            ))),
            (one, _) => Ok(one.unwrap_or(self.by_path.len())),
        }
    }

    fn all(&self) -> impl Iterator<Item = &dyn Optimizer> {
        self.by_path.iter().map(|(.., optimizer)| &**optimizer).chain(core::iter::once(&*self.default))
    }

    fn get_mut(&mut self, i: usize) -> &mut dyn Optimizer {
        match self.by_path.get_mut(i) {
            Some((.., optimizer)) => &mut **optimizer,
            None => &mut *self.default,
        }
    }
}

/// Changes weights by several optimisers, each by its own.
/// [Keras's `MultiOptimizer`](https://keras.io/api/optimizers/).
///
/// ```
/// use keras_core::prelude::*;
/// use keras_core::training::optimizers::{MultiOptimizer, OptimizerMap};
///
/// let map = OptimizerMap::new(Adam::new(1e-3)).with("embedding/.*", SGD::new(0.1));
/// let model = model!(Input(5, dtype = int32) => Embedding(100, 8) => GRU(4) => Dense(1));
/// let model = model.compile(MultiOptimizer::new(map), MeanSquaredError::new(), ());
/// # let _ = model;
/// ```
///
/// Clipping by the norm of all gradients is by those that an optimiser changes. There is no learning rate of all: callbacks
/// cannot set it, and report that of the default optimiser. Files of Keras do not hold it.
pub struct MultiOptimizer {
    map: OptimizerMap,
    loss_scale_factor: Option<f64>,
    paths: HashMap<ParamId, String>,
    /// Which optimiser each weight has.
    of: HashMap<ParamId, usize>,
    iterations: u64,
}

impl MultiOptimizer {
    /// With the optimisers of this map.
    pub fn new(optimizer_map: OptimizerMap) -> Self {
        MultiOptimizer {
            map: optimizer_map,
            loss_scale_factor: None,
            paths: HashMap::new(),
            of: HashMap::new(),
            iterations: 0,
        }
    }

    /// What the loss is multiplied with before its gradients are taken, which are divided by it again.
    #[must_use]
    pub fn loss_scale_factor(mut self, loss_scale_factor: f64) -> Self {
        self.loss_scale_factor = Some(loss_scale_factor);
        self
    }

    /// The optimisers, those of the map's paths in their order, the default one at last.
    pub fn optimizers(&self) -> Vec<&dyn Optimizer> {
        self.map.all().collect()
    }

    fn count(&self) -> usize {
        self.map.by_path.len() + 1
    }

    /// Which optimiser a weight has.
    fn place(&mut self, param: &Param) -> Result<usize> {
        if let Some(known) = self.of.get(&param.id) {
            return Ok(*known);
        }
        let found = self.map.find(self.paths.get(&param.id).unwrap_or(&param.path))?;
        self.of.insert(param.id, found);
        Ok(found)
    }

    /// The same of several weights.
    fn places(&mut self, params: &[&mut Param]) -> Result<Few<usize>> {
        params.iter().map(|param| self.place(param)).collect()
    }
}

/// Something of each weight, which steps lay out without memory of their own for models that are not large.
type Few<T> = SmallVec<[T; 32]>;

impl core::fmt::Debug for MultiOptimizer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let names = self.map.all().map(Optimizer::name);
        f.debug_list().entries(names).finish()
    }
}

impl Optimizer for MultiOptimizer {
    fn name(&self) -> &str {
        "multi_optimizer"
    }

    fn check(&self) -> Result<()> {
        super::base::positive("loss_scale_factor", self.loss_scale_factor.unwrap_or(1.0))?;
        for (i, (path, pattern, _)) in self.map.by_path.iter().enumerate() {
            if let Err(problem) = pattern {
                return Err(Error::Argument(format!(
                    "MultiOptimizer: `{path}` is no pattern of paths: {problem}"
                )));
            }
            if self.map.by_path[..i].iter().any(|(before, ..)| before == path) {
                return Err(Error::Argument(format!("MultiOptimizer: two optimizers are for `{path}`")));
            }
        }
        for inner in self.map.all() {
            inner.check()?;
            if matches!(inner.name(), "loss_scale_optimizer" | "multi_optimizer") {
                return Err(Error::Argument(format!(
                    "MultiOptimizer: `{}` cannot be one of its optimizers\nhelp: put it around the `MultiOptimizer`",
                    inner.name()
                )));
            }
            if inner.loss_scale() != 1.0 {
                return Err(Error::Argument(
                    "MultiOptimizer: the loss is scaled once for all: `MultiOptimizer::new(map).loss_scale_factor(...)`".into(),
                ));
            }
        }
        Ok(())
    }

    fn weights_are(&mut self, weights: &[(String, ParamId)]) {
        self.paths.extend(weights.iter().map(|(path, id)| (*id, path.clone())));
        self.of.clear();
        (0..self.count()).for_each(|i| self.map.get_mut(i).weights_are(weights));
    }

    fn build(&mut self, params: &[&Param]) -> Result<()> {
        let mut parts: Vec<Vec<&Param>> = vec![Vec::new(); self.count()];
        for param in params {
            parts[self.place(param)?].push(*param);
        }
        for (i, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
            self.map.get_mut(i).build(part)?;
        }
        Ok(())
    }

    fn apply(&mut self, params: &mut [&mut Param], gradients: Vec<Option<Raw>>) -> Result<()> {
        apply_numbers(self, params, gradients)
    }

    fn apply_in_place(
        &mut self,
        params: &mut [&mut Param],
        gradients: &mut [Option<OwnGradient<'_>>],
    ) -> Result<()> {
        self.check()?;
        if let Some(scale) = self.loss_scale_factor {
            divide(gradients, scale as f32);
        }
        let places = self.places(params)?;
        for i in 0..self.count() {
            let own = params.iter_mut().zip(gradients.iter_mut()).zip(&places);
            let (mut part, mut changes): (Few<&mut Param>, Few<Option<OwnGradient<'_>>>) = own
                .filter(|(_, place)| **place == i)
                .map(|((param, gradient), _)| (&mut **param, gradient.take()))
                .unzip();
            if changes.iter().any(Option::is_some) {
                self.map.get_mut(i).apply_in_place(&mut part, &mut changes)?;
            }
        }
        self.iterations += 1;
        Ok(())
    }

    fn loss_scale(&self) -> f64 {
        self.loss_scale_factor.unwrap_or(1.0)
    }

    fn finalize(&mut self, params: &mut [&mut Param]) -> Result<()> {
        let places = self.places(params)?;
        for i in (0..self.count()).filter(|i| places.contains(i)) {
            let own = params.iter_mut().zip(&places).filter(|(_, place)| **place == i);
            let mut part: Few<&mut Param> = own.map(|(param, _)| &mut **param).collect();
            self.map.get_mut(i).finalize(&mut part)?;
        }
        Ok(())
    }

    fn keeps_averages(&self) -> bool {
        self.map.all().any(Optimizer::keeps_averages)
    }

    fn iterations(&self) -> u64 {
        self.iterations
    }

    fn learning_rate(&self) -> f64 {
        self.map.default.learning_rate()
    }

    fn scheduled(&self) -> bool {
        self.map.default.scheduled()
    }

    fn set_learning_rate(&mut self, _: f64) -> Result<()> {
        Err(Error::Argument(
            "the optimizers of a `MultiOptimizer` each have a learning rate, and there is none of all to be set\nhelp: give each a schedule".into(),
        ))
    }

    fn variables(&self) -> Result<Vec<(String, Raw)>> {
        let steps = i32::try_from(self.iterations).unwrap_or(i32::MAX);
        let mut variables = vec![
            ("iteration".to_string(), Raw::from_i32(vec![steps], &[1])?),
            ("learning_rate".to_string(), Raw::from_f32(vec![0.0], &[1])?),
        ];
        for (i, inner) in self.map.all().enumerate() {
            variables.extend(inner.variables()?.into_iter().map(|(name, raw)| (format!("{i}_{name}"), raw)));
        }
        Ok(variables)
    }

    fn set_variables(&mut self, params: &[&Param], values: &[Raw]) -> Result<()> {
        self.build(params)?;
        let mut parts: Vec<Vec<&Param>> = vec![Vec::new(); self.count()];
        for param in params {
            parts[self.place(param)?].push(*param);
        }
        let counts = self.map.all().map(|inner| Ok(inner.variables()?.len())).collect::<Result<Vec<_>>>()?;
        let wanted = 2 + counts.iter().sum::<usize>();
        if values.len() != wanted {
            let found = values.len();
            return Err(Error::Argument(format!(
                "the state of `multi_optimizer` has {wanted} tensors, found {found}"
            )));
        }
        let (own, mut rest) = values.split_at(2);
        for (i, count) in counts.into_iter().enumerate() {
            let (values, behind) = rest.split_at(count);
            self.map.get_mut(i).set_variables(&parts[i], values)?;
            rest = behind;
        }
        self.iterations = own[0].to_vec()?.first().map_or(0, |steps| *steps as u64);
        Ok(())
    }

    fn state(&self) -> Result<OptimizerState> {
        let mut all = OptimizerState { iterations: self.iterations, ..OptimizerState::default() };
        for (i, inner) in self.map.all().enumerate() {
            let state = inner.state()?;
            let mut keep = |name: &str, raw: Raw| all.variables.push((format!("{i}/{name}"), raw));
            keep(
                "iterations",
                Raw::from_i32(vec![i32::try_from(state.iterations).unwrap_or(i32::MAX)], &[1])?,
            );
            if let Some(rate) = state.learning_rate {
                // All 64 bits of it.
                let bits = rate.to_bits();
                keep("learning_rate", Raw::from_i32(vec![(bits >> 32) as i32, bits as i32], &[2])?);
            }
            state.variables.into_iter().for_each(|(name, raw)| keep(&name, raw));
            all.weights.extend(state.weights);
        }
        Ok(all)
    }

    fn set_state(&mut self, weights: &[(String, &Param)], state: &OptimizerState) -> Result<()> {
        let mut parts = vec![OptimizerState::default(); self.count()];
        let other = || Error::Argument("the state is not that of this `MultiOptimizer`".to_string());
        for (name, raw) in &state.variables {
            let (i, name) = name.split_once('/').ok_or_else(other)?;
            let part = i.parse().ok().and_then(|i: usize| parts.get_mut(i)).ok_or_else(other)?;
            let whole = |at: usize| raw.to_integers()?.get(at).copied().ok_or_else(other);
            match name {
                "iterations" => part.iterations = u64::try_from(whole(0)?).unwrap_or(0),
                "learning_rate" => {
                    let bits = u64::from(whole(0)? as u32) << 32 | u64::from(whole(1)? as u32);
                    part.learning_rate = Some(f64::from_bits(bits));
                }
                _ => part.variables.push((name.to_string(), raw.clone())),
            }
        }
        self.weights_are(&weights.iter().map(|(path, param)| (path.clone(), param.id)).collect::<Vec<_>>());
        for kept in &state.weights {
            let param = weights.iter().find(|(_, param)| param.id == kept.weight).ok_or_else(other)?.1;
            parts[self.place(param)?].weights.push(kept.clone());
        }
        for (i, part) in parts.iter().enumerate() {
            self.map.get_mut(i).set_state(weights, part)?;
        }
        self.iterations = state.iterations;
        Ok(())
    }
}
