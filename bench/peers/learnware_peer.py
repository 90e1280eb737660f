"""Runs RKMETableSpecification of the Python package `learnware`, one thread; one JSON request a line, one answer a line.

Its module is loaded as it was installed, but without the package's `__init__` files, which also load its language models.
"""

import importlib.metadata
import json
import os
import sys
import time
import types

home = os.path.join(os.path.dirname(sys.executable), os.pardir, "home")
os.makedirs(home, exist_ok=True)
os.environ["HOME"] = home
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import numpy as np
import torch

torch.set_num_threads(1)


def bare(name, folder):
    module = types.ModuleType(name)
    module.__path__ = [folder]
    sys.modules[name] = module


root = str(importlib.metadata.distribution("learnware").locate_file("learnware"))
bare("learnware", root)
for part in ["specification", "specification/regular", "specification/regular/table"]:
    bare("learnware." + part.replace("/", "."), os.path.join(root, part))
from learnware.specification.regular.table.rkme import RKMETableSpecification


def reduction(X, n, gamma, seed):
    torch.manual_seed(seed)
    np.random.seed(seed)
    started = time.perf_counter()
    made = RKMETableSpecification(gamma=gamma, cuda_idx=-1)
    made.generate_stat_spec_from_data(X, K=n)
    return time.perf_counter() - started, made


def gradient(z, beta, X, gamma):
    """What the package subtracts from z, for a step of 1."""
    made = RKMETableSpecification(gamma=gamma, cuda_idx=-1)
    made.z, made.beta, made.num_points = torch.from_numpy(z), torch.from_numpy(beta), len(X)
    made._update_z(None, X, 1.0)
    return z - made.get_z()


print(json.dumps({"learnware": importlib.metadata.version("learnware"), "torch": torch.__version__}), file=answers, flush=True)
searching = None
for line in sys.stdin:
    ask = json.loads(line)
    d = ask["d"]
    if ask["do"] == "hold":
        if searching is None:
            import learnware_search as searching
            search = searching.searcher(bare, root)
        learnwares = searching.held(RKMETableSpecification, ask["file"], ask["n"], d, ask["gamma"])
        answer = {"held": len(learnwares)}
    elif ask["do"] in ("single", "greedy", "mixture"):
        user = searching.held(RKMETableSpecification, ask["file"], ask["n"], d, ask["gamma"])[0]
        answer = getattr(searching, ask["do"])(search, learnwares[: ask["count"]], user.stat_spec["RKMETableSpecification"])
    elif ask["do"] == "reduce":
        X = np.fromfile(ask["rows"], dtype=np.float32).reshape(-1, d)
        seconds, made = reduction(X, ask["n"], ask["gamma"], ask["seed"])
        answer = {"seconds": seconds, "z": made.get_z().reshape(-1).tolist(), "beta": made.get_beta().tolist()}
    else:
        X = np.fromfile(ask["rows"], dtype=np.float32).reshape(-1, d)
        z = np.array(ask["z"]).reshape(-1, d)
        answer = {"gradient": gradient(z, np.array(ask["beta"]), X.astype(np.float64), ask["gamma"]).reshape(-1).tolist()}
    print(json.dumps(answer), file=answers, flush=True)
