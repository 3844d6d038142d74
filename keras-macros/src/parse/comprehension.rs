//! Lists that Python makes by a loop: `[x => Dense(8) for i in range(4)]` is `[x => Dense(8), x => Dense(8), ...]`, and lists,
//! tuples and dicts of which a part is asked for.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::Expr;

use super::env::Env;
use super::eval::{elements, from_end, nth, value_of};
use super::facts;
use super::flow;
use super::pasted::pieces_of;
use super::split::{at_char, only_group};
use crate::error::Errors;

/// What to say of a list whose loop goes through something else.
const UNKNOWN_LOOP: &str =
    "the loop of a list goes through what is known here, as in `[x => Dense(8) for i in 0..4]`";

/// What to say of a condition in such a loop.
const UNKNOWN_CONDITION: &str = "which elements a list has is decided by what is known here: numbers, words, `layer.name` and `isinstance(layer, Conv2D)` of the layers of a model, with `and`, `or` and `not` between them";

/// So many tokens all lists of one line may be made of.
const MOST_TOKENS: usize = 50_000;

/// Writes out the lists of a line whose loops go through what is known here, but for those in braces, which are read later.
pub fn fill(tokens: TokenStream, env: &Env) -> TokenStream {
    if mentions(&tokens) { written(tokens, env) } else { tokens }
}

/// [`fill`] where such loops stand.
pub fn written(tokens: TokenStream, env: &Env) -> TokenStream {
    let mut budget = MOST_TOKENS;
    filled(tokens, env, &mut budget)
}

/// Whether a loop stands between brackets or parentheses.
pub fn mentions(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Group(group) if group.delimiter() != Delimiter::Brace || is_dict_loop(&group) => {
            let stream = group.stream();
            is_loop(&stream) || mentions(&stream)
        }
        _ => false,
    })
}

/// Whether these tokens are an element and a loop behind it.
pub fn is_loop(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let at = word_at(&trees, "for");
    at.is_some_and(|at| at > 0 && word_at(&trees[at..], "in").is_some())
}

/// Whether this is a dict that a loop makes: `{layer.name: layer.output for layer in base.layers}`.
pub fn is_dict_loop(group: &Group) -> bool {
    let stream = group.stream();
    let trees: Vec<TokenTree> = stream.clone().into_iter().collect();
    let before = &trees[..word_at(&trees, "for").unwrap_or(0)];
    let is = |tree: &TokenTree, c: char| matches!(tree, TokenTree::Punct(sign) if sign.as_char() == c);
    group.delimiter() == Delimiter::Brace
        && is_loop(&stream)
        && before.iter().filter(|tree| is(tree, ':')).count() == 1
        && !trees.iter().any(|tree| is(tree, ';'))
}

fn word_at(trees: &[TokenTree], word: &str) -> Option<usize> {
    trees.iter().position(|tree| matches!(tree, TokenTree::Ident(name) if name == word))
}

fn filled(tokens: TokenStream, env: &Env, budget: &mut usize) -> TokenStream {
    let write = |tree: TokenTree| -> TokenTree {
        let TokenTree::Group(group) = &tree else { return tree };
        if group.delimiter() == Delimiter::Brace && !is_dict_loop(group) {
            return tree;
        }
        let inside = group.stream();
        let made = if is_loop(&inside) { comprehension(&inside, env, budget) } else { None };
        let stream = match made {
            // `sum(2 * i for i in range(3))` is `sum([0, 2, 4])`.
            Some(list) if group.delimiter() == Delimiter::Parenthesis => {
                let mut inner = Group::new(Delimiter::Bracket, list);
                inner.set_span(group.span());
                TokenTree::Group(inner).into()
            }
            Some(list) => list,
            None => filled(inside, env, budget),
        };
        let mut group = Group::new(group.delimiter(), stream);
        group.set_span(tree.span());
        group.into()
    };
    of_pairs(tokens.into_iter().map(write).collect())
}

/// `{"a": x, "b": y}` in the place of `dict([("a", x), ("b", y)])`, which a loop has made.
fn of_pairs(mut trees: Vec<TokenTree>) -> TokenStream {
    let mut at = 0;
    while at + 1 < trees.len() {
        if let (TokenTree::Ident(word), TokenTree::Group(args)) = (&trees[at], &trees[at + 1])
            && word == "dict"
            && let Some(pairs) = pairs(args)
        {
            let mut dict = Group::new(Delimiter::Brace, pairs);
            dict.set_span(args.span());
            trees.splice(at..at + 2, [TokenTree::Group(dict)]);
        }
        at += 1;
    }
    trees.into_iter().collect()
}

