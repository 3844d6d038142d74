//! Loops that are LSTM, GRU or a simple recurrent layer, as ONNX has these.
//!
//! A loop is compared with the arithmetic of a cell, operation by operation: whatever is the same operations is the same
//! layer, whoever has traced it.

use std::collections::HashMap;

use keras_ops::graph::{Act, Graph, Operation, Scan, TensorId, Unary};
use keras_ops::{self as ops, DType, Symbolic};

use super::arrays::reshaped;
use crate::Result;
use crate::dims::fixed;
use crate::level::{OUTSIDE, graph_of};
use crate::model::{Attribute, Element, Initializer};
use crate::writer::{At, Writer};

/// A cell that ONNX has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Lstm,
    /// With the reset gate after the product, or before it.
    Gru { after: bool },
    Simple,
}

impl Cell {
    fn gates(self) -> usize {
        match self {
            Cell::Lstm => 4,
            Cell::Gru { .. } => 3,
            Cell::Simple => 1,
        }
    }

    fn operator(self) -> &'static str {
        match self {
            Cell::Lstm => "LSTM",
            Cell::Gru { .. } => "GRU",
            Cell::Simple => "RNN",
        }
    }

    /// Our gates in the order of ONNX.
    fn order(self) -> &'static [usize] {
        match self {
            Cell::Lstm => &[0, 3, 1, 2],
            Cell::Gru { .. } => &[0, 1, 2],
            Cell::Simple => &[0],
        }
    }
}

/// The arithmetic of a cell, with functions in the place of its activations that no cell has.
struct Pattern {
    graph: Graph,
    cell: Cell,
    /// Whether the state's product has a bias of its own.
    bias: bool,
}

/// What stands for the activation of gates, and for the other.
const GATE: Unary = Unary::Arccosh;
const OTHER: Unary = Unary::Arctanh;

fn gate(x: impl ops::Operand) -> Symbolic {
    ops::arccosh(x)
}

fn other(x: impl ops::Operand) -> Symbolic {
    ops::arctanh(x)
}

/// Arguments are the states, the step's part of the projected sequence, the kernels, the bias.
fn pattern(cell: Cell, bias: bool, batch: usize, units: usize) -> Result<Pattern> {
    let input = |shape: &[usize]| ops::input(shape, DType::Float32);
    let (h, c) = (input(&[batch, units]), input(&[batch, units]));
    let x = input(&[batch, cell.gates() * units]);
    let kernel = input(&[units, cell.gates() * units]);
    let [two, one] = [2, 1].map(|n| input(&[units, n * units]));
    let width = if cell == (Cell::Gru { after: false }) { 2 } else { cell.gates() };
    let own = input(&[width * units]);
    let mut inputs = vec![&h];
    let results = match cell {
        Cell::Simple => {
            inputs.extend([&x, &kernel]);
            vec![other(&x + ops::matmul(&h, &kernel))]
        }
        Cell::Lstm => {
            inputs.extend([&c, &x, &kernel]);
            let z = ops::split(&x + ops::matmul(&h, &kernel), 4, -1);
            let new = gate(&z[1]) * &c + gate(&z[0]) * other(&z[2]);
            vec![gate(&z[3]) * other(&new), new]
        }
        Cell::Gru { after } => {
            inputs.push(&x);
            inputs.extend(if after { vec![&kernel] } else { vec![&two, &one] });
            let parts = ops::split(&x, 3, -1);
            let mut product = ops::matmul(&h, if after { &kernel } else { &two });
            if bias {
                product = product + &own;
            }
            let product = ops::split(product, if after { 3 } else { 2 }, -1);
            let (z, r) = (gate(&parts[0] + &product[0]), gate(&parts[1] + &product[1]));
            let reset = if after { &r * &product[2] } else { ops::matmul(&r * &h, &one) };
            let new = other(&parts[2] + reset);
            vec![&z * &h + (1.0 - &z) * new]
        }
    };
    if bias {
        inputs.push(&own);
    }
    Ok(Pattern { graph: graph_of(&inputs, &results.iter().collect::<Vec<_>>())?, cell, bias })
}

