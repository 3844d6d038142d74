//! Structs with a field for each input and each output of a named type: data, targets, losses and
//! metrics by name.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

use super::Expansion;
use super::lists::{Side, TUPLES};

impl Expansion<'_> {
    /// `NAMEInputs` and `NAMEOutputs`, where there are several of them.
    pub fn named_structs(&self) -> TokenStream {
        let Some(head) = &self.model.head else { return TokenStream::new() };
        let inputs: Vec<&str> = self.graph.inputs.iter().map(|input| input.field.as_str()).collect();
        let outputs: Vec<&str> = self.graph.output_fields.iter().map(String::as_str).collect();
        let (mut tokens, at) = (TokenStream::new(), Span::call_site().resolved_at(head.name.span()));
        if let Some(fields) = fields(&inputs, at) {
            let name = format_ident!("{}Inputs", head.name);
            let doc = format!("The inputs of [`{}`] by name.", head.name);
            tokens.extend(self.named_struct(&name, &doc, &fields));
            tokens.extend(self.named_impl(
                Side::Inputs,
                &name,
                &fields,
                ["IntoInputs", "IntoInput", "into_inputs"],
            ));
        }
        if let Some(fields) = fields(&outputs, at) {
            let name = format_ident!("{}Outputs", head.name);
            let doc = format!(
                "Targets, losses, metrics or sample weights of [`{}`], by the name of the output.",
                head.name
            );
            tokens.extend(self.named_struct(&name, &doc, &fields));
            let border = ["IntoTargets", "IntoTarget", "into_targets"];
            tokens.extend(self.named_impl(Side::Outputs, &name, &fields, border));
            tokens.extend(self.losses_impl(&name, &fields));
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
            // An input or output may have any name.
            #[allow(non_snake_case)]
            #vis struct #name<#(#types),*> {
                #( #[doc = #docs] pub #fields: #types, )*
            }
        }
    }

    /// By name is as a tuple in order.
    fn named_impl(
        &self,
        side: Side,
        name: &Ident,
        fields: &[Ident],
        [list, one, method]: [&str; 3],
    ) -> TokenStream {
        // A model that does not compile takes anything.
        if self.broken {
            return TokenStream::new();
        }
        if fields.len() <= TUPLES {
            let at = self.model.head.as_ref().map_or_else(Span::call_site, |head| head.name.span());
            return in_order_impl(at, name, fields, [list, method]);
        }
        let (types, shapes) = (types("T", fields), types("S", fields));
        let (list, one, method) =
            (format_ident!("{list}"), format_ident!("{one}"), format_ident!("{method}"));
        let tensors = self.list_of(side, &shapes);
        quote! {
            impl<'a, #(#shapes: ::keras_core::tensor::Shape,)* #(#types: ::keras_core::tensor::#one<'a, #shapes>),*>
                ::keras_core::tensor::#list<'a, #tensors> for #name<#(#types),*>
            {
                fn #method(
                    self, wants: &[(&str, ::keras_core::shape::Shape)],
                ) -> ::keras_core::Result<::std::vec::Vec<::keras_core::tensor::Data<'a>>> {
                    ::keras_core::tensor::#list::<'a, #tensors>::#method(
                        (#(self.#fields,)*), wants,
                    )
                }
            }
        }
    }

    fn losses_impl(&self, name: &Ident, fields: &[Ident]) -> TokenStream {
        if self.broken {
            return TokenStream::new();
        }
        if fields.len() <= TUPLES {
            return losses_in_order_impl(name, fields);
        }
        let (types, shapes) = (types("T", fields), types("S", fields));
        let tensors = self.list_of(Side::Outputs, &shapes);
        quote! {
            impl<#(#shapes: ::keras_core::tensor::Shape,)* #(#types: ::keras_core::training::losses::Loss),*>
                ::keras_core::training::losses::Losses<#tensors> for #name<#(#types),*>
            {
                type Targets = <(#(#types,)*) as ::keras_core::training::losses::Losses<
                    #tensors
                >>::Targets;
                fn into_losses(self) -> ::std::vec::Vec<::std::boxed::Box<dyn ::keras_core::training::AnyLoss>> {
                    ::keras_core::training::losses::Losses::<#tensors>::into_losses(
                        (#(self.#fields,)*),
                    )
                }
            }

            impl<#(#shapes: ::keras_core::tensor::Shape,)* #(#types: ::keras_core::training::metrics::IntoMetrics),*>
                ::keras_core::training::losses::MetricsFor<#tensors> for #name<#(#types),*>
            {
                fn into_sets(
                    self,
                ) -> ::std::vec::Vec<::std::vec::Vec<::std::boxed::Box<dyn ::keras_core::training::metrics::Metric>>> {
                    ::keras_core::training::losses::MetricsFor::<#tensors>::into_sets(
                        (#(self.#fields,)*),
                    )
                }
            }
        }
    }
}

