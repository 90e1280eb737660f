"""The statistical searcher of the Python package `learnware`, as installed, over specifications that are handed over."""

import os
import sys
import time
import types

import numpy as np
import torch


class Stub:
    """A learnware as the searcher sees it: an id and a specification."""

    def __init__(self, number, rkme):
        self.id = str(number)
        self.specification = self
        self.stat_spec = {"RKMETableSpecification": rkme}

    def get_stat_spec_by_name(self, name):
        return self.stat_spec[name]


def searcher(bare, root):
    """Loads market/easy/searcher.py alone; what it does not use for a statistical search is left empty."""
    from learnware.specification.regular.table import rkme

    specification = sys.modules["learnware.specification"]
    specification.RKMETableSpecification = rkme.RKMETableSpecification
    specification.rkme_solve_qp = rkme.rkme_solve_qp
    specification.RKMEImageSpecification = specification.RKMETextSpecification = None
    bare("learnware.learnware", os.path.join(root, "learnware"))
    sys.modules["learnware.learnware"].Learnware = Stub
    sys.modules["learnware.learnware"].get_learnware_from_dirpath = None
    bare("learnware.market", os.path.join(root, "market"))
    bare("learnware.market.easy", os.path.join(root, "market", "easy"))
    sys.modules["rapidfuzz"] = types.ModuleType("rapidfuzz")
    sys.modules["rapidfuzz"].fuzz = None
    from learnware.market.easy.searcher import EasyStatSearcher

    made = EasyStatSearcher(None)
    made.stat_spec_type = "RKMETableSpecification"
    return made


def rkme_of(make, z, beta, gamma):
    made = make(gamma=gamma, cuda_idx=-1)
    made.z, made.beta, made.num_points = torch.from_numpy(z), torch.from_numpy(beta), len(z)
    return made


def held(make, file, n, d, gamma):
    """Specifications from a file of f64: for each its n × d points, then its n weights."""
    every = np.fromfile(file, dtype=np.float64).reshape(-1, n * (d + 1))
    return [Stub(i, rkme_of(make, row[: n * d].reshape(n, d).copy(), row[n * d :].copy(), gamma)) for i, row in enumerate(every)]


def single(search, learnwares, user):
    started = time.perf_counter()
    distances, found = search._search_by_rkme_spec_single(learnwares, user)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "ids": [int(one.id) for one in found[:10]], "squares": distances[:10]}


def greedy(search, learnwares, user):
    """Its whole search: singles, then a mixture among the 25 nearest."""
    started = time.perf_counter()
    _, found = search._search_by_rkme_spec_single(learnwares, user)
    square, weights, members = search._search_by_rkme_spec_mixture_greedy(found[:25], user, 5)
    return {"seconds": time.perf_counter() - started, "square": float(square), "members": len(members)}


def mixture(search, learnwares, user):
    """Its quadratic program over all."""
    started = time.perf_counter()
    _, square = search._calculate_rkme_spec_mixture_weight(learnwares, user)
    return {"seconds": time.perf_counter() - started, "square": float(square)}
