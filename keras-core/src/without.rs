//! What stands in the place of items that a feature brings, where it is off: a compile error that names the feature.
//!
//! Each is bounded by a trait that nothing implements. What it would return is a type of that trait, so that the compiler
//! says nothing about what is done with it.

macro_rules! without {
    ($($(#[$doc:meta])* $name:ident: $feature:literal, $message:literal, $label:literal, $note:literal;)+) => {$(
        $(#[$doc])*
        #[cfg(not(feature = $feature))]
        #[diagnostic::on_unimplemented(message = $message, label = $label, note = $note)]
        pub trait $name {
            /// What is returned.
            type Out;
            /// No value has this type: what needs the feature cannot be called.
            const NEVER: core::convert::Infallible;
        }
    )+};
}

without! {
    /// Of what needs the feature `files`.
    NeedsFiles: "files",
    "this needs the feature `files` of keras-core, for files of Keras",
    "not there without the feature `files`",
    "in Cargo.toml: `keras-core = {{ ..., features = [\"files\"] }}`";
    /// Of what needs the feature `onnx`.
    NeedsOnnx: "onnx",
    "this needs the feature `onnx` of keras-core",
    "not there without the feature `onnx`",
    "in Cargo.toml: `keras-core = {{ ..., features = [\"onnx\"] }}`";
    /// Of what needs the feature `plot`.
    NeedsPlot: "plot",
    "this needs the feature `plot` of keras-core, for drawings",
    "not there without the feature `plot`",
    "in Cargo.toml: `keras-core = {{ ..., features = [\"plot\"] }}`, or `\"plot-png\"` for PNG files too";
    /// Of what needs the feature `images`.
    NeedsImages: "images",
    "this needs the feature `images` of keras-core, for folders of PNG and JPEG files",
    "not there without the feature `images`",
    "in Cargo.toml: `keras-core = {{ ..., features = [\"images\"] }}`";
}

/// Stands for a method of the feature, where it is off: of `Self`, or of a parameter that is named.
macro_rules! method {
    ($feature:literal, $vis:vis fn $name:ident(&$self:ident $(, $arg:ty)?) -> $out:ty, where $bounded:ident: $needs:ident) => {
        #[cfg(not(feature = $feature))]
        #[doc(hidden)]
        $vis fn $name(&$self $(, _: $arg)?) -> $out
        where
            $bounded: $crate::without::$needs,
        {
            match <$bounded as $crate::without::$needs>::NEVER {}
        }
    };
}
pub(crate) use method;

/// Stands for `load_model` of the feature `files`.
#[cfg(not(feature = "files"))]
pub fn load_model<P: NeedsFiles>(_: P) -> crate::Result<P::Out> {
    match P::NEVER {}
}

/// Stands for `image_dataset_from_directory` of the feature `images`.
#[cfg(not(feature = "images"))]
pub fn image_dataset_from_directory<P: NeedsImages>(_: P) -> P::Out {
    match P::NEVER {}
}
