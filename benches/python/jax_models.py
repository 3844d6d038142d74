"""The workloads in plain JAX. Weights are lists of arrays; `apply` gives logits and what batch
normalisation learnt of its batch."""
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


def lstm_shapes(i, h):
    return [(i, 4 * h), (h, 4 * h), (4 * h,)]


def gru_shapes(i, h):
    return [(i, 3 * h), (h, 3 * h), (3 * h,), (3 * h,)]


SHAPES = {
    "lstm": lstm_shapes(50, 64) + lstm_shapes(64, 32) + [(32, 10), (10,)],
    "mlp": [(784, 128), (128,), (128, 10), (10,)],
    "cnn": [(3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (1600, 10), (10,)],
    "convbig": [(3, 3, 3, 32), (32,), (123008, 10), (10,)],
    "timedist": [(50, 64), (64,)] + lstm_shapes(64, 32) + [(32, 10), (10,)],
    "multi": [(5, 16), (16,), (200, 64), (64,), (80, 1), (1,)],
    "rnn": [(100, 50), (50, 50), (50,), (50, 1), (1,)],
    "lstmbig": lstm_shapes(256, 256) + lstm_shapes(256, 256) + [(256, 10), (10,)],
    "gru": gru_shapes(50, 64) + gru_shapes(64, 32) + [(32, 10), (10,)],
    "bilstm": [(5000, 64)] + lstm_shapes(64, 32) + lstm_shapes(64, 32) + [(64, 1), (1,)],
    "conv1d": [(5000, 64), (5, 64, 64), (64,), (64, 32), (32,), (32, 1), (1,)],
    "cnnbn": [(3, 3, 3, 32), (32,), (32,), (3, 3, 32, 64), (64,), (64,), (64, 10), (10,)],
    "transformer": [(64, 64), (64,)] * 4 + [(64,)] * 2 + [(64, 128), (128,), (128, 64), (64,)] + [(64,)] * 2
                   + [(64, 10), (10,)],
    "mobilenet": [(3, 3, 3, 32), (32,), (32,), (3, 3, 1, 32), (32,), (32,), (1, 1, 32, 64), (64,), (64,),
                  (3, 3, 1, 64), (64,), (64,), (1, 1, 64, 128), (128,), (128,), (128, 10), (10,)],
    "resnet": [(3, 3, 3, 16), (16,), (16,)] + [(3, 3, 16, 16), (16,), (16,)] * 2
              + [(3, 3, 16, 32), (32,), (32,), (3, 3, 32, 32), (32,), (32,), (1, 1, 16, 32), (32,), (32,),
                 (32, 10), (10,)],
    "unet": [(3, 3, 3, 16), (16,), (3, 3, 16, 16), (16,), (3, 3, 16, 32), (32,), (3, 3, 32, 32), (32,),
             (3, 3, 32, 64), (64,), (2, 2, 64, 32), (32,), (3, 3, 64, 32), (32,), (2, 2, 32, 16), (16,),
             (3, 3, 32, 16), (16,), (1, 1, 16, 1), (1,)],
    "convlstm": [(3, 3, 3, 64), (3, 3, 16, 64), (64,), (16, 10), (10,)],
    "conv3d": [(3, 3, 3, 1, 16), (16,), (3, 3, 3, 16, 32), (32,), (32, 10), (10,)],
}
# Batch normalisations by their channels.
NORMS = {"cnnbn": [32, 64], "mobilenet": [32, 32, 64, 64, 128], "resnet": [16, 16, 16, 32, 32, 32]}
STATES = {name: [(n,) for n in norms for _ in range(2)] for name, norms in NORMS.items()}


def init(name):
    rng = np.random.default_rng(0)

    def one(shape):
        if len(shape) == 1:
            return jnp.zeros(shape, jnp.float32)
        field = int(np.prod(shape[:-2]))
        limit = np.sqrt(6 / (field * (shape[-2] + shape[-1])))
        return jnp.asarray(rng.uniform(-limit, limit, shape).astype(np.float32))

    return [one(s) for s in SHAPES[name]], [jnp.ones(s, jnp.float32) for s in STATES.get(name, [])]


def lstm(x, k, r, b, sequences=False, mask=None):
    """Time first. The product with the input stands in the loop: taken out, XLA on a CPU is slower."""
    def cell(state, step):
        xt, m = step
        h, c = state
        i, f, g, o = jnp.split(xt @ k + b + h @ r, 4, -1)
        c2 = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h2 = jax.nn.sigmoid(o) * jnp.tanh(c2)
        if m is not None:
            h2, c2 = jnp.where(m[:, None], h2, h), jnp.where(m[:, None], c2, c)
        return (h2, c2), (h2 if sequences else None)
    zero = jnp.zeros((x.shape[1], r.shape[0]), x.dtype)
    (h, _), hs = lax.scan(cell, (zero, zero), (x, mask))
    return hs if sequences else h


def gru(x, k, r, b, rb, sequences=False):
    """As Keras's `reset_after = True`."""
    def cell(h, xt):
        xz, xr, xh = jnp.split(xt @ k + b, 3, -1)
        hz, hr, hh = jnp.split(h @ r + rb, 3, -1)
        z = jax.nn.sigmoid(xz + hz)
        h = z * h + (1 - z) * jnp.tanh(xh + jax.nn.sigmoid(xr + hr) * hh)
        return h, (h if sequences else None)
    h, hs = lax.scan(cell, jnp.zeros((x.shape[1], r.shape[0]), x.dtype), x)
    return hs if sequences else h


LETTERS = {3: ("NWC", "WIO", "NWC"), 4: ("NHWC", "HWIO", "NHWC"), 5: ("NDHWC", "DHWIO", "NDHWC")}


def conv(x, k, padding="VALID", stride=1):
    """Kernels of one channel are those of depthwise convolutions."""
    return lax.conv_general_dilated(x, k, (stride,) * (x.ndim - 2), padding, dimension_numbers=LETTERS[x.ndim],
                                    feature_group_count=x.shape[-1] // k.shape[-2])


def up(x, k):
    return lax.conv_transpose(x, k, (2, 2), "VALID", dimension_numbers=LETTERS[4])


def pool(x):
    window = (1,) + (2,) * (x.ndim - 2) + (1,)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")


def layer_norm(x, gamma, beta):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(var + 1e-3) * (1 + gamma) + beta


def attention(x, q, bq, k, bk, v, bv, o, bo):
    """Four heads."""
    heads = lambda w, b: (x @ w + b).reshape(*x.shape[:2], 4, 16)
    scores = jnp.einsum("bqhd,bkhd->bhqk", heads(q, bq), heads(k, bk)) / 4
    seen = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores), heads(v, bv))
    return seen.reshape(x.shape) @ o + bo


