//! All that a training needs to go on, in a file.

use std::collections::HashMap;
use std::path::Path;

use super::callbacks::{Callback, CallbackState};
use super::optimizers::{OptimizerState, WeightState};
use super::trainer::{Sums, Trainer};
use crate::files::{Contents, Entry, Kind, check_extension, compare, params_mut, read_bytes, write_entries};
use crate::model::AnyModel;
use crate::param::{Param, ParamId};
use crate::tensor::Raw;
use crate::{Error, Result, message};

/// Where in `fit` a training is: so many epochs are over, and so many batches of the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    pub epoch: usize,
    pub batch: usize,
}

/// The state of a training between two steps.
pub(crate) struct TrainingState {
    weights: Vec<(String, Raw)>,
    optimizer: String,
    optimizer_state: OptimizerState,
    seed: u64,
    steps: u64,
    pub position: Position,
    /// Whether a callback has ended the training.
    pub stop: bool,
    sums: Sums,
    /// States of stateful layers, by the path of the layer's first weight.
    states: Vec<(String, Vec<Raw>)>,
    /// The arguments of `fit` that decide which samples a step sees.
    pub arguments: Vec<(String, u64)>,
    callbacks: Vec<CallbackState>,
}

const ARGUMENTS: &str = "fit/";
const WEIGHTS: &str = "weights/";
const SLOTS: &str = "optimizer/slots/";
const VARIABLES: &str = "optimizer/variables/";
const STATES: &str = "states/";
const METRICS: &str = "metrics/";

impl TrainingState {
    /// The state that a training is in.
    pub fn of<'a>(
        model: &dyn AnyModel,
        trainer: &Trainer,
        position: Position,
        callbacks: &[Box<dyn Callback + 'a>],
    ) -> Result<Self> {
        let named = model.named_params();
        let mut all = HashMap::new();
        states(model, &mut all);
        let states = named.iter().filter_map(|(path, param)| Some((path.clone(), all.remove(&param.id)?)));
        let states = states.collect();
        Ok(TrainingState {
            weights: named.iter().map(|(path, param)| (path.clone(), param.value.clone())).collect(),
            optimizer: trainer.optimizer.name().to_string(),
            optimizer_state: trainer.optimizer.state()?,
            seed: trainer.seed,
            steps: trainer.steps(),
            position,
            stop: trainer.stop,
            // At the end of an epoch they begin anew.
            sums: if position.batch > 0 { trainer.sums() } else { Vec::new() },
            states,
            arguments: Vec::new(),
            callbacks: callbacks.iter().filter_map(|callback| callback.state()).collect(),
        })
    }

