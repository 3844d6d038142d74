//! Mistakes where several tensors meet, told with their names and where they come from.

use crate::{Inferred, Role, Shape, ShapeError, TensorSpec, Text};

/// A message with all that it says of tensors.
pub type Message = Text<2048>;

/// A tensor that a layer is given, as a message calls it.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Its name: "`x`", "the first".
    pub who: &'a str,
    /// Where it comes from: "an Input", "from Dense, `dense`".
    pub from: &'a str,
    /// What is known of it.
    pub spec: Option<TensorSpec>,
}

impl Inferred {
    /// As [`message`](Inferred::message), with tensors called by their names.
    pub const fn message_about(&self, given: &[Given<'_>]) -> Message {
        match self {
            Inferred::Wrong(error) if error.culprit.is_none() => error.text_about(given),
            _ => Text::new(),
        }
    }
}

impl ShapeError {
    /// Message and help as one text; where several tensors meet, it says which they are and what made them.
    pub const fn text_about(&self, given: &[Given<'_>]) -> Message {
        let mut specs = [TensorSpec::float(Shape::new(&[])); 16];
        let mut known = given.len() > 1 && given.len() <= specs.len();
        let mut i = 0;
        while known && i < given.len() {
            match given[i].spec {
                Some(spec) => specs[i] = spec,
                None => known = false,
            }
            i += 1;
        }
        let text = if known {
            self.named(given, specs.split_at(given.len()).0)
        } else {
            Text::new().t(&self.message)
        };
        if self.help.is_empty() { text } else { text.s("\nhelp: ").t(&self.help) }
    }

    const fn named(&self, given: &[Given<'_>], specs: &[TensorSpec]) -> Message {
        if let Some((before, after)) = self.message.around_inputs() {
            return list(Text::new().s(before), given, specs).s(after);
        }
        let text = Text::new().t(&self.message);
        // An argument that is wrong in itself is not about the tensors.
        match self.arg {
            Some(arg) if Role::from_name(arg).is_none() => text,
            _ => list(text.s("\n"), given, specs),
        }
    }
}

/// Appends "`a` is (None, 4) (an Input) and `b` is (None, 5) (from Dense, `dense`)".
const fn list(mut text: Message, given: &[Given<'_>], specs: &[TensorSpec]) -> Message {
    let mut i = 0;
    while i < given.len() {
        if i > 0 {
            text = text.s(if i + 1 == given.len() { " and " } else { ", " });
        }
        if !specs[i].role.is_input() {
            text = text.s(specs[i].role.name()).s(" ");
        }
        text = text.s(given[i].who).s(" is ").shape(&specs[i].shape).s(" (").s(given[i].from).s(")");
        i += 1;
    }
    text
}
