//! Blocks whose tensors or layers are asked for: they are applied to an input of their own, and leave their layers to the model where
//! its outputs come from these.

use std::collections::HashSet;

use super::inner::live_in;
use super::parts::Opened;
use super::{Bound, Graph, Member, Resolver, TensorRef};
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
        let input = match self.known.entries.get(&group) {
            Some(tensor) => *tensor,
            None => {
                self.graph.inputs.push(self.known.inputs.get(&group).cloned()?);
                TensorRef::Input(self.graph.inputs.len() - 1)
            }
        };
        let before = self.graph.nodes.len();
        let output = layers.iter().fold(input, |tensor, layer| self.apply(*layer, vec![tensor], None));
        let nodes = before..self.graph.nodes.len();
        self.known.opened.insert(group, Opened { input, output, nodes });
        Some((input, output))
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
        match self.leaving(&self.graph, &self.live_inside()) {
            Ok(left) => leave(&mut self.graph, &left),
            Err((layer, message)) => self.errors.at(self.graph.layers[layer].span, message),
        }
    }

    /// Gives the blocks of a graph the layers that they would have if this were the whole.
    pub(super) fn arrange_blocks(&self, graph: &mut Graph) {
        let live = live_in(graph, &graph.outputs);
        self.adopt_in(graph, &live);
        if let Ok(left) = self.leaving(graph, &live) {
            leave(graph, &left);
        }
    }

    /// What leads to the outputs, and to those of the models on the way there.
    pub(super) fn live_inside(&self) -> HashSet<TensorRef> {
        let (mut live, mut done) = (self.live(), HashSet::new());
        let mut open: Vec<usize> = self.layers_of(&live).into_iter().collect();
        while let Some(layer) = open.pop() {
            if let Some((number, _)) = self.graph.layers[layer].model()
                && done.insert(number)
            {
                let inside = live_in(&self.graph, &self.models[number].outputs);
                open.extend(self.layers_of(&inside));
                live.extend(inside);
            }
        }
        live
    }

    /// What leaves which blocks; or a layer that must not, and why.
    fn leaving(
        &self,
        graph: &Graph,
        live: &HashSet<TensorRef>,
    ) -> Result<Vec<(Member, usize)>, (usize, String)> {
        let mut left = self.known.used.clone();
        for (group, opened) in &self.known.opened {
            let is_live = opened.nodes.clone().any(|node| live.contains(&TensorRef::Node(node, 0)));
            let children = self.known.children.get(group).into_iter().flatten();
            left.extend(children.filter(|_| is_live).map(|child| (*child, *group)));
        }
        // The first mistake is told, whatever the order in which they are kept.
        left.sort_by_key(|(_, group)| *group);
        let live_layers = self.layers_of(live);
        left.retain(|(member, group)| match member {
            Member::Layer(layer) => graph.layers[*layer].group == Some(*group) && live_layers.contains(layer),
            Member::Block(block) => {
                let is_live = graph.groups[*block].layers.iter().any(|layer| live_layers.contains(layer));
                graph.groups[*block].parent == Some(*group) && is_live
            }
            Member::Input(_) | Member::Mask(_) => false,
        });
        match left.iter().find_map(|(member, group)| self.kept(*member, *group, live)) {
            Some(mistake) => Err(mistake),
            None => Ok(left),
        }
    }

    /// What to say of a block that is applied itself on the way to the outputs, while a part of it stands outside of it too; and the
    /// layer at fault.
    fn kept(&self, member: Member, group: usize, live: &HashSet<TensorRef>) -> Option<(usize, String)> {
        let own = self.known.opened.get(&group).map_or(0..0, |opened| opened.nodes.clone());
        let elsewhere: HashSet<TensorRef> = live
            .iter()
            .filter(|tensor| !matches!(tensor, TensorRef::Node(node, _) if own.contains(node)))
            .copied()
            .collect();
        let applied = self.layers_of(&elsewhere);
        let is_whole = self.graph.groups[group].layers.iter().all(|layer| applied.contains(layer));
        if !is_whole || !self.mentions.contains_key(&super::blocks::Part::Block(group)) {
            return None;
        }
        let (layer, name) = match member {
            Member::Block(block) => {
                let block = &self.graph.groups[block];
                (*block.layers.first()?, &block.name)
            }
            Member::Layer(layer) => (layer, &self.graph.layers[layer].name),
            Member::Input(_) | Member::Mask(_) => return None,
        };
        let block = &self.graph.groups[group].name;
        let message = format!(
            "the block `{block}` is applied as a whole, and its layer `{name}` outside of it too\nhelp: apply the block, and bind what it gives: `let y = x => {block};`; or go on from its tensors alone"
        );
        Some((layer, message))
    }
}

/// Lets layers and blocks leave the blocks that they are in.
fn leave(graph: &mut Graph, left: &[(Member, usize)]) {
    for (member, _) in left {
        match member {
            Member::Layer(layer) => graph.layers[*layer].group = None,
            Member::Block(block) => graph.groups[*block].parent = None,
            Member::Input(_) | Member::Mask(_) => {}
        }
    }
}
