//! Models of `keras.applications` as Python makes them, `let base = keras.applications.MobileNetV2(include_top = False, weights = None,
//! input_shape = (96, 96, 3));`. The crate `keras-applications` has each as a function of layers: it is applied to an input of that
//! shape, and what comes of it is a model that is made here.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote_spanned};

use super::Reader;
use super::args::named_value;
use super::ast::{Made, Statement};
use super::eval::Value;
use super::pasted::{bound, pieces_of};
use crate::error::Errors;

/// A model of `keras.applications`.
struct Application {
    /// Keras's function.
    class: &'static str,
    /// The module and the function in `keras-applications`.
    here: (&'static str, &'static str),
    /// Keras's name of the model; of one that ends with `_`, the width and the size of the images follow.
    name: &'static str,
    /// The size of its images, where it is not said.
    size: i128,
}

const fn of(
    class: &'static str,
    module: &'static str,
    function: &'static str,
    name: &'static str,
    size: i128,
) -> Application {
    Application { class, here: (module, function), name, size }
}

const ALL: [Application; 40] = [
    of("ConvNeXtBase", "convnext", "convnext_base", "convnext_base", 224),
    of("ConvNeXtLarge", "convnext", "convnext_large", "convnext_large", 224),
    of("ConvNeXtSmall", "convnext", "convnext_small", "convnext_small", 224),
    of("ConvNeXtTiny", "convnext", "convnext_tiny", "convnext_tiny", 224),
    of("ConvNeXtXLarge", "convnext", "convnext_xlarge", "convnext_xlarge", 224),
    of("DenseNet121", "densenet", "densenet121", "densenet121", 224),
    of("DenseNet169", "densenet", "densenet169", "densenet169", 224),
    of("DenseNet201", "densenet", "densenet201", "densenet201", 224),
    of("EfficientNetB0", "efficientnet", "efficientnet_b0", "efficientnetb0", 224),
    of("EfficientNetB1", "efficientnet", "efficientnet_b1", "efficientnetb1", 240),
    of("EfficientNetB2", "efficientnet", "efficientnet_b2", "efficientnetb2", 260),
    of("EfficientNetB3", "efficientnet", "efficientnet_b3", "efficientnetb3", 300),
    of("EfficientNetB4", "efficientnet", "efficientnet_b4", "efficientnetb4", 380),
    of("EfficientNetB5", "efficientnet", "efficientnet_b5", "efficientnetb5", 456),
    of("EfficientNetB6", "efficientnet", "efficientnet_b6", "efficientnetb6", 528),
    of("EfficientNetB7", "efficientnet", "efficientnet_b7", "efficientnetb7", 600),
    of("EfficientNetV2B0", "efficientnet_v2", "efficientnet_v2_b0", "efficientnetv2-b0", 224),
    of("EfficientNetV2B1", "efficientnet_v2", "efficientnet_v2_b1", "efficientnetv2-b1", 240),
    of("EfficientNetV2B2", "efficientnet_v2", "efficientnet_v2_b2", "efficientnetv2-b2", 260),
    of("EfficientNetV2B3", "efficientnet_v2", "efficientnet_v2_b3", "efficientnetv2-b3", 300),
    of("EfficientNetV2L", "efficientnet_v2", "efficientnet_v2_l", "efficientnetv2-l", 480),
    of("EfficientNetV2M", "efficientnet_v2", "efficientnet_v2_m", "efficientnetv2-m", 480),
    of("EfficientNetV2S", "efficientnet_v2", "efficientnet_v2_s", "efficientnetv2-s", 384),
    of("InceptionResNetV2", "inception_resnet_v2", "inception_resnet_v2", "inception_resnet_v2", 299),
    of("InceptionV3", "inception_v3", "inception_v3", "inception_v3", 299),
    of("MobileNet", "mobilenet", "mobilenet", "mobilenet_", 224),
    of("MobileNetV2", "mobilenet_v2", "mobilenet_v2", "mobilenetv2_", 224),
    of("MobileNetV3Large", "mobilenet_v3", "mobilenet_v3_large", "MobileNetV3Large", 224),
    of("MobileNetV3Small", "mobilenet_v3", "mobilenet_v3_small", "MobileNetV3Small", 224),
    of("NASNetLarge", "nasnet", "nasnet_large", "nasnet_large", 331),
    of("NASNetMobile", "nasnet", "nasnet_mobile", "nasnet_mobile", 224),
    of("ResNet101", "resnet", "resnet101", "resnet101", 224),
    of("ResNet101V2", "resnet_v2", "resnet101_v2", "resnet101v2", 224),
    of("ResNet152", "resnet", "resnet152", "resnet152", 224),
    of("ResNet152V2", "resnet_v2", "resnet152_v2", "resnet152v2", 224),
    of("ResNet50", "resnet", "resnet50", "resnet50", 224),
    of("ResNet50V2", "resnet_v2", "resnet50_v2", "resnet50v2", 224),
    of("VGG16", "vgg16", "vgg16", "vgg16", 224),
    of("VGG19", "vgg19", "vgg19", "vgg19", 224),
    of("Xception", "xception", "xception", "xception", 299),
];

