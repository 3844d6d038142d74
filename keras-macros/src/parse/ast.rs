//! The syntax tree of a model.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use keras_shape::Arg;
use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::{Attribute, Expr, Path, Visibility};

use super::axes::Question;
use super::params::Params;

/// A whole `model!`.
pub struct Model {
    /// Attributes, visibility and name, if the model is a named type.
    pub head: Option<Head>,
    /// The name that Keras's `name = "..."` gives it.
    pub name: Option<String>,
    /// The number of the `Sequential` that it is, if it [has begun](Statement::Begun) before its last line.
    pub begun: Option<usize>,
    /// The inputs of `Model(inputs, outputs)`.
    pub inputs: Option<Inputs>,
    /// `let` bindings and what else stands before the last line, in order.
    pub statements: Vec<Statement>,
    /// What the model gives.
    pub tail: Tail,
    /// Expressions that only the compiler can evaluate; `Arg::Expr` is an index into them.
    pub exprs: Vec<Expr>,
    /// What has to hold so that the types of inner models are there: `U2: Mul<H>`.
    pub bounds: Vec<TokenStream>,
    /// The names that elements of lists and dicts are bound to.
    pub made: HashMap<String, Made>,
    /// The policy that its layers compute by, if it says one, and where.
    pub policy: Option<(Arg, TokenStream)>,
    /// Parameters that nothing in the model names.
    pub unused: Vec<Ident>,
    /// The lengths of axes that it asks for, in order.
    pub questions: Vec<Question>,
    /// The tokens of the functions and loops in it, written out.
    pub written: usize,
}

/// What a name stands for that nobody has written: an element of a list or a dict.
pub struct Made {
    /// How the source calls it: `heads["a"]`.
    pub source: String,
    /// Its key, if it is one of a dict.
    pub key: Option<String>,
}

/// `#[derive(Clone)] pub struct Name`.
pub struct Head {
    /// Docs and derives.
    pub attrs: Vec<Attribute>,
    /// `pub` or nothing.
    pub vis: Visibility,
    /// The type's name.
    pub name: Ident,
    /// Its parameters.
    pub params: Rc<Params>,
}

/// What a body says in order, functions applied and loops unrolled.
pub enum Statement {
    /// `let a = chain;`, or an assignment.
    Let(Binding),
    /// A round of a loop, or the branch of an `if` that is taken.
    Scope(Scope),
    /// A function is written here: it sees the names that are bound so far. Its number, its name and its source; whether
    /// it has been applied as a function of values, of which nothing else is left.
    Function(usize, Ident, TokenStream, Rc<Cell<bool>>),
    /// A `Sequential` of this number begins: Keras counts it here, whatever is added to it before it is applied.
    Begun(usize),
    /// The shape of a tensor is asked for: the number of the question, and the name.
    Shape(usize, Ident),
    /// It is asked how many parts of a kind a model or a layer has.
    Count(Count),
    /// A name is bound to a part of a model or a layer.
    Part(PartOf),
    /// The weights of a layer, a block or a model are trained from here on, or are not.
    Trainable(Trainable),
    /// A branch that is not taken, or a loop without rounds. Names in it count as used.
    Skipped(TokenStream),
}

/// A question for the parts of a model or a layer: `base.layers`, `base.outputs`.
pub struct Count {
    /// The number of the question.
    pub number: usize,
    /// Of what it is asked.
    pub of: Ident,
    /// What is asked for.
    pub what: Parts,
    /// How it is written.
    pub tokens: TokenStream,
}

/// What a model or a layer consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// `model.layers`.
    Layers,
    /// `model.inputs`.
    Inputs,
    /// `model.outputs`.
    Outputs,
    /// `layer.input`: what it is given where it is applied first. Of a model as `inputs`.
    Input,
    /// `layer.output`: what it gives there. Of a model as `outputs`.
    Output,
}

/// A name that nobody has written for a part of a model or a layer: of `base.output`, `model.get_layer("a")`.
pub struct PartOf {
    /// The name.
    pub name: Ident,
    /// Of what it is a part.
    pub of: Ident,
    /// Which part.
    pub part: Part,
    /// How it is written.
    pub tokens: TokenStream,
}

impl Parts {
    /// Whether these are inputs.
    pub fn are_inputs(self) -> bool {
        matches!(self, Parts::Input | Parts::Inputs)
    }
}

/// A part of a model or a layer.
#[derive(Clone)]
pub enum Part {
    /// One of these, by its place.
    At(Parts, usize),
    /// The layer of this name.
    Called(String),
}

/// `base.trainable = False;`, or of a model whose name is that of the whole.
pub struct Trainable {
    /// What is frozen, or thawed.
    pub of: Ident,
    /// Whether its weights are trained.
    pub value: bool,
    /// How it is written.
    pub tokens: TokenStream,
}

/// Statements whose names end with them.
pub struct Scope {
    /// Names bound before the statements.
    pub params: Vec<(Ident, Param)>,
    /// The statements.
    pub statements: Vec<Statement>,
    /// Names of outer scopes that they assign to.
    pub exports: Vec<Ident>,
    /// What messages say of it.
    pub context: Option<Rc<str>>,
}

/// A function applied, the branch of an `if` that is taken, or a block in braces: statements and a result.
pub struct Body {
    /// The function, which sees the names that were bound where it was written.
    pub function: Option<usize>,
    /// Names bound before the statements.
    pub params: Vec<(Ident, Param)>,
    /// The statements.
    pub statements: Vec<Statement>,
    /// The result.
    pub tail: Tail,
    /// Names of outer scopes that the statements assign to.
    pub exports: Vec<Ident>,
    /// What messages say of it.
    pub context: Option<Rc<str>>,
    /// Where it stands.
    pub span: Span,
}

