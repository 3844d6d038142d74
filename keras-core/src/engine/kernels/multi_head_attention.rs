//! `MultiHeadAttention`.

use keras_kernels::attention::{Attention, Hidden};
use keras_shape::layers::MultiHeadAttention;
use keras_shape::{Role, Shape, Size};

use super::attend::{Attend, Plan, Source};
use super::heads::Heads;
use crate::engine::kernel::{Choice, Site};
use crate::engine::parts::count;

/// The layer where it stands. Axes that attention does not look along are left to the operations if others lie before
/// them.
pub(crate) fn choose(layer: &MultiHeadAttention, site: &Site<'_>) -> Choice {
    match kernel(layer, site) {
        Some(kernel) => Choice::native(kernel),
        None => Choice::Operations,
    }
}

fn kernel(layer: &MultiHeadAttention, site: &Site<'_>) -> Option<Heads> {
    let inputs = site.feeds.iter().take_while(|feed| feed.role.is_input()).count();
    if !(2..=3).contains(&inputs) {
        return None;
    }
    let (query, value, key) = (site.x(0), site.x(1), site.x(inputs - 1));
    let last = query.len().checked_sub(1)?;
    if last < 2 || value.len() != last + 1 || key.len() != last + 1 {
        return None;
    }
    let along = layer.looks_along(&Shape::fixed(query)).ok()?;
    let first = (1..last).find(|axis| along[*axis])?;
    let (batch, rows) = (count(&query[..first]), count(&query[first..last]));
    let columns = count(&key[first..last]);
    let fits = along[first..last].iter().all(|along| *along)
        && key[..last] == value[..last]
        && key[..first] == query[..first];
    let masked = site.masked() || site.feeds.len() > inputs;
    if !fits || (last > 2 && masked) || batch * rows * columns == 0 {
        return None;
    }
    let (Size::Known(heads), Size::Known(width)) = (layer.num_heads, layer.key_dim) else { return None };
    let Size::Known(value_width) = layer.value_size() else { return None };
    let window = match layer.sliding_window {
        None => None,
        Some(Size::Known(window)) => Some(window),
        Some(_) => return None,
    };
    let lengths = [batch, heads, rows, columns];
    let each = attention_mask(site, lengths).ok()?;
    let key_mask = match inputs {
        // The key is the value, with a mask of its own if one is given by name.
        2 => Source::of(site, Role::KeyMask, usize::MAX),
        _ => Source::of(site, Role::KeyMask, 2),
    };
    let attend = Attend::new(
        Plan {
            lengths,
            // A mask of the query that is given by name changes no number.
            row_source: site.feeds[0].mask.map(|_| Source::Carried(0)),
            column_sources: [Source::of(site, Role::ValueMask, 1), key_mask],
            each,
            causal: layer.use_causal_mask,
            window,
            dropout: layer.dropout,
            seed: layer.seed,
        },
        site,
    );
    let hidden = if layer.zeroes_hidden() { Hidden::Zeroed } else { Hidden::Replaced };
    let sizes =
        Attention { batch, heads, key_heads: heads, rows, columns, width, value: value_width, hidden };
    let features = [query[last], key[last], value[last], count(site.y(0)) / (batch * rows)];
    Some(Heads::new(sizes, features, layer.use_bias, layer.use_gate, inputs, attend))
}

/// A mask of this shape that no kernel goes by.
struct Unfit;

/// Which input is the mask by pairs of steps, if one is, with its shape `(batch, heads, rows, columns)`, of which each axis
/// may be 1; `lengths` are those of the scores.
fn attention_mask(site: &Site<'_>, lengths: [usize; 4]) -> Result<Option<(usize, [usize; 4])>, Unfit> {
    let mut found = None;
    for (i, _) in site.feeds.iter().enumerate().filter(|(_, feed)| feed.role == Role::AttentionMask) {
        let shape = match *site.x(i) {
            [batch, rows, columns] => [batch, 1, rows, columns],
            [batch, heads, rows, columns] => [batch, heads, rows, columns],
            _ => return Err(Unfit),
        };
        if found.is_some() || shape.iter().zip(&lengths).any(|(n, of)| n != of && *n != 1) {
            return Err(Unfit);
        }
        found = Some((i, shape));
    }
    Ok(found)
}
