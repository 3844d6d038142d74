//! Two small macros: one declares the arguments of a layer, one declares a set of words.

/// Declares a layer: its arguments in Keras's positional order with Keras's defaults. From this
/// come the config struct, the argument table that the macro reads, and the setter by name. The page of the layer in
/// `pages.rs`, which is its documentation, is written from this too (`tests/pages/mod.rs`).
macro_rules! layer {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[doc = $arg_doc:expr])* $arg:ident : $ty:ty $(= $default:tt)? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        ///
        // `concat!`: editors evaluate no macro of ours that stands alone here.
        #[doc = concat!(page!($name))]
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            $(
                #[doc = concat!("`", stringify!($arg), layer!(@shown $($default)?), "`:", $($arg_doc),*)]
                pub $arg: $ty,
            )*
        }

        impl $name {
            /// The arguments in Keras's positional order.
            pub const ARGS: &'static [$crate::ArgInfo] = &[
                $( $crate::ArgInfo {
                    name: stringify!($arg),
                    expects: <$ty as $crate::ArgType>::EXPECTS,
                    required: layer!(@required $($default)?),
                } ),*
            ];

            /// Of each argument, its name with its default (`strides = 1`) and what it does.
            pub const ARG_DOCS: &'static [(&'static str, &'static str)] = &[
                $( (concat!(stringify!($arg), layer!(@shown $($default)?)), concat!($($arg_doc),*)) ),*
            ];

            /// Keras's defaults; required arguments hold a placeholder.
            pub const DEFAULT: Self = $name {
                $( $arg: layer!(@default $ty $(, $default)?), )*
            };

            /// The layer with these flags in the place of its arguments of their names.
            pub(crate) const fn with_flags(self, flags: &$crate::call_args::Flags) -> Self {
                let _ = flags;
                #[allow(unused_mut)]
                let mut layer = self;
                $( layer!(@flag layer, flags, $arg); )*
                layer
            }

            /// The layer with all layers in it trained, or none of them.
            pub(crate) fn trained(self, trainable: bool) -> Self {
                let _ = trainable;
                $name { $( $arg: <$ty as $crate::ArgType>::trained(self.$arg, trainable), )* }
            }

            /// Shows each argument to `f`, in Keras's positional order.
            pub(crate) fn each<'a>(&'a self, f: &mut dyn FnMut(&'static str, &'a dyn $crate::arg::AnyArg)) {
                let _ = &f;
                $( f(stringify!($arg), &self.$arg); )*
            }

            /// Lends each argument to `f`.
            pub(crate) fn each_mut(&mut self, f: &mut dyn FnMut(&'static str, &mut dyn $crate::arg::SetArg)) {
                let _ = &f;
                $( f(stringify!($arg), &mut self.$arg); )*
            }
        }
    };
    // The arguments that something else than the layer itself may set.
    (@flag $layer:ident, $flags:ident, go_backwards) => { layer!(@set $layer, $flags, go_backwards) };
    (@flag $layer:ident, $flags:ident, return_attention_scores) => {
        layer!(@set $layer, $flags, return_attention_scores)
    };
    (@flag $layer:ident, $flags:ident, reverse) => { layer!(@set $layer, $flags, reverse) };
    (@flag $layer:ident, $flags:ident, use_causal_mask) => { layer!(@set $layer, $flags, use_causal_mask) };
    (@flag $layer:ident, $flags:ident, zero_output_for_mask) => { layer!(@set $layer, $flags, zero_output_for_mask) };
    (@flag $layer:ident, $flags:ident, $other:ident) => {};
    (@set $layer:ident, $flags:ident, $flag:ident) => {
        if let Some(value) = $flags.$flag {
            $layer.$flag = value;
        }
    };
    // An argument as its documentation begins: `strides = 1`.
    (@shown) => { "" };
    (@shown [($($shown:tt)*) = $value:expr]) => {
        concat!(" = ", stringify!(($($shown)*)))
    };
    (@shown [$($shown:literal)? $($word:ident)? = $value:expr]) => {
        concat!(" = ", $(stringify!($shown))? $(stringify!($word))?)
    };
    (@shown $default:tt) => { concat!(" = ", stringify!($default)) };
    (@required) => { true };
    (@required $default:tt) => { false };
    (@default $ty:ty) => { <$ty as $crate::ArgType>::PLACEHOLDER };
    // Of every type that takes `None` or `auto`, that is the value to begin with.
    (@default $ty:ty, None) => { <$ty as $crate::ArgType>::PLACEHOLDER };
    (@default $ty:ty, auto) => { <$ty as $crate::ArgType>::PLACEHOLDER };
    (@default $ty:ty, [($($shown:tt)*) = $value:expr]) => { $value };
    (@default $ty:ty, [$($shown:literal)? $($word:ident)? = $value:expr]) => { $value };
    (@default $ty:ty, true) => { true };
    (@default $ty:ty, false) => { false };
    (@default $ty:ty, $word:ident) => { $crate::vocabulary::defaults::$word };
    (@default $ty:ty, $number:literal) => { $number };
}

