//! Own layers without `new`: in a model, `T(args)` calls `T::new(args)`. The traits here give every type a `new` that
//! comes second to its own, and that no type can call; what the compiler says of that is in our words.

/// What makes an own layer of the arguments in a model.
#[derive(Debug)]
pub struct Construct;

/// The type `T` has a function `new` of its own. It is a parameter because the compiler would show where it is defined.
#[diagnostic::on_unimplemented(
    message = "`{T}` has no `new` that can be called here",
    label = "`{T}(...)` in a model calls `{T}::new(...)`",
    note = "give it one: `impl {T} {{ pub fn new() -> Self {{ ... }} }}`, with what stands between the parentheses as its arguments",
    note = "without parentheses, `=> {T}`, it is made by `{T}::default()`"
)]
pub trait HasNew<T> {
    /// The value.
    fn new_value() -> T;
}

border! {
[HasNew]
/// `new` of 0 arguments; a type's own `new` comes first.
pub trait New0: Sized {
    /// Never called.
    fn new() -> Self
    where
        Construct: HasNew<Self>,
    {
        Construct::new_value()
    }
}
}
impl<T> New0 for T {}

border! {
[HasNew]
/// `new` of 1 argument; a type's own `new` comes first.
pub trait New1: Sized {
    /// Never called.
    fn new(_: impl Sized) -> Self
    where
        Construct: HasNew<Self>,
    {
        Construct::new_value()
    }
}
}
impl<T> New1 for T {}

border! {
[HasNew]
/// `new` of 2 arguments; a type's own `new` comes first.
pub trait New2: Sized {
    /// Never called.
    fn new(_: impl Sized, _: impl Sized) -> Self
    where
        Construct: HasNew<Self>,
    {
        Construct::new_value()
    }
}
}
impl<T> New2 for T {}

border! {
[HasNew]
/// `new` of 3 arguments; a type's own `new` comes first.
pub trait New3: Sized {
    /// Never called.
    fn new(_: impl Sized, _: impl Sized, _: impl Sized) -> Self
    where
        Construct: HasNew<Self>,
    {
        Construct::new_value()
    }
}
}
impl<T> New3 for T {}

border! {
[HasNew]
/// `new` of 4 arguments; a type's own `new` comes first.
pub trait New4: Sized {
    /// Never called.
    fn new(_: impl Sized, _: impl Sized, _: impl Sized, _: impl Sized) -> Self
    where
        Construct: HasNew<Self>,
    {
        Construct::new_value()
    }
}
}
impl<T> New4 for T {}
