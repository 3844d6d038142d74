//! The page of each layer: what its documentation says behind the first words. Written by
//! `UPDATE=1 cargo test -p keras-shape --test layers pages`, from what layers declare.

/// The page of a layer, as text.
#[doc(hidden)]
#[macro_export]
macro_rules! page {
    (Activation) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `activation`: The function. Takes [an activation](crate::vocabulary::activations).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => Activation(relu));
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (ActivityRegularization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `l1 = 0.0`: The factor of the sum of absolute values. Takes a number.
- `l2 = 0.0`: The factor of the sum of squares. Takes a number.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => ActivityRegularization(l1 = 0.01));
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (AdaptiveAveragePooling1D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `output_size`: The size of the output: steps. Takes a positive whole number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(7, 4) => AdaptiveAveragePooling1D(3));
assert_eq!(model.output_shape().to_string(), "(None, 3, 4)");
```

In shape `(None, 7, 4)`, out `(None, 3, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (AdaptiveAveragePooling2D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `output_size`: The size of the output: height and width. Takes a positive whole number or a pair of them.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(5, 7, 4) => AdaptiveAveragePooling2D((2, 3)));
assert_eq!(model.output_shape().to_string(), "(None, 2, 3, 4)");
```

In shape `(None, 5, 7, 4)`, out `(None, 2, 3, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (AdaptiveAveragePooling3D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `output_size`: The size of the output: depth, height and width. Takes a positive whole number or one for each axis.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(5, 6, 7, 4) => AdaptiveAveragePooling3D(2));
assert_eq!(model.output_shape().to_string(), "(None, 2, 2, 2, 4)");
```

In shape `(None, 5, 6, 7, 4)`, out `(None, 2, 2, 2, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (AdaptiveMaxPooling1D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `output_size`: The size of the output: steps. Takes a positive whole number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(7, 4) => AdaptiveMaxPooling1D(3));
assert_eq!(model.output_shape().to_string(), "(None, 3, 4)");
```

In shape `(None, 7, 4)`, out `(None, 3, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (AdaptiveMaxPooling2D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `output_size`: The size of the output: height and width. Takes a positive whole number or a pair of them.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(5, 7, 4) => AdaptiveMaxPooling2D((2, 3)));
assert_eq!(model.output_shape().to_string(), "(None, 2, 3, 4)");
```

In shape `(None, 5, 7, 4)`, out `(None, 2, 3, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (AdaptiveMaxPooling3D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `output_size`: The size of the output: depth, height and width. Takes a positive whole number or one for each axis.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(5, 6, 7, 4) => AdaptiveMaxPooling3D(2));
assert_eq!(model.output_shape().to_string(), "(None, 2, 2, 2, 4)");
```

In shape `(None, 5, 6, 7, 4)`, out `(None, 2, 2, 2, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Add) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(8);
    let b = Input(8);
    [a, b] => Add()
);
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)` and `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

What the masks of all inputs make together is handed on; one input without a mask ends it.
"#
    };
    (AdditiveAttention) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `use_scale = true`: Whether each feature has a trained weight in the scores. Takes `true` or `false`.
- `dropout = 0.0`: The share of the scores dropped while training. Takes a number.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.
- `return_attention_scores = false`: Whether the scores come as a second output. Takes `true` or `false`.
- `use_causal_mask = false`: Whether a step may only look at itself and those before. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(6, 16);
    let b = Input(10, 16);
    [a, b] => AdditiveAttention()
);
assert_eq!(model.output_shape().to_string(), "(None, 6, 16)");
assert_eq!(model.count_params(), 16);
```

In shape `(None, 6, 16)` and `(None, 10, 16)`, out `(None, 6, 16)`.

# Weights

Those of the example, 16 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `scale` | `(16)` | yes |

# Masks

A mask that the input carries is computed with and handed on.

`mask = [query_mask, value_mask]` gives them by name, each of all axes but the last.
"#
    };
    (AlphaDropout) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `rate`: The share that is dropped, from 0 to below 1. Takes a number.
- `noise_shape = None`: The shape in which it is decided what to drop, batch axis included: `(None, 1, None)` drops whole features. Takes a tuple of lengths, as `(8,)` or `(-1, 4)`.
- `seed = None`: Makes the choice the same in every run. Takes a whole number that is not negative.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => AlphaDropout(0.1));
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (Attention) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `use_scale = false`: Whether a trained number multiplies the scores. Takes `true` or `false`.
- `score_mode = dot`: How a query is compared with a key. Takes `dot`, `concat`.
- `dropout = 0.0`: The share of the scores dropped while training. Takes a number.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.
- `return_attention_scores = false`: Whether the scores come as a second output. Takes `true` or `false`.
- `use_causal_mask = false`: Whether a step may only look at itself and those before. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(6, 16);
    let b = Input(10, 16);
    [a, b] => Attention()
);
assert_eq!(model.output_shape().to_string(), "(None, 6, 16)");
```

In shape `(None, 6, 16)` and `(None, 10, 16)`, out `(None, 6, 16)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is computed with and handed on.

`mask = [query_mask, value_mask]` gives them by name, each of all axes but the last.
"#
    };
    (AugMix) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `num_chains = 3`: How many chains there are. Takes a positive whole number.
- `chain_depth = 3`: How many augmentations a chain has. Takes a positive whole number.
- `factor = 0.3`: How strong the augmentations are: between 0 and this, or between two numbers. Takes a number or a pair of them.
- `alpha = 1.0`: How evenly the chains are mixed, and the image with them: the parameter of a Dirichlet and a beta distribution. Takes a number.
- `all_ops = true`: Whether brightness, contrast, colours and sharpness are changed too. Takes `true` or `false`.
- `interpolation = bilinear`: How pixels are found between those that there are: `nearest` or `bilinear`. Takes `nearest`, `bilinear`, `bicubic`, `lanczos3`, `lanczos5`, `bilinear_keras2`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => AugMix());
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (AutoContrast) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => AutoContrast());
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Average) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(8);
    let b = Input(8);
    [a, b] => Average()
);
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)` and `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

What the masks of all inputs make together is handed on; one input without a mask ends it.
"#
    };
    (AveragePooling1D) => {
        r#"Keras calls it `AvgPool1D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `pool_size`: The size of the window. Takes a positive whole number.
- `strides = None`: How far the window moves; its own size if not given. Takes a positive whole number.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(10, 4) => AveragePooling1D(2));
assert_eq!(model.output_shape().to_string(), "(None, 5, 4)");
```

In shape `(None, 10, 4)`, out `(None, 5, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (AveragePooling2D) => {
        r#"Keras calls it `AvgPool2D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `pool_size`: The size of the window. Takes a positive whole number or a pair of them.
- `strides = None`: How far the window moves; its own size if not given. Takes a positive whole number or a pair of them.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(28, 28, 8) => AveragePooling2D(2));
assert_eq!(model.output_shape().to_string(), "(None, 14, 14, 8)");
```

In shape `(None, 28, 28, 8)`, out `(None, 14, 14, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (AveragePooling3D) => {
        r#"Keras calls it `AvgPool3D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `pool_size`: The size of the window. Takes a positive whole number or one for each axis.
- `strides = None`: How far the window moves; its own size if not given. Takes a positive whole number or one for each axis.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8, 8, 8, 4) => AveragePooling3D(2));
assert_eq!(model.output_shape().to_string(), "(None, 4, 4, 4, 4)");
```

In shape `(None, 8, 8, 8, 4)`, out `(None, 4, 4, 4, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (BatchNormalization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `axis = -1`: The channel axis. Takes a whole number.
- `momentum = 0.99`: How much of the old average each step keeps. Takes a number.
- `epsilon = 1e-3`: Added to the variance. Takes a number.
- `center = true`: Whether `beta` is added. Takes `true` or `false`.
- `scale = true`: Whether the result is multiplied by `gamma`. Takes `true` or `false`.
- `beta_initializer = zeros`: How beta begins. Takes [an initializer](crate::vocabulary::initializers).
- `gamma_initializer = ones`: How gamma begins. Takes [an initializer](crate::vocabulary::initializers).
- `moving_mean_initializer = zeros`: How the moving mean begins. Takes [an initializer](crate::vocabulary::initializers).
- `moving_variance_initializer = ones`: How the moving variance begins. Takes [an initializer](crate::vocabulary::initializers).
- `beta_regularizer = None`: What beta adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `gamma_regularizer = None`: What gamma adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `beta_constraint = None`: What beta is held to. Takes [a constraint](crate::vocabulary::constraints).
- `gamma_constraint = None`: What gamma is held to. Takes [a constraint](crate::vocabulary::constraints).
- `renorm = false`: Whether training corrects towards the moving averages (batch renormalisation). Takes `true` or `false`.
- `renorm_clipping = None`: The limits of that correction. Takes limits, as `dict(rmax = 3.0, rmin = 0.3, dmax = 5.0)`.
- `renorm_momentum = 0.99`: How much of the old average each step keeps that the correction uses. Takes a number.
- `synchronized = false`: Whether mean and variance are those of the batches of all processes that train together. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => BatchNormalization());
assert_eq!(model.output_shape().to_string(), "(None, 8)");
assert_eq!(model.count_params(), 32);
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

Those of the example, 32 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `gamma` | `(8)` | yes |
| `beta` | `(8)` | yes |
| `moving_mean` | `(8)` | no |
| `moving_variance` | `(8)` | no |

# Masks

A mask that the input carries is handed on.

`mask = m` gives one by name, of all axes but the last.

While it trains, what it gives for a sample depends on the others of the batch.
"#
    };
    (Bidirectional) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `layer`: The layer that runs forward: `LSTM`, `GRU`, `SimpleRNN`, `RNN` or a recurrent convolution, as `ConvLSTM2D`. Takes a layer.
- `merge_mode = concat`: How the two outputs become one; `None` leaves them two. Takes `concat`, `sum`, `mul`, `ave`.
- `weights = None`: Only `None`: weights come from `load_weights`. Takes `None`; numbers come from `load_weights`.
- `backward_layer = None`: The layer that runs backward, if it is not a copy of `layer`. Takes a layer.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 8) => Bidirectional(LSTM(16)));
assert_eq!(model.output_shape().to_string(), "(None, 32)");
assert_eq!(model.count_params(), 3200);
```

In shape `(None, None, 8)`, out `(None, 32)`.

# Weights

Those of the example, 3200 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `forward_lstm/lstm_cell/kernel` | `(8, 64)` | yes |
| `forward_lstm/lstm_cell/recurrent_kernel` | `(16, 64)` | yes |
| `forward_lstm/lstm_cell/bias` | `(64)` | yes |
| `backward_lstm/lstm_cell/kernel` | `(8, 64)` | yes |
| `backward_lstm/lstm_cell/recurrent_kernel` | `(16, 64)` | yes |
| `backward_lstm/lstm_cell/bias` | `(64)` | yes |

# Masks

A mask that the input carries is computed with, and ends here: the output needs none.

`mask = m` gives one by name, `(batch, time)`.

`initial_state = [...]` gives the states to begin with.

It wraps a layer, and that may be a bound one, a block, a model or one of your own.
"#
    };
    (CategoryEncoding) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `num_tokens = None`: How many categories there are, numbered from 0. Takes a positive whole number.
- `output_mode = multi_hot`: `multi_hot`, `one_hot` or `count`. Takes `int`, `one_hot`, `multi_hot`, `count`, `tf_idf`.
- `sparse = false`: Only `false`: there are no sparse tensors. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(1, dtype = int32) => CategoryEncoding(4));
assert_eq!(model.output_shape().to_string(), "(None, 4)");
```

In shape `(None, 1)`, out `(None, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

Its inputs are ids: integers come to it as they are, whatever their size.
"#
    };
    (CenterCrop) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `height`: The height of what is cut out. Takes a positive whole number.
- `width`: The width of what is cut out. Takes a positive whole number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => CenterCrop(24, 24));
assert_eq!(model.output_shape().to_string(), "(None, 24, 24, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 24, 24, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Concatenate) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `axis = -1`: The axis that grows. Takes a whole number.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(8);
    let b = Input(4);
    [a, b] => Concatenate()
);
assert_eq!(model.output_shape().to_string(), "(None, 12)");
```

