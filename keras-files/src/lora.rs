//! LoRA: a frozen kernel with two narrow matrices beside it, whose product counts `lora_alpha / lora_rank` times. Archives of
//! Keras hold the kernel with that added; legacy files hold all three.

use std::collections::HashMap;

use serde_json::Value;

use crate::array::Array;
use crate::error::{Error, Result, shown};
use crate::parts::WantedWeight;

/// How deep the configuration of a model is looked through.
const MAX_DEPTH: usize = 64;

/// How much the product of a layer's matrices counts, by the name of the layer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scales(HashMap<String, f64>);

impl Scales {
    /// Those that a model's configuration says.
    pub(crate) fn of(config: Option<&Value>) -> Self {
        let mut scales = Scales::default();
        if let Some(config) = config {
            scales.look(config, 0);
        }
        scales
    }

    fn look(&mut self, value: &Value, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::Array(list) => list.iter().for_each(|value| self.look(value, depth + 1)),
            Value::Object(map) => {
                let rank = map.get("lora_rank").and_then(Value::as_f64).filter(|rank| *rank > 0.0);
                if let (Some(name), Some(rank)) = (map.get("name").and_then(Value::as_str), rank) {
                    let alpha = map.get("lora_alpha").and_then(Value::as_f64).unwrap_or(rank);
                    self.0.insert(name.to_string(), alpha / rank);
                }
                map.values().for_each(|value| self.look(value, depth + 1));
            }
            _ => {}
        }
    }

    /// The arrays of a layer or of a model inside, with the products added to the kernels and in the places of these among
    /// what is trained; but for layers of which `has_lora` is true.
    ///
    /// # Errors
    /// The file does not say how much a product counts, or the shapes do not fit.
    pub(crate) fn merged(
        &self,
        names: &[String],
        arrays: Vec<Array>,
        has_lora: &dyn Fn(&str) -> bool,
    ) -> Result<(Vec<String>, Vec<Array>)> {
        let mut all: Vec<(String, Array)> = names.iter().cloned().zip(arrays).collect();
        let apart =
            |(name, _): &(String, Array)| split(name).is_some_and(|(prefix, _)| !has_lora(layer_of(prefix)));
        while let Some(at) = all.iter().position(apart) {
            let name = all[at].0.clone();
            let (prefix, base) = split(&name).unwrap_or_default();
            let mut take = |wanted: String| {
                let at = all.iter().position(|(name, _)| bare(name) == wanted);
                let at = at.ok_or_else(|| Error::new(format!("`{}` is not in the file", shown(&wanted))))?;
                Ok::<(usize, Array), Error>((at, all.remove(at).1))
            };
            let (first, a) = take(format!("{prefix}lora_{base}_a"))?;
            let (second, b) = take(format!("{prefix}lora_{base}_b"))?;
            let (_, kernel) = take(format!("{prefix}{base}"))?;
            let layer = layer_of(prefix);
            let scale = self.0.get(layer).ok_or_else(|| {
                Error::new("it has weights of LoRA, and the file does not say how much they count")
            })?;
            let merged = added(&kernel, &a, &b, *scale)
                .ok_or_else(|| Error::new(format!("the LoRA of `{}` has other shapes", shown(layer))))?;
            let own = all.iter().position(|(name, _)| name.starts_with(prefix));
            let at = own.unwrap_or(first.min(second)).min(all.len());
            all.insert(at, (format!("{prefix}{base}"), merged));
        }
        Ok(all.into_iter().unzip())
    }
}

/// The layer that a name begins with: `d` of `model/d/`.
fn layer_of(prefix: &str) -> &str {
    prefix.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// A name without what stands behind it in files of Keras 2.
fn bare(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

/// `dense/lora_kernel_a` as `dense/` and `kernel`.
fn split(name: &str) -> Option<(&str, &str)> {
    let name = bare(name);
    let at = name.rfind('/').map_or(0, |at| at + 1);
    let (prefix, last) = name.split_at(at);
    let base = last.strip_prefix("lora_")?;
    let base = base.strip_suffix("_a").or_else(|| base.strip_suffix("_b"))?;
    Some((prefix, base))
}

/// `kernel + scale * a b`, where `a` has the axes of the kernel but for the last; nothing of other shapes.
pub fn added(kernel: &Array, a: &Array, b: &Array, scale: f64) -> Option<Array> {
    let (last, before) = kernel.shape.split_last()?;
    let (rank, rows) = a.shape.split_last()?;
    if rows != before || b.shape != [*rank, *last] {
        return None;
    }
    let (mut out, a, b) = (kernel.to_f32(), a.to_f32(), b.to_f32());
    if *rank > 0 && *last > 0 {
        for (row, of_a) in out.chunks_exact_mut(*last).zip(a.chunks_exact(*rank)) {
            for (column, to) in row.iter_mut().enumerate() {
                let products = of_a.iter().zip(b[column..].iter().step_by(*last));
                *to += scale as f32 * products.map(|(a, b)| a * b).sum::<f32>();
            }
        }
    }
    Array::floats(kernel.shape.clone(), out).ok()
}

/// With zeros for the narrow matrices of LoRA, which an archive has added to the kernel: Keras begins so, too.
pub(crate) fn with_zeros(wanted: &[&WantedWeight], arrays: Vec<Array>) -> Vec<Array> {
    let own = wanted.iter().filter(|weight| !weight.is_lora()).count();
    if arrays.len() != own || own == wanted.len() {
        return arrays;
    }
    let mut arrays = arrays.into_iter();
    let zeros = |weight: &WantedWeight| {
        Array::floats(weight.shape.clone(), vec![0.0; weight.shape.iter().product()]).ok()
    };
    wanted.iter().filter_map(|weight| if weight.is_lora() { zeros(weight) } else { arrays.next() }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn array(shape: &[usize], values: &[f32]) -> Array {
        Array::floats(shape.to_vec(), values.to_vec()).expect("an array")
    }

    #[test]
    fn products_are_added_to_kernels() {
        let config = json!({ "layers": [{ "config": { "name": "d", "lora_rank": 1, "lora_alpha": 2 } }] });
        let scales = Scales::of(Some(&config));
        let names = ["d/bias", "d/lora_kernel_a", "d/lora_kernel_b", "d/kernel"].map(String::from);
        let arrays = || {
            let of = [array(&[2], &[7.0, 8.0]), array(&[2, 1], &[1.0, 2.0]), array(&[1, 2], &[3.0, 4.0])];
            [of.to_vec(), vec![array(&[2, 2], &[0.5; 4])]].concat()
        };
        let (names_now, merged) = scales.merged(&names, arrays(), &|_| false).expect("arrays");
        assert_eq!(names_now, ["d/kernel", "d/bias"]);
        assert_eq!(merged[0].to_f32(), [6.5, 8.5, 12.5, 16.5]);
        let unknown =
            Scales::of(None).merged(&names, arrays(), &|_| false).expect_err("no scale").to_string();
        assert!(unknown.contains("LoRA"), "{unknown}");
        let (kept, _) = scales.merged(&names, arrays(), &|layer| layer == "d").expect("arrays");
        assert_eq!(kept, names);
        assert!(scales.merged(&names[..3], arrays()[..3].to_vec(), &|_| false).is_err());
    }
}
