"""PyTorch's DistributedDataParallel on gloo: the milliseconds of a step on N processes of this machine.

    python torch_ddp.py --workload lstmbig --processes 2 --seconds 10

Each process has a batch of the workload's size and one thread.
"""
import argparse
import json
import os
import socket
import time

import common


def run(rank, args, port):
    import torch
    import torch.distributed as dist
    import torch.nn.functional as F
    from torch.nn.parallel import DistributedDataParallel

    import torch_models as models

    torch.set_num_threads(1)
    torch.manual_seed(1)
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    dist.init_process_group("gloo", rank=rank, world_size=args.processes)
    net = models.build(args.workload)
    if args.processes > 1:
        net = DistributedDataParallel(net)
    classes = common.has_classes(args.workload)
    loss = F.cross_entropy if classes else F.binary_cross_entropy_with_logits
    weights = [p for p in net.parameters() if p.requires_grad]
    adam = torch.optim.Adam(weights, lr=common.LEARNING_RATE, eps=common.EPSILON, fused=True)
    xs, y = common.data(args.workload, args.batch)
    xs, y = [torch.from_numpy(x) for x in xs], torch.from_numpy(y)

    def step():
        adam.zero_grad()
        value = loss(net(*xs), y)
        value.backward()
        adam.step()
        return value.item()

    step()
    least, rounds, began = float("inf"), 0, time.perf_counter()
    on = torch.ones(1)
    while on.item() > 0:
        dist.barrier()
        start = time.perf_counter()
        for _ in range(args.steps):
            step()
        least = min(least, (time.perf_counter() - start) * 1e3 / args.steps)
        rounds += 1
        on[0] = float(rounds < 4 or time.perf_counter() - began < args.seconds)
        dist.broadcast(on, 0)
    if rank == 0:
        print(json.dumps({"peer": "torch-ddp", "version": torch.__version__, "workload": args.workload,
                          "processes": args.processes, "batch": args.batch, "rounds": rounds, "step_ms": least}))
    dist.destroy_process_group()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--workload", required=True, choices=list(common.WORKLOADS))
    p.add_argument("--processes", type=int, required=True)
    p.add_argument("--batch", type=int, default=0)
    p.add_argument("--seconds", type=float, default=10)
    p.add_argument("--steps", type=int, default=1, help="timed together")
    args = p.parse_args()
    args.batch = args.batch or (64 if args.workload == "lstmbig" else 32)
    import torch.multiprocessing as mp
    mp.spawn(run, (args, free_port()), nprocs=args.processes)
