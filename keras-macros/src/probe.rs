//! The types of axes in a model with parameters. In a type, stable Rust has a parameter alone but no arithmetic of one,
//! so it has to be known which axis is which parameter. The rules of the layers say so when they are run for several
//! values of the parameters: an axis that is 48 where `FILTERS` is 48, 61 where it is 61 and 72 where it is 72, is
//! `FILTERS`. Wherever the parameters are known, the constants of the model compare that with the truth.

use std::collections::{BTreeSet, HashMap};

use keras_shape::{Code, Dim, TensorSpec};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use syn::Expr;

use crate::error::Errors;
use crate::numbers::Number;
use crate::parse::{Model, ParameterKind, Params, With};
use crate::resolve::{Graph, Layer, TensorRef};

/// The type of one axis.
#[derive(Clone)]
pub enum Axis {
    /// Only the data knows its length.
    Open,
    /// A number.
    Fixed(usize),
    /// An expression that `Len` can have: a parameter, or one without parameters.
    Constant(TokenStream),
    /// A number of typenum: a parameter, or arithmetic of one.
    Number(Number),
    /// Nothing that a type can say.
    Unknown,
}

/// The types of the axes of each tensor.
#[derive(Clone, Default)]
pub struct Axes {
    known: HashMap<TensorRef, Vec<Axis>>,
    inputs: usize,
}

/// The rules run for one value of each parameter.
struct Sample {
    values: Vec<i128>,
    tensors: HashMap<TensorRef, TensorSpec>,
}

/// What stands for numbers: the parameters, and constants of other places.
struct Variable {
    name: Ident,
    kind: Kind,
    default: Option<i128>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Parameter(ParameterKind),
    Outer,
}

impl Axes {
    /// Finds the types of all tensors.
    pub fn find(with: &With, model: &Model, graph: &Graph) -> Self {
        let Some(head) = model.head.as_ref().filter(|head| !head.params.is_empty()) else {
            return Axes::default();
        };
        let mut axes = Axes { known: HashMap::new(), inputs: graph.inputs.len() };
        let number = |expr| Number::of(expr, &head.params).ok().flatten();
        let numbers: Vec<Number> = model.exprs.iter().filter_map(number).collect();
        let all = variables(&head.params, &model.exprs);
        let parameters = head.params.list.len();
        axes.outputs(with, graph, &all[..parameters], &numbers);
        // A constant of another place may be no number at all: then there are no samples with it.
        if all.len() > parameters {
            axes.outputs(with, graph, &all, &numbers);
        }
        for (i, input) in graph.inputs.iter().enumerate() {
            if let Some(spec) = input.spec {
                let dims = spec.shape.dims().iter().zip(&input.dims);
                let found = dims.map(|(dim, code)| of_input(*dim, code, &model.exprs, &head.params));
                axes.known.insert(TensorRef::Input(i), found.collect());
            }
        }
        axes
    }

    /// Finds what is not known yet of the tensors that layers give.
    fn outputs(&mut self, with: &With, graph: &Graph, variables: &[Variable], numbers: &[Number]) {
        let is_open = |axis: &Axis| matches!(axis, Axis::Unknown);
        // What an own layer gives, no values tell.
        if graph.layers.iter().all(Layer::has_own) {
            return;
        }
        let samples = samples(with, graph, variables);
        for tensor in (0..graph.nodes.len()).flat_map(|node| (0..4).map(move |i| TensorRef::Node(node, i))) {
            let known = self.known.get(&tensor).is_some_and(|axes| !axes.iter().any(is_open));
            if !known && let Some(found) = of_samples(tensor, &samples, variables, numbers) {
                self.known.insert(tensor, found);
            }
        }
    }

    /// The axes of a tensor, if it is known how many it has.
    pub fn of(&self, tensor: TensorRef) -> Option<&[Axis]> {
        self.known.get(&tensor).map(Vec::as_slice)
    }

    /// A number of its own for each tensor.
    pub fn index(&self, tensor: TensorRef) -> usize {
        match tensor {
            TensorRef::Input(i) => i,
            TensorRef::Node(node, i) => self.inputs + node * 8 + i,
            TensorRef::Broken => usize::MAX,
        }
    }

