//! `RNN` and `Bidirectional` around cells of somebody's own.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use super::Expansion;
use super::imp::own_value;
use crate::resolve::{Kind, Layer};

/// Cells as constants.
pub(super) struct Cells {
    /// What is known of each, and the features that it sees.
    items: TokenStream,
    /// The names of the constants, for both directions.
    known: [Vec<TokenStream>; 2],
}

impl Expansion<'_> {
    /// The cells of each direction over the sequence `spec`. The second direction of one alone is empty.
    fn cells(&self, cells: &[Vec<Layer>; 2], spec: &TokenStream) -> Cells {
        let mut items = quote! { const __FEATURES: usize = ::keras_core::shape::layers::features(#spec); };
        let mut known = [Vec::new(), Vec::new()];
        for (direction, cells) in cells.iter().enumerate() {
            let mut width = quote! { __FEATURES };
            for (i, cell) in cells.iter().enumerate() {
                let (seen, of) = (format_ident!("__W{direction}_{i}"), format_ident!("__K{direction}_{i}"));
                let value = match &cell.kind {
                    Kind::Own { path, .. } => quote_spanned! { cell.span=>
                        ::keras_core::model::own_cell::<#path, #seen>()
                    },
                    Kind::Keras { code, .. } => {
                        let config = self.code(code);
                        quote! { ::keras_core::shape::layers::StepCell::of(&#config) }
                    }
                    _ => quote! { ::keras_core::shape::layers::StepCell::new(1, &[1]) },
                };
                items.extend(quote! {
                    const #seen: usize = #width;
                    const #of: ::keras_core::shape::layers::StepCell = #value;
                });
                width = quote! { #of.output() };
                known[direction].push(quote! { #of });
            }
        }
        Cells { items, known }
    }

    /// What a layer of cells gives, as an expression.
    pub(super) fn over_cells(
        &self,
        cells: &[Vec<Layer>; 2],
        config: &TokenStream,
        (spec, inputs): (&TokenStream, &[TokenStream]),
        node: usize,
        drop_mask: bool,
    ) -> TokenStream {
        let Cells { items, known: [forward, backward] } = self.cells(cells, spec);
        quote! {{
            #items
            ::keras_core::shape::layers::over_cells(
                &#config, [&[#(#forward),*], &[#(#backward),*]], &[#(#inputs),*], #node, #drop_mask,
            )
        }}
    }

    /// The layer as it is made.
    pub(super) fn new_cells(
        &self,
        layer: &Layer,
        cells: &[Vec<Layer>; 2],
        config: &TokenStream,
        spec: &TokenStream,
    ) -> TokenStream {
        let Cells { items, .. } = self.cells(cells, spec);
        let (name, trainable) = (&layer.name, layer.trainable);
        let directions = cells.iter().enumerate().filter(|(_, cells)| !cells.is_empty());
        let directions = directions.map(|(direction, cells)| {
            let cells = cells.iter().enumerate().map(|(i, cell)| {
                let (name, seen) = (&cell.name, format_ident!("__W{direction}_{i}"));
                match &cell.kind {
                    Kind::Own { path, args } => {
                        let value = own_value(&self.params, path, args.as_deref(), cell.span);
                        quote_spanned! { cell.span=>
                            ::keras_core::model::RunCell::own::<#seen, #path>(#name, #value)
                        }
                    }
                    Kind::Keras { code, .. } => {
                        let config = self.code(code);
                        quote! { ::keras_core::model::RunCell::keras(#name, #config, #seen) }
                    }
                    _ => quote! { ::core::unreachable!() },
                }
            });
            quote! { ::std::vec![#(#cells),*] }
        });
        let directions = quote! { ::std::vec![#(#directions),*] };
        quote! {{ #items ::keras_core::model::OwnCells::new(#name, #trainable, #config, #directions) }}
    }
}
