//! The structure of a model of a file, from its calls and what each gives.

use keras_files::{Kind, Made, Quantized, precision, shown};
use keras_shape::layers::features;
use keras_shape::{
    CallArgs, Inferred, LayerConfig, Mask, Role, Shape as Dims, TensorSpec, kept, kept_as, kept_text,
};

use super::calls::is_chain;
use super::kept::{kept_structure, lengths_of};
use super::{Draft, DraftLayer, Drafting, Origin, Resolved, spec_of};
use crate::model::{LayerInfo, Member, NodeInfo, Structure};
use crate::param::ParamId;

/// The layers of a structure.
#[derive(Default)]
struct Members {
    layers: Vec<DraftLayer>,
    infos: Vec<LayerInfo>,
    /// With inputs and masks, in the order of the file.
    order: Vec<Member>,
}

impl Drafting<'_> {
    /// The model, from the tensors of its calls and what each call gives.
    ///
    /// # Errors
    /// A layer that is never called.
    pub(super) fn structure(
        mut self,
        resolved: Resolved,
        inferred: Vec<Inferred>,
    ) -> Result<Draft, Vec<String>> {
        let sequential = self.graph.kind == Kind::Sequential;
        let Members { layers, infos, order } = self.members(&resolved, &inferred)?;
        let connected = !sequential && !is_chain(&self.calls, &resolved.sources, &resolved.inputs);
        let graph = self.graph;
        let of_layers = graph.outputs.iter().map(|output| &graph.layers[output.layer].name);
        let names: Vec<&'static str> = match graph.output_keys.as_slice() {
            [] => of_layers.map(|name| kept_text(name)).collect(),
            keys => keys.iter().map(|name| kept_text(name)).collect(),
        };
        let names: &'static [&'static str] = kept(names);
        let nodes = self.nodes(&resolved, inferred, &layers);
        let structure = Structure {
            name: kept_text(&graph.name),
            sequential,
            connected,
            inputs: kept(resolved.inputs),
            layers: kept(infos),
            nodes,
            outputs: kept(resolved.outputs),
            output_names: names,
            outputs_named: !graph.output_keys.is_empty(),
            output_fields: names,
            groups: &[],
            order: kept(order),
            masks: kept(self.masks.infos.into_iter().map(|(_, info)| info).collect()),
            masked: kept(self.masks.given),
        };
        let own: Vec<String> = layers.iter().map(DraftLayer::of_its_own).collect();
        let (structure, notes) = (kept_structure(structure, own), self.notes);
        Ok(Draft { structure, layers, trainable: graph.trainable, freezes: true, stored: None, notes })
    }

    /// The layers, each made for the tensors of its first call.
    fn members(&mut self, resolved: &Resolved, inferred: &[Inferred]) -> Result<Members, Vec<String>> {
        let graph = self.graph;
        let mut members = Members::default();
        for (at, origin) in std::mem::take(&mut self.sources).into_iter().enumerate() {
            let layer = &graph.layers[at];
            let Some(origin) = origin else {
                let input = graph.inputs.iter().position(|input| input.layer == at);
                members.order.extend(input.filter(|_| graph.kind != Kind::Sequential).map(Member::Input));
                members.order.extend(self.masks.of_layer(at).map(Member::Mask));
                continue;
            };
            let Some(call) = self.calls.iter().position(|call| call.layer == at) else {
                return Err(vec![format!("layer `{}` is applied to nothing", shown(&layer.name))]);
            };
            members.order.push(Member::Layer(members.infos.len()));
            let specs = resolved.sources[call].iter().zip(&self.calls[call].roles).map(|(source, role)| {
                let spec = spec_of(*source, &resolved.inputs, inferred);
                TensorSpec { role: *role, ..spec.unwrap_or(resolved.inputs[0].spec) }
            });
            let (class, config, drafted) = origin.drafted(&specs.collect::<Vec<TensorSpec>>());
            let (name, inside) = (kept_text(&layer.name), drafted.inside());
            members.infos.push(LayerInfo { name, class, config, inside, group: None });
            members.layers.push(drafted);
        }
        Ok(members)
    }

    /// The nodes, one for each call; equal ones are kept once.
    fn nodes(
        &mut self,
        resolved: &Resolved,
        inferred: Vec<Inferred>,
        layers: &[DraftLayer],
    ) -> &'static [NodeInfo] {
        // Where no mask comes, none is dropped.
        let masked = |source| {
            spec_of(source, &resolved.inputs, &inferred).is_some_and(|spec| spec.mask != Mask::Absent)
        };
        let drops: Vec<bool> = self
            .drops
            .iter()
            .zip(&resolved.sources)
            .map(|(drop, sources)| *drop && sources.iter().any(|source| masked(*source)))
            .collect();
        let rank = |source| {
            spec_of(source, &resolved.inputs, &inferred).map_or(0, |spec: TensorSpec| spec.shape.rank())
        };
        let ranks: Vec<usize> =
            resolved.sources.iter().map(|sources| sources.first().map_or(0, |first| rank(*first))).collect();
        let zeros: Vec<bool> = (self.calls.iter().zip(&resolved.sources))
            .map(|(call, sources)| {
                let (layer, roles) = (self.places[call.layer].map(|at| &layers[at]), &call.roles);
                let named = roles.iter().any(|role| role.is_mask());
                let is_masked = named || sources.first().is_some_and(|first| masked(*first));
                // Until Keras 2 what comes before the first step is zeros, whatever the states are.
                self.says_training && is_masked && layer.is_some_and(|layer| layer.begins_with(roles))
            })
            .collect();
        for (call, _) in self.calls.iter().zip(&zeros).filter(|(_, zeros)| **zeros) {
            self.notes.push(format!(
                "layer `{}`: at steps that are masked before the first that counts it gives zeros, as in Keras 2, and not the state \
                 that it begins with",
                shown(&self.graph.layers[call.layer].name)
            ));
        }
        let calls = std::mem::take(&mut self.calls).into_iter().zip(&resolved.sources);
        let nodes: Vec<NodeInfo> = calls
            .zip(inferred)
            .zip(drops)
            .zip(ranks.into_iter().zip(zeros))
            .map(|((((call, sources), outputs), drop_mask), (rank, zeros_first))| NodeInfo {
                layer: self.places[call.layer].unwrap_or(0),
                inputs: kept(sources.clone()),
                roles: kept(call.roles),
                outputs,
                drop_mask,
                call: CallArgs {
                    precision: precision(&self.graph.layers[call.layer]),
                    quantized: self.places[call.layer]
                        .and_then(|at| layers[at].quantized())
                        .and_then(|how| how.inputs(rank, call.args.reverse == Some(true))),
                    zeros_first,
                    ..call.args
                },
            })
            .collect();
        let given = |node: &NodeInfo| {
            (0..node.outputs.outputs().map_or(0, |o| o.len())).map(|i| node.outputs.output(i)).collect()
        };
        let lengths = nodes.iter().map(|node| lengths_of(given(node))).collect::<Vec<_>>();
        kept_as(nodes.clone(), &(&nodes, lengths))
    }
}

