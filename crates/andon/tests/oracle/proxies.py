"""How well scikit-learn and LightGBM tell the groups of data/loans.csv from the features of the release.

    pip install scikit-learn lightgbm pandas
    python proxies.py > proxies.json

Each figure is the area under the ROC curve for one group against the rest, on five folds, the mean of three splits.
"""

import json
import re
import warnings

import lightgbm
import numpy as np
import pandas as pd
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

warnings.filterwarnings("ignore")
data = pd.read_csv("../../../../data/loans.csv")
policy = open("../../../../release.toml").read()
features = re.findall(r'"(\w+)"', re.search(r"^features = \[(.*?)^\]", policy, re.S | re.M)[1])
groups = {"race": ["black", "hispanic", "white"], "sex": ["female"], "age_group": ["up_to_area_median"]}
methods = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "logistic on ranks": make_pipeline(QuantileTransformer(n_quantiles=100), StandardScaler(), LogisticRegression()),
    "LightGBM": lightgbm.LGBMClassifier(n_jobs=1, verbose=-1),
    "LightGBM, small and slow": lightgbm.LGBMClassifier(
        n_jobs=1, verbose=-1, n_estimators=200, learning_rate=0.03, num_leaves=7
    ),
    "LightGBM, stumps": lightgbm.LGBMClassifier(n_jobs=1, verbose=-1, n_estimators=200, num_leaves=2),
}


def area(method, member):
    x = data[features].fillna(-1).to_numpy()
    areas = []
    for seed in range(3):
        score = np.zeros(len(member))
        for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(x, member):
            score[test] = method.fit(x[train], member[train]).predict_proba(x[test])[:, 1]
        areas.append(roc_auc_score(member, score))
    return round(float(np.mean(areas)), 4)


figures = {
    attribute: {
        group: {name: area(method, (data[attribute] == group).to_numpy().astype(int)) for name, method in methods.items()}
        for group in names
    }
    for attribute, names in groups.items()
}
versions = {"sklearn": sklearn.__version__, "lightgbm": lightgbm.__version__}
print(json.dumps({"versions": versions, "features": features, "figures": figures}, indent=1))
