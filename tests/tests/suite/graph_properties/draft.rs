//! Graphs of random layers, as the rules allow them.

use keras_core::model::Source;
use keras_core::prelude::Dims;
use keras_core::shape::{Arg, Dim, Inferred, LayerConfig, Outputs, Role, TensorSpec, again, in_role, infer};

use super::super::properties::{Args, Choices, arguments, build, class, int, word};
use super::Tally;

/// A layer applied to tensors.
pub struct Node {
    pub layer: usize,
    pub inputs: Vec<(Source, Role)>,
    pub outputs: Outputs,
    pub drop_mask: bool,
}

/// What has been generated.
#[derive(Default)]
pub struct Draft {
    pub inputs: Vec<TensorSpec>,
    /// The layers, each with what it is applied to first.
    pub layers: Vec<(LayerConfig, Vec<Option<TensorSpec>>)>,
    pub nodes: Vec<Node>,
    pub outputs: Vec<Source>,
}

/// Layers of several tensors.
pub const MERGES: [&str; 11] = [
    "Add",
    "Subtract",
    "Multiply",
    "Average",
    "Maximum",
    "Minimum",
    "Concatenate",
    "Dot",
    "Attention",
    "AdditiveAttention",
    "MultiHeadAttention",
];

/// Layers that take a mask by name.
const USE_MASKS: [&str; 8] = [
    "LSTM",
    "GRU",
    "SimpleRNN",
    "Bidirectional",
    "TimeDistributed",
    "BatchNormalization",
    "GlobalAveragePooling1D",
    "Softmax",
];

impl Draft {
    pub fn spec(&self, source: Source) -> TensorSpec {
        match source {
            Source::Input(i) => self.inputs[i],
            Source::Node(node, i) => self.nodes[node].outputs.get(i),
        }
    }

    fn tensors(&self) -> Vec<Source> {
        let nodes = self.nodes.iter().enumerate();
        let outputs = nodes.flat_map(|(n, node)| (0..node.outputs.len()).map(move |i| Source::Node(n, i)));
        (0..self.inputs.len()).map(Source::Input).chain(outputs).collect()
    }

    fn given(&self, inputs: &[(Source, Role)]) -> Vec<Option<TensorSpec>> {
        inputs.iter().map(|(source, role)| in_role(Some(self.spec(*source)), *role)).collect()
    }

    /// A tensor, more often one of the last.
    fn pick(&self, c: &mut Choices<'_>, like: impl Fn(&TensorSpec) -> bool) -> Source {
        let all = self.tensors();
        let alike: Vec<Source> = all.iter().copied().filter(|source| like(&self.spec(*source))).collect();
        let list = if alike.is_empty() || c.rarely(5) { all } else { alike };
        let from_end = c.below(list.len()).min(c.below(list.len()));
        list[list.len() - 1 - from_end]
    }

    /// A draft of a few layers on a few inputs.
    pub fn generate(c: &mut Choices<'_>, tally: &mut Tally) -> Draft {
        let mut draft = Draft::default();
        for _ in 0..c.between(1, 3) {
            let input = draft.input(c);
            draft.inputs.push(input);
        }
        for node in 0..c.between(2, 9) {
            draft.add(node, c, tally);
        }
        if let Some(last) = draft.nodes.len().checked_sub(1) {
            draft.outputs.push(Source::Node(last, 0));
            for _ in 0..c.below(3) {
                draft.outputs.push(draft.pick(c, |_| true));
            }
        }
        draft
    }

    /// One more input.
    fn input(&self, c: &mut Choices<'_>) -> TensorSpec {
        // Alike inputs can meet.
        if !self.inputs.is_empty() && c.below(3) > 0 {
            return self.inputs[c.below(self.inputs.len())];
        }
        let mut shape = Dims::new(&[Dim::NONE]);
        for axis in 1..c.of(&["2", "3", "3", "3", "4"]).parse().expect("a number") {
            shape = shape.push(match c.below(6) {
                0 | 1 if axis < 3 => Dim::Dynamic(Some(if c.rarely(3) { "words" } else { "time" })),
                2 if axis == 1 => Dim::NONE,
                _ => Dim::Fixed(c.between(1, 6)),
            });
        }
        TensorSpec::float(shape)
    }

