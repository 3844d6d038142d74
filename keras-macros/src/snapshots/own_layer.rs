// struct Scaled { Input(4) => Scale(2.0, center = true) => layers::Shift => Dense(1) }

/**
```text
Model: "scaled"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ scale (Scale)                        │ ?                           │     0 (unbuilt) │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ shift (Shift)                        │ ?                           │     0 (unbuilt) │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dense (Dense)                        │ ?                           │     0 (unbuilt) │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
```*/
#[allow(non_snake_case)]
struct Scaled {
    ///`scale` (Scale)
    pub scale: ::keras_core::model::Own<Scale>,
    ///`shift` (Shift)
    pub shift: ::keras_core::model::Own<layers::Shift>,
    ///`dense` (Dense)
    pub dense: ::keras_core::model::built::Dense,
    #[doc(hidden)]
    pub __core: ::keras_core::model::Core,
}
#[allow(non_upper_case_globals, clippy::all)]
const _: () = {
    const __I0: ::keras_core::shape::TensorSpec = ::keras_core::shape::TensorSpec::float(
        ::keras_core::shape::Shape::new(
            &[::keras_core::shape::Dim::NONE, ::keras_core::shape::Dim::Fixed(4)],
        ),
    );
    const __C2: ::keras_core::shape::LayerConfig = ::keras_core::shape::LayerConfig::Dense(::keras_core::shape::layers::Dense {
        units: ::keras_core::shape::Size::Known(1),
        ..::keras_core::shape::layers::Dense::DEFAULT
    });
    const __S0: [::keras_core::shape::Inferred; 1usize] = {
        let __n0: ::keras_core::shape::Inferred = {
            type __In = (::keras_core::tensor::Dyn, ::keras_core::tensor::Len<4usize>);
            ::keras_core::model::own_outputs(
                "Scale",
                <<Scale as ::keras_core::model::LayerFor<
                    __In,
                >>::Layer as ::keras_core::model::Layer<__In>>::OUTPUT,
                <<Scale as ::keras_core::model::LayerFor<
                    __In,
                >>::Layer as ::keras_core::model::Layer<__In>>::NESTED,
                &[::core::option::Option::Some(__I0)],
                0usize,
                false,
            )
        };
        [__n0]
    };
    const __N0: ::keras_core::shape::Inferred = __S0[0usize];
    const __S1: [::keras_core::shape::Inferred; 2usize] = {
        let __n1: ::keras_core::shape::Inferred = {
            type __In = ::keras_core::__computed_shape!(__N0.output(0usize));
            ::keras_core::model::own_outputs(
                "Shift",
                <<layers::Shift as ::keras_core::model::LayerFor<
                    __In,
                >>::Layer as ::keras_core::model::Layer<__In>>::OUTPUT,
                <<layers::Shift as ::keras_core::model::LayerFor<
                    __In,
                >>::Layer as ::keras_core::model::Layer<__In>>::NESTED,
                &[__N0.output(0usize)],
                1usize,
                false,
            )
        };
        let __n2: ::keras_core::shape::Inferred = ::keras_core::shape::weighed(
            ::keras_core::shape::infer(&__C2, &[__n1.output(0usize)], 2usize, false),
            &__C2,
            &[__n1.output(0usize)],
        );
        [__n1, __n2]
    };
    const __N1: ::keras_core::shape::Inferred = __S1[0usize];
    const __N2: ::keras_core::shape::Inferred = __S1[1usize];
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
    const _: () = {
        let message = __N2.message();
        if !message.is_empty() {
            ::core::panic!("{}", message.as_str())
        }
    };
    const __BLAMED: ::core::option::Option<::keras_core::shape::ShapeError> = ::keras_core::shape::blamed(
        &[&__S0, &__S1],
    );
    const _: () = {
        let message = ::keras_core::shape::blame(&__BLAMED, 0usize);
        if !message.is_empty() {
            ::core::panic!("{}", message.as_str())
        }
    };
    const _: () = {
        let message = ::keras_core::shape::blame(&__BLAMED, 1usize);
        if !message.is_empty() {
            ::core::panic!("{}", message.as_str())
        }
    };
    static __STRUCTURE: ::keras_core::model::Structure = ::keras_core::model::Structure {
        name: "scaled",
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
                name: "scale",
                class: "Scale",
                config: ::core::option::Option::None,
                inside: {
                    type __In = (
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::Len<4usize>,
                    );
                    ::keras_core::model::Inside::Own(
                        &<<Scale as ::keras_core::model::LayerFor<
                            __In,
                        >>::Layer as ::keras_core::model::Layer<__In>>::NESTED,
                    )
                },
                group: ::core::option::Option::None,
            },
            ::keras_core::model::LayerInfo {
                name: "shift",
                class: "Shift",
                config: ::core::option::Option::None,
                inside: {
                    type __In = ::keras_core::__computed_shape!(__N0.output(0usize));
                    ::keras_core::model::Inside::Own(
                        &<<layers::Shift as ::keras_core::model::LayerFor<
                            __In,
                        >>::Layer as ::keras_core::model::Layer<__In>>::NESTED,
                    )
                },
                group: ::core::option::Option::None,
            },
            ::keras_core::model::LayerInfo {
                name: "dense",
                class: "Dense",
                config: ::core::option::Option::Some(__C2),
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
            ::keras_core::model::NodeInfo {
                layer: 2usize,
                inputs: &[::keras_core::model::Source::Node(1usize, 0usize)],
                roles: &[::keras_core::shape::Role::Input],
                outputs: __N2,
                drop_mask: false,
                call: ::keras_core::shape::CallArgs::NONE,
            },
        ],
        outputs: &[::keras_core::model::Source::Node(2usize, 0usize)],
        output_names: &["dense"],
        outputs_named: false,
        output_fields: &["dense"],
        groups: &[],
        order: &[
            ::keras_core::model::Member::Layer(0usize),
            ::keras_core::model::Member::Layer(1usize),
            ::keras_core::model::Member::Layer(2usize),
        ],
        masks: &[],
        masked: &[],
    };
    impl Scaled {
        /// The model with fresh weights.
        pub fn new() -> Self {
            Self {
                scale: {
                    type __In = (
                        ::keras_core::tensor::Dyn,
                        ::keras_core::tensor::Len<4usize>,
                    );
                    <<Scale as ::keras_core::model::LayerFor<
                        __In,
                    >>::Layer as ::keras_core::model::Layer<
                        __In,
                    >>::__own(
                        {
                            #[allow(unused_imports)]
                            use ::keras_core::model::missing::New1 as _;
                            <Scale>::new(2.0).center(true)
                        },
                        "scale",
                        "Scale",
                    )
                },
                shift: {
                    type __In = ::keras_core::__computed_shape!(__N0.output(0usize));
                    <<layers::Shift as ::keras_core::model::LayerFor<
                        __In,
                    >>::Layer as ::keras_core::model::Layer<
                        __In,
                    >>::__own(
                        <layers::Shift as ::core::default::Default>::default(),
                        "shift",
                        "Shift",
                    )
                },
                dense: ::keras_core::model::Built::of(&__STRUCTURE, 2usize, true),
                __core: ::keras_core::model::Core::new(),
            }
        }
        /// The shape of the input, the batch axis first.
        pub const INPUT_SHAPE: ::keras_core::shape::Shape = __I0.shape;
        /// The shape of the output, the batch axis first.
        pub const OUTPUT_SHAPE: ::keras_core::shape::Shape = ::keras_core::model::shape_of(
            __N2.output(0usize),
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
    impl ::core::default::Default for Scaled {
        fn default() -> Self {
            Self::new()
        }
    }
    impl ::keras_core::model::AnyModel for Scaled {
        fn structure(&self) -> &'static ::keras_core::model::Structure {
            &__STRUCTURE
        }
        fn layer_at(&self, index: usize) -> &dyn ::keras_core::model::AnyLayer {
            match index {
                0usize => &self.scale,
                1usize => &self.shift,
                2usize => &self.dense,
                _ => ::core::panic!("there is no such layer"),
            }
        }
        fn layers_mut(
            &mut self,
        ) -> ::std::vec::Vec<&mut dyn ::keras_core::model::AnyLayer> {
            ::std::vec![& mut self.scale, & mut self.shift, & mut self.dense]
        }
        fn core(&self) -> &::keras_core::model::Core {
            &self.__core
        }
    }
    impl ::keras_core::model::Model for Scaled {
        type Input = (::keras_core::tensor::Dyn, ::keras_core::tensor::Len<4usize>);
        type Output = ::keras_core::__computed_shape!(__N2.output(0usize));
        type Inputs = ::keras_core::tensor::Of<
            (::keras_core::tensor::Dyn, ::keras_core::tensor::Len<4usize>),
        >;
        type Outputs = ::keras_core::tensor::Of<
            ::keras_core::__computed_shape!(__N2.output(0usize)),
        >;
    }
    #[diagnostic::do_not_recommend]
    impl<In: ::keras_core::tensor::LayerInput> ::keras_core::model::Layer<In>
    for Scaled {
        const OUTPUT: ::keras_core::shape::Shape = ::keras_core::model::shape_of(
            __N2.output(0usize),
        );
        const NESTED: ::core::option::Option<::keras_core::model::Nested> = ::core::option::Option::Some(
            ::keras_core::model::Nested::new(
                &[::core::option::Option::Some(__I0)],
                &[__N2.output(0usize)],
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
