"""Trains small models with each library, and stores their files, their predictions and their Shapley values.

pip install xgboost-cpu lightgbm catboost scikit-learn skl2onnx onnx onnxruntime shap pandas
python crates/andon-import/tests/oracle/make.py     # in the root of the repository
"""
import json
import os
import random

import catboost
import lightgbm
import numpy as np
import onnx
import onnx.helper
import pandas as pd
import shap
import sklearn
import skl2onnx
import xgboost
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS, EXPLAINED = 400, 30

# skl2onnx 1.20 hands truths to onnx, which takes whole numbers only.
make_attribute = onnx.helper.make_attribute


def whole(key, value, *rest, **more):
    if isinstance(value, list) and value and isinstance(value[0], (bool, np.bool_, np.integer)):
        value = [int(one) for one in value]
    return make_attribute(key, value, *rest, **more)


onnx.helper.make_attribute = whole


def table(file, label, leave_out):
    """The rows as codes, a blank in twenty; categories get their codes in the order of first occurrence."""
    frame = pd.read_csv(file).head(ROWS)
    y = frame[label].to_numpy()
    frame = frame.drop(columns=[label] + leave_out)
    levels = {}
    for name in frame:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            levels[name] = list(frame[name].unique())
            frame[name] = frame[name].map(levels[name].index)
    frame = frame.astype(float)
    blanks = np.random.default_rng(7).random(frame.shape) < 0.05
    return frame.mask(blanks), y, levels


def store(name, data):
    with open(os.path.join(HERE, name), "w") as file:
        json.dump(data, file, separators=(",", ":"))
        file.write("\n")


def plain(rows):
    return [[None if value != value else (int(value) if value == int(value) and abs(value) < 1e15 else value) for value in row] for row in rows]


def around(threshold):
    """A threshold and its neighbours, as f64 and as f32."""
    single = np.float32(threshold)
    double = [np.nextafter(threshold, -np.inf), threshold, np.nextafter(threshold, np.inf)]
    return double + [float(np.nextafter(single, np.float32(-np.inf))), float(single), float(np.nextafter(single, np.float32(np.inf)))]


def oracle(name, data, library, version, thresholds, predict, contributions, categories=False, fill=None):
    """`thresholds` are pairs of column and number; a row of the data stands on each, and beside it, and is blank."""
    X, _, _ = TABLES[data]
    X = X if fill is None else X.fillna(fill)
    changed, rows, seen = [], [], set()
    for column, threshold in thresholds:
        for value in around(threshold) + ([] if fill is not None else [float("nan")]):
            if (column, str(value)) not in seen and not abs(value) > 3e38:
                seen.add((column, str(value)))
                row = (7 * len(changed)) % len(X)
                rows.append(X.iloc[row].to_numpy().copy())
                rows[-1][column] = value
                changed.append([row, column, value])
    # Not all of a large model, but of every kind.
    keep = sorted(random.Random(1).sample(range(len(rows)), min(len(rows), 600)))
    changed, rows = [changed[at] for at in keep], [rows[at] for at in keep]
    frame = pd.concat([X, pd.DataFrame(rows, columns=X.columns)], ignore_index=True)
    shapley = contributions(X.head(EXPLAINED)) if contributions else []
    store(f"{name}.json", {
        "library": library, "version": version, "data": data, "categories": categories, "fill": fill,
        "changed": [[row, column, None if value != value else value] for row, column, value in changed],
        "probability": [float(p) for p in predict(frame)],
        "contributions": [[round(float(value), 9) for value in row] for row in shapley],
    })


TABLES = {
    "loans": table("data/loans.csv", "approved", ["application_id", "sex", "race", "age_group"]),
    "german": table("examples/german-credit/data/german-credit.csv", "good_risk", ["row_number"]),
}
for data, (X, y, levels) in TABLES.items():
    features = [{"name": name, "levels": levels.get(name, [])} for name in X]
    store(f"{data}.json", {"features": features, "rows": plain(X.to_numpy())})


def named(X, levels):
    """Categories by name, in another order than that of their codes."""
    X = X.copy()
    for name, of_column in levels.items():
        words = X[name].map(lambda code: None if code != code or not 0 <= code < len(of_column) else of_column[int(code)])
        X[name] = pd.Categorical(words, categories=sorted(of_column))
    return X


def write(name, content):
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(content)


def numbers(X, levels):
    return {at for at, name in enumerate(X) if name not in levels}


