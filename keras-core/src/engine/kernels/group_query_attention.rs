//! `GroupQueryAttention`.

use keras_kernels::attention::{Attention, Hidden};
use keras_shape::layers::GroupedQueryAttention;
use keras_shape::{Role, Size};

use super::attend::{Attend, Plan, Source};
use super::heads::Heads;
use crate::engine::kernel::{Choice, Site};

/// The layer where it stands. Masks of steps that are given by name, and what is dropped, are left to the operations.
pub(crate) fn choose(layer: &GroupedQueryAttention, site: &Site<'_>) -> Choice {
    match kernel(layer, site) {
        Some(kernel) => Choice::native(kernel),
        None => Choice::Operations,
    }
}

fn kernel(layer: &GroupedQueryAttention, site: &Site<'_>) -> Option<Heads> {
    let inputs = site.feeds.iter().take_while(|feed| feed.role.is_input()).count();
    if !(2..=3).contains(&inputs) || (site.training && layer.dropout != 0.0) {
        return None;
    }
    let ([batch, rows, query], [_, columns, value]) = (site.x(0), site.x(1)) else { return None };
    let [of_key, key_columns, key] = site.x(inputs - 1) else { return None };
    let (Size::Known(heads), Size::Known(width)) = (layer.num_query_heads, layer.head_dim) else {
        return None;
    };
    let Size::Known(key_heads) = layer.num_key_value_heads else { return None };
    let window = match layer.sliding_window {
        None => None,
        Some(Size::Known(window)) => Some(window),
        Some(_) => return None,
    };
    let fits = of_key == batch && key_columns == columns && site.x(1)[0] == *batch;
    if !fits || batch * rows * columns == 0 || key_heads == 0 || !heads.is_multiple_of(key_heads) {
        return None;
    }
    let lengths = [*batch, heads, *rows, *columns];
    let mut each = None;
    for (i, feed) in site.feeds.iter().enumerate().skip(inputs) {
        let shape = match (feed.role, site.x(i)) {
            (Role::AttentionMask, &[batch, rows, columns]) => [batch, 1, rows, columns],
            (Role::AttentionMask, &[batch, heads, rows, columns]) => [batch, heads, rows, columns],
            _ => return None,
        };
        if each.is_some() || shape.iter().zip(&lengths).any(|(n, of)| n != of && *n != 1) {
            return None;
        }
        each = Some((i, shape));
    }
    let carried = |i: usize| site.feeds[..inputs].get(i)?.mask.map(|_| Source::Carried(i));
    let plan = Plan {
        lengths,
        row_source: carried(0),
        column_sources: [carried(1), carried(2)],
        each,
        causal: layer.use_causal_mask,
        window,
        dropout: 0.0,
        seed: None,
    };
    // With the scores as a tensor of their own those that do not count are 0, also where none does.
    let apart = layer.dropout > 0.0 || layer.return_attention_scores;
    let hidden = if apart { Hidden::Zeroed } else { Hidden::Lowest };
    let (batch, rows, columns) = (*batch, *rows, *columns);
    let sizes = Attention { batch, heads, key_heads, rows, columns, width, value: width, hidden };
    let features = [*query, *key, *value, *site.y(0).last()?];
    Some(Heads::new(sizes, features, layer.use_bias, layer.use_gate, inputs, Attend::new(plan, site)))
}
