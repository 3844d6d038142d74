//! Several values at once, one for each input or output of a model: what tuples, arrays and the structs of named
//! inputs and outputs have in common.
#![allow(non_camel_case_types, reason = "messages of the compiler say \"2 inputs\"")]

/// Of values for the inputs of a model.
#[derive(Clone, Copy, Debug)]
pub struct inputs;
/// Of targets for the outputs of a model.
#[derive(Clone, Copy, Debug)]
pub struct targets;
/// Of losses for the outputs of a model.
#[derive(Clone, Copy, Debug)]
pub struct losses;
/// Of sets of metrics for the outputs of a model.
#[derive(Clone, Copy, Debug)]
pub struct metrics;

/// What there is for each output of a model.
pub trait ForOutputs {}
impl ForOutputs for targets {}
impl ForOutputs for losses {}
impl ForOutputs for metrics {}

macro_rules! parts {
    ($($parts:ident $n:literal $message:literal $label:literal ($($item:ident $reference:ident $value:ident $i:tt $same:ident),*);)*) => { $(
        #[doc = concat!("A value of ", $n, " parts: a tuple, an array, a reference to a tuple, or a struct of named ones.")]
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $parts<K> {
            $(
                /// The type of a part.
                type $item;
                /// The type of a part that is looked at.
                type $reference: ?Sized;
            )*
            /// The parts.
            fn parts(self) -> ($(Self::$item,)*);
            /// The parts, to look at.
            fn refs(&self) -> ($(&Self::$reference,)*);
        }

        #[diagnostic::do_not_recommend]
        impl<K, $($item),*> $parts<K> for ($($item,)*) {
            $(type $item = $item; type $reference = $item;)*
            fn parts(self) -> ($($item,)*) {
                self
            }
            fn refs(&self) -> ($(&$item,)*) {
                ($(&self.$i,)*)
            }
        }

        // What an iterator of batches gives.
        #[diagnostic::do_not_recommend]
        impl<'a, K, $($item),*> $parts<K> for &'a ($($item,)*) {
            $(type $item = &'a $item; type $reference = $item;)*
            fn parts(self) -> ($(&'a $item,)*) {
                ($(&self.$i,)*)
            }
            fn refs(&self) -> ($(&$item,)*) {
                ($(&self.$i,)*)
            }
        }

        // Values of one type, as a loop makes them.
        #[diagnostic::do_not_recommend]
        impl<K, V> $parts<K> for [V; $n] {
            $(type $item = V; type $reference = V;)*
            fn parts(self) -> ($($same,)*) {
                self.into()
            }
            fn refs(&self) -> ($(&$same,)*) {
                let [$($value),*] = self;
                ($($value,)*)
            }
        }
    )* };
}

parts! {
    Parts2 2
        "this model has 2 {K}, found `{Self}`"
        "give a tuple in their order, `(&a, &b)`, or the struct with a field for each that `model!` makes of a named model"
        (P0 R0 a 0 V, P1 R1 b 1 V);
    Parts3 3
        "this model has 3 {K}, found `{Self}`"
        "give a tuple in their order, `(&a, &b, &c)`, or the struct with a field for each that `model!` makes of a named model"
        (P0 R0 a 0 V, P1 R1 b 1 V, P2 R2 c 2 V);
    Parts4 4
        "this model has 4 {K}, found `{Self}`"
        "give a tuple in their order, `(&a, &b, &c, &d)`, or the struct with a field for each that `model!` makes of a named model"
        (P0 R0 a 0 V, P1 R1 b 1 V, P2 R2 c 2 V, P3 R3 d 3 V);
    Parts5 5
        "this model has 5 {K}, found `{Self}`"
        "give a tuple in their order, `(&a, &b, &c, &d, &e)`, or the struct with a field for each that `model!` makes of a named model"
        (P0 R0 a 0 V, P1 R1 b 1 V, P2 R2 c 2 V, P3 R3 d 3 V, P4 R4 e 4 V);
    Parts6 6
        "this model has 6 {K}, found `{Self}`"
        "give a tuple in their order, `(&a, &b, &c, &d, &e, &f)`, or the struct with a field for each that `model!` makes of a named model"
        (P0 R0 a 0 V, P1 R1 b 1 V, P2 R2 c 2 V, P3 R3 d 3 V, P4 R4 e 4 V, P5 R5 f 5 V);
    Parts7 7
        "this model has 7 {K}, found `{Self}`"
        "give a tuple in their order, `(&a, &b, &c, &d, &e, &f, &g)`, or the struct with a field for each that `model!` makes of a named model"
        (P0 R0 a 0 V, P1 R1 b 1 V, P2 R2 c 2 V, P3 R3 d 3 V, P4 R4 e 4 V, P5 R5 f 5 V, P6 R6 g 6 V);
    Parts8 8
        "this model has 8 {K}, found `{Self}`"
        "give a tuple in their order, `(&a, &b, &c, &d, &e, &f, &g, &h)`, or the struct with a field for each that `model!` makes of a named model"
        (P0 R0 a 0 V, P1 R1 b 1 V, P2 R2 c 2 V, P3 R3 d 3 V, P4 R4 e 4 V, P5 R5 f 5 V, P6 R6 g 6 V, P7 R7 h 7 V);
}
