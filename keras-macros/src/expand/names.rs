//! Identifiers of Rust for the names of layers, inputs and outputs, which may be any text.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::Ident;

/// A different identifier for each name: the name itself where it is an identifier, else one made from it. `a-b` is
/// `a_b`; if `a_b` is there too, that keeps its own and `a-b` is `a_b_2`.
pub fn fields<'a>(names: impl IntoIterator<Item = (&'a str, Span)>) -> Vec<Ident> {
    let names: Vec<(&str, Span)> = names.into_iter().collect();
    let mut taken: HashSet<String> = HashSet::from(["__core".to_string()]);
    // Who has an identifier for a name gets that, wherever it stands.
    let own: Vec<bool> =
        names.iter().map(|(name, _)| identifier(name) == *name && taken.insert(name.to_string())).collect();
    let mut counts = std::collections::HashMap::new();
    let mut ident = |name: &str, own: bool| {
        let first = identifier(name);
        if own || taken.insert(first.clone()) {
            return first;
        }
        let count = counts.entry(first.clone()).or_insert(1);
        loop {
            *count += 1;
            let next = format!("{first}_{count}");
            if taken.insert(next.clone()) {
                return next;
            }
        }
    };
    let make = |((name, span), own): (&(&str, Span), bool)| {
        let name = ident(name, own);
        // What remains is a keyword: `r#type`.
        if is_plain(&name) { Ident::new(&name, *span) } else { Ident::new_raw(&name, *span) }
    };
    names.iter().zip(own).map(make).collect()
}

/// Whether it is an identifier as it stands, given that it consists of letters, digits and `_`.
fn is_plain(name: &str) -> bool {
    syn::parse_str::<Ident>(name).is_ok()
}

/// The name with `_` for whatever stands in no identifier, and `layer_` in front where that is needed. It may be a
/// keyword that an identifier can be, behind `r#`.
fn identifier(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if is_letter(c) || c.is_ascii_digit() { c } else { '_' }).collect();
    let begins = name.chars().next().is_some_and(is_letter);
    let usable = begins && !["_", "self", "Self", "super", "crate"].contains(&name.as_str());
    if usable { name } else { format!("layer_{name}") }
}

/// `_` and letters that stand in identifiers of Rust and have one spelling in Unicode: of two that the compiler takes
/// for the same, two fields would be one.
fn is_letter(c: char) -> bool {
    let scripts = [
        '\u{c0}'..='\u{24f}',
        '\u{391}'..='\u{3c9}',
        '\u{400}'..='\u{4ff}',
        '\u{3041}'..='\u{30fe}',
        '\u{4e00}'..='\u{9fff}',
        '\u{ac00}'..='\u{d7a3}',
    ];
    c.is_ascii_alphabetic()
        || c == '_'
        || (c.is_alphabetic() && scripts.iter().any(|script| script.contains(&c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        fields(names.iter().map(|name| (*name, Span::call_site()))).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn any_name_has_a_field_of_its_own() {
        assert_eq!(
            names(&["dense", "dense_1", "gr\u{f6}\u{df}e", "\u{5c42}"]),
            ["dense", "dense_1", "gr\u{f6}\u{df}e", "\u{5c42}"]
        );
        assert_eq!(names(&["a-b", "a_b", "a b"]), ["a_b_2", "a_b", "a_b_3"]);
        assert_eq!(names(&["x\u{b2}", "x_", "x\u{b3}"]), ["x__2", "x_", "x__3"]);
        assert_eq!(
            names(&["type", "1", "_", "", "r#a", "self", "__core"]),
            ["r#type", "layer_1", "layer__", "layer_", "r_a", "layer_self", "__core_2",]
        );
        // `e` with an accent as one character and as two.
        assert_eq!(names(&["\u{e9}", "e\u{301}"]), ["\u{e9}", "e_"]);
        // Equal names, as where a model gives one tensor twice.
        assert_eq!(names(&["y", "y", "y_2", "y"]), ["y", "y_3", "y_2", "y_4"]);
    }

    #[test]
    fn every_letter_is_one_of_an_identifier() {
        for c in ('\0'..=char::MAX).filter(|c| is_letter(*c)) {
            let name = format!("{c}1");
            assert!(syn::parse_str::<Ident>(&name).is_ok(), "{c:?}");
        }
    }

    #[test]
    fn many_equal_names_take_no_time() {
        let many = vec!["a-b"; 20_000];
        let started = std::time::Instant::now();
        assert_eq!(names(&many).last().map(String::as_str), Some("a_b_20000"));
        assert!(started.elapsed().as_secs() < 5);
    }
}
