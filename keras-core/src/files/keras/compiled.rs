//! What a model was compiled with, as files of Keras have it: losses, metrics, the optimiser and its state.

use std::collections::HashMap;
use std::sync::Arc;

use keras_files::{Array, Generation, KerasFile, Numbers, Tree, Writer, is_own, shown};
use serde_json::{Map, Value, json};

use super::legacy_state;
use super::load_weights::raw;
use super::loaded::LoadedModel;
use crate::model::{AnyLayer, AnyModel};
use crate::param::Param;
use crate::tensor::{AnyTensors, Raw};
use crate::training::Compiled;
use crate::training::compiled::compiled;
use crate::training::config::{Config, Setting, unwritten};
use crate::training::losses::{self, Losses};
use crate::training::metrics::{self, IntoMetrics, Metric};
use crate::training::optimizers::{self, Optimizer};
use crate::training::trainer::{AnyLoss, Output};
use crate::{Error, Result};

/// What is written of a training.
#[derive(Clone, Copy)]
pub(crate) struct Compilation<'a> {
    /// The losses and metrics of each output.
    pub outputs: &'a [Output],
    /// The optimiser.
    pub optimizer: &'a dyn Optimizer,
}

impl Compilation<'_> {
    /// Keras's `compile_config`; nothing where a loss or the optimiser is none of Keras's: then the model is written as one
    /// that is not compiled.
    pub(super) fn config(&self) -> Option<Value> {
        let optimizer = object(&self.optimizer.config()?);
        let of = |output: &Output| {
            if output.loss.is_none() {
                return Some(Value::Null);
            }
            let mut config = output.loss.config()?;
            config.arguments.insert(0, ("name".into(), Setting::Word(output.loss.loss_name().into())));
            if config.get("reduction").is_none() {
                config.arguments.push(("reduction".into(), Setting::Word("sum_over_batch_size".into())));
            }
            unwritten(&mut config);
            Some(object(&config))
        };
        let losses = self.outputs.iter().map(of).collect::<Option<Vec<Value>>>()?;
        let one = |mut all: Vec<Value>| if all.len() == 1 { all.remove(0) } else { Value::Array(all) };
        let weighted = self.outputs.iter().any(|output| output.weight != 1.0);
        let weights = Value::Array(self.outputs.iter().map(|output| json!(output.weight)).collect());
        Some(json!({
            "optimizer": optimizer,
            "loss": one(losses),
            "loss_weights": if weighted { weights } else { Value::Null },
            "metrics": names(self.outputs.iter().map(|output| output.metrics.as_slice())),
            "weighted_metrics": names(self.outputs.iter().map(|output| output.weighted.as_slice())),
            "run_eagerly": false,
            "steps_per_execution": 1,
            "jit_compile": "auto",
        }))
    }

    /// Writes the optimiser's variables into the group `optimizer`.
    /// `alone` are the paths of weights that have no axes in Keras.
    pub(super) fn tree(&self, tree: &mut Tree, alone: &[&str]) -> Result<(), String> {
        let Some(config) = self.optimizer.config() else { return Ok(()) };
        let variables = self.optimizer.variables().map_err(|error| error.to_string())?;
        // Where a weight has one axis, Adafactor has single numbers for what it does not need.
        let ranks: HashMap<&str, usize> = variables
            .iter()
            .filter_map(|(name, raw)| Some((name.strip_suffix("_velocity")?, raw.shape().len())))
            .collect();
        let unused = |name: &str| {
            let of = name.strip_suffix("_rows").or_else(|| name.strip_suffix("_columns"));
            of.is_some_and(|of| ranks.get(of).is_some_and(|rank| *rank < 2))
        };
        // Such as `3_attention_scale_momentum`, whose number says the weight.
        let alone: Vec<String> = alone.iter().map(|path| format!("{}_", path.replace('/', "_"))).collect();
        let of_number = |name: &str| {
            let name = name.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches('_');
            alone.iter().any(|path| name.starts_with(path.as_str()))
        };
        let numbered = |group: &mut Tree, variables: &[(String, Raw)]| {
            for (i, (name, raw)) in variables.iter().enumerate() {
                let array = variable(name, raw)?;
                let single = of_number(name) && array.shape == [1];
                let shape = if unused(name) || single { Vec::new() } else { array.shape };
                group.set(&i.to_string(), Array { shape, data: array.data });
            }
            Ok::<(), String>(())
        };
        let group = tree.group("optimizer");
        numbered(group.group("vars"), &variables)?;
        if config.class == "LossScaleOptimizer" {
            // The optimiser inside has its variables there too.
            numbered(group.group("inner_optimizer").group("vars"), variables.get(4..).unwrap_or_default())?;
        }
        Ok(())
    }
}

