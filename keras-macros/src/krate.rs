//! Where the crate is: `crate = my::keras;` in front of a model, for crates that re-export it under another name.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::Path;

/// Takes `crate = path;` from the front of what the macro is given.
///
/// # Errors
/// What stands there is no path.
pub fn split(tokens: TokenStream) -> (Option<syn::Result<Path>>, TokenStream) {
    let mut trees = tokens.clone().into_iter();
    let is_crate = matches!(trees.next(), Some(TokenTree::Ident(word)) if word == "crate");
    let is_assigned = matches!(trees.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '=');
    if !is_crate || !is_assigned {
        return (None, tokens);
    }
    let mut path = TokenStream::new();
    for tree in trees.by_ref() {
        if matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == ';') {
            break;
        }
        path.extend([tree]);
    }
    let front = tokens.into_iter().take(2).collect::<TokenStream>();
    let path = syn::parse::Parser::parse2(Path::parse_mod_style, path).map_err(|_| {
        let message =
            "`crate` is the path of the crate that re-exports `keras_core`: `crate = ::my_crate::keras;`";
        syn::Error::new_spanned(front, message)
    });
    (Some(path), trees.collect())
}

/// The tokens with `path` in the place of `::keras_core`.
pub fn placed(path: &TokenStream, tokens: TokenStream) -> TokenStream {
    let mut out: Vec<TokenTree> = Vec::new();
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => {
                let mut new = Group::new(group.delimiter(), placed(path, group.stream()));
                new.set_span(group.span());
                out.push(TokenTree::Group(new));
            }
            TokenTree::Ident(name) if name == "keras_core" && is_root(&out) => {
                out.truncate(out.len() - 2);
                out.extend(path.clone());
            }
            tree => out.push(tree),
        }
    }
    out.into_iter().collect()
}

/// Whether these tokens end in a `::` that begins a path.
fn is_root(tokens: &[TokenTree]) -> bool {
    let colon = |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ':');
    let [before @ .., a, b] = tokens else { return false };
    // What stands before is a segment of the path, unless it is a keyword such as `impl`, or a lifetime.
    let begins = match before {
        [.., TokenTree::Punct(quote), TokenTree::Ident(_)] if quote.as_char() == '\'' => true,
        [.., TokenTree::Ident(word)] => {
            ["as", "dyn", "for", "impl", "in", "mut", "use"].iter().any(|keyword| word == keyword)
        }
        _ => true,
    };
    colon(a) && colon(b) && begins
}
