//! The shapes of a graph, by the rules of `keras-shape`, as far as the macro can know them.

use std::collections::HashMap;

use keras_shape::{
    Dim, ErrorKind, Given, Inferred, LayerConfig, MAX_NUMBERS, Outputs, Shape, ShapeError, TensorSpec, Text,
    Weights, again, in_role, infer as step, lambda, over_time, step_of, too_many_weights,
};

use proc_macro2::Span;

use crate::error::Errors;
use crate::parse::argument_in;
use crate::resolve::{Graph, Kind, Layer, Node, TensorRef};

/// What is known of each tensor.
pub struct Shapes {
    /// The outputs of each node.
    pub nodes: Vec<Inferred>,
    /// What is known inside of blocks that are wrapped, by the node that applies the wrapper first.
    pub inner: HashMap<usize, Shapes>,
    inputs: Vec<Option<TensorSpec>>,
}

impl Shapes {
    /// What is known of a tensor.
    pub fn of(&self, tensor: TensorRef) -> Option<TensorSpec> {
        match tensor {
            TensorRef::Input(i) => self.inputs[i],
            TensorRef::Node(node, i) => self.nodes[node].output(i),
            TensorRef::Broken => None,
        }
    }

    /// How many tensors a node gives, one at least.
    pub fn outputs(&self, node: usize) -> usize {
        self.nodes[node].outputs().map_or(1, |outputs| outputs.len()).max(1)
    }
}

/// Runs the rules over a graph; each mistake is noted on its token.
pub fn infer(graph: &Graph, errors: &mut Errors) -> Shapes {
    let inputs = graph.inputs.iter().map(|input| input.spec).collect();
    infer_given(graph, inputs, errors)
}

/// Ends masks where Keras drops them without a word, and a layer behind would compute with them.
pub fn drop_masks(graph: &mut Graph) {
    for _ in 0..graph.nodes.len() {
        let shapes = infer(graph, &mut Errors::default());
        let lost = shapes.nodes.iter().find_map(|node| match node {
            Inferred::Wrong(error) => error.culprit,
            _ => None,
        });
        match lost.and_then(|node| graph.nodes.get_mut(node)).filter(|node| !node.drop_mask) {
            Some(node) => node.drop_mask = true,
            None => return,
        }
    }
}

/// The same, where this is known of the inputs.
fn infer_given(graph: &Graph, inputs: Vec<Option<TensorSpec>>, errors: &mut Errors) -> Shapes {
    let mut shapes = Shapes { nodes: Vec::new(), inner: HashMap::new(), inputs };
    let mut params = 0;
    for (index, node) in graph.nodes.iter().enumerate() {
        let inputs = given(&shapes, node);
        let layer = &graph.layers[node.layer];
        entered(graph, index, inputs.first().copied().flatten(), errors);
        let inferred = match (node_gives(graph, index, &inputs, &mut shapes, errors), &layer.kind) {
            // Behind a mistake nothing is known of the input, but zero units are wrong for any.
            (Inferred::Unknown, Kind::Keras { config, sure: true, .. }) => {
                wrong_anyway(config, tensors(node)).map_or(Inferred::Unknown, Inferred::Wrong)
            }
            (known @ Inferred::Known(_), Kind::Keras { config, .. }) => match weights(config, &inputs) {
                Err(error) => Inferred::Wrong(*error),
                Ok(count) => {
                    if graph.before(index).is_none() {
                        params = total(layer, params, count, errors);
                    }
                    known
                }
            },
            (inferred, _) => inferred,
        };
        if let Inferred::Wrong(error) = &inferred {
            report(graph, &shapes, index, error, errors);
        }
        // Behind a name too many there is no tensor.
        let inferred = match inferred.outputs().and_then(|outputs| other_names(graph, index, outputs.len())) {
            Some(error) => {
                report(graph, &shapes, index, &error, errors);
                Inferred::Wrong(error)
            }
            None => inferred,
        };
        shapes.nodes.push(inferred);
    }
    check_outputs(graph, &shapes, errors);
    shapes
}

