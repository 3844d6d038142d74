//! Models in the manner of keras.io's examples, translated word by word from `tests/keras/keras_io.py`: `layers.X(args)(t)`
//! is `t => X(args)`, `def` a closure, `for` a `for`. What Python asks of `x.shape[-1]` is a parameter. The numbers are
//! those of Keras.

use keras_core::prelude::*;

model! {
    struct MobileNetV2 {
        let inverted_residual = |x, channels, expansion, stride, filters, block_id| {
            let y = x => Conv2D(expansion * channels, 1, padding = "same", use_bias = false);
            let y = y => BatchNormalization(epsilon = 1e-3, momentum = 0.999);
            let y = y => ReLU(6.0);
            let y = y => Conv2D(expansion * channels, 3, strides = stride, padding = "same", use_bias = false, groups = channels);
            let y = y => BatchNormalization(epsilon = 1e-3, momentum = 0.999);
            let y = y => ReLU(6.0);
            let y = y => Conv2D(filters, 1, padding = "same", use_bias = false);
            let y = y => BatchNormalization(epsilon = 1e-3, momentum = 0.999, name = "block_{block_id}_project");
            if channels == filters && stride == 1 { [x, y] => Add() } else { y }
        };
        let inputs = Input((96, 96, 3));
        let x = inputs => layers.Conv2D(32, 3, strides = 2, padding = "same", use_bias = false);
        let x = x => layers.BatchNormalization();
        let x = inverted_residual(x, 32, 1, 1, 16, 0);
        let x = inverted_residual(x, 16, 6, 2, 24, 1);
        let x = inverted_residual(x, 24, 6, 1, 24, 2);
        let x = inverted_residual(x, 24, 6, 2, 32, 3);
        let x = x => layers.GlobalAveragePooling2D();
        x => layers.Dense(10, activation = "softmax")
    }
}

model! {
    struct UNet {
        let inputs = Input((160, 160, 3));
        let mut x = inputs => Conv2D(32, 3, strides = 2, padding = "same");
        x = x => BatchNormalization();
        x = x => Activation("relu");
        let mut previous = x;
        for filters in [64, 128, 256] {
            x = x => Activation("relu");
            x = x => Conv2D(filters, 3, padding = "same");
            x = x => BatchNormalization();
            x = x => Activation("relu");
            x = x => Conv2D(filters, 3, padding = "same");
            x = x => BatchNormalization();
            x = x => MaxPooling2D(3, strides = 2, padding = "same");
            let residual = previous => Conv2D(filters, 1, strides = 2, padding = "same");
            x = layers.add([x, residual]);
            previous = x;
        }
        for filters in [256, 128, 64, 32] {
            x = x => Activation("relu");
            x = x => Conv2D(filters, 3, padding = "same");
            x = x => BatchNormalization();
            x = x => UpSampling2D(2);
            let residual = previous => UpSampling2D(2);
            let residual = residual => Conv2D(filters, 1, padding = "same");
            x = layers.add([x, residual]);
            previous = x;
        }
        x => Conv2D(3, 3, activation = "softmax", padding = "same")
    }
}

model! {
    struct SmallXception {
        let inputs = Input((180, 180, 3));
        let mut x = inputs => Rescaling(1.0 / 255);
        x = x => Conv2D(128, 3, strides = 2, padding = "same");
        x = x => BatchNormalization();
        x = x => Activation("relu");
        let mut previous = x;
        for size in [256, 512, 728] {
            x = x => Activation("relu");
            x = x => Conv2D(size, 3, padding = "same");
            x = x => BatchNormalization();
            x = x => MaxPooling2D(3, strides = 2, padding = "same");
            let residual = previous => Conv2D(size, 1, strides = 2, padding = "same");
            x = layers.add([x, residual]);
            previous = x;
        }
        x = x => GlobalAveragePooling2D();
        x = x => Dropout(0.25);
        x => Dense(1, activation = None)
    }
}