/// Keras's single numbers have no axes, and counts are integers.
fn variable(name: &str, raw: &Raw) -> Result<Array, String> {
    let values = raw.to_vec().map_err(|error| error.to_string())?;
    let counts = matches!(name, "iteration" | "step_counter");
    let alone = counts || matches!(name, "learning_rate" | "dynamic_scale" | "variable");
    let shape = if alone { Vec::new() } else { raw.shape() };
    if counts {
        let data = Numbers::I64(values.iter().map(|x| *x as i64).collect());
        return Ok(Array { shape, data });
    }
    Array::floats(shape, values).map_err(|error| error.to_string())
}

/// The metrics that Keras has.
fn names<'a>(sets: impl Iterator<Item = &'a [Box<dyn Metric>]>) -> Value {
    let sets: Vec<Vec<Value>> = sets
        .map(|set| set.iter().filter_map(|metric| metric.keras()).map(|keras| value_of(&keras)).collect())
        .collect();
    match sets.as_slice() {
        sets if sets.iter().all(Vec::is_empty) => Value::Null,
        [one] => json!(one),
        _ => json!(sets),
    }
}

fn object(config: &Config) -> Value {
    let arguments: Map<String, Value> =
        config.arguments.iter().map(|(name, value)| (name.clone(), value_of(value))).collect();
    super::json::object(&config.module, &config.class, Value::Object(arguments))
}

fn value_of(setting: &Setting) -> Value {
    match setting {
        Setting::None => Value::Null,
        Setting::Flag(flag) => json!(flag),
        Setting::Whole(number) => json!(number),
        Setting::Number(number) => json!(number),
        Setting::Word(word) => json!(word),
        Setting::List(list) => list.iter().map(value_of).collect(),
        Setting::Object(config) => object(config),
        Setting::Function(name) => json!({
            "module": "builtins", "class_name": "function", "config": name, "registered_name": "function",
        }),
    }
}

/// What a file says of the training of its model.
#[derive(Debug)]
pub(super) struct FromFile {
    config: Value,
    variables: Result<Vec<(String, Array)>, String>,
    scales_losses: bool,
    writer: Writer,
}

impl FromFile {
    pub(super) fn of(file: &KerasFile) -> Option<Arc<Self>> {
        let config = file.training.clone()?;
        let variables = file.optimizer().map_err(|error| error.to_string());
        let scales_losses = file.scales_losses();
        Some(Arc::new(FromFile { config, variables, scales_losses, writer: file.writer.clone() }))
    }

    fn optimizer(&self) -> Result<Box<dyn Optimizer>, String> {
        let value = self.config.get("optimizer").or_else(|| self.config.get("optimizer_config"));
        let value = value.filter(|value| !value.is_null()).ok_or("the optimizer is not in the file")?;
        let given = match value.as_str() {
            Some(name) => {
                let named =
                    optimizers::IntoOptimizer::into_optimizer(name).map_err(|error| error.to_string())?;
                named.config().ok_or("its optimizer has no arguments")?
            }
            None => config(value, 0)?,
        };
        if !self.scales_losses || optimizers::scales_losses(&given) {
            return optimizers::from_config(&given);
        }
        let inner = vec![("inner_optimizer".to_string(), Setting::Object(given))];
        let (module, class) = ("keras.optimizers".to_string(), "LossScaleOptimizer".to_string());
        optimizers::from_config(&Config { module, class, arguments: inner })
    }

    fn losses(&self, outputs: &[&str]) -> Result<Vec<Box<dyn AnyLoss>>, String> {
        let value = self.config.get("loss").unwrap_or(&Value::Null);
        let losses: Vec<Box<dyn AnyLoss>> =
            each(value, outputs).into_iter().map(loss).collect::<Result<_, String>>()?;
        if losses.iter().all(|loss| loss.is_none()) {
            return Err("no output has a loss".into());
        }
        Ok(losses)
    }

