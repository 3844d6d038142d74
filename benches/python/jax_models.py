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
}
STATES = {"cnnbn": [(32,), (32,), (64,), (64,)]}


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


def conv(x, k, padding="VALID"):
    letters = ("NHWC", "HWIO", "NHWC") if x.ndim == 4 else ("NWC", "WIO", "NWC")
    return lax.conv_general_dilated(x, k, (1,) * (x.ndim - 2), padding, dimension_numbers=letters)


def pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


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
