//! Optimisers as files of Keras have them.

use super::schedules;
use super::{
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, LearningRate, Lion, LossScaleOptimizer,
    Muon, Nadam, Optimizer, RMSprop, SGD, ScheduleFreeAdamW, UpdateRule,
};
use crate::training::config::{Arguments, Config, Setting, Value};

/// The optimiser of a configuration.
///
/// # Errors
/// There is no such optimiser, or an argument that it does not take, in a sentence.
pub(crate) fn from_config(config: &Config) -> Result<Box<dyn Optimizer>, String> {
    if !scales_losses(config) {
        return by_class(config, None);
    }
    if config.get("dynamic") == Some(&Setting::Flag(false)) {
        return Err(
            "its loss scale is fixed, which Keras 3 does not have: `compile` says how the model is trained"
                .into(),
        );
    }
    let Some(Setting::Object(inner)) = config.get("inner_optimizer") else {
        return Err("`inner_optimizer` of `LossScaleOptimizer` is missing".into());
    };
    let scale = config.get("initial_scale").and_then(f64::of).unwrap_or(32768.0);
    let steps = config.get("dynamic_growth_steps").and_then(u64::of).unwrap_or(2000);
    by_class(inner, Some((scale, steps)))
}

/// Whether an optimiser is one inside a `LossScaleOptimizer`, as Keras 2 and 3 call it.
pub(crate) fn scales_losses(config: &Config) -> bool {
    matches!(config.class.as_str(), "LossScaleOptimizer" | "LossScaleOptimizerV3")
}

/// What stands against the Nadam of Keras until 2.10.
pub(crate) const OLD_NADAM: &str = "its `Nadam` is that of Keras until 2.10, whose momentum grows two hundred and fifty times as \
                                    slowly as that of Keras 3: `compile` says how the model is trained";

macro_rules! classes {
    ($($type:ident)*) => {
        fn by_class(config: &Config, scaled: Option<(f64, u64)>) -> Result<Box<dyn Optimizer>, String> {
            match config.class.as_str() {
                $(stringify!($type) => boxed($type::default(), config, scaled),)*
                other => Err(format!("there is no optimizer `{}` here", keras_files::shown(other))),
            }
        }
    };
}
classes! {
    Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion Muon Nadam RMSprop ScheduleFreeAdamW SGD
}

fn boxed<R: UpdateRule + Arguments>(
    mut rule: R,
    config: &Config,
    scaled: Option<(f64, u64)>,
) -> Result<Box<dyn Optimizer>, String> {
    let slows = |name| config.get(name).and_then(f64::of).is_some();
    if R::CLASS == "Nadam" && (slows("decay") || slows("schedule_decay")) {
        return Err(OLD_NADAM.into());
    }
    for (name, value) in &config.arguments {
        set(&mut rule, name, value)?;
    }
    if let Some(decay) = config.get("decay").and_then(f64::of).filter(|decay| *decay != 0.0) {
        // Until 2.10: over a divisor that grows with each step.
        let rate = rule.base().learning_rate();
        rule.base_mut().replace_learning_rate(schedules::InverseTimeDecay::new(rate, 1, decay).into());
    }
    rule.check().and_then(|()| rule.base().check()).map_err(|error| error.to_string())?;
    Ok(match scaled {
        None => Box::new(rule),
        Some((scale, steps)) => {
            Box::new(LossScaleOptimizer::new(rule).initial_scale(scale).dynamic_growth_steps(steps))
        }
    })
}

fn set<R: UpdateRule + Arguments>(rule: &mut R, name: &str, value: &Setting) -> Result<(), String> {
    if matches!(name, "learning_rate" | "lr") {
        rule.base_mut().replace_learning_rate(learning_rate(value)?);
        return Ok(());
    }
    let known = match rule.base_mut().set(name, value) {
        None => rule.set(name, value),
        known => known,
    };
    match known {
        Some(true) => Ok(()),
        // Truth values and numbers that Keras 2 writes where nothing is set.
        Some(false) if matches!(value, Setting::None | Setting::Flag(false)) => Ok(()),
        Some(false) => Err(format!("`{name}` of `{}` takes no such value", R::CLASS)),
        None if says_nothing(name, value) => Ok(()),
        None => Err(format!("`{}` has no argument `{}` here", R::CLASS, keras_files::shown(name))),
    }
}

fn learning_rate(value: &Setting) -> Result<LearningRate, String> {
    match value {
        Setting::Object(schedule) => schedules::from_config(schedule),
        other => {
            f64::of(other).map(LearningRate::from).ok_or_else(|| "the learning rate is no number".into())
        }
    }
}

/// Whether an argument that an optimiser does not have here changes nothing.
fn says_nothing(name: &str, value: &Setting) -> bool {
    matches!(name, "name" | "jit_compile" | "is_legacy_optimizer")
        || matches!(value, Setting::None | Setting::Flag(false))
        || name == "decay"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is `None` in a file stays so where Keras's default is a number.
    #[test]
    fn nothing_is_no_default() {
        for name in ["adam_weight_decay", "rms_rate", "weight_decay"] {
            let arguments = vec![(name.to_string(), Setting::None)];
            let config = Config { module: "keras.optimizers".into(), class: "Muon".into(), arguments };
            let again = from_config(&config).unwrap().config().unwrap();
            assert_eq!(again.get(name), Some(&Setting::None), "{name}");
        }
    }
}
