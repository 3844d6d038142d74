"""Models in the manner of keras.io's examples, limited to the layers that exist here. `tests/suite/keras_io.rs` has each
translated word by word; this prints the numbers of parameters and the output shapes that stand there."""
from keras import Input, Model, Sequential, layers


def mobilenet_v2():
    def inverted_residual(x, expansion, stride, filters, block_id):
        channels = x.shape[-1]
        y = layers.Conv2D(expansion * channels, 1, padding="same", use_bias=False)(x)
        y = layers.BatchNormalization(epsilon=1e-3, momentum=0.999)(y)
        y = layers.ReLU(6.0)(y)
        y = layers.Conv2D(expansion * channels, 3, strides=stride, padding="same", use_bias=False, groups=channels)(y)
        y = layers.BatchNormalization(epsilon=1e-3, momentum=0.999)(y)
        y = layers.ReLU(6.0)(y)
        y = layers.Conv2D(filters, 1, padding="same", use_bias=False)(y)
        y = layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name=f"block_{block_id}_project")(y)
        if channels == filters and stride == 1:
            return layers.Add()([x, y])
        return y

    inputs = Input((96, 96, 3))
    x = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False)(inputs)
    x = layers.BatchNormalization()(x)
    x = inverted_residual(x, 1, 1, 16, 0)
    x = inverted_residual(x, 6, 2, 24, 1)
    x = inverted_residual(x, 6, 1, 24, 2)
    x = inverted_residual(x, 6, 2, 32, 3)
    x = layers.GlobalAveragePooling2D()(x)
    return Model(inputs, layers.Dense(10, activation="softmax")(x))


def unet():
    inputs = Input((160, 160, 3))
    x = layers.Conv2D(32, 3, strides=2, padding="same")(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    previous = x
    for filters in [64, 128, 256]:
        x = layers.Activation("relu")(x)
        x = layers.Conv2D(filters, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
        x = layers.Conv2D(filters, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(filters, 1, strides=2, padding="same")(previous)
        x = layers.add([x, residual])
        previous = x
    for filters in [256, 128, 64, 32]:
        x = layers.Activation("relu")(x)
        x = layers.Conv2D(filters, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.UpSampling2D(2)(x)
        residual = layers.UpSampling2D(2)(previous)
        residual = layers.Conv2D(filters, 1, padding="same")(residual)
        x = layers.add([x, residual])
        previous = x
    return Model(inputs, layers.Conv2D(3, 3, activation="softmax", padding="same")(x))


def small_xception():
    inputs = Input((180, 180, 3))
    x = layers.Rescaling(1.0 / 255)(inputs)
    x = layers.Conv2D(128, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    previous = x
    for size in [256, 512, 728]:
        x = layers.Activation("relu")(x)
        x = layers.Conv2D(size, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(size, 1, strides=2, padding="same")(previous)
        x = layers.add([x, residual])
        previous = x
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.25)(x)
    return Model(inputs, layers.Dense(1, activation=None)(x))


def conv_mixer():
    def activation_block(x):
        x = layers.Activation("gelu")(x)
        return layers.BatchNormalization()(x)

    def conv_stem(x, filters, patch_size):
        x = layers.Conv2D(filters, kernel_size=patch_size, strides=patch_size)(x)
        return activation_block(x)

    def conv_mixer_block(x, filters, kernel_size):
        x0 = x
        x = layers.Conv2D(filters, kernel_size=kernel_size, padding="same", groups=filters)(x)
        x = layers.Add()([activation_block(x), x0])
        x = layers.Conv2D(filters, kernel_size=1)(x)
        return activation_block(x)

    inputs = Input((32, 32, 3))
    x = layers.Rescaling(scale=1.0 / 255)(inputs)
    x = conv_stem(x, 64, 2)
    for _ in range(4):
        x = conv_mixer_block(x, 64, 5)
    x = layers.GlobalAvgPool2D()(x)
    return Model(inputs, layers.Dense(10, activation="softmax")(x))


def wavenet():
    def residual_block(x, rate):
        t = layers.Conv1D(32, 2, dilation_rate=rate, padding="causal", activation="tanh")(x)
        s = layers.Conv1D(32, 2, dilation_rate=rate, padding="causal", activation="sigmoid")(x)
        z = layers.Multiply()([t, s])
        skip = layers.Conv1D(32, 1)(z)
        return layers.Add()([skip, x]), skip

    inputs = Input((1024, 1))
    x = layers.Conv1D(32, 2, padding="causal")(inputs)
    total = layers.Conv1D(32, 1)(x)
    for rate in [2**i for i in range(6)]:
        x, skip = residual_block(x, rate)
        total = layers.Add()([total, skip])
    x = layers.Activation("relu")(total)
    return Model(inputs, layers.Conv1D(256, 1, activation="softmax")(x))


def siamese():
    a, b = Input((28, 28, 1)), Input((28, 28, 1))
    tower = Sequential([
        layers.BatchNormalization(), layers.Conv2D(4, (5, 5), activation="tanh"),
        layers.AveragePooling2D(pool_size=(2, 2)), layers.Conv2D(16, (5, 5), activation="tanh"),
        layers.AveragePooling2D(pool_size=(2, 2)), layers.Flatten(), layers.BatchNormalization(),
        layers.Dense(10, activation="tanh")])
    merged = layers.Subtract()([tower(a), tower(b)])
    x = layers.BatchNormalization()(merged)
    return Model([a, b], layers.Dense(1, activation="sigmoid")(x))


def transformer_text():
    def block(x, embed_dim, num_heads, ff_dim, rate=0.1):
        y = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)(x, x)
        y = layers.Dropout(rate)(y)
        x = layers.LayerNormalization(epsilon=1e-6)(layers.add([x, y]))
        y = layers.Dense(ff_dim, activation="relu")(x)
        y = layers.Dense(embed_dim)(y)
        y = layers.Dropout(rate)(y)
        return layers.LayerNormalization(epsilon=1e-6)(layers.add([x, y]))

    inputs = Input((200,))
    x = layers.Embedding(input_dim=20000, output_dim=32)(inputs)
    for _ in range(2):
        x = block(x, 32, 2, 32)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dropout(0.1)(x)
    x = layers.Dense(20, activation="relu")(x)
    return Model(inputs, layers.Dense(2, activation="softmax")(x))


def transformer_series():
    def encoder(x, head_size, num_heads, ff_dim, dropout=0):
        inputs = x
        x = layers.MultiHeadAttention(key_dim=head_size, num_heads=num_heads, dropout=dropout)(x, x)
        x = layers.Dropout(dropout)(x)
        x = layers.LayerNormalization(epsilon=1e-6)(x)
        res = layers.add([x, inputs])
        x = layers.Conv1D(filters=ff_dim, kernel_size=1, activation="relu")(res)
        x = layers.Dropout(dropout)(x)
        x = layers.Conv1D(filters=inputs.shape[-1], kernel_size=1)(x)
        x = layers.LayerNormalization(epsilon=1e-6)(x)
        return layers.add([x, res])

    inputs = Input((500, 1))
    x = inputs
    for _ in range(4):
        x = encoder(x, head_size=256, num_heads=4, ff_dim=4, dropout=0.25)
    x = layers.GlobalAveragePooling1D(data_format="channels_last")(x)
    for dim in [128]:
        x = layers.Dense(dim, activation="relu")(x)
        x = layers.Dropout(0.4)(x)
    return Model(inputs, layers.Dense(2, activation="softmax")(x))


def mnist_convnet():
    return Sequential([
        Input(shape=(28, 28, 1)), layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)), layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)), layers.Flatten(), layers.Dropout(0.5),
        layers.Dense(10, activation="softmax")])