/// Arguments by which a call of the bare name is known to be one of Keras's function, not of the type of that name.
const OF_KERAS: [&str; 5] = ["include_top", "weights", "input_shape", "input_tensor", "pooling"];

/// What a line stands for that binds such a model.
pub enum Lines {
    Read(Vec<TokenStream>),
    /// One with a mistake: its name, of which nothing more is said.
    Broken(Option<Statement>),
}

/// The lines that stand for one that binds such a model; nothing of other lines.
pub fn lines(piece: &TokenStream, reader: &mut Reader, errors: &mut Errors) -> Option<Lines> {
    let (name, value) = bound(piece)?;
    let trees: Vec<TokenTree> = value.into_iter().collect();
    let [path @ .., TokenTree::Ident(class), TokenTree::Group(args)] = trees.as_slice() else { return None };
    // A function of that name which stands here is meant.
    if path.is_empty() && reader.env.get_function(class).is_some() {
        return None;
    }
    let application = ALL.iter().find(|application| class == application.class)?;
    let in_module = path.iter().any(|tree| matches!(tree, TokenTree::Ident(word) if word == "applications"));
    let args = pieces_of(args);
    let of_keras =
        args.iter().any(|arg| key_of(arg).is_some_and(|key| OF_KERAS.iter().any(|known| key == known)));
    if !(in_module || of_keras && path.is_empty()) {
        return None;
    }
    match application.model(&name, class, args, reader) {
        Ok(lines) => Some(Lines::Read(lines)),
        Err((at, message)) => {
            errors.over(at, message);
            Some(Lines::Broken(super::binding::broken(piece, reader)))
        }
    }
}

fn key_of(arg: &TokenStream) -> Option<Ident> {
    let trees: Vec<TokenTree> = arg.clone().into_iter().collect();
    named_value(&trees).map(|(key, _)| key.clone())
}

/// What stands at fault, and what to say.
type Mistake = (TokenStream, String);

/// What a call says.
#[derive(Default)]
struct Given {
    /// What the function takes as well.
    args: Vec<TokenStream>,
    name: Option<TokenStream>,
    shape: Option<TokenStream>,
    tensor: Option<TokenStream>,
    has_top: bool,
    /// What `weights` says, if anything, unless that is `None`.
    weights: Option<TokenStream>,
    alpha: f64,
}

