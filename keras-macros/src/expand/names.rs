//! Field names for layers.

use std::collections::HashSet;

use syn::Ident;

use crate::resolve::Layer;

/// A field name for each layer: its own name where that is an identifier, else one made from it.
pub fn fields(layers: &[Layer]) -> Vec<Ident> {
    let mut taken = HashSet::new();
    layers
        .iter()
        .map(|layer| {
            let mut name: String =
                layer.name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
            if syn::parse_str::<Ident>(&name).is_err() {
                name = format!("layer_{name}");
            }
            while !taken.insert(name.clone()) {
                name.push('_');
            }
            Ident::new(&name, layer.span)
        })
        .collect()
}
