//! The state of an optimiser as Keras 1 and 2 wrote it, brought to the order of Keras 3.

use keras_files::{Array, Numbers, shown};

use crate::training::optimizers::Optimizer;

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
    let names: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    if names.contains(&"variable") || names.contains(&"dynamic_scale") {
        return Err(format!("the state of `{}` as Keras 2 has it is not read", optimizer.name()));
    }
    let (counts, slots): (Vec<_>, Vec<_>) = stored.iter().partition(|(_, array)| array.shape.is_empty());
    let steps = counts.first().and_then(|(_, array)| array.first()).unwrap_or(0.0);
    let mut all = vec![Array { shape: Vec::new(), data: Numbers::I64(vec![steps as i64]) }];
    if !optimizer.scheduled() {
        // Where it is a variable, it may have been set to another than that of the configuration.
        let rate = counts.get(1).and_then(|(_, array)| array.first()).unwrap_or(optimizer.learning_rate());
        all.push(Array { shape: Vec::new(), data: Numbers::F32(vec![rate as f32]) });
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
    Ok(all)
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
}
