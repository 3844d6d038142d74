//! `Input(...)`, and the axes that stand in it.

use keras_shape::{Arg, ArgType, Code, DType, Dim, MAX_NUMBERS, Shape, TensorSpec, closest, numbers};
use proc_macro2::{Ident, TokenStream};
use syn::Expr;
use syn::ext::IdentExt;

use super::{Input, Resolver};
use crate::parse::{Argument, Call};

/// What the arguments of an `Input` say.
struct Said {
    /// The axes behind the batch.
    dims: Vec<(Dim, Code)>,
    batch: (Dim, Code),
    dtype: DType,
    name: Option<String>,
    /// The type of a tensor that stands for all of it.
    tensor: Option<TokenStream>,
    /// Whether all of it could be read.
    known: bool,
}

impl Resolver<'_> {
    pub(super) fn input(&mut self, call: &Call, name: Option<&Ident>) -> Input {
        let mut said = Said {
            dims: Vec::new(),
            batch: (Dim::NONE, Code::Name(vec!["Dim", "NONE"])),
            dtype: DType::Float32,
            name: None,
            tensor: None,
            known: true,
        };
        for (i, arg) in call.args.iter().enumerate() {
            let behind_a_list = i == 1 && matches!(call.args[0].value, Arg::List(_));
            self.read_argument(arg, behind_a_list, &mut said);
        }
        call.args.iter().for_each(|arg| self.refuse_empty_axes(arg));
        let Said { mut dims, batch, dtype, name: given, tensor, known } = said;
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
            DType::String => Some(TensorSpec::string(shape)),
        };
        let spec = spec.filter(|spec| self.fits(&spec.shape, call));
        let keras = given.clone().unwrap_or_else(|| self.automatic("input_layer"));
        let bound = name.filter(|name| *name != "_").and_then(|name| self.called(name));
        let field = given.or(bound).unwrap_or_else(|| keras.clone());
        Input { name: keras, field, spec, dtype, dims: dims.into_iter().map(|(_, s)| s).collect(), tensor }
    }

    /// Reads an argument. The second may stand behind a list of axes.
    fn read_argument(&mut self, arg: &Argument, behind_a_list: bool, said: &mut Said) {
        let key = arg.name.as_ref().map(|name| name.unraw().to_string());
        match (key.as_deref(), arg.axis, &arg.value) {
            // What Keras has by default.
            (Some("dtype" | "name" | "sparse" | "ragged" | "optional"), false, Arg::None) => {}
            (Some("sparse" | "ragged" | "optional"), false, value)
                if bool::parse(value).is_ok_and(|parsed| parsed.sure && !parsed.value) => {}
            (Some(key @ ("sparse" | "ragged" | "optional")), false, _) => {
                self.errors.over(&arg.tokens, format!("inputs are whole tensors here: leave `{key}` out"));
            }
            (Some("tensor"), false, _) => self.read_tensor_type(arg, said),
            (Some(axis), true, Arg::None) => {
                let axis: &'static str = Box::leak(axis.to_string().into_boxed_str());
                let name = Code::Option(Some(Box::new(Code::Text(axis))));
                said.dims.push((Dim::Dynamic(Some(axis)), Code::Tuple(vec!["Dim", "Dynamic"], vec![name])));
            }
            (Some(_), true, _) => said.dims.push(self.axis_of(arg)),
            // `Input((28, 28, 1))` and `Input(shape = (4,))`, as Keras writes the axes.
            (None | Some("shape"), _, Arg::List(list)) => said.dims.extend(self.axes(arg, list)),
            (Some("batch_shape"), _, Arg::List(list)) if !list.is_empty() => {
                said.batch = self.axis(&list[0]).unwrap_or_else(|| self.bad_dim(arg));
                said.dims.extend(self.axes(arg, &list[1..]));
            }
            // `Input((28, 28, 1), 32)`: behind a list of axes stands the batch, as in Keras.
            (None, ..) if behind_a_list => said.batch = self.axis_of(arg),
            (None | Some("shape"), ..) => said.dims.push(self.axis_of(arg)),
            (Some("batch" | "batch_size"), ..) => said.batch = self.axis_of(arg),
            (Some("dtype"), _, Arg::Word(word) | Arg::Str(word)) => match word.as_str() {
                "float32" => said.dtype = DType::Float32,
                // Truth values are fed as 0 and 1.
                "int32" | "int64" | "uint8" | "bool" => said.dtype = DType::Int32,
                "string" => said.dtype = DType::String,
                _ => self
                    .errors
                    .at(arg.span, format!("`{word}` is not a dtype of an input: float32, int32 or string")),
            },
            (Some("name"), _, Arg::Word(word) | Arg::Str(word)) => {
                said.name = self.given_name(word, &arg.tokens);
            }
            (Some(other), ..) => {
                self.no_argument_of_input(arg, other);
                said.known = false;
            }
        }
    }

    /// Reads `tensor = Tensor<(Dyn, Len<64>)>`, which says all of an input.
    fn read_tensor_type(&mut self, arg: &Argument, said: &mut Said) {
        if arg.tokens.to_string() == "None" {
            return;
        }
        if syn::parse2::<syn::Type>(arg.tokens.clone()).is_ok() {
            said.tensor = Some(arg.tokens.clone());
            return;
        }
        let what =
            "`tensor` takes the type of a tensor, as `tensor = Tensor<(Dyn, Len<64>)>`; this is no type";
        self.errors.over(&arg.tokens, what);
        said.known = false;
    }

    /// The axis that an argument is.
    fn axis_of(&mut self, arg: &Argument) -> (Dim, Code) {
        self.axis(&arg.value).unwrap_or_else(|| self.bad_dim(arg))
    }

    /// The axes of a list.
    fn axes(&mut self, arg: &Argument, list: &[Arg]) -> Vec<(Dim, Code)> {
        list.iter().map(|value| self.axis(value).unwrap_or_else(|| self.bad_dim_in(arg, value))).collect()
    }

    fn no_argument_of_input(&mut self, arg: &Argument, name: &str) {
        let names = ["shape", "batch", "batch_size", "batch_shape", "dtype", "name", "tensor"];
        let hint = match closest(name, names) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => "; it has shape, batch, dtype, name, tensor".into(),
        };
        let at = arg.name.as_ref().map_or(arg.span, Ident::span);
        self.errors.at(at, format!("`Input` has no argument `{name}`{hint}"));
    }

    fn refuse_empty_axes(&mut self, arg: &Argument) {
        let list = if let Arg::List(list) = &arg.value { list } else { std::slice::from_ref(&arg.value) };
        if list.contains(&Arg::Int(0)) {
            self.errors.over(
                &arg.tokens,
                "an axis of length 0 holds no data; a length that only the data knows is `None`",
            );
        }
    }

    /// Whether an input of this shape can be held; else the mistake is noted.
    fn fits(&mut self, shape: &Shape, call: &Call) -> bool {
        let fits = numbers(shape).is_some();
        if !fits {
            let text = format!(
                "the input is {shape}, more than {MAX_NUMBERS} numbers (2^48), which no memory holds"
            );
            self.errors.at(call.span(), text);
        }
        fits
    }

    /// Complains of an axis, and gives one of which nothing is known.
    fn bad_dim(&mut self, arg: &Argument) -> (Dim, Code) {
        self.bad_dim_in(arg, &arg.value)
    }

    /// The same of one axis of a list.
    fn bad_dim_in(&mut self, arg: &Argument, value: &Arg) -> (Dim, Code) {
        let unknown = (Dim::Later, Code::Name(vec!["Dim", "NONE"]));
        let variable = match value {
            Arg::Word(word) => Some(word.clone()),
            Arg::Expr(id) => self.exprs.get(*id).and_then(variable_in),
            _ => None,
        };
        if let Some(variable) = variable {
            self.errors.over(&arg.tokens, keras_shape::not_constant(&arg.tokens.to_string(), &variable));
            return unknown;
        }
        let found = value.describe();
        self.errors
            .over(&arg.tokens, format!("an axis is a positive number, `None` or a constant, found {found}"));
        unknown
    }

    /// An axis, if it is one that is known when the program is compiled.
    fn axis(&self, value: &Arg) -> Option<(Dim, Code)> {
        match value {
            Arg::Expr(id) if self.exprs.get(*id).is_some_and(|expr| variable_in(expr).is_some()) => None,
            value => dim_of(value),
        }
    }
}

