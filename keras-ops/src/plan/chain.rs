//! Which operations run in one pass over memory.
//!
//! A chain is a set of operations over as many rows of as many numbers, with a level: one more than that of what has to
//! be complete before it starts. So no chain waits for itself, and chains run in the order of their levels.

use std::collections::HashMap;

use keras_kernels::tile::{Kind, Reduce};

use super::graph::{Graph, Id};
use crate::Shape;
use crate::elementwise::Elementwise;
use crate::op::Run;

/// Rows, and numbers of a row.
pub(super) type Space = (usize, usize);

/// What a chain does at one operation.
#[derive(Clone, Debug)]
pub(super) enum Task {
    Map(Elementwise),
    Rows(Reduce),
    Columns(Reduce),
    All(Reduce),
}

impl Task {
    /// Whether later operations of the same pass may use the result.
    pub fn streams(&self) -> bool {
        matches!(self, Task::Map(_) | Task::Rows(_))
    }
}

/// An operand of an operation in a chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    pub tensor: Id,
    pub kind: Kind,
}

/// An operation's place in a chain.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub space: Space,
    pub task: Task,
    /// How the result lies.
    pub kind: Kind,
    pub operands: Vec<Operand>,
}

/// When an operation runs, and how.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub level: usize,
    /// Nothing for one with a kernel of its own.
    pub member: Option<Member>,
}

/// How `operand` lies beside `shape` split into rows at axis `p`.
pub(super) fn kind_of(operand: &Shape, shape: &Shape, p: usize) -> Option<Kind> {
    let lead = shape.rank() - operand.rank();
    let length = |axis: usize| if axis < lead { 1 } else { operand[axis - lead] };
    let one = |mut axes: core::ops::Range<usize>| axes.all(|axis| length(axis) == 1);
    let same = |mut axes: core::ops::Range<usize>| axes.all(|axis| length(axis) == shape[axis]);
    let (rows, rest) = (0..p, p..shape.rank());
    match () {
        () if same(rows.clone()) && same(rest.clone()) => Some(Kind::Full),
        () if one(rows.clone()) && one(rest.clone()) => Some(Kind::One),
        () if one(rows.clone()) && same(rest.clone()) => Some(Kind::Row),
        () if same(rows) && one(rest) => Some(Kind::Column),
        () => None,
    }
}

/// The space of a shape split at axis `p`.
fn split(shape: &Shape, p: usize) -> Space {
    (shape[..p].iter().product(), shape[p..].iter().product())
}

/// Finds the stages of all operations.
pub(super) struct Stages<'g> {
    graph: &'g Graph,
    pub stages: Vec<Stage>,
    /// The spaces beside whose rows tensors are read, by operation.
    beside: HashMap<usize, Space>,
}

impl<'g> Stages<'g> {
    pub fn new(graph: &'g Graph) -> Self {
        let first = Stages::with(graph, HashMap::new());
        // A number a row that is not computed from rows of a chain is known to be one by those that read it.
        let mut beside = HashMap::new();
        for at in (0..graph.ops.len()).rev() {
            let Some(member) = &first.stages[at].member else { continue };
            let space = beside.get(&at).copied().unwrap_or(member.space);
            let columns = beside.contains_key(&at) || member.kind == Kind::Column;
            for operand in &member.operands {
                let from = graph.tensors[graph.root(operand.tensor)].from;
                let alone = first.stages[from].member.as_ref().is_some_and(|member| {
                    matches!(member.task, Task::Map(_)) && member.space != space && member.kind == Kind::Full
                });
                let column = operand.kind == Kind::Column || columns && operand.kind == Kind::Full;
                if alone && column && graph.spec(operand.tensor).shape.size() == space.0 {
                    beside.insert(from, space);
                }
            }
        }
        if beside.is_empty() { first } else { Stages::with(graph, beside) }
    }

    fn with(graph: &'g Graph, beside: HashMap<usize, Space>) -> Self {
        let mut all = Stages { graph, stages: Vec::with_capacity(graph.ops.len()), beside };
        for at in 0..graph.ops.len() {
            let stage = all.stage(at);
            all.stages.push(stage);
        }
        all
    }

    fn stage(&self, at: usize) -> Stage {
        let op = &self.graph.ops[at];
        let found = match op.op.run() {
            Run::Elementwise(f) => self.map(at, f),
            Run::Reduction(reduction) => self.reduction(at, reduction.reduce, &reduction.axes),
            Run::View => {
                let level = op.inputs.iter().map(|id| self.level_of(*id)).max().unwrap_or(0);
                return Stage { level, member: None };
            }
            Run::Kernel => None,
        };
        found.unwrap_or_else(|| {
            let level = op.inputs.iter().map(|id| self.level_of(*id) + 1).max().unwrap_or(0);
            Stage { level, member: None }
        })
    }

    /// The level of what computes a tensor.
    fn level_of(&self, id: Id) -> usize {
        let tensor = &self.graph.tensors[self.graph.root(id)];
        self.stages[tensor.from].level
    }

