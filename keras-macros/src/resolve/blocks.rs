//! Blocks of layers, and which of them are inside which.

use std::collections::HashSet;

use syn::ext::IdentExt;

use super::{Bound, Group, Resolver};
use crate::parse::{Chain, Item};

/// What can be named in a block.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Layer(usize),
    Block(usize),
}

impl Resolver<'_> {
    /// Whether a chain starts with a layer, not with a tensor.
    pub(super) fn is_block(&self, chain: &Chain) -> bool {
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
            Some(_) => true,
            None => false,
        }
    }

    pub(super) fn block(&mut self, chain: &Chain, group: Option<usize>) -> Vec<usize> {
        chain.items.iter().flat_map(|item| self.layers(item, group)).collect()
    }

    /// A block of its own, in another or in none: its layers, and which block it is.
    pub(super) fn group(&mut self, chain: &Chain, parent: Option<usize>) -> (Vec<usize>, usize) {
        let group = self.graph.groups.len();
        self.graph.groups.push(Group { parent, ..Group::default() });
        let layers = self.block(chain, Some(group));
        let name = self.automatic("sequential");
        self.graph.groups[group] = Group { name, parent, layers: layers.clone() };
        (layers, group)
    }

    /// Notes that a bound block is named, within the block `inside` or applied to a tensor.
    pub(super) fn mention(&mut self, layers: &[usize], block: Option<usize>, inside: Option<usize>) {
        let parts: HashSet<Part> = match block {
            Some(block) => [Part::Block(block)].into(),
            None => {
                let part =
                    |layer: &usize| self.graph.block_of(*layer).map_or(Part::Layer(*layer), Part::Block);
                layers.iter().map(part).collect()
            }
        };
        for part in parts {
            self.mentions.entry(part).or_default().push(inside);
        }
    }

    /// A block or layer that is named only once, and that within a block, is a part of that block.
    pub(super) fn adopt(&mut self) {
        for (part, inside) in &self.mentions {
            let [Some(parent)] = inside.as_slice() else { continue };
            match part {
                Part::Layer(layer) => self.graph.layers[*layer].group = Some(*parent),
                Part::Block(block) => self.graph.groups[*block].parent = Some(*parent),
            }
        }
    }

    /// How many blocks are applied.
    pub(super) fn applied_blocks(&self) -> usize {
        let mut applied = HashSet::new();
        for node in &self.graph.nodes {
            let mut block = self.graph.layers[node.layer].group;
            while let Some(at) = block
                && applied.insert(at)
            {
                block = self.graph.groups[at].parent;
            }
        }
        applied.len()
    }
}
