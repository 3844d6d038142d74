//! What is known of the layers of a model, and what Python asks of that: `layer.name`, `isinstance(layer, Conv2D)`,
//! `"conv" in layer.name`.

use keras_shape::LayerConfig;
use proc_macro2::{Delimiter, Ident, Literal, TokenStream, TokenTree};

use super::args::modules;
use super::env::Env;
use super::eval::Value;
use super::flow::is_punct;
use super::parts;
use super::split::{at_comma, only_group};
use super::tokens::replaced;

/// What is known of a layer of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Keras's name.
    pub name: String,
    /// Keras's class.
    pub class: String,
}

impl Env {
    /// Notes what is known of the layer `name`.
    pub fn set_fact(&mut self, name: &Ident, fact: Fact) {
        self.facts.insert(name.to_string(), fact);
    }

    /// What is known of the layer `name`, or of the one that this constant stands for.
    pub fn fact(&self, name: &Ident) -> Option<&Fact> {
        self.facts.get(&name.to_string())
    }

    /// Whether a layer of this class is known.
    pub fn has_class(&self, class: &str) -> bool {
        self.facts.values().any(|fact| fact.class == class)
    }

    /// What is known of the layer whose name these tokens are.
    pub fn fact_of(&self, tokens: &TokenStream) -> Option<Fact> {
        self.fact(&syn::parse2(tokens.clone()).ok()?).cloned()
    }
}

/// Puts what is known of layers in the place of `layer.name` and `isinstance(layer, Conv2D)`.
pub fn known(tokens: TokenStream, env: &Env) -> TokenStream {
    if !parts::mentions(&tokens) {
        return tokens;
    }
    let mut asked = |trees: &[TokenTree]| {
        let (value, taken) = decided(trees, env)?;
        Some((value.into(), taken))
    };
    replaced(tokens, |_| true, &mut asked)
}

/// The value of `layer.name`, `layer.__class__.__name__` or `isinstance(layer, Conv2D)` at the beginning, and how many tokens say
/// so.
pub fn decided(trees: &[TokenTree], env: &Env) -> Option<(TokenTree, usize)> {
    let word = |at: usize| match trees.get(at) {
        Some(TokenTree::Ident(word)) => word.to_string(),
        _ => String::new(),
    };
    if let Some(found) = searched(trees, env) {
        return Some(found);
    }
    let TokenTree::Ident(first) = trees.first()? else { return None };
    if first == "not" {
        let (truth, taken) = decided(&trees[1..], env)?;
        let negated = match truth.to_string().as_str() {
            "true" => "false",
            "false" => "true",
            _ => return None,
        };
        return Some((Ident::new(negated, first.span()).into(), taken + 1));
    }
    if first == "isinstance" {
        let (layer, classes) = instance(trees.get(1)?, env)?;
        let layer: Ident = syn::parse2(layer).ok()?;
        let class = &env.fact(&layer)?.class;
        // Of a class that is told to be none nothing more is said.
        let is_one = classes.iter().any(|of| is_instance(class, of) || not_a_class(of, env).is_some());
        return Some((Ident::new(if is_one { "true" } else { "false" }, first.span()).into(), 2));
    }
    let fact = env.fact(first).filter(|_| is_punct(trees.get(1), '.'))?;
    let text = |text: &str| {
        let mut literal = Literal::string(text);
        literal.set_span(first.span());
        TokenTree::Literal(literal)
    };
    match word(2).as_str() {
        "name" => Some((text(&fact.name), 3)),
        "__class__" if word(4) == "__name__" => Some((text(&fact.class), 5)),
        _ => None,
    }
}

