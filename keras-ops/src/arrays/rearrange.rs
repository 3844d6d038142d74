//! Axes split, moved and joined as a pattern says.

use crate::error::Problem;
use crate::operand::Operand;
use crate::shapes::shaped;
use crate::symbolic::settled;
use crate::{Shape, Symbolic, transpose};

/// The groups of names of one side of a pattern, of which each is an axis.
fn groups(side: &str) -> Result<Vec<Vec<&str>>, Problem> {
    let wrong = |why: &str| Err(Problem::Argument(format!("`{}`: {why}", side.trim())));
    let mut all: Vec<Vec<&str>> = Vec::new();
    let mut open = false;
    let mut rest = side.trim_start();
    while let Some(first) = rest.chars().next() {
        let named = |c: char| c.is_alphanumeric() || c == '_';
        let length = rest.find(|c| !named(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(length.max(first.len_utf8()));
        rest = after.trim_start();
        match first {
            '(' if open => return wrong("a group stands in a group"),
            '(' => {
                open = true;
                all.push(Vec::new());
            }
            ')' if !open => return wrong("a group ends that has not begun"),
            ')' => open = false,
            _ if length == 0 => return wrong("axes have names of letters and digits"),
            _ if all.iter().flatten().any(|other| *other == name) => return wrong("an axis is named twice"),
            _ => match all.last_mut().filter(|_| open) {
                Some(group) => group.push(name),
                None => all.push(vec![name]),
            },
        }
    }
    if open { wrong("a group does not end") } else { Ok(all) }
}

/// The length of each name of the left side.
fn lengths<'a>(
    shape: &Shape,
    from: &[Vec<&'a str>],
    given: &[(&str, usize)],
) -> Result<Vec<(&'a str, usize)>, Problem> {
    let wrong = |text: String| Err(Problem::Argument(text));
    if from.len() != shape.rank() {
        return wrong(format!("the pattern has {} axes, and {shape} has {}", from.len(), shape.rank()));
    }
    let told = |name: &str| given.iter().find(|(other, _)| *other == name).map(|(_, length)| *length);
    let mut all = Vec::new();
    for (group, length) in from.iter().zip(shape.iter()) {
        let known: usize = group.iter().filter_map(|name| told(name)).product();
        let unknown = group.iter().filter(|name| told(name).is_none()).count();
        let fits = match unknown {
            0 => known == *length,
            1 => known != 0 && length.is_multiple_of(known),
            _ => return wrong(format!("of `{}` all lengths but one must be given", group.join(" "))),
        };
        if !fits {
            return wrong(format!(
                "`{}` with {known} elements does not make up an axis of {length}",
                group.join(" ")
            ));
        }
        all.extend(group.iter().map(|name| (*name, told(name).unwrap_or(length / known.max(1)))));
    }
    match given.iter().find(|(name, _)| !all.iter().any(|(other, _)| other == name)) {
        Some((name, _)) => wrong(format!("`{name}` is no axis of the pattern")),
        None => Ok(all),
    }
}

/// `tensor` with its axes split, moved and joined: of `"b (h k) c -> b h (k c)"` with the length 2 of `k`, `(b, 2 * h, c)` gives
/// `(b, h, 2 * c)`. Of a group in the left side all lengths but one are given.
/// [Keras](https://keras.io/api/ops/einops/#rearrange-function).
#[track_caller]
pub fn rearrange(tensor: impl Operand, pattern: &str, axes_lengths: &[(&str, usize)]) -> Symbolic {
    let x = tensor.symbolic();
    if x.is_mistake() {
        return x;
    }
    let made = || {
        let Some((left, right)) = pattern.split_once("->") else {
            let text =
                format!("`{pattern}` has no `->` between the axes that are and those that come of them");
            return Err(Problem::Argument(text));
        };
        let (from, to) = (groups(left)?, groups(right)?);
        let lengths = lengths(x.shape(), &from, axes_lengths)?;
        let place = |name: &str| lengths.iter().position(|(other, _)| *other == name);
        let order: Option<Vec<usize>> = to.iter().flatten().map(|name| place(name)).collect();
        let order = order.filter(|order| order.len() == lengths.len()).ok_or_else(|| {
            Problem::Argument(format!("both sides of `{pattern}` must have the same names, each once"))
        })?;
        let split: Shape = lengths.iter().map(|(_, length)| *length).collect();
        let group =
            |names: &Vec<&str>| names.iter().filter_map(|name| Some(lengths[place(name)?].1)).product();
        let joined: Shape = to.iter().map(group).collect();
        Ok(shaped(&transpose(shaped(&x, split, "rearrange"), order), joined, "rearrange"))
    };
    settled("rearrange", made())
}
