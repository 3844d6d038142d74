//! The state of an optimiser as Keras 1 and 2 wrote it, brought to the order of Keras 3.

use keras_files::{Array, Numbers, shown};

use crate::tensor::Raw;
use crate::training::config::{Setting, Value};
use crate::training::optimizers::{self, Optimizer};

/// The variables of an optimiser that has been built for so many weights, in its order.
///
/// # Errors
/// They are not those of this optimiser, in a sentence.
pub(super) fn ordered(
    stored: &[(String, Array)],
    optimizer: &dyn Optimizer,
    weights: usize,
) -> Result<Vec<Array>, String> {
    let expected = optimizer.variables().map_err(|error| error.to_string())?;
    // An optimiser around another begins again with its scale, which Keras 2 does not keep.
    let around = expected.iter().position(|(name, _)| name == "dynamic_scale").map_or(0, |scale| scale + 1);
    let mut before = Vec::new();
    for (_, raw) in &expected[..around] {
        let numbers = raw.to_vec().map_err(|error| error.to_string())?;
        before.push(Array { shape: Vec::new(), data: Numbers::F32(numbers) });
    }
    before.extend(of_own(stored, &expected[around..], optimizer, weights)?);
    Ok(before)
}

/// The variables of an optimiser that is around no other, in the order of `expected`.
fn of_own(
    stored: &[(String, Array)],
    expected: &[(String, Raw)],
    optimizer: &dyn Optimizer,
    weights: usize,
) -> Result<Vec<Array>, String> {
    let mut names: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    let product = names.pop_if(|last| *last == "variable").is_some();
    if product && stored.iter().any(|(name, _)| name.contains("momentum_cache")) {
        return Err(optimizers::OLD_NADAM.into());
    }
    let (counts, slots): (Vec<_>, Vec<_>) = stored.iter().partition(|(_, array)| array.shape.is_empty());
    let steps = counts.first().and_then(|(_, array)| array.first()).unwrap_or(0.0);
    let mut all = vec![Array { shape: Vec::new(), data: Numbers::I64(vec![steps as i64]) }];
    if !optimizer.scheduled() {
        // Where it is a variable, it may have been set to another than that of the configuration.
        let rate = counts.get(1).and_then(|(_, array)| array.first()).unwrap_or(optimizer.learning_rate());
        all.push(Array { shape: Vec::new(), data: Numbers::F32(vec![rate as f32]) });
    }
    if optimizer_keeps_factors(&names) {
        all.extend(factors(&slots, &names[all.len()..], expected)?);
        return Ok(all);
    }
    let own = names.len() - all.len();
    let mut slots: Vec<&(String, Array)> = slots.into_iter().collect();
    if own == 0 && weights > 0 {
        // From 2.11 on Keras keeps velocities also for an SGD without momentum, which looks at none. Where no weight is trained here,
        // no rule has slots: those of the file are then of weights that were, and are not to be lost.
        slots.clear();
    }
    if slots.len() > own {
        // Keras without TensorFlow keeps one 0 for each velocity that there is not.
        slots.retain(|(name, array)| {
            array.shape != [1] || array.first() != Some(0.0) || name.contains("bias")
        });
    }
    if slots.len() != own {
        let name = optimizer.name();
        return Err(format!("the state of `{name}` has {own} tensors, and {} in the file", slots.len()));
    }
    let kinds: Option<Vec<&str>> = slots.iter().map(|(name, _)| kind(name)).collect();
    match kinds {
        // Slots of a kind stand together, in the order of the weights.
        Some(kinds) => {
            for name in &names[all.len()..] {
                let (weight, slot) = place(name).ok_or("a slot has no name")?;
                let mut of_kind = slots.iter().zip(&kinds).filter(|(_, kind)| is_slot(kind, slot));
                let found =
                    of_kind.nth(weight).ok_or_else(|| format!("`{}` is not in the file", shown(name)))?;
                all.push(found.0.1.clone());
            }
        }
        // So they do where they have no names: those of all weights, one kind after the other.
        None if slots.iter().all(|(name, _)| name.contains("Variable")) => {
            let mut kinds: Vec<&str> = Vec::new();
            for name in &names[all.len()..] {
                let (weight, slot) = place(name).ok_or("a slot has no name")?;
                let at = kinds.iter().position(|known| *known == slot).unwrap_or_else(|| {
                    kinds.push(slot);
                    kinds.len() - 1
                });
                let found = slots.get(at * weights + weight);
                all.push(found.ok_or_else(|| format!("`{}` is not in the file", shown(name)))?.1.clone());
            }
        }
        // From 2.11 on the order is that of Keras 3.
        None => all.extend(slots.into_iter().map(|(_, array)| array.clone())),
    }
    if product {
        let numbers = vec![momenta(optimizer, steps)?];
        all.push(Array { shape: Vec::new(), data: Numbers::F32(numbers) });
    }
    Ok(all)
}

/// The product of the momenta of so many steps of Nadam, which Keras 2 does not keep: it follows from their number.
///
/// # Errors
/// They are no number of steps.
fn momenta(optimizer: &dyn Optimizer, steps: f64) -> Result<f32, String> {
    if !(0.0..9_007_199_254_740_992.0).contains(&steps) {
        return Err(format!("{steps} is no number of steps"));
    }
    let config = optimizer.config();
    let inner = config.as_ref().map(|config| match config.get("inner_optimizer") {
        Some(Setting::Object(inner)) => inner,
        _ => config,
    });
    let beta_1 = inner.and_then(|config| f64::of(config.get("beta_1")?)).unwrap_or(0.9);
    Ok(product_of_momenta(beta_1, steps as u64))
}

