//! Which cell of a recurrent layer a loop is.
//!
//! A loop is compared with the arithmetic of a cell, operation by operation: whatever is the same operations is the same
//! layer, whoever has traced it.

use std::collections::HashMap;

use keras_ops::graph::{Act, Graph, Node, Operation, Scan, TensorId, Unary};
use keras_ops::{self as ops, DType, Symbolic};

use crate::Result;
use crate::level::graph_of;

/// A cell that ONNX has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Lstm,
    /// With the reset gate after the product, or before it.
    Gru {
        after: bool,
    },
    Simple,
}

impl Cell {
    pub fn gates(self) -> usize {
        match self {
            Cell::Lstm => 4,
            Cell::Gru { .. } => 3,
            Cell::Simple => 1,
        }
    }

    pub fn operator(self) -> &'static str {
        match self {
            Cell::Lstm => "LSTM",
            Cell::Gru { .. } => "GRU",
            Cell::Simple => "RNN",
        }
    }

    /// Our gates in the order of ONNX.
    pub fn order(self) -> &'static [usize] {
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
pub(super) type Named = (&'static str, f32, f32);

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

fn maker(graph: &Graph, id: TensorId) -> Option<&Node> {
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
            (None, None) => {
                self.pattern.tensor(a) == self.body.tensor(b) && !self.same.values().any(|known| *known == b)
            }
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

    fn nodes(&mut self, own: &Node, found: Option<&Node>, b: TensorId) -> bool {
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
        let position = |node: &Node, id: TensorId| node.outputs.iter().position(|output| *output == id);
        own.name == found.name
            && position(found, b).is_some()
            && own.inputs.len() == found.inputs.len()
            && format!("{:?}", own.operation) == format!("{:?}", found.operation)
            && own.inputs.iter().zip(&found.inputs).all(|(a, b)| self.agrees(*a, *b))
    }
}

/// What a loop was found to be.
pub(super) struct Found {
    pub cell: Cell,
    pub gate: Option<Named>,
    pub other: Option<Named>,
    /// Arguments of the body: kernels, and the bias of the state's product.
    pub kernels: Vec<usize>,
    pub bias: Option<usize>,
}

pub(super) fn find(scan: &Scan, body: &Graph) -> Result<Option<Found>> {
    let spec = |i: usize| body.tensor(body.inputs()[i]).shape.clone();
    let (state, step) = (spec(0), spec(scan.carries));
    let ([batch, units], [_, columns]) = (&state[..], &step[..]) else { return Ok(None) };
    let cells: &[(Cell, bool)] = match (scan.carries, columns / units.max(&1)) {
        (2, 4) => &[(Cell::Lstm, false)],
        (1, 3) => &[
            (Cell::Gru { after: true }, true),
            (Cell::Gru { after: true }, false),
            (Cell::Gru { after: false }, false),
        ],
        (1, 1) => &[(Cell::Simple, false)],
        _ => return Ok(None),
    };
    for (cell, bias) in cells {
        let pattern = pattern(*cell, *bias, *batch, *units)?;
        let own = pattern.graph.inputs();
        let mut comparison =
            Comparison { pattern: &pattern.graph, body, same: HashMap::new(), gate: None, other: None };
        let given = own.iter().zip(body.inputs()).take(scan.carries + 1);
        comparison.same.extend(given.map(|(a, b)| (*a, *b)));
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
