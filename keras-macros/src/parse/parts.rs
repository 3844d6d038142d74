//! What is asked of a model or a layer that is bound in the model: `base.output`, `model.get_layer("a").output`,
//! `base.layers[:-4]`, `base.output_shape`.
//!
//! Each part is bound to a name of its own, which stands in its place. How many there are is known when the model has been
//! resolved: as with [lengths of axes](super::axes), it is read again with what came out. So a loop over `base.layers` is one
//! over a list, and `layer.name` and `isinstance(layer, Conv2D)` are a word and a truth value.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, TokenStream, TokenTree};
use quote::quote_spanned;

use super::ast::{Count, Made, Part, PartOf, Parts, Statement, Trainable};
use super::axes::{Length, Question};
use super::eval::{Value, nth};
use super::facts::{self, Fact};
use super::flow::is_punct;
use super::function::plain;
use super::split::at_comma;
use super::tokens::replaced;
use super::{Reader, added, args, comprehension};
use crate::error::Errors;

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
pub fn mentions(tokens: &TokenStream) -> bool {
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
    let filled = filled(tokens.clone(), statements, reader, errors);
    if let Some((class, message)) = facts::unknown_class(&tokens, &reader.env) {
        errors.over(class, message);
    }
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
    let mut asked = |trees: &[TokenTree]| {
        if let Some((value, taken)) = facts::decided(trees, &reader.env) {
            return Some((value.into(), taken));
        }
        match trees.first() {
            Some(TokenTree::Ident(name)) if reader.env.is_tensor(name) => {
                Asking { statements: &mut *statements, reader: &mut *reader, errors: &mut *errors }
                    .read(trees)
            }
            _ => None,
        }
    };
    replaced(tokens, is_open, &mut asked)
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
                    let Some((place, end)) = self.shape_of(&of, what, index, (&said, at + 2)) else {
                        let indices = trees[at + 2..]
                            .iter()
                            .take_while(|tree| only(Some(tree), Delimiter::Bracket).is_some());
                        return Some((quote_spanned! { word.span()=> 1 }, at + 2 + indices.count()));
                    };
                    let tensor = self.bind(&of, Part::At(what, place), &said, None);
                    // The length of an axis is asked of the tensor.
                    return Some((quote_spanned! { word.span()=> #tensor.shape }, end));
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
            let answer = self.count(&of, what, &said);
            // One tensor is no list: an index behind it is one of its own.
            if matches!(what, Parts::Input | Parts::Output) && !is_list(answer.as_ref()) {
                (of, at) = (self.bind(&of, Part::At(what, 0), &said, None), at + 2);
                continue;
            }
            match self.several(&of, what, index, answer, (&said, &whole))? {
                Several::One(part) => (of, at) = (part, taken),
                Several::List(list, all) => {
                    let end = if all { at + 2 } else { taken };
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
        answer: Option<Length>,
        (said, whole): (&TokenStream, &TokenStream),
    ) -> Option<Several> {
        let is_known = matches!(answer, Some(Length::Known(_) | Length::Layers(_)));
        let why = match &answer {
            Some(Length::Unknown(why)) => why.clone(),
            _ => None,
        };
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
                let Some(place) = self.reader.env.integer(index.stream()) else {
                    self.no_place(said, count, is_known, index);
                    return Some(Several::One(self.bind(of, Part::At(what, 0), whole, facts.first())));
                };
                let place = nth(place, count);
                if let (None, Some(why)) = (place, why) {
                    self.errors.over(whole, why);
                } else if place.is_none() && is_known && count > 0 {
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

    /// Says that one of several is to be taken first.
    fn no_place(&mut self, said: &TokenStream, count: usize, is_known: bool, index: &Group) {
        if is_known {
            let asked = plain(said).replace(" . ", ".");
            let index = plain(&index.stream());
            self.errors.over(said, format!("`{asked}` is a list of {count}, and `[{index}]` is no place in it\nhelp: a number that is known here takes one of them: `{asked}[0]`"));
        }
    }

    /// Which tensor is meant whose shape is asked for, and where the tokens end that say so: of several there is a list of shapes. Nothing if that
    /// is told to be wrong.
    fn shape_of(
        &mut self,
        of: &Ident,
        what: Parts,
        index: Option<Group>,
        (said, end): (&TokenStream, usize),
    ) -> Option<(usize, usize)> {
        let answer = self.count(of, what, said);
        let Some(Length::Known(count)) = answer.filter(|answer| is_list(Some(answer))) else {
            return Some((0, end));
        };
        let place = index.as_ref().and_then(|index| self.reader.env.integer(index.stream()));
        match place.and_then(|place| nth(place, count)) {
            Some(place) => Some((place, end + 1)),
            None => {
                let asked = plain(said).replace(" . ", ".");
                self.errors.over(said, format!("`{asked}` is a list of {count} shapes here, one of each tensor\nhelp: take one first: `{asked}[0]`"));
                None
            }
        }
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
            ("name", Value::Word(name, true)) => Some(self.bind(of, Part::Called(name), whole, None)),
            ("index", Value::Int(_)) => {
                let value = trees.get(2..)?.iter().cloned().collect();
                let index = Group::new(Delimiter::Bracket, value);
                let answer = self.count(of, Parts::Layers, whole);
                match self.several(of, Parts::Layers, Some(index), answer, (whole, whole))? {
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

/// Whether there are several, or none.
fn is_list(answer: Option<&Length>) -> bool {
    matches!(answer, Some(Length::Known(count)) if *count != 1)
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
