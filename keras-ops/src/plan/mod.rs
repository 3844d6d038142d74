//! Plans: a graph laid out once, to be run often.

mod chain;
pub(crate) mod graph;
mod memory;
mod program;
mod sink;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use keras_kernels::aligned::Aligned;
use keras_kernels::scratch;
use smallvec::SmallVec;

use crate::error::{OpError, Problem};
use crate::op::{Cost, Eval, Input, Op, Run, Spec};
use crate::{DType, Shape, Symbolic};
use chain::{Member, Space, Stage, Stages};
use graph::{Graph, Id};
use memory::Layout;
use program::{Chain, program};

/// Where a tensor's elements are when the plan runs.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// In an input of the plan.
    Given(usize),
    Buffer {
        buffer: usize,
        length: usize,
    },
    /// In memory of the caller that takes an output.
    Result(usize),
}

/// Something that runs at once.
enum Step {
    Chain {
        program: keras_kernels::tile::Program,
        operands: Vec<Place>,
        results: Vec<Place>,
    },
    Kernel {
        op: Arc<dyn Op>,
        inputs: Vec<(Place, Spec)>,
        outputs: Vec<Place>,
        specs: Vec<Spec>,
        scratch: usize,
    },
}

/// A graph with a place in memory for every tensor, to be run as often as wanted.
pub struct Plan {
    inputs: Vec<Spec>,
    steps: Vec<Step>,
    buffers: Vec<Aligned>,
    outputs: Vec<(Place, Spec)>,
    /// How many outputs lie in memory of the caller.
    results: usize,
    cost: Cost,
}

impl Plan {
    /// Plans how to compute `outputs` from `inputs`: tensors made by [`input`](crate::input), or any others of the graph,
    /// which are then not computed but given.
    ///
    /// # Errors
    /// The first mistake in the graph; an output that needs an input which is not among `inputs`.
    #[track_caller]
    pub fn new(inputs: &[&Symbolic], outputs: &[&Symbolic]) -> Result<Plan, OpError> {
        Plan::with_results(inputs, outputs, 0)
    }

    /// [`Plan::new`] whose first `results` outputs are written to memory of the caller: see [`Plan::run_into`].
    ///
    /// # Errors
    /// As [`Plan::new`].
    #[track_caller]
    pub fn with_results(
        inputs: &[&Symbolic],
        outputs: &[&Symbolic],
        results: usize,
    ) -> Result<Plan, OpError> {
        let mut graph = Graph::checked(inputs, outputs, true)?;
        graph.separate_outputs(results);
        Builder::new(&graph, results).build()
    }

    /// Computes the outputs. Each input has as many numbers as its shape says; truth values are 1 and 0, integers come
    /// by their [bits](crate::integers).
    ///
    /// # Errors
    /// Another number of inputs, or of elements of one.
    #[track_caller]
    pub fn run(&mut self, inputs: &[&[f32]]) -> Result<(), OpError> {
        self.run_into(inputs, &mut [])
    }

    /// [`Plan::run`] that writes the first outputs to `results`: as many as [`Plan::with_results`] was told.
    ///
    /// # Errors
    /// Another number of inputs or results, or of elements of one.
    #[track_caller]
    pub fn run_into(&mut self, inputs: &[&[f32]], results: &mut [&mut [f32]]) -> Result<(), OpError> {
        check("input", &self.inputs, inputs.iter().map(|x| x.len()))?;
        let specs: SmallVec<[&Spec; 24]> =
            self.outputs[..self.results].iter().map(|(_, spec)| spec).collect();
        check("result", &specs, results.iter().map(|x| x.len()))?;
        for step in &self.steps {
            run(step, inputs, results, &mut self.buffers)?;
        }
        Ok(())
    }

    /// The elements of output `i`, as the last run computed them; integers by their bits. None for an output that lies in
    /// memory of the caller.
    pub fn output(&self, i: usize) -> &[f32] {
        match self.outputs[i].0 {
            Place::Buffer { buffer, length } => &self.buffers[buffer][..length],
            Place::Given(_) | Place::Result(_) => &[],
        }
    }

    /// The elements of output `i` of integers.
    pub fn integers(&self, i: usize) -> &[i32] {
        bytemuck::cast_slice(self.output(i))
    }

    /// The shape of output `i`.
    pub fn shape(&self, i: usize) -> &Shape {
        &self.outputs[i].1.shape
    }

