"""Attributions of the Python package shap for a real forest, which the harness must give too.

    pip install shap numpy
    python shap_figures.py ../../../../target/andon/model.json ../../../../data/loans.csv > shap.json

The first trees of the model, some rows, and shap's values of them: path-dependent, and interventional against other rows.
"""

import csv
import json
import sys

import numpy as np
import shap

TREES, ROWS, BACKGROUND = 8, 24, 16

model = json.load(open(sys.argv[1]))
names = [feature["name"] for feature in model["features"]]
table = [[float(row[name]) for name in names] for row in csv.DictReader(open(sys.argv[2]))]
rows, background = table[:: len(table) // ROWS][:ROWS], table[5 :: len(table) // BACKGROUND][:BACKGROUND]

whole = model["forest"]
end = whole["roots"][TREES]
forest = {key: whole[key][:end] for key in ("feature", "threshold", "left", "value", "rows")}
forest |= {"columns": whole["columns"], "roots": whole["roots"][:TREES]}


def tree(first, last):
    """Our trees go left below the threshold, shap's up to it."""
    part = {key: np.array(forest[key][first:last]) for key in ("feature", "threshold", "left", "value", "rows")}
    leaf = part["left"] == 0
    left = np.where(leaf, -1, part["left"] - first)
    return {
        "children_left": left,
        "children_right": np.where(leaf, -1, left + 1),
        "children_default": left,
        "features": np.where(leaf, -1, part["feature"]),
        "thresholds": np.nextafter(part["threshold"], -np.inf),
        "values": part["value"].reshape(-1, 1) / TREES,
        "node_sample_weight": part["rows"].astype(float),
    }


def values(explainer):
    found = np.array(explainer.shap_values(np.array(rows), check_additivity=False))
    return found.reshape(len(rows), len(names)).tolist()


ends = forest["roots"][1:] + [end]
trees = {"trees": [tree(first, last) for first, last in zip(forest["roots"], ends)]}
path = shap.TreeExplainer(trees, feature_perturbation="tree_path_dependent")
other = shap.TreeExplainer(trees, np.array(background), feature_perturbation="interventional")
json.dump(
    {
        "versions": {"shap": shap.__version__, "numpy": np.__version__},
        "forest": forest,
        "rows": rows,
        "background": background,
        "path_dependent": {
            "base": float(np.ravel(path.expected_value)[0]),
            "moved": values(path),
        },
        "interventional": {
            "base": float(np.ravel(other.expected_value)[0]),
            "moved": values(other),
        },
    },
    sys.stdout,
)
