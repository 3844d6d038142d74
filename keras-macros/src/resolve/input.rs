//! `Input(...)`, and the axes that stand in it.

use keras_shape::{Arg, DType, Dim, MAX_NUMBERS, Shape, TensorSpec, closest, numbers};
use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::{Input, Resolver};
use crate::parse::{Argument, Call};

impl Resolver<'_> {
    pub(super) fn input(&mut self, call: &Call, name: Option<&Ident>) -> Input {
        let mut dims = Vec::new();
        let mut batch = (Dim::NONE, "::keras_core::shape::Dim::NONE".to_string());
        let mut dtype = DType::Float32;
        let mut given = None;
        let (mut tensor, mut known) = (None, true);
        for arg in &call.args {
            let key = arg.name.as_ref().map(|name| name.unraw().to_string());
            match (key.as_deref(), arg.axis, &arg.value) {
                (Some("tensor"), false, _) => match syn::parse2::<syn::Type>(arg.tokens.clone()) {
                    Ok(_) => tensor = Some(arg.tokens.clone()),
                    Err(_) => {
                        let what = "`tensor` takes the type of a tensor, as `tensor = Tensor<(Dyn, Len<64>)>`; this is no type";
                        self.errors.over(&arg.tokens, what);
                        known = false;
                    }
                },
                (Some(axis), true, Arg::None) => {
                    let axis: &'static str = Box::leak(axis.to_string().into_boxed_str());
                    let source =
                        format!("::keras_core::shape::Dim::Dynamic(::core::option::Option::Some({axis:?}))");
                    dims.push((Dim::Dynamic(Some(axis)), source));
                }
                (Some(_), true, value) => match dim_of(value) {
                    Some(dim) => dims.push(dim),
                    None => self.bad_dim(arg),
                },
                (None, _, Arg::List(list)) if call.args.len() == 1 => {
                    let inner = axes_text(list);
                    self.errors.over(
                        &arg.tokens,
                        format!("the axes stand without inner parentheses: `Input({inner})`"),
                    );
                    dims.extend(list.iter().filter_map(dim_of));
                }
                (None, _, value) => match dim_of(value) {
                    Some(dim) => dims.push(dim),
                    None => self.bad_dim(arg),
                },
                (Some("batch" | "batch_size"), _, value) => match dim_of(value) {
                    Some(dim) => batch = dim,
                    None => self.bad_dim(arg),
                },
                (Some("dtype"), _, Arg::Word(word) | Arg::Str(word)) => match word.as_str() {
                    "float32" => dtype = DType::Float32,
                    // Truth values are fed as 0 and 1.
                    "int32" | "int64" | "uint8" | "bool" => dtype = DType::Int32,
                    _ => self
                        .errors
                        .at(arg.span, format!("`{word}` is not a dtype of an input: float32 or int32")),
                },
                (Some("name"), _, Arg::Word(word) | Arg::Str(word)) => {
                    given = self.given_name(word, &arg.tokens)
                }
                (Some("shape"), _, value) => {
                    let list = match value {
                        Arg::List(list) => list.clone(),
                        one => vec![one.clone()],
                    };
                    self.errors
                        .over(&arg.name, format!("the axes stand alone: `Input({})`", axes_text(&list)));
                    dims.extend(list.iter().filter_map(dim_of));
                }
                (Some(other), ..) => {
                    let hint = match closest(other, ["batch", "dtype", "name", "tensor"]) {
                        Some(near) => format!("; did you mean `{near}`?"),
                        None => "; it has batch, dtype, name, tensor".into(),
                    };
                    let at = arg.name.as_ref().map_or(arg.span, Ident::span);
                    self.errors.at(at, format!("`Input` has no argument `{other}`{hint}"));
                }
            }
        }
        for arg in &call.args {
            if arg.value == Arg::Int(0) {
                self.errors.over(
                    &arg.tokens,
                    "an axis of length 0 holds no data; a length that only the data knows is `None`",
                );
            }
        }
        dims.insert(0, batch);
        if dims.len() > 8 {
            self.errors.at(
                call.span(),
                format!("a tensor has at most 8 axes, the batch axis included; found {}", dims.len()),
            );
            dims.truncate(8);
        }
        let shape = Shape::new(&dims.iter().map(|(dim, _)| *dim).collect::<Vec<_>>());
        let spec = match dtype {
            _ if tensor.is_some() || !known => None,
            DType::Float32 => Some(TensorSpec::float(shape)),
            DType::Int32 => Some(TensorSpec::int(shape)),
        };
        let spec = spec.filter(|spec| {
            let fits = numbers(&spec.shape).is_some();
            if !fits {
                self.errors.at(
                    call.span(),
                    format!(
                        "the input is {}, more than {MAX_NUMBERS} numbers (2^48), which no memory holds",
                        spec.shape
                    ),
                );
            }
            fits
        });
        let keras = given.clone().unwrap_or_else(|| self.automatic("input_layer"));
        let bound = name.filter(|name| *name != "_").map(|name| name.unraw().to_string());
        let field = given.or(bound).unwrap_or_else(|| keras.clone());
        Input { name: keras, field, spec, dtype, dims: dims.into_iter().map(|(_, s)| s).collect(), tensor }
    }

    pub(super) fn bad_dim(&mut self, arg: &Argument) {
        let found = arg.value.describe();
        self.errors
            .over(&arg.tokens, format!("an axis is a positive number, `None` or a constant, found {found}"));
    }
}

/// An axis and its Rust source.
pub(super) fn dim_of(value: &Arg) -> Option<(Dim, String)> {
    match value {
        Arg::Int(n) => {
            let n = usize::try_from(*n).ok()?;
            Some((Dim::Fixed(n), format!("::keras_core::shape::Dim::Fixed({n})")))
        }
        Arg::None => Some((Dim::NONE, "::keras_core::shape::Dim::NONE".into())),
        Arg::Expr(id) => Some((Dim::Later, format!("::keras_core::shape::Dim::Fixed(__usize_{id})"))),
        _ => None,
    }
}

/// Axes as they stand in `Input`.
fn axes_text(list: &[Arg]) -> String {
    list.iter().map(|a| a.describe().replace('`', "")).collect::<Vec<_>>().join(", ")
}