In shape `(None, 8)` and `(None, 4)`, out `(None, 12)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

What the masks of the inputs make together is handed on, if one of them carries one.

Strings, of `Input(..., dtype = string)`, it hands on to layers that make numbers of them.
"#
    };
    (ContrastLimitedAdaptiveHistogramEqualization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `clip_limit = 4.0`: How much more frequent than on average a value may be before what is more is shared by all; 0 is no limit. Takes a number.
- `tile_grid_size = (8, 8)`: Into how many tiles an image is divided, along height and width. Takes a positive whole number or a pair of them.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => ContrastLimitedAdaptiveHistogramEqualization());
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Conv1D) => {
        r#"Keras calls it `Convolution1D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `filters`: The channels of the output. Takes a positive whole number.
- `kernel_size`: The size of the window: steps. Takes a positive whole number.
- `strides = 1`: How far the window moves. Takes a positive whole number.
- `padding = valid`: What happens at the border. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number.
- `groups = 1`: Into how many groups the channels are split. Takes a positive whole number.
- `activation = linear`: Applied to the result. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `lora_rank = None`: The rank of what is trained in place of the kernel, which is frozen (LoRA). Takes a positive whole number.
- `lora_alpha = None`: What is trained counts `lora_alpha / lora_rank` times; `lora_rank` if `None`. Takes a number.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(100, 8) => Conv1D(32, 3, activation = relu));
assert_eq!(model.output_shape().to_string(), "(None, 98, 32)");
assert_eq!(model.count_params(), 800);
```

In shape `(None, 100, 8)`, out `(None, 98, 32)`.

# Weights

Those of the example, 800 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `kernel` | `(3, 8, 32)` | yes |
| `bias` | `(32)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Conv1DTranspose) => {
        r#"Keras calls it `Convolution1DTranspose` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `filters`: The channels of the output. Takes a positive whole number.
- `kernel_size`: The size of the window: steps. Takes a positive whole number.
- `strides = 1`: How many times longer the output is: how far the window moves over it. Takes a positive whole number.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `output_padding = None`: How much longer the output is at its end, less than `strides`; as the padding says if not given. Takes a positive whole number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number.
- `activation = linear`: Applied to the result. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(50, 8) => Conv1DTranspose(16, 3, strides = 2, padding = same));
assert_eq!(model.output_shape().to_string(), "(None, 100, 16)");
assert_eq!(model.count_params(), 400);
```

In shape `(None, 50, 8)`, out `(None, 100, 16)`.

# Weights

Those of the example, 400 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `kernel` | `(3, 16, 8)` | yes |
| `bias` | `(16)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Conv2D) => {
        r#"Keras calls it `Convolution2D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `filters`: The channels of the output. Takes a positive whole number.
- `kernel_size`: The size of the window: height and width. Takes a positive whole number or a pair of them.
- `strides = 1`: How far the window moves. Takes a positive whole number or a pair of them.
- `padding = valid`: What happens at the border. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number or a pair of them.
- `groups = 1`: Into how many groups the channels are split. Takes a positive whole number.
- `activation = linear`: Applied to the result. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `lora_rank = None`: The rank of what is trained in place of the kernel, which is frozen (LoRA). Takes a positive whole number.
- `lora_alpha = None`: What is trained counts `lora_alpha / lora_rank` times; `lora_rank` if `None`. Takes a number.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(28, 28, 1) => Conv2D(32, 3, activation = relu));
assert_eq!(model.output_shape().to_string(), "(None, 26, 26, 32)");
assert_eq!(model.count_params(), 320);
```

In shape `(None, 28, 28, 1)`, out `(None, 26, 26, 32)`.

# Weights

Those of the example, 320 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `kernel` | `(3, 3, 1, 32)` | yes |
| `bias` | `(32)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Conv2DTranspose) => {
        r#"Keras calls it `Convolution2DTranspose` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `filters`: The channels of the output. Takes a positive whole number.
- `kernel_size`: The size of the window: height and width. Takes a positive whole number or a pair of them.
- `strides = 1`: How many times longer the output is: how far the window moves over it. Takes a positive whole number or a pair of them.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `output_padding = None`: How much longer the output is at its end, less than `strides`; as the padding says if not given. Takes a positive whole number or a pair of them.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number or a pair of them.
- `activation = linear`: Applied to the result. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(14, 14, 8) => Conv2DTranspose(16, 3, strides = 2, padding = same));
assert_eq!(model.output_shape().to_string(), "(None, 28, 28, 16)");
assert_eq!(model.count_params(), 1168);
```

In shape `(None, 14, 14, 8)`, out `(None, 28, 28, 16)`.

# Weights

Those of the example, 1168 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `kernel` | `(3, 3, 16, 8)` | yes |
| `bias` | `(16)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Conv3D) => {
        r#"Keras calls it `Convolution3D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `filters`: The channels of the output. Takes a positive whole number.
- `kernel_size`: The size of the window: depth, height and width. Takes a positive whole number or one for each axis.
- `strides = 1`: How far the window moves. Takes a positive whole number or one for each axis.
- `padding = valid`: What happens at the border. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number or one for each axis.
- `groups = 1`: Into how many groups the channels are split. Takes a positive whole number.
- `activation = linear`: Applied to the result. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `lora_rank = None`: The rank of what is trained in place of the kernel, which is frozen (LoRA). Takes a positive whole number.
- `lora_alpha = None`: What is trained counts `lora_alpha / lora_rank` times; `lora_rank` if `None`. Takes a number.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(16, 16, 16, 1) => Conv3D(16, 3, activation = relu));
assert_eq!(model.output_shape().to_string(), "(None, 14, 14, 14, 16)");
assert_eq!(model.count_params(), 448);
```

In shape `(None, 16, 16, 16, 1)`, out `(None, 14, 14, 14, 16)`.

# Weights

Those of the example, 448 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `kernel` | `(3, 3, 3, 1, 16)` | yes |
| `bias` | `(16)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Conv3DTranspose) => {
        r#"Keras calls it `Convolution3DTranspose` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `filters`: The channels of the output. Takes a positive whole number.
- `kernel_size`: The size of the window: depth, height and width. Takes a positive whole number or one for each axis.
- `strides = 1`: How many times longer the output is: how far the window moves over it. Takes a positive whole number or one for each axis.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `output_padding = None`: How much longer the output is at its end, less than `strides`; as the padding says if not given. Takes a positive whole number or one for each axis.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number or one for each axis.
- `activation = linear`: Applied to the result. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8, 8, 8, 4) => Conv3DTranspose(8, 3, strides = 2, padding = same));
assert_eq!(model.output_shape().to_string(), "(None, 16, 16, 16, 8)");
assert_eq!(model.count_params(), 872);
```

In shape `(None, 8, 8, 8, 4)`, out `(None, 16, 16, 16, 8)`.

# Weights

Those of the example, 872 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `kernel` | `(3, 3, 3, 8, 4)` | yes |
| `bias` | `(8)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (ConvLSTM1D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `filters`: The channels of the output and of the states. Takes a positive whole number.
- `kernel_size`: The size of the window: steps. Takes a positive whole number.
- `strides = 1`: How far the window moves over the input. Takes a positive whole number.
- `padding = valid`: What happens at the border. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number.
- `activation = tanh`: Applied to the candidate and to the state on its way out. Takes [an activation](crate::vocabulary::activations).
- `recurrent_activation = sigmoid`: Applied to the three gates. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `recurrent_initializer = orthogonal`: How the recurrent kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `unit_forget_bias = true`: Whether the bias of the forget gate begins at 1. Takes `true` or `false`.
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `recurrent_regularizer = None`: What the recurrent kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `recurrent_constraint = None`: What the recurrent kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `dropout = 0.0`: The share of inputs dropped while training. Takes a number.
- `recurrent_dropout = 0.0`: The share of states dropped while training. Takes a number.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.
- `return_sequences = false`: Whether the output has every step or only the last. Takes `true` or `false`.
- `return_state = false`: Whether the last states come as further outputs. Takes `true` or `false`.
- `go_backwards = false`: Whether time runs from the end. Takes `true` or `false`.
- `stateful = false`: Whether each batch goes on from the states of the one before. Takes `true` or `false`.
- `zero_output_for_mask = false`: Whether a masked step gives zeros instead of the output before it. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 32, 2) => ConvLSTM1D(16, 3, padding = same));
assert_eq!(model.output_shape().to_string(), "(None, 32, 16)");
assert_eq!(model.count_params(), 3520);
```

In shape `(None, None, 32, 2)`, out `(None, 32, 16)`.

# Weights

Those of the example, 3520 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `conv_lstm_cell/kernel` | `(3, 2, 64)` | yes |
| `conv_lstm_cell/recurrent_kernel` | `(3, 16, 64)` | yes |
| `conv_lstm_cell/bias` | `(64)` | yes |

# Masks

A mask that the input carries is computed with, and ends here: the output needs none.

`mask = m` gives one by name, `(batch, time)`.

`initial_state = [...]` gives the states to begin with.
"#
    };
    (ConvLSTM2D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `filters`: The channels of the output and of the states. Takes a positive whole number.
- `kernel_size`: The size of the window: height and width. Takes a positive whole number or a pair of them.
- `strides = 1`: How far the window moves over the input. Takes a positive whole number or a pair of them.
- `padding = valid`: What happens at the border. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number or a pair of them.
- `activation = tanh`: Applied to the candidate and to the state on its way out. Takes [an activation](crate::vocabulary::activations).
- `recurrent_activation = sigmoid`: Applied to the three gates. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `recurrent_initializer = orthogonal`: How the recurrent kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `unit_forget_bias = true`: Whether the bias of the forget gate begins at 1. Takes `true` or `false`.
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `recurrent_regularizer = None`: What the recurrent kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `recurrent_constraint = None`: What the recurrent kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `dropout = 0.0`: The share of inputs dropped while training. Takes a number.
- `recurrent_dropout = 0.0`: The share of states dropped while training. Takes a number.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.
- `return_sequences = false`: Whether the output has every step or only the last. Takes `true` or `false`.
- `return_state = false`: Whether the last states come as further outputs. Takes `true` or `false`.
- `go_backwards = false`: Whether time runs from the end. Takes `true` or `false`.
- `stateful = false`: Whether each batch goes on from the states of the one before. Takes `true` or `false`.
- `zero_output_for_mask = false`: Whether a masked step gives zeros instead of the output before it. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 32, 32, 1) => ConvLSTM2D(16, 3, padding = same));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 16)");
assert_eq!(model.count_params(), 9856);
```

In shape `(None, None, 32, 32, 1)`, out `(None, 32, 32, 16)`.

# Weights

Those of the example, 9856 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `conv_lstm_cell/kernel` | `(3, 3, 1, 64)` | yes |
| `conv_lstm_cell/recurrent_kernel` | `(3, 3, 16, 64)` | yes |
| `conv_lstm_cell/bias` | `(64)` | yes |

# Masks

A mask that the input carries is computed with, and ends here: the output needs none.

`mask = m` gives one by name, `(batch, time)`.

