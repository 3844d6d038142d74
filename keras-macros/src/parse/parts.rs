//! What is asked of a model or a layer that is bound in the model: `base.output`, `model.get_layer("a").output`,
//! `base.layers[:-4]`, `base.output_shape`.
//!
//! Each part is bound to a name of its own, which stands in its place. How many there are is known when the model has been
//! resolved: as with [lengths of axes](super::axes), it is read again with what came out. So a loop over `base.layers` is one
//! over a list, and `layer.name` and `isinstance(layer, Conv2D)` are a word and a truth value.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, TokenStream, TokenTree};
use quote::quote_spanned;

use super::ast::{Count, Made, Part, PartOf, Parts, Statement, Trainable};
use super::axes::{Length, Question};
use super::env::Env;
use super::eval::{Value, nth};
use super::flow::is_punct;
use super::function::plain;
use super::split::{at_comma, only_group};
use super::{Reader, added, args, comprehension};
use crate::error::Errors;

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

    /// What is known of the layer whose name these tokens are.
    pub fn fact_of(&self, tokens: &TokenStream) -> Option<Fact> {
        self.fact(&syn::parse2(tokens.clone()).ok()?).cloned()
    }
}

/// What is asked for by these words behind a point.
const WORDS: [&str; 8] =
    ["layers", "get_layer", "input", "inputs", "output", "outputs", "input_shape", "output_shape"];

/// Whether this word asks for a part.
pub fn is_word(tree: Option<&TokenTree>) -> bool {
    matches!(tree, Some(TokenTree::Ident(word)) if WORDS.iter().any(|known| word == known))
}

/// Whether this word asks for a part, or says whether it is trained.
pub fn is_said(tree: Option<&TokenTree>) -> bool {
    is_word(tree) || matches!(tree, Some(TokenTree::Ident(word)) if word == "trainable")
}

/// Whether a part is asked for anywhere in this, but for what stands in braces.
fn mentions(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|tree| match &tree {
        TokenTree::Ident(word) => {
            word == "isinstance" || word == "name" || word == "__class__" || is_word(Some(&tree))
        }
        TokenTree::Group(group) => is_open(group) && mentions(&group.stream()),
        _ => false,
    })
}

/// Whether what stands in a group is read with the line: braces are read later, unless they are a dict.
fn is_open(group: &Group) -> bool {
    group.delimiter() != Delimiter::Brace
        || comprehension::is_dict_loop(group)
        || comprehension::dict(&TokenTree::Group(group.clone()).into()).is_some()
}

/// Puts names in the place of parts, and writes out the lists of a line whose loops go through them; what is asked goes to the
/// `statements` before it.
pub fn fill(
    tokens: TokenStream,
    statements: &mut Vec<Statement>,
    reader: &mut Reader,
    errors: &mut Errors,
) -> TokenStream {
    if !mentions(&tokens) {
        return tokens;
    }
    // What a loop names by what is known here is asked for by these names: `[base.get_layer(name).output for name in names]`.
    let tokens = match comprehension::mentions(&tokens) {
        true => comprehension::written(tokens, &reader.env),
        false => tokens,
    };
    let filled = filled(tokens, statements, reader, errors);
    if !comprehension::mentions(&filled) {
        return filled;
    }
    let written = comprehension::written(filled, &reader.env);
    self::filled(written, statements, reader, errors)
}

fn filled(
    tokens: TokenStream,
    statements: &mut Vec<Statement>,
    reader: &mut Reader,
    errors: &mut Errors,
) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let (mut out, mut at) = (TokenStream::new(), 0);
    while at < trees.len() {
        let is_field = at > 0 && is_punct(trees.get(at - 1), '.');
        if let Some((value, taken)) = decided(&trees[at..], &reader.env).filter(|_| !is_field) {
            out.extend([value]);
            at += taken;
            continue;
        }
        if let TokenTree::Ident(name) = &trees[at]
            && !is_field
            && reader.env.is_tensor(name)
            && let Some((value, taken)) = (Asking { statements, reader, errors }).read(&trees[at..])
        {
            out.extend(value);
            at += taken;
            continue;
        }
        match &trees[at] {
            TokenTree::Group(group) if is_open(group) => {
                let mut inner =
                    Group::new(group.delimiter(), filled(group.stream(), statements, reader, errors));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            tree => out.extend([tree.clone()]),
        }
        at += 1;
    }
    out
}

