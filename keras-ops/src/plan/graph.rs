//! The graph that a plan is made of: equal operations once, views seen through.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::Hasher;
use std::sync::Arc;

use smallvec::SmallVec;

use super::chain::kind_of;
use crate::create::{Input, Scalar};
use crate::op::{Op, Run, Spec};
use crate::order::order_from;
use crate::reduce::Reduction;
use crate::shapes::{broadcast_op, is_broadcast};
use crate::symbolic::Key;
use crate::{OpError, Shape, Symbolic};

/// A tensor, by number.
pub(crate) type Id = usize;

/// An operation applied.
pub(crate) struct Applied {
    pub op: Arc<dyn Op>,
    pub inputs: SmallVec<[Id; 3]>,
    pub outputs: SmallVec<[Id; 1]>,
}

/// Where a tensor comes from.
pub(crate) struct Tensor {
    pub spec: Spec,
    /// The operation that computes it, by number.
    pub from: usize,
    /// The tensor that has the same elements in the same order, if this is only a view of that; else itself.
    pub root: Id,
    /// Whether it follows from constants alone.
    pub constant: bool,
}

/// Operations in an order in which each comes after what it reads.
#[derive(Default)]
pub(crate) struct Graph {
    pub ops: Vec<Applied>,
    pub tensors: Vec<Tensor>,
    /// The tensors that are given, in the order of the plan's inputs.
    pub inputs: Vec<Id>,
    pub outputs: Vec<Id>,
    /// Whether it is laid out for chains: see [`Graph::spread`] and [`Graph::add_in_parts`].
    for_chains: bool,
    known: HashMap<u64, Vec<usize>>,
}

impl Graph {
    /// The graph of `outputs` from `inputs`, which may be any tensors: how they are computed is not looked into.
    ///
    /// # Errors
    /// The first mistake; an output that needs an input which is not among `inputs`.
    #[track_caller]
    pub fn checked(inputs: &[&Symbolic], outputs: &[&Symbolic], for_chains: bool) -> Result<Graph, OpError> {
        for tensor in inputs.iter().chain(outputs) {
            (*tensor).clone().check()?;
        }
        let graph = Graph::new(inputs, outputs, for_chains);
        let needed = |op: &&Applied| op.op.as_any().is::<Input>();
        for op in graph.ops.iter().filter(needed) {
            if !graph.is_given(op.outputs[0]) {
                let shape = &graph.spec(op.outputs[0]).shape;
                return super::wrong(
                    "input",
                    format!("an output depends on an input of shape {shape} that the plan is not given"),
                );
            }
        }
        Ok(graph)
    }

    fn new(inputs: &[&Symbolic], outputs: &[&Symbolic], for_chains: bool) -> Graph {
        let mut graph = Graph { for_chains, ..Graph::default() };
        let mut places: HashMap<Key, Id> = HashMap::new();
        for x in inputs {
            let id = graph.given(x.spec().clone());
            graph.inputs.push(id);
            places.extend(x.key().map(|key| (key, id)));
        }
        let roots: Vec<Symbolic> = outputs.iter().map(|x| (*x).clone()).collect();
        let given: HashSet<Key> = places.keys().copied().collect();
        let place =
            |places: &HashMap<Key, Id>, x: &Symbolic| places[&x.key().expect("mistakes are found before")];
        for node in order_from(&roots, &|x| x.key().is_some_and(|key| given.contains(&key))) {
            let from: SmallVec<[Id; 3]> = node.inputs.iter().map(|x| place(&places, x)).collect();
            let made = graph.add(node.op.clone(), from, &node.outputs);
            for (index, id) in made.into_iter().enumerate() {
                places.entry((Arc::as_ptr(&node), index)).or_insert(id);
            }
        }
        graph.outputs = outputs.iter().map(|x| place(&places, x)).collect();
        graph
    }

    /// Adds a tensor that is given when the plan runs.
    fn given(&mut self, spec: Spec) -> Id {
        let op = Arc::new(Input { spec: spec.clone() });
        self.add(op, SmallVec::new(), &[spec])[0]
    }

    /// Makes outputs tensors that the plan computes, by copies of those that are given, and the first `results`, for which
    /// the caller has memory, tensors of their own.
    pub fn separate_outputs(&mut self, results: usize) {
        for i in 0..self.outputs.len() {
            let root = self.root(self.outputs[i]);
            // What the caller has memory for is not seen through the plan.
            let again = self.outputs[..i.min(results)].iter().any(|id| self.root(*id) == root);
            if self.is_given(root) || again || i < results && self.tensors[root].constant {
                self.outputs[i] = self.copy(self.outputs[i]);
            }
        }
    }

    /// Adds a copy of a tensor, made by every run.
    fn copy(&mut self, id: Id) -> Id {
        let (spec, from, root) = (self.tensors[id].spec.clone(), self.ops.len(), self.tensors.len());
        self.ops.push(Applied {
            op: Arc::new(broadcast_op(&spec.shape)),
            inputs: SmallVec::from_slice(&[id]),
            outputs: SmallVec::from_slice(&[root]),
        });
        self.tensors.push(Tensor { spec, from, root, constant: false });
        root
    }

