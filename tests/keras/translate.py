"""Translates the Python source of a Keras model into the body of `model!`.

Word by word, as the grammar promises: `layers.X(args)` is `X(args)`, `layers.X(args)(t)` is `t => X(args)`,
`True` is `true`, `k=v` is `k = v`. Strings stay strings. What the rule has no words for raises `NotExpressible`.

    python tests/keras/translate.py model.py          prints the body
    translate(lines)                                   body of a whole model
    translate_layer("layers.Dense(3, name='d')")       one layer
"""

import ast
import json
import sys
from dataclasses import dataclass, field

RUST_WORDS = set(
    "as break const continue crate else enum extern false fn for if impl in let loop match mod move mut pub ref "
    "return self Self static struct super trait true type unsafe use where while async await dyn abstract become "
    "box do final macro override priv typeof unsized virtual yield try".split()
)

# The lower-case merge functions of keras.layers, and the layers that they make.
MERGE_FUNCTIONS = {
    "add": "Add",
    "average": "Average",
    "concatenate": "Concatenate",
    "dot": "Dot",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "multiply": "Multiply",
    "subtract": "Subtract",
}


class NotExpressible(Exception):
    """The Python says something that the rule does not translate."""


@dataclass
class Translation:
    """A model body, and what Python says about the model beside its body."""

    bindings: list = field(default_factory=list)
    tail: str = ""
    name: str | None = None
    # Inputs in the order of `keras.Model(inputs, ...)`, where that differs from the order in the body.
    input_order: list | None = None

    @property
    def body(self):
        return " ".join([*self.bindings, self.tail])


def last_word(node):
    """`keras.layers.Dense` -> `Dense`"""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    raise NotExpressible(ast.unparse(node))


