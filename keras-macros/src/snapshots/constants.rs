// struct Narrow { Input(FEATURES) => Dense(2 * HIDDEN) => Dense(1) }

/**
```text
Model: "narrow"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ dense (Dense)                        │ (None, ?)                   │     0 (unbuilt) │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dense_1 (Dense)                      │ (None, 1)                   │     0 (unbuilt) │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
```*/
#[allow(non_snake_case)]
struct Narrow {
    ///`dense` (Dense)
    pub dense: ::keras_core::model::built::Dense,
    ///`dense_1` (Dense)
    pub dense_1: ::keras_core::model::built::Dense,
    #[doc(hidden)]
    pub __core: ::keras_core::model::Core,
}
#[allow(non_upper_case_globals, clippy::all)]
const _: () = {
    const __I0: ::keras_core::shape::TensorSpec = ::keras_core::shape::TensorSpec::float(
        ::keras_core::shape::Shape::new(
            &[
                ::keras_core::shape::Dim::NONE,
                ::keras_core::shape::Dim::Fixed({
                    const __VALUE: usize = FEATURES;
                    __VALUE
                }),
            ],
        ),
    );
    const __C0: ::keras_core::shape::LayerConfig = ::keras_core::shape::LayerConfig::Dense(::keras_core::shape::layers::Dense {
        units: ::keras_core::shape::Size::Known({
            const __VALUE: usize = 2 * HIDDEN;
            __VALUE
        }),
        ..::keras_core::shape::layers::Dense::DEFAULT
    });
    const __C1: ::keras_core::shape::LayerConfig = ::keras_core::shape::LayerConfig::Dense(::keras_core::shape::layers::Dense {
        units: ::keras_core::shape::Size::Known(1),
        ..::keras_core::shape::layers::Dense::DEFAULT
    });
    const __S0: [::keras_core::shape::Inferred; 2usize] = {
        let __n0: ::keras_core::shape::Inferred = ::keras_core::shape::weighed(
            ::keras_core::shape::infer(
                &__C0,
                &[::core::option::Option::Some(__I0)],
                0usize,
                false,
            ),
            &__C0,
            &[::core::option::Option::Some(__I0)],
        );
        let __n1: ::keras_core::shape::Inferred = ::keras_core::shape::weighed(
            ::keras_core::shape::infer(&__C1, &[__n0.output(0usize)], 1usize, false),
            &__C1,
            &[__n0.output(0usize)],
        );
        [__n0, __n1]
    };
    const __N0: ::keras_core::shape::Inferred = __S0[0usize];
    const __N1: ::keras_core::shape::Inferred = __S0[1usize];
    const _: () = {
        let message = __N0.message();
        if !message.is_empty() {
            ::core::panic!("{}", message.as_str())
        }
    };
    const _: () = {
        let message = __N1.message();
        if !message.is_empty() {
            ::core::panic!("{}", message.as_str())
        }
    };
    const __BLAMED: ::core::option::Option<::keras_core::shape::ShapeError> = ::keras_core::shape::blamed(
        &[&__S0],
    );
    const _: () = {
        let message = ::keras_core::shape::blame(&__BLAMED, 0usize);
        if !message.is_empty() {
            ::core::panic!("{}", message.as_str())
        }
    };
    static __STRUCTURE: ::keras_core::model::Structure = ::keras_core::model::Structure {
        name: "narrow",
        sequential: true,
        connected: false,
        inputs: &[
            ::keras_core::model::InputInfo {
                name: "input_layer",
                field: "input_layer",
                spec: __I0,
            },
        ],
        layers: &[
            ::keras_core::model::LayerInfo {
                name: "dense",
                class: "Dense",
                config: ::core::option::Option::Some(__C0),
                inside: ::keras_core::model::Inside::Leaf,
                group: ::core::option::Option::None,
            },
            ::keras_core::model::LayerInfo {
                name: "dense_1",
                class: "Dense",
                config: ::core::option::Option::Some(__C1),
                inside: ::keras_core::model::Inside::Leaf,
                group: ::core::option::Option::None,
            },
        ],
        nodes: &[
            ::keras_core::model::NodeInfo {
                layer: 0usize,
                inputs: &[::keras_core::model::Source::Input(0usize)],
                roles: &[::keras_core::shape::Role::Input],
                outputs: __N0,
                drop_mask: false,
                call: ::keras_core::shape::CallArgs::NONE,
            },
            ::keras_core::model::NodeInfo {
                layer: 1usize,
                inputs: &[::keras_core::model::Source::Node(0usize, 0usize)],
                roles: &[::keras_core::shape::Role::Input],
                outputs: __N1,
                drop_mask: false,
                call: ::keras_core::shape::CallArgs::NONE,
            },
        ],
        outputs: &[::keras_core::model::Source::Node(1usize, 0usize)],
        output_names: &["dense_1"],
        outputs_named: false,
        output_fields: &["dense_1"],
        groups: &[],
        order: &[
            ::keras_core::model::Member::Layer(0usize),
            ::keras_core::model::Member::Layer(1usize),
        ],
        masks: &[],
        masked: &[],
    };
    impl Narrow {
        /// The number of parameters.
        pub const PARAMS: usize = ::keras_core::model::total_params(&__STRUCTURE);
        /// The model with fresh weights.
        pub fn new() -> Self {
            Self {
                dense: ::keras_core::model::Built::of(&__STRUCTURE, 0usize, true),
                dense_1: ::keras_core::model::Built::of(&__STRUCTURE, 1usize, true),
                __core: ::keras_core::model::Core::new(),
            }
        }
        /// The shape of the input, the batch axis first.
        pub const INPUT_SHAPE: ::keras_core::shape::Shape = __I0.shape;
        /// The shape of the output, the batch axis first.
        pub const OUTPUT_SHAPE: ::keras_core::shape::Shape = ::keras_core::model::shape_of(
            __N1.output(0usize),
        );
        /// The model with weights that follow from `seed` alone.
        pub fn with_seed(seed: u64) -> Self {
            ::keras_core::device::with_seed(seed, Self::new)
        }
        /// The weights in Keras's order, each with its path, as `model.weights`.
        pub fn weights(
            &self,
        ) -> ::std::vec::Vec<(::std::string::String, ::keras_core::tensor::Raw)> {
            ::keras_core::model::Model::weights(self)
        }
    }
    impl ::core::default::Default for Narrow {
        fn default() -> Self {
            Self::new()
        }
    }
    impl ::keras_core::model::AnyModel for Narrow {
        fn structure(&self) -> &'static ::keras_core::model::Structure {
            &__STRUCTURE
        }
        fn layer_at(&self, index: usize) -> &dyn ::keras_core::model::AnyLayer {
            match index {
                0usize => &self.dense,
                1usize => &self.dense_1,
                _ => ::core::panic!("there is no such layer"),
            }
        }
        fn layers_mut(
            &mut self,
        ) -> ::std::vec::Vec<&mut dyn ::keras_core::model::AnyLayer> {
            ::std::vec![& mut self.dense, & mut self.dense_1]
        }
        fn core(&self) -> &::keras_core::model::Core {
            &self.__core
        }
    }
    impl ::keras_core::model::Model for Narrow {
        type Input = (
            ::keras_core::tensor::Dyn,
            ::keras_core::tensor::Len<
                { ::keras_core::model::axis(::core::option::Option::Some(__I0), 1usize) },
            >,
        );
        type Output = (::keras_core::tensor::Dyn, ::keras_core::tensor::Len<1usize>);
        type Inputs = ::keras_core::tensor::Of<
            (
                ::keras_core::tensor::Dyn,
                ::keras_core::tensor::Len<
                    {
                        ::keras_core::model::axis(
                            ::core::option::Option::Some(__I0),
                            1usize,
                        )
                    },
                >,
            ),
        >;
        type Outputs = ::keras_core::tensor::Of<
            (::keras_core::tensor::Dyn, ::keras_core::tensor::Len<1usize>),
        >;
    }
    #[diagnostic::do_not_recommend]
    impl<In: ::keras_core::tensor::LayerInput> ::keras_core::model::Layer<In>
    for Narrow {
        const OUTPUT: ::keras_core::shape::Shape = ::keras_core::model::shape_of(
            __N1.output(0usize),
        );
        const NESTED: ::core::option::Option<::keras_core::model::Nested> = ::core::option::Option::Some(
            ::keras_core::model::Nested::new(
                &[::core::option::Option::Some(__I0)],
                &[__N1.output(0usize)],
                &__STRUCTURE,
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
