//! Cases of a file against operations of the same name.

use std::collections::BTreeSet;

use keras_ops::{self as ops, DType, Plan, Symbolic};
use serde_json::Value;

use super::known::Known;

/// What is computed from a case's inputs.
pub type Compute = fn(&[Symbolic]) -> Vec<Symbolic>;

impl Known {
    /// What is different, in words.
    fn compare(&self, plan: &Plan, i: usize, tolerance: f32) -> Result<(), String> {
        if (&self.shape[..], self.dtype) != (&plan.shape(i)[..], plan.dtype(i)) {
            return Err(format!("{} {}, not {:?} {}", plan.shape(i), plan.dtype(i), self.shape, self.dtype));
        }
        // Sums lose digits by their largest terms.
        let largest = self.data.iter().filter(|x| x.is_finite()).fold(1f32, |a, b| a.max(b.abs()));
        let same = |a: f32, b: f32| {
            self.dtype == DType::Int32 && a.to_bits() == b.to_bits()
                || self.dtype != DType::Int32
                    && (a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= tolerance * largest)
        };
        match plan.output(i).iter().zip(&self.data).position(|(a, b)| !same(*a, *b)) {
            None => Ok(()),
            Some(at) => Err(format!(
                "element {at} is {:e}, not {:e}; all: {:?}, not {:?}",
                plan.output(i)[at],
                self.data[at],
                plan.output(i),
                self.data
            )),
        }
    }
}

fn check(case: &Value, compute: Compute) -> Result<(), String> {
    let inputs = Known::list(&case["inputs"]);
    let x: Vec<Symbolic> = inputs.iter().map(|x| ops::input(&x.shape[..], x.dtype)).collect();
    let outputs = compute(&x);
    let wanted = Known::list(&case["outputs"]);
    if outputs.len() != wanted.len() {
        return Err(format!("{} outputs, not {}", outputs.len(), wanted.len()));
    }
    let cotangents = Known::list(&case["cotangents"]);
    let floats = outputs.iter().filter(|y| y.dtype() == DType::Float32);
    let pairs: Vec<(Symbolic, Symbolic)> =
        floats.zip(&cotangents).map(|(y, dy)| (y.clone(), ops::array(&dy.data, &dy.shape[..]))).collect();
    let smooth: Vec<&Symbolic> = x.iter().filter(|x| x.dtype() == DType::Float32).collect();
    let wanted_gradients = Known::list(&case["gradients"]);
    let gradients = if wanted_gradients.is_empty() { Vec::new() } else { ops::vjp(&pairs, &smooth) };

    let all: Vec<&Symbolic> = outputs.iter().chain(&gradients).collect();
    let mut plan = Plan::new(&x.iter().collect::<Vec<_>>(), &all).map_err(|mistake| mistake.to_string())?;
    let data: Vec<&[f32]> = inputs.iter().map(|x| &x.data[..]).collect();
    // What is left in buffers does not matter.
    for _ in 0..2 {
        plan.run(&data).map_err(|mistake| mistake.to_string())?;
    }
    for (i, wanted) in wanted.iter().enumerate() {
        wanted.compare(&plan, i, 2e-6).map_err(|text| format!("output {i}: {text}"))?;
    }
    for (i, wanted) in wanted_gradients.iter().enumerate() {
        wanted.compare(&plan, outputs.len() + i, 5e-6).map_err(|text| format!("gradient {i}: {text}"))?;
    }
    Ok(())
}

/// Every case of a file by the operation of its name; there is one for each.
pub fn replay(file: &str, table: &[(&str, Compute)]) {
    let cases: Value = serde_json::from_str(file).unwrap();
    let cases = cases.as_object().unwrap();
    let names: BTreeSet<&str> = table.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), table.len(), "a name is there twice");
    assert_eq!(names, cases.keys().map(String::as_str).collect(), "the names of operations and cases");
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(name, compute)| {
            check(&cases[*name], *compute).err().map(|text| format!("{name}: {text}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}