model! {
    struct ConvMixer {
        let activation_block = |x| {
            let x = x => Activation("gelu");
            x => BatchNormalization()
        };
        let conv_stem = |x, filters, patch_size| {
            let x = x => Conv2D(filters, kernel_size = patch_size, strides = patch_size);
            activation_block(x)
        };
        let conv_mixer_block = |x, filters, kernel_size| {
            let x0 = x;
            let x = x => Conv2D(filters, kernel_size = kernel_size, padding = "same", groups = filters);
            let x = [activation_block(x), x0] => Add();
            let x = x => Conv2D(filters, kernel_size = 1);
            activation_block(x)
        };
        let inputs = Input((32, 32, 3));
        let mut x = inputs => Rescaling(scale = 1.0 / 255);
        x = conv_stem(x, 64, 2);
        for _ in 0..4 {
            x = conv_mixer_block(x, 64, 5);
        }
        x = x => GlobalAvgPool2D();
        x => Dense(10, activation = "softmax")
    }
}

model! {
    struct WaveNet {
        let residual_block = |x, rate| {
            let t = x => Conv1D(32, 2, dilation_rate = rate, padding = "causal", activation = "tanh");
            let s = x => Conv1D(32, 2, dilation_rate = rate, padding = "causal", activation = "sigmoid");
            let z = [t, s] => Multiply();
            let skip = z => Conv1D(32, 1);
            let sum = [skip, x] => Add();
            (sum, skip)
        };
        let inputs = Input((1024, 1));
        let mut x = inputs => Conv1D(32, 2, padding = "causal");
        let mut total = x => Conv1D(32, 1);
        for i in 0..6 {
            let (next, skip) = residual_block(x, 2**i);
            x = next;
            total = [total, skip] => Add();
        }
        let x = total => Activation("relu");
        x => Conv1D(256, 1, activation = "softmax")
    }
}

model! {
    struct Siamese {
        let a = Input((28, 28, 1));
        let b = Input((28, 28, 1));
        let tower = Sequential([
            BatchNormalization(), Conv2D(4, (5, 5), activation = "tanh"),
            AveragePooling2D(pool_size = (2, 2)), Conv2D(16, (5, 5), activation = "tanh"),
            AveragePooling2D(pool_size = (2, 2)), Flatten(), BatchNormalization(),
            Dense(10, activation = "tanh")]);
        let merged = [a => tower, b => tower] => Subtract();
        let x = merged => BatchNormalization();
        x => Dense(1, activation = "sigmoid")
    }
}

model! {
    struct TransformerText {
        let block = |x, embed_dim, num_heads, ff_dim, rate = 0.1| {
            let y = [x, x] => MultiHeadAttention(num_heads = num_heads, key_dim = embed_dim);
            let y = y => Dropout(rate);
            let x = layers.add([x, y]) => LayerNormalization(epsilon = 1e-6);
            let y = x => Dense(ff_dim, activation = "relu");
            let y = y => Dense(embed_dim);
            let y = y => Dropout(rate);
            layers.add([x, y]) => LayerNormalization(epsilon = 1e-6)
        };
        let inputs = Input((200,));
        let mut x = inputs => Embedding(input_dim = 20000, output_dim = 32);
        for _ in 0..2 {
            x = block(x, 32, 2, 32);
        }
        x = x => GlobalAveragePooling1D();
        x = x => Dropout(0.1);
        x = x => Dense(20, activation = "relu");
        x => Dense(2, activation = "softmax")
    }
}

