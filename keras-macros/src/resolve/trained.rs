//! Whether weights are trained, as lines of the model say: `base.trainable = False`, `layer.trainable = True`.
//!
//! As in Keras, such a line says it of all that is inside too, and the last one holds; but of the whole model: nothing of one that is
//! not trained is.

use std::collections::{HashMap, HashSet};

use super::parts::Whole;
use super::{Kind, Resolver};
use crate::parse::Trainable;

/// What is said of whether weights are trained.
#[derive(Default)]
pub(super) struct Trained {
    /// Of blocks, by their numbers.
    blocks: HashMap<usize, bool>,
    /// Of models inside, by their numbers.
    models: HashMap<usize, bool>,
    /// The layers of which it is said.
    layers: HashSet<usize>,
    /// The layers that wrappers keep copies of, in the order of the copies.
    wrapped: HashMap<usize, Vec<usize>>,
    /// Those of the wrapper whose arguments are read.
    pub(super) held: Vec<usize>,
}

impl Trained {
    /// Notes that the layer `wrapper` has copies of the layers that are held behind the first `held` ones.
    pub(super) fn wraps(&mut self, wrapper: usize, held: usize) {
        let layers: Vec<usize> = self.held.drain(held..).collect();
        if !layers.is_empty() {
            self.wrapped.insert(wrapper, layers);
        }
    }
}

impl Resolver<'_> {
    /// Sets whether the weights of a layer, or of all in a block or a model, are trained.
    pub(super) fn trainable(&mut self, trainable: &Trainable) {
        let value = trainable.value;
        let layers = match self.whole_of(&trainable.of, &trainable.tokens) {
            Whole::Layer(layer) => vec![layer],
            Whole::Block(layers, group) => {
                self.known.trained.blocks.insert(group, value);
                layers
            }
            Whole::Model(number) => {
                self.known.trained.models.insert(number, value);
                vec![self.models[number].layer]
            }
            Whole::Entry(_) | Whole::Nothing => vec![],
        };
        layers.into_iter().for_each(|layer| self.set_trainable(layer, value));
    }

    fn set_trainable(&mut self, layer: usize, value: bool) {
        self.graph.layers[layer].trainable = value;
        self.known.trained.layers.insert(layer);
        if let Kind::Keras { config, code, .. } | Kind::Cells { config, code, .. } =
            &mut self.graph.layers[layer].kind
        {
            config.train_inside(code, value);
        }
        let mut inside = self.known.trained.wrapped.get(&layer).cloned().unwrap_or_default();
        if let Kind::Model { number, .. } = self.graph.layers[layer].kind {
            let live = super::inner::live_in(&self.graph, &self.models[number].outputs);
            inside.extend(self.layers_of(&live));
        }
        inside.into_iter().for_each(|layer| self.set_trainable(layer, value));
    }

    /// Hands what is said of layers on to the wrappers that have copies of them, and what is said of the whole to all of its layers.
    pub(super) fn train(&mut self) {
        // A wrapper is made behind what it wraps.
        let mut wrappers: Vec<usize> = self.known.trained.wrapped.keys().copied().collect();
        wrappers.sort_unstable();
        for wrapper in wrappers {
            self.train_wrapper(wrapper);
        }
        let trained = &self.known.trained;
        let of_block = self.known.whole.and_then(|group| trained.blocks.get(&group));
        let of_model = self.whole.and_then(|number| trained.models.get(&number));
        if of_block.or(of_model) == Some(&false) {
            let live = self.live();
            self.layers_of(&live).into_iter().for_each(|layer| self.set_trainable(layer, false));
        }
    }

    fn train_wrapper(&mut self, wrapper: usize) {
        let layers = self.known.trained.wrapped[&wrapper].clone();
        if !layers.iter().any(|layer| self.known.trained.layers.contains(layer)) {
            return;
        }
        let is_trained = layers.iter().any(|layer| self.graph.layers[*layer].trainable);
        let originals: Vec<_> = layers.iter().map(|layer| self.graph.layers[*layer].clone()).collect();
        let wraps: Vec<bool> =
            layers.iter().map(|layer| self.known.trained.wrapped.contains_key(layer)).collect();
        let said = self.known.trained.layers.contains(&wrapper);
        let made = &mut self.graph.layers[wrapper];
        match &mut made.kind {
            Kind::Keras { config, code, .. } => config.train_inside(code, is_trained),
            // Its cells are trained together.
            Kind::Cells { .. } => made.trainable &= is_trained,
            Kind::TimeDistributed { inner } => {
                let copies = match &mut inner.kind {
                    Kind::Block { graph } => graph.layers.as_mut_slice(),
                    _ => std::slice::from_mut(&mut **inner),
                };
                for ((copy, original), wraps) in copies.iter_mut().zip(&originals).zip(wraps) {
                    copy.trainable = original.trainable;
                    if wraps {
                        copy.kind = original.kind.clone();
                    }
                }
            }
            _ => {}
        }
        // What is said of the wrapper was said of what is in it, of which more was said since.
        made.trainable |= said && is_trained;
        self.known.trained.layers.insert(wrapper);
    }
}