    fn metrics(&self, key: &str, outputs: &[&str]) -> Vec<Vec<Box<dyn Metric>>> {
        let value = self.config.get(key).unwrap_or(&Value::Null);
        let sets = if outputs.len() == 1 { vec![value] } else { each(value, outputs) };
        sets.into_iter().map(|set| metrics_of(set, 0)).collect()
    }
}

/// The values of each output: one for all, a list, or by name.
fn each<'a>(value: &'a Value, outputs: &[&str]) -> Vec<&'a Value> {
    const NONE: &Value = &Value::Null;
    match value {
        Value::Array(list) if list.len() == outputs.len() => list.iter().collect(),
        Value::Object(map) if !map.contains_key("class_name") => {
            outputs.iter().map(|name| map.get(*name).unwrap_or(NONE)).collect()
        }
        one => outputs.iter().map(|_| one).collect(),
    }
}

fn loss(value: &Value) -> Result<Box<dyn AnyLoss>, String> {
    match value {
        Value::String(name) => losses::by_name(name),
        // A function of Keras's.
        Value::Object(object) if object.get("class_name").and_then(Value::as_str) == Some("function") => {
            losses::by_name(object.get("config").and_then(Value::as_str).unwrap_or_default())
        }
        Value::Object(_) => losses::from_config(&config(value, 0)?),
        Value::Null => Ok(Box::new(losses::NoLoss)),
        _ => Err("a loss is neither a name nor a configuration".into()),
    }
}

