# ConvLSTM with masks, in NumPy alone and 64 bits: Keras 3.15 on JAX lays such a mask over the wrong axes (on (batch, time)
# it says nothing of space), so its numbers are no reference. Gradients are central differences.
# python conv_lstm_masks.py writes conv_lstm_masks.json.
import itertools
import json
import os
import zlib

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def conv(x, kernel, strides, padding):
    """A convolution (batch, *space, channels) by (*window, channels, filters)."""
    window, space = kernel.shape[:-2], x.shape[1:-1]
    if padding == "same":
        lengths = [-(-n // s) for n, s in zip(space, strides)]
        pads = [max((m - 1) * s + k - n, 0) for n, m, k, s in zip(space, lengths, window, strides)]
        x = np.pad(x, [(0, 0), *[(p // 2, p - p // 2) for p in pads], (0, 0)])
    else:
        lengths = [(n - k) // s + 1 for n, k, s in zip(space, window, strides)]
    y = np.zeros((x.shape[0], *lengths, kernel.shape[-1]))
    for at in itertools.product(*[range(n) for n in lengths]):
        place = tuple(slice(a * s, a * s + k) for a, s, k in zip(at, strides, window))
        patch = x[(slice(None), *place)].reshape(len(x), -1)
        y[(slice(None), *at)] = patch @ kernel.reshape(-1, kernel.shape[-1])
    return y


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def conv_lstm(x, weights, mask, strides, padding, sequences, state, backwards):
    kernel, recurrent, bias = weights
    one = (1,) * len(strides)
    steps = range(x.shape[1])[::-1] if backwards else range(x.shape[1])
    filters = recurrent.shape[-1] // 4
    h = np.zeros((*conv(x[:, 0], kernel, strides, padding).shape[:-1], filters))
    c, outputs = np.zeros_like(h), []
    for t in steps:
        z = conv(x[:, t], kernel, strides, padding) + bias + conv(h, recurrent, one, "same")
        i, f, g, o = np.split(z, 4, axis=-1)
        new_c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        new_h = sigmoid(o) * np.tanh(new_c)
        # A step that does not count leaves the states, and gives the output before it.
        counts = mask[:, t].reshape(-1, *[1] * (h.ndim - 1))
        h, c = np.where(counts, new_h, h), np.where(counts, new_c, c)
        outputs.append(h)
    y = np.stack(outputs, 1) if sequences else h
    return [y, h, c] if state else [y]


def both_ways(x, weights, mask, strides, padding):
    """The sum of the sequences of both directions. In a `Bidirectional` a step that does not count gives zeros."""
    forward, back = (
        conv_lstm(x, weights[at : at + 3], mask, strides, padding, True, False, at > 0)[0] for at in (0, 3)
    )
    y = forward + back[:, ::-1]
    return [np.where(mask.reshape(*mask.shape, *[1] * (y.ndim - 2)), y, 0)]


def numbers(a):
    return [float(f"{v:.8g}") for v in np.asarray(a).reshape(-1)]


def case(source, shape, window, filters, strides, padding, sequences, state, backwards, both=False):
    rng = np.random.default_rng(zlib.crc32(source.encode()))
    f32 = lambda *s: rng.normal(size=s).astype("float32").astype("float64")
    x, channels = f32(*shape), shape[-1]
    mask = rng.random(size=shape[:2]) < 0.6
    mask[-1] = False
    weights = [0.5 * f32(*window, channels, 4 * filters), 0.5 * f32(*window, filters, 4 * filters), f32(4 * filters)]
    run = lambda x, weights: conv_lstm(x, weights, mask, strides, padding, sequences, state, backwards)
    if both:
        weights += [0.5 * f32(*window, channels, 4 * filters), 0.5 * f32(*window, filters, 4 * filters), f32(4 * filters)]
        run = lambda x, weights: both_ways(x, weights, mask, strides, padding)
    ys = run(x, weights)
    cs = [f32(*y.shape) for y in ys]
    loss = lambda: sum(np.sum(y * c) for y, c in zip(run(x, weights), cs))

    def gradient(array):
        out, step = np.zeros_like(array), 1e-5
        for at in np.ndindex(array.shape):
            kept = array[at]
            array[at] = kept + step
            above = loss()
            array[at] = kept - step
            out[at] = (above - loss()) / (2 * step)
            array[at] = kept
        return out

    names = ["conv_lstm_cell/kernel", "conv_lstm_cell/recurrent_kernel", "conv_lstm_cell/bias"]
    if both:
        names = [f"{side}_conv_lstm{len(window)}d/{name}" for side in ("forward", "backward") for name in names]
    outputs = [
        dict(output_shape=[None, *y.shape[1:]], c=numbers(c), y_shape=list(y.shape), y=numbers(y)) for y, c in zip(ys, cs)
    ]
    return dict(
        layer=source,
        mask=numbers(mask),
        masks=[],
        y_mask=numbers(mask) if sequences else None,
        shapes=[list(shape)],
        training=False,
        states=False,
        named=[],
        x=[numbers(x)],
        weights=[dict(name=n, shape=list(w.shape), trainable=True, v=numbers(w)) for n, w in zip(names, weights)],
        **outputs[0],
        more=outputs[1:],
        dx=[numbers(gradient(x))],
        dw=[numbers(gradient(w)) for w in weights],
        updates=[],
    )


CASES = [
    ("ConvLSTM1D(2, 2)", (3, 4, 5, 2), (2,), 2, (1,), "valid", False, False, False),
    (
        "ConvLSTM1D(2, 3, strides=2, padding='same', return_sequences=True, return_state=True, go_backwards=True)",
        (3, 4, 5, 2), (3,), 2, (2,), "same", True, True, True,
    ),
    ("ConvLSTM2D(1, 2, return_sequences=True)", (3, 4, 3, 4, 1), (2, 2), 1, (1, 1), "valid", True, False, False),
    (
        "ConvLSTM2D(2, (1, 2), padding='same', return_state=True)",
        (2, 3, 2, 3, 1), (1, 2), 2, (1, 1), "same", False, True, False,
    ),
    ("ConvLSTM3D(1, 2, padding='same', return_sequences=True)", (2, 3, 2, 2, 2, 1), (2, 2, 2), 1, (1, 1, 1), "same", True, False, False),
    (
        "Bidirectional(ConvLSTM1D(2, 3, padding='same', return_sequences=True), merge_mode='sum')",
        (3, 4, 3, 2), (3,), 2, (1,), "same", True, False, False, True,
    ),
]
with open(os.path.join(HERE, "conv_lstm_masks.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(case(*one), separators=(",", ":")) for one in CASES) + "\n]\n")