`initial_state = [...]` gives the states to begin with.
"#
    };
    (ConvLSTM3D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `filters`: The channels of the output and of the states. Takes a positive whole number.
- `kernel_size`: The size of the window: depth, height and width. Takes a positive whole number or one for each axis.
- `strides = 1`: How far the window moves over the input. Takes a positive whole number or one for each axis.
- `padding = valid`: What happens at the border. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number or one for each axis.
- `activation = tanh`: Applied to the candidate and to the state on its way out. Takes [an activation](crate::vocabulary::activations).
- `recurrent_activation = sigmoid`: Applied to the three gates. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `recurrent_initializer = orthogonal`: How the recurrent kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `unit_forget_bias = true`: Whether the bias of the forget gate begins at 1. Takes `true` or `false`.
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `recurrent_regularizer = None`: What the recurrent kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `recurrent_constraint = None`: What the recurrent kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `dropout = 0.0`: The share of inputs dropped while training. Takes a number.
- `recurrent_dropout = 0.0`: The share of states dropped while training. Takes a number.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.
- `return_sequences = false`: Whether the output has every step or only the last. Takes `true` or `false`.
- `return_state = false`: Whether the last states come as further outputs. Takes `true` or `false`.
- `go_backwards = false`: Whether time runs from the end. Takes `true` or `false`.
- `stateful = false`: Whether each batch goes on from the states of the one before. Takes `true` or `false`.
- `zero_output_for_mask = false`: Whether a masked step gives zeros instead of the output before it. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(5, 8, 8, 8, 1) => ConvLSTM3D(4, 3, padding = same));
assert_eq!(model.output_shape().to_string(), "(None, 8, 8, 8, 4)");
assert_eq!(model.count_params(), 2176);
```

In shape `(None, 5, 8, 8, 8, 1)`, out `(None, 8, 8, 8, 4)`.

# Weights

Those of the example, 2176 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `conv_lstm_cell/kernel` | `(3, 3, 3, 1, 16)` | yes |
| `conv_lstm_cell/recurrent_kernel` | `(3, 3, 3, 4, 16)` | yes |
| `conv_lstm_cell/bias` | `(16)` | yes |

# Masks

A mask that the input carries is computed with, and ends here: the output needs none.

`mask = m` gives one by name, `(batch, time)`.

`initial_state = [...]` gives the states to begin with.
"#
    };
    (Cropping1D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `cropping = 1`: How many before and after. Takes a positive whole number or a pair of them.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(10, 4) => Cropping1D((1, 2)));
assert_eq!(model.output_shape().to_string(), "(None, 7, 4)");
```

In shape `(None, 10, 4)`, out `(None, 7, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

Strings, of `Input(..., dtype = string)`, it hands on to layers that make numbers of them.
"#
    };
    (Cropping2D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `cropping = 0`: How many before and after, along each axis. Takes a number, a pair `(height, width)`, or a pair of pairs `((top, bottom), (left, right))`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(28, 28, 3) => Cropping2D(((2, 2), (4, 4))));
assert_eq!(model.output_shape().to_string(), "(None, 24, 20, 3)");
```

In shape `(None, 28, 28, 3)`, out `(None, 24, 20, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Cropping3D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `cropping = 1`: How many before and after, along each axis. Takes a number, one for each axis, or a pair `(before, after)` for each axis.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8, 8, 8, 2) => Cropping3D(1));
assert_eq!(model.output_shape().to_string(), "(None, 6, 6, 6, 2)");
```

In shape `(None, 8, 8, 8, 2)`, out `(None, 6, 6, 6, 2)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (CutMix) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor = 1.0`: What the parameter of the beta distribution that sizes are drawn from lies between: 0 and this, or two numbers. Takes a number or a pair of them.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(32, 32, 3);
    let b = Input(10);
    let (x, y) = [a, b] => CutMix();
    (x, y)
);
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)` and `(None, 10)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

While it trains, what it gives for a sample depends on the others of the batch.
"#
    };
    (Dense) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `units`: The size of the last axis of the output. Takes a positive whole number.
- `activation = linear`: Applied to the result. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `lora_rank = None`: The rank of what is trained in place of the kernel, which is frozen (LoRA). Takes a positive whole number.
- `lora_alpha = None`: What is trained counts `lora_alpha / lora_rank` times; `lora_rank` if `None`. Keras 3.15 forgets it where the layer is made with it, and not where `enable_lora` is called with it. Takes a number.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => Dense(16, activation = relu));
assert_eq!(model.output_shape().to_string(), "(None, 16)");
assert_eq!(model.count_params(), 144);
```

In shape `(None, 8)`, out `(None, 16)`.

# Weights

Those of the example, 144 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `kernel` | `(8, 16)` | yes |
| `bias` | `(16)` | yes |

# Masks

A mask that the input carries is handed on.
"#
    };
    (DepthwiseConv1D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `kernel_size`: The size of the window: steps. Takes a positive whole number.
- `strides = 1`: How far the window moves. Takes a positive whole number.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `depth_multiplier = 1`: How many channels come of each one. Takes a positive whole number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number.
- `activation = linear`: Applied to the result. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `depthwise_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `depthwise_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `depthwise_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(100, 8) => DepthwiseConv1D(3));
assert_eq!(model.output_shape().to_string(), "(None, 98, 8)");
assert_eq!(model.count_params(), 32);
```

In shape `(None, 100, 8)`, out `(None, 98, 8)`.

# Weights

Those of the example, 32 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `kernel` | `(3, 8, 1)` | yes |
| `bias` | `(8)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (DepthwiseConv2D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `kernel_size`: The size of the window: height and width. Takes a positive whole number or a pair of them.
- `strides = 1`: How far the window moves. Takes a positive whole number or a pair of them.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `depth_multiplier = 1`: How many channels come of each one. Takes a positive whole number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number or a pair of them.
- `activation = linear`: Applied to the result. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `depthwise_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `depthwise_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `depthwise_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(28, 28, 8) => DepthwiseConv2D(3, padding = same));
assert_eq!(model.output_shape().to_string(), "(None, 28, 28, 8)");
assert_eq!(model.count_params(), 80);
```

In shape `(None, 28, 28, 8)`, out `(None, 28, 28, 8)`.

# Weights

Those of the example, 80 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `kernel` | `(3, 3, 8, 1)` | yes |
| `bias` | `(8)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Discretization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `bin_boundaries = None`: The boundaries between bins, in order. Takes a number, or a list with one for each channel.
- `num_bins = None`: Only `None`: bins whose boundaries are found in data. Takes a positive whole number.
- `epsilon = 0.01`: How exactly boundaries are found in data. Takes a number.
- `output_mode = int`: `int`, `one_hot`, `multi_hot` or `count`. Takes `int`, `one_hot`, `multi_hot`, `count`, `tf_idf`.
- `sparse = false`: Only `false`: there are no sparse tensors. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(3) => Discretization(bin_boundaries = [0.0, 0.5, 1.0]));
assert_eq!(model.output_shape().to_string(), "(None, 3)");
```

In shape `(None, 3)`, out `(None, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Dot) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `axes`: The axis that is summed over, or one for each tensor. Takes an axis number or a tuple of them.
- `normalize = false`: Whether that axis is first brought to length 1, which gives the cosine. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(8);
    let b = Input(8);
    [a, b] => Dot(1)
);
assert_eq!(model.output_shape().to_string(), "(None, 1)");
```

In shape `(None, 8)` and `(None, 8)`, out `(None, 1)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Dropout) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `rate`: The share that is dropped. Takes a number.
- `noise_shape = None`: The shape in which it is decided what to drop, batch axis included: `(None, 1, None)` drops whole features. Takes a tuple of lengths, as `(8,)` or `(-1, 4)`.
- `seed = None`: Makes the choice the same in every run. Takes a whole number that is not negative.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => Dropout(0.5));
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (EinsumDense) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `equation`: Which axes are multiplied and summed: `abc,cd->abd`, `...x,xy->...y` or `ab...,bc->ac...`. Takes an equation in quotes, as `"abc,cd->abd"`.
- `output_shape`: The axes of the result that have letters, without the batch; `None` is a length of the input. Takes a length or a tuple of lengths, as `64` or `(None, 64)`.
- `activation = linear`: Applied to the result. Takes [an activation](crate::vocabulary::activations).
- `bias_axes = None`: The letters of the axes of the result along which the bias differs; no bias if `None`. Takes letters of the equation in quotes, as `"d"`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `lora_rank = None`: The rank of what is trained in place of the kernel, which is frozen (LoRA). Takes a positive whole number.
- `lora_alpha = None`: What is trained counts `lora_alpha / lora_rank` times; `lora_rank` if `None`. Takes a number.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 32) => EinsumDense("abc,cd->abd", output_shape = (None, 64), bias_axes = d));
assert_eq!(model.output_shape().to_string(), "(None, None, 64)");
assert_eq!(model.count_params(), 2112);
```

In shape `(None, None, 32)`, out `(None, None, 64)`.

# Weights

Those of the example, 2112 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `kernel` | `(32, 64)` | yes |
| `bias` | `(64)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (ELU) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `alpha = 1.0`: The limit far below 0, with its sign turned. Takes a number.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => ELU());
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (Embedding) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `input_dim`: How many numbers there are: ids run from 0 to `input_dim - 1`. Takes a positive whole number.
- `output_dim`: The size of a vector. Takes a positive whole number.
- `embeddings_initializer = uniform`: How the vectors begin. Takes [an initializer](crate::vocabulary::initializers).
- `embeddings_regularizer = None`: What the vectors add to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `embeddings_constraint = None`: What the vectors are held to. Takes [a constraint](crate::vocabulary::constraints).
- `mask_zero = false`: Whether the id 0 is padding, which later layers skip. Takes `true` or `false`.
- `weights = None`: Only `None`: weights come from `load_weights`. Takes `None`; numbers come from `load_weights`.
- `lora_rank = None`: The rank of what is trained in place of the vectors, which are frozen (LoRA). Takes a positive whole number.
- `lora_alpha = None`: What is trained counts `lora_alpha / lora_rank` times; `lora_rank` if `None`. Keras 3.15 forgets it where the layer is made with it, and not where `enable_lora` is called with it. Takes a number.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, dtype = int32) => Embedding(1000, 16, mask_zero = true));
assert_eq!(model.output_shape().to_string(), "(None, None, 16)");
assert_eq!(model.count_params(), 16000);
```

In shape `(None, None)`, out `(None, None, 16)`.

# Weights

Those of the example, 16000 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `embeddings` | `(1000, 16)` | yes |

# Masks

It makes a mask, which the layers behind it see.

Its inputs are ids: integers come to it as they are, whatever their size.
"#
    };
    (Equalization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `bins = 256`: How many values are told apart. Takes a positive whole number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => Equalization());
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Flatten) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `data_format = None`: `channels_first` moves the channels last before flattening. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(28, 28, 3) => Flatten());
assert_eq!(model.output_shape().to_string(), "(None, 2352)");
```

In shape `(None, 28, 28, 3)`, out `(None, 2352)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

Strings, of `Input(..., dtype = string)`, it hands on to layers that make numbers of them.
"#
    };
    (GaussianDropout) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `rate`: What `Dropout` of the same variance drops: from 0 to below 1. Takes a number.