/// The truth of `"conv" in layer.name`, `layer.name not in ["a", "b"]` or `layer.name.startswith("block5")`, and how many tokens say
/// so.
fn searched(trees: &[TokenTree], env: &Env) -> Option<(TokenTree, usize)> {
    let name_at = |at: usize| match trees.get(at..at + 3)? {
        [TokenTree::Ident(layer), TokenTree::Punct(dot), TokenTree::Ident(word)]
            if dot.as_char() == '.' && word == "name" =>
        {
            env.fact(layer).map(|fact| fact.name.as_str())
        }
        _ => None,
    };
    let is = |at: usize, known: &str| matches!(trees.get(at), Some(TokenTree::Ident(word)) if word == known);
    // How many tokens `in` is here, or `not in`.
    let search = |at: usize| match (is(at, "in"), is(at, "not") && is(at + 1, "in")) {
        (true, _) => Some((1, true)),
        (_, true) => Some((2, false)),
        _ => None,
    };
    let text = |tree: &TokenTree| match env.eval(tree.clone().into())? {
        Value::Word(text, true) => Some(text),
        _ => None,
    };
    let (truth, taken) = if let Some(name) = name_at(0) {
        if let Some((words, wanted)) = search(3) {
            let list = trees.get(3 + words)?;
            let Value::List(list, _) = env.eval(list.clone().into())? else { return None };
            let is_in = list.iter().any(|word| matches!(word, Value::Word(word, _) if word == name));
            (is_in == wanted, 4 + words)
        } else {
            let [TokenTree::Punct(dot), TokenTree::Ident(method), TokenTree::Group(args)] =
                trees.get(3..6)?
            else {
                return None;
            };
            let wanted = text(&only_tree(&args.stream())?).filter(|_| dot.as_char() == '.')?;
            let truth = match method.to_string().as_str() {
                "startswith" | "starts_with" => name.starts_with(&wanted),
                "endswith" | "ends_with" => name.ends_with(&wanted),
                "contains" => name.contains(&wanted),
                _ => return None,
            };
            (truth, 6)
        }
    } else {
        let (words, wanted) = search(1)?;
        let name = name_at(1 + words)?;
        (name.contains(&text(trees.first()?)?) == wanted, 4 + words)
    };
    let span = trees.first()?.span();
    Some((Ident::new(if truth { "true" } else { "false" }, span).into(), taken))
}

fn only_tree(tokens: &TokenStream) -> Option<TokenTree> {
    let mut trees = tokens.clone().into_iter();
    trees.next().filter(|_| trees.next().is_none())
}

/// Whether a condition holds that Python has written, with `and`, `or` and `not` between what is known here.
pub fn truth(condition: TokenStream, env: &Env) -> Option<bool> {
    let trees: Vec<TokenTree> = known(condition, env).into_iter().collect();
    let split = |trees: &[TokenTree], word: &str| -> Vec<Vec<TokenTree>> {
        trees
            .split(|tree| matches!(tree, TokenTree::Ident(found) if found == word))
            .map(<[TokenTree]>::to_vec)
            .collect()
    };
    let one = |trees: &[TokenTree]| {
        let negations =
            trees.iter().take_while(|tree| matches!(tree, TokenTree::Ident(word) if word == "not"));
        let negations = negations.count();
        let rest: TokenStream = trees[negations..].iter().cloned().collect();
        let truth = match only_group(&rest, Delimiter::Parenthesis) {
            Some(group) => truth(group.stream(), env),
            None => env.eval(rest)?.truth(),
        };
        truth.map(|truth| truth != (negations % 2 == 1))
    };
    let mut any = false;
    for part in split(&trees, "or") {
        let mut all = true;
        for part in split(&part, "and") {
            all &= one(&part)?;
        }
        any |= all;
    }
    Some(any)
}

/// What `isinstance` asks: the layer, and the classes, each as it is written.
fn instance(args: &TokenTree, env: &Env) -> Option<(TokenStream, Vec<TokenStream>)> {
    let TokenTree::Group(args) = args else { return None };
    let mut args = at_comma(args.stream()).into_iter();
    let (layer, of) = (args.next()?, env.fill(args.next()?));
    let list = only_group(&of, Delimiter::Parenthesis).map(|group| at_comma(group.stream()));
    let classes = list.unwrap_or_else(|| vec![of]);
    Some((layer, classes.into_iter().filter(|class| !class.is_empty()).collect()))
}

