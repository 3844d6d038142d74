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
impl HasNew for () {
    fn new_value() -> Self {}
}

macro_rules! missing {
    ($($name:ident($($arg:ident),*);)*) => { $(
        /// `new` of this many arguments.
        pub trait $name: Sized {
            /// Never called: a type's own `new` comes first.
            fn new($($arg: impl Sized),*) -> Self
            where
                Self: HasNew;
        }

        #[diagnostic::do_not_recommend]
        impl<T> $name for T {
            fn new($($arg: impl Sized),*) -> T
            where
                T: HasNew,
            {
                $(let _ = $arg;)*
                T::new_value()
            }
        }
    )* };
}
missing! {
    New0();
    New1(a);
    New2(a, b);
    New3(a, b, c);
    New4(a, b, c, d);
}
