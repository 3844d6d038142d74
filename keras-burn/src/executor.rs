//! A graph of operations on a device.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::Device;
use keras_ops::graph::{Graph, Node, Operation, Scan, TensorId, TensorSpec};
use keras_ops::{Plan, Symbolic};

use crate::call::BurnOp;
use crate::ops::{self, arrays};
use crate::{Array, Error};

/// How a node is computed.
enum Form {
    /// It is the same in every run, or given.
    Known,
    /// In Burn's operations, with what they read beside the operands.
    Native(Option<ops::Table>),
    /// By the plan of the operation, on the host.
    Host(Box<Mutex<Plan>>),
    /// Step after step.
    Scan(Scan, Box<Executor>),
    /// By somebody's own code in tensors of Burn.
    Own(Arc<BurnOp>),
}

/// A graph of operations, laid out to be run on a device as often as wanted.
///
/// Operations that Burn has run on the device; the others are computed by `keras-ops` on the CPU, from numbers that are
/// copied there and back ([`on_host`](Self::on_host) names them). Results agree with those of a
/// [`Plan`] within the rounding of floats; infinities, NaN, the division of integers and their
/// overflow are those of the plan on Burn's CPU backend.
pub struct Executor {
    graph: Graph,
    device: Device,
    forms: Vec<Form>,
    /// What is the same in every run.
    known: Vec<Option<Array>>,
    /// The node after which a tensor is read no more; nothing for one that stays.
    last: Vec<Option<usize>>,
    on_host: Vec<&'static str>,
}

impl Executor {
    /// Lays out the graph of `outputs` from `inputs`, as [`Plan::new`].
    ///
    /// # Errors
    /// The first mistake in the graph; an output that needs an input which is not among `inputs`.
    pub fn new(inputs: &[&Symbolic], outputs: &[&Symbolic], device: &Device) -> Result<Executor, Error> {
        let graph = Graph::new(inputs, outputs)?;
        let mut on_host = BTreeSet::new();
        let forms = graph.nodes().iter().map(|node| form(node, &graph, device, &mut on_host));
        let forms = forms.collect::<Result<Vec<Form>, Error>>()?;
        let mut last: Vec<Option<usize>> = vec![None; graph.tensors()];
        for (at, node) in graph.nodes().iter().enumerate() {
            node.inputs.iter().chain(&node.outputs).for_each(|id| last[*id] = Some(at));
        }
        graph.outputs().iter().for_each(|id| last[*id] = None);
        let known = vec![None; graph.tensors()];
        let on_host = on_host.into_iter().collect();
        let mut executor = Executor { graph, device: device.clone(), forms, known, last, on_host };
        executor.know()?;
        Ok(executor)
    }

    /// Computes once what follows from constants alone.
    fn know(&mut self) -> Result<(), Error> {
        for at in 0..self.forms.len() {
            let node = &self.graph.nodes()[at];
            if !node.constant {
                continue;
            }
            let found = match &node.operation {
                Operation::Constant(numbers) => {
                    vec![Array::from_host(numbers, self.graph.tensor(node.outputs[0]), &self.device)?]
                }
                _ => self.compute(at, &self.known)?,
            };
            let ids = node.outputs.clone();
            ids.into_iter().zip(found).for_each(|(id, array)| self.known[id] = Some(array));
            self.forms[at] = Form::Known;
        }
        // What only constants read is not kept.
        let mut read = vec![false; self.known.len()];
        let varies = self.graph.nodes().iter().filter(|node| !node.constant);
        varies.flat_map(|node| &node.inputs).chain(self.graph.outputs()).for_each(|id| read[*id] = true);
        self.known.iter_mut().zip(read).filter(|(_, read)| !read).for_each(|(known, _)| *known = None);
        Ok(())
    }

