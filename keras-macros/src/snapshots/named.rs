// /// Sorts sequences.
// #[derive(Clone)]
// pub struct Classifier {
//     Input(None, 50) => LSTM(64, name = "memory") => [Dense(10); 2]
// }

/// Sorts sequences.
#[derive(Clone)]
/**
```text
Model: "classifier"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ memory (LSTM)                        │ (None, 64)                  │          29,440 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dense (Dense)                        │ (None, 10)                  │             650 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dense_1 (Dense)                      │ (None, 10)                  │             110 │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 30,200 (117.97 KB)
 Trainable params: 30,200 (117.97 KB)
 Non-trainable params: 0 (0.00 B)
```*/
#[allow(non_snake_case)]
pub struct Classifier {
    ///`memory` (LSTM)
    pub memory: ::keras_core::model::built::LSTM,
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
                ::keras_core::shape::Dim::NONE,
                ::keras_core::shape::Dim::Fixed(50),
            ],
        ),
    );
    const __C0: ::keras_core::shape::LayerConfig = ::keras_core::shape::LayerConfig::LSTM(::keras_core::shape::layers::LSTM {
        units: ::keras_core::shape::Size::Known(64),
        ..::keras_core::shape::layers::LSTM::DEFAULT
    });
    const __C1: ::keras_core::shape::LayerConfig = ::keras_core::shape::LayerConfig::Dense(::keras_core::shape::layers::Dense {
        units: ::keras_core::shape::Size::Known(10),
        ..::keras_core::shape::layers::Dense::DEFAULT
    });
    const __S0: [::keras_core::shape::Inferred; 3usize] = {
        let __n0: ::keras_core::shape::Inferred = ::keras_core::shape::infer(
            &__C0,
            &[::core::option::Option::Some(__I0)],
            0usize,
            false,
        );
        let __n1: ::keras_core::shape::Inferred = ::keras_core::shape::infer(
            &__C1,
            &[__n0.output(0usize)],
            1usize,
            false,
        );
        let __n2: ::keras_core::shape::Inferred = ::keras_core::shape::infer(
            &__C1,
            &[__n1.output(0usize)],
            2usize,
            false,
        );
        [__n0, __n1, __n2]
    };
    static __STRUCTURE: ::keras_core::model::Structure = ::keras_core::model::Structure {
        name: "classifier",
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
                name: "memory",
                class: "LSTM",
                config: ::core::option::Option::Some(__C0),
                inside: ::keras_core::model::Inside::Leaf,
                group: ::core::option::Option::None,
            },
            ::keras_core::model::LayerInfo {
                name: "dense",
                class: "Dense",
                config: ::core::option::Option::Some(__C1),
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
                outputs: __S0[0usize],
                drop_mask: false,
                call: ::keras_core::shape::CallArgs::NONE,
            },
            ::keras_core::model::NodeInfo {
                layer: 1usize,
                inputs: &[::keras_core::model::Source::Node(0usize, 0usize)],
                roles: &[::keras_core::shape::Role::Input],
                outputs: __S0[1usize],
                drop_mask: false,
                call: ::keras_core::shape::CallArgs::NONE,
            },
            ::keras_core::model::NodeInfo {
                layer: 2usize,
                inputs: &[::keras_core::model::Source::Node(1usize, 0usize)],
                roles: &[::keras_core::shape::Role::Input],
                outputs: __S0[2usize],
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
    impl Classifier {
        /// The number of parameters.
        pub const PARAMS: usize = ::keras_core::model::total_params(&__STRUCTURE);
        /// The model with fresh weights.
        pub fn new() -> Self {
            Self {
                memory: ::keras_core::model::Built::of(&__STRUCTURE, 0usize, true),
                dense: ::keras_core::model::Built::of(&__STRUCTURE, 1usize, true),
                dense_1: ::keras_core::model::Built::of(&__STRUCTURE, 2usize, true),
                __core: ::keras_core::model::Core::new(),
            }
        }
        /// The shape of the input, the batch axis first.
        pub const INPUT_SHAPE: ::keras_core::shape::Shape = __I0.shape;
        /// The shape of the output, the batch axis first.
        pub const OUTPUT_SHAPE: ::keras_core::shape::Shape = ::keras_core::model::shape_of(
            __S0[2usize].output(0usize),
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
    impl ::core::default::Default for Classifier {
        fn default() -> Self {
            Self::new()
        }
    }
    impl ::keras_core::model::AnyModel for Classifier {
        fn structure(&self) -> &'static ::keras_core::model::Structure {
            &__STRUCTURE
        }
        fn layer_at(&self, index: usize) -> &dyn ::keras_core::model::AnyLayer {
            match index {
                0usize => &self.memory,
                1usize => &self.dense,
                2usize => &self.dense_1,
                _ => ::core::panic!("there is no such layer"),
            }
        }
        fn layers_mut(
            &mut self,
        ) -> ::std::vec::Vec<&mut dyn ::keras_core::model::AnyLayer> {
            ::std::vec![& mut self.memory, & mut self.dense, & mut self.dense_1]
        }
        fn core(&self) -> &::keras_core::model::Core {
            &self.__core
        }
    }
    impl ::keras_core::model::Model for Classifier {
        type Input = (
            ::keras_core::tensor::Dyn,
            ::keras_core::tensor::Dyn,
            ::keras_core::tensor::Len<50usize>,
        );
        type Output = (::keras_core::tensor::Dyn, ::keras_core::tensor::Len<10usize>);
        type Inputs = ::keras_core::tensor::Of<
            (
                ::keras_core::tensor::Dyn,
                ::keras_core::tensor::Dyn,
                ::keras_core::tensor::Len<50usize>,
            ),
        >;
        type Outputs = ::keras_core::tensor::Of<
            (::keras_core::tensor::Dyn, ::keras_core::tensor::Len<10usize>),
        >;
    }
    #[diagnostic::do_not_recommend]
    impl<In: ::keras_core::tensor::LayerInput> ::keras_core::model::Layer<In>
    for Classifier {
        const OUTPUT: ::keras_core::shape::Shape = ::keras_core::model::shape_of(
            __S0[2usize].output(0usize),
        );
        const NESTED: ::core::option::Option<::keras_core::model::Nested> = ::core::option::Option::Some(
            ::keras_core::model::Nested::new(
                &[::core::option::Option::Some(__I0)],
                &[__S0[2usize].output(0usize)],
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