/// What the layer of a node gives for these inputs, by its rule.
fn node_gives(
    graph: &Graph,
    index: usize,
    inputs: &[Option<TensorSpec>],
    shapes: &mut Shapes,
    errors: &mut Errors,
) -> Inferred {
    let node = &graph.nodes[index];
    match &graph.layers[node.layer].kind {
        Kind::Keras { config, sure, .. } => {
            let called = graph.config(node);
            let config = called.as_ref().unwrap_or(config);
            match several(graph, shapes, &node.inputs, ", and this one takes one") {
                Some(error) => Inferred::Wrong(error),
                None => match step(config, inputs, index, node.drop_mask) {
                    // An argument that only the compiler knows may change the shape, or make a wrong one right.
                    _ if !sure => Inferred::Unknown,
                    other => match graph.before(index) {
                        Some(first) => again(other, config, &given(shapes, first), inputs),
                        None => other,
                    },
                },
            }
        }
        Kind::Lambda { output, .. } => {
            let dims = output.as_ref().map(|dims| dims.iter().map(|(dim, _)| *dim).collect::<Vec<_>>());
            lambda(inputs, dims.as_deref(), index)
        }
        Kind::TimeDistributed { inner } => {
            let name = inner.class();
            let first = graph.before(index).is_none();
            let inside = wrapped(index, inner, inputs, first, shapes, errors);
            over_time(&name, inside, inputs, node.drop_mask)
        }
        Kind::Model { .. } => {
            let first = graph.before(index).is_none();
            wrapped(index, &graph.layers[node.layer], inputs, first, shapes, errors)
        }
        Kind::Own { .. } | Kind::Cells { .. } | Kind::Block { .. } | Kind::Broken(_) => Inferred::Unknown,
    }
}

/// Each output of a model is one tensor, and of numbers.
fn check_outputs(graph: &Graph, shapes: &Shapes, errors: &mut Errors) {
    for output in &graph.outputs {
        let TensorRef::Node(node, _) = output else { continue };
        if let Some(error) = several(graph, shapes, &[*output], ", and an output of the model is one tensor")
        {
            errors.at(graph.span(*node), error.text().as_str());
        }
        if shapes.of(*output).is_some_and(|spec| spec.dtype == keras_shape::DType::String) {
            errors.at(graph.span(*node), keras_shape::wording::strings_given().text().as_str());
        }
    }
}

/// What an `Input` in a block says of the tensor that the block is given holds, as far as it is known.
fn entered(graph: &Graph, node: usize, given: Option<TensorSpec>, errors: &mut Errors) {
    let layer = graph.nodes[node].layer;
    for group in graph.groups.iter().filter(|group| group.layers.first() == Some(&layer)) {
        if let Some((declared, span)) = &group.declared {
            other_shape(&group.name, declared, given, *span, errors);
        }
    }
}

fn other_shape(
    name: &str,
    declared: &TensorSpec,
    given: Option<TensorSpec>,
    span: Span,
    errors: &mut Errors,
) {
    let Some(given) = given else { return };
    let (a, b) = (declared.shape, given.shape);
    let fits = a.rank() == b.rank() && (1..a.rank()).all(|axis| !a.dim(axis).clashes(b.dim(axis)));
    if !fits {
        errors.at(
            span,
            format!("the block `{name}` takes {a} by its `Input`, and is given {b}\nhelp: write the axes of the tensor before it, or leave `Input` out: a block takes the shape of what it is applied to"),
        );
    }
}

