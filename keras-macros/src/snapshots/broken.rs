// pub struct Broken { Input(None, 50) => LSTM(64) => Dense(activation = relu) => }

/**
```text
Model: "broken"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ lstm (LSTM)                          │ (None, 64)                  │          29,440 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dense (Dense)                        │ ?                           │     0 (unbuilt) │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 29,440 (115.00 KB)
 Trainable params: 29,440 (115.00 KB)
 Non-trainable params: 0 (0.00 B)
```*/
#[allow(non_snake_case)]
pub struct Broken {
    ///`lstm` (LSTM)
    pub lstm: ::keras_core::model::built::LSTM,
    ///`dense` (Dense)
    pub dense: ::keras_core::model::built::Dense,
    #[doc(hidden)]
    pub __core: ::keras_core::model::Core,
}
const _: () = {
    const __MISTAKE: usize = {
        ::core::compile_error! {
            "`Dense` needs `units`\nhelp: write `Dense(activation = relu, units = ...)`"
        }
        ::core::compile_error! {
            "a layer is missing after `=>`, as in `=> Dense(1)`"
        }
        0
    };
    impl Broken {
        /// The model does not compile.
        pub fn new() -> Self {
            ::core::unreachable!()
        }
        /// The model does not compile.
        pub fn with_seed(_: u64) -> Self {
            ::core::unreachable!()
        }
        /// The model does not compile.
        pub fn weights(
            &self,
        ) -> ::std::vec::Vec<(::std::string::String, ::keras_core::tensor::Raw)> {
            ::core::unreachable!()
        }
        /// The model does not compile.
        pub const INPUT_SHAPE: ::keras_core::shape::Shape = ::keras_core::shape::Shape::new(
            &[],
        );
        /// The model does not compile.
        pub const OUTPUT_SHAPE: ::keras_core::shape::Shape = ::keras_core::shape::Shape::new(
            &[],
        );
        /// The model does not compile.
        pub const PARAMS: usize = 0;
    }
    static __STRUCTURE: ::keras_core::model::Structure = ::keras_core::model::Structure {
        name: "",
        sequential: true,
        connected: false,
        inputs: &[],
        layers: &[],
        nodes: &[],
        outputs: &[],
        output_names: &[],
        outputs_named: false,
        output_fields: &[],
        groups: &[],
        order: &[],
        masks: &[],
        masked: &[],
    };
    impl ::core::default::Default for Broken {
        fn default() -> Self {
            Self::new()
        }
    }
    impl ::keras_core::model::AnyModel for Broken {
        fn structure(&self) -> &'static ::keras_core::model::Structure {
            &__STRUCTURE
        }
        fn layer_at(&self, index: usize) -> &dyn ::keras_core::model::AnyLayer {
            match index {
                0usize => &self.lstm,
                _ => ::core::panic!("there is no such layer"),
            }
        }
        fn layers_mut(
            &mut self,
        ) -> ::std::vec::Vec<&mut dyn ::keras_core::model::AnyLayer> {
            ::std::vec![& mut self.lstm]
        }
        fn core(&self) -> &::keras_core::model::Core {
            &self.__core
        }
    }
    impl ::keras_core::model::Model for Broken {
        type Input = ::keras_core::tensor::Unknown;
        type Output = ::keras_core::tensor::Unknown;
        type Inputs = ::keras_core::tensor::Anything<
            ::keras_core::tensor::Mistaken<__MISTAKE>,
            ::keras_core::tensor::Mistaken<__MISTAKE>,
        >;
        type Outputs = ::keras_core::tensor::Anything<
            ::keras_core::tensor::Mistaken<__MISTAKE>,
            ::keras_core::tensor::Mistaken<__MISTAKE>,
        >;
    }
    #[diagnostic::do_not_recommend]
    impl<In: ::keras_core::tensor::LayerInput> ::keras_core::model::Layer<In>
    for Broken {
        const OUTPUT: ::keras_core::shape::Shape = ::keras_core::shape::Shape::new(&[]);
        const NESTED: ::core::option::Option<::keras_core::model::Nested> = ::core::option::Option::Some(
            ::keras_core::model::Nested::BROKEN,
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