model! {
    struct TransformerSeries {
        let encoder = |x, channels, head_size, num_heads, ff_dim, dropout = 0| {
            let inputs = x;
            let x = [x, x] => MultiHeadAttention(key_dim = head_size, num_heads = num_heads, dropout = dropout);
            let x = x => Dropout(dropout);
            let x = x => LayerNormalization(epsilon = 1e-6);
            let res = x + inputs;
            let x = res => Conv1D(filters = ff_dim, kernel_size = 1, activation = "relu");
            let x = x => Dropout(dropout);
            let x = x => Conv1D(filters = channels, kernel_size = 1);
            let x = x => LayerNormalization(epsilon = 1e-6);
            x + res
        };
        let inputs = Input((500, 1));
        let mut x = inputs;
        for _ in 0..4 {
            x = encoder(x, 1, head_size = 256, num_heads = 4, ff_dim = 4, dropout = 0.25);
        }
        x = x => GlobalAveragePooling1D(data_format = "channels_last");
        for dim in [128] {
            x = x => Dense(dim, activation = "relu");
            x = x => Dropout(0.4);
        }
        x => Dense(2, activation = "softmax")
    }
}

model! {
    struct MnistConvnet {
        Input(shape = (28, 28, 1))
            => layers.Conv2D(32, kernel_size = (3, 3), activation = "relu")
            => layers.MaxPooling2D(pool_size = (2, 2))
            => layers.Conv2D(64, kernel_size = (3, 3), activation = "relu")
            => layers.MaxPooling2D(pool_size = (2, 2))
            => layers.Flatten()
            => layers.Dropout(0.5)
            => layers.Dense(10, activation = "softmax")
    }
}

model! {
    struct ImdbBidirectional {
        let inputs = Input(shape = (None,), dtype = "int32");
        let x = inputs => layers.Embedding(20000, 128);
        let x = x => layers.Bidirectional(layers.LSTM(64, return_sequences = true));
        let x = x => layers.Bidirectional(layers.LSTM(64));
        x => layers.Dense(1, activation = "sigmoid")
    }
}

model! {
    struct AdditionRnn {
        let mut x = Input((7, 12)) => LSTM(128) => RepeatVector(4);
        for _ in 0..2 {
            x = x => LSTM(128, return_sequences = true);
        }
        x => Dense(12, activation = "softmax")
    }
}

model! {
    struct SeriesFcn {
        let inputs = Input((500, 1));
        let mut x = inputs;
        for _ in 0..3 {
            x = x => Conv1D(filters = 64, kernel_size = 3, padding = "same");
            x = x => BatchNormalization();
            x = x => ReLU();
        }
        x = x => GlobalAveragePooling1D();
        x => Dense(2, activation = "softmax")
    }
}

model! {
    struct BottleneckAutoencoder {
        let mut x = Input(shape = (28, 28, 1));
        for filters in [32, 32] {
            x = x => Conv2D(filters, (3, 3), activation = "relu", padding = "same");
            x = x => MaxPooling2D((2, 2), padding = "same");
        }
        for filters in [32, 32] {
            x = x => Conv2D(filters, (3, 3), activation = "relu", padding = "same");
            x = x => UpSampling2D((2, 2));
        }
        x => Conv2D(1, (3, 3), activation = "sigmoid", padding = "same")
    }
}

model! {
    struct Seq2Seq {
        let encoder_inputs = Input((None, 71));
        let decoder_inputs = Input((None, 93));
        let (_, h, c) = encoder_inputs => LSTM(256, return_state = true);
        let (y, _, _) = decoder_inputs => LSTM(256, return_sequences = true, return_state = true, initial_state = [h, c]);
        y => Dense(93, activation = "softmax")
    }
}

model! {
    struct WideDeepCross {
        let inputs = Input((16,));
        let wide = inputs => BatchNormalization();
        let mut deep = inputs;
        for units in [32, 32] {
            deep = deep => Dense(units);
            deep = deep => BatchNormalization();
            deep = deep => ReLU();
            deep = deep => Dropout(0.1);
        }
        let mut cross = inputs;
        for _ in [32, 32] {
            let units = 16;
            let x = cross => Dense(units);
            cross = layers.add([layers.multiply([inputs, x]), cross]);
        }
        cross = cross => BatchNormalization();
        let merged = layers.concatenate([wide, deep, cross]);
        merged => Dense(7, activation = "softmax")
    }
}