- `seed = None`: Makes the noise the same in every run. Takes a whole number that is not negative.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => GaussianDropout(0.1));
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (GaussianNoise) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `stddev`: The standard deviation of the noise, between 0 and 1. Takes a number.
- `seed = None`: Makes the noise the same in every run. Takes a whole number that is not negative.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => GaussianNoise(0.1));
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (GlobalAveragePooling1D) => {
        r#"Keras calls it `GlobalAvgPool1D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `keepdims = false`: Whether the pooled axes stay, with length 1. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 16) => GlobalAveragePooling1D());
assert_eq!(model.output_shape().to_string(), "(None, 16)");
```

In shape `(None, None, 16)`, out `(None, 16)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is computed with, and ends here: the output needs none.

`mask = m` gives one by name, `(batch, time)`.
"#
    };
    (GlobalAveragePooling2D) => {
        r#"Keras calls it `GlobalAvgPool2D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `keepdims = false`: Whether the pooled axes stay, with length 1. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(7, 7, 16) => GlobalAveragePooling2D());
assert_eq!(model.output_shape().to_string(), "(None, 16)");
```

In shape `(None, 7, 7, 16)`, out `(None, 16)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (GlobalAveragePooling3D) => {
        r#"Keras calls it `GlobalAvgPool3D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `keepdims = false`: Whether the pooled axes stay, with length 1. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(4, 4, 4, 16) => GlobalAveragePooling3D());
assert_eq!(model.output_shape().to_string(), "(None, 16)");
```

In shape `(None, 4, 4, 4, 16)`, out `(None, 16)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (GlobalMaxPooling1D) => {
        r#"Keras calls it `GlobalMaxPool1D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `keepdims = false`: Whether the pooled axes stay, with length 1. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 16) => GlobalMaxPooling1D());
assert_eq!(model.output_shape().to_string(), "(None, 16)");
```

In shape `(None, None, 16)`, out `(None, 16)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (GlobalMaxPooling2D) => {
        r#"Keras calls it `GlobalMaxPool2D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `keepdims = false`: Whether the pooled axes stay, with length 1. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(7, 7, 16) => GlobalMaxPooling2D());
assert_eq!(model.output_shape().to_string(), "(None, 16)");
```

In shape `(None, 7, 7, 16)`, out `(None, 16)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (GlobalMaxPooling3D) => {
        r#"Keras calls it `GlobalMaxPool3D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `keepdims = false`: Whether the pooled axes stay, with length 1. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(4, 4, 4, 16) => GlobalMaxPooling3D());
assert_eq!(model.output_shape().to_string(), "(None, 16)");
```

In shape `(None, 4, 4, 4, 16)`, out `(None, 16)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (GroupNormalization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `groups = 32`: The number of groups, of which the number of channels is a multiple; -1 makes one of each channel. Takes a whole number.
- `axis = -1`: The axis of the channels. Takes a whole number.
- `epsilon = 1e-3`: Added to the variance. Takes a number.
- `center = true`: Whether `beta` is added. Takes `true` or `false`.
- `scale = true`: Whether the result is multiplied by `gamma`. Takes `true` or `false`.
- `beta_initializer = zeros`: How beta begins. Takes [an initializer](crate::vocabulary::initializers).
- `gamma_initializer = ones`: How gamma begins. Takes [an initializer](crate::vocabulary::initializers).
- `beta_regularizer = None`: What beta adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `gamma_regularizer = None`: What gamma adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `beta_constraint = None`: What beta is held to. Takes [a constraint](crate::vocabulary::constraints).
- `gamma_constraint = None`: What gamma is held to. Takes [a constraint](crate::vocabulary::constraints).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8, 8, 16) => GroupNormalization(4));
assert_eq!(model.output_shape().to_string(), "(None, 8, 8, 16)");
assert_eq!(model.count_params(), 32);
```

In shape `(None, 8, 8, 16)`, out `(None, 8, 8, 16)`.

# Weights

Those of the example, 32 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `gamma` | `(16)` | yes |
| `beta` | `(16)` | yes |

# Masks

A mask that the input carries is handed on.
"#
    };
    (GroupedQueryAttention) => {
        r#"Keras calls it `GroupQueryAttention` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `head_dim`: The width of a head. Takes a positive whole number.
- `num_query_heads`: How many heads the query has. Takes a positive whole number.
- `num_key_value_heads`: How many heads key and value have: a divisor of `num_query_heads`. Takes a positive whole number.
- `dropout = 0.0`: The share of the scores dropped while training. Takes a number.
- `use_bias = true`: Whether the projections have a bias. Takes `true` or `false`.
- `sliding_window = None`: How far a step may look: less than this many steps. Takes a positive whole number.
- `flash_attention = None`: Chooses an implementation in Keras; changes no number. Takes `auto`, `true`, `false` or a number.
- `kernel_initializer = glorot_uniform`: How the kernels begin. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the biases begin. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernels add to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the biases add to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the outputs of the projections and of the layer add to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernels are held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the biases are held to. Takes [a constraint](crate::vocabulary::constraints).
- `use_gate = false`: Whether a projection of the query, between 0 and 1, multiplies what attention gives. Takes `true` or `false`.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.
- `return_attention_scores = false`: Whether the scores come as a second output. Takes `true` or `false`.
- `use_causal_mask = false`: Whether a step may only look at itself and those before. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(10, 32);
    let b = Input(12, 32);
    [a, b] => GroupQueryAttention(8, 4, 2)
);
assert_eq!(model.output_shape().to_string(), "(None, 10, 32)");
assert_eq!(model.count_params(), 3168);
```

In shape `(None, 10, 32)` and `(None, 12, 32)`, out `(None, 10, 32)`.

# Weights

Those of the example, 3168 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `query/kernel` | `(32, 4, 8)` | yes |
| `query/bias` | `(4, 8)` | yes |
| `key/kernel` | `(32, 2, 8)` | yes |
| `key/bias` | `(2, 8)` | yes |
| `value/kernel` | `(32, 2, 8)` | yes |
| `value/bias` | `(2, 8)` | yes |
| `attention_output/kernel` | `(4, 8, 32)` | yes |
| `attention_output/bias` | `(32)` | yes |

# Masks

A mask that the input carries is computed with and handed on.

`query_mask = m`, `value_mask = m`, `key_mask = m` and `attention_mask = m` give them by name.
"#
    };
    (GRU) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `units`: The size of the state. Takes a positive whole number.
- `activation = tanh`: Applied to the candidate. Takes [an activation](crate::vocabulary::activations).
- `recurrent_activation = sigmoid`: Applied to the two gates. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `recurrent_initializer = orthogonal`: How the recurrent kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `recurrent_regularizer = None`: What the recurrent kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `recurrent_constraint = None`: What the recurrent kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `dropout = 0.0`: The share of inputs dropped while training. Takes a number.
- `recurrent_dropout = 0.0`: The share of states dropped while training. Takes a number.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.
- `return_sequences = false`: Whether the output has every step or only the last. Takes `true` or `false`.
- `return_state = false`: Whether the last state comes as further outputs. Takes `true` or `false`.
- `go_backwards = false`: Whether time runs from the end. Takes `true` or `false`.
- `stateful = false`: Whether each batch goes on from the state of the one before. Takes `true` or `false`.
- `unroll = false`: Accepted as Keras does; it changes no number. Takes `true` or `false`.
- `reset_after = true`: Whether the reset gate acts after the product with the recurrent kernel, as on GPUs. Takes `true` or `false`.
- `use_cudnn = auto`: Accepted as Keras does; it changes no number. Takes `auto`, `true`, `false` or a number.
- `implementation = auto`: Accepted as Keras does; it changes no number. Takes `auto`, `true`, `false` or a number.
- `zero_output_for_mask = false`: Whether a masked step gives zeros instead of the output before it. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 8) => GRU(32));
assert_eq!(model.output_shape().to_string(), "(None, 32)");
assert_eq!(model.count_params(), 4032);
```

In shape `(None, None, 8)`, out `(None, 32)`.

# Weights

Those of the example, 4032 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `gru_cell/kernel` | `(8, 96)` | yes |
| `gru_cell/recurrent_kernel` | `(32, 96)` | yes |
| `gru_cell/bias` | `(2, 96)` | yes |

# Masks

A mask that the input carries is computed with, and ends here: the output needs none.

`mask = m` gives one by name, `(batch, time)`.

`initial_state = [...]` gives the states to begin with.
"#
    };
    (GRUCell) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `units`: The size of the state. Takes a positive whole number.
- `activation = tanh`: Applied to the candidate. Takes [an activation](crate::vocabulary::activations).
- `recurrent_activation = sigmoid`: Applied to the two gates. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `recurrent_initializer = orthogonal`: How the recurrent kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `recurrent_regularizer = None`: What the recurrent kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `recurrent_constraint = None`: What the recurrent kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `dropout = 0.0`: The share of inputs dropped while training: the same features at every step. Takes a number.
- `recurrent_dropout = 0.0`: The share of states dropped while training. Takes a number.
- `reset_after = true`: Whether the reset gate acts after the product with the recurrent kernel, as on GPUs. Takes `true` or `false`.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 8) => RNN(GRUCell(32)));
assert_eq!(model.output_shape().to_string(), "(None, 32)");
assert_eq!(model.count_params(), 4032);
```

In shape `(None, None, 8)`, out `(None, 32)`.

# Weights

Those of the example, 4032 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `gru_cell/kernel` | `(8, 96)` | yes |
| `gru_cell/recurrent_kernel` | `(32, 96)` | yes |
| `gru_cell/bias` | `(2, 96)` | yes |

# Masks

`RNN` goes over the steps with it, and sees to masks and states.
"#
    };
    (Hashing) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `num_bins`: How many buckets there are. Takes a positive whole number.
- `mask_value = None`: The integer or string that bucket 0 is kept for. Takes a whole number, or a string where the input is of strings.
- `salt = None`: A key of one or two numbers, with which SipHash is the hash; FarmHash if `None`. Takes a whole number or a list of them.
- `output_mode = int`: `int`, `one_hot`, `multi_hot` or `count`. Takes `int`, `one_hot`, `multi_hot`, `count`, `tf_idf`.
- `sparse = false`: Only `false`: there are no sparse tensors. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(1, dtype = int32) => Hashing(10));
assert_eq!(model.output_shape().to_string(), "(None, 1)");
```

In shape `(None, 1)`, out `(None, 1)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

Its inputs are ids: integers come to it as they are, whatever their size.

It takes strings too: `Input(..., dtype = string)`.
"#
    };
    (HashedCrossing) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `num_bins`: How many buckets there are. Takes a positive whole number.
- `output_mode = int`: `int` or `one_hot`. Takes `int`, `one_hot`, `multi_hot`, `count`, `tf_idf`.
- `sparse = false`: Only `false`: there are no sparse tensors. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(1, dtype = int32);
    let b = Input(1, dtype = int32);
    [a, b] => HashedCrossing(100)
);
assert_eq!(model.output_shape().to_string(), "(None, 1)");
```

In shape `(None, 1)` and `(None, 1)`, out `(None, 1)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

Its inputs are ids: integers come to it as they are, whatever their size.

It takes strings too: `Input(..., dtype = string)`.
"#
    };
    (Identity) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => Identity());
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.

Strings, of `Input(..., dtype = string)`, it hands on to layers that make numbers of them.
"#
    };
    (IntegerLookup) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `max_tokens = None`: The most places that there may be, those kept for padding and the unknown included. Takes a positive whole number.
- `num_oov_indices = 1`: How many places are kept for integers that are not in the vocabulary. Takes a positive whole number.
- `mask_token = None`: The integer that stands for padding, at place 0. Takes a whole number.
- `oov_token = -1`: The integer that stands for those that are not in the vocabulary. Takes a whole number.
- `vocabulary = None`: The integers, each once; those kept for padding and the unknown may stand before them. Takes a whole number or a list of them.
- `vocabulary_dtype = None`: `int64`, as which integers of 32 bits are read here. Takes `int64`; strings are looked up by `StringLookup`.
- `idf_weights = None`: The weight of each integer of the vocabulary, for `tf_idf`. Takes a number, or a list with one for each channel.
- `invert = false`: Whether it goes from places to integers. Takes `true` or `false`.
- `output_mode = int`: `int`, `one_hot`, `multi_hot`, `count` or `tf_idf`. Takes `int`, `one_hot`, `multi_hot`, `count`, `tf_idf`.
- `sparse = false`: Only `false`: there are no sparse tensors. Takes `true` or `false`.
- `pad_to_max_tokens = false`: Whether the result is as wide as if there were `max_tokens` places. Takes `true` or `false`.
- `oov_method = floormod`: How an integer that is not in the vocabulary gets to one of several places kept for these. Takes `floormod`, `farmhash`.
- `salt = None`: A key of one or two numbers, for `farmhash`: then SipHash is the hash. Takes a whole number or a list of them.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(1, dtype = int32) => IntegerLookup(vocabulary = [12, 36, 1138]));
assert_eq!(model.output_shape().to_string(), "(None, 1)");
```

In shape `(None, 1)`, out `(None, 1)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

