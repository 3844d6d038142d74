//! Mutations of a model's tokens.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// Numbers that look random and follow from a seed (splitmix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 if there is none.
    fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() % n as u64) as usize }
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// How many brackets may stand inside each other: more the tests' own stack could not print, and some thousands more
/// rustc's parser does not bear.
const DEEPEST: usize = 3_000;

/// A model of `models` with one to eight mutations.
pub fn mutant(models: &[TokenStream], random: &mut Random) -> TokenStream {
    loop {
        let mutant = any_mutant(models, random);
        if !deeper(mutant.clone(), DEEPEST) {
            return mutant;
        }
    }
}

/// Whether more brackets than that stand inside each other.
fn deeper(tokens: TokenStream, than: usize) -> bool {
    let mut level = vec![tokens];
    for _ in 0..=than {
        let inner = |tree| if let TokenTree::Group(group) = tree { Some(group.stream()) } else { None };
        level = level.into_iter().flatten().filter_map(inner).collect();
        if level.is_empty() {
            return false;
        }
    }
    true
}

fn any_mutant(models: &[TokenStream], random: &mut Random) -> TokenStream {
    let mut tokens = random.pick(models).clone();
    if random.one_in(3) {
        tokens = headed(tokens, random);
    }
    let most = if random.one_in(4) { 8 } else { 3 };
    for _ in 0..1 + random.below(most) {
        tokens = mutated(tokens, models, random, 0);
    }
    tokens
}

/// A value as a named model, or as one that leaves its numbers to constants.
fn headed(tokens: TokenStream, random: &mut Random) -> TokenStream {
    if tokens.clone().into_iter().any(|tree| matches!(tree, TokenTree::Ident(word) if word == "struct")) {
        return tokens;
    }
    let name = random.pick(&["Model", "M\u{f6}del", "r#type", "T"]);
    let name = match name.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()),
        None => Ident::new(name, Span::call_site()),
    };
    let body = if random.one_in(2) { with_constants(tokens, random) } else { tokens };
    quote::quote! { struct #name { #body } }
}

/// Some numbers replaced by named constants, which only the compiler can evaluate.
fn with_constants(tokens: TokenStream, random: &mut Random) -> TokenStream {
    let trees = tokens.into_iter().map(|tree| match tree {
        TokenTree::Literal(_) if random.one_in(2) => TokenTree::Ident(Ident::new("WIDTH", Span::call_site())),
        TokenTree::Group(group) => {
            TokenTree::Group(Group::new(group.delimiter(), with_constants(group.stream(), random)))
        }
        other => other,
    });
    trees.collect()
}

fn mutated(tokens: TokenStream, models: &[TokenStream], random: &mut Random, depth: usize) -> TokenStream {
    let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
    let groups: Vec<usize> = (0..trees.len()).filter(|i| matches!(trees[*i], TokenTree::Group(_))).collect();
    if !groups.is_empty() && depth < 40 && !random.one_in(3) {
        let at = *random.pick(&groups);
        if let TokenTree::Group(group) = &trees[at] {
            let inner = mutated(group.stream(), models, random, depth + 1);
            trees[at] = TokenTree::Group(Group::new(group.delimiter(), inner));
        }
        return trees.into_iter().collect();
    }
    change(&mut trees, models, random);
    trees.into_iter().collect()
}

