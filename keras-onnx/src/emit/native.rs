//! Loops that are LSTM, GRU or a simple recurrent layer, as ONNX has these.

use keras_ops::Symbolic;
use keras_ops::graph::{Operation, Scan, TensorId};

use super::arrays::reshaped;
use super::cell::{Cell, Found, Named, find};
use crate::Result;
use crate::dims::fixed;
use crate::level::{OUTSIDE, graph_of};
use crate::model::{Attribute, Element, Initializer};
use crate::writer::{At, Writer};

/// Numbers that follow from weights, with the name of the first of these.
struct Weights {
    shape: Vec<usize>,
    numbers: Vec<f32>,
    name: String,
}

/// The numbers of a tensor that follows from weights and constants.
fn known(w: &Writer<'_>, id: TensorId) -> Option<Weights> {
    let level = w.level();
    let shape =
        level.shape(id).iter().map(|val| fixed(val).map(|n| n as usize)).collect::<Option<Vec<_>>>()?;
    if let Some(name) = &level.names[id]
        && let Some((_, numbers)) = w.known_floats(name)
    {
        return Some(Weights { shape, numbers, name: name.clone() });
    }
    if level.makers[id] == OUTSIDE {
        return None;
    }
    let node = level.node(level.makers[id]);
    let all = node.inputs.iter().map(|id| known(w, *id)).collect::<Option<Vec<Weights>>>()?;
    let mut plan = node.plan().ok()?;
    plan.run(&all.iter().map(|one| one.numbers.as_slice()).collect::<Vec<_>>()).ok()?;
    let at = node.outputs.iter().position(|output| *output == id)?;
    let name = all.into_iter().next()?.name;
    Some(Weights { shape, numbers: plan.output(at).to_vec(), name })
}

/// The sequence, the kernel and the bias of which a projected sequence is made. The rows of the sequence lie in the same
/// order, perhaps in another shape.
fn projection(w: &Writer<'_>, id: TensorId) -> Option<(TensorId, Weights, Option<Weights>)> {
    let level = w.level();
    let through = |mut id: TensorId| {
        while let Some(node) = level.maker(id).filter(|node| matches!(node.operation, Operation::Reshape)) {
            id = node.inputs[0];
        }
        id
    };
    let (mut product, mut bias) = (through(id), None);
    if let Some(node) = level.maker(product)
        && let Operation::Binary(keras_ops::graph::Binary::Add) = node.operation
    {
        bias = Some(known(w, node.inputs[1]).filter(|bias| bias.shape.len() == 1)?);
        product = through(node.inputs[0]);
    }
    let node = level.maker(product)?;
    let Operation::Matmul { transposed: [false, false] } = node.operation else { return None };
    let x = node.inputs[0];
    let kernel = known(w, node.inputs[1]).filter(|kernel| kernel.shape.len() == 2)?;
    Some((x, kernel, bias))
}

/// A sequence `(time, batch, features)` of the rows of a tensor, for a projection `(time, batch, gates * units)` of it.
fn sequence(w: &mut Writer<'_>, x: TensorId, projected: TensorId) -> Result<String> {
    let name = w.name(x)?;
    let own = w.level().shape(x);
    let mut to = w.level().shape(projected);
    to[2] = own[own.len() - 1].clone();
    if own == to { Ok(name) } else { reshaped(w, &name, &own, &to) }
}

/// The columns of a kernel `(rows, gates * units)` as rows `(1, gates * units, rows)`, gates in another order.
fn turned(kernels: &[&Weights], units: usize, order: &[usize]) -> (Vec<usize>, Vec<f32>) {
    let rows = kernels[0].shape[0];
    // Each gate's kernel and its first column there.
    let columns: Vec<(&Weights, usize)> = kernels
        .iter()
        .flat_map(|kernel| (0..kernel.shape[1] / units).map(move |gate| (*kernel, gate * units)))
        .collect();
    let mut numbers = Vec::with_capacity(rows * columns.len() * units);
    for gate in order {
        let (kernel, first) = columns[*gate];
        for unit in 0..units {
            numbers.extend((0..rows).map(|row| kernel.numbers[row * kernel.shape[1] + first + unit]));
        }
    }
    (vec![1, order.len() * units, rows], numbers)
}

impl Writer<'_> {
    /// Numbers that are made of a weight, under a name like its.
    fn made(&mut self, name: &str, (shape, numbers): (Vec<usize>, Vec<f32>)) -> String {
        let data: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        let root = self.root(name);
        let equal = |one: &&Initializer| one.shape == shape && one.data == data;
        let mut made = self.initializers.iter().filter(|one| self.roots.get(&one.name) == Some(&root));
        if let Some(known) = made.find(equal) {
            return known.name.clone();
        }
        let found = self.unique(&root);
        self.roots.insert(found.clone(), root);
        self.initializer(Initializer { name: found.clone(), element: Element::Float, shape, data });
        found
    }

    /// Whether a tensor is of zeros alone.
    fn is_zeros(&self, id: TensorId) -> bool {
        self.level().values(id).is_some_and(|all| all.iter().flatten().all(|x| *x == 0.0))
    }
}

