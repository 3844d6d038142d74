//! What is done at each step of a scan: a graph of its own, and the plans that run it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::create::number_of;
use crate::error::OpError;
use crate::op::{Cost, Spec};
use crate::order::order;
use crate::symbolic::{Key, Node};
use crate::traced::{arguments, substituted};
use crate::{Plan, Symbolic};

/// A graph from arguments to results.
pub(super) struct Body {
    /// The carry, an element of each of `xs`, then what is the same at each step.
    pub arguments: Vec<Symbolic>,
    /// The next carry, then an element of each of the results.
    pub results: Vec<Symbolic>,
    /// Plans that nobody runs now.
    plans: Mutex<Vec<Plan>>,
    cost: Cost,
}

/// What a body reads of the graph around it.
pub(super) fn captured(results: &[Symbolic], own: &[Symbolic]) -> Vec<Symbolic> {
    let own: HashSet<*const Node> = own.iter().filter_map(Symbolic::key).map(|(node, _)| node).collect();
    let mut depends: HashMap<*const Node, bool> = HashMap::new();
    let nodes = order(results);
    for node in &nodes {
        let at = Arc::as_ptr(node);
        let below = node.inputs.iter().filter_map(Symbolic::key).any(|(at, _)| depends[&at]);
        depends.insert(at, below || own.contains(&at));
    }
    let (mut found, mut known) = (Vec::new(), HashSet::<Key>::new());
    let mut see = |x: &Symbolic| {
        if let Some(at) = x.key()
            && !depends[&at.0]
            && number_of(x).is_none()
            && known.insert(at)
        {
            found.push(x.clone());
        }
    };
    for node in nodes.iter().filter(|node| depends[&Arc::as_ptr(node)]) {
        node.inputs.iter().for_each(&mut see);
    }
    results.iter().for_each(see);
    found
}

impl Body {
    /// A body from its own arguments, the tensors around that it reads, and its results.
    pub fn new(own: Vec<Symbolic>, around: &[Symbolic], results: &[Symbolic]) -> Result<Body, Box<OpError>> {
        let stand = arguments(around.iter().map(Symbolic::spec));
        let results = substituted(results, around, &stand);
        let arguments: Vec<Symbolic> = own.into_iter().chain(stand).collect();
        let plan = plan(&arguments, &results)?;
        let cost = plan.cost();
        Ok(Body { arguments, results, plans: Mutex::new(vec![plan]), cost })
    }

    pub fn specs(&self) -> impl Iterator<Item = &Spec> {
        self.results.iter().map(Symbolic::spec)
    }

    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Lends a plan: the one that is there, if no other thread has it.
    pub fn with_plan(&self, f: impl FnOnce(&mut Plan)) {
        let lock = || self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let free = lock().pop();
        let mut plan = free.unwrap_or_else(|| {
            plan(&self.arguments, &self.results).expect("the same plan was made with the body")
        });
        f(&mut plan);
        lock().push(plan);
    }
}

/// A plan that writes all results to memory of the caller: one that is carried and stacked is two.
fn plan(arguments: &[Symbolic], results: &[Symbolic]) -> Result<Plan, Box<OpError>> {
    let [arguments, outputs] = [arguments, results].map(|list| list.iter().collect::<Vec<_>>());
    Plan::with_results(&arguments, &outputs, outputs.len()).map_err(Box::new)
}

impl core::fmt::Debug for Body {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Body").field("arguments", &self.arguments).field("results", &self.results).finish()
    }
}