/// An activation as ONNX names it, with its numbers.
type Named = (&'static str, f32, f32);

fn named(f: Unary) -> Option<Named> {
    let act = match f {
        Unary::Tanh => Act::Tanh,
        Unary::Activation(act) => act,
        _ => return None,
    };
    Some(match act {
        Act::Linear => ("Affine", 1.0, 0.0),
        Act::Relu => ("Relu", 0.0, 0.0),
        Act::LeakyRelu(slope) => ("LeakyRelu", slope, 0.0),
        Act::Elu(alpha) => ("Elu", alpha, 0.0),
        Act::Sigmoid => ("Sigmoid", 0.0, 0.0),
        Act::HardSigmoid => ("HardSigmoid", 1.0 / 6.0, 0.5),
        Act::HardSigmoidKeras2 => ("HardSigmoid", 0.2, 0.5),
        Act::Tanh => ("Tanh", 0.0, 0.0),
        Act::Softplus => ("Softplus", 0.0, 0.0),
        Act::Softsign => ("Softsign", 0.0, 0.0),
        _ => return None,
    })
}

/// A comparison of a pattern with the body of a loop.
struct Comparison<'a> {
    pattern: &'a Graph,
    body: &'a Graph,
    /// Tensors of the pattern and those of the body that they have been found to be.
    same: HashMap<TensorId, TensorId>,
    gate: Option<Named>,
    other: Option<Named>,
}

fn maker(graph: &Graph, id: TensorId) -> Option<&keras_ops::graph::Node> {
    graph.nodes().iter().find(|node| node.outputs.contains(&id))
}

impl Comparison<'_> {
    /// Says that an activation is this one, unless it is known to be another.
    fn bind(&mut self, which: Unary, found: Named) -> bool {
        let known = if which == GATE { &mut self.gate } else { &mut self.other };
        *known.get_or_insert(found) == found
    }

    fn agrees(&mut self, a: TensorId, b: TensorId) -> bool {
        if let Some(known) = self.same.get(&a) {
            return *known == b;
        }
        let fits = match (maker(self.pattern, a), maker(self.body, b)) {
            (None, None) => self.pattern.tensor(a) == self.body.tensor(b) && !self.same.values().any(|known| *known == b),
            (Some(own), found) => {
                let (own, found) = (own.clone(), found.cloned());
                self.nodes(&own, found.as_ref(), b)
            }
            _ => false,
        };
        if fits {
            self.same.insert(a, b);
        }
        fits
    }

    fn nodes(&mut self, own: &keras_ops::graph::Node, found: Option<&keras_ops::graph::Node>, b: TensorId) -> bool {
        if let Operation::Unary(which @ (GATE | OTHER)) = own.operation {
            let named = found.and_then(|node| match node.operation {
                Operation::Unary(f) => named(f).map(|named| (named, node.inputs[0])),
                _ => None,
            });
            return match named {
                Some((named, input)) => self.bind(which, named) && self.agrees(own.inputs[0], input),
                // Linear: nothing stands there. Whatever else does is found to differ.
                None => self.bind(which, ("Affine", 1.0, 0.0)) && self.agrees(own.inputs[0], b),
            };
        }
        let Some(found) = found else { return false };
        let position = |node: &keras_ops::graph::Node, id: TensorId| node.outputs.iter().position(|output| *output == id);
        own.name == found.name
            && position(found, b).is_some()
            && own.inputs.len() == found.inputs.len()
            && format!("{:?}", own.operation) == format!("{:?}", found.operation)
            && own.inputs.iter().zip(&found.inputs).all(|(a, b)| self.agrees(*a, *b))
    }
}

/// What a loop was found to be.
struct Found {
    cell: Cell,
    gate: Option<Named>,
    other: Option<Named>,
    /// Arguments of the body: kernels, and the bias of the state's product.
    kernels: Vec<usize>,
    bias: Option<usize>,
}

fn find(scan: &Scan, body: &Graph) -> Result<Option<Found>> {
    let spec = |i: usize| body.tensor(body.inputs()[i]).shape.clone();
    let (state, step) = (spec(0), spec(scan.carries));
    let ([batch, units], [_, columns]) = (&state[..], &step[..]) else { return Ok(None) };
    let cells: &[(Cell, bool)] = match (scan.carries, columns / units.max(&1)) {
        (2, 4) => &[(Cell::Lstm, false)],
        (1, 3) => &[(Cell::Gru { after: true }, true), (Cell::Gru { after: true }, false), (Cell::Gru { after: false }, false)],
        (1, 1) => &[(Cell::Simple, false)],
        _ => return Ok(None),
    };
    for (cell, bias) in cells {
        let pattern = pattern(*cell, *bias, *batch, *units)?;
        let own = pattern.graph.inputs();
        let mut comparison =
            Comparison { pattern: &pattern.graph, body, same: HashMap::new(), gate: None, other: None };
        for i in 0..=scan.carries {
            comparison.same.insert(own[i], body.inputs()[i]);
        }
        let results = pattern.graph.outputs().iter().zip(body.outputs());
        let mut agrees = results.into_iter().all(|(a, b)| comparison.agrees(*a, *b));
        // What a step gives is the first state after it.
        let ys = scan.results.len() - 2 * scan.carries;
        agrees &= ys <= 1 && body.outputs()[scan.carries..][..ys].iter().all(|id| *id == body.outputs()[0]);
        if !agrees {
            continue;
        }
        let argument = |id: &TensorId| {
            let found = comparison.same.get(id)?;
            body.inputs().iter().position(|input| input == found)
        };
        let rest: Option<Vec<usize>> = own[scan.carries + 1..].iter().map(argument).collect();
        let Some(mut rest) = rest else { continue };
        let bias = if pattern.bias { rest.pop() } else { None };
        let (gate, other) = (comparison.gate, comparison.other);
        return Ok(Some(Found { cell: pattern.cell, gate, other, kernels: rest, bias }));
    }
    Ok(None)
}