Its inputs are ids: integers come to it as they are, whatever their size.
"#
    };
    (LayerNormalization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `axis = -1`: The axis, or several, over which mean and variance are taken. Takes an axis number or a tuple of them.
- `epsilon = 1e-3`: Added to the variance. Takes a number.
- `center = true`: Whether `beta` is added. Takes `true` or `false`.
- `scale = true`: Whether the result is multiplied by `gamma`. Takes `true` or `false`.
- `beta_initializer = zeros`: How beta begins. Takes [an initializer](crate::vocabulary::initializers).
- `gamma_initializer = ones`: How gamma begins. Takes [an initializer](crate::vocabulary::initializers).
- `beta_regularizer = None`: What beta adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `gamma_regularizer = None`: What gamma adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `beta_constraint = None`: What beta is held to. Takes [a constraint](crate::vocabulary::constraints).
- `gamma_constraint = None`: What gamma is held to. Takes [a constraint](crate::vocabulary::constraints).
- `rms_scaling = false`: Keras's deprecated scaling: by the standard deviation, without taking off the mean. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(10, 16) => LayerNormalization());
assert_eq!(model.output_shape().to_string(), "(None, 10, 16)");
assert_eq!(model.count_params(), 32);
```

In shape `(None, 10, 16)`, out `(None, 10, 16)`.

# Weights

Those of the example, 32 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `gamma` | `(16)` | yes |
| `beta` | `(16)` | yes |

# Masks

A mask that the input carries is handed on.
"#
    };
    (LeakyReLU) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `negative_slope = 0.3`: The slope below 0. Takes a number.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => LeakyReLU(0.1));
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (LSTM) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `units`: The size of the state. Takes a positive whole number.
- `activation = tanh`: Applied to the candidate and to the state on its way out. Takes [an activation](crate::vocabulary::activations).
- `recurrent_activation = sigmoid`: Applied to the three gates. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `recurrent_initializer = orthogonal`: How the recurrent kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `unit_forget_bias = true`: Whether the bias of the forget gate begins at 1. Takes `true` or `false`.
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `recurrent_regularizer = None`: What the recurrent kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `recurrent_constraint = None`: What the recurrent kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `dropout = 0.0`: The share of inputs dropped while training. Takes a number.
- `recurrent_dropout = 0.0`: The share of states dropped while training. Takes a number.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.
- `return_sequences = false`: Whether the output has every step or only the last. Takes `true` or `false`.
- `return_state = false`: Whether the last state comes as further outputs. Takes `true` or `false`.
- `go_backwards = false`: Whether time runs from the end. Takes `true` or `false`.
- `stateful = false`: Whether each batch goes on from the state of the one before. Takes `true` or `false`.
- `unroll = false`: Accepted as Keras does; it changes no number. Takes `true` or `false`.
- `use_cudnn = auto`: Accepted as Keras does; it changes no number. Takes `auto`, `true`, `false` or a number.
- `implementation = auto`: Accepted as Keras does; it changes no number. Takes `auto`, `true`, `false` or a number.
- `zero_output_for_mask = false`: Whether a masked step gives zeros instead of the output before it. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 50) => LSTM(64));
assert_eq!(model.output_shape().to_string(), "(None, 64)");
assert_eq!(model.count_params(), 29440);
```

In shape `(None, None, 50)`, out `(None, 64)`.

# Weights

Those of the example, 29440 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `lstm_cell/kernel` | `(50, 256)` | yes |
| `lstm_cell/recurrent_kernel` | `(64, 256)` | yes |
| `lstm_cell/bias` | `(256)` | yes |

# Masks

A mask that the input carries is computed with, and ends here: the output needs none.

`mask = m` gives one by name, `(batch, time)`.

`initial_state = [...]` gives the states to begin with.
"#
    };
    (LSTMCell) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `units`: The size of the state. Takes a positive whole number.
- `activation = tanh`: Applied to the candidate and to the state on its way out. Takes [an activation](crate::vocabulary::activations).
- `recurrent_activation = sigmoid`: Applied to the three gates. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `recurrent_initializer = orthogonal`: How the recurrent kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `unit_forget_bias = true`: Whether the bias of the forget gate begins at 1. Takes `true` or `false`.
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `recurrent_regularizer = None`: What the recurrent kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `recurrent_constraint = None`: What the recurrent kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `dropout = 0.0`: The share of inputs dropped while training: the same features at every step. Takes a number.
- `recurrent_dropout = 0.0`: The share of states dropped while training. Takes a number.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 50) => RNN(LSTMCell(64)));
assert_eq!(model.output_shape().to_string(), "(None, 64)");
assert_eq!(model.count_params(), 29440);
```

In shape `(None, None, 50)`, out `(None, 64)`.

# Weights

Those of the example, 29440 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `lstm_cell/kernel` | `(50, 256)` | yes |
| `lstm_cell/recurrent_kernel` | `(64, 256)` | yes |
| `lstm_cell/bias` | `(256)` | yes |

# Masks

`RNN` goes over the steps with it, and sees to masks and states.
"#
    };
    (Masking) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `mask_value = 0.0`: What padding is filled with. Takes a number.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 8) => Masking(0.0));
assert_eq!(model.output_shape().to_string(), "(None, None, 8)");
```

In shape `(None, None, 8)`, out `(None, None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It makes a mask, which the layers behind it see.
"#
    };
    (Maximum) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(8);
    let b = Input(8);
    [a, b] => Maximum()
);
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)` and `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

What the masks of all inputs make together is handed on; one input without a mask ends it.
"#
    };
    (MaxNumBoundingBoxes) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `max_number`: How many boxes there are afterwards. Takes a positive whole number.
- `fill_value = -1`: What boxes and labels that there are not are filled with. Takes a whole number.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(3, 4);
    let b = Input(3);
    let (x, y) = [a, b] => MaxNumBoundingBoxes(10);
    (x, y)
);
assert_eq!(model.output_shape().to_string(), "(None, 10, 4)");
```

In shape `(None, 3, 4)` and `(None, 3)`, out `(None, 10, 4)`.

# Weights

It has no weights in this example. (Keras has it on a `dict`.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (MaxPooling1D) => {
        r#"Keras calls it `MaxPool1D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `pool_size = 2`: The size of the window. Takes a positive whole number.
- `strides = None`: How far the window moves; its own size if not given. Takes a positive whole number.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(10, 4) => MaxPooling1D(2));
assert_eq!(model.output_shape().to_string(), "(None, 5, 4)");
```

In shape `(None, 10, 4)`, out `(None, 5, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (MaxPooling2D) => {
        r#"Keras calls it `MaxPool2D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `pool_size = 2`: The size of the window. Takes a positive whole number or a pair of them.
- `strides = None`: How far the window moves; its own size if not given. Takes a positive whole number or a pair of them.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(28, 28, 8) => MaxPooling2D(2));
assert_eq!(model.output_shape().to_string(), "(None, 14, 14, 8)");
```

In shape `(None, 28, 28, 8)`, out `(None, 14, 14, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (MaxPooling3D) => {
        r#"Keras calls it `MaxPool3D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `pool_size = 2`: The size of the window. Takes a positive whole number or one for each axis.
- `strides = None`: How far the window moves; its own size if not given. Takes a positive whole number or one for each axis.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8, 8, 8, 4) => MaxPooling3D(2));
assert_eq!(model.output_shape().to_string(), "(None, 4, 4, 4, 4)");
```

In shape `(None, 8, 8, 8, 4)`, out `(None, 4, 4, 4, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (MelSpectrogram) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `fft_length = 2048`: How many samples a frame has, with zeros around them. Takes a positive whole number.
- `sequence_stride = 512`: How many samples frames are apart. Takes a positive whole number.
- `sequence_length = None`: How many samples of the sound are in a frame; `fft_length` if `None`. Takes a positive whole number.
- `window = hann`: What the samples of a frame count, `hann` or `hamming`; all the same if `None`. Takes [a window](crate::vocabulary::spectral_windows).
- `sampling_rate = 16000.0`: How many samples a second has. Takes a number.
- `num_mel_bins = 128`: How many pitches there are. Takes a positive whole number.
- `min_freq = 20.0`: The lowest frequency. Takes a number.
- `max_freq = None`: The highest frequency; half of `sampling_rate` if `None`. Takes a number.
- `power_to_db = true`: Whether the strengths are in decibels. Takes `true` or `false`.
- `top_db = 80.0`: How many decibels below the loudest place are told apart. Takes a number.
- `mag_exp = 2.0`: The power of the amplitudes: 1 for these themselves, 2 for energies. Takes a number.
- `min_power = 1e-10`: The strength below which all are as quiet. Takes a number.
- `ref_power = 1.0`: The strength of 0 decibels. Takes a number.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(16000) => MelSpectrogram(num_mel_bins = 64, sampling_rate = 8000, sequence_stride = 256, fft_length = 2048));
assert_eq!(model.output_shape().to_string(), "(None, 64, 63)");
```

In shape `(None, 16000)`, out `(None, 64, 63)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (Minimum) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(8);
    let b = Input(8);
    [a, b] => Minimum()
);
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)` and `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

What the masks of all inputs make together is handed on; one input without a mask ends it.
"#
    };
    (MixUp) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `alpha = 0.2`: How evenly two images are mixed: the parameter of a beta distribution. Takes a number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(32, 32, 3);
    let b = Input(10);
    let (x, y) = [a, b] => MixUp();
    (x, y)
);
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)` and `(None, 10)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

While it trains, what it gives for a sample depends on the others of the batch.
"#
    };
    (MultiHeadAttention) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `num_heads`: How many heads there are. Takes a positive whole number.
- `key_dim`: The width of a head's query and key. Takes a positive whole number.
- `value_dim = None`: The width of a head's value; that of the key if `None`. Takes a positive whole number.
- `dropout = 0.0`: The share of the scores dropped while training. Takes a number.
- `use_bias = true`: Whether the projections have a bias. Takes `true` or `false`.
- `output_shape = None`: The axes of the output after the steps; the features of the query if `None`. Takes a positive whole number or a tuple of them.
- `attention_axes = None`: The axes that attention looks along; all between batch and features if `None`. Takes an axis number or a tuple of them.
- `sliding_window = None`: How far a step may look: less than this many steps. Takes a positive whole number.
- `flash_attention = None`: Chooses an implementation in Keras; changes no number. Takes `auto`, `true`, `false` or a number.
- `kernel_initializer = glorot_uniform`: How the kernels begin. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the biases begin. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernels add to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the biases add to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the projections' outputs add to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernels are held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the biases are held to. Takes [a constraint](crate::vocabulary::constraints).
- `use_gate = false`: Whether a projection of the query, between 0 and 1, multiplies what attention gives. Takes `true` or `false`.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.
- `return_attention_scores = false`: Whether the scores come as a second output. Takes `true` or `false`.
- `use_causal_mask = false`: Whether a step may only look at itself and those before. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(10, 32);
    let b = Input(12, 32);
    [a, b] => MultiHeadAttention(4, 8)
);
assert_eq!(model.output_shape().to_string(), "(None, 10, 32)");
assert_eq!(model.count_params(), 4224);
```

In shape `(None, 10, 32)` and `(None, 12, 32)`, out `(None, 10, 32)`.

# Weights

Those of the example, 4224 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `query/kernel` | `(32, 4, 8)` | yes |
| `query/bias` | `(4, 8)` | yes |
| `key/kernel` | `(32, 4, 8)` | yes |
| `key/bias` | `(4, 8)` | yes |
| `value/kernel` | `(32, 4, 8)` | yes |
| `value/bias` | `(4, 8)` | yes |
| `attention_output/kernel` | `(4, 8, 32)` | yes |
| `attention_output/bias` | `(32)` | yes |

# Masks

A mask that the input carries is computed with and handed on.

`query_mask = m`, `value_mask = m`, `key_mask = m` and `attention_mask = m` give them by name.
"#
    };
    (Multiply) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(8);
    let b = Input(8);
    [a, b] => Multiply()
);
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)` and `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

What the masks of all inputs make together is handed on; one input without a mask ends it.
"#
    };
    (Normalization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `axis = -1`: The axes along which there is a mean and a variance each; `None` for one of all numbers. Takes an axis number or a tuple of them.
- `mean = None`: The mean, one number or one for each place of the last of `axis`. Takes a number, or a list with one for each channel.
- `variance = None`: The variance, as many numbers. Takes a number, or a list with one for each channel.
- `invert = false`: Whether it goes back: from mean 0 and variance 1 to these. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(3) => Normalization(mean = 5.0, variance = 4.0));
assert_eq!(model.output_shape().to_string(), "(None, 3)");
```

