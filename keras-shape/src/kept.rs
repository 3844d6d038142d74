//! Lists and names that stay until the program ends, each content once.
//!
//! The arguments of a layer are values of constants, and so refer to what a program has in itself. Where they come from a
//! file there is no such place: what they refer to is kept here. One content is kept once, however often it is read, so that
//! a program which reads the same models again and again does not grow.

use core::any::{Any, TypeId};
use core::fmt::{self, Debug, Write};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{LazyLock, Mutex, PoisonError};

/// A type, and what two hashes with keys of their own make of a content: no two contents have the same 128 bits.
type Key = (TypeId, u64, u64);

/// What is kept.
struct Kept {
    keys: (RandomState, RandomState),
    values: Mutex<HashMap<Key, &'static (dyn Any + Send + Sync)>>,
}

/// What refers to it refers to the program, so it is the program's: no model could be its owner.
static KEPT: LazyLock<Kept> =
    LazyLock::new(|| Kept { keys: (RandomState::new(), RandomState::new()), values: Mutex::default() });

/// Hashes a text while it is written.
struct Hashed<H>(H, H);

impl<H: Hasher> Write for Hashed<H> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        self.1.write(text.as_bytes());
        Ok(())
    }
}

/// A list, the same for equal contents: those that print the same with `{:?}`.
pub fn kept<T: Debug + Send + Sync + 'static>(items: Vec<T>) -> &'static [T] {
    if items.is_empty() {
        return &[];
    }
    let key = key_of::<Vec<T>>(&items);
    kept_under(key, items)
}

/// As [`kept`], of values that `{:?}` does not print in full: contents are equal where `key` prints the same.
pub fn kept_as<T: Send + Sync + 'static>(items: Vec<T>, key: &dyn Debug) -> &'static [T] {
    kept_under(key_of::<Vec<T>>(key), items)
}

/// A value, the same for equal ones: those that print the same with `{:?}`.
pub fn kept_one<T: Debug + Send + Sync + 'static>(value: T) -> &'static T {
    let key = key_of::<T>(&value);
    kept_under(key, value)
}

/// A text.
pub fn kept_text(text: &str) -> &'static str {
    kept_under(key_of::<Box<str>>(&text), Box::<str>::from(text))
}

fn key_of<T: 'static>(content: &dyn Debug) -> Key {
    let keys = &KEPT.keys;
    let mut hashed = Hashed(keys.0.build_hasher(), keys.1.build_hasher());
    // Hashing does not fail, and neither does `{:?}`, unless by a mistake in it: then less is hashed, of equal contents equally.
    let _ = write!(hashed, "{content:?}");
    (TypeId::of::<T>(), hashed.0.finish(), hashed.1.finish())
}

fn kept_under<T: Send + Sync + 'static>(key: Key, value: T) -> &'static T {
    let mut values = KEPT.values.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = values.get(&key).and_then(|any| any.downcast_ref()) {
        return known;
    }
    let value: &'static T = Box::leak(Box::new(value));
    values.insert(key, value);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_contents_are_kept_once() {
        assert!(core::ptr::eq(kept(vec![1usize, 2]), kept(vec![1usize, 2])));
        assert!(core::ptr::eq(kept_text("one"), kept_text(&String::from("one"))));
        assert!(core::ptr::eq(kept_one(0.5f64), kept_one(0.5f64)));
        assert!(core::ptr::eq(kept_as(vec![7u8], &"a"), kept_as(vec![8u8], &"a")));
    }

    #[test]
    fn others_are_others() {
        assert_eq!(kept(vec![1usize, 2]), [1, 2]);
        assert_eq!(kept(vec![12usize]), [12]);
        assert_eq!(kept(vec![1isize, 2]), [1, 2]);
        assert_eq!(kept(vec![0.0f64])[0].to_bits(), 0f64.to_bits());
        assert_eq!(kept(vec![-0.0f64])[0].to_bits(), (-0f64).to_bits());
        assert_eq!(kept(vec![0.1f64 + 0.2, 0.3]), [0.1f64 + 0.2, 0.3]);
        assert_eq!((kept_text("a"), kept_text("b"), kept_text("")), ("a", "b", ""));
        assert!(kept::<usize>(Vec::new()).is_empty());
    }
}
