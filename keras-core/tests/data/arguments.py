# The arguments of losses, metrics, optimisers, schedules and callbacks with their defaults, as Keras 3.15.1 has them:
# `python arguments.py` writes `arguments.md` beside the sources of each, for the classes that book/src/names.md says are here.
import inspect
import os
import re

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
PAGE = open(os.path.join(ROOT, "book", "src", "names.md")).read()
# Arguments of every class of a kind, or of Keras's machinery.
COMMON = {
    "losses": {"name", "reduction", "dtype"},
    "metrics": {"name", "dtype"},
    "optimizers": {
        "name", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum",
        "ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps", "kwargs",
    },
    "optimizers.schedules": {"name"},
    "callbacks": set(),
}


LOSSES = set(re.findall(r"\w+", " ".join(re.findall(
    r"pub use ([^;]*);", open(os.path.join(ROOT, "keras-core", "src", "training", "losses", "mod.rs")).read()))))


def here(module):
    rows = PAGE.split(f"| `keras.{module}` | here |")[1].splitlines()[2:]
    for row in rows:
        if not row.startswith("|"):
            return
        name, says = [cell.strip() for cell in row.strip("|").split("|", 1)]
        name = name.strip("`")
        if says == "yes" and name[0].isupper():
            yield name


def sources(folder):
    for base, _, files in os.walk(folder):
        for file in files:
            if file.endswith(".rs"):
                yield open(os.path.join(base, file)).read()


def shown(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return str(value)


for module, folder in [
    ("losses", "losses"),
    ("metrics", "metrics"),
    ("optimizers", "optimizers"),
    ("optimizers.schedules", "optimizers/schedules"),
    ("callbacks", "callbacks"),
]:
    of = keras
    for part in module.split("."):
        of = getattr(of, part)
    lines = ["| class | arguments |", "|---|---|"]
    folder = os.path.join(ROOT, "keras-core", "src", "training", folder)
    own_names = set(re.findall(r"\w+", " ".join(re.findall(r"pub use ([^;]*);", open(os.path.join(folder, "mod.rs")).read()))))
    code = "\n".join(sources(folder))
    for name in here(module):
        own = []
        for parameter in inspect.signature(getattr(of, name).__init__).parameters.values():
            if parameter.name in COMMON[module] | {"self"} or parameter.kind.name.startswith("VAR"):
                continue
            default = parameter.default
            # What has no number here, as `embeddings_freq` of TensorBoard, is no argument.
            if default is not inspect.Parameter.empty and not re.search(rf"\b{parameter.name}(_\w+)?\b\s*[(:<]", code):
                print(name, "has no", parameter.name)
                continue
            if parameter.name == "weight_decay" and default is None:
                continue
            text = parameter.name
            if default is not inspect.Parameter.empty:
                text += " = " + shown(default)
            own.append(f"`{text}`")
        if name in ("Callback", "Loss", "Metric", "Optimizer", "LearningRateSchedule", "History", "CallbackList"):
            continue
        if name in own_names:
            lines.append(f"| [`{name}`] | {', '.join(own) or 'none'} |")
        elif name in LOSSES:
            lines.append(f"| [`{name}`](crate::training::losses::{name}) | those of the loss |")
    open(os.path.join(folder, "arguments.md"), "w").write("\n".join(lines) + "\n")
