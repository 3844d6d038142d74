//! What is asked of a file of weights: the layers of a model and the weights that they have.

use crate::quantized::Quantized;

/// A layer, an input or a model whose weights are asked for.
#[derive(Clone, Debug)]
pub enum Part {
    /// An input: it has no weights, and counts where paths are made.
    Input,
    /// A layer.
    Layer(LayerPart),
    /// A model in a model, or the whole.
    Model(ModelPart),
    /// `TimeDistributed` around a model.
    Wrapped(String, Box<Part>),
}

/// A layer whose weights are asked for.
#[derive(Clone, Debug, Default)]
pub struct LayerPart {
    /// Its name.
    pub name: String,
    /// Its class in Keras 3.
    pub class: String,
    /// Its class in the file, of which paths are made there; nothing where that is `class`.
    pub stored: Option<String>,
    /// The class of the layer inside a wrapper; of a wrapper in a wrapper the classes of both, `Bidirectional/LSTM`.
    pub inner: Option<String>,
    /// The classes of the cells of a stack in it, in order.
    pub cells: Vec<String>,
    /// Whether the channels come first.
    pub channels_first: bool,
    /// Whether it is of a class that Keras does not have: the paths of its weights then say where they are.
    pub own: bool,
    /// Its weights, in Keras's order.
    pub weights: Vec<WantedWeight>,
    /// What the tokens of its vocabulary weigh, as wide as its output: Keras has them among the variables, but counts none.
    pub idf_weights: Option<Vec<f32>>,
    /// How it is quantized in the file, if it is: its weights are floats here.
    pub quantized: Option<Quantized>,
}

/// A model whose weights are asked for.
#[derive(Clone, Debug, Default)]
pub struct ModelPart {
    /// Its name.
    pub name: String,
    /// Its class, of which paths are made: `Sequential`, `Functional`.
    pub class: String,
    /// Its class in the file, of which paths are made there; nothing where that is `class`.
    pub stored: Option<String>,
    /// Whether its weights are trained.
    pub trainable: bool,
    /// What is in it, in Keras's order.
    pub parts: Vec<Part>,
}

/// A weight that is asked for.
#[derive(Clone, Debug)]
pub struct WantedWeight {
    /// Its place among all weights of the model.
    pub index: usize,
    /// Its path in the model: `dense/kernel`.
    pub path: String,
    /// Its axes.
    pub shape: Vec<usize>,
    /// Whether it is trained: not if its layer is frozen.
    pub trainable: bool,
}

impl WantedWeight {
    /// Whether it is one of the narrow matrices of LoRA, which archives of Keras do not hold: they are added to the kernel.
    pub fn is_lora(&self) -> bool {
        self.path.rsplit('/').next().is_some_and(|name| name.starts_with("lora_"))
    }
}

impl Part {
    /// Its name; nothing of an input.
    pub fn name(&self) -> &str {
        match self {
            Part::Input => "",
            Part::Layer(layer) => &layer.name,
            Part::Model(model) => &model.name,
            Part::Wrapped(name, _) => name,
        }
    }
}

#[cfg(feature = "hdf5")]
impl Part {
    /// Its class in the file.
    pub(crate) fn class(&self) -> &str {
        match self {
            Part::Input => "InputLayer",
            Part::Layer(layer) => layer.stored.as_ref().unwrap_or(&layer.class),
            Part::Model(model) => model.stored.as_ref().unwrap_or(&model.class),
            Part::Wrapped(..) => "TimeDistributed",
        }
    }

    /// All layers in it, in order.
    pub fn layers(&self) -> Vec<&LayerPart> {
        match self {
            Part::Input => Vec::new(),
            Part::Layer(layer) => vec![layer],
            Part::Model(model) => model.parts.iter().flat_map(Part::layers).collect(),
            Part::Wrapped(_, inner) => inner.layers(),
        }
    }

    /// All weights in it, in the order of the layers.
    pub fn weights(&self) -> Vec<&WantedWeight> {
        self.layers().into_iter().flat_map(|layer| &layer.weights).collect()
    }

    /// Its weights in the order in which legacy files have them: those that are trained, then the others; of a frozen
    /// model layer by layer.
    pub(crate) fn legacy_order(&self) -> Vec<&WantedWeight> {
        match self {
            Part::Model(model) if !model.trainable => {
                model.parts.iter().flat_map(Part::legacy_order).collect()
            }
            Part::Wrapped(_, inner) => inner.legacy_order(),
            _ => {
                let all = self.weights();
                let (trained, others): (Vec<&WantedWeight>, _) = all.into_iter().partition(|w| w.trainable);
                trained.into_iter().chain(others).collect()
            }
        }
    }
}

/// Keras's name of a class in paths: `max_pooling2d` of `MaxPooling2D`.
pub fn snake(class: &str) -> String {
    let letters: Vec<char> = class.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    // As Keras's two substitutions: a word of a capital and small letters begins with `_`, and so does a capital behind
    // a small letter.
    let mut first = String::new();
    let mut at = 0;
    while at < letters.len() {
        let word =
            letters[at].is_ascii_uppercase() && letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if word && at > 0 && !first.is_empty() {
            first.push('_');
            first.push(letters[at]);
            at += 1;
            while letters.get(at).is_some_and(char::is_ascii_lowercase) {
                first.push(letters[at]);
                at += 1;
            }
            // The letter behind a word is taken by the match, and begins none.
            if let Some(next) = letters.get(at) {
                first.push(*next);
                at += 1;
            }
        } else {
            first.push(letters[at]);
            at += 1;
        }
    }
    let mut out = String::new();
    let mut before = ' ';
    for letter in first.chars() {
        if before.is_ascii_lowercase() && letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
        before = letter;
    }
    out
}

/// Names of the members of a container, by class: `dense`, `dense_1`, ...
#[derive(Debug, Default)]
pub struct Counter(std::collections::HashMap<String, usize>);

impl Counter {
    /// The name of the next member of this class.
    pub fn next(&mut self, class: &str) -> String {
        let name = snake(class);
        let count = self.0.entry(name.clone()).or_insert(0);
        *count += 1;
        if *count == 1 { name } else { format!("{name}_{}", *count - 1) }
    }
}
