"""The layers that exist here, read from the table of keras-shape."""

import re
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent.parent / "keras-shape" / "src" / "layers" / "mod.rs"


def classes():
    return set(re.findall(r"^ +(\w+) in \w+ as \"", TABLE.read_text(), re.M)) | {"Sequential"}
