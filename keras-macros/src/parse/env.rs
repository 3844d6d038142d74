//! What names stand for while a body is read: values, functions, tensors and blocks.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use proc_macro2::{Delimiter, Group, Ident, Literal, TokenStream, TokenTree};

use super::begins::Begin;
use super::comprehension::{self, Dict, Entry};
use super::eval::{Value, value_of};
use super::facts::Fact;
use super::function::Function;
use super::of_layers::Partial;
use super::tokens::{is_key, placed};
use super::value::Budget;
use crate::error::Errors;

/// The names that are known at a place of a body.
#[derive(Clone, Default)]
pub struct Env {
    /// Values: parameters of functions, loop variables, `let n = 3;`.
    constants: HashMap<String, TokenStream>,
    functions: HashMap<String, Rc<Function>>,
    /// Whether one of them may be a function of values, and what these have computed.
    values: bool,
    budget: Budget,
    /// Functions of other places, by their paths: those that the function being read has brought along.
    items: HashMap<String, Rc<Function>>,
    /// Tensors and blocks, which are told apart later.
    tensors: HashSet<String>,
    /// Models that layers are [added](super::added) to: which of them.
    built: BTreeMap<String, usize>,
    /// What stands at the beginning of a block, or of a layer that says the shape of its input: `Input(28, 28)`.
    shapes: HashMap<String, Begin>,
    /// Lists that [grow](super::grown), and in how many functions they are made.
    lists: HashMap<String, usize>,
    /// Dicts of Python.
    pub(super) dicts: HashMap<String, Dict>,
    /// Layers with [defaults of their own](super::of_layers).
    partials: HashMap<String, Partial>,
    /// What is known of layers that are [parts](super::parts) of a model.
    pub(super) facts: HashMap<String, Fact>,
    /// Names that may be assigned to.
    mutable: HashSet<String>,
    /// Names bound since the innermost scope began.
    pub(super) local: HashSet<String>,
    /// Names of outer scopes that were assigned to since the innermost scope began.
    assigned: Vec<Ident>,
    /// Names that were bound in scopes that have ended, of choices and loops.
    ended: HashSet<String>,
    /// Those of them that the rounds of a loop went through.
    rounds: HashSet<String>,
}

impl Env {
    /// A scope inside this one.
    pub fn inner(&self) -> Env {
        Env { local: HashSet::new(), assigned: Vec::new(), ..self.clone() }
    }

    /// Ends a scope inside this one: what it assigned to outer names stays. Gives the tensors among them.
    pub fn close(&mut self, inner: Env) -> Vec<Ident> {
        let mut tensors = Vec::new();
        self.keep_dicts(&inner);
        self.rounds.extend(inner.rounds);
        let ended = inner.local.iter().chain(&inner.ended);
        self.ended.extend(ended.filter(|name| !name.starts_with('_')).cloned());
        for name in inner.assigned {
            let text = name.to_string();
            match inner.constants.get(&text) {
                Some(value) => {
                    self.constants.insert(text.clone(), value.clone());
                }
                None => {
                    self.tensors.insert(text.clone());
                    tensors.push(name.clone());
                }
            }
            if !self.local.contains(&text) {
                self.assigned.push(name);
            }
        }
        tensors
    }

    fn bind(&mut self, name: &Ident, mutable: bool) -> String {
        let name = name.to_string();
        self.constants.remove(&name);
        self.functions.remove(&name);
        self.tensors.remove(&name);
        self.built.remove(&name);
        self.shapes.remove(&name);
        self.partials.remove(&name);
        self.lists.remove(&name);
        self.dicts.remove(&name);
        self.facts.remove(&name);
        self.mutable.remove(&name);
        if mutable {
            self.mutable.insert(name.clone());
        }
        self.local.insert(name.clone());
        name
    }

    /// `let name = value;`
    pub fn constant(&mut self, name: &Ident, mutable: bool, value: TokenStream) {
        let name = self.bind(name, mutable);
        self.constants.insert(name, value);
    }

    /// `let name = |x| ...;`
    pub fn function(&mut self, name: &Ident, function: Rc<Function>) {
        let name = self.bind(name, false);
        self.values |= function.may_have_value();
        self.functions.insert(name, function);
    }

    /// `let name = x => ...;`
    pub fn tensor(&mut self, name: &Ident, mutable: bool) {
        let name = self.bind(name, mutable);
        self.tensors.insert(name);
    }

    /// `let name = Sequential();`: the model of this number, whose layers follow.
    pub fn building(&mut self, name: &Ident, number: usize) {
        let name = self.bind(name, false);
        self.built.insert(name, number);
    }

    /// The number of the model of this name, if layers are added to it.
    pub fn built(&self, name: &Ident) -> Option<usize> {
        self.built.get(&name.to_string()).copied()
    }