def is_module_path(node):
    """Whether this is `keras.x.y`, `layers.x` and the like, rather than an attribute of some object."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in ("keras", "layers")


class Translator:
    def __init__(self, source):
        self.source = source
        self.out = Translation()
        self.kinds = {}  # Python name -> "tensor", "layer", "sequential", "model"
        self.blocks = set()  # Sequentials that are bound as blocks
        self.sequential = {}  # name -> list of (ast) elements of a Sequential

    # ---- names and values

    def ident(self, name):
        return f"r#{name}" if name in RUST_WORDS else name

    def number(self, node):
        text = ast.get_source_segment(self.source, node)
        if text.startswith("."):
            text = "0" + text
        return text

    def value(self, node):
        """An argument."""
        match node:
            case ast.Constant(value=None):
                return "None"
            case ast.Constant(value=bool(b)):
                return "true" if b else "false"
            case ast.Constant(value=str(s)):
                return json.dumps(s, ensure_ascii=False)
            case ast.Constant(value=int() | float()):
                return self.number(node)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
                return "-" + self.number(node.operand)
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as op, left=left, right=right):
                sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}[type(op)]
                return f"{self.value(left)} {sign} {self.value(right)}"
            case ast.Tuple(elts=elts):
                inner = ", ".join(self.value(e) for e in elts)
                return f"({inner},)" if len(elts) == 1 else f"({inner})"
            case ast.List(elts=elts):
                return "[" + ", ".join(self.value(e) for e in elts) + "]"
            case ast.Name(id=name) if name in self.kinds:
                return self.ident(name)
            case ast.Attribute() if is_module_path(node):
                return last_word(node)  # keras.activations.relu
            case ast.Call(func=func) if is_module_path(func):
                if last_word(func) == "Sequential":
                    return self.block(node)
                return self.layer(node)
        raise NotExpressible(ast.unparse(node))

    def arguments(self, call, skip=()):
        if any(k.arg is None for k in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
            raise NotExpressible(ast.unparse(call))
        return [self.value(a) for a in call.args] + [
            f"{self.ident(k.arg)} = {self.value(k.value)}" for k in call.keywords if k.arg not in skip
        ]

    def layer(self, call, extra=()):
        """`layers.X(args)` -> `X(args)`; also initializers, regularizers and the like."""
        return f"{last_word(call.func)}({', '.join([*self.arguments(call), *extra])})"

    def input(self, call, batch=None):
        args = list(call.args)
        words = {k.arg: k.value for k in call.keywords}
        shape = args.pop(0) if args else words.pop("shape", None)
        batch_node = words.pop("batch_size", None)
        if "batch_shape" in words:
            batch_node, shape = None, words.pop("batch_shape")
            elts = list(shape.elts)
            batch = self.value(elts[0]) if self.value(elts[0]) != "None" else None
            dims = [self.value(e) for e in elts[1:]]
        elif isinstance(shape, (ast.Tuple, ast.List)):
            dims = [self.value(e) for e in shape.elts]
        else:
            raise NotExpressible(ast.unparse(call))
        if args:
            batch_node = args.pop(0)
        if args:
            raise NotExpressible(ast.unparse(call))
        if batch_node is not None and self.value(batch_node) != "None":
            batch = self.value(batch_node)
        parts = dims + ([f"batch = {batch}"] if batch else [])
        parts += [f"{self.ident(k)} = {self.value(v)}" for k, v in words.items()]
        return f"Input({', '.join(parts)})"

    # ---- chains

    def is_input(self, node):
        return (
            isinstance(node, ast.Call)
            and is_module_path(node.func)
            and last_word(node.func) in ("Input", "InputLayer")
        )

    def is_sequential(self, node):
        return isinstance(node, ast.Call) and is_module_path(node.func) and last_word(node.func) == "Sequential"

    def is_model(self, node):
        return (
            isinstance(node, ast.Call)
            and is_module_path(node.func)
            and last_word(node.func) in ("Model", "Functional")
        )

    def elements(self, call):
        """The elements of `keras.Sequential([...])`, and its name."""
        words = {k.arg: k.value for k in call.keywords}
        listed = call.args[0] if call.args else words.pop("layers", ast.List(elts=[]))
        name = words.pop("name", None)
        if words or not isinstance(listed, ast.List):
            raise NotExpressible(ast.unparse(call))
        return list(listed.elts), name.value if name is not None else None

    def element(self, node, extra=()):
        if self.is_input(node):
            return self.input(node)
        if self.is_sequential(node):
            return self.block(node)
        if isinstance(node, ast.Call) and is_module_path(node.func):
            return self.layer(node, extra)
        if isinstance(node, ast.Name) and self.kinds.get(node.id) == "sequential":
            self.bind_block(node.id)
        if isinstance(node, ast.Name) and self.kinds.get(node.id) in ("layer", "sequential"):
            return self.ident(node.id)
        raise NotExpressible(ast.unparse(node))

    def block(self, call):
        """A nested Sequential is a block, written in its place: `Sequential([A(...), B(...)])`."""
        elts, name = self.elements(call)
        if not elts or self.is_input(elts[0]) or name:
            raise NotExpressible(ast.unparse(call))
        return f"Sequential([{', '.join(self.element(e) for e in elts)}])"

    def bind_block(self, name):
        """A Sequential that is applied by name is bound before its first use, when all layers have been added."""
        if name in self.blocks:
            return
        self.blocks.add(name)
        pairs = self.sequential[name]
        if not pairs or self.is_input(pairs[0][0]) or self.out.name:
            raise NotExpressible(name)
        inner = ", ".join(self.element(e, extra) for e, extra in pairs)
        self.out.bindings.append(f"let {self.ident(name)} = Sequential([{inner}]);")

    def tensor(self, node):
        """An expression whose value is a tensor (or a list of them) -> chain."""
        match node:
            case ast.Name(id=name) if self.kinds.get(name) == "tensor":
                return self.ident(name)
            case ast.List(elts=elts) | ast.Tuple(elts=elts):
                return "[" + ", ".join(self.tensor(e) for e in elts) + "]"
            case ast.Call() if self.is_input(node):
                return self.input(node)
            case ast.Call(func=func) if is_module_path(func) and last_word(func) in MERGE_FUNCTIONS:
                source = self.tensor(node.args[0])
                rest = ast.Call(func=node.func, args=node.args[1:], keywords=node.keywords)
                return f"{source} => {MERGE_FUNCTIONS[last_word(func)]}({', '.join(self.arguments(rest))})"
            case ast.Call(func=func) if not is_module_path(func):
                words = [f"{self.ident(k.arg)} = {self.call_value(k.value)}" for k in node.keywords]
                if not node.args:
                    raise NotExpressible(ast.unparse(node))
                if len(node.args) == 1:
                    source = self.tensor(node.args[0])
                else:  # attention takes query and value side by side
                    source = "[" + ", ".join(self.tensor(a) for a in node.args) + "]"
                if isinstance(func, ast.Name) and words:
                    raise NotExpressible(ast.unparse(node))
                return f"{source} => {self.element(func, words)}"
        raise NotExpressible(ast.unparse(node))

    def call_value(self, node):
        """An argument of a layer's call: a tensor, a list of tensors, or a plain value."""
        try:
            return self.tensor(node)
        except NotExpressible:
            return self.value(node)

    # ---- statements

    def statement(self, node):
        match node:
            case ast.Import() | ast.ImportFrom():
                return
            case ast.Expr(value=ast.Constant()):
                return
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return self.assign(name, value)
            case ast.Assign(targets=[ast.Tuple(elts=elts)], value=value):
                names = [e.id for e in elts]
                chain = self.tensor(value)
                for name in names:
                    self.kinds[name] = "tensor"
                self.out.bindings.append(f"let ({', '.join(map(self.ident, names))}) = {chain};")
                return
            # model.add(layers.X())
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="add"), args=[layer], keywords=[])
            ) if name in self.sequential:
                self.sequential[name].append((layer, []))
                return
            # model.layers[i].trainable = False, said after the model is made: the argument says the same.
            case ast.Assign(
                targets=[
                    ast.Attribute(
                        value=ast.Subscript(
                            value=ast.Attribute(value=ast.Name(id=name), attr="layers"),
                            slice=ast.Constant(value=int(i)),
                        ),
                        attr="trainable",
                    )
                ],
                value=ast.Constant(value=bool(b)),
            ) if name in self.sequential:
                layers = [pair for pair in self.sequential[name] if not self.is_input(pair[0])]
                layers[i][1].append(f"trainable = {'true' if b else 'false'}")
                return
        raise NotExpressible(ast.unparse(node))

    def assign(self, name, value):
        if self.is_sequential(value):
            elts, given = self.elements(value)
            self.kinds[name] = "sequential"
            self.sequential[name] = [(e, []) for e in elts]
            self.out.name = given
            self.last = name
        elif self.is_model(value):
            words = {k.arg: k.value for k in value.keywords}
            args = list(value.args)
            inputs = args.pop(0) if args else words.pop("inputs")
            outputs = args.pop(0) if args else words.pop("outputs")
            given = words.pop("name", None)
            if args or words or isinstance(inputs, ast.Dict) or isinstance(outputs, ast.Dict):
                raise NotExpressible(ast.unparse(value))
            self.out.name = given.value if given is not None else None
            order = [e.id for e in inputs.elts] if isinstance(inputs, (ast.List, ast.Tuple)) else [inputs.id]
            declared = [n for n, kind in self.inputs.items() if kind]
            if order != declared:
                self.out.input_order = order
            if isinstance(outputs, (ast.List, ast.Tuple)) and len(outputs.elts) > 1:
                self.out.tail = "(" + ", ".join(self.tensor(e) for e in outputs.elts) + ")"
            elif isinstance(outputs, (ast.List, ast.Tuple)):
                self.out.tail = self.tensor(outputs.elts[0])
            else:
                self.out.tail = self.tensor(outputs)
            self.kinds[name] = "model"
            self.last = name
        elif isinstance(value, ast.Call) and is_module_path(value.func) and not self.is_input(value):
            if last_word(value.func) in MERGE_FUNCTIONS:
                self.bind(name, self.tensor(value))
            else:
                layer = self.layer(value)
                self.kinds[name] = "layer"
                self.out.bindings.append(f"let {self.ident(name)} = {layer};")
        else:
            self.bind(name, self.tensor(value))
            if self.is_input(value):
                self.inputs[name] = True

    def bind(self, name, chain):
        self.kinds[name] = "tensor"
        self.out.bindings.append(f"let {self.ident(name)} = {chain};")

    def run(self):
        self.inputs = {}
        self.last = None
        for node in ast.parse(self.source).body:
            self.statement(node)
        if self.last is None:
            raise NotExpressible("no model in this source")
        if self.kinds[self.last] == "sequential":
            chain = [self.element(e, extra) for e, extra in self.sequential[self.last]]
            self.out.tail = " => ".join(chain)
        return self.out


def translation(lines):
    source = lines if isinstance(lines, str) else "\n".join(lines)
    return Translator(source).run()


def translate(lines):
    """The body of `model!` for the Python source of a model (a list of lines, or a string)."""
    return translation(lines).body


def translate_layer(python):
    """One layer, or any other Keras object: `layers.X(args)` -> `X(args)`."""
    node = ast.parse(python, mode="eval").body
    translator = Translator(python)
    text = translator.layer(node)
    if translator.out.bindings:
        raise NotExpressible(python)
    return text


if __name__ == "__main__":
    source = open(sys.argv[1]).read() if len(sys.argv) > 1 else sys.stdin.read()
    print(translate(source))
