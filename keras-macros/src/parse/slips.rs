//! Slips of the hand between tokens: a `;` that is missing at the end of a line, `->` for `=>`.

use proc_macro2::{Punct, Spacing, Span, TokenStream, TokenTree};

use super::split::is_arrow;
use crate::error::Errors;

/// The tokens of a body with a `;` where one is missing, which is noted: before a `let`, and at the end of a line that binds a
/// name, behind which another line begins.
pub fn semicolons(tokens: TokenStream, errors: &mut Errors) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut out: Vec<TokenTree> = Vec::new();
    let (mut starts, mut binds) = (true, false);
    for (i, tree) in trees.iter().enumerate() {
        let is_let = matches!(tree, TokenTree::Ident(word) if word == "let");
        if !starts && (is_let || binds && begins_a_line(&trees, i)) {
            let before = &trees[i - 1];
            errors.over(before, "a `;` is missing at the end of this line");
            let mut semicolon = Punct::new(';', Spacing::Alone);
            semicolon.set_span(before.span());
            out.push(semicolon.into());
            starts = true;
        }
        if starts {
            binds = is_let || trees.get(i..i + 4).is_some_and(super::added::is_line);
        }
        starts =
            matches!(tree, TokenTree::Punct(p) if p.as_char() == ';') || ends_in_braces(&trees, i, binds);
        out.push(tree.clone());
    }
    out.into_iter().collect()
}

/// Whether a loop or a choice ends here, which needs no semicolon.
fn ends_in_braces(trees: &[TokenTree], i: usize, binds: bool) -> bool {
    !binds && super::flow::is_brace(&trees[i])
}

/// Whether a line begins here that does not go on with the one before.
fn begins_a_line(trees: &[TokenTree], i: usize) -> bool {
    let (Some(before), tree) = (i.checked_sub(1).and_then(|i| trees.get(i)), &trees[i]) else { return false };
    let ends = matches!(before, TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Literal(_));
    let begins = matches!(tree, TokenTree::Ident(word) if word != "else");
    let words = ["let", "mut", "if", "else", "in"];
    let goes_on = matches!(before, TokenTree::Ident(word) if words.iter().any(|known| word == known));
    ends && begins && !goes_on && end_of(before.span()) < line_of(tree.span())
}

fn line_of(span: Span) -> usize {
    span.start().line
}

fn end_of(span: Span) -> usize {
    span.end().line
}

/// The tokens of a chain with `=>` in the place of `->`, which is noted.
pub fn arrows(tokens: TokenStream, errors: &mut Errors) -> TokenStream {
    let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
    for i in 0..trees.len().saturating_sub(1) {
        let (TokenTree::Punct(minus), TokenTree::Punct(end)) = (&trees[i], &trees[i + 1]) else { continue };
        if minus.as_char() == '-' && minus.spacing() == Spacing::Joint && end.as_char() == '>' {
            errors.over(
                trees[i..i + 2].iter().cloned().collect::<TokenStream>(),
                "the arrow between layers is `=>`",
            );
            let mut equals = Punct::new('=', Spacing::Joint);
            equals.set_span(trees[i].span());
            trees[i] = equals.into();
            debug_assert!(is_arrow(&trees, i));
        }
    }
    trees.into_iter().collect()
}
