//! How large a model may be. What passes a limit is told on the token that does, before anything is read: so that no
//! source makes the macro slow, or takes all memory or the stack.

use proc_macro2::{Delimiter, Group, Punct, Spacing, Span, TokenStream, TokenTree, token_stream};

/// The most tokens of a `model!`.
const TOKENS: usize = 60_000;
/// The most things that stand inside each other: brackets, `<` and `|` that are open, and what stands in front of an
/// expression or a type, as `&`, `-` or `return`. Who reads them goes several calls deeper with each.
const DEPTH: usize = 64;
/// The most `<` of these, and of what stands in front: types take the most of the stack.
const TYPES: usize = 32;
/// The most tokens that stand between two `,`, `;` or `=>`: of an expression that is an argument, with those around the
/// brackets that it stands in. The reader of expressions goes one call deeper with each operator.
const RUN: usize = 400;
/// The same between two `;` or `=>`, numbers not counted, without those around brackets.
const LONG_RUN: usize = 2_000;
/// The most letters of an identifier, and digits of a number.
const LETTERS: usize = 256;
/// The most characters of a text.
const TEXT: usize = 10_000;
/// The most tokens of a value that a name stands for.
const VALUE: usize = 1_000;
/// The most layers and inputs of a model, each application and each repetition counted.
pub const STEPS: usize = 1_500;
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

/// Checks a value that a name stands for. It is put in the place of the name, in a value of another name too, and so may
/// grow without end.
///
/// # Errors
/// What to say of it.
pub fn value(tokens: &TokenStream) -> Result<(), String> {
    // Half of each limit is left to what stands around the name.
    let around = Count { run: RUN / 2, brackets: DEPTH / 2, types: TYPES / 2, ..Count::default() };
    match measured(tokens.clone(), around) {
        Ok(count) if count <= VALUE => Ok(()),
        Ok(_) => Err(format!("this value is too large: it has at most {VALUE} tokens")),
        Err(error) => Err(format!("this value is too large: {error}")),
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
    // Brackets in the place of the name may hold anything.
    if !matches!(name, TokenTree::Ident(_)) {
        return TokenStream::new();
    }
    let public = trees[..keyword].iter().any(|tree| matches!(tree, TokenTree::Ident(word) if *word == "pub"));
    let public = public.then(|| TokenTree::Ident(proc_macro2::Ident::new("pub", Span::call_site())));
    let body = TokenTree::Group(Group::new(Delimiter::Brace, TokenStream::new()));
    // Its parameters, so that its uses are none with too many.
    let is_brace =
        |tree: &TokenTree| matches!(tree, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace);
    let after = &trees[keyword + 2..];
    let params = after.iter().position(is_brace).map_or(&[] as &[TokenTree], |end| &after[..end]);
    let params = if check(params.iter().cloned().collect()).is_ok() { params } else { &[] };
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
    long_run: usize,
    /// With what stands around the bracket.
    here: Count,
    around: Count,
    /// Whether an attribute has begun, which is no part of an expression.
    attribute: bool,
    last: Last,
}

/// What has been met on the way to a token.
#[derive(Clone, Copy, Default)]
struct Count {
    run: usize,
    brackets: usize,
    /// `<` that are open.
    types: usize,
    /// `|`, of which nobody knows which of them close.
    bars: usize,
    /// What stands in front of an expression or a type.
    prefixes: usize,
}

impl Count {
    fn depth(self) -> usize {
        self.brackets + self.types + self.bars + self.prefixes
    }
}

/// What the last token was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// The end of an expression, as far as a token says that.
    Operand,
    /// A `=` or `-` that a `>` makes an arrow.
    Arrow(char),
    /// The `'` of a lifetime.
    Quote,
    Other,
}

/// Words in front of an expression or a type.
const PREFIXES: [&str; 24] = [
    "as", "async", "await", "become", "box", "break", "const", "do", "dyn", "else", "fn", "for", "if",
    "impl", "let", "loop", "match", "move", "mut", "ref", "return", "unsafe", "while", "yield",
];

impl Level {
    fn new(tokens: TokenStream, around: Count) -> Self {
        let last = Last::Other;
        Level { trees: tokens.into_iter(), long_run: 0, here: around, around, attribute: false, last }
    }