/// The entries of a list of pairs between parentheses.
fn pairs(args: &Group) -> Option<TokenStream> {
    let list = only_group(&args.stream(), Delimiter::Bracket)?;
    let pair = |piece: &TokenStream| {
        let pair = pieces_of(&only_group(piece, Delimiter::Parenthesis)?);
        let [key, value] = pair.as_slice() else { return None };
        Some(quote! { #key: #value })
    };
    let pairs = pieces_of(&list).iter().map(pair).collect::<Option<Vec<_>>>()?;
    Some(quote! { #(#pairs),* })
}

/// The elements of `element for name in list if condition`, one behind the other; nothing if the list is not known here.
fn comprehension(tokens: &TokenStream, env: &Env, budget: &mut usize) -> Option<TokenStream> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let at = word_at(&trees, "for")?;
    let mut made = Made { all: Vec::new(), budget, unread: None };
    rounds(&trees[at..], &trees[..at], env, &mut made)?;
    let all = made.all;
    Some(quote! { #(#all),* })
}

/// Says why a list, which stands at `whole`, could not be written out: because of its condition, if what its loop goes through is known.
pub fn unread(tokens: &TokenStream, whole: Span, env: &Env, errors: &mut Errors) {
    let mut made = Made { all: Vec::new(), budget: &mut MOST_TOKENS.clone(), unread: None };
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    if let Some(at) = word_at(&trees, "for") {
        let _ = rounds(&trees[at..], &trees[..at], env, &mut made);
    }
    match made.unread {
        Some(condition) => errors.over(condition, UNKNOWN_CONDITION),
        None => errors.at(whole, UNKNOWN_LOOP),
    }
}

/// The elements of a list that its loops have made so far.
struct Made<'a> {
    all: Vec<TokenStream>,
    /// How many tokens more there may be.
    budget: &'a mut usize,
    /// A condition that nobody can read.
    unread: Option<TokenStream>,
}

/// Goes through the first of several loops, and in each of its rounds through the others.
fn rounds(loops: &[TokenTree], element: &[TokenTree], env: &Env, made: &mut Made) -> Option<()> {
    let inside = word_at(loops, "in")?;
    let pattern = flow::pattern(&parenthesized(&loops[1..inside]))?;
    let rest = &loops[inside + 1..];
    let next = word_at(rest, "for").unwrap_or(rest.len());
    let (header, deeper) = rest.split_at(next);
    let mut parts = header.split(|tree| matches!(tree, TokenTree::Ident(word) if word == "if"));
    let list: TokenStream = parts.next()?.iter().cloned().collect();
    let conditions: Vec<TokenStream> = parts.map(|part| part.iter().cloned().collect()).collect();
    let list = filled(env.fill(list), env, made.budget);
    for value in elements(&syn::parse2::<Expr>(list).ok()?)? {
        let mut inner = env.inner();
        let names = flow::matched(&pattern, value, flow::first(&pattern)?, &mut Errors::default())?;
        for (name, value) in names {
            let fact = env.fact_of(&value);
            inner.constant(&name, false, value);
            if let Some(fact) = fact {
                inner.set_fact(&name, fact);
            }
        }
        let known = |tokens: TokenStream| facts::known(tokens, &inner);
        let mut holds = true;
        for condition in &conditions {
            let truth = facts::truth(condition.clone(), &inner);
            if truth.is_none() {
                made.unread.get_or_insert(condition.clone());
            }
            holds &= truth?;
        }
        if !holds {
            continue;
        }
        if !deeper.is_empty() {
            rounds(deeper, element, &inner, made)?;
            continue;
        }
        let written = filled(inner.fill(known(element.iter().cloned().collect())), &inner, made.budget);
        *made.budget = made.budget.checked_sub(size(&written))?;
        made.all.push(written);
    }
    Some(())
}

/// `i, n` as `(i, n)`.
pub fn parenthesized(pattern: &[TokenTree]) -> Vec<TokenTree> {
    if pattern.len() < 2 {
        return pattern.to_vec();
    }
    vec![TokenTree::Group(Group::new(Delimiter::Parenthesis, pattern.iter().cloned().collect()))]
}

fn size(tokens: &TokenStream) -> usize {
    let sizes = tokens.clone().into_iter().map(|tree| match tree {
        TokenTree::Group(group) => 1 + size(&group.stream()),
        _ => 1,
    });
    sizes.sum::<usize>() + 1
}

/// Start, end and step of `1:8:2`, each of which may be missing.
pub type Slice = [Option<i128>; 3];

/// What `1:3` or `::-1` says.
pub fn slice(index: &TokenStream, env: &Env) -> Option<Slice> {
    let parts = at_char(index.clone(), ':');
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    let mut slice = [None; 3];
    for (bound, tokens) in slice.iter_mut().zip(parts).filter(|(_, tokens)| !tokens.is_empty()) {
        *bound = Some(env.integer(tokens)?);
    }
    Some(slice).filter(|[_, _, step]| *step != Some(0))
}

/// The places that a slice takes of a list of this length, as Python counts.
pub fn places([start, end, step]: Slice, length: usize) -> Vec<usize> {
    let (count, length, step) = (length, length as i128, step.unwrap_or(1));
    // Backwards a slice goes from the last element to before the first.
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let place = |at: i128| from_end(at, count).clamp(low, high);
    let (first, last) = if step > 0 { (low, high) } else { (high, low) };
    let (start, end) = (start.map_or(first, place), end.map_or(last, place));
    let mut all = Vec::new();
    let mut at = start;
    while if step > 0 { at < end } else { at > end } {
        all.extend(usize::try_from(at).ok());
        at += step.clamp(-length - 1, length + 1);
    }
    all
}

/// The element or the part of a list that stands behind its name: `sizes[0]`, `sizes[1:]`.
pub fn part(list: &TokenStream, index: &Group, env: &Env) -> Option<TokenStream> {
    let group = only_group(list, Delimiter::Bracket).or_else(|| only_group(list, Delimiter::Parenthesis))?;
    let all = pieces_of(&group);
    if let Some(bounds) = slice(&index.stream(), env) {
        let part: Vec<&TokenStream> =
            places(bounds, all.len()).into_iter().filter_map(|at| all.get(at)).collect();
        // One element between parentheses is that element.
        let comma = (part.len() == 1 && group.delimiter() == Delimiter::Parenthesis).then(|| quote! { , });
        let mut made = Group::new(group.delimiter(), quote! { #(#part),* #comma });
        made.set_span(index.span());
        return Some(TokenTree::Group(made).into());
    }
    all.get(nth(env.integer(index.stream())?, all.len())?).cloned()
}

/// An entry of a dict.
pub struct Entry {
    /// What the key says.
    pub name: String,
    /// The key as it stands there.
    pub key: TokenStream,
    /// What stands behind it.
    pub value: TokenStream,
}

/// What a dict says: its keys, and what stands behind them.
pub type Dict = Vec<(TokenStream, TokenStream)>;

/// `{"filters": 64, "strides": 2}` or `dict(filters = 64)`, whose values are not looked at.
pub fn dict(tokens: &TokenStream) -> Option<Dict> {
    if let Some(group) = only_group(tokens, Delimiter::Brace) {
        let pieces = pieces_of(&group);
        let pair = |piece: &TokenStream| {
            let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
            match trees.as_slice() {
                [TokenTree::Literal(key), TokenTree::Punct(colon), value @ ..]
                    if colon.as_char() == ':' && !value.is_empty() =>
                {
                    Some((TokenTree::Literal(key.clone()).into(), value.iter().cloned().collect()))
                }
                _ => None,
            }
        };
        let all = pieces.iter().map(pair).collect::<Option<Dict>>().map(distinct);
        return all.filter(|dict| !dict.is_empty());
    }
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let [TokenTree::Ident(word), TokenTree::Group(args)] = trees.as_slice() else { return None };
    if word != "dict" || args.delimiter() != Delimiter::Parenthesis {
        return None;
    }
    let pair = |piece: &TokenStream| {
        let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
        let (name, value) = super::args::named_value(&trees)?;
        let key = syn::LitStr::new(&name.to_string(), name.span());
        Some((quote! { #key }, value.iter().cloned().collect()))
    };
    let all = pieces_of(args).iter().map(pair).collect::<Option<Dict>>().map(distinct);
    all.filter(|dict| !dict.is_empty())
}

/// Each key of a dict once, as in Python: at its first place, with its last value.
fn distinct(pairs: Dict) -> Dict {
    let mut dict = Dict::new();
    pairs.into_iter().for_each(|(key, value)| set(&mut dict, key, value));
    dict
}

/// Sets the value of a key, which stays at its place if the dict has it.
pub fn set(dict: &mut Dict, key: TokenStream, value: TokenStream) {
    let says = |tokens: &TokenStream| value_of(tokens.clone());
    let known = says(&key);
    let is_it = |other: &TokenStream| match &known {
        Some(_) => says(other) == known,
        None => key_of(other) == key_of(&key),
    };
    match dict.iter_mut().find(|(other, _)| is_it(other)) {
        Some((_, old)) => *old = value,
        None => dict.push((key, value)),
    }
}

/// What a key of a dict says, without the quotes and escapes of a text.
pub fn key_of(key: &TokenStream) -> String {
    syn::parse2::<syn::LitStr>(key.clone()).map_or_else(|_| key.to_string(), |text| text.value())
}

/// What is asked of a dict behind its name, and how many tokens that takes: `d["filters"]`, `d.items()`.
pub fn of_dict(dict: &Dict, behind: &[TokenTree], env: &Env) -> Option<(TokenStream, usize)> {
    let pairs = |of: fn(&(TokenStream, TokenStream)) -> TokenStream| {
        let all = dict.iter().map(of);
        quote! { [#(#all),*] }
    };
    match behind {
        [TokenTree::Group(index), ..] if index.delimiter() == Delimiter::Bracket => {
            let key = env.eval(index.stream())?;
            let is_key = |tokens: &TokenStream| value_of(tokens.clone()).as_ref() == Some(&key);
            dict.iter().find(|(other, _)| is_key(other)).map(|(_, value)| (value.clone(), 1))
        }
        [TokenTree::Punct(dot), TokenTree::Ident(method), TokenTree::Group(args), ..]
            if dot.as_char() == '.' && args.stream().is_empty() =>
        {
            let list = match method.to_string().as_str() {
                "items" => pairs(|(key, value)| quote! { (#key, #value) }),
                "keys" => pairs(|(key, _)| key.clone()),
                "values" => pairs(|(_, value)| value.clone()),
                _ => return None,
            };
            Some((list, 3))
        }
        _ => None,
    }
}

/// The arguments that a dict stands for: `Conv2D(**config)`.
pub fn arguments(dict: &Dict, span: Span) -> Option<TokenStream> {
    let argument = |(key, value): &(TokenStream, TokenStream)| {
        let key: syn::LitStr = syn::parse2(key.clone()).ok()?;
        let name = syn::parse_str::<Ident>(&key.value()).ok()?;
        let name = Ident::new(&name.to_string(), span);
        Some(quote! { #name = #value })
    };
    let all = dict.iter().map(argument).collect::<Option<Vec<_>>>()?;
    Some(quote! { #(#all),* })
}

#[cfg(test)]
mod tests {
    use super::places;

    /// As Python's `list(range(n))[start:end:step]`.
    #[test]
    fn slices_count_as_python() {
        assert_eq!(places([None, None, None], 3), [0, 1, 2]);
        assert_eq!(places([Some(1), None, None], 3), [1, 2]);
        assert_eq!(places([None, Some(-1), None], 3), [0, 1]);
        assert_eq!(places([Some(-2), Some(9), None], 3), [1, 2]);
        assert_eq!(places([Some(2), Some(1), None], 3), [0usize; 0]);
        assert_eq!(places([None, None, Some(-1)], 3), [2, 1, 0]);
        assert_eq!(places([Some(1), None, Some(-1)], 3), [1, 0]);
        assert_eq!(places([None, Some(0), Some(-2)], 5), [4, 2]);
        assert_eq!(places([Some(i128::MIN + 1), Some(i128::MAX), Some(i128::MAX)], 3), [0]);
        assert_eq!(places([None, None, Some(-1)], 0), [0usize; 0]);
    }
}
