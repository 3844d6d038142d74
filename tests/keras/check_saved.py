# python check_saved.py FOLDER: loads NAME.keras of the folder for each NAME.out, prints NAME and by how much its output differs from
# the numbers there, and whether its summary is the text in NAME.txt. Input number i is (7 i % 11 - 5) / 5, for 3 samples.
import os, sys
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["COLUMNS"] = "200"  # A narrow terminal caps the table.
import numpy as np, keras

folder = sys.argv[1]
for file in sorted(os.listdir(folder)):
    name, end = os.path.splitext(file)
    if end != ".out":
        continue
    path = os.path.join(folder, name)
    model = keras.models.load_model(path + ".keras")
    shapes = [(3, *(n or 5 for n in x.shape[1:])) for x in model.inputs]
    xs = [((7 * np.arange(np.prod(shape)) % 11 - 5) / 5).astype("float32").reshape(shape) for shape in shapes]
    y = np.ravel(np.asarray(model(xs if len(xs) > 1 else xs[0], training=False)))
    ours = np.loadtxt(path + ".out")
    printed = []
    model.summary(print_fn=printed.append)
    theirs = "".join(printed).strip().split("\n")
    with open(path + ".txt", encoding="utf-8") as file:
        lines = file.read().strip().split("\n")
    other = [pair for pair in zip(theirs, lines) if pair[0].rstrip() != pair[1].rstrip()]
    print(name, np.abs(y - ours).max() / np.abs(y).max(), repr(other[0]) if other or len(lines) != len(theirs) else "same")
