"""JAX, whole steps jitted; `fit` also as one jitted call for an epoch."""
from functools import partial

import common

args = common.parse()
import jax
import jax.numpy as jnp
import numpy as np

import jax_models as models

name = args.workload
params = sum(int(np.prod(s)) for s in models.SHAPES[name] + models.STATES.get(name, []))


def report(mode, way, run, steps=1):
    common.report(args, "jax", f"jax {jax.__version__}", mode, way, params, run, steps)


def one_step():
    step = jax.jit(partial(models.step, name), donate_argnums=0)
    xs, y = jax.tree.map(jnp.asarray, common.data(name, args.batch))
    state = [models.start(name)]

    def run():
        state[0], loss = step(state[0], xs, y)
        float(loss)
        jax.block_until_ready(state[0])
    return run


def loop():
    """Batches cut from shuffled arrays on the host, steps sent one by one, the loss read once an epoch."""
    step = jax.jit(partial(models.step, name), donate_argnums=0)
    xs, y = common.data(name, args.samples)
    rng, state = np.random.default_rng(0), [models.start(name)]

    def run():
        order, losses = rng.permutation(args.samples), []
        for i in range(args.samples // args.batch):
            rows = order[i * args.batch:(i + 1) * args.batch]
            state[0], loss = step(state[0], [x[rows] for x in xs], y[rows])
            losses.append(loss)
        jax.block_until_ready(state[0])
        float(jnp.stack(losses).mean())
    return run


def scan():
    """A whole epoch in one jitted call, shuffling included."""
    xs, y = jax.tree.map(jnp.asarray, common.data(name, args.samples))
    steps = args.samples // args.batch

    @partial(jax.jit, donate_argnums=0)
    def epoch(state, key, xs, y):
        order = jax.random.permutation(key, args.samples)[:steps * args.batch]
        body = lambda state, rows: models.step(name, state, [x[rows] for x in xs], y[rows])
        state, losses = jax.lax.scan(body, state, order.reshape(steps, args.batch))
        return state, losses.mean()

    state, count = [models.start(name)], [0]

    def run():
        count[0] += 1
        state[0], loss = epoch(state[0], jax.random.key(count[0]), xs, y)
        jax.block_until_ready(state[0])
        float(loss)
    return run


def call(batch, constant):
    """NumPy in, NumPy out."""
    xs, _ = common.data(name, batch)
    p, states, _ = models.start(name)
    f = jax.jit(partial(models.predict, name))
    if constant:
        f = jax.jit(lambda xs: models.predict(name, p, states, xs))
        return lambda: np.asarray(f(xs))
    return lambda: np.asarray(f(p, states, xs))


convolves = any(len(shape) > 2 for shape in models.SHAPES[name])
steps = args.samples // args.batch
for mode in args.modes:
    if mode == "train":
        report(mode, "step", one_step)
    elif mode == "fit":
        report(mode, "loop", loop, steps)
        if not convolves:    # XLA runs convolutions inside a loop eight times slower
            report(mode, "scan", scan, steps)
    else:
        batch = 1 if mode == "predict1" else args.batch
        report(mode, "call", lambda: call(batch, False))
        if name not in ("convbig", "bilstm", "conv1d"):     # folding a million weights takes minutes
            report(mode, "call_constant", lambda: call(batch, True))
