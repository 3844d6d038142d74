//! From a graph to Rust: a struct with a field per layer, constants that prove the shapes again,
//! and the traits that make it a model.

mod constants;
mod imp;
mod names;
mod types;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Ident;

use crate::error::Errors;
use crate::infer::Shapes;
use crate::parse::Model;
use crate::resolve::{Graph, Kind, Layer};

/// All that the parts of the expansion look at.
pub struct Expansion<'a> {
    /// The syntax tree.
    pub model: &'a Model,
    /// The graph.
    pub graph: &'a Graph,
    /// What the macro knows of its tensors.
    pub shapes: &'a Shapes,
    /// The type's name.
    pub name: Ident,
    /// Keras's name of the model.
    pub keras_name: String,
    /// The field of each layer.
    pub fields: Vec<Ident>,
    /// Whether a mistake has been reported: then the type is there, but nothing is proved.
    pub broken: bool,
}

/// Writes the Rust of a model. With errors, the type is still defined, so that one mistake does not
/// make every use of the model another.
pub fn expand(model: &Model, graph: &Graph, shapes: &Shapes, errors: Errors) -> TokenStream {
    let keras_name = match &model.head {
        Some(head) => crate::resolve::snake(&head.name.to_string()),
        None => graph.model_name.clone(),
    };
    let name = match &model.head {
        Some(head) => head.name.clone(),
        None => Ident::new(if graph.sequential { "Sequential" } else { "Functional" }, Span::call_site()),
    };
    let fields = names::fields(&graph.layers);
    let x = Expansion { model, graph, shapes, name, keras_name, fields, broken: !errors.is_empty() };
    let errors = errors.into_tokens();
    let definition = x.definition();
    let implementation = if x.broken { x.broken_implementation() } else { x.implementation() };
    match &model.head {
        Some(_) => quote! { #errors #definition #implementation },
        None => {
            let name = &x.name;
            quote! {{ #errors #definition #implementation <#name>::new() }}
        }
    }
}

impl Expansion<'_> {
    /// The struct: a field per layer, in Keras's order.
    fn definition(&self) -> TokenStream {
        let name = &self.name;
        let (attrs, vis) = match &self.model.head {
            Some(head) => (head.attrs.as_slice(), &head.vis),
            None => (&[] as &[_], &syn::Visibility::Inherited),
        };
        let docs = match &self.model.head {
            Some(_) => self.rustdoc(),
            None => quote! { #[derive(Clone)] },
        };
        let fields = self.graph.layers.iter().zip(&self.fields).map(|(layer, field)| {
            let ty = self.field_type(layer);
            let doc = format!("`{}` ({})", layer.name, layer.class());
            quote! { #[doc = #doc] pub #field: #ty, }
        });
        quote! {
            #(#attrs)*
            #docs
            #vis struct #name {
                #(#fields)*
                #[doc(hidden)]
                pub __core: ::keras_core::model::Core,
            }
        }
    }

    fn field_type(&self, layer: &Layer) -> TokenStream {
        match &layer.kind {
            Kind::Keras { config, .. } => {
                let class = Ident::new(config.class(), layer.span);
                quote! { ::keras_core::model::built::#class }
            }
            Kind::Own { path, .. } => quote! { ::keras_core::model::Own<#path> },
            Kind::Lambda { .. } => quote! { ::keras_core::model::Lambda },
            Kind::Broken => quote! { ::keras_core::model::Core },
        }
    }

    /// The model's summary as documentation of its type.
    fn rustdoc(&self) -> TokenStream {
        let shape =
            |spec: Option<keras_shape::TensorSpec>| spec.map_or("?".to_string(), |s| s.shape.to_string());
        let mut lines = vec![String::new(), "```text".to_string()];
        for (i, node) in self.graph.nodes.iter().enumerate() {
            let layer = &self.graph.layers[node.layer];
            let out = shape(self.shapes.nodes[i].output(0));
            lines.push(format!("{:<36} {out}", format!("{} ({})", layer.name, layer.class())));
        }
        lines.push("```".to_string());
        let text = lines.join("\n");
        quote! { #[doc = #text] }
    }
}