    /// The type of output `i`.
    pub fn dtype(&self, i: usize) -> DType {
        self.outputs[i].1.dtype
    }

    /// What one run costs.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// How many passes over memory a run makes: chains, and operations with a kernel of their own.
    pub fn passes(&self) -> usize {
        self.steps.len()
    }

    /// Bytes of memory that the plan keeps.
    pub fn bytes(&self) -> usize {
        self.buffers.iter().map(|buffer| 4 * buffer.len()).sum()
    }
}

impl core::fmt::Debug for Plan {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let steps: Vec<&str> = self
            .steps
            .iter()
            .map(|step| match step {
                Step::Chain { .. } => "chain",
                Step::Kernel { op, .. } => op.name(),
            })
            .collect();
        f.debug_struct("Plan").field("steps", &steps).field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

/// Integers as the numbers of the same bits: what a [`Plan`] takes for an input of integers.
pub fn integers(x: &[i32]) -> &[f32] {
    bytemuck::cast_slice(x)
}

/// A mistake in the use of a plan, found where the caller is.
#[track_caller]
fn wrong<T>(op: &'static str, text: String) -> Result<T, OpError> {
    let location = core::panic::Location::caller();
    Err(OpError { op, problem: Box::new(Problem::Argument(text)), location })
}

/// Whether memory has the lengths that a plan expects.
#[track_caller]
fn check<S: core::borrow::Borrow<Spec>>(
    what: &str,
    specs: &[S],
    lengths: impl ExactSizeIterator<Item = usize>,
) -> Result<(), OpError> {
    if lengths.len() != specs.len() {
        return wrong(
            "input",
            format!("the plan has {} {what}s, and was given {}", specs.len(), lengths.len()),
        );
    }
    for (i, (length, spec)) in lengths.zip(specs).enumerate() {
        let (shape, size) = (&spec.borrow().shape, spec.borrow().shape.size());
        if length != size {
            return wrong(
                "input",
                format!("{what} {i} of shape {shape} has {size} elements, and was given {length}"),
            );
        }
    }
    Ok(())
}

/// Memory that a step writes: taken out, so that others can be read meanwhile.
enum Taken<'m> {
    Buffer(usize, usize, Aligned),
    Result(usize, &'m mut [f32]),
}

fn run<'m>(
    step: &Step,
    given: &[&[f32]],
    results: &mut [&'m mut [f32]],
    buffers: &mut [Aligned],
) -> Result<(), OpError> {
    let (written, memory) = match step {
        Step::Chain { results, program, .. } => (results, program.memory()),
        Step::Kernel { outputs, scratch, .. } => (outputs, *scratch),
    };
    let mut own: SmallVec<[Taken<'m>; 8]> = written
        .iter()
        .filter_map(|place| match place {
            Place::Buffer { buffer, length } => {
                Some(Taken::Buffer(*buffer, *length, core::mem::take(&mut buffers[*buffer])))
            }
            Place::Result(i) => Some(Taken::Result(*i, core::mem::take(&mut results[*i]))),
            Place::Given(_) => None,
        })
        .collect();
    let read = |place: &Place| match place {
        Place::Given(i) => given[*i],
        Place::Buffer { buffer, length } => &buffers[*buffer][..*length],
        Place::Result(i) => &*results[*i],
    };
    let mut to: SmallVec<[&mut [f32]; 8]> = own
        .iter_mut()
        .map(|taken| match taken {
            Taken::Buffer(_, length, buffer) => &mut buffer[..*length],
            Taken::Result(_, result) => &mut **result,
        })
        .collect();
    let mut failed = None;
    scratch::with(memory, |memory| match step {
        Step::Chain { program, operands, .. } => {
            let operands: SmallVec<[&[f32]; 8]> = operands.iter().map(read).collect();
            program.run(&operands, &mut to, memory);
        }
        Step::Kernel { op, inputs, specs, .. } => {
            let inputs: SmallVec<[Input<'_>; 24]> =
                inputs.iter().map(|(place, spec)| Input { data: read(place), spec }).collect();
            let failed = &mut failed;
            op.eval(Eval { inputs: &inputs, outputs: &mut to, specs, scratch: memory, failed });
        }
    });
    drop(to);
    for taken in own {
        match taken {
            Taken::Buffer(at, _, buffer) => buffers[at] = buffer,
            Taken::Result(at, result) => results[at] = result,
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Operations that run at once.
enum Unit {
    Chain(Chain),
    Kernel(usize),
}

struct Builder<'g> {
    graph: &'g Graph,
    /// How many outputs lie in memory of the caller.
    results: usize,
    units: Vec<Unit>,
}

impl<'g> Builder<'g> {
    fn new(graph: &'g Graph, results: usize) -> Self {
        let Stages { mut stages, .. } = Stages::new(graph);
        let used = used(graph, &stages);
        sink::sink(graph, &mut stages, &used);
        let mut chains: BTreeMap<(bool, usize, Space), Vec<usize>> = BTreeMap::new();
        let constant = |at: usize| graph.tensors[graph.ops[at].outputs[0]].constant;
        let mut units: Vec<(usize, Unit)> = Vec::new();
        for (at, stage) in stages.iter().enumerate().filter(|(at, _)| used[*at]) {
            match &stage.member {
                Some(member) => chains.entry((constant(at), stage.level, member.space)).or_default().push(at),
                None if matches!(graph.ops[at].op.run(), Run::View) => {}
                None if graph.is_given(graph.ops[at].outputs[0]) => {}
                None => units.push((stage.level, Unit::Kernel(at))),
            }
        }
        // What is read from memory: by another chain, another kernel, or as another kind.
        let member = |at: usize| stages[at].member.as_ref().map(|member| (stages[at].level, member));
        let mut stored: HashSet<Id> = graph.outputs.iter().map(|id| graph.root(*id)).collect();
        for at in (0..graph.ops.len()).filter(|at| used[*at]) {
            let op = &graph.ops[at];
            if matches!(op.op.run(), Run::View) {
                continue;
            }
            match member(at) {
                None => stored.extend(op.inputs.iter().map(|id| graph.root(*id))),
                Some((level, reader)) => {
                    for operand in &reader.operands {
                        let root = graph.root(operand.tensor);
                        let here = member(graph.tensors[root].from).is_some_and(|(of, writer)| {
                            let same = writer.space == reader.space && writer.kind == operand.kind;
                            of == level && same && constant(at) == constant(graph.tensors[root].from)
                        });
                        if !here && graph.number(root).is_none() {
                            stored.insert(root);
                        }
                    }
                }
            }
        }
        for ((_, level, space), ops) in chains {
            let members: Vec<(Id, &Member)> = ops
                .iter()
                .filter_map(|at| Some((graph.ops[*at].outputs[0], stages[*at].member.as_ref()?)))
                .collect();
            units.push((level, Unit::Chain(program(graph, space, &members, |id| stored.contains(&id)))));
        }
        units.sort_by_key(|(level, _)| *level);
        Builder { graph, results, units: units.into_iter().map(|(_, unit)| unit).collect() }
    }

    /// The tensors that a unit reads and writes.
    fn tensors(&self, unit: &Unit) -> (Vec<Id>, Vec<Id>) {
        match unit {
            Unit::Chain(chain) => (chain.operands.clone(), chain.results.clone()),
            Unit::Kernel(at) => {
                let op = &self.graph.ops[*at];
                (op.inputs.iter().map(|id| self.graph.root(*id)).collect(), op.outputs.to_vec())
            }
        }
    }

    #[track_caller]
    fn build(mut self) -> Result<Plan, OpError> {
        let graph = self.graph;
        let units = core::mem::take(&mut self.units);
        let mut last: HashMap<Id, usize> = HashMap::new();
        for (i, unit) in units.iter().enumerate() {
            let (read, written) = self.tensors(unit);
            last.extend(read.into_iter().chain(written).map(|id| (id, i)));
        }
        // Constants are computed once, and stay.
        let stays: HashSet<Id> = graph.outputs.iter().map(|id| graph.root(*id)).collect();
        let stays = |id: Id| stays.contains(&id) || graph.tensors[id].constant;
        let mut layout = Layout::default();
        let (mut once, mut steps) = (Vec::new(), Vec::new());
        // Constants first: their buffers are nobody else's.
        let (constant, other): (Vec<_>, Vec<_>) = units.into_iter().enumerate().partition(|(_, unit)| {
            let (_, written) = self.tensors(unit);
            written.iter().all(|id| graph.tensors[*id].constant)
        });
        let constants = constant.len();
        for (done, (i, unit)) in constant.into_iter().chain(other).enumerate() {
            let (read, written) = self.tensors(&unit);
            for id in written.iter().filter(|id| self.result(**id).is_none()) {
                layout.place(*id, graph.spec(*id).shape.size());
            }
            let step = self.step(unit, &layout);
            let mut over: Vec<Id> = read.into_iter().chain(written).collect();
            over.sort_unstable();
            over.dedup();
            for id in over.into_iter().filter(|id| last[id] == i && !stays(*id)) {
                layout.release(id);
            }
            if done < constants { once.push(step) } else { steps.push(step) }
        }
        layout.check_room(graph)?;
        let mut buffers: Vec<Aligned> = layout.lengths.iter().map(|length| Aligned::zeros(*length)).collect();
        for step in &once {
            run(step, &[], &mut [], &mut buffers)?;
        }
        Ok(Plan {
            inputs: graph.inputs.iter().map(|id| graph.spec(*id).clone()).collect(),
            steps,
            buffers,
            outputs: graph
                .outputs
                .iter()
                .map(|id| (self.place(*id, &layout), graph.spec(*id).clone()))
                .collect(),
            results: self.results,
            cost: cost(graph),
        })
    }

    /// Which output in memory of the caller a tensor is.
    fn result(&self, root: Id) -> Option<usize> {
        self.graph.outputs[..self.results].iter().position(|id| self.graph.root(*id) == root)
    }

    fn place(&self, id: Id, layout: &Layout) -> Place {
        let root = self.graph.root(id);
        let given = self.graph.inputs.iter().position(|given| *given == root);
        match given.map(Place::Given).or(self.result(root).map(Place::Result)) {
            Some(place) => place,
            None => {
                Place::Buffer { buffer: layout.places[&root], length: self.graph.spec(root).shape.size() }
            }
        }
    }

    fn step(&self, unit: Unit, layout: &Layout) -> Step {
        let places = |ids: &[Id]| ids.iter().map(|id| self.place(*id, layout)).collect();
        match unit {
            Unit::Chain(Chain { program, operands, results }) => {
                Step::Chain { program, operands: places(&operands), results: places(&results) }
            }
            Unit::Kernel(at) => {
                let op = &self.graph.ops[at];
                let spec = |id: &Id| self.graph.spec(*id).clone();
                let inputs: Vec<&Spec> = op.inputs.iter().map(|id| self.graph.spec(*id)).collect();
                Step::Kernel {
                    scratch: op.op.scratch(&inputs),
                    inputs: op.inputs.iter().map(|id| (self.place(*id, layout), spec(id))).collect(),
                    outputs: places(&op.outputs),
                    specs: op.outputs.iter().map(spec).collect(),
                    op: op.op.clone(),
                }
            }
        }
    }
}

/// What a run costs: all that is not computed once.
fn cost(graph: &Graph) -> Cost {
    let mut cost = Cost::default();
    for op in &graph.ops {
        let inputs: SmallVec<[&Spec; 4]> = op.inputs.iter().map(|id| graph.spec(*id)).collect();
        let outputs: SmallVec<[Spec; 2]> = op.outputs.iter().map(|id| graph.spec(*id).clone()).collect();
        if !matches!(op.op.run(), Run::View) && !graph.tensors[op.outputs[0]].constant {
            let own = op.op.cost(&inputs, &outputs);
            cost.multiply_adds += own.multiply_adds;
            cost.bytes += own.bytes;
        }
    }
    cost
}

/// The operations that run: those that an output or another of them reads, as it reads it.
fn used(graph: &Graph, stages: &[Stage]) -> Vec<bool> {
    let mut used = vec![false; graph.ops.len()];
    graph.outputs.iter().for_each(|id| used[graph.tensors[*id].from] = true);
    for at in (0..graph.ops.len()).rev() {
        if !used[at] {
            continue;
        }
        match &stages[at].member {
            // Numbers are part of the program.
            Some(member) => {
                let read = member.operands.iter().map(|operand| operand.tensor);
                read.filter(|id| graph.number(*id).is_none())
                    .for_each(|id| used[graph.tensors[id].from] = true);
            }
            None => graph.ops[at].inputs.iter().for_each(|id| used[graph.tensors[*id].from] = true),
        }
    }
    used
}
