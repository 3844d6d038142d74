//! Statements in order, and bodies: functions applied, rounds of loops, branches.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::{Bound, Resolver, TensorRef};
use crate::parse::{Body, Param, Scope, Statement};

impl Resolver<'_> {
    pub(super) fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            match statement {
                Statement::Let(binding) => self.binding(&binding.names, binding.pattern, &binding.chain),
                Statement::Scope(scope) => self.scope(scope),
                Statement::Function(id, name, ..) => {
                    self.captured.insert(*id, self.scope.clone());
                    self.scope.insert(name.unraw().to_string(), Bound::Function);
                }
                Statement::Shape(number, name) => {
                    let tensor = match self.scope.get(&name.unraw().to_string()) {
                        Some(Bound::Tensor(tensor)) => *tensor,
                        _ => TensorRef::Broken,
                    };
                    self.graph.asked.push((*number, tensor));
                }
                Statement::Count(count) => self.count(count),
                Statement::Part(part) => self.part(part),
                Statement::Trainable(trainable) => self.trainable(trainable),
                Statement::Begun(number) => {
                    let name = self.automatic("sequential");
                    self.begun.insert(*number, name);
                }
                Statement::Skipped(_) => {}
            }
        }
    }

    fn scope(&mut self, scope: &Scope) {
        let outer = self.scope.clone();
        let context = self.enter(scope.context.as_ref());
        self.params(&scope.params, &[]);
        self.statements(&scope.statements);
        self.errors.set_context(context);
        let inner: Vec<String> =
            self.scope.keys().filter(|name| !outer.contains_key(*name)).cloned().collect();
        self.ended.extend(inner);
        self.close(outer, &scope.exports);
    }

    /// The results of a body, which is given `tensors`.
    pub(super) fn body(&mut self, body: &Body, tensors: &[TensorRef]) -> Vec<TensorRef> {
        let results = self.inside_of(body, tensors, |r| {
            let mut results = Vec::new();
            for chain in &body.tail.chains {
                match r.tensors(chain, None).as_slice() {
                    [one] => results.push(*one),
                    many => {
                        if !many.contains(&TensorRef::Broken) {
                            r.errors.at(
                                chain.span,
                                "several tensors end here: write `(a, b)` for several results",
                            );
                        }
                        results.push(TensorRef::Broken);
                    }
                }
            }
            results
        });
        if results.is_empty() { vec![TensorRef::Broken] } else { results }
    }

    /// What `look` finds behind the statements of a body, where its names are bound.
    pub(super) fn inside_of<T>(
        &mut self,
        body: &Body,
        tensors: &[TensorRef],
        look: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = self.scope.clone();
        let context = self.enter(body.context.as_ref());
        let params = self.param_bounds(&body.params, tensors);
        if let Some(id) = body.function {
            // A function of another place sees nothing of this model.
            self.scope = self.captured.get(&id).cloned().unwrap_or_default();
        }
        for (name, bound) in params {
            self.bind(name, bound);
        }
        self.statements(&body.statements);
        let found = look(self);
        self.errors.set_context(context);
        self.close(outer, &body.exports);
        found
    }

    fn enter(&mut self, context: Option<&std::rc::Rc<str>>) -> Vec<std::rc::Rc<str>> {
        let outer = self.errors.context();
        let mut inner = outer.clone();
        inner.extend(context.cloned());
        self.errors.set_context(inner);
        outer
    }

    /// Ends a scope: what it assigned to outer names stays.
    fn close(&mut self, mut outer: std::collections::HashMap<String, Bound>, exports: &[Ident]) {
        for name in exports {
            let name = name.unraw().to_string();
            if let Some(bound) = self.scope.remove(&name) {
                outer.insert(name, bound);
            }
        }
        self.scope = outer;
    }

    fn params(&mut self, params: &[(Ident, Param)], tensors: &[TensorRef]) {
        for (name, bound) in self.param_bounds(params, tensors) {
            self.bind(name, bound);
        }
    }

    /// What parameters stand for, by the names that are bound where the body is applied.
    fn param_bounds<'a>(
        &mut self,
        params: &'a [(Ident, Param)],
        tensors: &[TensorRef],
    ) -> Vec<(&'a Ident, Bound)> {
        let mut all = Vec::new();
        for (name, param) in params {
            let bound = match param {
                Param::Tensor(i) => tensors.get(*i).map_or(Bound::Broken, |tensor| Bound::Tensor(*tensor)),
                Param::Chain(chain) if let Some(entry) = self.entry(chain) => entry,
                Param::Chain(chain) if self.is_block(chain) => self.bound_block(chain),
                Param::Chain(chain) => match self.tensors(chain, None).as_slice() {
                    [one] => Bound::Tensor(*one),
                    _ => Bound::Broken,
                },
                Param::Function(id) => {
                    if !self.captured.contains_key(id) {
                        self.captured.insert(*id, self.scope.clone());
                    }
                    Bound::Function
                }
            };
            all.push((name, bound));
        }
        all
    }

    /// Result `i` of a body, for the names that take its results apart.
    pub(super) fn result(&mut self, results: &[TensorRef], names: &[Ident], i: usize) -> Bound {
        if i == 0 && results.len() != names.len() && !results.contains(&TensorRef::Broken) {
            let (gives, named) = (results.len(), names.len());
            let results = if gives == 1 { "1 result".to_string() } else { format!("{gives} results") };
            self.errors.at(
                names[0].span(),
                format!("{results}, and {named} names for them\nhelp: name as many as the last line of the function gives"),
            );
        }
        results.get(i).map_or(Bound::Broken, |tensor| Bound::Tensor(*tensor))
    }
}
