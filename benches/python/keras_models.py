"""The workloads as Keras models. `KERAS_BACKEND` is set before this is imported."""
import keras
from keras import layers as L

import common

classes = lambda: L.Dense(10, activation="softmax")
answer = lambda: L.Dense(1, activation="sigmoid")


def conv(filters, strides=1):
    return L.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)


def chained(some, x):
    for layer in some:
        x = layer(x)
    return x


def build(name):
    if name == "multi":
        a, b = keras.Input((5,)), keras.Input((200,))
        h = L.Concatenate()([L.Dense(16, activation="relu")(a), L.Dense(64, activation="relu")(b)])
        return keras.Model([a, b], answer()(h))
    if name == "transformer":
        x = keras.Input((None, 64))
        seen = L.LayerNormalization()(L.Add()([x, L.MultiHeadAttention(4, 16)(x, x)]))
        more = L.Dense(64)(L.Dense(128, activation="relu")(seen))
        h = L.LayerNormalization()(L.Add()([seen, more]))
        return keras.Model(x, classes()(L.GlobalAveragePooling1D()(h)))
    if name == "resnet":
        x = keras.Input((32, 32, 3))
        first = L.ReLU()(L.BatchNormalization()(conv(16)(x)))
        h = chained([conv(16), L.BatchNormalization(), L.ReLU(), conv(16), L.BatchNormalization()], first)
        one = L.ReLU()(L.Add()([first, h]))
        two = chained([conv(32, 2), L.BatchNormalization(), L.ReLU(), conv(32), L.BatchNormalization()], one)
        short = chained([L.Conv2D(32, 1, strides=2, use_bias=False), L.BatchNormalization()], one)
        h = L.ReLU()(L.Add()([short, two]))
        return keras.Model(x, classes()(L.GlobalAveragePooling2D()(h)))
    if name == "unet":
        same = lambda filters: L.Conv2D(filters, 3, padding="same", activation="relu")
        x = keras.Input((32, 32, 3))
        wide = chained([same(16), same(16)], x)
        half = chained([L.MaxPooling2D(2), same(32), same(32)], wide)
        up = chained([L.MaxPooling2D(2), same(64), L.Conv2DTranspose(32, 2, strides=2)], half)
        up = chained([same(32), L.Conv2DTranspose(16, 2, strides=2)], L.Concatenate()([half, up]))
        return keras.Model(x, chained([same(16), L.Conv2D(1, 1, activation="sigmoid")], L.Concatenate()([wide, up])))
    return keras.Sequential({
        "lstm": lambda: [keras.Input((None, 50)), L.LSTM(64, return_sequences=True), L.LSTM(32), classes()],
        "mlp": lambda: [keras.Input((28, 28)), L.Flatten(), L.Dense(128, activation="relu"), classes()],
        "cnn": lambda: [keras.Input((28, 28, 1)), L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(2),
                        L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(2), L.Flatten(), classes()],
        "convbig": lambda: [keras.Input((64, 64, 3)), L.Conv2D(32, 3, activation="relu"), L.Flatten(), classes()],
        "timedist": lambda: [keras.Input((None, 50)), L.TimeDistributed(L.Dense(64, activation="relu")),
                             L.LSTM(32), classes()],
        "rnn": lambda: [keras.Input((None, 100)), L.SimpleRNN(50), answer()],
        "lstmbig": lambda: [keras.Input((None, 256)), L.LSTM(256, return_sequences=True), L.LSTM(256), classes()],
        "gru": lambda: [keras.Input((None, 50)), L.GRU(64, return_sequences=True), L.GRU(32), classes()],
        "bilstm": lambda: [keras.Input((None,), dtype="int32"), L.Embedding(common.WORDS, 64, mask_zero=True),
                           L.Bidirectional(L.LSTM(32)), answer()],
        "conv1d": lambda: [keras.Input((None,), dtype="int32"), L.Embedding(common.WORDS, 64),
                           L.Conv1D(64, 5, activation="relu", padding="same"), L.GlobalMaxPooling1D(),
                           L.Dense(32, activation="relu"), answer()],
        "cnnbn": lambda: [keras.Input((32, 32, 3)),
                          L.Conv2D(32, 3, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU(),
                          L.MaxPooling2D(2),
                          L.Conv2D(64, 3, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU(),
                          L.GlobalAveragePooling2D(), classes()],
        "mobilenet": lambda: [keras.Input((32, 32, 3)),
                              conv(32, 2), L.BatchNormalization(), L.ReLU(6),
                              L.DepthwiseConv2D(3, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU(6),
                              L.Conv2D(64, 1, use_bias=False), L.BatchNormalization(), L.ReLU(6),
                              L.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False),
                              L.BatchNormalization(), L.ReLU(6),
                              L.Conv2D(128, 1, use_bias=False), L.BatchNormalization(), L.ReLU(6),
                              L.GlobalAveragePooling2D(), classes()],
        "convlstm": lambda: [keras.Input((None, 16, 16, 3)), L.ConvLSTM2D(16, 3, padding="same"),
                             L.GlobalAveragePooling2D(), classes()],
        "conv3d": lambda: [keras.Input((16, 16, 16, 1)), L.Conv3D(16, 3, activation="relu"), L.MaxPooling3D(2),
                           L.Conv3D(32, 3, activation="relu"), L.GlobalAveragePooling3D(), classes()],
    }[name]())
