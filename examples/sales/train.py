"""Trains one model for every shop of the three markets and writes them as ONNX beside a catalogue.

    LEARNWARE_DATA=... python examples/sales/train.py

Needs Node (the features come from features.js) and the packages of requirements.txt. Only rows before the test months
are used. The grids end at weak regularisation: users average several models, which smooths more than shrinking each.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import lightgbm
import numpy as np
import torch
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from onnx_file import export, run, tidy

HOLDOUT = 0.2
LARGEST_DIFFERENCE = 1e-3


class Network(torch.nn.Module):
    """Two hidden layers over columns standardised inside the network and clipped to +-4."""

    def __init__(self, scaler):
        super().__init__()
        self.register_buffer("centre", torch.tensor(scaler.mean_, dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(scaler.scale_, dtype=torch.float32))
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(len(scaler.mean_), 24), torch.nn.SiLU(), torch.nn.Dropout(0.1),
            torch.nn.Linear(24, 12), torch.nn.SiLU(), torch.nn.Linear(12, 1),
        )

    def forward(self, input):
        return 1 + self.layers(torch.clamp((input - self.centre) / self.scale, -4, 4))


class NetworkRegressor:
    def __init__(self, decay, scaler, epochs=250):
        self.decay, self.scaler, self.epochs = decay, scaler, epochs

    def fit(self, X, y):
        torch.manual_seed(0)
        self.network = Network(self.scaler)
        optimiser = torch.optim.AdamW(self.network.parameters(), lr=0.01, weight_decay=self.decay)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, self.epochs)
        rows, target = torch.tensor(X), torch.tensor(y)[:, None]
        for _ in range(self.epochs):
            optimiser.zero_grad()
            torch.nn.functional.mse_loss(self.network(rows), target).backward()
            optimiser.step()
            schedule.step()
        self.network.eval()
        return self

    def predict(self, X):
        with torch.no_grad():
            return self.network(torch.tensor(X)).numpy()[:, 0]


class Scaled:
    """A scikit-learn model after a scaler that is not fitted to its rows."""

    def __init__(self, model, scaler):
        self.model, self.scaler = model, scaler

    def fit(self, X, y):
        self.model.fit(self.scaler.transform(X), y)
        self.pipeline = make_pipeline(self.scaler, self.model)
        return self

    def predict(self, X):
        return self.pipeline.predict(X)


def ridge(alpha, scaler):
    return Scaled(Ridge(alpha=alpha), scaler)


def boosted(leaf, _scaler):
    return lightgbm.LGBMRegressor(
        n_estimators=100, learning_rate=0.05, num_leaves=12, min_child_samples=leaf, subsample=0.7, subsample_freq=1,
        colsample_bytree=0.5, reg_lambda=5, random_state=0, n_jobs=1, deterministic=True, verbose=-1,
    )


def forest(leaf, _scaler):
    return RandomForestRegressor(
        n_estimators=30, max_depth=7, min_samples_leaf=leaf, max_features=0.4, random_state=0, n_jobs=1)


def support(cost, scaler):
    return Scaled(SVR(C=cost, gamma=0.015, epsilon=0.08), scaler)


KINDS = {
    "ridge": (ridge, [3, 1, 0.3]),
    "boosted": (boosted, [10, 5]),
    "forest": (forest, [4, 2]),
    "mlp": (NetworkRegressor, [0.05, 0.01]),
    "support": (support, [2, 6]),
}


def fit(kind, X, y, scaler):
    """The model fitted to all rows, with its squared error on the last fifth when fitted to the rows before."""
    make, grid = KINDS[kind]
    cut = len(y) - round(HOLDOUT * len(y))
    losses = [np.mean((make(value, scaler).fit(X[:cut], y[:cut]).predict(X[cut:]) - y[cut:]) ** 2) for value in grid]
    chosen = int(np.argmin(losses))
    claim = {"value": round(float(losses[chosen]), 6), "n": len(y) - cut, "method": "holdout"}
    return make(grid[chosen], scaler).fit(X, y), claim


def exportable(model):
    if isinstance(model, NetworkRegressor):
        return model.network
    return model.pipeline if isinstance(model, Scaled) else model


def public_scale(features, train, stores):
    """Centre and scale from the means and variances that the founding shops publish."""
    means = np.array([train[s][0].mean(axis=0, dtype=np.float64) for s in stores])
    within = np.array([train[s][0].var(axis=0, dtype=np.float64) for s in stores])
    centre, scale = means.mean(axis=0), np.sqrt(within.mean(axis=0) + means.var(axis=0))
    return [
        {**feature, "centre": float(f"{c:.6g}"), "scale": float(f"{s:.6g}")}
        for feature, c, s in zip(features, centre, scale, strict=True)
    ]


def scaler_of(features):
    """A StandardScaler with the island's centre and scale, not those of one shop."""
    centre, scale = (np.array([feature[key] for feature in features]) for key in ("centre", "scale"))
    return StandardScaler().fit(np.stack([centre - scale, centre + scale]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=HERE / "models", help="folder of the models, not under git")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["node", HERE / "prepare.js", folder], check=True)
        index = json.loads((Path(folder) / "index.json").read_text())
        columns = len(index["features"])
        train, test = {}, {}
        for store, table in index["tables"].items():
            rows = np.fromfile(Path(folder) / f"{store}.f32", "<f4").reshape(-1, columns + 1)
            X, y = np.ascontiguousarray(rows[:, :-1]), rows[:, -1]
            train[store], test[store] = (X[: table["test"]], y[: table["test"]]), (X[table["test"] :], y[table["test"] :])

    features = public_scale(index["features"], train, index["choices"][0])
    scaler = scaler_of(features)
    kinds = list(KINDS)
    choices, figures, total = [], {kind: [] for kind in kinds}, 0
    for c, stores in enumerate(index["choices"]):
        (arguments.out / str(c)).mkdir(parents=True, exist_ok=True)
        entries = []
        for i, store in enumerate(stores):
            kind = kinds[i % len(kinds)]
            X, y = train[store]
            model, claim = fit(kind, X, y, scaler)
            graph = export(exportable(model), columns)
            model_bytes = tidy(graph, columns, 1).SerializeToString(deterministic=True)
            unseen, truth = test[store]
            predicted = run(model_bytes, unseen)
            difference = float(np.abs(predicted[:, 0] - model.predict(unseen)).max())
            assert predicted.shape == (len(truth), 1) and difference < LARGEST_DIFFERENCE, (store, kind, difference)
            figures[kind].append((np.mean((predicted[:, 0] - truth) ** 2), np.mean((1 - truth) ** 2), difference, len(model_bytes)))
            total += len(model_bytes)
            name = f"{c}/{store}.onnx"
            (arguments.out / name).write_bytes(model_bytes)
            entries.append({
                "store": store, "file": name, "kind": kind, "sha256": hashlib.sha256(model_bytes).hexdigest(),
                "trainRows": len(y), "claim": claim,
            })
        choices.append(entries)
        print(f"choice {c}: {len(entries)} models", flush=True)

    catalogue = {"features": features, "choices": choices, "users": index["users"]}
    (HERE / "catalogue.json").write_text(json.dumps(catalogue, indent=1) + "\n")

    print("kind     models  test MSE  of constant 1  ONNX differs by  mean bytes")
    for kind, rows in figures.items():
        mse, constant, difference, size = np.array(rows).T
        print(f"{kind:8} {len(rows):6} {mse.mean():9.5f} {constant.mean():14.5f} {difference.max():16.1e} {size.mean():11.0f}")
    print(f"{total} bytes")


if __name__ == "__main__":
    main()