/// Declares a set of words, as Keras spells them.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident in $module:ident as $what:literal default $first:ident $(any $case:ident)? {
            $( $(#[$word_meta:meta])* $word:ident = $text:ident $(| $alias:ident)* ),* $(,)?
        }
    ) => {
        words! {
            $(#[$meta])*
            #[derive(PartialEq, Eq)]
            pub enum $name in $module as $what default $first $(any $case)? or {} {
                $( $(#[$word_meta])* $word = $text $(| $alias)* ),*
            }
        }

        impl $crate::code::Coded for $name {
            fn code(&self) -> $crate::Code {
                self.word_code()
            }
        }
    };
    // A set of words beside which a layer may stand: the variant that holds it, and what reads an argument as one. A layer
    // is not compared, so neither are the words.
    (
        $(#[$meta:meta])*
        pub enum $name:ident in $module:ident as $what:literal default $first:ident $(any $case:ident)?
        or { $( $(#[$layer_meta:meta])* $layer:ident by $read:path )? } {
            $( $(#[$word_meta:meta])* $word:ident = $text:ident $(| $alias:ident)* ),* $(,)?
        }
    ) => {
        #[doc = concat!("The words for ", $what, ", by Keras's names.")]
        #[allow(non_upper_case_globals)]
        pub mod $module {
            $(
                $(#[$word_meta])*
                pub const $text: super::$name = super::$name::$word;
                $( pub use self::$text as $alias; )*
            )*
        }

        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {
            $( $(#[$word_meta])* $word, )*
            $( $(#[$layer_meta])* $layer($crate::Inner), )?
        }

        impl $name {
            /// Every word, as Keras spells it.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($text)),*];

            /// The word as Keras spells it; of a layer its class.
            #[allow(dead_code)]
            pub const fn name(self) -> &'static str {
                match self {
                    $( $name::$word => stringify!($text), )*
                    $( $name::$layer(inner) => inner.config.class(), )?
                }
            }

            /// The word of this spelling.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $( stringify!($text) $(| stringify!($alias))* => Some($name::$word), )* _ => None }
            }

            /// How a word is made again.
            fn word_code(self) -> $crate::Code {
                let variant = match self {
                    $( $name::$word => stringify!($word), )*
                    $( $name::$layer(_) => stringify!($layer), )?
                };
                $crate::Code::name([stringify!($name), variant])
            }
        }

        impl $crate::ArgType for $name {
            const EXPECTS: &'static str = $what;
            const PLACEHOLDER: Self = $name::$first;

            fn parse(arg: &$crate::Arg) -> Result<$crate::arg::Parsed<Self>, String> {
                let folded = words!(@fold arg $($case)?);
                let arg = folded.as_ref().unwrap_or(arg);
                $(
                    if let Some(read) = $read(arg) {
                        return read;
                    }
                )?
                let word = |name: &str| {
                    Self::from_name(name).map(|value| $crate::arg::Parsed::known(value, value.word_code()))
                };
                $crate::arg::parse_word(arg, $what, Self::NAMES, word)
            }

            $(
                fn layers(&self) -> &[$crate::Inner] {
                    match self {
                        $name::$layer(inner) => std::slice::from_ref(inner),
                        _ => &[],
                    }
                }

                fn trained(self, trainable: bool) -> Self {
                    match self {
                        $name::$layer(inner) => $name::$layer(inner.trained(trainable)),
                        word => word,
                    }
                }
            )?
        }
    };
    // Keras reads some words in any case: `padding = "SAME"`.
    (@fold $arg:ident) => { None::<$crate::Arg> };
    (@fold $arg:ident $case:ident) => { $crate::arg::small_letters($arg) };
}