/// Metrics by name, or by class with arguments; those that do not exist here are left out, as the training does not depend
/// on them.
fn metrics_of(value: &Value, depth: usize) -> Vec<Box<dyn Metric>> {
    let known = |name: &str| -> Vec<Box<dyn Metric>> {
        name.into_metrics().into_iter().filter(|metric| metric.fault().is_none()).collect()
    };
    match value {
        Value::String(name) => known(name),
        Value::Array(list) if depth < 3 => {
            list.iter().flat_map(|value| metrics_of(value, depth + 1)).collect()
        }
        Value::Object(object) => {
            let class = object.get("class_name").and_then(Value::as_str).unwrap_or_default();
            let config = object.get("config").and_then(Value::as_object);
            if class == "function" {
                return known(object.get("config").and_then(Value::as_str).unwrap_or_default());
            }
            if let Some(metric) = config_of_metric(value) {
                return vec![metric];
            }
            let text = |key: &str| config.and_then(|config| config.get(key)).and_then(Value::as_str);
            let plain = config.is_some_and(|config| {
                config.keys().all(|key| matches!(key.as_str(), "name" | "dtype" | "fn" | "reduction"))
            });
            // Keras 2 wraps the functions of metrics.
            let names = [text("name"), text("fn"), Some(class)];
            let found = names.into_iter().flatten().map(known).find(|metrics| !metrics.is_empty());
            found.filter(|_| plain).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn config_of_metric(value: &Value) -> Option<Box<dyn Metric>> {
    config(value, 0).ok().and_then(|config| metrics::from_config(&config))
}

/// A configuration of a class; those of the author's own are none.
fn config(value: &Value, depth: usize) -> Result<Config, String> {
    if depth > 8 {
        return Err("the configuration is nested too deeply".into());
    }
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    let class = text("class_name");
    if is_own(value.get("registered_name").and_then(Value::as_str)) {
        return Err(format!("`{}` is of the author's own", shown(&class)));
    }
    let none = Map::new();
    let arguments = value.get("config").and_then(Value::as_object).unwrap_or(&none);
    let arguments = arguments.iter().map(|(name, value)| Ok((name.clone(), setting(value, depth)?)));
    let class = class.strip_prefix("Custom>").unwrap_or(&class).to_string();
    Ok(Config { module: text("module"), class, arguments: arguments.collect::<Result<_, String>>()? })
}

fn setting(value: &Value, depth: usize) -> Result<Setting, String> {
    Ok(match value {
        Value::Null => Setting::None,
        Value::Bool(flag) => Setting::Flag(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Setting::Whole(whole),
            None => Setting::Number(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(word) => Setting::Word(word.clone()),
        Value::Array(list) => {
            Setting::List(list.iter().map(|value| setting(value, depth + 1)).collect::<Result<_, String>>()?)
        }
        Value::Object(object) => match object.get("class_name").and_then(Value::as_str) {
            Some("function") => Setting::Function(value["config"].as_str().unwrap_or_default().to_string()),
            // An array, which a list makes as well.
            Some("__tensor__" | "__numpy__") => setting(&value["config"]["value"], depth + 1)?,
            _ => Setting::Object(config(value, depth + 1)?),
        },
    })
}

/// The losses of a file, one for each output.
pub struct FileLosses(Vec<Box<dyn AnyLoss>>);

#[diagnostic::do_not_recommend]
impl Losses<AnyTensors> for FileLosses {
    type Targets = AnyTensors;
    fn into_losses(self) -> Vec<Box<dyn AnyLoss>> {
        self.0
    }
}

impl LoadedModel {
    /// The model compiled as the file says, with its losses, its optimiser and the state of that: training goes on where it
    /// stopped. Metrics are those that the file names,
    /// with their arguments; those of the author's own are left out.
    ///
    /// ```no_run
    /// use keras_core::prelude::*;
    ///
    /// let (x, y) = (ndarray::Array2::<f32>::zeros((8, 4)), ndarray::Array2::<f32>::zeros((8, 1)));
    /// let mut model = load_model("trained.keras")?.compiled()?;
    /// model.fit(&x, &y).epochs(5).run()?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// The file does not say what its model was compiled with, or says a loss or an optimiser that does not exist here; or
    /// the state is not that of the optimiser. [`compile`](crate::training::Compile::compile) then says it anew.
    pub fn compiled(mut self) -> Result<Compiled<LoadedModel, FileLosses>> {
        let fault =
            |error: String| Error::Argument(format!("the model is not compiled as its file says: {error}"));
        let file = self.take_training().ok_or_else(|| {
            fault("the file has no `compile_config`; `compile` says how the model is trained".into())
        })?;
        let names: Vec<&str> = self.structure().output_names.to_vec();
        let losses = file.losses(&names).map_err(fault)?;
        let optimizer = file.optimizer().map_err(fault)?;
        let metrics = file.metrics("metrics", &names);
        let weighted = file.metrics("weighted_metrics", &names);
        let mut model = compiled(self, Ok(optimizer), FileLosses(losses), metrics);
        let weights = file.config.get("loss_weights").unwrap_or(&Value::Null);
        for (output, value) in model.trainer.outputs.iter_mut().zip(each(weights, &names)) {
            output.weight = value.as_f64().unwrap_or(1.0);
        }
        model.set_weighted(weighted);
        restore(&mut model, &file).map_err(fault)?;
        Ok(model)
    }
}

/// Gives the optimiser the state that it has in the file.
fn restore(model: &mut Compiled<LoadedModel, FileLosses>, file: &FromFile) -> Result<(), String> {
    let variables = file.variables.as_ref().map_err(String::clone)?;
    let (loaded, trainer) = model.parts_mut();
    let params = trained(loaded);
    let first = variables.len() <= trainer.optimizer.first_variables();
    trainer.optimizer.build(&params).map_err(|error| error.to_string())?;
    let all = trainer.optimizer.variables().map_err(|error| error.to_string())?.len();
    if first && all > variables.len() {
        // Saved before its first step: it has no state yet.
        return Ok(());
    }
    let arrays = if file.writer.generation < Generation::Keras3 {
        legacy_state::ordered(variables, trainer.optimizer.as_ref(), params.len())?
    } else {
        variables.iter().map(|(_, array)| array.clone()).collect()
    };
    let shape = |array: &Array| if array.shape.is_empty() { vec![1] } else { array.shape.clone() };
    let raws = arrays.iter().map(|array| raw(array, &shape(array))).collect::<Result<Vec<Raw>>>();
    let raws = raws.map_err(|error| error.to_string())?;
    trainer.optimizer.set_variables(&params, &raws).map_err(|error| error.to_string())
}

/// The weights that are trained, in Keras's order.
fn trained(model: &dyn AnyModel) -> Vec<&Param> {
    fn of<'a>(layer: &'a dyn AnyLayer, out: &mut Vec<&'a Param>) {
        match (layer.nested(), layer.wrapped()) {
            (Some(inner), _) => inner.layers().into_iter().for_each(|layer| of(layer, out)),
            (None, Some(inner)) => of(inner, out),
            (None, None) => {
                out.extend(layer.params().into_iter().filter(|param| param.trainable && layer.trainable()));
            }
        }
    }
    let mut out = Vec::new();
    model.layers().into_iter().for_each(|layer| of(layer, &mut out));
    out
}
