"""Figures of other people's libraries for the rows in scores.csv, which the harness must give too.

    pip install scikit-learn fairlearn scipy statsmodels
    python figures.py > figures.json

Columns: label, out-of-fold score in ten-thousandths, race (black, hispanic, white), sex (female, male, undisclosed),
age group, consumer credit score. Groups are numbered from 0; undisclosed sex is not judged.
"""

import json
import sys

import fairlearn
import fairlearn.metrics as fair
import numpy as np
import scipy
import scipy.stats
import sklearn
import sklearn.metrics as sk
import statsmodels
import statsmodels.api as sm
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

label, steps, race, sex, age, credit = np.loadtxt("scores.csv", delimiter=",", skiprows=1, dtype=int).T
score, answer = steps / 10_000, (steps >= 5_000).astype(int)
log_odds = np.log(score / (1 - score))
base = label.mean()
disclosed = sex < 2


def error(label, score, bin_of):
    bins = [bin_of == b for b in np.unique(bin_of)]
    return sum(abs(score[b].mean() - label[b].mean()) * b.mean() for b in bins)


def equal_width(label, score):
    return error(label, score, np.floor(np.round(score * 10_000) / 1_000))


def by_group(metric, group, keep=slice(None), prediction=answer):
    frame = fair.MetricFrame(
        metrics=metric, y_true=label[keep], y_pred=prediction[keep], sensitive_features=group[keep]
    )
    return frame


def mantel_haenszel(group, keep=slice(None)):
    band = credit > 2
    tables = lambda a, b: [
        [[np.sum(cell & (answer == 1)), np.sum(cell & (answer == 0))] for cell in ((group == a) & s, (group == b) & s)]
        for s in (~band, band)
    ]
    names = np.unique(group[keep])
    pairs = [(a, b) for a in names for b in names if a != b]
    return min(StratifiedTable([np.array(t) for t in tables(a, b)]).riskratio_pooled for a, b in pairs)


def delong(label, score):
    won = (score[label == 1][:, None] > score[label == 0]) + 0.5 * (score[label == 1][:, None] == score[label == 0])
    area = won.mean()
    variance = won.mean(1).var(ddof=1) / won.shape[0] + won.mean(0).var(ddof=1) / won.shape[1]
    middle, half = np.log(area / (1 - area)), scipy.stats.norm.ppf(0.975) * np.sqrt(variance) / (area * (1 - area))
    return [1 / (1 + np.exp(-(middle - half))), 1 / (1 + np.exp(-(middle + half)))]


slope = sm.Logit(label, sm.add_constant(log_odds)).fit(disp=0, tol=1e-13)
intercept = sm.GLM(label, np.ones((len(label), 1)), family=sm.families.Binomial(), offset=log_odds).fit(tol=1e-13)
true_negative, false_positive, false_negative, true_positive = sk.confusion_matrix(label, answer).ravel()
order = np.sort(score)
selected = lambda group, which: (int(np.sum(answer[group == which])), int(np.sum(group == which)))
female, male = selected(sex, 0), selected(sex, 1)
race_rates = by_group(fair.selection_rate, race).by_group

figures = {
    "accuracy.accuracy": sk.accuracy_score(label, answer),
    "accuracy.auc": sk.roc_auc_score(label, score),
    "accuracy.average_precision": sk.average_precision_score(label, score),
    "accuracy.balanced_accuracy": sk.balanced_accuracy_score(label, answer),
    "accuracy.brier": sk.brier_score_loss(label, score),
    "accuracy.brier_skill": 1 - sk.brier_score_loss(label, score) / sk.brier_score_loss(label, np.full(len(label), base)),
    "accuracy.expected_cost": (5 * false_positive + false_negative) / len(label),
    "accuracy.f1": sk.f1_score(label, answer),
    "accuracy.ks": scipy.stats.ks_2samp(score[label == 1], score[label == 0]).statistic,
    "accuracy.log_loss": sk.log_loss(label, score),
    "accuracy.mcc": sk.matthews_corrcoef(label, answer),
    "accuracy.precision": sk.precision_score(label, answer),
    "accuracy.recall": sk.recall_score(label, answer),
    "accuracy.selection_rate": fair.selection_rate(label, answer),
    "calibration.expected_calibration_error": equal_width(label, score),
    "calibration.expected_calibration_error_equal_mass": error(
        label, score, np.searchsorted(order, score, "left") * 10 // len(score)
    ),
    "calibration.intercept": intercept.params[0],
    "calibration.slope": slope.params[1],
    "fairness.calibration_within_groups.race": by_group(equal_width, race, prediction=score).group_max(),
    "fairness.demographic_parity_difference.race": fair.demographic_parity_difference(
        label, answer, sensitive_features=race
    ),
    "fairness.demographic_parity_difference.sex": fair.demographic_parity_difference(
        label[disclosed], answer[disclosed], sensitive_features=sex[disclosed]
    ),
    "fairness.disparate_impact.race": fair.demographic_parity_ratio(label, answer, sensitive_features=race),
    "fairness.disparate_impact.sex": fair.demographic_parity_ratio(
        label[disclosed], answer[disclosed], sensitive_features=sex[disclosed]
    ),
    "fairness.disparate_impact.sex_and_age_group": by_group(
        fair.selection_rate, np.column_stack([sex, age]), disclosed
    ).ratio(),
    "fairness.disparate_impact.race_against_white": (race_rates[[0, 1]] / race_rates[2]).min(),
    "fairness.disparate_impact.race_given_consumer_credit_score": mantel_haenszel(race),
    "fairness.disparate_impact.sex_given_consumer_credit_score": mantel_haenszel(sex, disclosed),
    "fairness.equal_opportunity_difference.race": fair.equal_opportunity_difference(
        label, answer, sensitive_features=race
    ),
    "fairness.equalized_odds_difference.sex": fair.equalized_odds_difference(
        label[disclosed], answer[disclosed], sensitive_features=sex[disclosed]
    ),
    "fairness.predictive_parity_difference.race": by_group(sk.precision_score, race).difference(),
    "fairness.selection_rate.race": by_group(fair.selection_rate, race).group_min(),
}
intervals = {
    "accuracy.accuracy": proportion_confint(np.sum(label == answer), len(label), method="wilson"),
    "accuracy.auc": delong(label, score),
    "calibration.intercept": intercept.conf_int()[0],
    "calibration.slope": slope.conf_int()[1],
    "fairness.demographic_parity_difference.age_group": confint_proportions_2indep(
        *selected(age, 0), *selected(age, 1), compare="diff", method="newcomb"
    ),
    "fairness.disparate_impact.sex": confint_proportions_2indep(
        *female, *male, compare="ratio", method="score", correction=False
    ),
}
# A difference of two groups in either direction is not negative, and a ratio not above 1.
folded = {gate: [max(ends[0], 0), min(ends[1], 1)] for gate, ends in intervals.items() if gate.startswith("fairness")}
intervals |= folded
versions = {module.__name__: module.__version__ for module in (fairlearn, np, scipy, sklearn, statsmodels)}
json.dump(
    {
        "versions": {"python": sys.version.split()[0], **versions},
        "figures": {gate: float(figure) for gate, figure in figures.items()},
        "intervals": {gate: [float(end) for end in ends] for gate, ends in intervals.items()},
    },
    sys.stdout,
    indent=1,
)
print()