def scorecard(data, X, y, levels):
    """A logistic regression on bins and categories, as a table of points: CSV for one data set, TOML for the other."""
    ends = {name: sorted({float(end) for end in X[name].quantile([0.2, 0.4, 0.6, 0.8])}) for name in X if name not in levels}

    def places(name, values):
        """The bin of each value; the last one is that of a blank."""
        bins = len(levels[name]) if name in levels else len(ends[name]) + 1
        place = values if name in levels else np.searchsorted(ends[name], values, side="right")
        return np.where(np.isnan(values), bins, place).astype(int), bins + 1

    def hot(rows):
        return np.hstack([np.eye(count)[place] for place, count in (places(name, rows[name].to_numpy(float)) for name in X)])

    model = LogisticRegression(max_iter=2000).fit(hot(X), y)
    points, at = {}, 0
    for name in X:
        count = places(name, X[name].to_numpy(float))[1]
        points[name], at = [float(one) for one in model.coef_[0][at:at + count]], at + count
    base, lines = float(model.intercept_[0]), []
    if data == "loans":
        lines = ["feature,from,to,points", f"*,,,{base!r}"]
        for name in X:
            edges = [""] + [repr(end) for end in ends.get(name, [])] + [""]
            pairs = [(level, "") for level in levels[name]] + [("", "")] if name in levels else list(zip(edges, edges[1:]))
            given = points[name][:-1] + [0.0] if name in levels else points[name][:-1]
            lines += [f"{name},{start},{end},{one!r}" for (start, end), one in zip(pairs, given)]
            lines.append(f"{name},missing,,{points[name][-1]!r}")
    else:
        lines = [f"base = {base!r}"]
        for name in X:
            lines += ["", "[[feature]]", f'name = "{name}"']
            if name in levels:
                named = ", ".join(f"{json.dumps(level)} = {one!r}" for level, one in zip(levels[name], points[name]))
                lines += [f"categories = {{ {named} }}", "others = 0.0"]
            else:
                bins = ", ".join(f"{{ below = {end!r}, points = {one!r} }}" for end, one in zip(ends[name], points[name]))
                lines += [f"bins = [{bins}]", f"others = {points[name][-2]!r}"]
            lines.append(f"missing = {points[name][-1]!r}")
    write(f"logistic_{data}.{'csv' if data == 'loans' else 'toml'}.model", ("\n".join(lines) + "\n").encode())
    split = [(at, end) for at, name in enumerate(X) for end in ends.get(name, [])]
    explainer = shap.LinearExplainer(model, shap.maskers.Independent(hot(X), max_samples=len(X)))

    def contributions(rows):
        values, start = explainer.shap_values(hot(rows)), 0
        columns = []
        for name in X:
            columns.append(values[:, start:start + len(points[name])].sum(axis=1))
            start += len(points[name])
        return np.column_stack(columns + [np.full(len(rows), float(explainer.expected_value))])

    oracle(f"logistic_{data}", data, "scikit-learn logistic regression on bins", sklearn.__version__, split,
           lambda rows: model.predict_proba(hot(rows))[:, 1], contributions, bool(levels))


def linear(data, X, y):
    """A logistic regression on numbers as they are: behind a scaler for one data set, and behind an imputer too for the other."""
    fill = -1.0 if data == "loans" else None
    F = X.fillna(fill).to_numpy() if fill is not None else X.to_numpy()
    first = [] if fill is not None else [SimpleImputer()]
    model = make_pipeline(*first, StandardScaler(), LogisticRegression(max_iter=2000)).fit(F, y)
    content = skl2onnx.to_onnx(model, initial_types=[("X", FloatTensorType([None, X.shape[1]]))], options={id(model): {"zipmap": bool(first)}})
    write(f"linear_{data}.onnx.model", content.SerializeToString())
    explainer = shap.LinearExplainer(model[-1], shap.maskers.Independent(model[:-1].transform(F), max_samples=len(F)))

    def contributions(rows):
        values = explainer.shap_values(model[:-1].transform(rows.to_numpy()))
        return np.hstack([values, np.full((len(values), 1), float(explainer.expected_value))])

    split = [(at, float(end)) for at, name in enumerate(X) for end in X[name].quantile([0.0, 0.5, 1.0])]
    predict = lambda rows: model.predict_proba((rows if fill is None else rows.fillna(fill)).to_numpy())[:, 1]
    version = f"{sklearn.__version__}, skl2onnx {skl2onnx.__version__}"
    oracle(f"linear_{data}", data, "scikit-learn logistic regression", version, split, predict, contributions, fill=fill)


