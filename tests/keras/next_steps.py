# python next_steps.py FOLDER: of each NAME.keras, loads it compiled, makes a step, and prints by how much the weights then differ
# from those of NAME_after.weights.h5. Saves the model then, as NAME_keras.keras, makes another step, and writes the weights as
# NAME_keras_after.npz.
import os, sys
os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np, keras

folder = sys.argv[1]
x = np.array([[((i * 5 + j * 3) % 11) / 11 for j in range(4)] for i in range(16)], "float32")
y = np.array([i % 3 for i in range(16)], "int32")
for file in sorted(os.listdir(folder)):
    name, end = os.path.splitext(file)
    if end != ".keras" or name.endswith("_keras"):
        continue
    path = os.path.join(folder, name)
    model = keras.models.load_model(path + ".keras")
    after = keras.models.load_model(path + ".keras", compile=False)
    after.load_weights(path + "_after.weights.h5")
    model.train_on_batch(x, y)
    worst = max(np.abs(a - b).max() for a, b in zip(model.get_weights(), after.get_weights()))
    metrics = [metric.name for metric in model._compile_metrics.metrics] if model._compile_metrics else []
    print(name, type(model.optimizer).__name__, int(model.optimizer.iterations), worst, ",".join(metrics))
    model.save(path + "_keras.keras")
    model.train_on_batch(x, y)
    np.savez(path + "_keras_after.npz", **{f"weight_{i}": w for i, w in enumerate(model.get_weights())})