    /// The numbers of all of them, in the order in which they were begun.
    pub fn all_built(&self) -> impl Iterator<Item = usize> {
        let mut all: Vec<usize> = self.built.values().copied().collect();
        all.sort_unstable();
        all.into_iter()
    }

    /// Their names and numbers.
    pub fn every_built(&self) -> BTreeMap<String, usize> {
        self.built.clone()
    }

    /// Gives names to them.
    pub fn set_built(&mut self, built: BTreeMap<String, usize>) {
        self.built = built;
    }

    /// `let mut name = [];`, in so many functions.
    pub fn list(&mut self, name: &Ident, depth: usize) {
        self.constant(name, true, quote::quote! { [] });
        self.lists.insert(name.to_string(), depth);
    }

    /// In how many functions the list of this name is made, if it is one that grows.
    pub fn list_depth(&self, name: &Ident) -> Option<usize> {
        self.lists.get(&name.to_string()).copied()
    }

    /// Whether there is any list that grows.
    pub fn has_lists(&self) -> bool {
        !self.lists.is_empty()
    }

    /// Keeps a tensor of this scope in those around it.
    pub fn outlives(&mut self, name: &Ident) {
        self.local.remove(&name.to_string());
        self.assigned(name);
    }

    /// `let name = {"filters": 64};`
    pub fn dict(&mut self, name: &Ident, dict: Dict) {
        let name = self.bind(name, false);
        self.dicts.insert(name, dict);
    }

    /// `let name = partial(Conv2D, kernel_size = 3);`
    pub fn partial(&mut self, name: &Ident, partial: Partial) {
        let name = self.bind(name, false);
        self.partials.insert(name, partial);
    }

    /// The entries of a dict that stands here or has a name, in the order of their keys, by which Keras sorts tensors.
    pub fn entries(&self, tokens: &TokenStream) -> Option<Vec<Entry>> {
        let mut trees = tokens.clone().into_iter();
        let dict = match (trees.next(), trees.next()) {
            (Some(TokenTree::Ident(name)), None) => self.dicts.get(&name.to_string())?.clone(),
            _ => comprehension::dict(tokens)?,
        };
        let entry = |(key, value): (TokenStream, TokenStream)| Entry {
            name: comprehension::key_of(&key),
            key,
            value,
        };
        let mut entries: Vec<Entry> = dict.into_iter().map(entry).collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Some(entries)
    }

    /// Notes the input that `name` is or begins with.
    pub fn shape(&mut self, name: &Ident, begin: Begin) {
        self.shapes.insert(name.to_string(), begin);
    }

    /// The input that `name` is or begins with.
    pub fn shape_of(&self, name: &Ident) -> Option<Begin> {
        self.shapes.get(&name.to_string()).cloned()
    }

    /// Notes that a name of this or an outer scope was assigned to.
    pub fn assigned(&mut self, name: &Ident) {
        if !self.local.contains(&name.to_string()) && !self.assigned.contains(name) {
            self.assigned.push(name.clone());
        }
    }

    /// Gives a constant another value.
    pub fn change(&mut self, name: &Ident, value: TokenStream) {
        self.constants.insert(name.to_string(), value);
        self.assigned(name);
    }

    /// Whether a name stands for something.
    pub fn is_bound(&self, name: &Ident) -> bool {
        self.is_constant(name) || self.is_tensor(name) || self.functions.contains_key(&name.to_string())
    }

    /// Whether a name was bound in a choice or a loop that has ended, and stands for nothing here.
    pub fn has_ended(&self, name: &Ident) -> bool {
        self.ended.contains(&name.to_string()) && !self.is_bound(name)
    }

