"""Draws what `compare` measured.

    python chart.py compare results.jsonl FOLDER      compare-T.svg: ours over theirs, a panel for each mode
    python chart.py scaling scaling.jsonl FOLDER      scaling.svg: cost of a step at growing sizes
"""
import collections
import json
import math
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "compare", "font.size": 9, "svg.fonttype": "none", "savefig.facecolor": "white",
                            "axes.spines.top": False, "axes.spines.right": False})
import matplotlib.pyplot as plt

from common import MODES, WORKLOADS

TITLES = {"train": "a training step", "fit": "fit", "predict1": "one sample", "predict": "a batch"}


def best(rows):
    least = {}
    for r in rows:
        if "failed" not in r:
            key = r["threads"], r["mode"], r["workload"], r["peer"]
            us = r["cpu_us"] if r["threads"] == 1 else r["wall_us"]
            least[key] = min(us, least.get(key, math.inf))
    return least


def compare(rows, folder):
    least = best(rows)
    names = sorted({k[3] for k in least} - {"ours", "floor"})
    colours = {name: plt.get_cmap("Paired")(i % 12) for i, name in enumerate(names)}
    colours["floor"] = "black"
    for threads in sorted({k[0] for k in least}):
        workloads = [w for w in WORKLOADS if any(k[0] == threads and k[2] == w and k[3] == "ours" for k in least)]
        modes = [m for m in MODES if any(k[:2] == (threads, m) and k[3] == "ours" for k in least)]
        figure, axes = plt.subplots(len(modes), 1, figsize=(9, 1 + 2.3 * len(modes)), sharex=True, squeeze=False)
        axes = axes[:, 0]
        for axis, mode in zip(axes, modes):
            for x, workload in enumerate(workloads):
                ours = least.get((threads, mode, workload, "ours"))
                for name in [*names, "floor"]:
                    theirs = least.get((threads, mode, workload, name))
                    if ours and theirs:
                        mark = dict(marker="_", s=160) if name == "floor" else dict(marker="o", s=22)
                        axis.scatter([x], [ours / theirs], color=[colours[name]], zorder=3, **mark)
            axis.axhline(1, color="grey", linewidth=1)
            axis.set_yscale("log")
            axis.yaxis.set_major_formatter("{x:g}")
            axis.set_ylabel(f"{TITLES[mode]}\nours / theirs")
            axis.grid(axis="y", alpha=0.3)
        axes[-1].set_xticks(range(len(workloads)), workloads)
        handles = [plt.Line2D([], [], color=colours[n], linestyle="", label=n,
                              marker="_" if n == "floor" else "o") for n in [*names, "floor"]]
        figure.legend(handles=handles, loc="upper center", ncols=6, frameon=False)
        what = "CPU time" if threads == 1 else "time"
        plural = "" if threads == 1 else "s"
        figure.text(0.5, 0.005, f"{threads} thread{plural}: {what} of ours over each peer's; below the line, "
                    "this project is faster", ha="center")
        figure.tight_layout(rect=(0, 0.03, 1, 0.99 - 0.16 / len(modes)))
        figure.savefig(pathlib.Path(folder) / f"compare-{threads}.svg", metadata={"Date": None})


def scaling(rows, folder):
    series = collections.defaultdict(dict)
    for r in rows:
        series[r["axis"]].setdefault(r["workload"], []).append((r["size"], r["cpu_us"]))
    figure, axes = plt.subplots(1, len(series), figsize=(9, 3.2))
    for axis, (what, lines) in zip(axes, series.items()):
        for name, points in lines.items():
            points.sort()
            sizes, costs = zip(*points)
            axis.plot(sizes, costs, marker="o", label=name)
            power = 2 if what == "width" else 1
            end = [costs[-1] * (s / sizes[-1]) ** power for s in sizes]
            axis.plot(sizes, end, color="grey", linestyle=":", linewidth=1)
        axis.set(xscale="log", yscale="log", xlabel=what)
        ticks = sorted({size for points in lines.values() for size, _ in points})[::2]
        axis.set_xticks(ticks, [str(size) for size in ticks])
        axis.minorticks_off()
        axis.legend(frameon=False)
    axes[0].set_ylabel("CPU microseconds a training step")
    figure.tight_layout()
    figure.savefig(pathlib.Path(folder) / "scaling.svg", metadata={"Date": None})


rows = [json.loads(line) for line in open(sys.argv[2])]
{"compare": compare, "scaling": scaling}[sys.argv[1]](rows, sys.argv[3])
