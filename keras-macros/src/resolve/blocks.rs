//! Blocks of layers, and which of them are inside which.

use std::collections::HashSet;

use syn::ext::IdentExt;

use super::{Bound, Graph, Group, Member, Resolver, TensorRef};
use crate::parse::{Argument, Chain, Item, is_model};

/// What can be named in a block.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Layer(usize),
    Block(usize),
}

impl Resolver<'_> {
    /// Whether a chain starts with a layer, not with a tensor.
    pub(super) fn is_block(&self, chain: &Chain) -> bool {
        if is_model(chain) {
            return true;
        }
        match chain.items.first() {
            Some(Item::Input(_) | Item::List(..) | Item::Body(_)) => false,
            Some(Item::Name(path)) => match path.get_ident() {
                Some(ident) => match self.scope.get(&ident.unraw().to_string()) {
                    Some(Bound::Block(..)) => true,
                    Some(_) => false,
                    // An unknown small name was meant to be a tensor.
                    None => ident.unraw().to_string().starts_with(char::is_uppercase),
                },
                None => true,
            },
            Some(Item::Nested(inner)) => self.is_block(inner),
            Some(_) => true,
            None => false,
        }
    }

    pub(super) fn block(&mut self, chain: &Chain, group: Option<usize>) -> Vec<usize> {
        chain.items.iter().flat_map(|item| self.layers(item, group)).collect()
    }

    /// What a chain of layers is to the name that it is bound to. One layer is itself, not a `Sequential` of one.
    pub(super) fn bound_block(&mut self, chain: &Chain) -> Bound {
        // Another name of a block is the block.
        if let [Item::Name(path)] = chain.items.as_slice()
            && let Some(block @ Bound::Block(..)) = self.bound_at(path)
        {
            return block.clone();
        }
        let (inner, name) = match chain.items.as_slice() {
            [Item::Block(inner, name, begun)] if self.has_room(1, chain.span) => {
                (inner, (name.as_ref(), *begun))
            }
            [Item::Nested(inner)] if self.has_room(1, chain.span) => (inner, (None, None)),
            [_, _, ..] => (chain, (None, None)),
            _ => return Bound::Block(self.block(chain, None), None),
        };
        let (layers, group) = self.group(inner, name, None);
        Bound::Block(layers, Some(group))
    }

    /// The layers of a block that stands among layers.
    pub(super) fn nested(
        &mut self,
        chain: &Chain,
        name: (Option<&Argument>, Option<usize>),
        group: Option<usize>,
    ) -> Vec<usize> {
        if self.has_room(1, chain.span) { self.group(chain, name, group).0 } else { vec![] }
    }

    /// A block of its own, in another or in none: its layers, and which block it is. It has the name that it is given, or that of
    /// where it has begun.
    pub(super) fn group(
        &mut self,
        chain: &Chain,
        (name, begun): (Option<&Argument>, Option<usize>),
        parent: Option<usize>,
    ) -> (Vec<usize>, usize) {
        let group = self.graph.groups.len();
        self.graph.groups.push(Group { parent, ..Group::default() });
        let (mut layers, mut children) = (Vec::new(), Vec::new());
        let mut declared = None;
        for (i, item) in chain.items.iter().enumerate() {
            match item {
                // Of a `Sequential` it says what the block is given.
                Item::Input(call) if i == 0 => {
                    let span = call.span();
                    let input = self.input(call, None);
                    declared = input.spec.map(|spec| (spec, span));
                    self.known.inputs.insert(group, input);
                }
                Item::Name(path) if i == 0 && self.begins(path, group) => {
                    let span = syn::spanned::Spanned::span(path);
                    declared = self.known.inputs.get(&group).and_then(|input| Some((input.spec?, span)));
                }
                item => {
                    let before = self.graph.groups.len();
                    let made = self.layers(item, Some(group));
                    children.extend(self.children_of(item, &made, group, before));
                    layers.extend(made);
                }
            }
        }
        // What stands there several times is listed once.
        let mut seen = HashSet::new();
        children.retain(|child| seen.insert(*child));
        self.known.children.insert(group, children);
        let given = self.name_said(name);
        let begun = begun.and_then(|number| self.begun.get(&number).cloned());
        let name = given.or(begun).unwrap_or_else(|| self.automatic("sequential"));
        self.graph.groups[group] = Group { name, parent, layers: layers.clone(), declared };
        (layers, group)
    }

    /// Whether a block begins with the `InputLayer` of a model, as `Sequential(base.layers[:-1])` does: it is given that tensor.
    fn begins(&mut self, path: &syn::Path, group: usize) -> bool {
        let Some(Bound::Entry(tensor)) = self.bound_at(path).cloned() else { return false };
        if let TensorRef::Input(input) = tensor {
            self.known.inputs.insert(group, self.graph.inputs[input].clone());
            self.known.entries.insert(group, tensor);
        }
        true
    }

    /// What an item of a block is to it: layers, or blocks in it, those from number `before` on among them.
    fn children_of(&self, item: &Item, layers: &[usize], group: usize, before: usize) -> Vec<Member> {
        match item {
            Item::Name(path) if let Some(Bound::Block(_, Some(block))) = self.bound_at(path) => {
                vec![Member::Block(*block)]
            }
            Item::Repeat(item, ..) => self.children_of(item, layers, group, before),
            Item::Block(..) | Item::Nested(_) => {
                let new = before..self.graph.groups.len();
                let is_child = |block: &usize| self.graph.groups[*block].parent == Some(group);
                new.filter(is_child).map(Member::Block).collect()
            }
            _ => layers.iter().map(|layer| self.child(group, *layer)).collect(),
        }
    }

    /// What a layer of a block is to it: itself, or the block in it that it is in.
    fn child(&self, group: usize, layer: usize) -> Member {
        let around =
            std::iter::successors(self.graph.layers[layer].group, |block| self.graph.groups[*block].parent);
        let around: Vec<usize> = around.collect();
        match (around.iter().position(|block| *block == group), around.last()) {
            (Some(at), _) if at > 0 => Member::Block(around[at - 1]),
            // A function has made the block.
            (None, Some(block)) if !self.known.is_taken(layer) => Member::Block(*block),
            _ => Member::Layer(layer),
        }
    }

    /// Notes that a bound block is named, within the block `inside` or applied to a tensor.
    pub(super) fn mention(&mut self, layers: &[usize], block: Option<usize>, inside: Option<usize>) {
        let parts: HashSet<Part> = match block {
            Some(block) => [Part::Block(block)].into(),
            None => {
                let part = |layer: &usize| match self
                    .graph
                    .block_of(*layer)
                    .filter(|_| !self.known.is_taken(*layer))
                {
                    Some(block) => Part::Block(block),
                    None => Part::Layer(*layer),
                };
                layers.iter().map(part).collect()
            }
        };
        for part in parts {
            self.mentions.entry(part).or_default().push(inside);
        }
    }

    /// Puts into blocks what is a part of them alone.
    pub(super) fn adopt(&mut self) {
        let live = self.live_inside();
        let mut graph = std::mem::replace(&mut self.graph, Graph::new());
        self.adopt_in(&mut graph, &live);
        self.graph = graph;
    }

    /// A block or layer that is named only once, and that within a block, is a part of that block; but for a layer of another
    /// model, of which tensors are `live`.
    pub(super) fn adopt_in(&self, graph: &mut Graph, live: &HashSet<TensorRef>) {
        for (part, inside) in &self.mentions {
            let [Some(parent)] = inside.as_slice() else { continue };
            match part {
                Part::Layer(layer) => {
                    let node = self.known.chained.get(layer);
                    if node.is_none_or(|node| !live.contains(&TensorRef::Node(*node, 0))) {
                        graph.layers[*layer].group = Some(*parent);
                    }
                }
                Part::Block(block) => graph.groups[*block].parent = Some(*parent),
            }
        }
    }

    /// Each `Sequential` that is applied holds a `Functional`, which takes a name.
    pub(super) fn count_blocks(&mut self) {
        for _ in self.functionals..self.applied_blocks() {
            self.automatic("functional");
            self.functionals += 1;
        }
    }

    /// How many blocks are applied.
    fn applied_blocks(&self) -> usize {
        if self.graph.groups.is_empty() {
            return 0;
        }
        let mut graph = self.graph.clone();
        self.adopt_in(&mut graph, &self.live_inside());
        let mut applied = HashSet::new();
        for node in &graph.nodes {
            let mut block = graph.layers[node.layer].group;
            while let Some(at) = block
                && applied.insert(at)
            {
                block = graph.groups[at].parent;
            }
        }
        applied.len()
    }
}