/// Numbers that follow from weights, with the name of the first of these.
struct Weights {
    shape: Vec<usize>,
    numbers: Vec<f32>,
    name: String,
}

/// The numbers of a tensor that follows from weights and constants.
fn known(w: &Writer<'_>, id: TensorId) -> Option<Weights> {
    let level = w.level();
    let shape = level.shape(id).iter().map(|val| fixed(val).map(|n| n as usize)).collect::<Option<Vec<_>>>()?;
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
        let key = (name.to_string(), format!("{shape:?} {}", numbers.iter().fold(0u64, |hash, x| hash.rotate_left(7) ^ u64::from(x.to_bits()))));
        if let Some(found) = self.derived.get(&key) {
            return found.clone();
        }
        let root = self.root(name);
        let found = self.unique(&root);
        self.roots.insert(found.clone(), root);
        let data = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.initializer(Initializer { name: found.clone(), element: Element::Float, shape, data });
        self.derived.insert(key, found.clone());
        found
    }

    /// Whether a tensor is of zeros alone.
    fn is_zeros(&self, id: TensorId) -> bool {
        self.level().values(id).is_some_and(|all| all.iter().flatten().all(|x| *x == 0.0))
    }
}

/// Writes a loop as the operator of a recurrent layer, if it is one.
///
/// # Errors
/// None but those of names.
pub(super) fn recurrent(w: &mut Writer<'_>, at: &At, scan: &Scan) -> Result<bool> {
    if scan.xs != 1 {
        return Ok(false);
    }
    let inputs: Vec<&Symbolic> = scan.arguments.iter().collect();
    let body = graph_of(&inputs, &scan.results.iter().collect::<Vec<_>>())?;
    let Some(found) = find(scan, &body)? else { return Ok(false) };
    let Some((x, kernel, bias)) = projection(w, at.inputs[scan.carries]) else { return Ok(false) };
    let own = |i: &usize| known(w, at.inputs[*i]);
    let Some(kernels) = found.kernels.iter().map(own).collect::<Option<Vec<Weights>>>() else {
        return Ok(false);
    };
    let state_bias = found.bias.map(|i| known(w, at.inputs[i]));
    if matches!(state_bias, Some(None)) {
        return Ok(false);
    }
    let units = kernels[0].shape[0];
    let (order, gates) = (found.cell.order(), found.cell.gates());
    let x = sequence(w, x, at.inputs[scan.carries])?;
    let input_kernel = w.made(&kernel.name, turned(&[&kernel], units, order));
    let state_kernel = w.made(&kernels[0].name, turned(&kernels.iter().collect::<Vec<_>>(), units, order));
    let state_bias = state_bias.flatten();
    let biases = match (&bias, &state_bias) {
        (None, None) => String::new(),
        (bias, state_bias) => {
            let row = |bias: &Option<Weights>| -> Vec<f32> {
                let one = |gate: &usize| match bias {
                    Some(bias) => bias.numbers[gate * units..][..units].to_vec(),
                    None => vec![0.0; units],
                };
                order.iter().flat_map(one).collect()
            };
            let name = bias.as_ref().or(state_bias.as_ref()).map_or("bias", |bias| bias.name.as_str());
            let numbers = [row(bias), row(state_bias)].concat();
            w.made(name, (vec![1, 2 * gates * units], numbers))
        }
    };
    let axis = w.ints(&[0]);
    let mut inputs = vec![x, input_kernel, state_kernel, biases, String::new()];
    if (0..scan.carries).any(|i| !w.is_zeros(at.inputs[i])) {
        for id in &at.inputs[..scan.carries] {
            let state = w.name(*id)?;
            inputs.push(w.op("Unsqueeze", &[&state, &axis]));
        }
    }
    while inputs.last().is_some_and(String::is_empty) {
        inputs.pop();
    }
    let arguments = arguments(&found, scan, units);
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let made = w.several(found.cell.operator(), &inputs, arguments, 1 + scan.carries);
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