/// What a loop that is a recurrent layer is made of.
struct Layer {
    found: Found,
    x: TensorId,
    kernel: Weights,
    bias: Option<Weights>,
    /// Of the state's product.
    kernels: Vec<Weights>,
    state_bias: Option<Weights>,
}

fn layer(w: &Writer<'_>, at: &At, scan: &Scan) -> Result<Option<Layer>> {
    if scan.xs != 1 {
        return Ok(None);
    }
    let inputs: Vec<&Symbolic> = scan.arguments.iter().collect();
    let body = graph_of(&inputs, &scan.results.iter().collect::<Vec<_>>())?;
    let Some(found) = find(scan, &body)? else { return Ok(None) };
    let own = |i: &usize| known(w, at.inputs[*i]);
    let kernels = found.kernels.iter().map(own).collect::<Option<Vec<Weights>>>();
    let state_bias = found.bias.as_ref().map(own);
    let (Some((x, kernel, bias)), Some(kernels), None | Some(Some(_))) =
        (projection(w, at.inputs[scan.carries]), kernels, &state_bias)
    else {
        return Ok(None);
    };
    Ok(Some(Layer { found, x, kernel, bias, kernels, state_bias: state_bias.flatten() }))
}

/// The biases of the sequence's product and of the state's as one row; nothing where there are none.
fn biases(w: &mut Writer<'_>, layer: &Layer, units: usize) -> String {
    let Some(first) = layer.bias.as_ref().or(layer.state_bias.as_ref()) else { return String::new() };
    let order = layer.found.cell.order();
    let row = |bias: &Option<Weights>| -> Vec<f32> {
        let one = |gate: &usize| match bias {
            Some(bias) => bias.numbers[gate * units..][..units].to_vec(),
            None => vec![0.0; units],
        };
        order.iter().flat_map(one).collect()
    };
    let numbers = [row(&layer.bias), row(&layer.state_bias)].concat();
    w.made(&first.name, (vec![1, numbers.len()], numbers))
}

/// Writes a loop as the operator of a recurrent layer, if it is one.
///
/// # Errors
/// None but those of names.
pub(super) fn recurrent(w: &mut Writer<'_>, at: &At, scan: &Scan) -> Result<bool> {
    let Some(layer) = layer(w, at, scan)? else { return Ok(false) };
    let (units, order) = (layer.kernels[0].shape[0], layer.found.cell.order());
    let x = sequence(w, layer.x, at.inputs[scan.carries])?;
    let kernel = w.made(&layer.kernel.name, turned(&[&layer.kernel], units, order));
    let kernels: Vec<&Weights> = layer.kernels.iter().collect();
    let state_kernel = w.made(&kernels[0].name, turned(&kernels, units, order));
    let biases = biases(w, &layer, units);
    let axis = w.ints(&[0]);
    let mut inputs = vec![x, kernel, state_kernel, biases, String::new()];
    if (0..scan.carries).any(|i| !w.is_zeros(at.inputs[i])) {
        for id in &at.inputs[..scan.carries] {
            let state = w.name(*id)?;
            inputs.push(w.op("Unsqueeze", &[&state, &axis]));
        }
    }
    while inputs.last().is_some_and(String::is_empty) {
        inputs.pop();
    }
    let arguments = arguments(&layer.found, scan, units);
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let made = w.several(layer.found.cell.operator(), &inputs, arguments, 1 + scan.carries);
    for (id, name) in at.outputs.iter().zip(&made[1..]) {
        let last = w.op("Squeeze", &[name, &axis]);
        w.name_it(*id, last);
    }
    if scan.results.len() > 2 * scan.carries {
        let direction = w.ints(&[1]);
        let all = w.op("Squeeze", &[&made[0], &direction]);
        w.name_it(at.outputs[scan.carries], all);
    }
    Ok(true)
}

fn arguments(found: &Found, scan: &Scan, units: usize) -> Vec<(&'static str, Attribute)> {
    let linear = ("Affine", 1.0, 0.0);
    let (gate, other) = (found.gate.unwrap_or(linear), found.other.unwrap_or(linear));
    let all = match found.cell {
        Cell::Lstm => vec![gate, other, other],
        Cell::Gru { .. } => vec![gate, other],
        Cell::Simple => vec![other],
    };
    let mut arguments = vec![
        ("hidden_size", Attribute::Int(units as i64)),
        ("direction", Attribute::Text(if scan.reverse { "reverse" } else { "forward" })),
        ("activations", Attribute::Texts(all.iter().map(|(name, ..)| *name).collect())),
    ];
    // Each number is taken by the next function that has one.
    let with = |names: &[&str], number: fn(&Named) -> f32| -> Vec<f32> {
        all.iter().filter(|named| names.contains(&named.0)).map(number).collect()
    };
    let alpha = with(&["Affine", "LeakyRelu", "Elu", "HardSigmoid"], |named| named.1);
    let beta = with(&["Affine", "HardSigmoid"], |named| named.2);
    for (name, numbers) in [("activation_alpha", alpha), ("activation_beta", beta)] {
        if !numbers.is_empty() {
            arguments.push((name, Attribute::Floats(numbers)));
        }
    }
    if let Cell::Gru { after } = found.cell {
        arguments.push(("linear_before_reset", Attribute::Int(i64::from(after))));
    }
    arguments
}