def imdb_bidirectional():
    inputs = Input(shape=(None,), dtype="int32")
    x = layers.Embedding(20000, 128)(inputs)
    x = layers.Bidirectional(layers.LSTM(64, return_sequences=True))(x)
    x = layers.Bidirectional(layers.LSTM(64))(x)
    return Model(inputs, layers.Dense(1, activation="sigmoid")(x))


def addition_rnn():
    model = Sequential([Input((7, 12)), layers.LSTM(128), layers.RepeatVector(4)])
    for _ in range(2):
        model.add(layers.LSTM(128, return_sequences=True))
    model.add(layers.Dense(12, activation="softmax"))
    return model


def series_fcn():
    x = inputs = Input((500, 1))
    for _ in range(3):
        x = layers.Conv1D(filters=64, kernel_size=3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    x = layers.GlobalAveragePooling1D()(x)
    return Model(inputs, layers.Dense(2, activation="softmax")(x))


def bottleneck_autoencoder():
    x = inputs = Input(shape=(28, 28, 1))
    for filters in [32, 32]:
        x = layers.Conv2D(filters, (3, 3), activation="relu", padding="same")(x)
        x = layers.MaxPooling2D((2, 2), padding="same")(x)
    for filters in [32, 32]:
        x = layers.Conv2D(filters, (3, 3), activation="relu", padding="same")(x)
        x = layers.UpSampling2D((2, 2))(x)
    return Model(inputs, layers.Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x))


def seq2seq():
    encoder_inputs, decoder_inputs = Input((None, 71)), Input((None, 93))
    _, h, c = layers.LSTM(256, return_state=True)(encoder_inputs)
    y, _, _ = layers.LSTM(256, return_sequences=True, return_state=True)(decoder_inputs, initial_state=[h, c])
    return Model([encoder_inputs, decoder_inputs], layers.Dense(93, activation="softmax")(y))


