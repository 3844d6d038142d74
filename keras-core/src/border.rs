//! The border with a user's program, where errors are short.

/// An item whose bounds by these traits the compiler does not quote in its errors: `border! { [IntoInputs] impl ... }`.
/// With `impl` as a name, it does not show where the implementation stands.
// That the macro stands in a file of its own is what makes it work: see `keras_macros::border`.
macro_rules! border {
    ([$($name:ident),* $(,)?] $($item:tt)*) => {
        #[::keras_macros::__border(here $($name)*)]
        $($item)*
    };
}