    /// Adds a node, if the rules allow the layer that is chosen.
    fn add(&mut self, node: usize, c: &mut Choices<'_>, tally: &mut Tally) {
        let Some(Applied { layer, config, inputs }) = self.applied(c) else { return };
        let drop_mask = c.rarely(4);
        let given = self.given(&inputs);
        let mut inferred = infer(&config, &given, node, drop_mask);
        if let Some(layer) = layer {
            let fits = inferred.outputs().is_some();
            inferred = again(inferred, &config, &self.layers[layer].1, &given);
            tally.shared_refused += usize::from(fits && inferred.outputs().is_none());
        }
        match inferred {
            Inferred::Known(outputs) => {
                let layer = layer.unwrap_or_else(|| {
                    self.layers.push((config, given));
                    self.layers.len() - 1
                });
                self.nodes.push(Node { layer, inputs, outputs, drop_mask });
            }
            Inferred::Wrong(error) => {
                assert!(!error.text().as_str().is_empty());
                *tally.refused.entry(config.class()).or_default() += 1;
            }
            Inferred::Unknown => panic!("nothing known of {config:?}"),
        }
    }

    /// A layer on tensors: one that is there once more, one of several tensors, or one of one.
    fn applied(&self, c: &mut Choices<'_>) -> Option<Applied> {
        let first = self.pick(c, |_| true);
        let spec = self.spec(first);
        let mut inputs = vec![(first, Role::Input)];
        let kind = c.below(8);
        if kind < 2 && !self.layers.is_empty() {
            let layer = c.below(self.layers.len());
            let (config, given) = &self.layers[layer];
            for other in given.iter().flatten().skip(1) {
                inputs.push((self.pick(c, |spec| spec.shape.rank() == other.shape.rank()), other.role));
            }
            return Some(Applied { layer: Some(layer), config: *config, inputs });
        }
        if kind < 5 {
            let class = c.of(&MERGES);
            for _ in 0..if c.rarely(4) { 2 } else { 1 } {
                let like = |other: &TensorSpec| {
                    other.shape.rank() == spec.shape.rank() && other.shape.last() == spec.shape.last()
                };
                inputs.push((self.pick(c, like), Role::Input));
            }
            if class.ends_with("Attention") && c.rarely(3) {
                inputs.push((self.pick(c, |spec| spec.shape.rank() == 2), Role::ValueMask));
            }
            let (config, _) = build(class, &merge_arguments(c, class, spec.shape.rank())).ok()?;
            return Some(Applied { layer: None, config, inputs });
        }
        let by_name = kind == 5;
        let class = if by_name { c.of(&USE_MASKS) } else { class(c, spec.shape.rank()) };
        let (config, _) = build(class, &arguments(c, class, &spec.shape, 0)).ok()?;
        if format!("{config:?}").contains("Embedding(") {
            return None;
        }
        if by_name {
            inputs.push((self.pick(c, |spec| spec.shape.rank() == 2), Role::Mask));
        }
        Some(Applied { layer: None, config, inputs })
    }

    /// Counts one that has run.
    pub fn count(&self, tally: &mut Tally) {
        tally.runs += 1;
        tally.shared += usize::from(self.nodes.len() > self.layers.len());
        tally.several_outputs += usize::from(self.outputs.len() > 1);
        for node in &self.nodes {
            *tally.layers.entry(self.layers[node.layer].0.class()).or_default() += 1;
            tally.masks_by_name += usize::from(node.inputs.iter().any(|(_, role)| role.is_mask()));
        }
    }
}

/// For messages.
impl std::fmt::Display for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let inputs: Vec<String> = self.inputs.iter().map(|spec| spec.shape.to_string()).collect();
        writeln!(f, "{inputs:?}")?;
        for node in &self.nodes {
            let (config, drop) = (self.layers[node.layer].0, node.drop_mask);
            writeln!(f, "{:?} => {}: {config:?} {drop}", node.inputs, node.layer)?;
        }
        write!(f, "{:?}", self.outputs)
    }
}

/// A layer on tensors, before the rules are asked.
struct Applied {
    /// Which one, if it is there.
    layer: Option<usize>,
    config: LayerConfig,
    inputs: Vec<(Source, Role)>,
}

/// The arguments of a layer of several tensors.
fn merge_arguments(c: &mut Choices<'_>, class: &str, rank: usize) -> Args {
    let mut args = Vec::new();
    match class {
        "Concatenate" if c.rarely(2) => args.push(("axis", int(c.between(1, rank.max(2) - 1)))),
        "Dot" => {
            let axis = c.between(1, rank.max(2) - 1);
            args.push(("axes", int(axis)));
            if c.rarely(3) {
                args.push(("normalize", Arg::Bool(true)));
            }
        }
        "MultiHeadAttention" => {
            args.extend([("num_heads", int(c.between(1, 2))), ("key_dim", int(c.between(1, 3)))]);
        }
        _ => {}
    }
    if class.ends_with("Attention") {
        if c.rarely(3) {
            args.push(("return_attention_scores", Arg::Bool(true)));
        }
        if c.rarely(4) {
            args.push(("use_causal_mask", Arg::Bool(true)));
        }
        if class == "Attention" && c.rarely(3) {
            args.push(("score_mode", word("concat")));
        }
    }
    args
}