/// A variable in an expression that has to be a constant: constants have names in capitals, and functions stand
/// before parentheses.
pub(super) fn variable_in(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => {
            let name = path.path.get_ident()?.to_string();
            name.starts_with(|c: char| c.is_lowercase()).then_some(name)
        }
        Expr::Binary(binary) => variable_in(&binary.left).or_else(|| variable_in(&binary.right)),
        Expr::Unary(unary) => variable_in(&unary.expr),
        Expr::Paren(paren) => variable_in(&paren.expr),
        Expr::Group(group) => variable_in(&group.expr),
        Expr::Cast(cast) => variable_in(&cast.expr),
        Expr::Field(field) => variable_in(&field.base),
        Expr::Index(index) => variable_in(&index.expr).or_else(|| variable_in(&index.index)),
        Expr::MethodCall(call) => {
            variable_in(&call.receiver).or_else(|| call.args.iter().find_map(variable_in))
        }
        Expr::Call(call) => call.args.iter().find_map(variable_in),
        _ => None,
    }
}

/// An axis, and how it is made again.
pub(super) fn dim_of(value: &Arg) -> Option<(Dim, Code)> {
    let fixed = |length| Code::Tuple(vec!["Dim", "Fixed"], vec![length]);
    match value {
        Arg::Int(n) => Some((Dim::Fixed(usize::try_from(*n).ok()?), fixed(Code::Whole(*n, None)))),
        Arg::None => Some((Dim::NONE, Code::Name(vec!["Dim", "NONE"]))),
        Arg::Expr(id) => Some((Dim::Later, fixed(Code::Expression("usize", *id)))),
        _ => None,
    }
}
