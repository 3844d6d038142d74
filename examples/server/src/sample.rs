//! A sample of a request.

use ndarray::{ArrayD, IxDyn};
use serde_json::Value;

/// Nested lists of numbers, or one number, as an array.
///
/// # Errors
/// What it is instead, in words.
pub fn read(json: &[u8]) -> Result<ArrayD<f32>, String> {
    let value: Value = serde_json::from_slice(json).map_err(|error| format!("no JSON: {error}"))?;
    let mut shape = Vec::new();
    let mut inner = &value;
    while let Value::Array(items) = inner {
        shape.push(items.len());
        let Some(first) = items.first() else { break };
        inner = first;
    }
    let mut numbers = Vec::new();
    flatten(&value, &shape, &mut numbers)?;
    ArrayD::from_shape_vec(IxDyn(&shape), numbers).map_err(|error| error.to_string())
}

fn flatten(value: &Value, shape: &[usize], numbers: &mut Vec<f32>) -> Result<(), String> {
    match (value, shape) {
        (Value::Array(items), [length, rest @ ..]) if items.len() == *length => {
            items.iter().try_for_each(|item| flatten(item, rest, numbers))
        }
        (Value::Array(items), [length, ..]) => Err(format!(
            "a list of {} beside one of {length}: lists of one depth are equally long",
            items.len()
        )),
        (Value::Number(number), []) => {
            numbers.push(number.as_f64().unwrap_or(f64::NAN) as f32);
            Ok(())
        }
        (other, _) => Err(format!("a sample is numbers in nested lists; found {other} where others differ")),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn nested_lists_are_an_array() {
        let sample = read(b"[[1, 2.5, -3], [4, 5, 6e0]]").unwrap();
        assert_eq!(sample.shape(), [2, 3]);
        assert_eq!(sample[[0, 1]], 2.5);
        assert_eq!(read(b"7").unwrap().ndim(), 0);
        assert_eq!(read(b"[]").unwrap().shape(), [0]);
    }

    #[test]
    fn what_is_none_is_told() {
        for (json, words) in [
            (&b"[[1, 2], [3]]"[..], "a list of 1 beside one of 2"),
            (b"[1, \"2\"]", "found \"2\""),
            (b"[1, [2]]", "found [2]"),
            (b"[1, null]", "found null"),
            (b"{\"x\": 1}", "found {\"x\":1}"),
            (b"[1,", "no JSON"),
            (b"\xff", "no JSON"),
            (b"[1e999]", "no JSON"),
        ] {
            let message = read(json).unwrap_err();
            assert!(message.contains(words), "{message}");
        }
    }
}
