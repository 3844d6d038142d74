//! Where the weights of layers stand in a file of Keras 3.

use keras_files::{Array, ModelPart, Part, Tree, WantedWeight};

/// The groups of a model: `layers/dense/vars/0`.
pub(super) fn model_tree(model: &ModelPart, arrays: &[Array], tree: &mut Tree) {
    tree.group("vars").set_text("name", &model.name);
    let mut counter = keras_files::Counter::default();
    for part in &model.parts {
        if matches!(part, Part::Input) && model.class == "Sequential" {
            continue;
        }
        let class = match part {
            Part::Input => "InputLayer",
            Part::Layer(layer) => &layer.class,
            Part::Model(model) => &model.class,
            Part::Wrapped(..) => "TimeDistributed",
        };
        let name = counter.next(class);
        part_tree(part, arrays, tree.group("layers").group(&name));
    }
}

fn part_tree(part: &Part, arrays: &[Array], tree: &mut Tree) {
    match part {
        Part::Input => {}
        Part::Model(model) => model_tree(model, arrays, tree),
        Part::Wrapped(name, inner) => {
            tree.group("vars").set_text("name", name);
            part_tree(inner, arrays, tree.group("layer"));
        }
        Part::Layer(layer) => {
            tree.group("vars").set_text("name", &layer.name);
            let inner = layer.inner.as_deref();
            // Those of LoRA have been added to the kernel.
            let weights = layer.weights.iter().filter(|weight| !weight.is_lora()).collect::<Vec<_>>();
            place(&layer.class, inner, &layer.cells, &weights, arrays, tree);
            if let Some(array) = layer.idf_weights.as_ref().and_then(|weights| idf_array(weights)) {
                tree.group("vars").set("idf_weights", array.clone());
                if layer.class == "TextVectorization" {
                    tree.group("_lookup_layer/vars").set("idf_weights", array);
                }
            }
        }
    }
}

fn idf_array(weights: &[f32]) -> Option<Array> {
    Array::floats(vec![weights.len()], weights.to_vec()).ok()
}

/// Puts the weights of a layer where Keras's own sublayers have them.
fn place(
    class: &str,
    inner: Option<&str>,
    cells: &[String],
    weights: &[&WantedWeight],
    arrays: &[Array],
    tree: &mut Tree,
) {
    let half = weights.len() / 2;
    if class == "TimeDistributed"
        && let Some((class, inside)) = inner.and_then(|inner| inner.split_once('/'))
    {
        return place(class, Some(inside), cells, weights, arrays, tree.group("layer"));
    }
    match (class, inner) {
        ("Bidirectional", Some(inner)) => {
            place(inner, None, cells, &weights[..half], arrays, tree.group("forward_layer"));
            place(inner, None, cells, &weights[half..], arrays, tree.group("backward_layer"));
        }
        ("TimeDistributed", Some(inner)) => place(inner, None, cells, weights, arrays, tree.group("layer")),
        ("RNN", _) if !cells.is_empty() => stack(cells, weights, arrays, tree.group("cell")),
        ("StackedRNNCells", _) => stack(cells, weights, arrays, tree),
        ("LSTM" | "GRU" | "SimpleRNN" | "RNN" | "ConvLSTM1D" | "ConvLSTM2D" | "ConvLSTM3D", _) => {
            vars(weights, arrays, tree.group("cell"));
        }
        ("MultiHeadAttention" | "GroupedQueryAttention", _) => projections(class, weights, arrays, tree),
        // The kernel is a weight of the wrapper and of the layer inside.
        ("SpectralNormalization", _) if weights.len() >= 2 => {
            vars(&weights[..2], arrays, tree);
            let inside: Vec<&WantedWeight> = weights[..1].iter().chain(&weights[2..]).copied().collect();
            vars(&inside, arrays, tree.group("layer"));
        }
        // Keras's single numbers have no axes.
        ("Attention" | "Normalization", _) => {
            let mut arrays = arrays.to_vec();
            for weight in weights.iter().filter(|weight| is_number(class, weight)) {
                arrays[weight.index].shape.clear();
            }
            vars(weights, &arrays, tree);
        }
        _ => vars(weights, arrays, tree),
    }
}

/// Whether a weight is a single number, which has no axes in Keras.
pub(super) fn is_number(class: &str, weight: &WantedWeight) -> bool {
    let named = class == "Attention" || class == "Normalization" && weight.path.ends_with("/count");
    named && weight.shape == [1]
}

/// The weights of each sublayer: what comes before the last part of a path, as `query` in `query/kernel`, names it.
fn by_sublayer<'w>(weights: &'w [&'w WantedWeight]) -> impl Iterator<Item = &'w [&'w WantedWeight]> {
    weights.chunk_by(|a, b| sublayer(a) == sublayer(b))
}

fn sublayer(weight: &WantedWeight) -> &str {
    weight.path.rsplit('/').nth(1).unwrap_or_default()
}

/// The projections of attention. The paths are `query/kernel`, `query/bias`, `key/kernel` and so on.
fn projections(class: &str, weights: &[&WantedWeight], arrays: &[Array], tree: &mut Tree) {
    for own in by_sublayer(weights) {
        let group = match sublayer(own[0]) {
            "attention_output" => "output_dense".to_string(),
            "gate" => "_gate_dense".to_string(),
            other => format!("{other}_dense"),
        };
        // The attributes of `MultiHeadAttention` are public.
        let group = match class {
            "GroupedQueryAttention" => format!("_{}", group.trim_start_matches('_')),
            _ => group,
        };
        vars(own, arrays, tree.group(&group));
    }
}

/// The cells of a stack, a list that is counted by classes. The paths are `lstm_cell/kernel`, `lstm_cell_1/kernel` and so on.
fn stack(cells: &[String], weights: &[&WantedWeight], arrays: &[Array], tree: &mut Tree) {
    let tree = tree.group("cells");
    let mut counter = keras_files::Counter::default();
    for (cell, own) in cells.iter().zip(by_sublayer(weights)) {
        vars(own, arrays, tree.group(&counter.next(cell)));
    }
}

fn vars(weights: &[&WantedWeight], arrays: &[Array], tree: &mut Tree) {
    let group = tree.group("vars");
    for (i, weight) in weights.iter().enumerate() {
        group.set(&i.to_string(), arrays[weight.index].clone());
    }
}
