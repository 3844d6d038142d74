# The arguments of Keras's layers, in order, a `!` after those without a default: python signatures.py writes signatures.txt.
import inspect
import os

os.environ["KERAS_BACKEND"] = "jax"
from keras import layers

lines = []
for name in sorted(dir(layers)):
    layer = getattr(layers, name)
    if not inspect.isclass(layer) or name == "Layer":
        continue
    parameters = list(inspect.signature(layer.__init__).parameters.values())[1:]
    named = [p for p in parameters if p.kind == p.POSITIONAL_OR_KEYWORD and p.name not in ("name", "dtype", "trainable")]
    words = [p.name + ("!" if p.default is p.empty else "") for p in named]
    lines.append(f"{name}: {', '.join(words)}\n")
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "signatures.txt"), "w") as f:
    f.writelines(lines)
