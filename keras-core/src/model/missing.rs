//! Own layers without `new`: in a model, `T(args)` calls `T::new(args)`. The traits here give every type a `new` that
//! comes second to its own, and that no type can call; what the compiler says of that is in our words.

/// A type with a function `new` of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `new` that can be called here",
    label = "`{Self}(...)` in a model calls `{Self}::new(...)`",
    note = "give it one: `impl {Self} {{ pub fn new() -> Self {{ ... }} }}`, with what stands between the parentheses as its arguments",
    note = "without parentheses, `=> {Self}`, it is made by `{Self}::default()`"
)]
pub trait HasNew: Sized {
    /// The value.
    fn new_value() -> Self;
}

// Without any, the compiler would say that no type implements the trait.
#[diagnostic::do_not_recommend]
impl HasNew for () {
    fn new_value() -> Self {}
}

/// `new` of 0 arguments; a type's own `new` comes first.
pub trait New0: Sized {
    /// Never called.
    fn new() -> Self
    where
        Self: HasNew,
    {
        Self::new_value()
    }
}
impl<T> New0 for T {}

/// `new` of 1 argument; a type's own `new` comes first.
pub trait New1: Sized {
    /// Never called.
    fn new(_: impl Sized) -> Self
    where
        Self: HasNew,
    {
        Self::new_value()
    }
}
impl<T> New1 for T {}

/// `new` of 2 arguments; a type's own `new` comes first.
pub trait New2: Sized {
    /// Never called.
    fn new(_: impl Sized, _: impl Sized) -> Self
    where
        Self: HasNew,
    {
        Self::new_value()
    }
}
impl<T> New2 for T {}

/// `new` of 3 arguments; a type's own `new` comes first.
pub trait New3: Sized {
    /// Never called.
    fn new(_: impl Sized, _: impl Sized, _: impl Sized) -> Self
    where
        Self: HasNew,
    {
        Self::new_value()
    }
}
impl<T> New3 for T {}

/// `new` of 4 arguments; a type's own `new` comes first.
pub trait New4: Sized {
    /// Never called.
    fn new(_: impl Sized, _: impl Sized, _: impl Sized, _: impl Sized) -> Self
    where
        Self: HasNew,
    {
        Self::new_value()
    }
}
impl<T> New4 for T {}
