//! Bounds that the compiler does not quote.
//!
//! An argument that does not fit a bound is an error of 7 lines on how the function is declared, behind the lines that
//! say what is wrong. The compiler leaves them out where a bound has no place: where its first word and its last are
//! not from one file. So the first word of a bound gets the place of a token of another file.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

/// The item with the first word of each bound by one of the traits named in `names` moved to the place of the first
/// token of `names`.
pub fn border(names: TokenStream, item: TokenStream) -> TokenStream {
    let mut names = names.into_iter().filter_map(|token| match token {
        TokenTree::Ident(name) => Some(name),
        _ => None,
    });
    let Some(far) = names.next() else { return item };
    let names: Vec<Ident> = names.collect();
    signatures(item, &names, far.span(), 0)
}

/// `braces` counts the braces around: the bodies of functions, two deep, are left alone.
fn signatures(tokens: TokenStream, names: &[Ident], far: Span, braces: usize) -> TokenStream {
    let mut moved = TokenStream::new();
    let mut in_path = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let generic = matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '<');
        match token {
            TokenTree::Group(group) => {
                let inside = braces + usize::from(group.delimiter() == Delimiter::Brace);
                let stream =
                    if inside > 1 { group.stream() } else { signatures(group.stream(), names, far, inside) };
                let mut new = Group::new(group.delimiter(), stream);
                new.set_span(group.span());
                moved.extend([TokenTree::Group(new)]);
                in_path = false;
            }
            TokenTree::Ident(mut name) if !in_path && generic && names.contains(&name) => {
                name.set_span(name.span().located_at(far));
                moved.extend([TokenTree::Ident(name)]);
            }
            TokenTree::Ident(name) if !in_path && names.contains(&name) => {
                // `self::Name`: with a path, a name that stands alone has two ends too.
                let first = Ident::new("self", name.span().located_at(far));
                let mut colons = [Punct::new(':', Spacing::Joint), Punct::new(':', Spacing::Alone)];
                colons.iter_mut().for_each(|colon| colon.set_span(name.span()));
                moved.extend([TokenTree::Ident(first)]);
                moved.extend(colons.map(TokenTree::Punct));
                moved.extend([TokenTree::Ident(name)]);
            }
            token => {
                in_path = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':' && in_path_after(&moved));
                moved.extend([token]);
            }
        }
    }
    moved
}

/// Whether a colon behind these tokens is the second of `::`.
fn in_path_after(tokens: &TokenStream) -> bool {
    matches!(
        tokens.clone().into_iter().last(),
        Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint
    )
}