/// By name is as a tuple in order, for any list of as many tensors. It stands at the name of the model, where the
/// compiler points to when a field does not fit.
fn in_order_impl(at: Span, name: &Ident, fields: &[Ident], [list, method]: [&str; 2]) -> TokenStream {
    let in_order = format_ident!("{}InOrder", list.trim_start_matches("Into"));
    let method = format_ident!("{}_in_order", method.trim_start_matches("into_"));
    let (types, parts, count) =
        (types("T", fields), types("P", fields), format_ident!("List{}", fields.len()));
    let lists = quote! { ::keras_core::tensor::lists };
    let in_order = quote! { #lists::#in_order };
    let implemented = placed(at, quote! { #in_order<'a, L> for #name<#(#types),*> });
    quote! {
        impl<'a, L: #lists::#count,
            #(#types: #in_order<'a, L::#parts, #lists::One>),*> #implemented
        {
            fn #method(
                self, wants: &[(&str, ::keras_core::shape::Shape)],
            ) -> ::keras_core::Result<::std::vec::Vec<::keras_core::tensor::Data<'a>>> {
                let (mut all, mut wants) = (::std::vec::Vec::new(), wants.chunks(1));
                #( all.extend(#in_order::#method(self.#fields, wants.next().unwrap_or_default())?); )*
                Ok(all)
            }
        }
    }
}

/// The same tokens, all at one place.
fn placed(at: Span, tokens: TokenStream) -> TokenStream {
    let placed = tokens.into_iter().map(|mut token| {
        token.set_span(at);
        token
    });
    placed.collect()
}

/// Losses and metrics by name, for any list of as many outputs.
fn losses_in_order_impl(name: &Ident, fields: &[Ident]) -> TokenStream {
    let (types, parts, count) =
        (types("T", fields), types("P", fields), format_ident!("List{}", fields.len()));
    quote! {
        #[diagnostic::do_not_recommend]
        impl<L: ::keras_core::tensor::lists::#count + 'static, #(#types: ::keras_core::training::losses::Loss),*>
            ::keras_core::training::losses::LossesInOrder<L> for #name<#(#types),*>
        {
            type Targets = (#(::keras_core::tensor::Of<
                ::keras_core::training::losses::TargetShape<#types, L::#parts>
            >,)*);
            fn losses_in_order(self) -> ::std::vec::Vec<::std::boxed::Box<dyn ::keras_core::training::AnyLoss>> {
                ::keras_core::training::losses::LossesInOrder::<L>::losses_in_order((#(self.#fields,)*))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<L: ::keras_core::tensor::lists::#count, #(#types: ::keras_core::training::metrics::IntoMetrics),*>
            ::keras_core::training::losses::MetricsInOrder<L> for #name<#(#types),*>
        {
            fn sets_in_order(
                self,
            ) -> ::std::vec::Vec<::std::vec::Vec<::std::boxed::Box<dyn ::keras_core::training::metrics::Metric>>> {
                ::keras_core::training::losses::MetricsInOrder::<L>::sets_in_order((#(self.#fields,)*))
            }
        }
    }
}

/// Sample weights by name.
fn weights_impl(name: &Ident, fields: &[Ident]) -> TokenStream {
    let types = types("T", fields);
    quote! {
        #[diagnostic::do_not_recommend]
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

/// The names as fields, if there are several. `at` is a place in the source: of names that are the source's, the compiler
/// finds the field that does not fit.
fn fields(names: &[&str], at: Span) -> Option<Vec<Ident>> {
    if names.len() < 2 {
        return None;
    }
    Some(super::names::fields(names.iter().map(|name| (*name, at))))
}

fn types(prefix: &str, fields: &[Ident]) -> Vec<Ident> {
    (0..fields.len()).map(|i| format_ident!("{prefix}{i}")).collect()
}