fn change(trees: &mut Vec<TokenTree>, models: &[TokenStream], random: &mut Random) {
    let at = random.below(trees.len());
    let end = (at + 1 + random.below(6)).min(trees.len());
    if trees.is_empty() {
        trees.extend(extreme(random));
        return;
    }
    match random.below(12) {
        0 => drop(trees.drain(at..end)),
        1 => drop(trees.remove(at)),
        2 => {
            let copy = trees[at..end].to_vec();
            trees.splice(at..at, copy);
        }
        3 => {
            let other = random.below(trees.len());
            trees.swap(at, other);
        }
        4 => drop(trees.splice(at..end, piece(random.pick(models).clone(), random))),
        5 => drop(trees.splice(at..at, piece(random.pick(models).clone(), random))),
        6 | 7 => drop(trees.splice(at..at + 1, extreme(random))),
        8 => {
            let inner = trees[at..end].to_vec();
            drop(trees.splice(at..end, [nested(inner, random)]));
        }
        9 => repeat(trees, at, end, random),
        10 => {
            let token = *random
                .pick(&['=', '>', '<', ';', ',', ':', '.', '-', '|', '#', '&', '!', '?', '$', '@', '\'']);
            let spacing = if random.one_in(2) { Spacing::Joint } else { Spacing::Alone };
            // A single quote is part of a lifetime only.
            let token = if token == '\'' { '*' } else { token };
            trees.insert(at, TokenTree::Punct(Punct::new(token, spacing)));
        }
        _ => {
            if let TokenTree::Group(group) = &trees[at] {
                let delimiters = [Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::Brace];
                trees[at] = TokenTree::Group(Group::new(*random.pick(&delimiters), group.stream()));
            } else {
                drop(trees.splice(at..at + 1, extreme(random)));
            }
        }
    }
}

/// A few tokens of another model.
fn piece(tokens: TokenStream, random: &mut Random) -> Vec<TokenTree> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let at = random.below(trees.len());
    let end = (at + 1 + random.below(8)).min(trees.len());
    if at < end { trees[at..end].to_vec() } else { Vec::new() }
}

/// The same stretch many times, once in a while thousands of times.
fn repeat(trees: &mut Vec<TokenTree>, at: usize, end: usize, random: &mut Random) {
    let times = if random.one_in(40) { 3_000 } else { 1 + random.below(20) };
    let copy = trees[at..end].to_vec();
    let separators: [&[char]; 4] = [&[], &[','], &[';'], &['=', '>']];
    let separator = *random.pick(&separators);
    let mut all = Vec::new();
    for _ in 0..times {
        all.extend(copy.iter().cloned());
        for (i, c) in separator.iter().enumerate() {
            let spacing = if i + 1 < separator.len() { Spacing::Joint } else { Spacing::Alone };
            all.push(TokenTree::Punct(Punct::new(*c, spacing)));
        }
    }
    drop(trees.splice(at..at, all));
}

/// Tokens in brackets, in a repetition, or in many brackets.
fn nested(inner: Vec<TokenTree>, random: &mut Random) -> TokenTree {
    let depth = if random.one_in(30) { 60 + random.below(2_000) } else { 1 + random.below(4) };
    let mut stream: TokenStream = inner.into_iter().collect();
    let repeated = random.one_in(3);
    let mut group = None;
    for _ in 0..depth {
        let delimiter = match random.below(5) {
            _ if repeated => Delimiter::Bracket,
            0 | 1 => Delimiter::Parenthesis,
            2 | 3 => Delimiter::Bracket,
            _ => Delimiter::Brace,
        };
        if repeated {
            stream.extend([TokenTree::Punct(Punct::new(';', Spacing::Alone))]);
            let count = *random.pick(&[0, 1, 2, 10, 100, 4_000, usize::MAX]);
            stream.extend([TokenTree::Literal(Literal::usize_unsuffixed(count))]);
        }
        let next = TokenTree::Group(Group::new(delimiter, std::mem::take(&mut stream)));
        stream.extend([next.clone()]);
        group = Some(next);
    }
    group.unwrap_or_else(|| TokenTree::Group(Group::new(Delimiter::None, stream)))
}