/// Of so many steps as a file says. After some hundred of them the product stays as it is, a subnormal number or 0.
fn product_of_momenta(beta_1: f64, steps: u64) -> f32 {
    let mut product = 1.0;
    for step in 1..=steps {
        let next = product * optimizers::nadam_momentum(beta_1, step as f32);
        if next == product || !next.is_finite() {
            break;
        }
        product = next;
    }
    product
}

/// Whether squares of matrices are kept as those of their rows and columns, as Adafactor has it.
fn optimizer_keeps_factors(names: &[&str]) -> bool {
    names.iter().any(|name| name.ends_with("_rows"))
}

/// The slots of Adafactor, with the numbers without meaning that Keras 3 keeps in the places of rows and columns of vectors.
fn factors(
    slots: &[&(String, Array)],
    names: &[&str],
    expected: &[(String, Raw)],
) -> Result<Vec<Array>, String> {
    let shapes: Vec<Vec<usize>> =
        expected[expected.len() - names.len()..].iter().map(|(_, raw)| raw.shape()).collect();
    let mut slots = slots.iter();
    let mut all = Vec::with_capacity(names.len());
    for of_weight in shapes.chunks(3) {
        let is_vector = of_weight.last().is_none_or(|shape| shape.len() < 2);
        for (at, shape) in of_weight.iter().enumerate() {
            if is_vector && at < 2 {
                all.push(Array { shape: Vec::new(), data: Numbers::F32(vec![0.0]) });
                continue;
            }
            let (_, array) = slots.next().ok_or("the state of `adafactor` has fewer tensors in the file")?;
            if array.shape != *shape {
                return Err("the state of `adafactor` has other shapes in the file".into());
            }
            all.push(array.clone());
        }
    }
    match slots.next() {
        None => Ok(all),
        Some(_) => Err("the state of `adafactor` has more tensors in the file".into()),
    }
}

/// The number of the weight and the slot: `3_kernel_momentum`.
fn place(name: &str) -> Option<(usize, &str)> {
    const SLOTS: [&str; 10] = [
        "accumulated_delta_var",
        "accumulated_grad",
        "average_gradient",
        "velocity_hat",
        "accumulator",
        "momentum",
        "velocity",
        "linear",
        "average",
        "norm",
    ];
    let weight = name.split('_').next()?.parse().ok()?;
    Some((weight, SLOTS.into_iter().find(|slot| name.ends_with(slot))?))
}

/// What optimisers until 2.10 call a slot: `Adam/dense/kernel/m:0`.
fn kind(name: &str) -> Option<&str> {
    const KINDS: [&str; 10] =
        ["m", "v", "vhat", "momentum", "rms", "mg", "accumulator", "accum_grad", "accum_var", "linear"];
    let last = name.rsplit('/').next()?;
    let last = last.split(':').next()?;
    KINDS.contains(&last).then_some(last)
}

fn is_slot(kind: &str, slot: &str) -> bool {
    match kind {
        "m" => slot == "momentum",
        // Adamax has norms there.
        "v" => matches!(slot, "velocity" | "norm"),
        "vhat" => slot == "velocity_hat",
        "rms" => slot == "velocity",
        "mg" => slot == "average_gradient",
        "accum_grad" => slot == "accumulated_grad",
        "accum_var" => slot == "accumulated_delta_var",
        other => slot == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::optimizers::{Adam, SGD};

    /// The state of one weight: a count, and a slot of it.
    fn stored(slot: &str) -> Vec<(String, Array)> {
        let count = Array { shape: Vec::new(), data: Numbers::I64(vec![3]) };
        let values = Array { shape: vec![2], data: Numbers::F32(vec![0.5, 0.25]) };
        vec![("iteration:0".into(), count), (slot.into(), values)]
    }

    /// Moments are not lost where no weight is trained any more; velocities that an SGD never looks at are.
    #[test]
    fn slots_are_left_out_where_the_rule_has_none() {
        let error =
            ordered(&stored("Adam/dense/kernel/m:0"), &Adam::new(0.1), 0).expect_err("slots of no weight");
        assert!(error.contains("has 0 tensors, and 1 in the file"), "{error}");
        let all = ordered(&stored("SGD/dense/kernel/momentum:0"), &SGD::new(0.1), 1).expect("a state");
        assert_eq!(all.len(), 2);
    }

    /// The product that the definition gives for the first steps; any number of steps takes little time.
    #[test]
    fn the_product_of_any_number_of_momenta_is_found_at_once() {
        let momentum = |step: f64| 0.9 * (1.0 - 0.5 * 0.96_f64.powf(step));
        assert!((f64::from(product_of_momenta(0.9, 2)) - momentum(1.0) * momentum(2.0)).abs() < 1e-7);
        for beta_1 in [0.9, 0.0, 1.0, 1.5, f64::NAN, f64::INFINITY] {
            let last = product_of_momenta(beta_1, u64::MAX);
            assert!(last < f32::MIN_POSITIVE || beta_1 >= 1.0 || beta_1.is_nan(), "{beta_1} {last}");
        }
    }
}
