//! placeholder until merged
use keras_shape::WeightSpec;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
/// placeholder
pub fn initialize(spec: &WeightSpec, shape: &[usize], rng: &mut ChaCha8Rng) -> Vec<f32> {
    let _ = spec;
    (0..shape.iter().product::<usize>()).map(|_| rng.random_range(-0.1..0.1)).collect()
}
