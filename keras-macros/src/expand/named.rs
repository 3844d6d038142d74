//! Structs with a field for each input and each output of a named type: data, targets, losses and
//! metrics by name.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

use super::Expansion;

impl Expansion<'_> {
    /// `NAMEInputs` and `NAMEOutputs`, where there are several of them.
    pub fn named_structs(&self) -> TokenStream {
        let Some(head) = &self.model.head else { return TokenStream::new() };
        let inputs: Vec<&str> = self.graph.inputs.iter().map(|input| input.field.as_str()).collect();
        let outputs: Vec<&str> = self.graph.output_fields.iter().map(String::as_str).collect();
        let mut tokens = TokenStream::new();
        if let Some(fields) = fields(&inputs) {
            let name = format_ident!("{}Inputs", head.name);
            let doc = format!("The inputs of [`{}`] by name.", head.name);
            tokens.extend(self.named_struct(&name, &doc, &fields));
            tokens.extend(self.named_impl(&name, &fields, "IntoInputs", "IntoInput", "into_inputs"));
        }
        if let Some(fields) = fields(&outputs) {
            let name = format_ident!("{}Outputs", head.name);
            let doc = format!(
                "Targets, losses, metrics or sample weights of [`{}`], by the name of the output.",
                head.name
            );
            tokens.extend(self.named_struct(&name, &doc, &fields));
            tokens.extend(self.named_impl(&name, &fields, "IntoTargets", "IntoTarget", "into_targets"));
            tokens.extend(losses_impl(&name, &fields));
            tokens.extend(weights_impl(&name, &fields));
        }
        tokens
    }

    fn named_struct(&self, name: &Ident, doc: &str, fields: &[Ident]) -> TokenStream {
        let vis = self.model.head.as_ref().map(|head| &head.vis);
        let types = types("T", fields);
        let docs = fields.iter().map(|field| format!("`{field}`"));
        quote! {
            #[doc = #doc]
            #[derive(Clone, Copy, Debug)]
            #vis struct #name<#(#types),*> {
                #( #[doc = #docs] pub #fields: #types, )*
            }
        }
    }

    /// By name is as a tuple in order.
    fn named_impl(&self, name: &Ident, fields: &[Ident], list: &str, one: &str, method: &str) -> TokenStream {
        let (list, one, method) =
            (format_ident!("{list}"), format_ident!("{one}"), format_ident!("{method}"));
        let (types, shapes) = (types("T", fields), types("S", fields));
        quote! {
            impl<'a, #(#shapes: ::keras_core::tensor::Shape,)* #(#types: ::keras_core::tensor::#one<'a, #shapes>),*>
                ::keras_core::tensor::#list<'a, (#(::keras_core::tensor::Of<#shapes>,)*)> for #name<#(#types),*>
            {
                fn #method(
                    self, wants: &[(&str, ::keras_core::shape::Shape)],
                ) -> ::keras_core::Result<::std::vec::Vec<::keras_core::tensor::Data<'a>>> {
                    ::keras_core::tensor::#list::<'a, (#(::keras_core::tensor::Of<#shapes>,)*)>::#method(
                        (#(self.#fields,)*), wants,
                    )
                }
            }
        }
    }
}

fn losses_impl(name: &Ident, fields: &[Ident]) -> TokenStream {
    let (types, shapes) = (types("T", fields), types("S", fields));
    quote! {
        impl<#(#shapes: ::keras_core::tensor::Shape,)* #(#types: ::keras_core::training::losses::Loss),*>
            ::keras_core::training::losses::Losses<(#(::keras_core::tensor::Of<#shapes>,)*)> for #name<#(#types),*>
        {
            type Targets = <(#(#types,)*) as ::keras_core::training::losses::Losses<
                (#(::keras_core::tensor::Of<#shapes>,)*)
            >>::Targets;
            fn into_losses(self) -> ::std::vec::Vec<::std::boxed::Box<dyn ::keras_core::training::AnyLoss>> {
                ::keras_core::training::losses::Losses::<(#(::keras_core::tensor::Of<#shapes>,)*)>::into_losses(
                    (#(self.#fields,)*),
                )
            }
        }

        impl<#(#shapes: ::keras_core::tensor::Shape,)* #(#types: ::keras_core::training::metrics::IntoMetrics),*>
            ::keras_core::training::losses::MetricsFor<(#(::keras_core::tensor::Of<#shapes>,)*)> for #name<#(#types),*>
        {
            fn into_sets(
                self,
            ) -> ::std::vec::Vec<::std::vec::Vec<::std::boxed::Box<dyn ::keras_core::training::metrics::Metric>>> {
                ::keras_core::training::losses::MetricsFor::<(#(::keras_core::tensor::Of<#shapes>,)*)>::into_sets(
                    (#(self.#fields,)*),
                )
            }
        }
    }
}

/// Sample weights by name.
fn weights_impl(name: &Ident, fields: &[Ident]) -> TokenStream {
    let types = types("T", fields);
    quote! {
        impl<#(#types: ::keras_core::training::IntoWeights),*> ::keras_core::training::IntoSampleWeight
            for #name<#(#types),*>
        {
            fn into_sample_weight(self) -> ::keras_core::Result<::keras_core::training::SampleWeight> {
                ::keras_core::training::SampleWeight::each([
                    #(::keras_core::training::IntoWeights::into_weights(self.#fields)),*
                ])
            }
        }
    }
}

/// The names as fields, if there are several and all of them are identifiers of their own.
fn fields(names: &[&str]) -> Option<Vec<Ident>> {
    if names.len() < 2 || names.len() > 8 {
        return None;
    }
    let mut fields: Vec<Ident> = Vec::new();
    for name in names {
        syn::parse_str::<Ident>(name).ok()?;
        let field = Ident::new(name, Span::call_site());
        if fields.contains(&field) {
            return None;
        }
        fields.push(field);
    }
    Some(fields)
}

fn types(prefix: &str, fields: &[Ident]) -> Vec<Ident> {
    (0..fields.len()).map(|i| format_ident!("{prefix}{i}")).collect()
}