model! {
    struct GatedResidual {
        let glu = |x, units| {
            let a = x => Dense(units);
            let b = x => Dense(units, activation = "sigmoid");
            layers.multiply([a, b])
        };
        let grn = |x, features, units, rate| {
            let mut inputs = x;
            let x = x => Dense(units, activation = "elu");
            let x = x => Dense(units);
            let x = x => Dropout(rate);
            if features != units {
                inputs = inputs => Dense(units);
            }
            let x = layers.add([inputs, glu(x, units)]);
            x => LayerNormalization()
        };
        let inputs = Input((20,));
        let x = grn(inputs, 20, 16, 0.15);
        let x = grn(x, 16, 16, 0.15);
        x => Dense(1, activation = "sigmoid")
    }
}

model! {
    struct MlpMixer {
        let mixer = |x, num_patches, hidden| {
            let y = x => LayerNormalization(epsilon = 1e-6);
            let mut channels = y => Permute((2, 1));
            for units in (num_patches, num_patches) {
                channels = channels => Dense(units, activation = "gelu");
            }
            let y = channels => Permute((2, 1));
            let x = layers.add([x, y]);
            let y = x => LayerNormalization(epsilon = 1e-6);
            let y = y => Dense(hidden, activation = "gelu");
            let y = y => Dense(hidden);
            layers.add([x, y => Dropout(0.2)])
        };
        let inputs = Input((32, 32, 3));
        let mut x = inputs => Conv2D(48, 8, strides = 8);
        x = x => Reshape((16, 48));
        for _ in 0..3 {
            x = mixer(x, 16, 48);
        }
        x = x => GlobalAveragePooling1D();
        x => Dense(100)
    }
}

model! {
    struct InceptionBlock {
        let conv_bn = |x, filters, kernel, padding = "same"| {
            let x = x => Conv2D(filters, kernel, padding = padding, use_bias = false);
            let x = x => BatchNormalization(scale = false);
            x => Activation("relu")
        };
        let inputs = Input((35, 35, 192));
        let mut x = inputs;
        for pool in [32, 64, 64] {
            let a = conv_bn(x, 64, 1);
            let b = conv_bn(conv_bn(x, 48, 1), 64, 5);
            let c = conv_bn(conv_bn(conv_bn(x, 64, 1), 96, 3), 96, 3);
            let d = conv_bn(x => AveragePooling2D((3, 3), strides = (1, 1), padding = "same"), pool, 1);
            x = layers.concatenate([a, b, c, d], axis = -1);
        }
        x => GlobalMaxPooling2D()
    }
}

model! {
    struct DenseBlock {
        let conv_block = |x, growth_rate| {
            let y = x => BatchNormalization(axis = -1, epsilon = 1.001e-5);
            let y = y => Activation("relu");
            let y = y => Conv2D(4 * growth_rate, 1, use_bias = false);
            let y = y => BatchNormalization(axis = -1, epsilon = 1.001e-5);
            let y = y => Activation("relu");
            let y = y => Conv2D(growth_rate, 3, padding = "same", use_bias = false);
            [x, y] => Concatenate(axis = -1)
        };
        let mut x = Input((32, 32, 24));
        for blocks in [2, 3] {
            for _ in 0..blocks {
                x = conv_block(x, 12);
            }
            x = x => Conv2D(24, 1, use_bias = false);
            x = x => AveragePooling2D(2, strides = 2);
        }
        x = x => GlobalAveragePooling2D();
        x => Dense(10)
    }
}