/// What the layer in a wrapper gives at a step. Of its first application it is kept what is known inside.
fn wrapped(
    node: usize,
    inner: &Layer,
    inputs: &[Option<TensorSpec>],
    first: bool,
    shapes: &mut Shapes,
    errors: &mut Errors,
) -> Inferred {
    let step = inputs.first().and_then(|input| step_of(*input));
    let inferred = match (&inner.kind, step) {
        (Kind::TimeDistributed { inner }, step) => {
            let inside = wrapped(node, inner, &[step], first, shapes, errors);
            return over_time(&inner.class(), inside, &[step], false);
        }
        (Kind::Block { graph: block }, step) => {
            let mut others = Errors::default();
            let errors = if first { errors } else { &mut others };
            if let Some((declared, span)) = &block.declared {
                other_shape(&block.model_name, declared, step, *span, errors);
            }
            let known = infer_given(block, vec![step], errors);
            let output = block.outputs.first().and_then(|output| known.of(*output));
            if first {
                shapes.inner.insert(node, known);
            }
            output.map(|spec| Inferred::Known(Outputs::one(spec)))
        }
        // What is wrong inside has been said where its layers were applied.
        (Kind::Model { graph, .. }, _) => {
            if first {
                shapes.inner.insert(node, infer(graph, &mut Errors::default()));
            }
            None
        }
        _ => None,
    };
    inferred.unwrap_or(Inferred::Unknown)
}

/// All parameters together are as many as a machine can count.
fn total(layer: &Layer, before: usize, count: usize, errors: &mut Errors) -> usize {
    // Each is at most 2^48, and there are few layers.
    let sum = before + count;
    if before <= MAX_NUMBERS && sum > MAX_NUMBERS {
        let message = format!(
            "up to this layer, the model has {sum} parameters; more than {MAX_NUMBERS} (2^48) no memory holds"
        );
        errors.at(layer.span, message);
    }
    sum
}

/// How many parameters a layer has; an error if one of them is too large or cannot begin as its initialiser says.
fn weights(config: &LayerConfig, inputs: &[Option<TensorSpec>]) -> Result<usize, Box<ShapeError>> {
    let Some(inputs) = inputs.iter().copied().collect::<Option<Vec<TensorSpec>>>() else { return Ok(0) };
    let weights = config.weights(&inputs);
    match too_many_weights(config.class(), &weights).or_else(|| initializers(config, &weights)) {
        Some(error) => Err(Box::new(error)),
        None => Ok(weights.count(false).unwrap_or(0)),
    }
}

/// What is known of the tensors that a node is given, each in its role.
fn given(shapes: &Shapes, node: &Node) -> Vec<Option<TensorSpec>> {
    let inputs = node.inputs.iter().zip(&node.roles);
    inputs.map(|(tensor, role)| in_role(shapes.of(*tensor), *role)).collect()
}

/// More or fewer names before `=` than a layer of Keras gives tensors.
fn other_names(graph: &Graph, node: usize, gives: usize) -> Option<ShapeError> {
    let layer = &graph.layers[graph.nodes[node].layer];
    let apart = graph.apart.get(&node)?;
    let names = apart.names;
    if names == gives || (names < gives && !apart.all) {
        return None;
    }
    let Kind::Keras { config, .. } = &layer.kind else { return None };
    let text = Text::new().s(config.class()).s(" gives ").n(gives).s(if gives == 1 {
        " tensor"
    } else {
        " tensors"
    });
    let text = text.s("; here ").n(names).s(if names == 1 { " is named" } else { " are named" });
    let help = match (config.pass(), gives) {
        _ if names < gives => {
            "`_` stands for one that is not needed, `..` for all others: `let (y, ..) = ...`"
        }
        (Some(_), 1) => "with `return_state = true` it gives its states too",
        (Some(_), _) => {
            "a GRU and a SimpleRNN have one state, `(y, h)`, an LSTM has two, `(y, h, c)`; an RNN has those of its cells"
        }
        _ => "name as many as it gives",
    };
    Some(ShapeError::new(text).help(Text::new().s(help)))
}