In shape `(None, 3)`, out `(None, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (OperationNode) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `op`: Which, with its arguments other than tensors. Takes an operation.

As every layer, it takes `name`, `trainable` and `dtype` too.
"#
    };
    (Permute) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `dims`: The new order; axes are counted from 1, the batch axis stays. Takes an axis number or a tuple of them.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(10, 4) => Permute((2, 1)));
assert_eq!(model.output_shape().to_string(), "(None, 4, 10)");
```

In shape `(None, 10, 4)`, out `(None, 4, 10)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

Strings, of `Input(..., dtype = string)`, it hands on to layers that make numbers of them.
"#
    };
    (PReLU) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `alpha_initializer = zeros`: How the slopes begin. Takes [an initializer](crate::vocabulary::initializers).
- `alpha_regularizer = None`: What the slopes add to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `alpha_constraint = None`: What the slopes are held to. Takes [a constraint](crate::vocabulary::constraints).
- `shared_axes = None`: The axes along which one slope is shared, counted from 1. Takes an axis number or a tuple of them.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => PReLU());
assert_eq!(model.output_shape().to_string(), "(None, 8)");
assert_eq!(model.count_params(), 8);
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

Those of the example, 8 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `alpha` | `(8)` | yes |

# Masks

A mask that the input carries is handed on.
"#
    };
    (RandAugment) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `num_ops = 2`: How many are applied. Takes a positive whole number.
- `factor = 0.5`: How strong they are: between 0 and this, or between two numbers. Takes a number or a pair of them.
- `interpolation = bilinear`: How pixels are found between those that there are: `nearest` or `bilinear`. Takes `nearest`, `bilinear`, `bicubic`, `lanczos3`, `lanczos5`, `bilinear_keras2`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandAugment());
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomBrightness) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor`: How much, of the range of values: between `-factor` and `factor`, or between two numbers. Takes a number or a pair of them.
- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomBrightness(0.2));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomColorDegeneration) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor`: How far, of the way to grey: between `-factor` and `factor`, or between two numbers. Takes a number or a pair of them.
- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomColorDegeneration(0.5));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomColorJitter) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `brightness_factor = None`: As `factor` of `RandomBrightness`; nothing if not given. Takes a number or a pair of them.
- `contrast_factor = None`: As `factor` of `RandomContrast`; nothing if not given. Takes a number or a pair of them.
- `saturation_factor = None`: As `factor` of `RandomSaturation`; nothing if not given. Takes a number or a pair of them.
- `hue_factor = None`: As `factor` of `RandomHue`; nothing if not given. Takes a number or a pair of them.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomColorJitter(brightness_factor = 0.2, contrast_factor = 0.2));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomContrast) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor`: With two numbers: values are moved to between `1 - factor[0]` and `1 + factor[1]` of their distance; with one, to between 1 and `1 + factor`. Takes a number or a pair of them.
- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomContrast(0.2));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomCrop) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `height`: The height of what is cut out. Takes a positive whole number.
- `width`: The width of what is cut out. Takes a positive whole number.
- `seed = None`: Makes the places the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomCrop(24, 24));
assert_eq!(model.output_shape().to_string(), "(None, 24, 24, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 24, 24, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomElasticTransform) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor = 1.0`: How likely it is for an image: a number between 0 and this, or between two numbers. Takes a number or a pair of them.
- `scale = 1.0`: How far pixels move: a number between 0 and this, or between two numbers. Takes a number or a pair of them.
- `interpolation = bilinear`: How pixels are found between those that there are: `nearest` or `bilinear`. Takes `nearest`, `bilinear`, `bicubic`, `lanczos3`, `lanczos5`, `bilinear_keras2`.
- `fill_mode = reflect`: What lies beyond the edges. Takes `constant`, `nearest`, `wrap`, `mirror`, `reflect`.
- `fill_value = 0.0`: The value beyond the edges where `fill_mode` is `constant`. Takes a number.
- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomElasticTransform());
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomErasing) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor = 1.0`: How likely it is for an image: a number between 0 and this, or between two numbers. Takes a number or a pair of them.
- `scale = (0.02, 0.33)`: How large the rectangle is, of the image: between 0 and this, or between two numbers. Takes a number or a pair of them.
- `fill_value = None`: With what it is filled, or with one value for each of three channels; with noise if not given. Takes a number, or a list with one for each channel.
- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomErasing());
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomFlip) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `mode = horizontal_and_vertical`: Which way: `horizontal` (left and right), `vertical` or `horizontal_and_vertical`. Takes `horizontal`, `vertical`, `horizontal_and_vertical`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomFlip(horizontal));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomGaussianBlur) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor = 1.0`: How likely it is for an image: a number between 0 and this, or between two numbers. Takes a number or a pair of them.
- `kernel_size = 3`: Over how many pixels, along width and height: odd numbers. Takes a positive whole number or a pair of them.
- `sigma = 1.0`: The standard deviation: between 0 and this, or between two numbers. Takes a number or a pair of them.
- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomGaussianBlur());
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomGrayscale) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor = 0.5`: How likely it is for an image. Takes a number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomGrayscale(0.3));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomHue) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor`: How far, of half the circle: between 0 and this either way, or between two numbers. Takes a number or a pair of them.
- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomHue(0.2));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomInvert) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor = 1.0`: How likely it is for an image: a number between 0 and this, or between two numbers. Takes a number or a pair of them.
- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomInvert());
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomPerspective) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor = 1.0`: How likely it is for an image: a number between 0 and this, or between two numbers. Takes a number or a pair of them.
- `scale = 1.0`: How far the corners move, of the image. Takes a number.
- `interpolation = bilinear`: How pixels are found between those that there are: `nearest` or `bilinear`. Takes `nearest`, `bilinear`, `bicubic`, `lanczos3`, `lanczos5`, `bilinear_keras2`.
- `fill_value = 0.0`: The value beyond the edges where `fill_mode` is `constant`. Takes a number.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomPerspective());
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomPosterization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor`: How many bits: from 1 to below this, or from one number to below another; two equal numbers are one. Takes a number or a pair of them.
- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomPosterization(4));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomRotation) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor`: How far, in whole turns: between `-factor` and `factor`, or between two numbers. Takes a number or a pair of them.
- `fill_mode = reflect`: What lies beyond the edges. Takes `constant`, `nearest`, `wrap`, `mirror`, `reflect`.
- `interpolation = bilinear`: How pixels are found between those that there are: `nearest` or `bilinear`. Takes `nearest`, `bilinear`, `bicubic`, `lanczos3`, `lanczos5`, `bilinear_keras2`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `fill_value = 0.0`: The value beyond the edges where `fill_mode` is `constant`. Takes a number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomRotation(0.1));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomSaturation) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor`: Between `-factor` and `factor`, or between two numbers: 0.5 changes nothing, 0 makes images grey. Takes a number or a pair of them.
- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomSaturation(0.3));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomSharpness) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `factor`: Between 0 and this, or between two numbers: 0.5 changes nothing, 0 is the least sharp. Takes a number or a pair of them.
- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomSharpness(0.3));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomShear) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `x_factor = 0.0`: How far each row lies from the one above it: between `-x_factor` and `x_factor`, or between two numbers to either side. Takes a number or a pair of them.
- `y_factor = 0.0`: How far each column lies from the one before it. Takes a number or a pair of them.
- `interpolation = bilinear`: How pixels are found between those that there are: `nearest` or `bilinear`. Takes `nearest`, `bilinear`, `bicubic`, `lanczos3`, `lanczos5`, `bilinear_keras2`.
- `fill_mode = reflect`: What lies beyond the edges. Takes `constant`, `nearest`, `wrap`, `mirror`, `reflect`.
- `fill_value = 0.0`: The value beyond the edges where `fill_mode` is `constant`. Takes a number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomShear(0.1, 0.1));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomTranslation) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `height_factor`: How far down, of the height: between `-height_factor` and `height_factor`, or between two numbers. Takes a number or a pair of them.
- `width_factor`: How far to the right, of the width. Takes a number or a pair of them.
- `fill_mode = reflect`: What lies beyond the edges. Takes `constant`, `nearest`, `wrap`, `mirror`, `reflect`.
- `interpolation = bilinear`: How pixels are found between those that there are: `nearest` or `bilinear`. Takes `nearest`, `bilinear`, `bicubic`, `lanczos3`, `lanczos5`, `bilinear_keras2`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `fill_value = 0.0`: The value beyond the edges where `fill_mode` is `constant`. Takes a number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomTranslation(0.1, 0.1));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RandomZoom) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `height_factor`: How much more of the height is shown: between `-height_factor` and `height_factor`, or between two numbers. Takes a number or a pair of them.
- `width_factor = None`: How much more of the width is shown; as of the height if not given. Takes a number or a pair of them.
- `fill_mode = reflect`: What lies beyond the edges. Takes `constant`, `nearest`, `wrap`, `mirror`, `reflect`.
- `interpolation = bilinear`: How pixels are found between those that there are: `nearest` or `bilinear`. Takes `nearest`, `bilinear`, `bicubic`, `lanczos3`, `lanczos5`, `bilinear_keras2`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `fill_value = 0.0`: The value beyond the edges where `fill_mode` is `constant`. Takes a number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => RandomZoom(0.2));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (ReLU) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `max_value = None`: The largest result. Takes a number.
- `negative_slope = 0.0`: The slope below the threshold. Takes a number.
- `threshold = 0.0`: Where the unit begins to pass its input. Takes a number.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => ReLU(max_value = 6));
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (RepeatVector) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `n`: The number of steps. Takes a positive whole number.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => RepeatVector(5));
assert_eq!(model.output_shape().to_string(), "(None, 5, 8)");
```

In shape `(None, 8)`, out `(None, 5, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

Strings, of `Input(..., dtype = string)`, it hands on to layers that make numbers of them.
"#
    };
    (Rescaling) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `scale`: The factor, or one for each channel. Takes a number, or a list with one for each channel.
- `offset = 0.0`: What is added, or one for each channel. Takes a number, or a list with one for each channel.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => Rescaling(0.5, offset = -1.0));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (Reshape) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `target_shape`: The new axes without the batch axis. Takes a tuple of lengths, as `(8,)` or `(-1, 4)`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => Reshape((4, 2)));
assert_eq!(model.output_shape().to_string(), "(None, 4, 2)");
```

In shape `(None, 8)`, out `(None, 4, 2)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

Strings, of `Input(..., dtype = string)`, it hands on to layers that make numbers of them.
"#
    };
    (ReversibleEmbedding) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `input_dim`: How many numbers there are: ids run from 0 to `input_dim - 1`. Takes a positive whole number.
- `output_dim`: The size of a vector. Takes a positive whole number.
- `tie_weights = true`: Whether it goes back by the transpose of `embeddings`, and not by a weight of its own. Takes `true` or `false`.
- `embeddings_initializer = uniform`: How the vectors begin. Takes [an initializer](crate::vocabulary::initializers).
- `embeddings_regularizer = None`: What the vectors add to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `embeddings_constraint = None`: What the vectors are held to. Takes [a constraint](crate::vocabulary::constraints).
- `mask_zero = false`: Whether the id 0 is padding, which later layers skip. Takes `true` or `false`.
- `reverse_dtype = None`: In which type it goes back: `float32`. Takes `float32`, in which layers compute here.
- `logit_soft_cap = None`: Brings what it gives on the way back between this and its negative, by `tanh`. Takes a number.
- `reverse = false`: Whether it goes back; usually said of a call, `x => embedding(reverse = true)`. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, dtype = int32) => ReversibleEmbedding(1000, 16));
assert_eq!(model.output_shape().to_string(), "(None, None, 16)");
assert_eq!(model.count_params(), 16000);
```

