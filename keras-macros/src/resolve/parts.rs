//! Parts of models and layers: `base.output`, `model.get_layer("a").output`, `base.layers[:-4]`. A graph that is made in this model
//! is known here, so its tensors and layers go on as any others, with one set of weights.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use keras_shape::closest;
use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;

use super::graph::{Apart, Counted};
use super::{Bound, Input, Kind, Member, Resolver, TensorRef};
use crate::order;
use crate::parse::{Count, Fact, Length, Part, PartOf, Parts};

/// A `Sequential` whose tensors are asked for: its layers, applied to an input of its own.
pub(super) struct Opened {
    pub(super) input: TensorRef,
    pub(super) output: TensorRef,
    /// The nodes that apply its layers.
    pub(super) nodes: std::ops::Range<usize>,
}

/// What is kept of parts while a model is resolved.
#[derive(Default)]
pub(super) struct Known {
    /// The layers of models inside, in Keras's order.
    members: HashMap<usize, Rc<Vec<Member>>>,
    /// What stands at the beginning of blocks.
    pub(super) inputs: HashMap<usize, Input>,
    /// The tensors of other models at the beginning of blocks.
    pub(super) entries: HashMap<usize, TensorRef>,
    /// The layers and blocks that each block is written as.
    pub(super) children: HashMap<usize, Vec<Member>>,
    /// Layers that were made where they are applied, and the node that does.
    pub(super) chained: HashMap<usize, usize>,
    /// Blocks whose tensors are asked for.
    pub(super) opened: HashMap<usize, Opened>,
    /// Layers and blocks of blocks that were looked at, and those blocks.
    pub(super) taken: Vec<(Member, usize)>,
    /// Those of them that are applied by themselves.
    pub(super) used: Vec<(Member, usize)>,
    /// Models of other places that begin and end here, by their layers.
    elsewhere: HashMap<usize, (TensorRef, TensorRef)>,
    /// Whether the whole model is a chain of layers of another, with its input.
    pub(super) begun: bool,
    /// The block that is the whole model.
    pub(super) whole: Option<usize>,
    /// What is said of whether weights are trained.
    pub(super) trained: super::trained::Trained,
}

impl Known {
    /// Whether a layer is taken out of the block that it is in.
    pub(super) fn is_taken(&self, layer: usize) -> bool {
        self.taken_from(layer).is_some()
    }

    /// The block that a layer is taken out of.
    fn taken_from(&self, layer: usize) -> Option<usize> {
        self.taken.iter().find(|(taken, _)| *taken == Member::Layer(layer)).map(|(_, group)| *group)
    }

    /// Notes that layers or a block are applied, or named within a block, if they are taken out of another.
    pub(super) fn use_part(&mut self, layers: &[usize], block: Option<usize>) {
        let part = match (layers, block) {
            (_, Some(block)) => Member::Block(block),
            ([layer], None) => Member::Layer(*layer),
            _ => return,
        };
        self.used.extend(self.taken.iter().filter(|(taken, _)| *taken == part));
    }

    /// Whether tensors may be there that lead nowhere.
    pub(super) fn has_opened(&self) -> bool {
        !self.opened.is_empty() || !self.elsewhere.is_empty()
    }

    /// Whether an input is one that was made because a part was asked for.
    pub(super) fn owns(&self, input: TensorRef) -> bool {
        self.opened.values().any(|opened| opened.input == input)
            || self.elsewhere.values().any(|(begin, _)| *begin == input)
    }
}

/// What parts can be of.
#[derive(Clone)]
pub(super) enum Whole {
    Layer(usize),
    Block(Vec<usize>, usize),
    Model(usize),
    Entry(TensorRef),
    /// A mistake, which is told.
    Nothing,
}