    /// Whether types say all of a tensor.
    pub fn is_known(&self, tensor: TensorRef) -> bool {
        let is_type = |axis: &Axis| match axis {
            Axis::Number(number) => number.is_plain(),
            Axis::Unknown => false,
            _ => true,
        };
        self.of(tensor).is_some_and(|axes| axes.iter().all(is_type))
    }
}

impl Axis {
    /// The type at the border with data.
    pub fn border(&self) -> TokenStream {
        match self {
            Axis::Fixed(n) => quote! { ::keras_core::tensor::Len<#n> },
            Axis::Constant(value) => quote! { ::keras_core::tensor::Len<#value> },
            Axis::Number(number) => number.ty.clone(),
            Axis::Open | Axis::Unknown => quote! { ::keras_core::tensor::Dyn },
        }
    }

    /// The type for a layer inside, where `otherwise` stands for what no type can say.
    pub fn inside(&self, otherwise: TokenStream) -> TokenStream {
        match self {
            Axis::Unknown => otherwise,
            Axis::Number(number) if !number.is_plain() => otherwise,
            axis => axis.border(),
        }
    }

    /// As a summary has it.
    pub fn text(&self) -> String {
        match self {
            Axis::Open => "None".to_string(),
            Axis::Fixed(n) => n.to_string(),
            Axis::Constant(value) => value.to_string().trim_matches(['{', '}', ' ']).to_string(),
            Axis::Number(number) => number.text(),
            Axis::Unknown => "?".to_string(),
        }
    }

    /// Its length as a value, if it has one.
    pub fn value(&self) -> Option<TokenStream> {
        match self {
            Axis::Fixed(n) => Some(quote! { #n }),
            Axis::Constant(value) => Some(value.clone()),
            Axis::Number(number) => Some(number.value.clone()),
            Axis::Open | Axis::Unknown => None,
        }
    }
}

/// An axis of an input, as it stands in the source.
fn of_input(dim: Dim, code: &Code, exprs: &[Expr], params: &Params) -> Axis {
    match dim {
        Dim::Fixed(n) => Axis::Fixed(n),
        Dim::Dynamic(_) | Dim::Derived(..) => Axis::Open,
        Dim::Later => {
            let id = match code {
                Code::Tuple(_, fields) if let [Code::Expression(_, id)] = fields.as_slice() => *id,
                _ => return Axis::Unknown,
            };
            let Some(expr) = exprs.get(id) else { return Axis::Unknown };
            if let Ok(Some(number)) = Number::of(expr, params) {
                return Axis::Number(number);
            }
            let tokens = quote! { #expr };
            match (params.named_in(&tokens).as_slice(), alone(expr)) {
                ([], _) => Axis::Constant(quote! { { #tokens } }),
                ([param], Some(name)) if param.is_size() => Axis::Constant(quote! { #name }),
                _ => Axis::Unknown,
            }
        }
    }
}

/// The name that an expression consists of.
pub fn alone(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Paren(paren) => alone(&paren.expr),
        Expr::Group(group) => alone(&group.expr),
        _ => None,
    }
}

/// The parameters, and the constants that expressions name.
fn variables(params: &Params, exprs: &[Expr]) -> Vec<Variable> {
    let mut all: Vec<Variable> = params
        .list
        .iter()
        .map(|param| Variable {
            name: param.name.clone(),
            kind: Kind::Parameter(param.kind),
            // With sizes that no model has, the rules give no samples.
            default: param
                .default
                .as_ref()
                .and_then(|default| default.to_string().parse::<u32>().ok())
                .map(i128::from),
        })
        .collect();
    let mut seen: BTreeSet<String> = all.iter().map(|variable| variable.name.to_string()).collect();
    for expr in exprs {
        if let Some(name) = alone(expr)
            && seen.insert(name.to_string())
        {
            all.push(Variable { name: name.clone(), kind: Kind::Outer, default: None });
        }
    }
    all
}

impl Variable {
    /// The values that are tried.
    fn values(&self) -> Vec<i128> {
        match (self.kind, self.default) {
            (Kind::Parameter(ParameterKind::Bool), _) => vec![0, 1],
            (_, Some(n)) => vec![n, n + 1, 2 * n, n + 2, 3 * n],
            (_, None) => vec![48, 2, 72, 61, 1, 3, 67],
        }
    }

    fn tokens(&self, value: i128) -> TokenStream {
        if self.kind == Kind::Parameter(ParameterKind::Bool) {
            return if value == 1 {
                quote! { true }
            } else {
                quote! { false }
            };
        }
        let mut literal = Literal::i128_unsuffixed(value);
        literal.set_span(self.name.span());
        quote! { #literal }
    }
}

/// At most so many values of the parameters are tried.
const MOST: usize = 48;
/// For a large model fewer: so many layers are run in all. What is not found then, the compiler computes.
const MOST_STEPS: usize = 4_000;
/// So many different values of each are enough.
const ENOUGH: usize = 3;

/// Runs the rules for several values of each variable: around a first choice that fits, one at a time.
fn samples(with: &With, graph: &Graph, variables: &[Variable]) -> Vec<Sample> {
    let choices: Vec<Vec<i128>> = variables.iter().map(Variable::values).collect();
    let at = |k: usize| -> Vec<i128> {
        choices.iter().enumerate().map(|(i, values)| values[(k + i * (k / 8)) % values.len()]).collect()
    };
    let most = (MOST_STEPS / graph.nodes.len().max(1)).min(MOST);
    let mut bases: Vec<Vec<i128>> = vec![at(0), at(1)];
    for i in 0..variables.len() {
        let (mut large, mut small) = (at(0), at(1));
        std::mem::swap(&mut large[i], &mut small[i]);
        bases.extend([large, small]);
    }
    let mut samples: Vec<Sample> = Vec::new();
    let mut tried = BTreeSet::new();
    for base in bases.into_iter().take(most / 2) {
        if !tried.insert(base.clone()) {
            continue;
        }
        let Some(first) = sample(with, graph, variables, base.clone()) else { continue };
        let is_known = !first.tensors.is_empty();
        samples.push(first);
        // Behind an own layer nothing is known, whatever the values.
        if !is_known {
            return samples;
        }
        for (i, values) in choices.iter().enumerate() {
            for value in values {
                if tried.len() >= most || distinct(&samples, i) >= ENOUGH.min(values.len()) {
                    break;
                }
                let mut next = base.clone();
                next[i] = *value;
                if tried.insert(next.clone()) {
                    samples.extend(sample(with, graph, variables, next));
                }
            }
        }
        if (0..variables.len()).all(|i| distinct(&samples, i) >= ENOUGH.min(choices[i].len())) {
            break;
        }
    }
    // All at once, so that what depends on two of them shows.
    for k in [2, 3, 10] {
        if variables.len() > 1 && tried.len() < most && tried.insert(at(k)) {
            samples.extend(sample(with, graph, variables, at(k)));
        }
    }
    samples
}

/// How many different values a variable has in the samples.
fn distinct(samples: &[Sample], variable: usize) -> usize {
    samples.iter().map(|sample| sample.values[variable]).collect::<BTreeSet<_>>().len()
}

fn sample(with: &With, graph: &Graph, variables: &[Variable], values: Vec<i128>) -> Option<Sample> {
    let given: Vec<(Ident, TokenStream)> = variables
        .iter()
        .zip(&values)
        .map(|(variable, value)| (variable.name.clone(), variable.tokens(*value)))
        .collect();
    let mut errors = Errors::default();
    let (found, shapes) = crate::read(with, &given, &mut errors)?;
    if !errors.is_empty() || found.nodes.len() != graph.nodes.len() {
        return None;
    }
    let mut tensors = HashMap::new();
    for node in 0..graph.nodes.len() {
        for i in 0..4 {
            let tensor = TensorRef::Node(node, i);
            if let Some(spec) = shapes.of(tensor) {
                tensors.insert(tensor, spec);
            }
        }
    }
    Some(Sample { values, tensors })
}

/// The axes of a tensor, from what they are in each sample.
fn of_samples(
    tensor: TensorRef,
    samples: &[Sample],
    variables: &[Variable],
    numbers: &[Number],
) -> Option<Vec<Axis>> {
    let specs: Option<Vec<&TensorSpec>> = samples.iter().map(|sample| sample.tensors.get(&tensor)).collect();
    let specs = specs.filter(|specs| !specs.is_empty())?;
    let rank = specs[0].shape.rank();
    if specs.iter().any(|spec| spec.shape.rank() != rank) {
        return None;
    }
    let axis = |axis: usize| {
        let dims: Vec<Dim> = specs.iter().map(|spec| spec.shape.dim(axis)).collect();
        of_dims(&dims, samples, variables, numbers)
    };
    Some((0..rank).map(axis).collect())
}

fn of_dims(dims: &[Dim], samples: &[Sample], variables: &[Variable], numbers: &[Number]) -> Axis {
    if dims.iter().all(|dim| dim.is_dynamic()) {
        return Axis::Open;
    }
    let lengths: Option<Vec<i128>> = dims.iter().map(|dim| dim.fixed().map(|n| n as i128)).collect();
    let Some(lengths) = lengths else { return Axis::Unknown };
    // What was tried with one value only may be anything of it.
    let tried = |i: usize, least: usize| distinct(samples, i) >= least;
    if !(0..variables.len()).all(|i| tried(i, 2)) {
        return Axis::Unknown;
    }
    let first = lengths[0];
    if lengths.iter().all(|length| *length == first) {
        return usize::try_from(first).map_or(Axis::Unknown, Axis::Fixed);
    }
    let is = |value: &dyn Fn(&[i128]) -> Option<i128>| {
        samples.iter().zip(&lengths).all(|(sample, length)| value(&sample.values) == Some(*length))
    };
    for (i, variable) in variables.iter().enumerate() {
        let name = &variable.name;
        if !is(&|values| Some(values[i])) {
            continue;
        }
        match variable.kind {
            Kind::Parameter(ParameterKind::Number) => return Axis::Number(Number::parameter(name)),
            Kind::Parameter(ParameterKind::Size) => return Axis::Constant(quote! { #name }),
            Kind::Outer => return Axis::Constant(quote! { { #name } }),
            Kind::Parameter(_) => {}
        }
    }
    number(samples, &lengths, variables, numbers).map_or(Axis::Unknown, Axis::Number)
}

/// The arithmetic of typenum that gives these lengths: an expression of the model, a line, or a sum or product.
fn number(
    samples: &[Sample],
    lengths: &[i128],
    variables: &[Variable],
    numbers: &[Number],
) -> Option<Number> {
    let is = |value: &dyn Fn(&[i128]) -> Option<i128>| {
        samples.iter().zip(lengths).all(|(sample, length)| value(&sample.values) == Some(*length))
    };
    let place = |name: &Ident| variables.iter().position(|variable| variable.name == *name);
    let of_names = |values: &[i128], name: &Ident| place(name).and_then(|i| values.get(i)).copied();
    for number in numbers {
        if is(&|values| number.at(&|name| of_names(values, name))) {
            return Some(number.clone());
        }
    }
    for (i, variable) in variables.iter().enumerate() {
        if variable.kind == Kind::Parameter(ParameterKind::Number)
            && distinct(samples, i) >= ENOUGH
            && let Some((times, plus)) = line(samples, lengths, i)
            && is(&|values| Some(values[i] * times + plus))
            && let Some(number) = Number::line(&variable.name, times, plus)
        {
            return Some(number);
        }
    }
    for a in variables.iter().filter(|v| v.kind == Kind::Parameter(ParameterKind::Number)) {
        for b in variables.iter().filter(|v| v.kind == Kind::Parameter(ParameterKind::Number)) {
            let (left, right) = (Number::parameter(&a.name), Number::parameter(&b.name));
            for operator in ['+', '*'] {
                let number = Number::binary(operator, &left, &right);
                if a.name < b.name && is(&|values| number.at(&|name| of_names(values, name))) {
                    return Some(number);
                }
            }
        }
    }
    None
}

/// The line through two samples that differ in one variable.
fn line(samples: &[Sample], lengths: &[i128], variable: usize) -> Option<(i128, i128)> {
    let other = samples.iter().position(|sample| sample.values[variable] != samples[0].values[variable])?;
    let (x, y) = (samples[0].values[variable], samples[other].values[variable]);
    let rise = lengths[other] - lengths[0];
    (rise % (y - x) == 0).then(|| {
        let times = rise / (y - x);
        (times, lengths[0] - times * x)
    })
}

#[cfg(test)]
#[path = "probe_tests.rs"]
mod tests;