    /// The names of operations that run on the host, each once, in order.
    pub fn on_host(&self) -> &[&'static str] {
        &self.on_host
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The graph that is run.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Computes the outputs from numbers on the host: inputs and outputs as a [`Plan`] takes and gives them, truth values as
    /// 1 and 0, integers by their [bits](keras_ops::integers).
    ///
    /// # Errors
    /// Another number of inputs, or of elements of one; the device or an operation fails.
    pub fn run(&self, inputs: &[&[f32]]) -> Result<Vec<Vec<f32>>, Error> {
        self.count(inputs.len())?;
        let ids = self.graph.inputs().iter();
        let inputs = ids.zip(inputs).map(|(id, x)| Array::from_host(x, self.graph.tensor(*id), &self.device));
        let inputs = inputs.collect::<Result<Vec<Array>, Error>>()?;
        self.run_on_device(&inputs)?.iter().map(Array::to_host).collect()
    }

    /// Computes the outputs from tensors that are on the device, and leaves them there.
    ///
    /// # Errors
    /// Another number of inputs, or one of another shape or type; the device or an operation fails.
    pub fn run_on_device(&self, inputs: &[Array]) -> Result<Vec<Array>, Error> {
        self.count(inputs.len())?;
        let mut values = self.known.clone();
        for (i, (id, x)) in self.graph.inputs().iter().zip(inputs).enumerate() {
            let (found, expected) = (x.spec(), self.graph.tensor(*id));
            if found != expected {
                let [found, expected] = [found, expected].map(|x| format!("{} {}", x.dtype, x.shape));
                return Err(Error::argument(format!("input {i} is {found}, and must be {expected}")));
            }
            values[*id] = Some(x.clone());
        }
        for (at, node) in self.graph.nodes().iter().enumerate() {
            if matches!(self.forms[at], Form::Known) {
                continue;
            }
            let found = self.compute(at, &values)?;
            node.outputs.iter().zip(found).for_each(|(id, array)| values[*id] = Some(array));
            let done = |id: &&TensorId| self.last[**id] == Some(at);
            node.inputs.iter().chain(&node.outputs).filter(done).for_each(|id| values[*id] = None);
        }
        self.graph.outputs().iter().map(|id| value(&values, *id)).collect()
    }

    fn count(&self, found: usize) -> Result<(), Error> {
        let expected = self.graph.inputs().len();
        if found == expected {
            return Ok(());
        }
        Err(Error::argument(format!("the graph has {expected} inputs, and was given {found}")))
    }

    fn compute(&self, at: usize, values: &[Option<Array>]) -> Result<Vec<Array>, Error> {
        let node = &self.graph.nodes()[at];
        let inputs =
            node.inputs.iter().map(|id| value(values, *id)).collect::<Result<Vec<Array>, Error>>()?;
        let specs: Vec<TensorSpec> = node.outputs.iter().map(|id| self.graph.tensor(*id).clone()).collect();
        match &self.forms[at] {
            Form::Known => Ok(Vec::new()),
            Form::Native(table) => Ok(ops::compute(node, &inputs, table.as_ref(), &specs, &self.device)),
            Form::Host(plan) => self.on_the_host(plan, &inputs, &specs),
            Form::Scan(scan, body) => scanned(scan, body, &inputs, &specs),
            Form::Own(op) => op.run(&inputs),
        }
    }

    fn on_the_host(&self, plan: &Mutex<Plan>, x: &[Array], to: &[TensorSpec]) -> Result<Vec<Array>, Error> {
        let inputs = x.iter().map(Array::to_host).collect::<Result<Vec<_>, Error>>()?;
        let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        let mut plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.run(&inputs)?;
        to.iter().enumerate().map(|(i, spec)| Array::from_host(plan.output(i), spec, &self.device)).collect()
    }
}

impl core::fmt::Debug for Executor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut f = f.debug_struct("Executor");
        f.field("device", &self.device).field("operations", &self.forms.len());
        f.field("on_host", &self.on_host).finish_non_exhaustive()
    }
}

fn value(values: &[Option<Array>], id: TensorId) -> Result<Array, Error> {
    let missing = || Error::argument("a tensor is read that nothing has computed".to_string());
    values[id].clone().ok_or_else(missing)
}

fn form(
    node: &Node,
    graph: &Graph,
    device: &Device,
    on_host: &mut BTreeSet<&'static str>,
) -> Result<Form, Error> {
    if let Operation::Constant(_) = node.operation {
        return Ok(Form::Known);
    }
    if ops::is_native(node, graph) {
        return Ok(Form::Native(ops::table(node, graph, device)));
    }
    match &node.operation {
        Operation::Custom(op) => {
            let op: Arc<dyn core::any::Any + Send + Sync> = op.clone();
            if let Ok(op) = op.downcast::<BurnOp>() {
                return Ok(Form::Own(op));
            }
        }
        Operation::Scan(scan) if !empty(node, graph) && scan.length > 0 => {
            let [arguments, results] =
                [&scan.arguments, &scan.results].map(|list| list.iter().collect::<Vec<&Symbolic>>());
            let body = Executor::new(&arguments, &results, device)?;
            on_host.extend(&body.on_host);
            return Ok(Form::Scan(scan.clone(), Box::new(body)));
        }
        _ => {}
    }
    on_host.insert(node.name);
    Ok(Form::Host(Box::new(Mutex::new(node.plan()?))))
}

/// Whether a tensor of a node has no elements.
fn empty(node: &Node, graph: &Graph) -> bool {
    node.inputs.iter().chain(&node.outputs).any(|id| graph.tensor(*id).shape.size() == 0)
}

/// All steps of a scan.
fn scanned(scan: &Scan, body: &Executor, x: &[Array], to: &[TensorSpec]) -> Result<Vec<Array>, Error> {
    let (carry, rest) = x.split_at(scan.carries);
    let (xs, same) = rest.split_at(scan.xs);
    let mut carry = carry.to_vec();
    let mut stacks: Vec<Vec<Array>> = vec![Vec::new(); to.len() - scan.carries];
    for step in 0..scan.length {
        let at = if scan.reverse { scan.length - 1 - step } else { step };
        let elements = xs.iter().map(|x| arrays::at(x, at));
        let inputs: Vec<Array> = carry.into_iter().chain(elements).chain(same.iter().cloned()).collect();
        let mut results = body.run_on_device(&inputs)?;
        stacks.iter_mut().zip(results.drain(scan.carries..)).for_each(|(stack, y)| stack.push(y));
        carry = results;
    }
    let stacked = stacks.into_iter().zip(&to[scan.carries..]).map(|(mut stack, spec)| {
        if scan.reverse {
            stack.reverse();
        }
        arrays::stack(&stack, spec)
    });
    Ok(carry.into_iter().chain(stacked).collect())
}
