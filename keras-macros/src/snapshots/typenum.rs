// struct Doubled<H: Unsigned> { Input(2 * H) => Dense(H + 1) }

/**
```text
Model: "doubled"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ dense (Dense)                        │ (None, H + 1)               │     0 (unbuilt) │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
```*/
#[allow(non_snake_case)]
struct Doubled<H: Unsigned + ::core::marker::Send + ::core::marker::Sync> {
    ///`dense` (Dense)
    pub dense: ::keras_core::model::built::Dense,
    #[doc(hidden)]
    pub __core: ::keras_core::model::Core,
    #[doc(hidden)]
    pub __params: ::core::marker::PhantomData<fn() -> (H,)>,
}
#[allow(non_upper_case_globals, clippy::all)]
const _: () = {
    #[doc(hidden)]
    pub struct __Proof<H: Unsigned + ::core::marker::Send + ::core::marker::Sync>(
        ::core::marker::PhantomData<fn() -> (H,)>,
    );
    impl<H: Unsigned + ::core::marker::Send + ::core::marker::Sync> __Proof<H> {
        const __I0: ::keras_core::shape::TensorSpec = ::keras_core::shape::TensorSpec::float(
            ::keras_core::shape::Shape::new(
                &[
                    ::keras_core::shape::Dim::NONE,
                    ::keras_core::shape::Dim::Fixed({
                        let __value: usize = 2
                            * <H as ::keras_core::typenum::Unsigned>::USIZE;
                        __value
                    }),
                ],
            ),
        );
        const __C0: ::keras_core::shape::LayerConfig = ::keras_core::shape::LayerConfig::Dense(::keras_core::shape::layers::Dense {
            units: ::keras_core::shape::Size::Known({
                let __value: usize = <H as ::keras_core::typenum::Unsigned>::USIZE + 1;
                __value
            }),
            ..::keras_core::shape::layers::Dense::DEFAULT
        });
        const __S0: [::keras_core::shape::Inferred; 1usize] = {
            let __n0: ::keras_core::shape::Inferred = ::keras_core::shape::weighed(
                ::keras_core::shape::infer(
                    &<__Proof<H>>::__C0,
                    &[::core::option::Option::Some(<__Proof<H>>::__I0)],
                    0usize,
                    false,
                ),
                &<__Proof<H>>::__C0,
                &[::core::option::Option::Some(<__Proof<H>>::__I0)],
            );
            [__n0]
        };
        const __N0: ::keras_core::shape::Inferred = <__Proof<H>>::__S0[0usize];
        const __BLAMED: ::core::option::Option<::keras_core::shape::ShapeError> = ::keras_core::shape::blamed(
            &[&<__Proof<H>>::__S0],
        );
        const __PROBLEM: ::core::option::Option<::keras_core::shape::ShapeError> = ::keras_core::model::problem(
            "Doubled",
            &[("H", <H as ::keras_core::typenum::Unsigned>::USIZE, false)],
            &[("dense", &<__Proof<H>>::__N0)],
        );
        const __CHECK: () = {
            {
                let message = <__Proof<H>>::__N0.message();
                if !message.is_empty() {
                    ::core::panic!("{}", message.as_str())
                }
            }
            {
                let message = ::keras_core::shape::blame(
                    &<__Proof<H>>::__BLAMED,
                    0usize,
                );
                if !message.is_empty() {
                    ::core::panic!("{}", message.as_str())
                }
            }
            ::keras_core::model::agrees(
                <__Proof<H>>::__N0.output(0usize),
                1usize,
                (<H as ::keras_core::typenum::Unsigned>::USIZE + 1),
            );
        };
        const __STRUCTURE: &'static ::keras_core::model::Structure = &::keras_core::model::Structure {
            name: "doubled",
            sequential: true,
            connected: false,
            inputs: &[
                ::keras_core::model::InputInfo {
                    name: "input_layer",
                    field: "input_layer",
                    spec: <__Proof<H>>::__I0,
                },
            ],
            layers: &[
                ::keras_core::model::LayerInfo {
                    name: "dense",
                    class: "Dense",
                    config: ::core::option::Option::Some(<__Proof<H>>::__C0),
                    inside: ::keras_core::model::Inside::Leaf,
                    group: ::core::option::Option::None,
                },
            ],
            nodes: &[
                ::keras_core::model::NodeInfo {
                    layer: 0usize,
                    inputs: &[::keras_core::model::Source::Input(0usize)],
                    roles: &[::keras_core::shape::Role::Input],
                    outputs: <__Proof<H>>::__N0,
                    drop_mask: false,
                    call: ::keras_core::shape::CallArgs::NONE,
                },
            ],
            outputs: &[::keras_core::model::Source::Node(0usize, 0usize)],
            output_names: &["dense"],
            outputs_named: false,
            output_fields: &["dense"],
            groups: &[],
            order: &[::keras_core::model::Member::Layer(0usize)],
            masks: &[],
            masked: &[],
        };
    }
    impl<
        H: Unsigned + ::core::marker::Send + ::core::marker::Sync,
    > ::keras_core::tensor::ShapeAt<1usize> for __Proof<H> {
        const DIMS: ::keras_core::shape::Shape = ::keras_core::model::shape_of(
            <__Proof<H>>::__N0.output(0usize),
        );
    }
    impl<
        H: Unsigned + ::core::marker::Send + ::core::marker::Sync,
    > ::keras_core::tensor::ShapeAt<0usize> for __Proof<H> {
        const DIMS: ::keras_core::shape::Shape = ::keras_core::model::shape_of(
            ::core::option::Option::Some(<__Proof<H>>::__I0),
        );
    }
    impl<H: Unsigned + ::core::marker::Send + ::core::marker::Sync> Doubled<H> {
        /// The number of parameters.
        pub const PARAMS: usize = ::keras_core::model::total_params(
            <__Proof<H>>::__STRUCTURE,
        );
        /// The model with fresh weights.
        pub fn new() -> Self {
            const { <__Proof<H>>::__CHECK }
            Self {
                dense: ::keras_core::model::Built::of(
                    <__Proof<H>>::__STRUCTURE,
                    0usize,
                    true,
                ),
                __core: ::keras_core::model::Core::new(),
                __params: ::core::marker::PhantomData,
            }
        }
        /// The shape of the input, the batch axis first.
        pub const INPUT_SHAPE: ::keras_core::shape::Shape = <__Proof<H>>::__I0.shape;
        /// The shape of the output, the batch axis first.
        pub const OUTPUT_SHAPE: ::keras_core::shape::Shape = {
            let _ = <__Proof<H>>::__PROBLEM;
            ::keras_core::model::shape_of(<__Proof<H>>::__N0.output(0usize))
        };
        /// The model with weights that follow from `seed` alone.
        pub fn with_seed(seed: u64) -> Self {
            ::keras_core::device::with_seed(seed, Self::new)
        }
        /// The weights in Keras's order, each with its path, as `model.weights`.
        pub fn weights(
            &self,
        ) -> ::std::vec::Vec<(::std::string::String, ::keras_core::tensor::Raw)> {
            ::keras_core::model::weights(self)
        }
    }
    impl<
        H: Unsigned + ::core::marker::Send + ::core::marker::Sync,
    > ::core::default::Default for Doubled<H> {
        fn default() -> Self {
            Self::new()
        }
    }
    impl<
        H: Unsigned + ::core::marker::Send + ::core::marker::Sync,
    > ::keras_core::model::AnyModel for Doubled<H> {
        fn structure(&self) -> &'static ::keras_core::model::Structure {
            <__Proof<H>>::__STRUCTURE
        }
        fn layer_at(&self, index: usize) -> &dyn ::keras_core::model::AnyLayer {
            match index {
                0usize => &self.dense,
                _ => ::core::panic!("there is no such layer"),
            }
        }
        fn layers_mut(
            &mut self,
        ) -> ::std::vec::Vec<&mut dyn ::keras_core::model::AnyLayer> {
            ::std::vec![& mut self.dense]
        }
        fn core(&self) -> &::keras_core::model::Core {
            &self.__core
        }
    }
    impl<
        H: Unsigned + ::core::marker::Send + ::core::marker::Sync,
    > ::keras_core::model::Model for Doubled<H>
    where
        ::keras_core::typenum::U2: ::core::ops::Mul<H>,
        <::keras_core::typenum::U2 as ::core::ops::Mul<
            H,
        >>::Output: ::keras_core::typenum::Unsigned + ::core::marker::Send
            + ::core::marker::Sync,
        H: ::core::ops::Add<::keras_core::typenum::U1>,
        <H as ::core::ops::Add<
            ::keras_core::typenum::U1,
        >>::Output: ::keras_core::typenum::Unsigned + ::core::marker::Send
            + ::core::marker::Sync,
    {
        const PROBLEM: ::core::option::Option<::keras_core::shape::ShapeError> = <__Proof<
            H,
        >>::__PROBLEM;
        type Input = (
            ::keras_core::tensor::Dyn,
            <::keras_core::typenum::U2 as ::core::ops::Mul<H>>::Output,
        );
        type Output = (
            ::keras_core::tensor::Dyn,
            <H as ::core::ops::Add<::keras_core::typenum::U1>>::Output,
        );
        type Inputs = ::keras_core::tensor::Of<
            (
                ::keras_core::tensor::Dyn,
                <::keras_core::typenum::U2 as ::core::ops::Mul<H>>::Output,
            ),
        >;
        type Outputs = ::keras_core::tensor::Of<
            (
                ::keras_core::tensor::Dyn,
                <H as ::core::ops::Add<::keras_core::typenum::U1>>::Output,
            ),
        >;
    }
    #[diagnostic::do_not_recommend]
    impl<
        In: ::keras_core::tensor::LayerInput,
        H: Unsigned + ::core::marker::Send + ::core::marker::Sync,
    > ::keras_core::model::Layer<In> for Doubled<H> {
        const OUTPUT: ::keras_core::shape::Shape = {
            let _ = <__Proof<H>>::__PROBLEM;
            ::keras_core::model::shape_of(<__Proof<H>>::__N0.output(0usize))
        };
        const NESTED: ::core::option::Option<::keras_core::model::Nested> = ::core::option::Option::Some(
            ::keras_core::model::Nested::with(
                <__Proof<H>>::__PROBLEM,
                &[::core::option::Option::Some(<__Proof<H>>::__I0)],
                &[<__Proof<H>>::__N0.output(0usize)],
                <__Proof<H>>::__STRUCTURE,
            ),
        );
        fn trace(
            &self,
            _: In::Symbolic,
            _: &mut ::keras_core::model::Trace<'_>,
        ) -> ::keras_core::Result<::keras_core::ops::Symbolic> {
            ::keras_core::model::nested_is_run()
        }
        fn nested(&self) -> ::core::option::Option<&dyn ::keras_core::model::AnyModel> {
            ::core::option::Option::Some(self)
        }
        fn nested_mut(
            &mut self,
        ) -> ::core::option::Option<&mut dyn ::keras_core::model::AnyModel> {
            ::core::option::Option::Some(self)
        }
    }
};