/// What a parameter stands for, other than a value, which is put in its place.
pub enum Param {
    /// A tensor before the arrow, by its order.
    Tensor(usize),
    /// A tensor or layers, named where the function is applied.
    Chain(Chain),
    /// A function.
    Function(usize),
}

/// `let a = chain;` or `let (a, b) = chain;`.
pub struct Binding {
    /// The names bound, one or several.
    pub names: Vec<Ident>,
    /// How the names stand.
    pub pattern: Pattern,
    /// What they are bound to.
    pub chain: Chain,
}

/// What stands before the `=` of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// One name.
    Name,
    /// `(a, b)`: a name for each tensor.
    All,
    /// `(a, ..)`: names for the first tensors.
    First,
}

/// The model's outputs.
pub struct Tail {
    /// One chain, or several for `(a, b)`.
    pub chains: Vec<Chain>,
    /// The names of outputs that stand in a dict: `{"a": x, "b": y}`.
    pub keys: Option<Vec<String>>,
}

impl Tail {
    /// Outputs without names of their own.
    pub fn of(chains: Vec<Chain>) -> Self {
        Tail { chains, keys: None }
    }
}

/// `source => layer => layer`.
pub struct Chain {
    /// What comes first, then layers.
    pub items: Vec<Item>,
    /// The whole of it.
    pub span: Span,
}

impl Chain {
    /// What could not be read, of which the mistake is told.
    pub fn broken(span: Span) -> Self {
        Chain { items: vec![Item::Broken(span)], span }
    }
}

/// One item of a chain.
pub enum Item {
    /// `Input(...)`.
    Input(Call),
    /// A name without arguments: a bound tensor, a bound block, an own type.
    Name(Path),
    /// A layer with arguments.
    Call(Call),
    /// `[a, b]`: several tensors for a merge layer.
    List(Vec<Chain>, Span),
    /// `Sequential([layer, layer], name = "encoder")`: a block that counts as one layer; its
    /// name, if one is given, and its number, if it [has begun](Statement::Begun) before.
    Block(Chain, Option<Argument>, Option<usize>),
    /// `keras.Model(inputs, outputs, name = "encoder")`: a model that counts as one layer.
    Model(Box<Inner>),
    /// A chain in parentheses: such a block, or a tensor, as what it starts with is a layer or a tensor.
    Nested(Chain),
    /// A function applied, a choice or a block in braces.
    Body(Box<Body>),
    /// `[layer; N]`.
    Repeat(Box<Item>, Expr, Span),
    /// Something that could not be read; it has been complained about.
    Broken(Span),
}

impl Item {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Item::Input(call) | Item::Call(call) => call.span(),
            Item::Name(path) => syn::spanned::Spanned::span(path),
            Item::Block(chain, ..) | Item::Nested(chain) => chain.span,
            Item::Body(body) => body.span,
            Item::Model(inner) => inner.span,
            Item::List(_, span) | Item::Repeat(_, _, span) | Item::Broken(span) => *span,
        }
    }
}

/// What a model says of its inputs.
pub struct Inputs {
    /// The inputs in their order.
    pub chains: Vec<Chain>,
    /// How they are written.
    pub tokens: TokenStream,
}

/// A model inside of the model, between some of its tensors.
pub struct Inner {
    /// Its inputs.
    pub inputs: Vec<Chain>,
    /// Its outputs.
    pub outputs: Vec<Chain>,
    /// The names of outputs that stand in a dict.
    pub keys: Option<Vec<String>>,
    /// The name that it is given.
    pub name: Option<Argument>,
    /// How it is written.
    pub tokens: TokenStream,
    /// Where it stands.
    pub span: Span,
}

/// `LSTM(64, return_sequences = true)`.
pub struct Call {
    /// The layer.
    pub path: Path,
    /// Its arguments.
    pub args: Vec<Argument>,
    /// Those of its application, `training = true` of `Dropout(0.5)(training = true)`.
    pub application: Vec<Argument>,
    /// Whether an argument could not be read; it has been complained about.
    pub broken: bool,
    /// Whether it is an operation that is a layer of the same name here: `ops.concatenate([a, b])`.
    pub operation: bool,
}

impl Call {
    /// Where its name stands.
    pub fn span(&self) -> Span {
        self.path.segments.last().map_or_else(Span::call_site, |s| s.ident.span())
    }

    /// The name without arguments and path.
    pub fn name(&self) -> String {
        self.path.segments.last().map(|s| s.ident.unraw().to_string()).unwrap_or_default()
    }
}

impl Argument {
    /// The argument as it stands in the source.
    pub fn text(&self) -> String {
        match &self.name {
            Some(name) if self.axis => format!("{name}: {}", self.tokens),
            Some(name) => format!("{name} = {}", self.tokens),
            None => self.tokens.to_string(),
        }
    }
}

/// `units = 3`, `3` or `time: None`.
#[derive(Clone)]
pub struct Argument {
    /// The name, if it has one.
    pub name: Option<Ident>,
    /// Whether the name is followed by a colon: a named axis.
    pub axis: bool,
    /// The value.
    pub value: Arg,
    /// The value as it stands in the source.
    pub tokens: TokenStream,
    /// Where the value stands.
    pub span: Span,
    /// What a wrapper is given that is more than a layer of Keras with arguments: `TimeDistributed(sentence)`.
    pub chain: Option<Rc<Chain>>,
}
