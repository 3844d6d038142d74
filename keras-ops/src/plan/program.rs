//! From a chain to the program that a kernel runs.

use std::collections::HashMap;

use keras_kernels::tile::{Code, Instruction, Kind, Place, Program, Slot};

use super::chain::{Member, Space, Task};
use super::graph::{Graph, Id};
use crate::elementwise::Elementwise;

/// A program with the tensors that it reads and writes, and what it keeps in registers.
pub(super) struct Chain {
    pub program: Program,
    pub operands: Vec<Id>,
    pub results: Vec<Id>,
}

/// Makes a program of a chain's operations, which are given in order with the tensor that each computes. `stored` says
/// which of them others read.
pub(super) fn program(
    graph: &Graph,
    space: Space,
    members: &[(Id, &Member)],
    stored: impl Fn(Id) -> bool,
) -> Chain {
    // Where each value is read last, as long as it is in a register.
    let mut last: HashMap<Id, usize> = HashMap::new();
    for (i, (_, member)) in members.iter().enumerate() {
        for operand in &member.operands {
            last.insert(graph.root(operand.tensor), i);
        }
    }
    let mut made: HashMap<Id, Slot> = HashMap::new();
    let mut list =
        Writer { graph, operands: Vec::new(), results: Vec::new(), registers: 0, free: Vec::new() };
    let mut instructions = Vec::with_capacity(members.len());
    for (i, (id, member)) in members.iter().enumerate() {
        let mut from = [Slot::number(0.0); 3];
        for (slot, operand) in from.iter_mut().zip(&member.operands) {
            let root = graph.root(operand.tensor);
            *slot = match made.get(&root) {
                Some(slot) if streams(operand.kind, slot) => *slot,
                _ => list.operand(root, operand.kind),
            };
        }
        let stays = stored(*id) || !matches!(member.task, Task::Map(_) | Task::Rows(_));
        let place = if stays { list.result(*id, member.kind) } else { list.register() };
        let to = Slot { kind: member.kind, place };
        instructions.push(Instruction { code: code(&member.task), to, from });
        made.insert(*id, to);
        // Registers that nobody reads any more; one that nobody reads at all is free at once.
        let operands = member.operands.iter().map(|operand| graph.root(operand.tensor));
        for root in operands.chain([*id]) {
            if last.get(&root).is_none_or(|at| *at <= i)
                && let Some(Slot { place: Place::Register(k), .. }) = made.get(&root)
                && !list.free.contains(k)
            {
                list.free.push(*k);
            }
        }
    }
    let kinds = |list: &[(Id, Kind)]| list.iter().map(|(_, kind)| *kind).collect();
    let ids = |list: &[(Id, Kind)]| list.iter().map(|(id, _)| *id).collect();
    Chain {
        program: Program::new(
            space,
            instructions,
            list.registers,
            kinds(&list.operands),
            kinds(&list.results),
        ),
        operands: ids(&list.operands),
        results: ids(&list.results),
    }
}

/// Whether a value of the same pass is what an operand wants.
fn streams(kind: Kind, slot: &Slot) -> bool {
    slot.kind == kind && matches!(kind, Kind::Full | Kind::Column)
}

fn code(task: &Task) -> Code {
    match task {
        Task::Map(Elementwise::Unary(f)) => Code::Unary(*f),
        Task::Map(Elementwise::Binary(f)) => Code::Binary(*f),
        Task::Map(Elementwise::Where) => Code::Where,
        Task::Rows(reduce) => Code::Rows(*reduce),
        Task::Columns(reduce) => Code::Columns(*reduce),
        Task::All(reduce) => Code::All(*reduce),
    }
}

struct Writer<'g> {
    graph: &'g Graph,
    operands: Vec<(Id, Kind)>,
    results: Vec<(Id, Kind)>,
    registers: usize,
    free: Vec<usize>,
}

impl Writer<'_> {
    fn operand(&mut self, root: Id, kind: Kind) -> Slot {
        // A number that is known is part of the program, as whatever kind it is wanted.
        if let Some(number) = self.graph.number(root) {
            return Slot::number(number);
        }
        let at = self.operands.iter().position(|known| *known == (root, kind)).unwrap_or_else(|| {
            self.operands.push((root, kind));
            self.operands.len() - 1
        });
        Slot { kind, place: Place::Operand(at) }
    }

    fn result(&mut self, id: Id, kind: Kind) -> Place {
        self.results.push((id, kind));
        Place::Result(self.results.len() - 1)
    }

    fn register(&mut self) -> Place {
        Place::Register(self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            self.registers - 1
        }))
    }
}