In shape `(None, None)`, out `(None, None, 16)`.

# Weights

Those of the example, 16000 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `embeddings` | `(1000, 16)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

Its inputs are ids: integers come to it as they are, whatever their size.
"#
    };
    (Resizing) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `height`: The height that they get. Takes a positive whole number.
- `width`: The width that they get. Takes a positive whole number.
- `interpolation = bilinear`: How new pixels come from old ones. Takes `nearest`, `bilinear`, `bicubic`, `lanczos3`, `lanczos5`, `bilinear_keras2`.
- `crop_to_aspect_ratio = false`: Whether what sticks out beyond the ratio of `height` and `width` is cut off first. Takes `true` or `false`.
- `pad_to_aspect_ratio = false`: Whether what lacks to that ratio is filled first, with `fill_value`. Takes `true` or `false`.
- `fill_mode = constant`: How it is filled: `constant` only. Takes `constant`, `nearest`, `wrap`, `mirror`, `reflect`.
- `fill_value = 0.0`: With what it is filled. Takes a number.
- `antialias = false`: Whether pixels are averaged where an image gets smaller. Takes `true` or `false`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => Resizing(24, 24));
assert_eq!(model.output_shape().to_string(), "(None, 24, 24, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 24, 24, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RMSNormalization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `axis = -1`: The axis, or several, over which the mean is taken: the last ones, as the scale of Keras has them. Takes an axis number or a tuple of them.
- `epsilon = 1e-6`: Added to the mean of the squares. Takes a number.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(10, 16) => RMSNormalization());
assert_eq!(model.output_shape().to_string(), "(None, 10, 16)");
assert_eq!(model.count_params(), 16);
```

In shape `(None, 10, 16)`, out `(None, 10, 16)`.

# Weights

Those of the example, 16 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `scale` | `(16)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (RNN) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `cell`: The cell, `LSTMCell`, `GRUCell`, `SimpleRNNCell`, `StackedRNNCells` or one of your own, or a list of cells. Takes a cell, as in `LSTMCell(16)`, or a list of cells.
- `return_sequences = false`: Whether the output has every step or only the last. Takes `true` or `false`.
- `return_state = false`: Whether the last states come as further outputs. Takes `true` or `false`.
- `go_backwards = false`: Whether time runs from the end. Takes `true` or `false`.
- `stateful = false`: Whether each batch goes on from the states of the one before. Takes `true` or `false`.
- `unroll = false`: Accepted as Keras does; it changes no number. Takes `true` or `false`.
- `zero_output_for_mask = false`: Whether a masked step gives zeros instead of the output before it. Takes `true` or `false`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 4) => RNN([LSTMCell(16), LSTMCell(8)]));
assert_eq!(model.output_shape().to_string(), "(None, 8)");
assert_eq!(model.count_params(), 2144);
```

In shape `(None, None, 4)`, out `(None, 8)`.

# Weights

Those of the example, 2144 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `stacked_rnn_cells/lstm_cell/kernel` | `(4, 64)` | yes |
| `stacked_rnn_cells/lstm_cell/recurrent_kernel` | `(16, 64)` | yes |
| `stacked_rnn_cells/lstm_cell/bias` | `(64)` | yes |
| `stacked_rnn_cells/lstm_cell_1/kernel` | `(16, 32)` | yes |
| `stacked_rnn_cells/lstm_cell_1/recurrent_kernel` | `(8, 32)` | yes |
| `stacked_rnn_cells/lstm_cell_1/bias` | `(32)` | yes |

# Masks

A mask that the input carries is computed with, and ends here: the output needs none.

`mask = m` gives one by name, `(batch, time)`.

`initial_state = [...]` gives the states to begin with.

It wraps a layer, and that may be a bound one, a block, a model or one of your own.
"#
    };
    (SeparableConv1D) => {
        r#"Keras calls it `SeparableConvolution1D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `filters`: The channels of the output. Takes a positive whole number.
- `kernel_size`: The size of the window: steps. Takes a positive whole number.
- `strides = 1`: How far the window moves. Takes a positive whole number.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number.
- `depth_multiplier = 1`: How many channels come of each one in between. Takes a positive whole number.
- `activation = linear`: Applied to the result. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `depthwise_initializer = glorot_uniform`: How the kernel of each channel begins. Takes [an initializer](crate::vocabulary::initializers).
- `pointwise_initializer = glorot_uniform`: How the kernel of all channels begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `depthwise_regularizer = None`: What the kernel of each channel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `pointwise_regularizer = None`: What the kernel of all channels adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `depthwise_constraint = None`: What the kernel of each channel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `pointwise_constraint = None`: What the kernel of all channels is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(100, 8) => SeparableConv1D(16, 3));
assert_eq!(model.output_shape().to_string(), "(None, 98, 16)");
assert_eq!(model.count_params(), 168);
```

In shape `(None, 100, 8)`, out `(None, 98, 16)`.

# Weights

Those of the example, 168 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `depthwise_kernel` | `(3, 8, 1)` | yes |
| `pointwise_kernel` | `(1, 8, 16)` | yes |
| `bias` | `(16)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (SeparableConv2D) => {
        r#"Keras calls it `SeparableConvolution2D` too.

# Arguments

In Keras's order, in which they may stand without their names:

- `filters`: The channels of the output. Takes a positive whole number.
- `kernel_size`: The size of the window: height and width. Takes a positive whole number or a pair of them.
- `strides = 1`: How far the window moves. Takes a positive whole number or a pair of them.
- `padding = valid`: `valid` or `same`. Takes `valid`, `same`, `causal`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `dilation_rate = 1`: How far apart the window's positions are. Takes a positive whole number or a pair of them.
- `depth_multiplier = 1`: How many channels come of each one in between. Takes a positive whole number.
- `activation = linear`: Applied to the result. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `depthwise_initializer = glorot_uniform`: How the kernel of each channel begins. Takes [an initializer](crate::vocabulary::initializers).
- `pointwise_initializer = glorot_uniform`: How the kernel of all channels begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `depthwise_regularizer = None`: What the kernel of each channel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `pointwise_regularizer = None`: What the kernel of all channels adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `depthwise_constraint = None`: What the kernel of each channel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `pointwise_constraint = None`: What the kernel of all channels is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(28, 28, 8) => SeparableConv2D(16, 3, padding = same));
assert_eq!(model.output_shape().to_string(), "(None, 28, 28, 16)");
assert_eq!(model.count_params(), 216);
```

In shape `(None, 28, 28, 8)`, out `(None, 28, 28, 16)`.

# Weights

Those of the example, 216 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `depthwise_kernel` | `(3, 3, 8, 1)` | yes |
| `pointwise_kernel` | `(1, 1, 8, 16)` | yes |
| `bias` | `(16)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (SimpleRNN) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `units`: The size of the state. Takes a positive whole number.
- `activation = tanh`: Applied to the state. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `recurrent_initializer = orthogonal`: How the recurrent kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `recurrent_regularizer = None`: What the recurrent kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `recurrent_constraint = None`: What the recurrent kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `dropout = 0.0`: The share of inputs dropped while training. Takes a number.
- `recurrent_dropout = 0.0`: The share of states dropped while training. Takes a number.
- `return_sequences = false`: Whether the output has every step or only the last. Takes `true` or `false`.
- `return_state = false`: Whether the last state comes as further outputs. Takes `true` or `false`.
- `go_backwards = false`: Whether time runs from the end. Takes `true` or `false`.
- `stateful = false`: Whether each batch goes on from the state of the one before. Takes `true` or `false`.
- `unroll = false`: Accepted as Keras does; it changes no number. Takes `true` or `false`.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.
- `zero_output_for_mask = false`: Whether a masked step gives zeros instead of the output before it. Takes `true` or `false`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 8) => SimpleRNN(32));
assert_eq!(model.output_shape().to_string(), "(None, 32)");
assert_eq!(model.count_params(), 1312);
```

In shape `(None, None, 8)`, out `(None, 32)`.

# Weights

Those of the example, 1312 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `simple_rnn_cell/kernel` | `(8, 32)` | yes |
| `simple_rnn_cell/recurrent_kernel` | `(32, 32)` | yes |
| `simple_rnn_cell/bias` | `(32)` | yes |

# Masks

A mask that the input carries is computed with, and ends here: the output needs none.

`mask = m` gives one by name, `(batch, time)`.

`initial_state = [...]` gives the states to begin with.
"#
    };
    (SimpleRNNCell) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `units`: The size of the state. Takes a positive whole number.
- `activation = tanh`: Applied to the state. Takes [an activation](crate::vocabulary::activations).
- `use_bias = true`: Whether a bias is added. Takes `true` or `false`.
- `kernel_initializer = glorot_uniform`: How the kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `recurrent_initializer = orthogonal`: How the recurrent kernel begins. Takes [an initializer](crate::vocabulary::initializers).
- `bias_initializer = zeros`: How the bias begins. Takes [an initializer](crate::vocabulary::initializers).
- `kernel_regularizer = None`: What the kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `recurrent_regularizer = None`: What the recurrent kernel adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `bias_regularizer = None`: What the bias adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).
- `kernel_constraint = None`: What the kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `recurrent_constraint = None`: What the recurrent kernel is held to. Takes [a constraint](crate::vocabulary::constraints).
- `bias_constraint = None`: What the bias is held to. Takes [a constraint](crate::vocabulary::constraints).
- `dropout = 0.0`: The share of inputs dropped while training: the same features at every step. Takes a number.
- `recurrent_dropout = 0.0`: The share of states dropped while training. Takes a number.
- `seed = None`: Makes dropout the same in every run. Takes a whole number that is not negative.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 8) => RNN(SimpleRNNCell(32)));
assert_eq!(model.output_shape().to_string(), "(None, 32)");
assert_eq!(model.count_params(), 1312);
```

In shape `(None, None, 8)`, out `(None, 32)`.

# Weights

Those of the example, 1312 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `simple_rnn_cell/kernel` | `(8, 32)` | yes |
| `simple_rnn_cell/recurrent_kernel` | `(32, 32)` | yes |
| `simple_rnn_cell/bias` | `(32)` | yes |

# Masks

`RNN` goes over the steps with it, and sees to masks and states.
"#
    };
    (Softmax) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `axis = -1`: The axis, or several. Takes an axis number or a tuple of them.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(10) => Softmax());
assert_eq!(model.output_shape().to_string(), "(None, 10)");
```

In shape `(None, 10)`, out `(None, 10)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.

