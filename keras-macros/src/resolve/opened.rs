//! Blocks whose tensors or layers are asked for: they are applied to an input of their own, and leave their layers to the model where
//! its outputs come from these.

use std::collections::HashSet;

use super::parts::Opened;
use super::{Bound, Input, Member, Resolver, TensorRef};
use crate::parse::Parts;

impl Resolver<'_> {
    /// Where a block begins and ends. `block.output` is what it gives where it is applied first, if it is, as in Keras; `block.outputs`
    /// are its own.
    pub(super) fn ends_of_block(
        &mut self,
        layers: &[usize],
        group: usize,
        what: Parts,
    ) -> Option<(TensorRef, TensorRef)> {
        let own = self.known.opened.get(&group).map_or(0..0, |opened| opened.nodes.clone());
        let is_first =
            |node: &usize| !own.contains(node) && layers.first() == Some(&self.graph.nodes[*node].layer);
        let applied = (0..self.graph.nodes.len()).find(is_first);
        let last = applied.map(|first| first + layers.len() - 1);
        match (applied, last, what) {
            (Some(first), Some(last), Parts::Input | Parts::Output)
                if self.graph.nodes.get(last).map(|node| &node.layer) == layers.last() =>
            {
                Some((*self.graph.nodes[first].inputs.first()?, TensorRef::Node(last, 0)))
            }
            _ => self.open(layers, group),
        }
    }

    /// The input and the output of a block that begins with an `Input`.
    pub(super) fn open(&mut self, layers: &[usize], group: usize) -> Option<(TensorRef, TensorRef)> {
        if let Some(opened) = self.known.opened.get(&group) {
            return Some((opened.input, opened.output));
        }
        let input = self.known.inputs.get(&group).cloned()?;
        Some(self.opened(layers, group, input))
    }

    fn opened(&mut self, layers: &[usize], group: usize, input: Input) -> (TensorRef, TensorRef) {
        self.graph.inputs.push(input);
        let input = TensorRef::Input(self.graph.inputs.len() - 1);
        let before = self.graph.nodes.len();
        let output = layers.iter().fold(input, |tensor, layer| self.apply(*layer, vec![tensor], None));
        let nodes = before..self.graph.nodes.len();
        self.known.opened.insert(group, Opened { input, output, nodes });
        (input, output)
    }

    /// The block that a chain names, if it is the whole model: a `Sequential` with its input.
    pub(super) fn whole_block(&mut self, chain: &crate::parse::Chain) -> Option<TensorRef> {
        let [crate::parse::Item::Name(path)] = chain.items.as_slice() else { return None };
        let Some(Bound::Block(layers, Some(group))) = self.bound_at(path).cloned() else { return None };
        let (_, output) = self.open(&layers, group)?;
        self.known.whole = Some(group);
        Some(output)
    }

    /// Lets layers leave the blocks that they are taken out of: as tensors of a `Sequential` lead to the outputs, Keras's model has its
    /// layers, and not the block. Blocks that are applied too keep theirs, and then this is a mistake.
    pub(super) fn close_parts(&mut self) {
        let live = self.live();
        let mut left: Vec<(usize, usize)> = self.known.taken.clone();
        for (group, opened) in &self.known.opened {
            let is_live = live.contains(&opened.input);
            let layers = &self.graph.groups[*group].layers;
            left.extend(layers.iter().filter(|_| is_live).map(|layer| (*layer, *group)));
        }
        let live_layers = self.layers_of(&live);
        for (layer, group) in left {
            if !live_layers.contains(&layer) {
                continue;
            }
            match self.child(group, layer) {
                Member::Layer(_) if self.graph.layers[layer].group == Some(group) => {
                    if self.keeps(group, layer, &live) {
                        return;
                    }
                    self.graph.layers[layer].group = None;
                }
                Member::Block(block) if self.graph.groups[block].parent == Some(group) => {
                    self.graph.groups[block].parent = None;
                }
                _ => {}
            }
        }
    }

    /// Whether a block is applied itself on the way to the outputs, which is told as a mistake: its layer stands outside of it too.
    fn keeps(&mut self, group: usize, layer: usize, live: &HashSet<TensorRef>) -> bool {
        let own = self.known.opened.get(&group).map_or(0..0, |opened| opened.nodes.clone());
        let elsewhere: HashSet<TensorRef> = live
            .iter()
            .filter(|tensor| !matches!(tensor, TensorRef::Node(node, _) if own.contains(node)))
            .copied()
            .collect();
        let applied = self.layers_of(&elsewhere);
        let is_whole = self.graph.groups[group].layers.iter().all(|layer| applied.contains(layer));
        if !is_whole || !self.mentions.contains_key(&super::blocks::Part::Block(group)) {
            return false;
        }
        let (block, name) = (&self.graph.groups[group].name, &self.graph.layers[layer].name);
        let message = format!(
            "the block `{block}` is applied as a whole, and its layer `{name}` outside of it too\nhelp: apply the block, and bind what it gives: `let y = x => {block};`; or go on from its tensors alone"
        );
        self.errors.at(self.graph.layers[layer].span, message);
        true
    }
}