    /// Counts a token in; says what is wrong, if anything is.
    fn count(&mut self, tree: &TokenTree) -> Result<(), String> {
        if self.is_of_attribute(tree) {
            return Ok(());
        }
        let last = std::mem::replace(&mut self.last, Last::Other);
        self.here.run += 1;
        self.long_run += usize::from(!matches!(tree, TokenTree::Literal(_)));
        match tree {
            TokenTree::Punct(punct) => self.punct(punct, last),
            TokenTree::Ident(_) if last == Last::Quote => {}
            TokenTree::Ident(word) if PREFIXES.iter().any(|prefix| word == prefix) => self.here.prefixes += 1,
            _ => self.last = Last::Operand,
        }
        let is_long = self.long_run > LONG_RUN;
        if self.here.run > RUN || is_long {
            let limit = if is_long { LONG_RUN } else { RUN };
            return Err(format!(
                "a layer or an expression has at most {limit} tokens in a row\nhelp: layers are joined by `=>`; a long expression can be a constant or a function outside of `model!`"
            ));
        }
        if self.here.types + self.here.prefixes > TYPES {
            return Err(format!(
                "at most {TYPES} of `<`, `&`, `-`, `if` and the like may stand inside each other"
            ));
        }
        if self.here.depth() > DEPTH {
            return Err(format!("at most {DEPTH} brackets and `|` may stand inside each other"));
        }
        Ok(())
    }

    fn punct(&mut self, punct: &Punct, last: Last) {
        let (c, here, around) = (punct.as_char(), &mut self.here, &self.around);
        match (c, last) {
            (';', _) | ('>', Last::Arrow('=')) => (*here, self.long_run) = (*around, 0),
            (',', _) => {
                self.long_run -= 1;
                // The next argument, unless it is one of a type or of a closure.
                if (here.types, here.bars) == (around.types, around.bars) {
                    *here = *around;
                }
            }
            ('<', _) => here.types += 1,
            ('|', _) => here.bars += 1,
            ('>', Last::Arrow(_)) => here.prefixes += 1,
            ('>', _) => {
                here.types = here.types.saturating_sub(1).max(around.types);
                self.last = Last::Operand;
            }
            ('?', _) => self.last = Last::Operand,
            ('\'', _) => self.last = Last::Quote,
            // In front of an operand, not between two.
            ('&' | '*' | '-' | '!' | '.', Last::Other) => here.prefixes += 1,
            _ => {}
        }
        if matches!(c, '=' | '-') && punct.spacing() == Spacing::Joint {
            self.last = Last::Arrow(c);
        }
    }

    /// Whether a token is of an attribute: `#[doc = "..."]`.
    fn is_of_attribute(&mut self, tree: &TokenTree) -> bool {
        let begun = std::mem::take(&mut self.attribute);
        self.attribute = match tree {
            TokenTree::Punct(punct) => punct.as_char() == '#' || (begun && punct.as_char() == '!'),
            _ => false,
        };
        self.attribute || (begun && matches!(tree, TokenTree::Group(_)))
    }
}

fn check(tokens: TokenStream) -> syn::Result<()> {
    measured(tokens, Count::default()).map(|_| ())
}

/// How many tokens these are, which are within the limits.
fn measured(tokens: TokenStream, around: Count) -> syn::Result<usize> {
    let mut levels = vec![Level::new(tokens, around)];
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
        if let Err(message) = level.count(&tree).and_then(|()| letters(&tree)) {
            return wrong(message);
        }
        if let TokenTree::Group(group) = &tree {
            let around = Count { brackets: level.here.brackets + 1, ..level.here };
            // A statement may end with it.
            if group.delimiter() == Delimiter::Brace && level.here.types == level.around.types {
                level.here.prefixes = level.around.prefixes;
            }
            if around.depth() > DEPTH {
                let message = format!("at most {DEPTH} brackets may stand inside each other");
                return Err(syn::Error::new(group.span_open(), message));
            }
            levels.push(Level::new(group.stream(), around));
        }
    }
    Ok(count)
}

/// Checks the length of a token.
fn letters(tree: &TokenTree) -> Result<(), String> {
    let (text, most, what) = match tree {
        TokenTree::Ident(ident) => (ident.to_string(), LETTERS, "a name has at most {} letters"),
        TokenTree::Literal(literal) => match literal.to_string() {
            text if text.starts_with(|c: char| c.is_ascii_digit()) => {
                (text, LETTERS, "a number has at most {} digits")
            }
            text => (text, TEXT, "a text has at most {} characters"),
        },
        TokenTree::Punct(_) | TokenTree::Group(_) => return Ok(()),
    };
    if text.len() <= most {
        return Ok(());
    }
    Err(format!("{}; this one has {}", what.replace("{}", &most.to_string()), text.len()))
}