    /// Writes it. The file is either whole or as it was before.
    ///
    /// # Errors
    /// The file cannot be written, its name says another format, or two weights have the same path.
    pub fn write(&self, model: &dyn AnyModel, path: &Path) -> Result<()> {
        check_extension(path)?;
        let named = model.named_params();
        let paths: HashMap<ParamId, &str> = named.iter().map(|(path, p)| (p.id, path.as_str())).collect();
        let mut entries = Vec::new();
        for (name, raw) in &self.weights {
            entries.push(Entry::raw(format!("{WEIGHTS}{name}"), raw)?);
        }
        let optimizer = &self.optimizer_state;
        entries.push(Entry::count("optimizer/iterations".into(), optimizer.iterations));
        if let Some(rate) = optimizer.learning_rate {
            entries.push(Entry::numbers("optimizer/learning_rate".into(), &[rate]));
        }
        for WeightState { weight, slots } in &optimizer.weights {
            // Of a weight that the model no longer has nothing is needed.
            let Some(path) = paths.get(weight) else { continue };
            for (slot, raw) in slots {
                entries.push(Entry::raw(format!("{SLOTS}{path}/{slot}"), raw)?);
            }
        }
        for (i, (name, raw)) in optimizer.variables.iter().enumerate() {
            entries.push(Entry::raw(format!("{VARIABLES}{i}/{name}"), raw)?);
        }
        let Position { epoch, batch } = self.position;
        let counts =
            [("seed", self.seed), ("steps", self.steps), ("epoch", epoch as u64), ("batch", batch as u64)];
        for (name, count) in counts.into_iter().chain([("stop", u64::from(self.stop))]) {
            entries.push(Entry::count(format!("training/{name}"), count));
        }
        for (name, count) in &self.arguments {
            entries.push(Entry::count(format!("{ARGUMENTS}{name}"), *count));
        }
        for (i, (name, sums)) in self.sums.iter().enumerate() {
            entries.push(Entry::numbers(format!("{METRICS}{i}/{name}"), sums));
        }
        for (path, states) in &self.states {
            for (i, state) in states.iter().enumerate() {
                entries.push(Entry::raw(format!("{STATES}{i}/{path}"), state)?);
            }
        }
        let mut words = vec![("optimizer".to_string(), self.optimizer.clone())];
        for (i, callback) in self.callbacks.iter().enumerate() {
            words.push((format!("callbacks/{i}"), callback.class.clone()));
            for (name, number) in &callback.numbers {
                entries.push(Entry::numbers(format!("callbacks/{i}/numbers/{name}"), &[*number]));
            }
            for (j, (name, raw)) in callback.tensors.iter().enumerate() {
                entries.push(Entry::raw(format!("callbacks/{i}/tensors/{j}/{name}"), raw)?);
            }
        }
        write_entries(path, Kind::Checkpoint, &entries, words)
    }

    /// Reads it, for a model and its optimiser.
    ///
    /// # Errors
    /// The file is damaged, or holds the state of another model or optimiser: the message names what differs.
    pub fn read(model: &dyn AnyModel, trainer: &Trainer, path: &Path) -> Result<Self> {
        Self::of_bytes(model, trainer, path, &Self::bytes(path)?)
    }

    /// What stands in the file.
    ///
    /// # Errors
    /// It cannot be read, or its name says another format.
    pub fn bytes(path: &Path) -> Result<Vec<u8>> {
        check_extension(path)?;
        read_bytes(path)
    }

    /// [`read`](TrainingState::read) of what stands in the file at `path`.
    ///
    /// # Errors
    /// As `read`.
    pub fn of_bytes(model: &dyn AnyModel, trainer: &Trainer, path: &Path, bytes: &[u8]) -> Result<Self> {
        let file = Contents::new(path, bytes, Kind::Checkpoint)?;
        let mut wrong = Vec::new();
        let (optimizer, own) = (file.word("optimizer").unwrap_or_default(), trainer.optimizer.name());
        if optimizer != own {
            wrong.push(format!("the optimizer is `{own}`, and the file's is `{}`", message::name(optimizer)));
        }
        wrong.extend(compare(model, &file, WEIGHTS));
        if !wrong.is_empty() {
            let list = message::lines(wrong, 8);
            return Err(file.error(format!("the state is not of this training:\n  {list}")));
        }
        let named = model.named_params();
        let weights =
            named.iter().map(|(name, _)| Ok((name.clone(), file.raw(&format!("{WEIGHTS}{name}"))?)));
        let rate = "optimizer/learning_rate";
        let optimizer_state = OptimizerState {
            iterations: file.count("optimizer/iterations")?,
            learning_rate: file.shape(rate).map(|_| one(&file, rate)).transpose()?,
            weights: slots(&file, &named)?,
            variables: numbered(&file, VARIABLES)
                .into_iter()
                .map(|(_, name, stored)| Ok((name.to_string(), file.raw(stored)?)))
                .collect::<Result<_>>()?,
        };
        let sums = numbered(&file, METRICS);
        let sums = sums.into_iter().map(|(_, name, stored)| Ok((name.to_string(), file.numbers(stored)?)));
        let position =
            Position { epoch: whole(&file, "training/epoch")?, batch: whole(&file, "training/batch")? };
        Ok(TrainingState {
            weights: weights.collect::<Result<_>>()?,
            optimizer: own.to_string(),
            optimizer_state,
            seed: file.count("training/seed")?,
            steps: file.count("training/steps")?,
            position,
            stop: file.count("training/stop")? != 0,
            sums: sums.collect::<Result<_>>()?,
            states: stored_states(&file, &named)?,
            arguments: file
                .names()
                .into_iter()
                .filter_map(|stored| Some((stored.strip_prefix(ARGUMENTS)?, stored)))
                .map(|(name, stored)| Ok((name.to_string(), file.count(stored)?)))
                .collect::<Result<_>>()?,
            callbacks: stored_callbacks(&file)?,
        })
    }

