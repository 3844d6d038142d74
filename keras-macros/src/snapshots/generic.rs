// pub struct Head<const UNITS: usize, const BIAS: bool = true> { Input(None, UNITS) => Dense(2 * UNITS, use_bias = BIAS) => Own::<UNITS> => Dense(3) }

/**
```text
Model: "head"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ dense (Dense)                        │ (None, None, ?)             │     0 (unbuilt) │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ own (Own)                            │ ?                           │     0 (unbuilt) │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dense_1 (Dense)                      │ ?                           │     0 (unbuilt) │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
```*/
#[allow(non_snake_case)]
pub struct Head<const UNITS: usize, const BIAS: bool = true> {
    ///`dense` (Dense)
    pub dense: ::keras_core::model::built::Dense,
    ///`own` (Own)
    pub own: ::keras_core::model::Own<Own<UNITS>>,
    ///`dense_1` (Dense)
    pub dense_1: ::keras_core::model::built::Dense,
    #[doc(hidden)]
    pub __core: ::keras_core::model::Core,
}
#[allow(non_upper_case_globals, clippy::all)]
const _: () = {
    #[doc(hidden)]
    pub struct __Proof<const UNITS: usize, const BIAS: bool>(
        ::core::marker::PhantomData<fn() -> ()>,
    );
    impl<const UNITS: usize, const BIAS: bool> __Proof<UNITS, BIAS> {
        const __I0: ::keras_core::shape::TensorSpec = ::keras_core::shape::TensorSpec::float(
            ::keras_core::shape::Shape::new(
                &[
                    ::keras_core::shape::Dim::NONE,
                    ::keras_core::shape::Dim::NONE,
                    ::keras_core::shape::Dim::Fixed({
                        let __value: usize = UNITS;
                        __value
                    }),
                ],
            ),
        );
        const __C0: ::keras_core::shape::LayerConfig = ::keras_core::shape::LayerConfig::Dense(::keras_core::shape::layers::Dense {
            units: ::keras_core::shape::Size::Known({
                let __value: usize = 2 * UNITS;
                __value
            }),
            use_bias: {
                let __value: bool = BIAS;
                __value
            },
            ..::keras_core::shape::layers::Dense::DEFAULT
        });
        const __C2: ::keras_core::shape::LayerConfig = ::keras_core::shape::LayerConfig::Dense(::keras_core::shape::layers::Dense {
            units: ::keras_core::shape::Size::Known(3),
            ..::keras_core::shape::layers::Dense::DEFAULT
        });
        const __S0: [::keras_core::shape::Inferred; 1usize] = {
            let __n0: ::keras_core::shape::Inferred = ::keras_core::shape::weighed(
                ::keras_core::shape::infer(
                    &<__Proof<UNITS, BIAS>>::__C0,
                    &[::core::option::Option::Some(<__Proof<UNITS, BIAS>>::__I0)],
                    0usize,
                    false,
                ),
                &<__Proof<UNITS, BIAS>>::__C0,
                &[::core::option::Option::Some(<__Proof<UNITS, BIAS>>::__I0)],
            );
            [__n0]
        };
        const __N0: ::keras_core::shape::Inferred = <__Proof<UNITS, BIAS>>::__S0[0usize];
        const __S1: [::keras_core::shape::Inferred; 2usize] = {
            let __n1: ::keras_core::shape::Inferred = ::keras_core::model::own_outputs(
                "Own",
                <<Own<
                    UNITS,
                > as ::keras_core::model::LayerFor<
                    (
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::ComputedAxis<
                            __Proof<UNITS, BIAS>,
                            1usize,
                            2usize,
                        >,
                    ),
                >>::Layer as ::keras_core::model::Layer<
                    (
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::ComputedAxis<
                            __Proof<UNITS, BIAS>,
                            1usize,
                            2usize,
                        >,
                    ),
                >>::OUTPUT,
                <<Own<
                    UNITS,
                > as ::keras_core::model::LayerFor<
                    (
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::ComputedAxis<
                            __Proof<UNITS, BIAS>,
                            1usize,
                            2usize,
                        >,
                    ),
                >>::Layer as ::keras_core::model::Layer<
                    (
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::ComputedAxis<
                            __Proof<UNITS, BIAS>,
                            1usize,
                            2usize,
                        >,
                    ),
                >>::NESTED,
                &[<__Proof<UNITS, BIAS>>::__N0.output(0usize)],
                1usize,
                false,
            );
            let __n2: ::keras_core::shape::Inferred = ::keras_core::shape::weighed(
                ::keras_core::shape::infer(
                    &<__Proof<UNITS, BIAS>>::__C2,
                    &[__n1.output(0usize)],
                    2usize,
                    false,
                ),
                &<__Proof<UNITS, BIAS>>::__C2,
                &[__n1.output(0usize)],
            );
            [__n1, __n2]
        };
        const __N1: ::keras_core::shape::Inferred = <__Proof<UNITS, BIAS>>::__S1[0usize];
        const __N2: ::keras_core::shape::Inferred = <__Proof<UNITS, BIAS>>::__S1[1usize];
        const __BLAMED: ::core::option::Option<::keras_core::shape::ShapeError> = ::keras_core::shape::blamed(
            &[&<__Proof<UNITS, BIAS>>::__S0, &<__Proof<UNITS, BIAS>>::__S1],
        );
        const __PROBLEM: ::core::option::Option<::keras_core::shape::ShapeError> = ::keras_core::model::problem(
            "Head",
            &[("UNITS", UNITS as usize, false), ("BIAS", BIAS as usize, true)],
            &[
                ("dense", &<__Proof<UNITS, BIAS>>::__N0),
                ("own", &<__Proof<UNITS, BIAS>>::__N1),
                ("dense_1", &<__Proof<UNITS, BIAS>>::__N2),
            ],
        );
        const __CHECK: () = {
            {
                let message = <__Proof<UNITS, BIAS>>::__N0.message();
                if !message.is_empty() {
                    ::core::panic!("{}", message.as_str())
                }
            }
            {
                let message = <__Proof<UNITS, BIAS>>::__N1.message();
                if !message.is_empty() {
                    ::core::panic!("{}", message.as_str())
                }
            }
            {
                let message = <__Proof<UNITS, BIAS>>::__N2.message();
                if !message.is_empty() {
                    ::core::panic!("{}", message.as_str())
                }
            }
            {
                let message = ::keras_core::shape::blame(
                    &<__Proof<UNITS, BIAS>>::__BLAMED,
                    0usize,
                );
                if !message.is_empty() {
                    ::core::panic!("{}", message.as_str())
                }
            }
            {
                let message = ::keras_core::shape::blame(
                    &<__Proof<UNITS, BIAS>>::__BLAMED,
                    1usize,
                );
                if !message.is_empty() {
                    ::core::panic!("{}", message.as_str())
                }
            }
        };
        const __STRUCTURE: &'static ::keras_core::model::Structure = &::keras_core::model::Structure {
            name: "head",
            sequential: true,
            connected: false,
            inputs: &[
                ::keras_core::model::InputInfo {
                    name: "input_layer",
                    field: "input_layer",
                    spec: <__Proof<UNITS, BIAS>>::__I0,
                },
            ],
            layers: &[
                ::keras_core::model::LayerInfo {
                    name: "dense",
                    class: "Dense",
                    config: ::core::option::Option::Some(<__Proof<UNITS, BIAS>>::__C0),
                    inside: ::keras_core::model::Inside::Leaf,
                    group: ::core::option::Option::None,
                },
                ::keras_core::model::LayerInfo {
                    name: "own",
                    class: "Own",
                    config: ::core::option::Option::None,
                    inside: ::keras_core::model::Inside::Own(
                        &<<Own<
                            UNITS,
                        > as ::keras_core::model::LayerFor<
                            (
                                ::keras_core::tensor::Dyn,
                                ::keras_core::tensor::Dyn,
                                ::keras_core::tensor::ComputedAxis<
                                    __Proof<UNITS, BIAS>,
                                    1usize,
                                    2usize,
                                >,
                            ),
                        >>::Layer as ::keras_core::model::Layer<
                            (
                                ::keras_core::tensor::Dyn,
                                ::keras_core::tensor::Dyn,
                                ::keras_core::tensor::ComputedAxis<
                                    __Proof<UNITS, BIAS>,
                                    1usize,
                                    2usize,
                                >,
                            ),
                        >>::NESTED,
                    ),
                    group: ::core::option::Option::None,
                },
                ::keras_core::model::LayerInfo {
                    name: "dense_1",
                    class: "Dense",
                    config: ::core::option::Option::Some(<__Proof<UNITS, BIAS>>::__C2),
                    inside: ::keras_core::model::Inside::Leaf,
                    group: ::core::option::Option::None,
                },
            ],
            nodes: &[
                ::keras_core::model::NodeInfo {
                    layer: 0usize,
                    inputs: &[::keras_core::model::Source::Input(0usize)],
                    roles: &[::keras_core::shape::Role::Input],
                    outputs: <__Proof<UNITS, BIAS>>::__N0,
                    drop_mask: false,
                    call: ::keras_core::shape::CallArgs::NONE,
                },
                ::keras_core::model::NodeInfo {
                    layer: 1usize,
                    inputs: &[::keras_core::model::Source::Node(0usize, 0usize)],
                    roles: &[::keras_core::shape::Role::Input],
                    outputs: <__Proof<UNITS, BIAS>>::__N1,
                    drop_mask: false,
                    call: ::keras_core::shape::CallArgs::NONE,
                },
                ::keras_core::model::NodeInfo {
                    layer: 2usize,
                    inputs: &[::keras_core::model::Source::Node(1usize, 0usize)],
                    roles: &[::keras_core::shape::Role::Input],
                    outputs: <__Proof<UNITS, BIAS>>::__N2,
                    drop_mask: false,
                    call: ::keras_core::shape::CallArgs::NONE,
                },
            ],
            outputs: &[::keras_core::model::Source::Node(2usize, 0usize)],
            output_names: &["dense_1"],
            outputs_named: false,
            output_fields: &["dense_1"],
            groups: &[],
            order: &[
                ::keras_core::model::Member::Layer(0usize),
                ::keras_core::model::Member::Layer(1usize),
                ::keras_core::model::Member::Layer(2usize),
            ],
            masks: &[],
            masked: &[],
        };
    }
    impl<const UNITS: usize, const BIAS: bool> ::keras_core::tensor::ShapeAt<17usize>
    for __Proof<UNITS, BIAS> {
        const DIMS: ::keras_core::shape::Shape = ::keras_core::model::shape_of(
            <__Proof<UNITS, BIAS>>::__N2.output(0usize),
        );
    }
    impl<const UNITS: usize, const BIAS: bool> ::keras_core::tensor::ShapeAt<1usize>
    for __Proof<UNITS, BIAS> {
        const DIMS: ::keras_core::shape::Shape = ::keras_core::model::shape_of(
            <__Proof<UNITS, BIAS>>::__N0.output(0usize),
        );
    }
    impl<const UNITS: usize, const BIAS: bool> ::keras_core::tensor::ShapeAt<9usize>
    for __Proof<UNITS, BIAS> {
        const DIMS: ::keras_core::shape::Shape = ::keras_core::model::shape_of(
            <__Proof<UNITS, BIAS>>::__N1.output(0usize),
        );
    }
    impl<const UNITS: usize, const BIAS: bool> Head<UNITS, BIAS> {
        /// The model with fresh weights.
        pub fn new() -> Self {
            const { <__Proof<UNITS, BIAS>>::__CHECK }
            Self {
                dense: ::keras_core::model::Built::of(
                    <__Proof<UNITS, BIAS>>::__STRUCTURE,
                    0usize,
                    true,
                ),
                own: <<Own<
                    UNITS,
                > as ::keras_core::model::LayerFor<
                    (
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::ComputedAxis<
                            __Proof<UNITS, BIAS>,
                            1usize,
                            2usize,
                        >,
                    ),
                >>::Layer as ::keras_core::model::Layer<
                    (
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::ComputedAxis<
                            __Proof<UNITS, BIAS>,
                            1usize,
                            2usize,
                        >,
                    ),
                >>::__own(
                    <Own<UNITS> as ::core::default::Default>::default(),
                    "own",
                    "Own",
                ),
                dense_1: ::keras_core::model::Built::of(
                    <__Proof<UNITS, BIAS>>::__STRUCTURE,
                    2usize,
                    true,
                ),
                __core: ::keras_core::model::Core::new(),
            }
        }
        /// The shape of the input, the batch axis first.
        pub const INPUT_SHAPE: ::keras_core::shape::Shape = <__Proof<UNITS, BIAS>>::__I0
            .shape;
        /// The shape of the output, the batch axis first.
        pub const OUTPUT_SHAPE: ::keras_core::shape::Shape = {
            let _ = <__Proof<UNITS, BIAS>>::__PROBLEM;
            ::keras_core::model::shape_of(<__Proof<UNITS, BIAS>>::__N2.output(0usize))
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
    impl<const UNITS: usize, const BIAS: bool> ::core::default::Default
    for Head<UNITS, BIAS> {
        fn default() -> Self {
            Self::new()
        }
    }
    impl<const UNITS: usize, const BIAS: bool> ::keras_core::model::AnyModel
    for Head<UNITS, BIAS> {
        fn structure(&self) -> &'static ::keras_core::model::Structure {
            <__Proof<UNITS, BIAS>>::__STRUCTURE
        }
        fn layer_at(&self, index: usize) -> &dyn ::keras_core::model::AnyLayer {
            match index {
                0usize => &self.dense,
                1usize => &self.own,
                2usize => &self.dense_1,
                _ => ::core::panic!("there is no such layer"),
            }
        }
        fn layers_mut(
            &mut self,
        ) -> ::std::vec::Vec<&mut dyn ::keras_core::model::AnyLayer> {
            ::std::vec![& mut self.dense, & mut self.own, & mut self.dense_1]
        }
        fn core(&self) -> &::keras_core::model::Core {
            &self.__core
        }
    }
    impl<const UNITS: usize, const BIAS: bool> ::keras_core::model::Model
    for Head<UNITS, BIAS> {
        const PROBLEM: ::core::option::Option<::keras_core::shape::ShapeError> = <__Proof<
            UNITS,
            BIAS,
        >>::__PROBLEM;
        type Input = (
            ::keras_core::tensor::Dyn,
            ::keras_core::tensor::Dyn,
            ::keras_core::tensor::Len<UNITS>,
        );
        type Output = ::keras_core::tensor::Computed<__Proof<UNITS, BIAS>, 17usize>;
        type Inputs = ::keras_core::tensor::Of<
            (
                ::keras_core::tensor::Dyn,
                ::keras_core::tensor::Dyn,
                ::keras_core::tensor::Len<UNITS>,
            ),
        >;
        type Outputs = ::keras_core::tensor::Of<
            ::keras_core::tensor::Computed<__Proof<UNITS, BIAS>, 17usize>,
        >;
    }
    #[diagnostic::do_not_recommend]
    impl<
        In: ::keras_core::tensor::LayerInput,
        const UNITS: usize,
        const BIAS: bool,
    > ::keras_core::model::Layer<In> for Head<UNITS, BIAS> {
        const OUTPUT: ::keras_core::shape::Shape = {
            let _ = <__Proof<UNITS, BIAS>>::__PROBLEM;
            ::keras_core::model::shape_of(<__Proof<UNITS, BIAS>>::__N2.output(0usize))
        };
        const NESTED: ::core::option::Option<::keras_core::model::Nested> = ::core::option::Option::Some(
            ::keras_core::model::Nested::with(
                <__Proof<UNITS, BIAS>>::__PROBLEM,
                &[::core::option::Option::Some(<__Proof<UNITS, BIAS>>::__I0)],
                &[<__Proof<UNITS, BIAS>>::__N2.output(0usize)],
                <__Proof<UNITS, BIAS>>::__STRUCTURE,
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