`mask = m` gives one by name, of the numbers themselves.
"#
    };
    (Solarization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `addition_factor = 0.0`: How much larger, of 255 for values up to 255: between 0 and this, or from one number of these to a part of 255. Takes a number or a pair of them.
- `threshold_factor = 0.0`: Where the threshold is, of 255. Takes a number or a pair of them.
- `value_range = (0, 255)`: The least and the largest value of the images. Takes the least and the largest value, as `(0, 255)` or `(0, 1)`.
- `seed = None`: Makes the numbers of chance the same in every run. Takes a whole number that is not negative.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(32, 32, 3) => Solarization(0.2));
assert_eq!(model.output_shape().to_string(), "(None, 32, 32, 3)");
```

In shape `(None, 32, 32, 3)`, out `(None, 32, 32, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (SpatialDropout1D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `rate`: The share that is dropped. Takes a number.
- `seed = None`: Makes the choice the same in every run. Takes a whole number that is not negative.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(10, 8) => SpatialDropout1D(0.2));
assert_eq!(model.output_shape().to_string(), "(None, 10, 8)");
```

In shape `(None, 10, 8)`, out `(None, 10, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (SpatialDropout2D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `rate`: The share that is dropped. Takes a number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `seed = None`: Makes the choice the same in every run. Takes a whole number that is not negative.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(28, 28, 8) => SpatialDropout2D(0.2));
assert_eq!(model.output_shape().to_string(), "(None, 28, 28, 8)");
```

In shape `(None, 28, 28, 8)`, out `(None, 28, 28, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (SpatialDropout3D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `rate`: The share that is dropped. Takes a number.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `seed = None`: Makes the choice the same in every run. Takes a whole number that is not negative.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8, 8, 8, 4) => SpatialDropout3D(0.2));
assert_eq!(model.output_shape().to_string(), "(None, 8, 8, 8, 4)");
```

In shape `(None, 8, 8, 8, 4)`, out `(None, 8, 8, 8, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (SpectralNormalization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `layer`: The layer whose kernel is divided. Takes a layer.
- `power_iterations = 1`: How many steps of the power method a training step takes. Takes a positive whole number.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(28, 28, 3) => SpectralNormalization(Conv2D(16, 3)));
assert_eq!(model.output_shape().to_string(), "(None, 26, 26, 16)");
assert_eq!(model.count_params(), 464);
```

In shape `(None, 28, 28, 3)`, out `(None, 26, 26, 16)`.

# Weights

Those of the example, 464 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `conv2d/kernel` | `(3, 3, 3, 16)` | yes |
| `vector_u` | `(1, 16)` | no |
| `conv2d/bias` | `(16)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

While it trains, what it gives for a sample depends on the others of the batch.
"#
    };
    (StackedRNNCells) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `cells`: The cells, the first of which sees the input. Takes a list of cells, as in `[LSTMCell(16), LSTMCell(8)]`.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 4) => RNN(StackedRNNCells([LSTMCell(16), GRUCell(8)])));
assert_eq!(model.output_shape().to_string(), "(None, 8)");
assert_eq!(model.count_params(), 1968);
```

In shape `(None, None, 4)`, out `(None, 8)`.

# Weights

Those of the example, 1968 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `stacked_rnn_cells/lstm_cell/kernel` | `(4, 64)` | yes |
| `stacked_rnn_cells/lstm_cell/recurrent_kernel` | `(16, 64)` | yes |
| `stacked_rnn_cells/lstm_cell/bias` | `(64)` | yes |
| `stacked_rnn_cells/gru_cell/kernel` | `(16, 24)` | yes |
| `stacked_rnn_cells/gru_cell/recurrent_kernel` | `(8, 24)` | yes |
| `stacked_rnn_cells/gru_cell/bias` | `(2, 24)` | yes |

# Masks

`RNN` goes over the steps with it, and sees to masks and states.
"#
    };
    (STFTSpectrogram) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `mode = log`: What is given: `log`, `magnitude`, `psd`, `real`, `imag`, `angle`, or `stft`, the real and then the imaginary parts. Takes [a mode of a spectrogram](crate::vocabulary::spectrogram_modes).
- `frame_length = 256`: How many samples a frame has. Takes a positive whole number.
- `frame_step = None`: How many samples frames are apart; half of `frame_length` if `None`. Takes a positive whole number.
- `fft_length = None`: The samples of the transform; the power of two from `frame_length` on if `None`. Takes a positive whole number.
- `window = hann`: What the samples of a frame count, by the name that SciPy has for it; all the same if `None`. Takes [a window](crate::vocabulary::spectral_windows).
- `periodic = false`: Whether the window is one of a period. Takes `true` or `false`.
- `scaling = density`: What the window is divided by, `density` or `spectrum`; nothing if `None`. Takes `density`, `spectrum`.
- `padding = valid`: `same` puts zeros around the sound. Takes `valid`, `same`, `causal`.
- `expand_dims = false`: Whether frequencies have an axis of their own, as images do. Takes `true` or `false`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8000, 1) => STFTSpectrogram(mode = magnitude, frame_length = 256, frame_step = 128));
assert_eq!(model.output_shape().to_string(), "(None, 61, 129)");
assert_eq!(model.count_params(), 66048);
```

In shape `(None, 8000, 1)`, out `(None, 61, 129)`.

# Weights

Those of the example, 66048 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `real_kernel` | `(256, 1, 129)` | yes |
| `imag_kernel` | `(256, 1, 129)` | yes |

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (StringLookup) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `max_tokens = None`: The most places that there may be, those kept for padding and the unknown included. Takes a positive whole number.
- `num_oov_indices = 1`: How many places are kept for strings that are not in the vocabulary. Takes a positive whole number.
- `mask_token = None`: The string that stands for padding, at place 0. Takes a string, as `"[UNK]"`.
- `oov_token = "[UNK]"`: The string that stands for those that are not in the vocabulary. Takes a string, as `"[UNK]"`.
- `vocabulary = None`: The strings, each once; those kept for padding and the unknown may stand before them. Takes a list of strings, as `["cat", "dog"]`.
- `idf_weights = None`: The weight of each string of the vocabulary, for `tf_idf`. Takes a number, or a list with one for each channel.
- `invert = false`: Only `false`: a model gives numbers. Takes `true` or `false`.
- `output_mode = int`: `int`, `one_hot`, `multi_hot`, `count` or `tf_idf`. Takes `int`, `one_hot`, `multi_hot`, `count`, `tf_idf`.
- `pad_to_max_tokens = false`: Whether the result is as wide as if there were `max_tokens` places. Takes `true` or `false`.
- `sparse = false`: Only `false`: there are no sparse tensors. Takes `true` or `false`.
- `encoding = None`: Only `utf-8`, which strings are. Takes `"utf-8"`, which strings are.
- `salt = None`: A key of one or two numbers, with which SipHash puts the unknown to one of several places; FarmHash if `None`. Takes a whole number or a list of them.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(1, dtype = string) => StringLookup(vocabulary = ["cat", "dog"]));
assert_eq!(model.output_shape().to_string(), "(None, 1)");
```

In shape `(None, 1)`, out `(None, 1)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

It takes nothing but strings: `Input(..., dtype = string)`.
"#
    };
    (Subtract) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(
    let a = Input(8);
    let b = Input(8);
    [a, b] => Subtract()
);
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)` and `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

What the masks of all inputs make together is handed on; one input without a mask ends it.
"#
    };
    (TextVectorization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `max_tokens = None`: The most places that there may be, those of padding and the unknown included. Takes a positive whole number.
- `standardize = lower_and_strip_punctuation`: What is done to a text first: `lower_and_strip_punctuation`, `lower`, `strip_punctuation` or `None`. Takes a standardization.
- `split = whitespace`: How it is split into words: `whitespace`, `character` or `None`. Takes a way to split a text.
- `ngrams = None`: How many words in a row count as one: `2` for up to two, `(2,)` for pairs alone. Takes a positive whole number or a tuple of them.
- `output_mode = int`: `int`, `multi_hot`, `count` or `tf_idf`. Takes `int`, `one_hot`, `multi_hot`, `count`, `tf_idf`.
- `output_sequence_length = None`: How many words of each text there are in the output; as many as in the longest text of a batch if `None`. Takes a positive whole number.
- `pad_to_max_tokens = false`: Whether the result is as wide as if there were `max_tokens` places. Takes `true` or `false`.
- `vocabulary = None`: The words, each once; `""` and `"[UNK]"`, for padding and the unknown, may stand before them. Takes a list of strings, as `["cat", "dog"]`.
- `idf_weights = None`: The weight of each word of the vocabulary, for `tf_idf`. Takes a number, or a list with one for each channel.
- `sparse = false`: Only `false`: there are no sparse tensors. Takes `true` or `false`.
- `ragged = false`: Only `false`: texts are padded. Takes `true` or `false`.
- `encoding = None`: Only `utf-8`, which strings are. Takes `"utf-8"`, which strings are.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(1, dtype = string) => TextVectorization(vocabulary = ["the", "cat", "sat"], output_sequence_length = 4));
assert_eq!(model.output_shape().to_string(), "(None, 4)");
```

In shape `(None, 1)`, out `(None, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.

It takes nothing but strings: `Input(..., dtype = string)`.
"#
    };
    (TimeDistributed) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `layer`: The layer that sees one step at a time. Takes a layer.

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(None, 8) => TimeDistributed(Dense(16)));
assert_eq!(model.output_shape().to_string(), "(None, None, 16)");
assert_eq!(model.count_params(), 144);
```

In shape `(None, None, 8)`, out `(None, None, 16)`.

# Weights

Those of the example, 144 numbers. (Keras 3.15.1 says the same of it.)

| weight | shape | trained |
|---|---|---|
| `dense/kernel` | `(8, 16)` | yes |
| `dense/bias` | `(16)` | yes |

# Masks

A mask that the input carries is handed on.

`mask = m` gives one by name, `(batch, time)`, perhaps with axes behind, which are those of the layer inside.

It wraps a layer, and that may be a bound one, a block, a model or one of your own.
"#
    };
    (UnitNormalization) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `axis = -1`: The axis, or several, over which the norm is taken. Takes an axis number or a tuple of them.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8) => UnitNormalization());
assert_eq!(model.output_shape().to_string(), "(None, 8)");
```

In shape `(None, 8)`, out `(None, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

A mask that the input carries is handed on.
"#
    };
    (UpSampling1D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `size = 2`: How many times. Takes a positive whole number.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(10, 4) => UpSampling1D(2));
assert_eq!(model.output_shape().to_string(), "(None, 20, 4)");
```

In shape `(None, 10, 4)`, out `(None, 20, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (UpSampling2D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `size = 2`: How many times, in height and width. Takes a positive whole number or a pair of them.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `interpolation = nearest`: How new pixels come from old ones. Takes `nearest`, `bilinear`, `bicubic`, `lanczos3`, `lanczos5`, `bilinear_keras2`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(14, 14, 8) => UpSampling2D(2));
assert_eq!(model.output_shape().to_string(), "(None, 28, 28, 8)");
```

In shape `(None, 14, 14, 8)`, out `(None, 28, 28, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (UpSampling3D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `size = 2`: How many times: depth, height and width. Takes a positive whole number or one for each axis.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(4, 4, 4, 8) => UpSampling3D(2));
assert_eq!(model.output_shape().to_string(), "(None, 8, 8, 8, 8)");
```

In shape `(None, 4, 4, 4, 8)`, out `(None, 8, 8, 8, 8)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (ZeroPadding1D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `padding = 1`: How many before and after. Takes a positive whole number or a pair of them.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(10, 4) => ZeroPadding1D(1));
assert_eq!(model.output_shape().to_string(), "(None, 12, 4)");
```

In shape `(None, 10, 4)`, out `(None, 12, 4)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (ZeroPadding2D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `padding = 1`: How many on each side. Takes a number, a pair `(height, width)`, or a pair of pairs `((top, bottom), (left, right))`.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(28, 28, 3) => ZeroPadding2D(1));
assert_eq!(model.output_shape().to_string(), "(None, 30, 30, 3)");
```

In shape `(None, 28, 28, 3)`, out `(None, 30, 30, 3)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    (ZeroPadding3D) => {
        r#"# Arguments

In Keras's order, in which they may stand without their names:

- `padding = 1`: How many before and after, along each axis. Takes a number, one for each axis, or a pair `(before, after)` for each axis.
- `data_format = None`: Where the channels are; last if not given. Takes `channels_last`, `channels_first`.
- `activity_regularizer = None`: What the output adds to the loss. Takes [a regularizer](crate::vocabulary::regularizers).

As every layer, it takes `name`, `trainable` and `dtype` too.

# Example

```
use keras_core::prelude::*;

let model = model!(Input(8, 8, 8, 2) => ZeroPadding3D(1));
assert_eq!(model.output_shape().to_string(), "(None, 10, 10, 10, 2)");
```

In shape `(None, 8, 8, 8, 2)`, out `(None, 10, 10, 10, 2)`.

# Weights

It has no weights in this example. (Keras 3.15.1 says the same of it.)

# Masks

It does not know of masks: one that the input carries ends here, which is a compile error where something behind it needs that mask.
"#
    };
    ($new:ident) => {
        ""
    };
}