/// Puts what is known of layers in the place of `layer.name` and `isinstance(layer, Conv2D)`.
pub fn known(tokens: TokenStream, env: &Env) -> TokenStream {
    if !mentions(&tokens) {
        return tokens;
    }
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let (mut out, mut at) = (TokenStream::new(), 0);
    while at < trees.len() {
        if let Some((value, taken)) = decided(&trees[at..], env) {
            out.extend([value]);
            at += taken;
            continue;
        }
        match &trees[at] {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), known(group.stream(), env));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            tree => out.extend([tree.clone()]),
        }
        at += 1;
    }
    out
}

/// The value of `layer.name`, `layer.__class__.__name__` or `isinstance(layer, Conv2D)` at the beginning, and how many tokens say
/// so.
fn decided(trees: &[TokenTree], env: &Env) -> Option<(TokenTree, usize)> {
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
        let TokenTree::Group(args) = trees.get(1)? else { return None };
        let mut args = at_comma(args.stream()).into_iter();
        let layer: Ident = syn::parse2(args.next()?).ok()?;
        let is_one = is_instance(&env.fact(&layer)?.class, &args.next()?);
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

/// The truth of `"conv" in layer.name`, `layer.name in ["a", "b"]` or `layer.name.startswith("block5")`, and how many tokens say so.
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
    let text = |tree: &TokenTree| match env.eval(tree.clone().into())? {
        Value::Word(text, true) => Some(text),
        _ => None,
    };
    let (truth, taken) = if let Some(name) = name_at(0) {
        match trees.get(3..trees.len().min(6))? {
            [TokenTree::Ident(word), list, ..] if word == "in" => {
                let Value::List(list, _) = env.eval(list.clone().into())? else { return None };
                (list.iter().any(|word| matches!(word, Value::Word(word, _) if word == name)), 5)
            }
            [TokenTree::Punct(dot), TokenTree::Ident(method), TokenTree::Group(args)]
                if dot.as_char() == '.' =>
            {
                let wanted = text(&only_tree(&args.stream())?)?;
                let truth = match method.to_string().as_str() {
                    "startswith" | "starts_with" => name.starts_with(&wanted),
                    "endswith" | "ends_with" => name.ends_with(&wanted),
                    "contains" => name.contains(&wanted),
                    _ => return None,
                };
                (truth, 6)
            }
            _ => return None,
        }
    } else {
        let name = name_at(2).filter(|_| is(1, "in"))?;
        (name.contains(&text(trees.first()?)?), 5)
    };
    let span = trees.first()?.span();
    Some((Ident::new(if truth { "true" } else { "false" }, span).into(), taken))
}

fn only_tree(tokens: &TokenStream) -> Option<TokenTree> {
    let mut trees = tokens.clone().into_iter();
    trees.next().filter(|_| trees.next().is_none())
}

/// Whether a layer of this class is an instance of one of these classes, or of a class that is one of their kind in Keras.
fn is_instance(class: &str, of: &TokenStream) -> bool {
    let list = only_group(of, Delimiter::Parenthesis).map(|group| at_comma(group.stream()));
    let last = |tokens: &TokenStream| tokens.clone().into_iter().last().map(|tree| tree.to_string());
    list.unwrap_or_else(|| vec![of.clone()]).iter().filter_map(last).any(|of| {
        class == of
            || match of.as_str() {
                "Layer" => true,
                "Model" => class == "Functional" || class == "Sequential",
                "RNN" => matches!(class, "LSTM" | "GRU" | "SimpleRNN") || class.starts_with("ConvLSTM"),
                "Dropout" => class.starts_with("SpatialDropout"),
                "Wrapper" => matches!(class, "Bidirectional" | "TimeDistributed" | "SpectralNormalization"),
                "Attention" => class == "AdditiveAttention",
                _ => false,
            }
    })
}

/// Reads what is asked.
struct Asking<'a> {
    statements: &'a mut Vec<Statement>,
    reader: &'a mut Reader,
    errors: &'a mut Errors,
}