for data, (X, y, levels) in TABLES.items():
    categories = bool(levels)
    scorecard(data, X, y, levels)
    linear(data, X, y)
    N = named(X, levels)
    # XGBoost
    train = xgboost.DMatrix(N, y, enable_categorical=True)
    parameters = {"objective": "binary:logistic", "max_depth": 4, "eta": 0.3, "nthread": 1, "seed": 1, "max_cat_to_onehot": 3}
    model = xgboost.train(parameters, train, 12)
    write(f"xgboost_{data}.json.model", bytes(model.save_raw("json")))
    write(f"xgboost_{data}.ubj.model", bytes(model.save_raw("ubj")))
    trees = json.loads(model.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
    split = [(c, float(np.float32(t))) for tree in trees for c, t, l in zip(tree["split_indices"], tree["split_conditions"], tree["left_children"]) if l != -1]
    split = [(c, t) for c, t in split if c in numbers(X, levels)]
    matrix = lambda rows: xgboost.DMatrix(named(rows, levels), enable_categorical=True)
    oracle(f"xgboost_{data}", data, "XGBoost", xgboost.__version__, split, lambda rows: model.predict(matrix(rows)),
           lambda rows: model.predict(matrix(rows), pred_contribs=True), categories)
    # LightGBM
    parameters = {"objective": "binary", "num_leaves": 12, "min_data_in_leaf": 8, "num_threads": 1, "seed": 1,
                  "verbose": -1, "deterministic": True, "max_cat_to_onehot": 3, "min_data_per_group": 10, "cat_smooth": 2}
    model = lightgbm.train(parameters, lightgbm.Dataset(N, y), 12)
    text = model.model_to_string()
    write(f"lightgbm_{data}.txt.model", text.encode())
    split = []
    for line in text.splitlines():
        if line.startswith("split_feature="):
            features = [int(word) for word in line.split("=")[1].split()]
        if line.startswith("threshold="):
            split += zip(features, [float(word) for word in line.split("=")[1].split()])
    split = [(c, t) for c, t in split if c in numbers(X, levels)]
    oracle(f"lightgbm_{data}", data, "LightGBM", lightgbm.__version__, split, lambda rows: model.predict(named(rows, levels)),
           lambda rows: model.predict(named(rows, levels), pred_contrib=True), categories)
    # CatBoost: its export to ONNX takes numbers only.
    model = catboost.CatBoostClassifier(iterations=12, depth=4, verbose=0, random_seed=1, thread_count=1, allow_writing_files=False).fit(X.to_numpy(), y)
    file = os.path.join(HERE, f"catboost_{data}.onnx.model")
    model.save_model(file, format="onnx")
    node = onnx.load(file).graph.node[0]
    attribute = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    split = [(c, t) for c, t, mode in zip(attribute["nodes_featureids"], attribute["nodes_values"], attribute["nodes_modes"]) if mode != b"LEAF"]
    oracle(f"catboost_{data}", data, "CatBoost", catboost.__version__, split, lambda rows: model.predict_proba(rows.to_numpy())[:, 1],
           lambda rows: model.get_feature_importance(catboost.Pool(rows.to_numpy()), type="ShapValues"))
    # scikit-learn
    F = X.fillna(-1.0)
    version = f"{sklearn.__version__}, skl2onnx {skl2onnx.__version__}"

    def export(name, model, kind):
        content = skl2onnx.to_onnx(model, initial_types=[("X", kind([None, X.shape[1]]))], options={id(model): {"zipmap": False}})
        write(f"{name}.onnx.model", content.SerializeToString())

    # Without blanks: skl2onnx 1.20 does not write the side to which a forest sends them.
    forest = RandomForestClassifier(10, max_depth=4, random_state=1).fit(F.to_numpy(), y)
    export(f"forest_{data}", forest, FloatTensorType)
    split = [(int(c), float(t)) for tree in forest.estimators_ for c, t in zip(tree.tree_.feature, tree.tree_.threshold) if c >= 0]
    oracle(f"forest_{data}", data, "scikit-learn forest", version, split, lambda rows: forest.predict_proba(rows.fillna(-1.0).to_numpy())[:, 1], None, fill=-1.0)
    boosted = GradientBoostingClassifier(n_estimators=12, max_depth=3, random_state=1).fit(F.to_numpy(), y)
    export(f"boosted_{data}", boosted, FloatTensorType)
    split = [(int(c), float(t)) for (tree,) in boosted.estimators_ for c, t in zip(tree.tree_.feature, tree.tree_.threshold) if c >= 0]
    explainer = shap.TreeExplainer(boosted, feature_perturbation="tree_path_dependent")
    with_base = lambda values, base: np.hstack([values, np.full((len(values), 1), float(np.ravel(base)[-1]))])
    oracle(f"boosted_{data}", data, "scikit-learn gradient boosting", version, split,
           lambda rows: boosted.predict_proba(rows.fillna(-1.0).to_numpy())[:, 1],
           lambda rows: with_base(explainer.shap_values(rows.to_numpy()), explainer.expected_value), fill=-1.0)
    histogram = HistGradientBoostingClassifier(max_iter=12, max_leaf_nodes=10, random_state=1).fit(X.to_numpy(), y)
    export(f"histogram_{data}", histogram, DoubleTensorType)
    split = [(int(node["feature_idx"]), float(node["num_threshold"])) for (tree,) in histogram._predictors for node in tree.nodes if not node["is_leaf"]]
    explainer2 = shap.TreeExplainer(histogram, feature_perturbation="tree_path_dependent")
    oracle(f"histogram_{data}", data, "scikit-learn histogram gradient boosting", version, split,
           lambda rows: histogram.predict_proba(rows.to_numpy())[:, 1],
           lambda rows: with_base(explainer2.shap_values(rows.to_numpy()), explainer2.expected_value))