    /// Notes the variables of a loop that has ended.
    pub fn end_rounds<'a>(&mut self, names: impl Iterator<Item = &'a Ident>) {
        self.rounds.extend(names.map(Ident::to_string));
    }

    /// Whether a name that has ended was the variable of a loop.
    pub fn went_through(&self, name: &Ident) -> bool {
        self.rounds.contains(&name.to_string())
    }

    /// Whether a name looks like one that is bound: a slip of the hand.
    pub fn is_near(&self, name: &str) -> bool {
        let bound = self.tensors.iter().chain(self.functions.keys());
        keras_shape::closest(name, bound.map(String::as_str)).is_some()
    }

    /// The function whose name is nearly this.
    pub fn near_function(&self, name: &str) -> Option<String> {
        keras_shape::closest(name, self.functions.keys().map(String::as_str)).map(str::to_string)
    }

    /// Whether a name may be assigned to.
    pub fn is_mutable(&self, name: &Ident) -> bool {
        self.mutable.contains(&name.to_string())
    }

    /// Whether a name is a value.
    pub fn is_constant(&self, name: &Ident) -> bool {
        self.constants.contains_key(&name.to_string())
    }

    /// Whether a name is bound to a tensor or a block.
    pub fn is_tensor(&self, name: &Ident) -> bool {
        self.tensors.contains(&name.to_string())
    }

    /// A function of another place that was brought along.
    pub fn get_item(&self, path: &str) -> Option<Rc<Function>> {
        self.items.get(path).cloned()
    }

    /// Brings a function of another place along.
    pub fn bring(&mut self, path: String, function: Rc<Function>) {
        self.items.insert(path, function);
    }

    /// The function of this name.
    pub fn get_function(&self, name: &Ident) -> Option<Rc<Function>> {
        self.functions.get(&name.to_string()).cloned()
    }

    /// Puts values in the place of their names, in words too: `"block{i}_conv"`. The tokens stand where the names
    /// stood, so that a mistake is shown there.
    pub fn fill(&self, tokens: TokenStream) -> TokenStream {
        if self.constants.is_empty() && !self.values && self.partials.is_empty() && self.dicts.is_empty() {
            return tokens;
        }
        let trees = super::unpack::spread(tokens.into_iter().collect(), self);
        let mut filled = TokenStream::new();
        let mut done = 0;
        for (i, tree) in trees.iter().enumerate() {
            if i < done {
                continue;
            }
            match tree {
                TokenTree::Ident(name)
                    if let Some(partial) = self.partials.get(&name.to_string())
                        && let Some(TokenTree::Group(args)) = trees.get(i + 1)
                        && args.delimiter() == Delimiter::Parenthesis =>
                {
                    filled.extend(self.fill(partial.with(args)));
                    done = i + 2;
                }
                TokenTree::Ident(name) if let Some(value) = self.applied(name, &trees, i) => {
                    filled.extend(placed(value, name.span()));
                    done = i + 2;
                }
                TokenTree::Ident(name)
                    if !is_key(&trees, i)
                        && let Some((value, taken)) = self.part(name, &trees[i + 1..]) =>
                {
                    filled.extend(placed(value, name.span()));
                    done = i + 1 + taken;
                }
                TokenTree::Ident(name) if !is_key(&trees, i) => match self.constants.get(&name.to_string()) {
                    Some(value) => filled.extend(placed(value.clone(), name.span())),
                    None => filled.extend([tree.clone()]),
                },
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), self.fill(group.stream()));
                    inner.set_span(group.span());
                    filled.extend([TokenTree::Group(inner)]);
                }
                TokenTree::Literal(literal) => filled.extend([TokenTree::Literal(self.word(literal))]),
                other => filled.extend([other.clone()]),
            }
        }
        filled
    }

    /// The value of an expression, if all its names are known here.
    pub fn eval(&self, tokens: TokenStream) -> Option<Value> {
        value_of(self.fill(tokens))
    }

    /// The whole number that an expression is.
    pub fn integer(&self, tokens: TokenStream) -> Option<i128> {
        match self.eval(tokens)? {
            Value::Int(n) => Some(n),
            _ => None,
        }
    }

    /// The element or the part of a list or a dict of this name that is asked for, and how many tokens do so.
    fn part(&self, name: &Ident, behind: &[TokenTree]) -> Option<(TokenStream, usize)> {
        let text = name.to_string();
        if let Some(dict) = self.dicts.get(&text) {
            return comprehension::of_dict(dict, behind, self)
                .map(|(value, taken)| (self.fill(value), taken));
        }
        let (mut value, mut taken) = (self.constants.get(&text)?.clone(), 0);
        while let Some(TokenTree::Group(index)) = behind.get(taken)
            && index.delimiter() == Delimiter::Bracket
            && let Some(part) = comprehension::part(&value, index, self)
        {
            (value, taken) = (part, taken + 1);
        }
        (taken > 0).then_some((value, taken))
    }

    /// Whether this is the name of a list that grows.
    pub fn is_list(&self, tokens: &TokenStream) -> bool {
        let mut trees = tokens.clone().into_iter();
        matches!((trees.next(), trees.next()), (Some(TokenTree::Ident(name)), None) if self.list_depth(&name).is_some())
    }

    /// Puts the elements of lists that grow in the place of `outs[0]`, of which `.shape` may be asked, and notes which of these or
    /// of dicts there are not, but for what stands in braces, which is read later.
    pub fn elements(&self, tokens: TokenStream, errors: &mut Errors) -> TokenStream {
        if self.lists.is_empty() && self.dicts.is_empty() {
            return tokens;
        }
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let (mut filled, mut done) = (TokenStream::new(), 0);
        for (i, tree) in trees.iter().enumerate() {
            if i < done {
                continue;
            }
            match tree {
                TokenTree::Ident(name) if !is_key(&trees, i) && self.has_parts(name) => {
                    if let Some((value, taken)) = self.part(name, &trees[i + 1..]) {
                        filled.extend(placed(value, name.span()));
                        done = i + 1 + taken;
                    } else if let Some((message, any)) = self.lacks(name, trees.get(i + 1)) {
                        errors.over(trees[i..i + 2].iter().cloned().collect::<TokenStream>(), message);
                        filled.extend(any);
                        done = i + 2;
                    } else {
                        filled.extend([tree.clone()]);
                    }
                }
                TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {
                    let mut inner = Group::new(group.delimiter(), self.elements(group.stream(), errors));
                    inner.set_span(group.span());
                    filled.extend([TokenTree::Group(inner)]);
                }
                tree => filled.extend([tree.clone()]),
            }
        }
        filled
    }

    fn has_parts(&self, name: &Ident) -> bool {
        let name = name.to_string();
        self.lists.contains_key(&name) || self.dicts.contains_key(&name)
    }

    /// What to say of an element that a list or a dict does not have, and one that it has, so that nothing more is said.
    fn lacks(&self, name: &Ident, behind: Option<&TokenTree>) -> Option<(String, TokenStream)> {
        let Some(TokenTree::Group(index)) = behind else { return None };
        if index.delimiter() != Delimiter::Bracket {
            return None;
        }
        let asked = super::function::plain(&index.stream());
        if let Some(dict) = self.dicts.get(&name.to_string()) {
            let keys: Vec<String> = dict.iter().map(|(key, _)| key.to_string()).collect();
            let any = dict.first().map(|(_, value)| self.fill(value.clone())).unwrap_or_default();
            return Some((format!("`{name}` has no `{asked}`; it has {}", keys.join(", ")), any));
        }
        let list = self.constants.get(&name.to_string())?;
        let all = super::pasted::pieces_of(&super::split::only_group(list, Delimiter::Bracket)?);
        let count = all.len();
        let elements = if count == 1 { "element" } else { "elements" };
        let text = format!("`{name}` has {count} {elements}, and `[{asked}]` is none of them");
        Some((text, all.into_iter().next().unwrap_or_else(|| quote::quote! { 1 })))
    }

    /// The dict of this name.
    pub(super) fn dict_of(&self, name: &Ident) -> Option<&Dict> {
        self.dicts.get(&name.to_string())
    }

    /// The value of a function that is applied at `i`, if it is one of values. What stands behind an arrow is none.
    fn applied(&self, name: &Ident, trees: &[TokenTree], i: usize) -> Option<TokenStream> {
        let TokenTree::Group(args) = trees.get(i + 1)? else { return None };
        let sign = |back: usize| match i.checked_sub(back).and_then(|at| trees.get(at)) {
            Some(TokenTree::Punct(p)) => p.as_char(),
            _ => ' ',
        };
        let is_behind = matches!((sign(2), sign(1)), ('=', '>') | (':', ':'));
        let is_method = sign(1) == '.' && sign(2) != '.';
        if !self.values || args.delimiter() != Delimiter::Parenthesis || is_behind || is_method {
            return None;
        }
        let function = self.functions.get(&name.to_string())?;
        let given = self.fill(args.stream());
        match function.value(given.clone(), &self.budget) {
            Some(value) => Some(value.tokens(name.span())),
            None => function.setting(given, &self.budget),
        }
    }

    /// A word with values in the place of `{name}`; one that names something else stays as it is.
    fn word(&self, literal: &Literal) -> Literal {
        let text = literal.to_string();
        if !text.starts_with('"') || !text.contains('{') {
            return literal.clone();
        }
        let Ok(word) = syn::parse_str::<syn::LitStr>(&text) else { return literal.clone() };
        let word = word.value();
        let (mut rest, mut out) = (word.as_str(), String::new());
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').map(|at| open + at);
            let value = close.and_then(|close| self.value(&rest[open + 1..close]));
            let (Some(close), Some(value)) = (close, value) else { return literal.clone() };
            out += &rest[..open];
            out += &value;
            rest = &rest[close + 1..];
        }
        out += rest;
        let mut word = Literal::string(&out);
        word.set_span(literal.span());
        word
    }

    /// The value of an expression inside a word, if all its names are known here.
    fn value(&self, source: &str) -> Option<String> {
        let tokens: TokenStream = source.parse().ok()?;
        if !self.all_known(&tokens) {
            return None;
        }
        self.eval(tokens)?.inside_a_word()
    }

    fn all_known(&self, tokens: &TokenStream) -> bool {
        let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
        trees.iter().enumerate().all(|(i, tree)| match tree {
            // A function of Python: `{str(i)}`.
            TokenTree::Ident(_) if matches!(trees.get(i + 1), Some(TokenTree::Group(_))) => true,
            TokenTree::Ident(name) => self.is_constant(name),
            TokenTree::Group(group) => self.all_known(&group.stream()),
            _ => true,
        })
    }
}