impl Application {
    fn model(
        &self,
        name: &Ident,
        class: &Ident,
        args: Vec<TokenStream>,
        reader: &mut Reader,
    ) -> Result<Vec<TokenStream>, Mistake> {
        let Given { mut args, name: given_name, shape, tensor, has_top, weights, alpha } =
            self.given(class, args, reader)?;
        let span = class.span();
        let shape = shape.unwrap_or_else(|| self.shape(has_top, span));
        let text = self.keras_name(alpha, &shape, reader);
        if let Some(weights) = weights {
            let field = match given_name.and_then(|name| reader.env.eval(name)) {
                Some(Value::Word(name, _)) => name,
                _ => text,
            };
            return Err((weights, self.weights(&field)));
        }
        // Keras begins the names of these layers with that of the model.
        if let Some(name) = given_name.as_ref().filter(|_| self.here.0 == "convnext") {
            args.push(quote_spanned! { span=> name = #name });
        }
        let keras_name = given_name.unwrap_or_else(|| quote_spanned! { span=> #text });
        let (mut lines, image) =
            (Vec::new(), format_ident!("__image_{}", reader.made.len() + 1, span = span));
        reader.made.insert(image.to_string(), Made { source: format!("{name}.input"), key: None });
        lines.push(match tensor {
            Some(tensor) => quote_spanned! { span=> let #image = #tensor },
            None => quote_spanned! { span=> let #image = Input(shape = #shape) },
        });
        let (module, function) = self.here;
        let (module, function) = (Ident::new(module, span), Ident::new(function, span));
        lines.push(quote_spanned! { span=>
            let #name = Model(
                #image, #image => keras_applications::#module::#function(#(#args),*), name = #keras_name
            )
        });
        Ok(lines)
    }

    /// Reads the arguments.
    fn given(&self, class: &Ident, args: Vec<TokenStream>, reader: &Reader) -> Result<Given, Mistake> {
        let unsaid = Some(TokenTree::Ident(class.clone()).into());
        let mut given = Given { has_top: true, alpha: 1.0, weights: unsaid, ..Given::default() };
        for arg in args {
            let trees: Vec<TokenTree> = arg.clone().into_iter().collect();
            let Some((key, value)) = named_value(&trees) else {
                return Err((
                    arg,
                    format!("the arguments of `{class}` stand by name here, as `include_top = false`"),
                ));
            };
            let value: TokenStream = value.iter().cloned().collect();
            let known = reader.env.eval(value.clone());
            match (key.to_string().as_str(), &known) {
                ("weights", Some(Value::None)) => given.weights = None,
                ("weights", _) => given.weights = Some(value),
                ("input_shape" | "input_tensor" | "name", Some(Value::None)) => {}
                ("input_shape", _) => given.shape = Some(value),
                ("input_tensor", _) => given.tensor = Some(value),
                ("name", _) => given.name = Some(value),
                (key, known) => {
                    given.has_top &= !(key == "include_top" && known == &Some(Value::Bool(false)));
                    given.alpha = match (key, known) {
                        ("alpha", Some(Value::Float(x))) => *x,
                        ("alpha", Some(Value::Int(n))) => *n as f64,
                        _ => given.alpha,
                    };
                    given.args.push(arg);
                }
            }
        }
        Ok(given)
    }

    /// The shape of its images, where it is not said.
    fn shape(&self, has_top: bool, span: Span) -> TokenStream {
        let size = proc_macro2::Literal::i128_unsuffixed(self.size);
        match has_top {
            true => quote_spanned! { span=> (#size, #size, 3) },
            false => quote_spanned! { span=> (None, None, 3) },
        }
    }

    fn keras_name(&self, alpha: f64, shape: &TokenStream, reader: &Reader) -> String {
        if !self.name.ends_with('_') {
            return self.name.to_string();
        }
        let rows = match reader.env.eval(shape.clone()) {
            Some(Value::List(axes, _)) => match axes.first() {
                Some(Value::Int(rows)) => rows.to_string(),
                _ => "None".to_string(),
            },
            _ => self.size.to_string(),
        };
        format!("{}{alpha:.2}_{rows}", self.name)
    }

    /// What to say of numbers that Keras would download; `name` is Keras's name of the model.
    fn weights(&self, name: &str) -> String {
        let (class, file) = (self.class, self.here.1);
        let field: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
        format!(
            "a program has no numbers of ImageNet, which Keras downloads for `{class}` unless `weights` says otherwise\nhelp: write `weights = None`, and read them from Keras's file when the model has been made: `model.{field}.load_weights(\"{file}_notop.h5\")?` of a model that is applied, `x => base`; `model.load_weights_with(\"{file}_notop.h5\").by_name(true).run()?` of one that goes on from `base.output`"
        )
    }
}

/// Whether this is the name of such a model: what to write for it where it is no line of its own.
pub fn bind_it(class: &str) -> Option<String> {
    ALL.iter().find(|application| application.class == class)?;
    Some(format!(
        "a model of `keras.applications` is bound on a line of its own: `let base = keras.applications.{class}(include_top = false, weights = None, ...);`, then `x => base`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stands_there_once() {
        for (i, application) in ALL.iter().enumerate() {
            assert!(ALL[..i].iter().all(|other| other.class < application.class), "{}", application.class);
        }
    }
}