    /// The place in a chain of what computes a tensor.
    fn member_of(&self, id: Id) -> Option<&Member> {
        self.stages[self.graph.tensors[self.graph.root(id)].from].member.as_ref()
    }

    /// The first level at which an operand can be used in a space.
    fn ready(&self, space: Space, operand: &Operand) -> usize {
        let id = self.graph.root(operand.tensor);
        if self.graph.is_given(id) || self.graph.number(id).is_some() {
            return 0;
        }
        let level = self.level_of(id);
        match self.member_of(id) {
            Some(member) if member.space == space && member.kind == operand.kind && member.task.streams() => {
                level
            }
            _ => level + 1,
        }
    }

    fn stage_of(&self, at: usize, member: Member) -> Stage {
        let constant = self.graph.tensors[self.graph.ops[at].outputs[0]].constant;
        let ready = |x: &Operand| {
            // Constants are there before all else.
            let known = !constant && self.graph.tensors[x.tensor].constant;
            if known { 0 } else { self.ready(member.space, x) }
        };
        let level = member.operands.iter().map(ready).max().unwrap_or(0);
        Stage { level, member: Some(member) }
    }

    fn map(&self, at: usize, f: Elementwise) -> Option<Stage> {
        let op = &self.graph.ops[at];
        let shape = &self.graph.spec(op.outputs[0]).shape;
        let before: Vec<Id> = op.inputs.iter().map(|id| self.graph.before_broadcast(*id)).collect();
        // Operands that were spread in memory are read from there.
        self.map_of(at, f, shape, &before).or_else(|| self.map_of(at, f, shape, &op.inputs))
    }

    fn map_of(&self, at: usize, f: Elementwise, shape: &Shape, tensors: &[Id]) -> Option<Stage> {
        let op = &self.graph.ops[at];
        let place = |space: Space, kind: Kind, kinds: Option<Vec<Kind>>| {
            let operands = tensors.iter().zip(kinds?).map(|(tensor, kind)| Operand { tensor: *tensor, kind });
            Some(self.stage_of(at, Member { space, task: Task::Map(f), kind, operands: operands.collect() }))
        };
        let kinds = |p: usize| -> Option<Vec<Kind>> {
            tensors.iter().map(|id| kind_of(&self.graph.spec(*id).shape, shape, p)).collect()
        };
        // Beside the reduced rows of an operand's chain: a number a row.
        let columns =
            op.inputs.iter().filter_map(|id| self.member_of(*id)).filter(|m| m.kind == Kind::Column);
        let columns = columns.filter(|m| m.space.0 == shape.size()).map(|m| m.space);
        let columns = columns.chain(self.beside.get(&at).copied());
        let columns = columns.filter_map(|space| {
            let column = |kind: Kind| match kind {
                Kind::Full => Some(Kind::Column),
                Kind::One => Some(Kind::One),
                Kind::Row | Kind::Column => None,
            };
            let kinds = kinds(shape.rank())?.into_iter().map(column).collect::<Option<_>>();
            place(space, Kind::Column, kinds)
        });
        // Where an operand's chain is, then by the last axis, then anywhere.
        let spaces: Vec<Space> =
            op.inputs.iter().filter_map(|id| self.member_of(*id)).map(|member| member.space).collect();
        let rank = shape.rank();
        let by_operand = (0..=rank).filter(|p| spaces.contains(&split(shape, *p)));
        let others = rank.checked_sub(1).into_iter().chain((0..=rank).rev());
        let splits = by_operand.chain(others);
        let full = splits.filter_map(|p| place(split(shape, p), Kind::Full, kinds(p)));
        columns.chain(full).enumerate().min_by_key(|(i, stage)| (stage.level, *i)).map(|(_, stage)| stage)
    }

    fn reduction(&self, at: usize, reduce: Reduce, axes: &[usize]) -> Option<Stage> {
        let op = &self.graph.ops[at];
        let tensor = op.inputs[0];
        let shape = &self.graph.spec(tensor).shape;
        let counting: Vec<usize> = axes.iter().copied().filter(|axis| shape[*axis] != 1).collect();
        let (start, end) = match (counting.first(), counting.last()) {
            (Some(first), Some(last)) => (*first, last + 1),
            // Nothing is reduced: each element is a row of its own.
            _ => (shape.rank(), shape.rank()),
        };
        let (outer, inner): (usize, usize) = (shape[..start].iter().product(), shape[end..].iter().product());
        let of = |space: Space, task: Task, kind: Kind| {
            let operands = vec![Operand { tensor, kind: Kind::Full }];
            Some(self.stage_of(at, Member { space, task, kind, operands }))
        };
        match () {
            () if outer == 1 && inner == 1 => {
                let space = self.member_of(tensor).map(|member| member.space);
                let space = space.filter(|(rows, n)| rows * n == shape.size());
                of(space.unwrap_or((1, shape.size())), Task::All(reduce), Kind::One)
            }
            () if inner == 1 => of((outer, shape.size() / outer.max(1)), Task::Rows(reduce), Kind::Column),
            () if outer == 1 => of((shape.size() / inner.max(1), inner), Task::Columns(reduce), Kind::Row),
            () => None,
        }
    }
}