model! {
    struct SqueezeExcite {
        let se = |x, filters, ratio = 16| {
            let s = x => GlobalAveragePooling2D(keepdims = true);
            let s = s => Dense(filters / ratio, activation = "relu", kernel_initializer = "he_normal", use_bias = false);
            let s = s => Dense(filters, activation = "sigmoid", kernel_initializer = "he_normal", use_bias = false);
            let s = s => UpSampling2D(32);
            layers.multiply([x, s])
        };
        let mut x = Input((32, 32, 3));
        for filters in (32, 64) {
            x = x => Conv2D(filters, 3, padding = "same", activation = "relu");
            x = se(x, filters);
        }
        x = x => Flatten();
        x => Dense(10, kernel_regularizer = "l2")
    }
}

#[test]
fn translated_models_have_the_parameters_and_shapes_of_keras() {
    for (name, found, wanted) in [
        ("mobilenet_v2", (MobileNetV2::PARAMS, MobileNetV2::OUTPUT_SHAPE), (46_410, "(None, 10)")),
        ("unet", (UNet::PARAMS, UNet::OUTPUT_SHAPE), (2_299_363, "(None, 160, 160, 3)")),
        ("small_xception", (SmallXception::PARAMS, SmallXception::OUTPUT_SHAPE), (5_379_561, "(None, 1)")),
        ("conv_mixer", (ConvMixer::PARAMS, ConvMixer::OUTPUT_SHAPE), (27_082, "(None, 10)")),
        ("wavenet", (WaveNet::PARAMS, WaveNet::OUTPUT_SHAPE), (40_896, "(None, 1024, 256)")),
        ("siamese", (Siamese::PARAMS, Siamese::OUTPUT_SHAPE), (5_369, "(None, 1)")),
        (
            "transformer_text",
            (TransformerText::PARAMS, TransformerText::OUTPUT_SHAPE),
            (662_014, "(None, 2)"),
        ),
        (
            "transformer_series",
            (TransformerSeries::PARAMS, TransformerSeries::OUTPUT_SHAPE),
            (29_258, "(None, 2)"),
        ),
        ("mnist_convnet", (MnistConvnet::PARAMS, MnistConvnet::OUTPUT_SHAPE), (34_826, "(None, 10)")),
        (
            "imdb_bidirectional",
            (ImdbBidirectional::PARAMS, ImdbBidirectional::OUTPUT_SHAPE),
            (2_757_761, "(None, 1)"),
        ),
        ("addition_rnn", (AdditionRnn::PARAMS, AdditionRnn::OUTPUT_SHAPE), (336_908, "(None, 4, 12)")),
        ("series_fcn", (SeriesFcn::PARAMS, SeriesFcn::OUTPUT_SHAPE), (25_858, "(None, 2)")),
        (
            "bottleneck_autoencoder",
            (BottleneckAutoencoder::PARAMS, BottleneckAutoencoder::OUTPUT_SHAPE),
            (28_353, "(None, 28, 28, 1)"),
        ),
        ("seq2seq", (Seq2Seq::PARAMS, Seq2Seq::OUTPUT_SHAPE), (718_173, "(None, None, 93)")),
        ("wide_deep_cross", (WideDeepCross::PARAMS, WideDeepCross::OUTPUT_SHAPE), (2_983, "(None, 7)")),
        ("gated_residual", (GatedResidual::PARAMS, GatedResidual::OUTPUT_SHAPE), (2_657, "(None, 1)")),
        ("mlp_mixer", (MlpMixer::PARAMS, MlpMixer::OUTPUT_SHAPE), (30_484, "(None, 100)")),
        ("inception_block", (InceptionBlock::PARAMS, InceptionBlock::OUTPUT_SHAPE), (819_984, "(None, 288)")),
        ("dense_block", (DenseBlock::PARAMS, DenseBlock::OUTPUT_SHAPE), (38_458, "(None, 10)")),
        ("squeeze_excite", (SqueezeExcite::PARAMS, SqueezeExcite::OUTPUT_SHAPE), (675_402, "(None, 10)")),
    ] {
        assert_eq!((found.0, found.1.to_string().as_str()), wanted, "{name}");
    }
}