    /// Adds an operation, or finds the equal one that is there already.
    pub fn add(&mut self, op: Arc<dyn Op>, inputs: SmallVec<[Id; 3]>, specs: &[Spec]) -> SmallVec<[Id; 1]> {
        if self.for_chains
            && let Some(reduction) = op.as_any().downcast_ref::<Reduction>()
            && let Some(made) = self.add_in_parts(reduction, &inputs, specs)
        {
            return made;
        }
        let inputs = self.spread(&*op, inputs, specs);
        let mut hasher = DefaultHasher::new();
        op.hash(&mut hasher);
        inputs.iter().for_each(|id| hasher.write_usize(*id));
        let hash = hasher.finish();
        let equal = |at: &&usize| self.ops[**at].inputs == inputs && op.same(&*self.ops[**at].op);
        if let Some(at) = self.known.get(&hash).into_iter().flatten().find(equal) {
            return self.ops[*at].outputs.clone();
        }
        let from = self.ops.len();
        self.known.entry(hash).or_default().push(from);
        let given = op.as_any().is::<Input>();
        let constant = !given && op.repeats() && inputs.iter().all(|id| self.tensors[*id].constant);
        let view = matches!(op.run(), Run::View);
        let outputs: SmallVec<[Id; 1]> = (self.tensors.len()..).take(specs.len()).collect();
        for (id, spec) in outputs.iter().zip(specs) {
            let root = if view { self.tensors[inputs[0]].root } else { *id };
            self.tensors.push(Tensor { spec: spec.clone(), from, root, constant });
        }
        self.ops.push(Applied { op, inputs, outputs: outputs.clone() });
        outputs
    }

    /// The inputs of an operation: those of an elementwise one are spread in memory where they do not lie as rows, columns
    /// or single numbers beside its output.
    fn spread(&mut self, op: &dyn Op, inputs: SmallVec<[Id; 3]>, specs: &[Spec]) -> SmallVec<[Id; 3]> {
        if !self.for_chains || !matches!(op.run(), Run::Elementwise(_)) || is_broadcast(op) {
            return inputs;
        }
        let shape = &specs[0].shape;
        let fits = |p: usize| {
            let kind = |id: &Id| kind_of(&self.tensors[self.before_broadcast(*id)].spec.shape, shape, p);
            inputs.iter().all(|id| kind(id).is_some())
        };
        if (0..=shape.rank()).any(fits) {
            return inputs;
        }
        let mut spread = |id: Id| {
            let spec = Spec::new(shape, self.tensors[id].spec.dtype);
            if self.tensors[id].spec == spec {
                return id;
            }
            self.add(Arc::new(broadcast_op(shape)), SmallVec::from_slice(&[id]), &[spec])[0]
        };
        inputs.into_iter().map(&mut spread).collect()
    }

    /// An operand as it is before it is broadcast.
    pub fn before_broadcast(&self, id: Id) -> Id {
        let from = &self.ops[self.tensors[id].from];
        if is_broadcast(&*from.op) { from.inputs[0] } else { id }
    }

    /// A reduction over axes that do not lie side by side, as one over each run of axes.
    fn add_in_parts(
        &mut self,
        reduction: &Reduction,
        inputs: &[Id],
        specs: &[Spec],
    ) -> Option<SmallVec<[Id; 1]>> {
        let shape = self.tensors[inputs[0]].spec.shape.clone();
        let counts = |axis: &usize| shape[*axis] != 1;
        let axes: Vec<usize> = reduction.axes.iter().copied().filter(counts).collect();
        // Between two of a run there are only axes of length 1.
        let apart = |a: usize, b: usize| (a + 1..b).any(|axis| shape[axis] != 1);
        let cut = (1..axes.len()).find(|i| apart(axes[i - 1], axes[*i]))?;
        let (first, rest) = axes.split_at(cut);
        let part = |axes: &[usize]| Arc::new(Reduction { axes: axes.to_vec(), ..reduction.clone() });
        let last = part(rest);
        let middle: Shape =
            (0..shape.rank()).map(|axis| if rest.contains(&axis) { 1 } else { shape[axis] }).collect();
        let spec = Spec::new(middle, specs[0].dtype);
        let made = self.add(last, inputs.into(), &[spec]);
        Some(self.add(part(first), made[..].into(), specs))
    }

    /// The tensor whose elements these are.
    pub fn root(&self, id: Id) -> Id {
        self.tensors[id].root
    }

    pub fn spec(&self, id: Id) -> &Spec {
        &self.tensors[id].spec
    }

    /// The number that a tensor is known to be.
    pub fn number(&self, id: Id) -> Option<f32> {
        let op = &self.ops[self.tensors[self.root(id)].from].op;
        op.as_any().downcast_ref::<Scalar>().map(|scalar| scalar.0.stored())
    }

    /// Whether it is given when the plan runs.
    pub fn is_given(&self, id: Id) -> bool {
        self.inputs.contains(&id)
    }
}
