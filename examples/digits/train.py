"""Trains 50 classifiers, each on an unbalanced four of the ten UCI digits, and writes them as ONNX beside a catalogue.

    python examples/digits/train.py

Needs Node (the tasks come from tasks.js) and the packages of requirements.txt. Every model outputs ten probabilities in
the order of the digits, 0 for those it has not seen; its own classes stand in the metadata under "classes".
"""

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import lightgbm
import numpy as np
import onnx
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from onnx_file import export, run, tidy

HOLDOUT = 0.2
LARGEST_DIFFERENCE = 1e-4
# Known of any such image before any is seen: values go from 0 to 16, and about a third of the paper is inked.
PIXEL = {"kind": "numeric", "unit": "ink", "range": [0, 16], "centre": 5, "scale": 6}


class Network(torch.nn.Module):
    def __init__(self, columns, classes):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(columns, 24), torch.nn.ReLU(), torch.nn.Linear(24, classes), torch.nn.Softmax(dim=1))

    def forward(self, input):
        return self.layers(input / 16)


class NetworkClassifier:
    def fit(self, X, y):
        torch.manual_seed(0)
        self.network = Network(X.shape[1], y.max() + 1)
        optimiser = torch.optim.AdamW(self.network.parameters(), lr=0.02, weight_decay=0.3)
        rows, target = torch.tensor(X), torch.tensor(y)
        for _ in range(150):
            optimiser.zero_grad()
            torch.nn.functional.nll_loss(torch.log(self.network(rows) + 1e-9), target).backward()
            optimiser.step()
        self.network.eval()
        return self

    def predict_proba(self, X):
        with torch.no_grad():
            return self.network(torch.tensor(X)).numpy()


KINDS = {
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)),
    "boosted": lambda: lightgbm.LGBMClassifier(
        n_estimators=25, learning_rate=0.15, num_leaves=6, min_child_samples=5, subsample=0.8, subsample_freq=1,
        colsample_bytree=0.3, random_state=0, n_jobs=1, deterministic=True, verbose=-1),
    "forest": lambda: RandomForestClassifier(n_estimators=40, max_depth=6, min_samples_leaf=2, random_state=0, n_jobs=1),
    "mlp": NetworkClassifier,
}


def over_all_classes(model, own, classes):
    """The model with its probabilities put into the columns of all classes."""
    graph = model.graph
    inner = graph.output[-1].name
    place = np.zeros((len(own), len(classes)), np.float32)
    place[np.arange(len(own)), [classes.index(name) for name in own]] = 1
    graph.initializer.append(onnx.numpy_helper.from_array(place, "place"))
    graph.node.append(onnx.helper.make_node("MatMul", [inner, "place"], ["all_classes"]))
    return "all_classes"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=HERE / "models", help="folder of the models, not under git")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    prepared = subprocess.run(["node", HERE / "prepare.js"], check=True, capture_output=True, text=True).stdout
    tasks = json.loads(prepared)
    columns, classes = tasks["columns"], tasks["classes"]
    digits = np.loadtxt(HERE / "digits.csv", delimiter=",", skiprows=1, dtype=np.float32)
    pixels, labels = np.ascontiguousarray(digits[:, :-1]), digits[:, -1].astype(int).astype(str)
    arguments.out.mkdir(parents=True, exist_ok=True)

    kinds = list(KINDS)
    entries, figures = [], {kind: [] for kind in kinds}
    for i, task in enumerate(tasks["developers"]):
        kind, own, rows = kinds[i % len(kinds)], task["classes"], np.array(task["rows"])
        X, y = pixels[rows], np.array([own.index(name) for name in labels[rows]])
        cut = len(y) - round(HOLDOUT * len(y))
        guessed = KINDS[kind]().fit(X[:cut], y[:cut]).predict_proba(X[cut:]).argmax(axis=1)
        claim = {"value": round(float(np.mean(guessed != y[cut:])), 6), "n": len(y) - cut, "method": "holdout"}

        model = KINDS[kind]().fit(X, y)
        graph = export(getattr(model, "network", model), len(columns), {"zipmap": False})
        output = over_all_classes(graph, own, classes)
        graph = tidy(graph, len(columns), len(classes), output)
        onnx.helper.set_model_props(graph, {"classes": json.dumps(own)})
        model_bytes = graph.SerializeToString(deterministic=True)

        predicted = run(model_bytes, pixels)
        expected = np.zeros_like(predicted)
        expected[:, [classes.index(name) for name in own]] = model.predict_proba(pixels)
        difference = float(np.abs(predicted - expected).max())
        assert predicted.shape == (len(pixels), len(classes)) and difference < LARGEST_DIFFERENCE, (i, kind, difference)
        figures[kind].append((claim["value"], difference, len(model_bytes)))
        name = f"{i:02}.onnx"
        (arguments.out / name).write_bytes(model_bytes)
        entries.append({
            "file": name, "kind": kind, "classes": own, "sha256": hashlib.sha256(model_bytes).hexdigest(),
            "trainRows": len(y), "claim": claim,
        })

    features = [
        {"name": name, "concept": f"ink of the pixel in row {p // 8 + 1}, column {p % 8 + 1}", **PIXEL}
        for p, name in enumerate(columns)
    ]
    catalogue = {"features": features, "classes": classes, "models": entries}
    (HERE / "catalogue.json").write_text(json.dumps(catalogue, indent=1) + "\n")

    print("kind      models  holdout error  ONNX differs by  mean bytes")
    for kind, rows in figures.items():
        error, difference, size = np.array(rows).T
        print(f"{kind:9} {len(rows):6} {error.mean():14.4f} {difference.max():16.1e} {size.mean():11.0f}")
    print(f"{sum(size for rows in figures.values() for *_, size in rows)} bytes")


if __name__ == "__main__":
    main()