impl Resolver<'_> {
    /// Answers how many parts there are.
    pub(super) fn count(&mut self, count: &Count) {
        let whole = self.whole_of(&count.of, &count.tokens);
        let counted = match (&whole, count.what) {
            (Whole::Nothing, _) => Counted::Known(Length::Unknown(None)),
            (Whole::Model(_) | Whole::Block(..), Parts::Layers) => {
                Counted::Known(Length::Layers(self.facts(&whole)))
            }
            (_, Parts::Layers) => {
                self.has_no_layers(&whole, &count.of, &count.tokens);
                Counted::Known(Length::Unknown(None))
            }
            (Whole::Model(number), what) if what.are_inputs() => {
                Counted::Known(Length::Known(self.models[*number].inputs.len()))
            }
            (Whole::Model(number), _) => Counted::Known(Length::Known(self.models[*number].outputs.len())),
            (Whole::Layer(layer), what) => self.count_of_layer(*layer, what, &count.of),
            (Whole::Block(..) | Whole::Entry(_), _) => Counted::Known(Length::Known(1)),
        };
        self.graph.counted.insert(count.number, counted);
    }

    fn count_of_layer(&mut self, layer: usize, what: Parts, of: &Ident) -> Counted {
        let node = self.node_of(layer);
        if let (Some(node), true) = (node, what.are_inputs()) {
            return Counted::Known(Length::Known(self.given_to(node).len()));
        }
        let Kind::Own { path, .. } = &self.graph.layers[layer].kind else {
            return node.map_or(Counted::Known(Length::Known(1)), Counted::Of);
        };
        // A pattern that names all outputs says how many there are.
        let apart = node.and_then(|node| self.graph.apart.get(&node)).filter(|apart| apart.all);
        Counted::Known(match apart.filter(|_| !self.known.elsewhere.contains_key(&layer)) {
            Some(apart) => Length::Known(apart.names),
            None => Length::Unknown(Some(self.only_one(path, of, what))),
        })
    }

    /// What to say where more than the first tensor of a model of another place is asked for.
    fn only_one(&self, path: &syn::Path, of: &Ident, what: Parts) -> String {
        let (class, shown) =
            (quote::quote! { #path }.to_string().replace(' ', ""), self.shown(&of.to_string()));
        let (things, written) = match what.are_inputs() {
            true => ("inputs", format!("`[a, b] => {shown}`")),
            false => ("outputs", format!("`let (a, b) = x => {shown};`")),
        };
        format!(
            "`{class}` is made elsewhere, and `model!` does not see how many {things} it has\nhelp: apply it before this line: {written}"
        )
    }

    /// Binds a name to a part.
    pub(super) fn part(&mut self, part: &PartOf) {
        let whole = self.whole_of(&part.of, &part.tokens);
        let bound = match (&whole, &part.part) {
            (Whole::Nothing, _) => Bound::Broken,
            (_, Part::Called(name)) => self.layer_called(&whole, name, part),
            (_, Part::At(Parts::Layers, at)) => match self.members(&whole).get(*at).copied() {
                Some(member) => self.member(&whole, member),
                None => {
                    self.has_no_layers(&whole, &part.of, &part.tokens);
                    Bound::Broken
                }
            },
            (_, Part::At(what, at)) => {
                let tensor = self.end(&whole, *what, *at, part);
                tensor.map_or(Bound::Broken, Bound::Tensor)
            }
        };
        self.scope.insert(part.name.unraw().to_string(), bound);
    }

    /// What a name is that parts are asked of.
    pub(super) fn whole_of(&mut self, of: &Ident, tokens: &TokenStream) -> Whole {
        let name = of.unraw().to_string();
        let shown = self.shown(&name);
        let message = match self.scope.get(&name) {
            Some(Bound::Block(layers, Some(group))) => return Whole::Block(layers.clone(), *group),
            Some(Bound::Block(layers, None)) => match layers.as_slice() {
                [layer] => {
                    return match self.graph.layers[*layer].kind {
                        Kind::Model { number, .. } => Whole::Model(number),
                        Kind::Broken(_) => Whole::Nothing,
                        _ => Whole::Layer(*layer),
                    };
                }
                _ => format!("`{shown}` is several layers: give each a name of its own"),
            },
            Some(Bound::Entry(tensor)) => return Whole::Entry(*tensor),
            Some(Bound::Broken | Bound::Tensor(TensorRef::Broken)) | None => return Whole::Nothing,
            Some(Bound::Tensor(_)) => format!(
                "`{shown}` is a tensor: this is asked of a layer, a block or a model, which is bound as `let base = Model(x, y);`"
            ),
            Some(Bound::Function) => format!("`{shown}` is a function: this is asked of what it makes"),
        };
        self.errors.over(tokens, message);
        Whole::Nothing
    }

    /// The node that applies a layer first, whose tensors are those of the layer to Keras; of one that is taken out of a
    /// `Sequential`, that within it.
    fn node_of(&mut self, layer: usize) -> Option<usize> {
        let nodes = match self.known.taken_from(layer) {
            Some(group) => {
                let layers = self.graph.groups[group].layers.clone();
                self.open(&layers, group)?;
                self.known.opened.get(&group)?.nodes.clone()
            }
            None => 0..self.graph.nodes.len(),
        };
        nodes.into_iter().find(|node| self.graph.nodes[*node].layer == layer)
    }

    /// The tensors that a node is given by position.
    fn given_to(&self, node: usize) -> Vec<TensorRef> {
        let node = &self.graph.nodes[node];
        let given = node.inputs.iter().zip(&node.roles);
        given.filter(|(_, role)| **role == keras_shape::Role::Input).map(|(tensor, _)| *tensor).collect()
    }

    /// An input or an output.
    fn end(&mut self, whole: &Whole, what: Parts, at: usize, part: &PartOf) -> Option<TensorRef> {
        match whole {
            Whole::Model(number) => {
                let model = &self.models[*number];
                let list = if what.are_inputs() { &model.inputs } else { &model.outputs };
                list.get(at).copied()
            }
            Whole::Block(layers, group) => match self.ends_of_block(layers, *group, what) {
                Some((input, output)) => Some(if what.are_inputs() { input } else { output }),
                None => {
                    self.has_no_input(*group, part);
                    None
                }
            },
            Whole::Layer(layer) => self.end_of_layer(*layer, what, at, part),
            Whole::Entry(tensor) => Some(*tensor),
            Whole::Nothing => None,
        }
    }

    fn end_of_layer(&mut self, layer: usize, what: Parts, at: usize, part: &PartOf) -> Option<TensorRef> {
        if let Some((input, output)) = self.known.elsewhere.get(&layer) {
            return Some(if what.are_inputs() { *input } else { *output });
        }
        if let Some(node) = self.node_of(layer) {
            return match what.are_inputs() {
                true => self.given_to(node).get(at).copied(),
                false => Some(TensorRef::Node(node, at)),
            };
        }
        if let Some(group) = self.known.taken_from(layer) {
            self.has_no_input(group, part);
            return None;
        }
        if let Kind::Own { path, .. } = self.graph.layers[layer].kind.clone() {
            let (input, output) = self.begin_elsewhere(layer, &path);
            return Some(if what.are_inputs() { input } else { output });
        }
        let name = self.shown(&part.of.unraw().to_string());
        self.errors.over(
            &part.tokens,
            format!("`{name}` is applied to nothing so far, and has no tensors\nhelp: apply it before this line: `let y = x => {name};`"),
        );
        None
    }

    /// Says that a block has no tensors of its own.
    fn has_no_input(&mut self, group: usize, part: &PartOf) {
        let name = &self.graph.groups[group].name;
        self.errors.over(
            &part.tokens,
            format!("the block `{name}` does not say the shape of its input, so that it has no tensors of its own\nhelp: begin it with that, `Sequential([Input(4), ...])`; or bind what it gives where it is applied, `let y = x => base;`"),
        );
    }

    /// The input and the output of a model that is a type of another place: it is applied to an input of its shape.
    fn begin_elsewhere(&mut self, layer: usize, path: &syn::Path) -> (TensorRef, TensorRef) {
        let name = self.automatic("input_layer");
        let tensor = quote::quote! {
            ::keras_core::tensor::Tensor<<#path as ::keras_core::model::Model>::Input>
        };
        self.graph.inputs.push(Input {
            field: name.clone(),
            name,
            spec: None,
            dtype: keras_shape::DType::Float32,
            dims: Vec::new(),
            tensor: Some(tensor),
        });
        let input = TensorRef::Input(self.graph.inputs.len() - 1);
        let output = self.apply(layer, vec![input], None);
        if let TensorRef::Node(node, _) = output {
            // The compiler, which knows it, says if there are more.
            self.graph.apart.insert(node, Apart { names: 1, all: true });
        }
        self.known.elsewhere.insert(layer, (input, output));
        (input, output)
    }

    /// The layers of a model or a block, as Keras lists them.
    fn members(&mut self, whole: &Whole) -> Rc<Vec<Member>> {
        match whole {
            Whole::Block(_, group) => Rc::new(self.known.children.get(group).cloned().unwrap_or_default()),
            Whole::Model(number) => {
                if let Some(members) = self.known.members.get(number) {
                    return members.clone();
                }
                let members = Rc::new(self.members_of_model(*number));
                self.known.members.insert(*number, members.clone());
                members
            }
            _ => Rc::default(),
        }
    }

    fn members_of_model(&self, number: usize) -> Vec<Member> {
        let mut graph = self.graph.clone();
        graph.sequential = false;
        graph.outputs.clone_from(&self.models[number].outputs);
        self.arrange_blocks(&mut graph);
        if let Some((masks, _)) = self.masks_of(&graph) {
            graph.masks = masks;
        }
        let inputs = &self.models[number].inputs;
        let is_layer = |member: &Member| match member {
            Member::Input(input) => inputs.contains(&TensorRef::Input(*input)),
            Member::Layer(layer) => !self.is_operation(*layer),
            Member::Block(_) => true,
            Member::Mask(_) => false,
        };
        order::members(&graph).into_iter().filter(is_layer).collect()
    }

    /// Whether Keras has an operation there, which is no layer to it.
    fn is_operation(&self, layer: usize) -> bool {
        let kind = &self.graph.layers[layer].kind;
        matches!(kind, Kind::Keras { config, .. } if config.is_operation())
            || self.operations.contains(&layer)
    }

    /// What Keras calls the layers of a model or a block, and their classes.
    fn facts(&mut self, whole: &Whole) -> Vec<Fact> {
        let members = self.members(whole);
        let mut graph = self.graph.clone();
        graph.sequential = false;
        self.adopt_in(&mut graph, &HashSet::new());
        // Operations that make masks take names too.
        let names = self.masks_of(&graph).map(|(_, names)| names).unwrap_or_default();
        members.iter().map(|member| self.fact(*member, &names)).collect()
    }

    fn fact(&self, member: Member, names: &HashMap<String, String>) -> Fact {
        let renamed = |name: &str| names.get(name).cloned().unwrap_or_else(|| name.to_string());
        match member {
            Member::Input(input) => {
                Fact { name: renamed(&self.graph.inputs[input].name), class: "InputLayer".into() }
            }
            Member::Layer(layer) => {
                let layer = &self.graph.layers[layer];
                let name = if layer.named { layer.name.clone() } else { renamed(&layer.name) };
                Fact { name, class: layer.class() }
            }
            Member::Block(block) => {
                Fact { name: self.graph.groups[block].name.clone(), class: "Sequential".into() }
            }
            Member::Mask(_) => Fact { name: String::new(), class: String::new() },
        }
    }

    /// A layer of a model or a block, under a name of its own.
    fn member(&mut self, whole: &Whole, member: Member) -> Bound {
        if let Whole::Block(_, group) = whole {
            self.known.taken.push((member, *group));
        }
        match member {
            Member::Input(input) => Bound::Entry(TensorRef::Input(input)),
            Member::Layer(layer) => Bound::Block(vec![layer], None),
            Member::Block(block) => Bound::Block(self.graph.groups[block].layers.clone(), Some(block)),
            Member::Mask(_) => Bound::Broken,
        }
    }

    fn layer_called(&mut self, whole: &Whole, name: &str, part: &PartOf) -> Bound {
        let (members, facts) = (self.members(whole), self.facts(whole));
        if let Some(at) = facts.iter().position(|fact| fact.name == name) {
            return self.member(whole, members[at]);
        }
        if facts.is_empty() {
            self.has_no_layers(whole, &part.of, &part.tokens);
            return Bound::Broken;
        }
        let of = self.shown(&part.of.unraw().to_string());
        let names = facts.iter().map(|fact| fact.name.as_str());
        let hint = match closest(name, names.clone()) {
            Some(near) => format!("; did you mean `{near}`?"),
            None if facts.len() > 20 => "\nhelp: the names are those of its summary".to_string(),
            None => format!("\nhelp: it has {}", names.collect::<Vec<_>>().join(", ")),
        };
        self.errors.over(&part.tokens, format!("`{of}` has no layer `{name}`{hint}"));
        Bound::Broken
    }

    /// Says that there are no layers to be seen.
    fn has_no_layers(&mut self, whole: &Whole, of: &Ident, tokens: &TokenStream) {
        let shown = self.shown(&of.unraw().to_string());
        let elsewhere = match whole {
            Whole::Layer(layer) => match &self.graph.layers[*layer].kind {
                Kind::Own { path, .. } => {
                    Some((quote::quote! { #path }.to_string().replace(' ', ""), *layer))
                }
                _ => None,
            },
            _ => None,
        };
        let message = match elsewhere {
            Some((class, layer)) => {
                let field = &self.graph.layers[layer].name;
                format!(
                    "`{class}` is made elsewhere, and `model!` sees its inputs and outputs, not its layers\nhelp: apply it, `let y = x => {shown};`, and ask for its layers when this model has been made: `model.{field}.layer_output(\"a\", &x)?`, `model.{field}.set_trainable(false)`; or make it in here: `let {shown} = Model(x, y);`"
                )
            }
            None if matches!(whole, Whole::Block(..) | Whole::Model(_)) => format!("`{shown}` has no layers"),
            None => format!("`{shown}` is one layer, and this is asked of a model or a `Sequential`"),
        };
        self.errors.over(tokens, message);
    }
}
