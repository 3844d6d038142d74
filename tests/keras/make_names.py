# book/src/names.md: every public name of Keras's modules and what it is here: python make_names.py EXPORTS.json > names.md, where
# EXPORTS.json has, under a version of Keras, lists of [name, path] by module.
import json
import sys

NO = {
    "serialize": "no: models and weights are written by `save`",
    "deserialize": "no: files are read by `load_model`",
    "get": "no: a name in quotes is taken where it is an argument",
    "legacy": "no: what Keras 1 and 2 had",
}
PYTHON = "no: objects of Python that are registered for files"
LOGGING = "no: `fit(..).verbose(0)` says it for a training"
IMAGE = "no: images are `ndarray` arrays; a crate such as `image` makes files of them"
OTHER = {
    "layers": {
        "TFSMLayer": "no: code of TensorFlow",
        "FlaxLayer": "no: code of JAX",
        "JaxLayer": "no: code of JAX",
        "TorchModuleWrapper": "no: code of PyTorch",
        "Wrapper": "no: a layer of your own may hold others",
        "InputSpec": "no: a layer of your own implements `Layer` for the shapes that it takes",
        "Pipeline": "no: layers one behind the other are a model",
    },
    "losses": {},
    "metrics": {"Accuracy": "yes: `LabelAccuracy`; `Accuracy` is what `\"accuracy\"` says"},
    "optimizers": {
        "schedules": "the module, see below",
    },
    "optimizers/schedules": {"LearningRateSchedule": "yes: the trait `Schedule`"},
    "callbacks": {
        "CallbackList": "no: `fit` calls all that it is given",
        "ProgbarLogger": "no: `fit(..).verbose(1)` shows it",
        "OrbaxCheckpoint": "no: files of JAX; `BackupAndRestore` keeps all that a training needs",
        "RemoteMonitor": "yes: by `http`",
    },
    "utils": {
        "clear_session": "no: there is no global graph",
        "is_keras_tensor": "no: the compiler knows types",
        "standardize_dtype": "no: the compiler knows types",
        "FeatureSpace": "no: `keras_core::preprocessing` has its parts",
        "get_source_inputs": "no: `model.summary()` and `model.plot()` show the graph",
        "CustomObjectScope": PYTHON,
        "custom_object_scope": PYTHON,
        "get_custom_objects": PYTHON,
        "get_registered_name": PYTHON,
        "get_registered_object": PYTHON,
        "register_keras_serializable": PYTHON,
        "deserialize_keras_object": NO["deserialize"],
        "serialize_keras_object": NO["serialize"],
        "pack_x_y_sample_weight": "no: `fit(&x, &y).sample_weight(&w)`",
        "unpack_x_y_sample_weight": "no: `fit(&x, &y).sample_weight(&w)`",
        "PyDataset": "no: an iterator of batches, given to `fit_batches`",
        "Sequence": "no: an iterator of batches, given to `fit_batches`",
        "image_dataset_from_directory": "yes: with the feature `images`",
        "array_to_img": IMAGE,
        "img_to_array": IMAGE,
        "load_img": "no: `image_dataset_from_directory` reads files, one of them too",
        "save_img": IMAGE,
        "Config": "no: a `struct`",
        "get_file": "no: nothing is downloaded",
        "disable_interactive_logging": LOGGING,
        "enable_interactive_logging": LOGGING,
        "is_interactive_logging_enabled": LOGGING,
        "model_to_dot": "yes: `model.plot()`, saved as `.dot`",
        "plot_model": "yes: `model.plot()`",
        "Progbar": "no: `fit` shows its own",
        "bounding_boxes": "no: formats of boxes are arithmetic; `MaxNumBoundingBoxes` is a layer",
    },
    "initializers": {"Initializer": "no: words alone"},
    "regularizers": {"Regularizer": "no: a penalty of your own is added by `Trace::add_loss` of a layer of your own"},
    "constraints": {"Constraint": "no: words alone"},
    "activations": {},
}
TITLES = {
    "layers": "Layers",
    "losses": "Losses",
    "metrics": "Metrics",
    "optimizers": "Optimisers",
    "optimizers/schedules": "Schedules of learning rates",
    "callbacks": "Callbacks",
    "utils": "Utilities",
    "initializers": "Initialisers",
    "regularizers": "Regularisers",
    "constraints": "Constraints",
    "activations": "Activations",
}


LAYERS = """\
Every other class of `keras.layers` is a layer in `model!` by its names and with its arguments in Keras, but for what the macro
says is missing; so are the functions `add`, `average`, `concatenate`, `dot`, `maximum`, `minimum`, `multiply` and `subtract`.
A layer of your own implements the trait `Layer`.
"""


def here(module, name, names):
    if name in OTHER[module]:
        return OTHER[module][name]
    if name in NO and not (module == "metrics" and name not in NO):
        return NO[name]
    if module == "losses" and name[0].islower():
        return "no: a loss is its type, and `losses::evaluate` gives its values"
    return "yes"


def main():
    exports = json.load(open(sys.argv[1]))
    version = next(version for version in exports if version[0].isdigit())
    print(f"# The public names of Keras {version}\n")
    print("Every name of these modules, and what it is here. The test `names_of_keras` holds this page to the code.\n")
    for module, title in TITLES.items():
        names = [one[0] if isinstance(one, list) else one for one in exports[version][module]]
        print(f"## {title}\n")
        if module == "layers":
            print(LAYERS)
        print(f"| `keras.{module.replace('/', '.')}` | here |\n|---|---|")
        for name in sorted(set(names), key=lambda name: (name.lower(), name)):
            says = here(module, name, names)
            if module != "layers" or says != "yes":
                print(f"| `{name}` | {says} |")
        print()


main()