    /// Puts model, optimiser and metrics into this state.
    ///
    /// # Errors
    /// It is the state of another optimiser or of other metrics; then nothing changes.
    pub fn apply(&self, model: &mut dyn AnyModel, trainer: &mut Trainer) -> Result<()> {
        let before = trainer.sums();
        if !self.sums.is_empty() {
            trainer.set_sums(&self.sums)?;
        }
        let named = model.named_params();
        if let Err(error) = trainer.optimizer.set_state(&named, &self.optimizer_state) {
            trainer.set_sums(&before)?;
            return Err(error);
        }
        let ids: HashMap<&str, ParamId> = named.iter().map(|(path, p)| (path.as_str(), p.id)).collect();
        let states = self.states.iter();
        let states = states.filter_map(|(path, states)| Some((*ids.get(path.as_str())?, states.clone())));
        set_states(model, &states.collect());
        (trainer.seed, trainer.epochs) = (self.seed, self.position.epoch);
        trainer.set_steps(self.steps);
        let mut layers = model.layers_mut();
        params_mut(&mut layers)
            .into_iter()
            .zip(&self.weights)
            .for_each(|(p, (_, raw))| p.value = raw.clone());
        Ok(())
    }

    /// Gives callbacks what they remembered: the first state of a class to the first callback of that class, and so on.
    /// Gives the classes of the states that nobody takes.
    ///
    /// # Errors
    /// What a callback finds wrong with its state.
    pub fn tell<'a>(&self, callbacks: &mut [Box<dyn Callback + 'a>]) -> Result<Vec<&str>> {
        let mut rest: Vec<&CallbackState> = self.callbacks.iter().collect();
        for callback in callbacks {
            let Some(now) = callback.state() else { continue };
            if let Some(at) = rest.iter().position(|state| state.class == now.class) {
                callback.set_state(rest.remove(at))?;
            }
        }
        Ok(rest.into_iter().map(|state| state.class.as_str()).collect())
    }
}

/// What an optimiser has kept for each weight.
fn slots(file: &Contents<'_>, named: &[(String, &Param)]) -> Result<Vec<WeightState>> {
    let ids: HashMap<&str, &Param> = named.iter().map(|(path, param)| (path.as_str(), *param)).collect();
    let mut found: HashMap<ParamId, Vec<(String, Raw)>> = HashMap::new();
    let mut wrong = Vec::new();
    for stored in file.names() {
        let Some(name) = stored.strip_prefix(SLOTS) else { continue };
        match name.rsplit_once('/').and_then(|(path, slot)| Some((*ids.get(path)?, slot))) {
            Some((param, slot)) => {
                let raw = file.raw(stored)?;
                found.entry(param.id).or_default().push((slot.to_string(), raw));
            }
            None => wrong
                .push(format!("`{}` is kept for a weight that the model does not have", message::name(name))),
        }
    }
    if !wrong.is_empty() {
        return Err(file.error(format!("the state is not of this model:\n  {}", message::lines(wrong, 8))));
    }
    // In the order of the model's weights.
    let kept = named
        .iter()
        .filter_map(|(_, param)| Some(WeightState { weight: param.id, slots: found.remove(&param.id)? }));
    Ok(kept.collect())
}