impl Origin {
    /// The layer for tensors to which it is applied first, with its class and its arguments.
    fn drafted(self, specs: &[TensorSpec]) -> (&'static str, Option<LayerConfig>, DraftLayer) {
        match self {
            Origin::Custom(layer, class, trainable) => {
                let shapes: Vec<Dims> = specs.iter().map(|spec| spec.shape).collect();
                let weights = layer.weights(&shapes);
                // It has been asked before.
                let output = layer.output(&shapes).unwrap_or(specs[0].shape);
                (class, None, DraftLayer::Custom { layer, class, trainable, weights, output })
            }
            Origin::Wrapped(inner) => ("TimeDistributed", None, DraftLayer::Wrapped(inner)),
            Origin::Function(function) => (function.class(), None, DraftLayer::Function(function)),
            Origin::Cells(given) => {
                let (config, trainable) = (given.made.config, given.made.trainable);
                let (cells, paths) = given.run(features(specs.first().copied()));
                (config.class(), None, DraftLayer::Cells { config, cells, paths, trainable })
            }
            Origin::Model(inner) => {
                let class = if inner.structure.sequential { "Sequential" } else { "Functional" };
                (class, None, DraftLayer::Model(inner))
            }
            Origin::Keras(made) => {
                let Made { config, trainable, stored, .. } = *made;
                let weights = config.weights(specs);
                let weights = stored.quantized.as_ref().map_or(weights, |how| how.of_weights(&weights));
                let weights = Box::new(weights);
                let layer = DraftLayer::Keras { config, trainable, weights, stored };
                (config.class(), Some(config), layer)
            }
        }
    }
}

impl DraftLayer {
    /// Whether it goes over steps in one direction, and begins with other states than zeros in a call with these roles.
    fn begins_with(&self, roles: &[Role]) -> bool {
        let DraftLayer::Keras { config, .. } = self else { return false };
        let over = config.facts().over_steps.filter(|over| over.pass.is_some() && over.both_ways.is_none());
        over.is_some_and(|over| over.keeps_state || roles.contains(&Role::InitialState))
    }

    /// How it is quantized in the file, if it is.
    fn quantized(&self) -> Option<&Quantized> {
        match self {
            DraftLayer::Keras { stored, .. } => stored.quantized.as_ref(),
            DraftLayer::Model(_)
            | DraftLayer::Wrapped(_)
            | DraftLayer::Custom { .. }
            | DraftLayer::Function(_)
            | DraftLayer::Cells { .. } => None,
        }
    }

    /// What a layer computes beside that which its arguments say: of a function its words, of code of the caller's another
    /// text each time, as the same class may be other code or have other arguments in another file.
    fn of_its_own(&self) -> String {
        match self {
            DraftLayer::Function(function) => function.words(),
            DraftLayer::Custom { .. } | DraftLayer::Cells { .. } => format!("{:?}", ParamId::fresh()),
            // The structure of a model inside is kept in the same way.
            DraftLayer::Model(inner) | DraftLayer::Wrapped(inner) => {
                format!("{:p}", core::ptr::from_ref(inner.structure))
            }
            DraftLayer::Keras { .. } => String::new(),
        }
    }
}
