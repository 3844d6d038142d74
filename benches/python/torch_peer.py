"""PyTorch, eager or compiled."""
import common

args = common.parse(how=["eager", "compiled"])
import torch
import torch.nn.functional as F

import torch_models as models

torch.set_num_threads(args.threads)
torch.set_num_interop_threads(args.threads)
torch.manual_seed(1)
compiled, name = args.how == "compiled", args.workload
peer = "torch-compiled" if compiled else "torch"


def tensors(n):
    xs, y = common.data(name, n)
    return [torch.from_numpy(x) for x in xs], torch.from_numpy(y)


def stepper():
    net = models.build(name)
    loss = F.cross_entropy if args.classes else F.binary_cross_entropy_with_logits
    weights = [p for p in net.parameters() if p.requires_grad]
    adam = torch.optim.Adam(weights, lr=common.LEARNING_RATE, eps=common.EPSILON, fused=True)
    forward = lambda xs, y: loss(net(*xs), y)
    if compiled:
        forward = torch.compile(forward)

    def step(xs, y):
        adam.zero_grad()
        value = forward(xs, y)
        value.backward()
        adam.step()
        return value.item()
    return step


def one_step():
    step, (xs, y) = stepper(), tensors(args.batch)
    return lambda: step(xs, y)


def loop():
    step, (xs, y) = stepper(), tensors(args.samples)

    def run():
        order = torch.randperm(args.samples)
        for i in range(args.samples // args.batch):
            rows = order[i * args.batch:(i + 1) * args.batch]
            step([x[rows] for x in xs], y[rows])
    return run


def call(batch, traced=False):
    """NumPy in, NumPy out."""
    xs, _ = common.data(name, batch)
    net = models.Predict(models.build(name), args.classes).eval()
    for p in net.parameters():
        p.requires_grad_(False)
    inputs = lambda: [torch.from_numpy(x) for x in xs]
    if traced:
        with torch.inference_mode():
            net = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, tuple(inputs()))))
    if compiled:
        net = torch.compile(net, options={"freezing": True})

    def run():
        with torch.no_grad() if compiled else torch.inference_mode():
            net(*inputs()).numpy()
    return run


def report(mode, way, run, steps=1):
    params = models.params(models.build(name))
    common.report(args, peer, f"torch {torch.__version__}", mode, way, params, run, steps)


for mode in args.modes:
    if mode == "train":
        report(mode, "step", one_step)
    elif mode == "fit":
        report(mode, "loop", loop, args.samples // args.batch)
    else:
        batch = 1 if mode == "predict1" else args.batch
        report(mode, "call", lambda: call(batch))
        if not compiled and name != "bilstm":
            report(mode, "traced", lambda: call(batch, traced=True))