def wide_deep_cross():
    inputs = Input((16,))
    wide = layers.BatchNormalization()(inputs)
    deep = inputs
    for units in [32, 32]:
        deep = layers.Dense(units)(deep)
        deep = layers.BatchNormalization()(deep)
        deep = layers.ReLU()(deep)
        deep = layers.Dropout(0.1)(deep)
    cross = inputs
    for _ in [32, 32]:
        units = cross.shape[-1]
        x = layers.Dense(units)(cross)
        cross = layers.add([layers.multiply([inputs, x]), cross])
    cross = layers.BatchNormalization()(cross)
    merged = layers.concatenate([wide, deep, cross])
    return Model(inputs, layers.Dense(7, activation="softmax")(merged))


def gated_residual():
    def glu(x, units):
        a, b = layers.Dense(units)(x), layers.Dense(units, activation="sigmoid")(x)
        return layers.multiply([a, b])

    def grn(x, units, rate):
        inputs = x
        x = layers.Dense(units, activation="elu")(x)
        x = layers.Dense(units)(x)
        x = layers.Dropout(rate)(x)
        if inputs.shape[-1] != units:
            inputs = layers.Dense(units)(inputs)
        x = layers.add([inputs, glu(x, units)])
        return layers.LayerNormalization()(x)

    inputs = Input((20,))
    x = grn(inputs, 16, 0.15)
    x = grn(x, 16, 0.15)
    return Model(inputs, layers.Dense(1, activation="sigmoid")(x))


def mlp_mixer():
    def mixer(x, num_patches, hidden):
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        channels = layers.Permute((2, 1))(y)
        for units in (num_patches, num_patches):
            channels = layers.Dense(units, activation="gelu" if units else None)(channels)
        y = layers.Permute((2, 1))(channels)
        x = layers.add([x, y])
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        y = layers.Dense(hidden, activation="gelu")(y)
        y = layers.Dense(hidden)(y)
        return layers.add([x, layers.Dropout(0.2)(y)])

    inputs = Input((32, 32, 3))
    x = layers.Conv2D(48, 8, strides=8)(inputs)
    x = layers.Reshape((16, 48))(x)
    for _ in range(3):
        x = mixer(x, 16, 48)
    x = layers.GlobalAveragePooling1D()(x)
    return Model(inputs, layers.Dense(100)(x))


def inception_block():
    def conv_bn(x, filters, kernel, padding="same"):
        x = layers.Conv2D(filters, kernel, padding=padding, use_bias=False)(x)
        x = layers.BatchNormalization(scale=False)(x)
        return layers.Activation("relu")(x)

    inputs = Input((35, 35, 192))
    x = inputs
    for pool in [32, 64, 64]:
        a = conv_bn(x, 64, 1)
        b = conv_bn(conv_bn(x, 48, 1), 64, 5)
        c = conv_bn(conv_bn(conv_bn(x, 64, 1), 96, 3), 96, 3)
        d = conv_bn(layers.AveragePooling2D((3, 3), strides=(1, 1), padding="same")(x), pool, 1)
        x = layers.concatenate([a, b, c, d], axis=-1)
    return Model(inputs, layers.GlobalMaxPooling2D()(x))


def dense_block():
    def conv_block(x, growth_rate):
        y = layers.BatchNormalization(axis=-1, epsilon=1.001e-5)(x)
        y = layers.Activation("relu")(y)
        y = layers.Conv2D(4 * growth_rate, 1, use_bias=False)(y)
        y = layers.BatchNormalization(axis=-1, epsilon=1.001e-5)(y)
        y = layers.Activation("relu")(y)
        y = layers.Conv2D(growth_rate, 3, padding="same", use_bias=False)(y)
        return layers.Concatenate(axis=-1)([x, y])

    x = inputs = Input((32, 32, 24))
    for blocks in [2, 3]:
        for _ in range(blocks):
            x = conv_block(x, 12)
        x = layers.Conv2D(24, 1, use_bias=False)(x)
        x = layers.AveragePooling2D(2, strides=2)(x)
    x = layers.GlobalAveragePooling2D()(x)
    return Model(inputs, layers.Dense(10)(x))


def squeeze_excite():
    def se(x, filters, ratio=16):
        s = layers.GlobalAveragePooling2D(keepdims=True)(x)
        s = layers.Dense(filters // ratio, activation="relu", kernel_initializer="he_normal", use_bias=False)(s)
        s = layers.Dense(filters, activation="sigmoid", kernel_initializer="he_normal", use_bias=False)(s)
        s = layers.UpSampling2D(32)(s)
        return layers.multiply([x, s])

    x = inputs = Input((32, 32, 3))
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = se(x, filters)
    x = layers.Flatten()(x)
    return Model(inputs, layers.Dense(10, kernel_regularizer="l2")(x))


if __name__ == "__main__":
    for make in [mobilenet_v2, unet, small_xception, conv_mixer, wavenet, siamese, transformer_text, transformer_series,
                 mnist_convnet, imdb_bidirectional, addition_rnn, series_fcn, bottleneck_autoencoder, seq2seq,
                 wide_deep_cross, gated_residual, mlp_mixer, inception_block, dense_block, squeeze_excite]:
        model = make()
        print(make.__name__, model.count_params(), model.output_shape)
