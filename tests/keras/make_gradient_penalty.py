# fixtures/gradient_penalty.npz: steps of a critic with gradient penalty by Keras on JAX: KERAS_BACKEND=jax python
# make_gradient_penalty.py. The loss is that of https://keras.io/examples/generative/wgan_gp/.
import os

os.environ["KERAS_BACKEND"] = "jax"
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(5)
STEPS, BATCH = 4, 5


def critics():
    image = keras.Input((6, 6, 1))
    x = layers.Conv2D(3, 3, strides=2, padding="same", activation="leaky_relu")(image)
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="tanh")(x)
    yield "conv", keras.Model(image, layers.Dense(1)(layers.Flatten()(x)))
    image = keras.Input((6, 6, 1))
    x = layers.Reshape((6, 6))(image)
    x = layers.LayerNormalization()(layers.Dense(5, activation="gelu")(x))
    x = layers.LSTM(4)(x)
    yield "lstm", keras.Model(image, layers.Dense(1)(x))


def case(critic):
    for weight in critic.trainable_variables:
        weight.assign(rng.normal(0, 0.4, weight.shape))
    state = [w.value for w in critic.trainable_variables]
    others = [v.value for v in critic.non_trainable_variables]
    optimizer = keras.optimizers.Adam(0.01, beta_1=0.5, beta_2=0.9)
    optimizer.build(critic.trainable_variables)
    kept = [v.value for v in optimizer.variables]

    def score(weights, x):
        return critic.stateless_call(weights, others, x, training=True)[0]

    def loss(weights, real, fake, share):
        distance = jnp.mean(score(weights, fake)) - jnp.mean(score(weights, real))
        between = real + share * (fake - real)
        slope = jax.grad(lambda x: jnp.sum(score(weights, x)))(between)
        norm = jnp.sqrt(jnp.sum(slope**2, axis=[1, 2, 3]))
        penalty = jnp.mean((norm - 1.0) ** 2)
        return distance + 10.0 * penalty, (distance, penalty)

    shape = (STEPS, BATCH, 6, 6, 1)
    real, fake = rng.normal(0, 1, shape).astype("float32"), rng.normal(0.3, 0.8, shape).astype("float32")
    share = rng.uniform(0, 1, (STEPS, BATCH, 1, 1, 1)).astype("float32")
    out = {"real": real, "fake": fake, "share": share} | {f"before_{i}": np.asarray(w) for i, w in enumerate(state)}
    losses = []
    for i in range(STEPS):
        (_, aux), gradients = jax.value_and_grad(loss, has_aux=True)(state, real[i], fake[i], share[i])
        losses.append([float(x) for x in aux])
        state, kept = optimizer.stateless_apply(kept, gradients, state)
    return out | {"losses": np.asarray(losses, "float32")} | {f"after_{i}": np.asarray(w) for i, w in enumerate(state)}


path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures/gradient_penalty.npz")
np.savez(path, **{f"{name}_{key}": array for name, critic in critics() for key, array in case(critic).items()})