/// The states of stateful layers.
fn stored_states(file: &Contents<'_>, named: &[(String, &Param)]) -> Result<Vec<(String, Vec<Raw>)>> {
    let mut states: Vec<(String, Vec<Raw>)> = Vec::new();
    for (_, path, stored) in numbered(file, STATES) {
        if !named.iter().any(|(known, _)| known == path) {
            let path = message::name(path);
            return Err(file.error(format!(
                "there is the state of a layer with the weight `{path}`, which the model does not have"
            )));
        }
        let raw = file.raw(stored)?;
        match states.iter_mut().find(|(known, _)| known == path) {
            Some((_, of)) => of.push(raw),
            None => states.push((path.to_string(), vec![raw])),
        }
    }
    Ok(states)
}

/// What callbacks remembered.
fn stored_callbacks(file: &Contents<'_>) -> Result<Vec<CallbackState>> {
    let mut callbacks = Vec::new();
    while let Some(class) = file.word(&format!("callbacks/{}", callbacks.len())) {
        let mut state = CallbackState::new(class);
        let prefix = format!("callbacks/{}/numbers/", callbacks.len());
        for stored in file.names() {
            if let Some(name) = stored.strip_prefix(&prefix) {
                state = state.number(name, one(file, stored)?);
            }
        }
        for (_, name, stored) in numbered(file, &format!("callbacks/{}/tensors/", callbacks.len())) {
            state.tensors.push((name.to_string(), file.raw(stored)?));
        }
        callbacks.push(state);
    }
    Ok(callbacks)
}

/// The tensors whose names are `prefix`, a number, `/` and a name, in the order of the numbers.
fn numbered<'a>(file: &'a Contents<'_>, prefix: &str) -> Vec<(usize, &'a str, &'a str)> {
    let found = file.names().into_iter().filter_map(|stored| {
        let (number, name) = stored.strip_prefix(prefix)?.split_once('/')?;
        Some((number.parse().ok()?, name, stored))
    });
    let mut found: Vec<(usize, &str, &str)> = found.collect();
    found.sort_unstable();
    found
}

fn one(file: &Contents<'_>, name: &str) -> Result<f64> {
    match file.numbers(name)?.as_slice() {
        [one] => Ok(*one),
        more => Err(file.error(format!("`{}` is {} numbers, not one", message::name(name), more.len()))),
    }
}

fn whole(file: &Contents<'_>, name: &str) -> Result<usize> {
    usize::try_from(file.count(name)?).map_err(|_| file.error(format!("`{name}` is larger than memory")))
}

/// The states of the stateful layers of a model and of the models in it.
fn states(model: &dyn AnyModel, all: &mut HashMap<ParamId, Vec<Raw>>) {
    all.extend(model.core().states());
    model.layers().into_iter().filter_map(|layer| layer.nested()).for_each(|inner| states(inner, all));
}

/// Puts states in the place of all that are there, each where its layer is.
fn set_states(model: &dyn AnyModel, all: &HashMap<ParamId, Vec<Raw>>) {
    let mut own = HashMap::new();
    for layer in model.layers() {
        match layer.nested() {
            Some(inner) => set_states(inner, all),
            None => {
                let ids = layer.params().into_iter().map(|param| param.id);
                own.extend(ids.filter_map(|id| Some((id, all.get(&id)?.clone()))));
            }
        }
    }
    model.core().set_states(own);
}

/// What differs between the arguments of `fit` now and before the interruption.
pub(crate) fn compare_arguments(now: &[(String, u64)], before: &[(String, u64)]) -> Result<()> {
    let mut wrong = Vec::new();
    for (name, value) in now {
        match before.iter().find(|(known, _)| known == name) {
            Some((_, old)) if old != value => wrong.push(format!("`{name}` is {value}, and was {old}")),
            Some(_) => {}
            None => wrong.push(format!("`{name}` is {value}, and was not there")),
        }
    }
    for (name, old) in before {
        if !now.iter().any(|(known, _)| known == name) {
            wrong.push(format!("`{}` was {old}, and is not there", message::name(name)));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let list = message::lines(wrong, 8);
    Err(Error::Argument(format!(
        "the training that was interrupted cannot go on, it was another one:\n  {list}\n\
         Take the arguments of before, or remove the backup to begin anew."
    )))
}
