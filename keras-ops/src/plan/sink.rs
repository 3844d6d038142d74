//! Operations that wait for the chain that reads them.
//!
//! [`Stages`](super::chain::Stages) puts every operation where it can run first. One that only a later chain reads is
//! better computed there: it is not written to memory and read again, and nothing is computed early that is wanted late.

use super::chain::{Member, Stage};
use super::graph::{Graph, Id};
use keras_kernels::tile::Kind;

/// Moves operations to the last level at which a chain can take them with no more to write to memory.
pub(super) fn sink(graph: &Graph, stages: &mut [Stage], used: &[bool]) {
    let mut sinker = Sinker { graph, readers: readers(graph, stages, used), outputs: Vec::new() };
    sinker.outputs = vec![false; graph.tensors.len()];
    graph.outputs.iter().for_each(|id| sinker.outputs[graph.root(*id)] = true);
    // Where one goes others may follow.
    for _ in 0..3 {
        let mut moved = false;
        for at in (0..stages.len()).rev().filter(|at| used[*at]) {
            if let Some(level) = sinker.later(stages, at) {
                stages[at].level = level;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
}

/// The operations that read each tensor, with how they read it if they are part of a chain.
fn readers(graph: &Graph, stages: &[Stage], used: &[bool]) -> Vec<Vec<(usize, Option<Kind>)>> {
    let mut readers = vec![Vec::new(); graph.tensors.len()];
    for (at, op) in graph.ops.iter().enumerate().filter(|(at, _)| used[*at]) {
        match &stages[at].member {
            Some(member) => {
                for operand in &member.operands {
                    readers[graph.root(operand.tensor)].push((at, Some(operand.kind)));
                }
            }
            // A view is no reader: what reads it reads its root.
            None if matches!(op.op.run(), crate::op::Run::View) => {}
            None => op.inputs.iter().for_each(|id| readers[graph.root(*id)].push((at, None))),
        }
    }
    readers
}

struct Sinker<'g> {
    graph: &'g Graph,
    readers: Vec<Vec<(usize, Option<Kind>)>>,
    outputs: Vec<bool>,
}

impl Sinker<'_> {
    /// Whether a reader takes what `from` computes without its being in memory, if both are of one level.
    fn streams(stages: &[Stage], from: &Member, (at, kind): (usize, Option<Kind>)) -> bool {
        stages[at].member.as_ref().is_some_and(|reader| {
            from.task.streams() && reader.space == from.space && kind == Some(from.kind)
        })
    }

    /// The level to which an operation moves, if it is a later one.
    fn later(&self, stages: &[Stage], at: usize) -> Option<usize> {
        let stage = &stages[at];
        let member = stage.member.as_ref()?;
        let id = self.graph.ops[at].outputs[0];
        if self.graph.tensors[id].constant || self.graph.is_given(id) {
            return None;
        }
        let own = &self.readers[id];
        let last = own.iter().map(|reader| {
            let level = stages[reader.0].level;
            if Self::streams(stages, member, *reader) { Some(level) } else { level.checked_sub(1) }
        });
        let bound = last.map(|level| level.unwrap_or(0)).min().unwrap_or(usize::MAX);
        // The chains that there are: of those that read it, and of those that read what it reads.
        let operands: Vec<(Id, Kind)> = member
            .operands
            .iter()
            .filter(|operand| self.graph.number(operand.tensor).is_none())
            .map(|operand| (self.graph.root(operand.tensor), operand.kind))
            .collect();
        let beside = operands.iter().flat_map(|(id, _)| &self.readers[*id]);
        let chains = own
            .iter()
            .chain(beside)
            .filter(|(at, _)| stages[*at].member.as_ref().is_some_and(|other| other.space == member.space));
        let level = chains.map(|(at, _)| stages[*at].level).filter(|level| *level <= bound).max()?;
        if level <= stage.level {
            return None;
        }
        let saved = usize::from(member.kind == Kind::Full && !self.outputs[id]);
        let written = operands
            .iter()
            .filter(|(id, kind)| *kind == Kind::Full && self.would_be_written(stages, *id, at, level));
        (written.count() <= saved).then_some(level)
    }

    /// Whether a tensor has to be written to memory only because operation `at` reads it at a later level.
    fn would_be_written(&self, stages: &[Stage], id: Id, at: usize, level: usize) -> bool {
        let tensor = &self.graph.tensors[id];
        if self.graph.is_given(id) || tensor.constant || self.outputs[id] {
            return false;
        }
        let from = &stages[tensor.from];
        let Some(member) = &from.member else { return false };
        let others = || self.readers[id].iter().filter(|(reader, _)| *reader != at);
        let here = |reader: &&(usize, Option<Kind>)| {
            stages[reader.0].level == from.level && Self::streams(stages, member, **reader)
        };
        // It is written already, or can follow.
        let written = others().any(|reader| !here(&reader));
        let follows = others().all(|(reader, _)| stages[*reader].level >= level);
        !written && !follows
    }
}
