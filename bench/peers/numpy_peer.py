"""Gaussian Gram matrices by numpy, one thread; one JSON request a line, one answer a line."""

import json
import sys
import time

import numpy as np


def gram(X, Z, gamma, out=None):
    K = np.matmul(X, Z.T, out=out)
    K *= 2 * gamma
    K -= gamma * np.einsum("ij,ij->i", X, X)[:, None]
    K -= gamma * np.einsum("ij,ij->i", Z, Z)
    np.minimum(K, 0, out=K)
    return np.exp(K, out=K)


blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
print(json.dumps({"numpy": np.__version__, "blas": f"{blas['name']} {blas['version']}"}), flush=True)
kept = {}
for line in sys.stdin:
    ask = json.loads(line)
    name = ask["name"]
    if ask["do"] == "hold":
        kept[name] = [np.fromfile(file, dtype=np.float32).reshape(-1, ask["d"]) for file in (ask["X"], ask["Z"])]
        answer = {"probe": gram(*kept[name], ask["gamma"])[:: ask["stride"], 0].astype(float).tolist()}
    else:
        samples = []
        X, Z = kept[name]
        out = np.empty((len(X), len(Z)), dtype=np.float32) if ask.get("held") else None
        until = time.perf_counter() + ask["seconds"]
        while time.perf_counter() < until or len(samples) < 3:
            started = time.perf_counter()
            gram(X, Z, ask["gamma"], out)
            samples.append(time.perf_counter() - started)
        answer = {"samples": samples}
    print(json.dumps(answer), flush=True)
