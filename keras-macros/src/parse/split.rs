//! Cutting a stream of tokens at separators. Each piece is then read on its own, so that one broken
//! layer does not hide the mistakes of the next.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// Cuts at a punctuation character at top level.
pub fn at_char(tokens: TokenStream, separator: char) -> Vec<TokenStream> {
    cut(tokens, |trees, i| match &trees[i] {
        TokenTree::Punct(p) if p.as_char() == separator => Some(1),
        _ => None,
    })
}

/// Cuts at `=>` at top level; the second part are the arrows.
pub fn at_arrow(tokens: TokenStream) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let mut arrows = Vec::new();
    let pieces = cut(tokens, |trees, i| {
        is_arrow(trees, i).then(|| {
            arrows.push(trees[i..i + 2].iter().cloned().collect());
            2
        })
    });
    (pieces, arrows)
}

/// Cuts at commas that are not inside generic arguments or among the parameters of a function without a name:
/// `Own::<A, B>(1), |x, y| x + y, {"add": |x, y| x + y}`, and Python's `lambda x, y: x + y`, which is refused as a whole.
pub fn at_comma(tokens: TokenStream) -> Vec<TokenStream> {
    let mut depth = 0usize;
    let mut closure = Closure { may_begin: true, ..Closure::default() };
    cut(tokens, |trees, i| {
        if closure.holds(trees, i) {
            return None;
        }
        if let TokenTree::Punct(p) = &trees[i] {
            let after_colon = i > 0 && matches!(&trees[i - 1], TokenTree::Punct(q) if q.as_char() == ':');
            match p.as_char() {
                '<' if after_colon || depth > 0 => depth += 1,
                '>' if depth > 0 => depth -= 1,
                ',' if depth == 0 => return Some(1),
                _ => {}
            }
        }
        None
    })
}

/// Where the parameters of a function without a name begin and end.
#[derive(Default)]
struct Closure {
    /// Whether a bar here begins one: at the beginning of a piece, behind `key:`, `name =` and the parameters of another.
    may_begin: bool,
    in_bars: bool,
    in_lambda: bool,
}

impl Closure {
    /// Whether the next token is one of its parameters, or a bar at their side.
    fn holds(&mut self, trees: &[TokenTree], i: usize) -> bool {
        let may_begin = std::mem::replace(&mut self.may_begin, false);
        let sign = match &trees[i] {
            TokenTree::Punct(sign) => sign.as_char(),
            TokenTree::Ident(word) if may_begin && word == "lambda" && is_lambda(&trees[i + 1..]) => {
                self.in_lambda = true;
                return true;
            }
            _ => return self.in_bars || self.in_lambda,
        };
        if self.in_lambda {
            self.in_lambda = sign != ':';
            return true;
        }
        if sign == '|' && (may_begin || self.in_bars) {
            self.in_bars = !self.in_bars;
            self.may_begin = !self.in_bars;
            return true;
        }
        self.may_begin = !self.in_bars && matches!(sign, ',' | ':' | '=');
        self.in_bars
    }
}

/// Whether the parameters of Python's `lambda` stand behind this word, which may be a name in Rust: `[lambda, x]`.
fn is_lambda(behind: &[TokenTree]) -> bool {
    let sign = |at: usize| match behind.get(at) {
        Some(TokenTree::Punct(sign)) => Some(sign.as_char()),
        _ => None,
    };
    let begins = match (behind.first(), sign(0)) {
        (_, Some(sign)) => matches!(sign, ':' | '*'),
        (Some(TokenTree::Ident(_)), _) => matches!(sign(1), Some(',' | ':' | '=')),
        _ => false,
    };
    begins && (0..behind.len()).any(|at| sign(at) == Some(':'))
}

/// Whether a colon stands here that is not of a path, as in `at::HIDDEN`. `::2` is one of a slice.
pub fn has_colon(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_colon = |at: usize| matches!(trees.get(at), Some(TokenTree::Punct(sign)) if sign.as_char() == ':');
    let mut at = 0;
    while at < trees.len() {
        if is_colon(at) {
            if !is_colon(at + 1) || !matches!(trees.get(at + 2), Some(TokenTree::Ident(_))) {
                return true;
            }
            at += 1;
        }
        at += 1;
    }
    false
}

/// Whether `=>` begins here.
pub fn is_arrow(trees: &[TokenTree], i: usize) -> bool {
    matches!(
        (&trees[i], trees.get(i + 1)),
        (TokenTree::Punct(a), Some(TokenTree::Punct(b)))
            if a.as_char() == '=' && a.spacing() == Spacing::Joint && b.as_char() == '>'
    )
}

fn cut(
    tokens: TokenStream,
    mut separator: impl FnMut(&[TokenTree], usize) -> Option<usize>,
) -> Vec<TokenStream> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut pieces = vec![Vec::new()];
    let mut i = 0;
    while i < trees.len() {
        match separator(&trees, i) {
            Some(width) => {
                pieces.push(Vec::new());
                i += width;
            }
            None => {
                if let Some(piece) = pieces.last_mut() {
                    piece.push(trees[i].clone());
                }
                i += 1;
            }
        }
    }
    pieces.into_iter().map(|piece| piece.into_iter().collect()).collect()
}

/// The one group of this delimiter that a stream consists of.
pub fn only_group(tokens: &TokenStream, delimiter: Delimiter) -> Option<Group> {
    let mut trees = tokens.clone().into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

/// Takes away the optional `<` and `>` around a body.
pub fn without_angles(tokens: TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is =
        |tree: Option<&TokenTree>, c: char| matches!(tree, Some(TokenTree::Punct(p)) if p.as_char() == c);
    // A `>` that ends an arrow is a half-written chain, not a bracket.
    let ends_in_arrow = trees.len() >= 2 && is_arrow(&trees, trees.len() - 2);
    if is(trees.first(), '<') && is(trees.last(), '>') && !ends_in_arrow {
        trees[1..trees.len() - 1].iter().cloned().collect()
    } else {
        tokens
    }
}