/// The name of a class, by which Keras calls it: `layers.MaxPool2D` is a `MaxPooling2D`.
fn class_name(class: &TokenStream) -> String {
    let written = class.clone().into_iter().last().map(|tree| tree.to_string()).unwrap_or_default();
    LayerConfig::default_of(&written).map_or(written, |config| config.class().to_string())
}

/// Whether a layer of this class is an instance of a class, or of one that is of its kind in Keras.
fn is_instance(class: &str, of: &TokenStream) -> bool {
    let of = class_name(of);
    class == of
        || match of.as_str() {
            "Layer" | "Operation" => true,
            "Model" => class == "Functional" || class == "Sequential",
            "RNN" => matches!(class, "LSTM" | "GRU" | "SimpleRNN") || class.starts_with("ConvLSTM"),
            "Dropout" => class.starts_with("SpatialDropout"),
            "Wrapper" => matches!(class, "TimeDistributed" | "SpectralNormalization"),
            "Attention" => class == "AdditiveAttention",
            "Embedding" => class == "ReversibleEmbedding",
            _ => false,
        }
}

/// Classes that `isinstance` may be asked for and that no layer is written as.
const OTHERS: [&str; 9] = [
    "Layer",
    "Operation",
    "Model",
    "Functional",
    "Sequential",
    "InputLayer",
    "Lambda",
    "Wrapper",
    "JaxLayer",
];

/// A class that `isinstance` is asked for and that Keras has not, and what to say; but for those of somebody's own.
pub fn unknown_class(tokens: &TokenStream, env: &Env) -> Option<(TokenStream, String)> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    trees.iter().enumerate().find_map(|(at, tree)| match tree {
        TokenTree::Ident(word) if word == "isinstance" => {
            let (_, classes) = instance(trees.get(at + 1)?, env)?;
            classes.into_iter().find_map(|class| {
                let why = not_a_class(&class, env)?;
                Some((class, why))
            })
        }
        TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {
            unknown_class(&group.stream(), env)
        }
        _ => None,
    })
}

fn not_a_class(class: &TokenStream, env: &Env) -> Option<String> {
    let name = class_name(class);
    let is_known = OTHERS.contains(&name.as_str())
        || LayerConfig::is_class(&name)
        || LayerConfig::MISSING.contains(&name.as_str())
        || env.has_class(&name);
    if is_known {
        return None;
    }
    if !name.starts_with(char::is_uppercase) {
        return Some(format!(
            "`isinstance` is asked for a class of layers, which is written here: `isinstance(layer, layers.Conv2D)`; found `{}`",
            super::function::plain(class)
        ));
    }
    let trees: Vec<TokenTree> = class.clone().into_iter().collect();
    let near = crate::resolve::no_layer(&name);
    let near = near.map(|(message, _)| message.lines().next().unwrap_or_default().to_string());
    near.or((modules(&trees) > 0).then(|| LayerConfig::unknown(&name)))
}

#[cfg(test)]
mod tests {
    use super::is_instance;

    /// As `issubclass` says in Keras 3.15.
    #[test]
    fn classes_are_of_the_kinds_of_keras() {
        let is = |class: &str, of: &str| is_instance(class, &of.parse().unwrap_or_default());
        for (class, of) in [
            ("MaxPooling2D", "layers.MaxPool2D"),
            ("Conv1D", "keras.layers.Convolution1D"),
            ("GlobalAveragePooling2D", "GlobalAvgPool2D"),
            ("GroupedQueryAttention", "GroupQueryAttention"),
            ("ReversibleEmbedding", "Embedding"),
            ("ConvLSTM2D", "RNN"),
            ("TimeDistributed", "Wrapper"),
            ("Sequential", "keras.Model"),
        ] {
            assert!(is(class, of), "{class} {of}");
        }
        for (class, of) in
            [("Bidirectional", "Wrapper"), ("Embedding", "ReversibleEmbedding"), ("Conv2D", "Conv1D")]
        {
            assert!(!is(class, of), "{class} {of}");
        }
    }
}