/// A weight that cannot begin as its initialiser says.
fn initializers(config: &LayerConfig, weights: &Weights) -> Option<ShapeError> {
    let (weight, problem) = weights
        .as_slice()
        .iter()
        .find_map(|weight| Some((weight, weight.initializer.problem(&weight.shape)?)))?;
    let text = Text::new().s(config.class()).s(", `").s(weight.path.as_str()).s("`: ").s(&problem);
    let argument =
        ["kernel_initializer", "bias_initializer", "recurrent_initializer", "depthwise_initializer"]
            .into_iter()
            .find(|name| {
                name.strip_suffix("_initializer").is_some_and(|kind| weight.path.as_str().ends_with(kind))
            });
    let error = ShapeError::new(text).help(Text::new().s("take another initialiser, as `glorot_uniform`"));
    let has = |argument: &str| config.args().iter().any(|info| info.name == argument);
    Some(match (argument, config.args().first()) {
        (Some(argument), _) if has(argument) => error.arg(argument),
        // Of a wrapper it is one of the layer's inside.
        (Some(argument), Some(first)) if !config.wrapped().is_empty() => {
            ShapeError { inside: [Some(argument), None], ..error.arg(first.name) }
        }
        _ => error,
    })
}

/// What is wrong with a layer's arguments whatever its input is.
fn wrong_anyway(config: &LayerConfig, tensors: usize) -> Option<ShapeError> {
    let mut found = None;
    for rank in 2..=5 {
        let input = TensorSpec::float(Shape::new(&vec![Dim::Later; rank]));
        match config.output(&vec![input; tensors]) {
            Ok(_) => return None,
            // Without an argument at fault it is the rank.
            Err(error) if error.arg.is_some() => found = Some(error),
            Err(_) => {}
        }
    }
    found
}

/// How many tensors a node is given that are inputs; states and masks come after them.
fn tensors(node: &Node) -> usize {
    node.roles.iter().filter(|role| role.is_input()).count().max(1)
}

/// A layer with several results that no pattern takes apart.
fn several(graph: &Graph, shapes: &Shapes, inputs: &[TensorRef], but: &str) -> Option<ShapeError> {
    let (node, outputs) = inputs.iter().find_map(|tensor| {
        let TensorRef::Node(node, 0) = tensor else { return None };
        let outputs: Outputs = shapes.nodes[*node].outputs()?;
        (outputs.len() > 1 && !graph.apart.contains_key(node)).then_some((node, outputs))
    })?;
    let before = &graph.layers[graph.nodes[*node].layer];
    let names = match outputs.len() {
        2 => "(y, h)",
        3 => "(y, h, c)",
        _ => "(y, a, b, ...)",
    };
    let message = Text::new()
        .s("the layer before, ")
        .s(&before.class())
        .s(", gives ")
        .n(outputs.len())
        .s(" tensors")
        .s(but);
    let help = Text::new()
        .s("take them apart: `let ")
        .s(names)
        .s(" = x => ")
        .s(&before.class())
        .s("(...);`")
        .s(leave_out(&before.kind));
    Some(ShapeError::new(message).help(help))
}

/// Which argument makes a layer give several tensors, where one does.
fn leave_out(kind: &Kind) -> &'static str {
    let Kind::Keras { config, .. } = kind else { return "" };
    if config.args().iter().any(|arg| arg.name == "return_attention_scores") {
        return ", or leave out `return_attention_scores`";
    }
    if config.takes(keras_shape::Role::InitialState) { ", or leave out `return_state`" } else { "" }
}