/// Numbers, words and small pieces of source at the edge of what is allowed, or past it.
const PIECES: &[&str] = &[
    "0",
    "1",
    "2",
    "-1",
    "3.5",
    "1e300",
    "1e-300",
    "1e999",
    "-0.0",
    "255u8",
    "0xFF",
    "1_000",
    "4294967296",
    "281474976710656",
    "281474976710657",
    "4611686018427387904",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "170141183460469231731687303715884105727",
    "170141183460469231731687303715884105728",
    "'c'",
    "b\"x\"",
    "\"\"",
    "\"a/b\"",
    "\"x\u{b2}\"",
    "\"a\\nb\"",
    "\"same\"",
    "\"a-b\"",
    "\"a_b\"",
    "\"__core\"",
    "\"type\"",
    "\"r#x\"",
    "None",
    "true",
    "True",
    "relu",
    "softmax",
    "glu",
    "same",
    "causal",
    "channels_first",
    "int32",
    "x",
    "_",
    "r#type",
    "r#fn",
    "type",
    "self",
    "Self",
    "crate",
    "super",
    "let",
    "box",
    "struct",
    "Input",
    "Lambda",
    "Sequential",
    "HIDDEN",
    "2 * HIDDEN",
    "1. / 255",
    "A + B",
    "WIDTH / 0",
    "\u{f6}",
    "e\u{301}",
    "name = \"same\"",
    "name = \"a/b\"",
    "name = x",
    "name",
    "trainable = false",
    "dtype = float32",
    "mask = None",
    "mask = x",
    "initial_state = [x, x]",
    "initial_state = x",
    "value_mask = x",
    "tensor = T",
    "tensor = 3 +",
    "tensor = Tensor<(Dyn, Len<4>)>",
    "time: None",
    "time: 5",
    "batch = 3",
    "shape = (3, 4)",
    "units = 5",
    "return_state = true",
    "return_sequences = true",
    "=> Dense(4611686018427387904)",
    "=> Dense(4)",
    "=> LSTM(9223372036854775807)",
    "=> RepeatVector(4611686018427387904) => Flatten()",
    "=> Own(1, a = 2)",
    "=> own::Layer::<u8, 4>",
    "=> self::Dense(type = 3)",
    "=> Own({\"a\": 1})",
    "=> Lambda(|x, y| x)",
    "=> Lambda(|x| x * 2.0, (3, 4))",
    "=> [Dense(4); 3]",
    "=> [[Dense(1); 100]; 100]",
    "=> (Dense(3) => Dense(4))",
    "=> Sequential([Dense(3), Dense(4)])",
    "=> Bidirectional(LSTM(4, name = \"a/b\"))",
    "=> TimeDistributed(TimeDistributed(Dense(3)))",
    "=> Reshape((4611686018427387904, 4))",
    "=> Reshape((-1, 0))",
    "=> Conv2D(4, 18446744073709551615, dilation_rate = 18446744073709551615)",
    "=> UpSampling2D(4611686018427387904)",
    "=> ZeroPadding2D(((18446744073709551615, 1), (2, 3)))",
    "=> Embedding(4611686018427387904, 8)",
    "=> MultiHeadAttention(4294967296, 4294967296)",
    "[x, x] => Add()",
    "[x, x, x] => Concatenate(axis = -9)",
    "=> Dense(3, kernel_initializer = RandomNormal(stddev = 1e999))",
    "=> Dense(3, kernel_regularizer = L2(-1))",
    "let x = Input(4);",
    "let (a, b) = x => LSTM(4, return_state = true);",
    "let b = Dense(3) => Dense(4);",
    "let c = b => b;",
    "let _ = Input(3);",
    "let x = x => Dense(4);",
    "; ;",
    ", ,",
    "=> =>",
    "..",
    "::",
    "#[doc = \"x\"]",
    "pub",
    "if true { 1 } else { 2 }",
    "{ const N: usize = 3; N }",
    "|x| x",
    "move |x| { x }",
    "&x",
    "x?",
    "x as usize",
    "return",
    "a.b.c",
    "f::<u8>(1)",
    "[1, 2; 3]",
    "(,)",
    "(1, )",
    "()",
    "[]",
    "{}",
    "\"\\u{0}\"",
    "x!(1)",
    "'a: loop {}",
];

/// One of the [`PIECES`], or a long name or text.
fn extreme(random: &mut Random) -> Vec<TokenTree> {
    if random.one_in(60) {
        let long = "n".repeat(*random.pick(&[65, 129, 257, 100_000]));
        let ident = TokenTree::Ident(Ident::new(&long, Span::call_site()));
        let text = TokenTree::Literal(Literal::string(&long));
        return vec![if random.one_in(2) { ident } else { text }];
    }
    let tokens: TokenStream = random.pick(PIECES).parse().unwrap_or_default();
    tokens.into_iter().collect()
}