def conv_lstm(x, k, r, b):
    """The convolutions of all inputs at once; time first."""
    z = conv(x.reshape(-1, *x.shape[2:]), k, "SAME") + b
    z = z.reshape(*x.shape[:2], *z.shape[1:])

    def cell(state, z):
        h, c = state
        i, f, g, o = jnp.split(z + conv(h, r, "SAME"), 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None
    zero = jnp.zeros((*z.shape[1:-1], r.shape[2]), x.dtype)
    state = (zero, zero)
    for step in z:      # XLA runs convolutions inside a loop eight times slower
        state, _ = cell(state, step)
    return state[0]


def norm(x, gamma, beta, mean, var, train):
    """`gamma` counts from 1, so that all vectors may start at 0."""
    new = (mean, var)
    if train:
        m, v = x.mean((0, 1, 2)), x.var((0, 1, 2))
        new = (0.99 * mean + 0.01 * m, 0.99 * var + 0.01 * v)
        mean, var = m, v
    return (x - mean) * (lax.rsqrt(var + 1e-3) * (1 + gamma)) + beta, new


def apply(name, p, states, xs, train=False):
    x, relu = xs[0], jax.nn.relu
    time_first = lambda v: jnp.swapaxes(v, 0, 1)
    flat = lambda v: v.reshape(v.shape[0], -1)
    if name in ("lstm", "lstmbig"):
        z = lstm(lstm(time_first(x), *p[0:3], sequences=True), *p[3:6]) @ p[6] + p[7]
    elif name == "gru":
        z = gru(gru(time_first(x), *p[0:4], sequences=True), *p[4:8]) @ p[8] + p[9]
    elif name == "mlp":
        z = relu(flat(x) @ p[0] + p[1]) @ p[2] + p[3]
    elif name == "cnn":
        h = pool(relu(conv(x, p[0]) + p[1]))
        z = flat(pool(relu(conv(h, p[2]) + p[3]))) @ p[4] + p[5]
    elif name == "convbig":
        z = flat(relu(conv(x, p[0]) + p[1])) @ p[2] + p[3]
    elif name == "timedist":
        z = lstm(relu(time_first(x) @ p[0] + p[1]), *p[2:5]) @ p[5] + p[6]
    elif name == "multi":
        z = jnp.concatenate([relu(xs[0] @ p[0] + p[1]), relu(xs[1] @ p[2] + p[3])], 1) @ p[4] + p[5]
    elif name == "rnn":
        step = lambda h, z: (jnp.tanh(z + h @ p[1]), None)
        h, _ = lax.scan(step, jnp.zeros((x.shape[0], 50), x.dtype), time_first(x) @ p[0] + p[2])
        z = h @ p[3] + p[4]
    elif name == "bilstm":
        e, mask = time_first(p[0][x]), time_first(x != 0)
        there, back = lstm(e, *p[1:4], mask=mask), lstm(e[::-1], *p[4:7], mask=mask[::-1])
        z = jnp.concatenate([there, back], 1) @ p[7] + p[8]
    elif name == "conv1d":
        h = relu(conv(p[0][x], p[1], "SAME") + p[2]).max(1)
        z = relu(h @ p[3] + p[4]) @ p[5] + p[6]
    elif name == "cnnbn":
        h, one = norm(conv(x, p[0], "SAME"), *p[1:3], *states[0:2], train)
        h, two = norm(conv(pool(relu(h)), p[3], "SAME"), *p[4:6], *states[2:4], train)
        return relu(h).mean((1, 2)) @ p[6] + p[7], [*one, *two]
    elif name == "transformer":
        seen = layer_norm(x + attention(x, *p[0:8]), *p[8:10])
        more = relu(seen @ p[10] + p[11]) @ p[12] + p[13]
        z = layer_norm(seen + more, *p[14:16]).mean(1) @ p[16] + p[17]
    elif name in ("mobilenet", "resnet"):
        new = []

        def normed(h, i, stride=1):
            h, after = norm(conv(h, p[3 * i], "SAME", stride), *p[3 * i + 1:3 * i + 3], *states[2 * i:2 * i + 2], train)
            new.extend(after)
            return h
        if name == "mobilenet":
            for i, stride in enumerate((2, 1, 1, 2, 1)):
                x = jnp.clip(normed(x, i, stride), 0, 6)
        else:
            x = relu(normed(x, 0))
            x = relu(x + normed(relu(normed(x, 1)), 2))
            two = normed(relu(normed(x, 3, 2)), 4)
            x = relu(normed(x, 5, 2) + two)
        return x.mean((1, 2)) @ p[-2] + p[-1], new
    elif name == "unet":
        same = lambda x, i: relu(conv(x, p[i], "SAME") + p[i + 1])
        wide = same(same(x, 0), 2)
        half = same(same(pool(wide), 4), 6)
        h = up(same(pool(half), 8), p[10]) + p[11]
        h = up(same(jnp.concatenate([half, h], -1), 12), p[14]) + p[15]
        z = conv(same(jnp.concatenate([wide, h], -1), 16), p[18]) + p[19]
    elif name == "convlstm":
        z = conv_lstm(time_first(x), *p[0:3]).mean((1, 2)) @ p[3] + p[4]
    elif name == "conv3d":
        h = pool(relu(conv(x, p[0]) + p[1]))
        z = relu(conv(h, p[2]) + p[3]).mean((1, 2, 3)) @ p[4] + p[5]
    return z, states


def loss(z, y):
    if y.shape[-1] > 1:
        return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(z), -1))
    return jnp.mean(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z))))


def predict(name, p, states, xs):
    z, _ = apply(name, p, states, xs)
    return jax.nn.softmax(z) if z.shape[-1] > 1 else jax.nn.sigmoid(z)


def start(name):
    p, states = init(name)
    zeros = lambda: [jnp.zeros_like(v) for v in p]
    return p, states, (zeros(), zeros(), jnp.zeros((), jnp.float32))


def step(name, everything, xs, y, rate=1e-3, b1=0.9, b2=0.999, epsilon=1e-7):
    """One step of Adam, as Keras does it."""
    p, states, (m, v, t) = everything

    def of(p):
        z, new = apply(name, p, states, xs, train=True)
        return loss(z, y), new

    (value, states), g = jax.value_and_grad(of, has_aux=True)(p)
    t = t + 1
    alpha = rate * jnp.sqrt(1 - b2**t) / (1 - b1**t)
    m = [a + (d - a) * (1 - b1) for a, d in zip(m, g)]
    v = [a + (d * d - a) * (1 - b2) for a, d in zip(v, g)]
    p = [w - alpha * a / (jnp.sqrt(b) + epsilon) for w, a, b in zip(p, m, v)]
    return (p, states, (m, v, t)), value
