//! How large a model may be. What passes a limit is told on the token that does, before anything is read: so that no
//! source makes the macro slow, or takes all memory or the stack.

use proc_macro2::{Delimiter, Group, Spacing, Span, TokenStream, TokenTree, token_stream};

/// The most tokens of a `model!`.
const TOKENS: usize = 100_000;
/// The most brackets, braces and parentheses inside each other.
const DEPTH: usize = 64;
/// The most tokens that stand between two `,`, `;` or `=>`: of an expression that is an argument. The reader of
/// expressions goes one call deeper with each operator.
const RUN: usize = 400;
/// The same between two `;` or `=>`, numbers not counted.
const LONG_RUN: usize = 2_000;
/// The most `<` and `|` that are open at once.
const OPEN: usize = 64;
/// The most letters of an identifier.
const LETTERS: usize = 256;
/// The most layers and inputs of a model, each application and each repetition counted.
pub const STEPS: usize = 2_000;
/// The most mistakes that are reported at once.
pub const MISTAKES: usize = 40;
/// The most characters of a message.
pub const MESSAGE: usize = 3_000;

/// The tokens, if they are within the limits.
///
/// # Errors
/// The tokens with an empty body in place of that of the model, and what to say of it.
pub fn within(tokens: TokenStream) -> Result<TokenStream, (TokenStream, syn::Error)> {
    match check(tokens.clone()) {
        Ok(()) => Ok(tokens),
        Err(error) => Err((hollow(tokens), error)),
    }
}

/// The tokens without what is in their brackets.
pub fn outline(tokens: &TokenStream) -> TokenStream {
    let empty = |tree| match tree {
        TokenTree::Group(group) => {
            let mut empty = Group::new(group.delimiter(), TokenStream::new());
            empty.set_span(group.span());
            TokenTree::Group(empty)
        }
        tree => tree,
    };
    tokens.clone().into_iter().map(empty).collect()
}

/// `pub struct Name { .. }` without what is in the braces; nothing for a model without a name.
pub fn hollow(tokens: TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let keyword = trees.iter().position(|tree| matches!(tree, TokenTree::Ident(word) if *word == "struct"));
    let Some((keyword, name)) = keyword.and_then(|at| Some((at, trees.get(at + 1)?))) else {
        return TokenStream::new();
    };
    let public = trees[..keyword].iter().any(|tree| matches!(tree, TokenTree::Ident(word) if *word == "pub"));
    let public = public.then(|| TokenTree::Ident(proc_macro2::Ident::new("pub", Span::call_site())));
    let body = TokenTree::Group(Group::new(Delimiter::Brace, TokenStream::new()));
    // Its parameters, so that its uses are none with too many.
    let is_brace =
        |tree: &TokenTree| matches!(tree, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace);
    let after = &trees[keyword + 2..];
    let params = after.iter().position(is_brace).map_or(&[] as &[TokenTree], |end| &after[..end]);
    public
        .into_iter()
        .chain([trees[keyword].clone(), name.clone()])
        .chain(params.iter().cloned())
        .chain([body])
        .collect()
}

/// One bracket that is being gone through: what is left of it, and what has been met since the last separator.
struct Level {
    trees: token_stream::IntoIter,
    run: usize,
    long_run: usize,
    open: usize,
    /// Whether the last token was a `=` or `-` that a `>` makes an arrow.
    arrow: Option<char>,
}

impl Level {
    fn new(tokens: TokenStream) -> Self {
        Level { trees: tokens.into_iter(), run: 0, long_run: 0, open: 0, arrow: None }
    }

    /// Counts a token in; says what is wrong, if anything is.
    fn count(&mut self, tree: &TokenTree) -> Result<(), String> {
        let arrow = self.arrow.take();
        self.run += 1;
        self.long_run += usize::from(!matches!(tree, TokenTree::Literal(_)));
        if let TokenTree::Punct(punct) = tree {
            let c = punct.as_char();
            match (c, arrow) {
                (';' | '#', _) | ('>', Some('=')) => (self.run, self.long_run, self.open) = (0, 0, 0),
                (',', _) => (self.run, self.long_run) = (0, self.long_run - 1),
                ('<' | '|', _) => self.open += 1,
                ('>', None) => self.open = self.open.saturating_sub(1),
                ('=' | '-', _) if punct.spacing() == Spacing::Joint => self.arrow = Some(c),
                _ => {}
            }
        }
        if self.run > RUN || self.long_run > LONG_RUN {
            let limit = if self.run > RUN { RUN } else { LONG_RUN };
            return Err(format!(
                "a layer or an expression has at most {limit} tokens in a row\nhelp: layers are joined by `=>`; a long expression can be a constant or a function outside of `model!`"
            ));
        }
        if self.open > OPEN {
            return Err(format!("at most {OPEN} `<` or `|` may be open here"));
        }
        Ok(())
    }
}

fn check(tokens: TokenStream) -> syn::Result<()> {
    let mut levels = vec![Level::new(tokens)];
    let mut count = 0;
    while let Some(level) = levels.last_mut() {
        let Some(tree) = level.trees.next() else {
            levels.pop();
            continue;
        };
        count += 1;
        let wrong = |message: String| Err(syn::Error::new(tree.span(), message));
        if count > TOKENS {
            return wrong(format!(
                "a model has at most {TOKENS} tokens\nhelp: parts of it can be models of their own, which stand in it as layers"
            ));
        }
        if let Err(message) = level.count(&tree) {
            return wrong(message);
        }
        match &tree {
            TokenTree::Group(group) if levels.len() == DEPTH => {
                let message = format!("at most {DEPTH} brackets may stand inside each other");
                return Err(syn::Error::new(group.span_open(), message));
            }
            TokenTree::Group(group) => levels.push(Level::new(group.stream())),
            TokenTree::Ident(ident) => {
                let letters = ident.to_string().len();
                if letters > LETTERS {
                    return wrong(format!("a name has at most {LETTERS} letters; this one has {letters}"));
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    Ok(())
}
