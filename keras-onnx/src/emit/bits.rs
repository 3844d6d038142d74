//! Functions of the bits of integers, by arithmetic: opset 17 has them of no signed ones.

use keras_ops::graph::Bits;

use crate::Result;
use crate::model::Element;
use crate::writer::{At, Writer};

/// So many bits an integer has.
const BITS: usize = 32;

/// Powers of two, so many from 1 on.
fn powers(w: &mut Writer<'_>, count: usize) -> String {
    w.ints(&(0..count).map(|i| 1 << i).collect::<Vec<i64>>())
}

/// An integer as the number from 0 on that has the same bits.
fn unsigned(w: &mut Writer<'_>, x: &str) -> String {
    let all = w.int64(1 << BITS);
    w.op("Mod", &[x, &all])
}

/// The integer that has the bits of a number from 0 on.
fn signed(w: &mut Writer<'_>, x: &str) -> String {
    let (all, half) = (w.int64(1 << BITS), w.int64(1 << (BITS - 1)));
    let negative = w.op("GreaterOrEqual", &[x, &half]);
    let less = w.op("Sub", &[x, &all]);
    let x = w.op("Where", &[&negative, &less, x]);
    w.cast(&x, Element::Int32)
}

/// A function of two integers.
pub(super) fn bits(w: &mut Writer<'_>, at: &At, f: Bits) -> Result<String> {
    let (a, b) = (w.name(at.inputs[0])?, w.name(at.inputs[1])?);
    let [a, b] = [a, b].map(|x| w.cast(&x, Element::Int64));
    match f {
        Bits::And | Bits::Or | Bits::Xor => Ok(bit_by_bit(w, f, [a, b])),
        Bits::LeftShift | Bits::RightShift => Ok(shifted(w, f, [a, b])),
        Bits::Gcd | Bits::Lcm => {
            Err(w.refused("there is no operator for it, and how many steps it takes only the data knows"))
        }
    }
}

/// Each bit along a last axis, as 0 or 1.
fn bit_by_bit(w: &mut Writer<'_>, f: Bits, both: [String; 2]) -> String {
    let (powers, last, two) = (powers(w, BITS), w.ints(&[-1]), w.int64(2));
    let [a, b] = both.map(|x| {
        let x = unsigned(w, &x);
        let x = w.op("Unsqueeze", &[&x, &last]);
        let x = w.op("Div", &[&x, &powers]);
        w.op("Mod", &[&x, &two])
    });
    let y = match f {
        Bits::And => w.op("Mul", &[&a, &b]),
        Bits::Or => w.op("Max", &[&a, &b]),
        _ => {
            let apart = w.op("Sub", &[&a, &b]);
            w.op("Abs", &[&apart])
        }
    };
    let y = w.op("Mul", &[&y, &powers]);
    let arguments = vec![("keepdims", crate::model::Attribute::Int(0))];
    let y = w.with("ReduceSum", &[&y, &last], arguments);
    signed(w, &y)
}

/// Products with powers of two, and what is left of division by them. A negative number of places is one of many.
fn shifted(w: &mut Writer<'_>, f: Bits, [x, places]: [String; 2]) -> String {
    let (powers, zero, most) = (powers(w, BITS + 1), w.int64(0), w.int64(BITS as i64));
    let many = w.op("Less", &[&places, &zero]);
    let places = w.op("Where", &[&many, &most, &places]);
    let places = w.op("Min", &[&places, &most]);
    let power = w.op("Gather", &[&powers, &places]);
    if f == Bits::LeftShift {
        // Of its bits alone no product is beyond 64.
        let y = unsigned(w, &x);
        let half = w.int64(1 << (BITS / 2));
        let (high, low) = (w.op("Div", &[&y, &half]), w.op("Mod", &[&y, &half]));
        let low = w.op("Mul", &[&low, &power]);
        let high = w.op("Mul", &[&high, &power]);
        let high = w.op("Mod", &[&high, &half]);
        let high = w.op("Mul", &[&high, &half]);
        let y = w.op("Add", &[&low, &high]);
        let y = unsigned(w, &y);
        return signed(w, &y);
    }
    let rest = w.op("Mod", &[&x, &power]);
    let y = w.op("Sub", &[&x, &rest]);
    let y = w.op("Div", &[&y, &power]);
    w.cast(&y, Element::Int32)
}
