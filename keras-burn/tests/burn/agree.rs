//! What both executors compute of one graph.

use burn::tensor::Device;
use keras_burn::Executor;
use keras_ops::{DType, Plan, Symbolic};

/// How far results may be apart: by part, and absolutely.
pub const CLOSE: [f32; 2] = [2e-5, 1e-6];

/// Whether a number is that of the plan.
fn close(found: f32, expected: f32, [part, absolute]: [f32; 2]) -> bool {
    if found.is_nan() || expected.is_nan() {
        return found.is_nan() && expected.is_nan();
    }
    found == expected || (found - expected).abs() <= absolute + part * expected.abs()
}

/// Runs the graph both ways on these numbers.
pub fn agree_within(
    name: &str,
    inputs: &[&Symbolic],
    outputs: &[Symbolic],
    numbers: &[&[f32]],
    within: [f32; 2],
) -> Executor {
    let outputs: Vec<&Symbolic> = outputs.iter().collect();
    let mut plan = Plan::new(inputs, &outputs).unwrap_or_else(|e| panic!("{name}: {e}"));
    plan.run(numbers).unwrap_or_else(|e| panic!("{name}: {e}"));
    let executor = Executor::new(inputs, &outputs, &Device::flex()).unwrap_or_else(|e| panic!("{name}: {e}"));
    let found = executor.run(numbers).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(found.len(), outputs.len());
    for (i, found) in found.iter().enumerate() {
        let expected = plan.output(i);
        assert_eq!(found.len(), expected.len(), "{name}: output {i}");
        for (at, (a, b)) in found.iter().zip(expected).enumerate() {
            let same = match plan.dtype(i) {
                DType::Float32 => close(*a, *b, within),
                _ => a.to_bits() == b.to_bits(),
            };
            let integers = (a.to_bits() as i32, b.to_bits() as i32);
            let given: Vec<Option<&f32>> = numbers.iter().map(|x| x.get(at)).collect();
            assert!(
                same,
                "{name}: output {i} {} has {a} at {at}, the plan {b} (integers {integers:?}); inputs there: {given:?}",
                plan.shape(i)
            );
        }
    }
    executor
}

/// [`agree_within`] the rounding of floats.
pub fn agree(name: &str, inputs: &[&Symbolic], outputs: &[Symbolic], numbers: &[&[f32]]) -> Executor {
    agree_within(name, inputs, outputs, numbers, CLOSE)
}

/// [`agree`], where all runs on the device.
pub fn agree_natively(name: &str, inputs: &[&Symbolic], outputs: &[Symbolic], numbers: &[&[f32]]) {
    let executor = agree(name, inputs, outputs, numbers);
    assert!(executor.on_host().is_empty(), "{name} ran on the host: {:?}", executor.on_host());
}

/// Numbers between -2 and 2 that look like chance.
pub fn numbers(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 22) as f32 - 2.0
    };
    (0..n).map(|_| next()).collect()
}
