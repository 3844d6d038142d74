//! Products of elements so far, and determinants.

use crate::Result;
use crate::dims::{Val, fixed};
use crate::model::{Attribute, Length, NodeProto, Port, Subgraph};
use crate::writer::{At, Writer};

/// Products along an axis: a loop over its elements, as there is an operator for sums alone.
pub(super) fn cumulative_product(
    w: &mut Writer<'_>,
    at: &At,
    x: &str,
    axis: usize,
    reverse: bool,
) -> Result<String> {
    let element = w.level().dtype(at.inputs[0]);
    let mut shape = w.level().shape(at.inputs[0]);
    shape.remove(axis);
    let length = |val: &Val| fixed(val).map_or(Length::Unknown, |n| Length::Fixed(n as usize));
    let lengths: Vec<Length> = shape.iter().map(length).collect();
    let port = |name: String| Port { name, element: element.into(), shape: lengths.clone() };
    let [before, own, product, given] = ["carry", "element", "Mul", "Identity"].map(|name| w.fresh(name));
    let node = |op: &'static str, inputs: Vec<String>, output: &String| NodeProto {
        op,
        name: output.clone(),
        inputs,
        outputs: vec![output.clone()],
        attributes: Vec::new(),
    };
    let nodes = vec![
        node("Mul", vec![before.clone(), own.clone()], &product),
        node("Identity", vec![product.clone()], &given),
    ];
    let body = Subgraph {
        name: w.fresh("step"),
        nodes,
        initializers: Vec::new(),
        inputs: vec![port(before), port(own)],
        outputs: vec![port(product), port(given)],
    };
    let one = w.number(element, 1.0);
    let to = w.lengths_of(&shape)?;
    let ones = w.op("Expand", &[&one, &to]);
    let direction = Attribute::Ints(vec![i64::from(reverse)]);
    let along = Attribute::Ints(vec![axis as i64]);
    let arguments = vec![
        ("body", Attribute::Graph(Box::new(body))),
        ("num_scan_inputs", Attribute::Int(1)),
        ("scan_input_axes", along.clone()),
        ("scan_input_directions", direction.clone()),
        ("scan_output_axes", along),
        ("scan_output_directions", direction),
    ];
    Ok(w.several("Scan", &[&ones, x], arguments, 2).remove(1))
}

/// The determinant, its sign, and the logarithm of its size: that of a matrix whose largest number is 1, so that none is beyond
/// what a float holds.
pub(super) fn determinant(w: &mut Writer<'_>, at: &At) -> Result<()> {
    let x = w.name(at.inputs[0])?;
    let rank = w.level().rank(at.inputs[0]);
    let n = w.level().length(at.inputs[0], rank - 1);
    let plain = w.op("Det", &[&x]);
    w.name_it(at.outputs[0], plain);
    let size = w.op("Abs", &[&x]);
    let last: Vec<i64> = vec![rank as i64 - 2, rank as i64 - 1];
    let arguments = vec![("axes", Attribute::Ints(last.clone())), ("keepdims", Attribute::Int(1))];
    let size = w.with("ReduceMax", &[&size], arguments);
    let (zero, one) = (w.float(0.0), w.float(1.0));
    let nothing = w.op("Equal", &[&size, &zero]);
    let size = w.op("Where", &[&nothing, &one, &size]);
    let scaled = w.op("Div", &[&x, &size]);
    let det = w.op("Det", &[&scaled]);
    let sign = w.op("Sign", &[&det]);
    w.name_it(at.outputs[1], sign);
    let log = w.op("Abs", &[&det]);
    let log = w.op("Log", &[&log]);
    let n = match fixed(&n) {
        Some(n) => w.float(n as f32),
        None => {
            let n = w.scalar(&n)?;
            w.cast(&n, crate::model::Element::Float)
        }
    };
    let axes = w.ints(&last);
    let size = w.op("Squeeze", &[&size, &axes]);
    let size = w.op("Log", &[&size]);
    let size = w.op("Mul", &[&size, &n]);
    let log = w.op("Add", &[&log, &size]);
    w.name_it(at.outputs[2], log);
    Ok(())
}
