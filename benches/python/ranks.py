"""A step on 1, 2 and 4 processes of this machine: keras-mpi beside PyTorch's DistributedDataParallel on gloo.

    cargo build --release --manifest-path keras-mpi/Cargo.toml --example steps
    python benches/python/ranks.py --steps target/release/examples/steps --rounds 5

The two take turns, and of each the least of all rounds counts: others use the machine too.
"""
import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
p = argparse.ArgumentParser()
p.add_argument("--steps", required=True, help="the example `steps` of keras-mpi")
p.add_argument("--torch", default=sys.executable, help="a Python that has PyTorch")
p.add_argument("--workloads", default="lstmbig,convbig")
p.add_argument("--processes", default="1,2,4")
p.add_argument("--rounds", type=int, default=5)
p.add_argument("--seconds", default="6")
p.add_argument("--batch", default="0", help="of each process; 0 is that of the workload")
args = p.parse_args()
env = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
mpi = ["mpirun", "--oversubscribe", "--bind-to", "none"] + (["--allow-run-as-root"] if os.getuid() == 0 else [])


def run(command):
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        sys.exit(f"{command}: {done.stderr[-2000:]}")
    return json.loads(lines[-1])


best = {}
for _ in range(args.rounds):
    for workload in args.workloads.split(","):
        for n in args.processes.split(","):
            # With more processes than cores one step may begin when the others are half through theirs.
            more = ["--steps", "1" if int(n) <= os.cpu_count() else "4"]
            more += [] if args.batch == "0" else ["--batch", args.batch]
            ours = run([*mpi, "-n", n, args.steps, workload, "--seconds", args.seconds, *more])
            theirs = run([args.torch, f"{HERE}/torch_ddp.py", "--workload", workload, "--processes", n,
                          "--seconds", args.seconds, *more])
            for found in (ours, theirs):
                print(json.dumps(found), flush=True)
                row = best.setdefault((workload, n), {})
                for key in ("step_ms", "alone_ms", "copy_ms"):
                    if key in found:
                        at = (found["peer"], key)
                        row[at] = min(row.get(at, float("inf")), found[key])

print(f"{'workload':10} {'processes':>9} {'step':>9} {'alone':>9} {'copy':>7} {'added':>7} {'DDP':>9} {'ratio':>6}")
for (workload, n), row in best.items():
    step, alone, copy = (row["keras", key] for key in ("step_ms", "alone_ms", "copy_ms"))
    ddp = row["torch-ddp", "step_ms"]
    print(f"{workload:10} {n:>9} {step:9.2f} {alone:9.2f} {copy:7.2f} {(step - alone - copy) / alone:7.1%} "
          f"{ddp:9.2f} {ddp / step:6.2f}")
