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
import scipy.optimize
import scipy.stats
import sklearn
import sklearn.metrics as sk
import statsmodels
import statsmodels.api as sm
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import proportion_confint

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
    """With Newcombe's variance where that is the greater, inverted as a score test."""
    won = (score[label == 1][:, None] > score[label == 0]) + 0.5 * (score[label == 1][:, None] == score[label == 0])
    area = won.mean()
    variance = won.mean(1).var(ddof=1) / won.shape[0] + won.mean(0).var(ddof=1) / won.shape[1]
    mean = sum(won.shape) / 2
    shape = lambda a: (1 - a) / (2 - a) + a / (1 + a)
    newcombe = lambda a: a * (1 - a) / won.size * (1 + (mean - 1) * shape(a))
    scale = max(1, variance / newcombe(area)) * scipy.stats.norm.ppf(0.975) ** 2
    rejected = lambda a: (area - a) ** 2 - scale * newcombe(a)
    return [scipy.optimize.brentq(rejected, *ends, xtol=1e-12) for ends in ((1e-9, area), (area, 1 - 1e-9))]


def selected(group, which):
    return int(np.sum(answer[group == which])), int(np.sum(group == which))


def contrast(group, a, b, ratio):
    """Score interval of a ratio or a difference of two selection rates, corrected for skewness."""
    (xa, na), (xb, nb) = selected(group, a), selected(group, b)
    z = scipy.stats.norm.ppf(0.975)

    def errors(value, side):
        first = (lambda p: value * p) if ratio else (lambda p: p + value)
        weight = value if ratio else 1
        loss = lambda p: -scipy.stats.binom.logpmf(xa, na, first(p)) - scipy.stats.binom.logpmf(xb, nb, p)
        ends = (1e-12, min(1, 1 / value) - 1e-12) if ratio else (max(0, -value) + 1e-12, min(1, 1 - value) - 1e-12)
        pb = scipy.optimize.minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-13}).x
        pa = first(pb)
        va, vb = pa * (1 - pa) / na, pb * (1 - pb) / nb
        variance = va + weight**2 * vb
        skewness = (va * (1 - 2 * pa) / na - weight**3 * vb * (1 - 2 * pb) / nb) / variance**1.5
        observed = xa / na - (value * xb / nb if ratio else xb / nb + value)
        outward = side * max(0, side * skewness * (z * z - 1) / 6)
        return observed / np.sqrt(variance) - side * z - outward

    point = (xa / na) / (xb / nb) if ratio else xa / na - xb / nb
    width = 0.2
    return [
        scipy.optimize.brentq(errors, point - width, point + 1e-6, args=(1,)),
        scipy.optimize.brentq(errors, point - 1e-6, point + width, args=(-1,)),
    ]


def pairs(group, keep=slice(None)):
    names = np.unique(group[keep])
    return [(a, b) for a in names for b in names if a != b]


def denial_tables(group, a, b, bands):
    """Denied and approved of two groups, in each band."""
    cells = lambda s: [[np.sum(s & (group == g) & (answer == k)) for k in (0, 1)] for g in (a, b)]
    return [np.array(cells(s)) for s in bands]


def sample_odds(group, a, b):
    table = denial_tables(group, a, b, [np.ones(len(label), bool)])[0]
    return scipy.stats.contingency.odds_ratio(table, kind="sample").statistic


def by_bands(group, a, b):
    return StratifiedTable(denial_tables(group, a, b, [credit <= 2, credit > 2]))


def standardised(group, a, b):
    """The difference in pooled standard deviations, from the t statistic of equal variances."""
    one, other = score[group == a], score[group == b]
    return scipy.stats.ttest_ind(one, other).statistic * np.sqrt(1 / len(one) + 1 / len(other))


def amplified(group, a, b):
    denied = by_group(fair.selection_rate, group, prediction=1 - answer).by_group
    negative = by_group(fair.selection_rate, group, prediction=1 - label).by_group
    return denied[a] / denied[b] / max(1, negative[a] / negative[b])


slope = sm.Logit(label, sm.add_constant(log_odds)).fit(disp=0, tol=1e-13)
intercept = sm.GLM(label, np.ones((len(label), 1)), family=sm.families.Binomial(), offset=log_odds).fit(tol=1e-13)
true_negative, false_positive, false_negative, true_positive = sk.confusion_matrix(label, answer).ravel()
order = np.sort(score)
decile = np.searchsorted(order, score, "left") * 10 // len(score)
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
    "accuracy.gini": 2 * sk.roc_auc_score(label, score) - 1,
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
    "calibration.worst_decile": max(
        abs(score[decile == tenth].mean() - label[decile == tenth].mean()) for tenth in np.unique(decile)
    ),
    "fairness.calibration_within_groups.race": by_group(equal_width, race, prediction=score).group_max(),
    "fairness.amplification.race": max(amplified(race, a, b) for a, b in pairs(race)),
    "fairness.amplification.age_group": max(amplified(age, a, b) for a, b in pairs(age)),
    "fairness.denial_odds_ratio.race": max(sample_odds(race, a, b) for a, b in pairs(race)),
    "fairness.denial_odds_ratio.sex": max(sample_odds(sex, a, b) for a, b in pairs(sex, disclosed)),
    "fairness.denial_odds_ratio.race_given_consumer_credit_score": max(
        by_bands(race, a, b).oddsratio_pooled for a, b in pairs(race)
    ),
    "fairness.denial_ratio.race": (lambda rates: rates.max() / rates.min())(
        by_group(fair.selection_rate, race, prediction=1 - answer).by_group
    ),
    "fairness.denial_ratio.race_given_consumer_credit_score": max(
        by_bands(race, a, b).riskratio_pooled for a, b in pairs(race)
    ),
    "fairness.score_difference.race": max(standardised(race, a, b) for a, b in pairs(race)),
    "fairness.score_difference.sex": max(standardised(sex, a, b) for a, b in pairs(sex, disclosed)),
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
    "fairness.demographic_parity_difference.age_group": contrast(age, 0, 1, False),
    "fairness.disparate_impact.sex": contrast(sex, 0, 1, True),
}
worse = max(pairs(age), key=lambda pair: sample_odds(age, *pair))
of_odds = {
    "fairness.denial_odds_ratio.age_group": StratifiedTable(
        denial_tables(age, *worse, [np.ones(len(label), bool)])
    ).oddsratio_pooled_confint(),
    "fairness.denial_odds_ratio.age_group_given_consumer_credit_score": max(
        (by_bands(age, a, b) for a, b in pairs(age)), key=lambda table: table.oddsratio_pooled
    ).oddsratio_pooled_confint(),
}
# A difference of two groups in either direction is not negative, and a ratio not above 1.
folded = {gate: [max(ends[0], 0), min(ends[1], 1)] for gate, ends in intervals.items() if gate.startswith("fairness")}
intervals |= folded
# Of an odds ratio in either direction it is not below 1.
intervals |= {gate: [max(ends[0], 1), ends[1]] for gate, ends in of_odds.items()}
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