/// Puts an error on the token that is wrong.
fn report(graph: &Graph, shapes: &Shapes, index: usize, error: &ShapeError, errors: &mut Errors) {
    let node = error.culprit.unwrap_or(index);
    let layer = &graph.layers[graph.nodes[node].layer];
    let mut error = *error;
    match (error.kind, &layer.kind) {
        (ErrorKind::NeedsSequence, _) => error.help = sequence_help(graph, shapes, node),
        (ErrorKind::Rank { expected, found }, _)
            if expected == found + 1 && last_step(graph, shapes, node).is_some() =>
        {
            error.help = sequence_help(graph, shapes, node);
        }
        // The size that makes it too large.
        (ErrorKind::TooLarge, Kind::Keras { config, .. }) => {
            error.arg = config.largest_argument().map(|(arg, _)| arg);
        }
        // Only the mask of what goes through it makes an operation another's culprit; it has no arguments of its own.
        (_, Kind::Keras { config, .. }) if config.is_operation() && error.culprit.is_some() => {
            error.help = Text::new().s(
                "to drop the mask on purpose, put `Identity(mask = None)` in front of this operation; else move it behind the layer that uses the mask",
            );
        }
        _ => {}
    }
    let callers = callers(graph, node);
    let specs = given(shapes, &graph.nodes[node]);
    let given: Vec<Given<'_>> =
        callers.iter().zip(specs).map(|((who, from), spec)| Given { who, from, spec }).collect();
    let message = error.text_about(&given);
    errors.set_context(graph.nodes[node].context.clone());
    match error.arg.and_then(|arg| layer.args.get(arg)) {
        Some(tokens) if graph.before(node).is_none() => {
            errors.over(argument_in(tokens, &error.inside), message);
        }
        _ => errors.at(graph.span(node), message),
    }
    errors.set_context(Vec::new());
}

/// The tensors that a node is given, as messages call them: who it is, and where it comes from.
pub fn callers(graph: &Graph, node: usize) -> Vec<(String, String)> {
    let inputs = graph.nodes[node].inputs.iter().enumerate();
    inputs
        .map(|(i, tensor)| {
            let who = match graph.name_of(*tensor) {
                Some(name) => format!("`{name}`"),
                None => ["the first", "the second", "the third"]
                    .get(i)
                    .map_or(format!("tensor {}", i + 1), ToString::to_string),
            };
            let from = match tensor {
                TensorRef::Node(node, _) => {
                    let layer = &graph.layers[graph.nodes[*node].layer];
                    format!("from {}, `{}`", layer.class(), layer.name)
                }
                _ => "an Input".to_string(),
            };
            (who, from)
        })
        .collect()
}

/// How to get a sequence, which depends on the layer before.
fn sequence_help(graph: &Graph, shapes: &Shapes, node: usize) -> Text<384> {
    match last_step(graph, shapes, node) {
        Some(class) => Text::new()
            .s("give the ")
            .s(class)
            .s(" before it `return_sequences = true`: then it hands on every step, not only the last"),
        None => Text::new().s("`Reshape((-1, 1))` before it makes a sequence of single features"),
    }
}

/// The recurrent layer whose last step comes to a node, perhaps by layers that leave its shape as it is.
fn last_step(graph: &Graph, shapes: &Shapes, node: usize) -> Option<&'static str> {
    let mut node = node;
    loop {
        let [TensorRef::Node(before, _)] = graph.nodes[node].inputs.as_slice() else { return None };
        let Kind::Keras { config, .. } = &graph.layers[graph.nodes[*before].layer].kind else { return None };
        if let Some((class, steps)) = recurrent(config) {
            return (!steps).then_some(class);
        }
        let [input] = graph.nodes[*before].inputs.as_slice() else { return None };
        let shape = |tensor: &TensorRef| shapes.of(*tensor).map(|spec| spec.shape);
        if shape(input) != shape(&TensorRef::Node(*before, 0)) {
            return None;
        }
        node = *before;
    }
}

/// The class of a recurrent layer, also inside of `Bidirectional`, and whether it hands on every step.
fn recurrent(config: &LayerConfig) -> Option<(&'static str, bool)> {
    match config.both_ways() {
        Some(wrapper) => recurrent(wrapper.layer.config),
        None => config.pass().map(|pass| (pass.class, pass.return_sequences)),
    }
}