impl Asking<'_> {
    /// What stands in the place of the parts that are asked for at the beginning, and how many tokens that takes.
    fn read(&mut self, trees: &[TokenTree]) -> Option<(TokenStream, usize)> {
        let TokenTree::Ident(name) = trees.first()? else { return None };
        let (mut of, mut at) = (name.clone(), 1);
        while is_punct(trees.get(at), '.')
            && let Some(TokenTree::Ident(word)) = trees.get(at + 1)
        {
            let behind = trees.get(at + 2);
            let args = only(behind, Delimiter::Parenthesis);
            let index = only(behind, Delimiter::Bracket);
            let taken = at + 2 + usize::from(args.is_some() || index.is_some());
            let whole: TokenStream = trees[..taken].iter().cloned().collect();
            let said: TokenStream = trees[..at + 2].iter().cloned().collect();
            let what = match word.to_string().as_str() {
                "get_layer" => {
                    of = self.called(&of, args?, &whole)?;
                    at = taken;
                    continue;
                }
                "input_shape" | "output_shape" => {
                    let what = if word == "input_shape" { Parts::Inputs } else { Parts::Outputs };
                    self.count(&of, what, &said);
                    let tensor = self.bind(&of, Part::At(what, 0), &said, None);
                    // The length of an axis is asked of the tensor.
                    return Some((quote_spanned! { word.span()=> #tensor.shape }, at + 2));
                }
                "layers" => Parts::Layers,
                "input" => Parts::Input,
                "inputs" => Parts::Inputs,
                "output" => Parts::Output,
                "outputs" => Parts::Outputs,
                _ => break,
            };
            if args.is_some() {
                break;
            }
            match self.several(&of, what, index, (&said, &whole))? {
                Several::One(part) => (of, at) = (part, taken),
                Several::List(list, all) => {
                    let one = matches!(what, Parts::Input | Parts::Output) && list.len() == 1;
                    let end = if all { at + 2 } else { taken };
                    if one && let [part] = list.as_slice() {
                        (of, at) = (part.clone(), end);
                        continue;
                    }
                    return Some((listed(&list, word).into(), end));
                }
            }
        }
        (at > 1).then(|| (TokenTree::Ident(of).into(), at))
    }

    /// The parts of a kind, or those that an index or a slice takes. Where it is not known yet how many there are, any will do.
    fn several(
        &mut self,
        of: &Ident,
        what: Parts,
        index: Option<Group>,
        (said, whole): (&TokenStream, &TokenStream),
    ) -> Option<Several> {
        let answer = self.count(of, what, said);
        let is_known = matches!(answer, Some(Length::Known(_) | Length::Layers(_)));
        let (count, facts) = match answer {
            Some(Length::Known(count)) => (count, Vec::new()),
            Some(Length::Layers(facts)) => (facts.len(), facts),
            // Of what is wrong one is bound, of which nothing more is said.
            Some(_) => (1, vec![Fact { name: String::new(), class: String::new() }]),
            None => (usize::from(what != Parts::Layers), Vec::new()),
        };
        let slice = index.as_ref().and_then(|index| comprehension::slice(&index.stream(), &self.reader.env));
        let places = match (&index, slice) {
            (Some(_), Some(slice)) => comprehension::places(slice, count),
            (Some(index), None) => {
                let place = self.reader.env.integer(index.stream())?;
                let place = nth(place, count);
                if place.is_none() && is_known && count > 0 {
                    let asked = plain(said).replace(" . ", ".");
                    let things = if count == 1 { "element" } else { "elements" };
                    let text = format!(
                        "`{asked}` has {count} {things}, and `[{}]` is none of them",
                        plain(&index.stream())
                    );
                    self.errors.over(whole, text);
                }
                let place = place.unwrap_or(0);
                return Some(Several::One(self.bind(of, Part::At(what, place), whole, facts.get(place))));
            }
            (None, _) => (0..count).collect(),
        };
        let tokens = if index.is_some() { whole } else { said };
        let list = places.into_iter().map(|at| self.bind(of, Part::At(what, at), tokens, facts.get(at)));
        Some(Several::List(list.collect(), index.is_none()))
    }

    /// The layer of `get_layer("a")` or `get_layer(index = 3)`.
    fn called(&mut self, of: &Ident, args: Group, whole: &TokenStream) -> Option<Ident> {
        let pieces: Vec<TokenStream> =
            at_comma(args.stream()).into_iter().filter(|piece| !piece.is_empty()).collect();
        let [piece] = pieces.as_slice() else { return None };
        let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
        let (key, value) = match args::named_value(&trees) {
            Some((key, value)) => (key.to_string(), value.iter().cloned().collect()),
            None => ("name".to_string(), piece.clone()),
        };
        match (key.as_str(), self.reader.env.eval(value)?) {
            ("name", Value::Word(name, _)) => Some(self.bind(of, Part::Called(name), whole, None)),
            ("index", Value::Int(_)) => {
                let value = trees.get(2..)?.iter().cloned().collect();
                let index = Group::new(Delimiter::Bracket, value);
                match self.several(of, Parts::Layers, Some(index), (whole, whole))? {
                    Several::One(layer) => Some(layer),
                    Several::List(..) => None,
                }
            }
            _ => None,
        }
    }

    /// Asks how many parts there are.
    fn count(&mut self, of: &Ident, what: Parts, tokens: &TokenStream) -> Option<Length> {
        let number = self.reader.questions.len();
        self.statements.push(Statement::Count(Count {
            number,
            of: of.clone(),
            what,
            tokens: tokens.clone(),
        }));
        self.reader.questions.push(Question { name: of.clone(), axis: None, parts: true });
        self.reader.lengths.get(number).cloned()
    }

    /// Binds a part to a name of its own.
    fn bind(&mut self, of: &Ident, part: Part, tokens: &TokenStream, fact: Option<&Fact>) -> Ident {
        let text = format!("__part_{}", self.reader.made.len() + 1);
        let source = match &part {
            Part::At(Parts::Layers, at) if fact.is_some() => format!("{}.layers[{at}]", self.shown(of)),
            Part::Called(name) => format!("{}.get_layer(\"{name}\")", self.shown(of)),
            Part::At(..) => plain(tokens).replace(" . ", ".").replace(" [", "["),
        };
        self.reader.made.insert(text.clone(), Made { source, key: None });
        let name = Ident::new(&text, syn::spanned::Spanned::span(tokens));
        self.reader.env.tensor(&name, false);
        if let Some(fact) = fact {
            self.reader.env.set_fact(&name, fact.clone());
        }
        let part = PartOf { name: name.clone(), of: of.clone(), part, tokens: tokens.clone() };
        self.statements.push(Statement::Part(part));
        name
    }

    fn shown(&self, name: &Ident) -> String {
        let name = name.to_string();
        self.reader.made.get(&name).map_or(name, |made| made.source.clone())
    }
}

/// One part, or a list of them; whether these are all.
enum Several {
    One(Ident),
    List(Vec<Ident>, bool),
}

fn only(tree: Option<&TokenTree>, delimiter: Delimiter) -> Option<Group> {
    match tree {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group.clone()),
        _ => None,
    }
}

/// `[a, b]`
fn listed(list: &[Ident], at: &Ident) -> TokenTree {
    let comma = || TokenTree::Punct(Punct::new(',', Spacing::Alone));
    let elements = list.iter().flat_map(|name| [TokenTree::Ident(name.clone()), comma()]);
    let mut group = Group::new(Delimiter::Bracket, elements.collect());
    group.set_span(at.span());
    group.into()
}

/// Reads `base.trainable = False`, if this is such a line.
pub fn trainable(piece: &TokenStream, reader: &Reader) -> Option<Statement> {
    let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
    let [
        TokenTree::Ident(of),
        TokenTree::Punct(dot),
        TokenTree::Ident(word),
        TokenTree::Punct(equals),
        value @ ..,
    ] = trees.as_slice()
    else {
        return None;
    };
    if (dot.as_char(), equals.as_char()) != ('.', '=') || word != "trainable" || !reader.env.is_tensor(of) {
        return None;
    }
    let value = match reader.env.eval(value.iter().cloned().collect())? {
        Value::Bool(value) => value,
        _ => return None,
    };
    Some(Statement::Trainable(Trainable { of: of.clone(), value, tokens: piece.clone() }))
}

/// Whether this says of something whether it is trained: `base.trainable = False`, or a loop that does.
pub fn says_trainable(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    trees.windows(3).any(|trees| {
        is_punct(trees.first(), '.')
            && matches!(&trees[1], TokenTree::Ident(word) if word == "trainable")
            && is_punct(trees.get(2), '=')
    }) || trees.iter().any(|tree| {
        matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && says_trainable(&group.stream()))
    })
}

/// Binds the models that layers are added to, where a part of them is asked for at the end of a model.
pub fn begun(tail: &TokenStream, reader: &mut Reader, errors: &mut Errors) -> Vec<Statement> {
    if mentions(tail) { added::apply(tail, &[], reader, errors) } else { Vec::new() }
}
