"""A release for engines.py: contract, model and policy of loans with every kind of column, and rows of it, some broken."""

import json
import random
from pathlib import Path

#: Column and kind, in the order of the table. `case_id` of the contract is not there.
COLUMNS = {
    "Paid Back": "text",
    "score": "double",
    "income": "double",
    "rate %": "double",
    "units": "integer",
    "purpose": "text",
    "insured": "boolean",
    "city": "text",
    "sex": "text",
    "region": "text",
}
PURPOSES = ["car", "Ship's \"deck\"", "Hütte"]
CITIES = ["Oslo", "Tromsø", "other"]

CONTRACT = {
    "properties": {
        "case_id": {"type": ["string", "null"]},
        "Paid Back": {"enum": ["yes", "no", None]},
        "income": {"type": "number", "minimum": 0, "maximum": 1e9},
        "rate %": {"type": ["number", "null"], "minimum": -5.5, "maximum": 40},
        "units": {"type": "integer", "format": "uint8", "minimum": 1, "maximum": 4},
        "purpose": {"enum": PURPOSES},
        "insured": {"type": "boolean"},
        "city": {"type": "string"},
        "sex": {"enum": ["f", "m", None]},
        "region": {"enum": ["north", "south", "Østfold", None]},
    },
    "required": ["income", "units", "purpose", "insured", "city"],
}

POLICY = """
[about]
owner = "nobody"
purpose = "a policy for scripts/engines.py"
intended_use = []
out_of_scope = []
limitations = []
[data]
file = "data/x.csv"
id = "case_id"
label = "Paid Back"
favourable = 1
features = ["income", "rate %", "units", "purpose", "insured", "city"]
categories = { city = { names = ["Oslo", "Tromsø"], unseen = "other" } }
protected = { sex = ["f", "m"], region = ["north", "south", "Østfold"] }
[recipe]
seed = 1
trees = 5
depth = 3
rare_class_weight = 2.0
min_leaf_weight = 5.0
smoothing_rows = 1.0
max_rows_per_tree = 1000
[evaluation]
folds = 3
bootstrap_draws = 200
minimum_group_rows = 50
[answer]
threshold = 0.5
positive = "YES"
negative = "NO"
max_reasons = 2
[validated]
income = { min = 100, max = 9000 }
units = { min = 1, max = 3 }
[wording]
income = { code = "I", reason = "an income of {value}", improve = "earn more" }
"rate %" = { code = "R", reason = "a rate of {value}", improve = "borrow less", missing = "no rate" }
units = { code = "U", reason = "{value} units", improve = "build less" }
purpose = { code = "P", reason = "{value} as its purpose", improve = "buy another thing" }
insured = { code = "N", reason = { 0 = "no insurance", 1 = "an insurance" }, improve = "insure it" }
city = { code = "C", reason = "{value} as its city", improve = "move" }
[serve]
path = "/decide"
[explanation]
ollama_url = "http://127.0.0.1:11434"
model = "none"
timeout_ms = 100
"""

GATES = {
    "accuracy.auc": ("min", 0.6),
    "calibration.expected_calibration_error": ("max", 0.5),
    "contract.rows": ("max", 0),
    "drift.cramers_v": ("max", 0.2),
    "drift.kolmogorov_smirnov": ("max", 0.2),
    "drift.population_stability": ("max", 0.25),
    "drift.prediction": ("max", 0.03),
    "fairness.answered.sex": ("min", 0.8),
    "fairness.disparate_impact.region": ("min", 0.8),
    "serving.referred": ("max", 0.08),
}


def model() -> dict:
    """Bins of every form: values with a missing one among them, tenths, and the values of flags and categories."""
    missing = -1e300
    bins = [
        {"quantiles": [0, [[250.0, 100], [1000.1, 100], [2000.30000000000000004, 100], [4096.0, 100]]]},
        {"values": [[missing, 40], [0.0, 60], [0.1, 200], [7.25, 100]]},
        {"values": [[1.0, 200], [2.0, 100], [3.0, 60], [4.0, 40]]},
        {"values": [[0.0, 200], [1.0, 100], [2.0, 100]]},
        {"values": [[0.0, 100], [1.0, 300]]},
        {"values": [[0.0, 200], [1.0, 100], [2.0, 100]]},
    ]
    features = [
        {"name": "income"},
        {"name": "rate %", "may_be_missing": True},
        {"name": "units"},
        {"name": "purpose", "levels": PURPOSES},
        {"name": "insured"},
        {"name": "city", "levels": CITIES, "takes_unseen": True},
    ]
    leaf = {"columns": 6, "roots": [0], "feature": [0], "threshold": [0.0], "left": [0], "value": [0.5], "rows": [400]}
    scores = [[3000, 100], [5000, 150], [7000, 150]]
    return {
        "form": 2,
        "features": features,
        "validated": {"income": {"min": 100.0, "max": 9000.0}, "units": {"min": 1.0, "max": 3.0}},
        "threshold": 5000,
        "calibrator": {"slope": 1.0, "intercept": 0.0},
        "forest": leaf,
        "training": {"features": bins, "scores": scores},
    }


def write_release(folder: Path) -> Path:
    gates = "".join(f'[gate."{gate}"]\n{side} = {bar}\nwhy = "test"\n' for gate, (side, bar) in GATES.items())
    folder.mkdir()
    (folder / "release.toml").write_text(POLICY + gates)
    (folder / "contract.schema.json").write_text(json.dumps(CONTRACT))
    (folder / "model.json").write_text(json.dumps(model()))
    return folder


def row(draw: random.Random, number: int) -> list:
    """A row that keeps the contract, on the edges of bins and ranges more often than chance would have it."""
    paid = draw.random() < 0.7
    score = min(1.0, max(0.0, draw.gauss(0.65 if paid else 0.45, 0.2)))
    if number % 3 == 0 and score < 0.9999:
        score = (int(score * 10000) + 0.5) / 10000
    income = draw.choice([0.0, -0.0, 5e-324, 99.99999999999999, 100.0, 250.0, 249.99999999999997, 1000.1, 2000.3, 9000.0,
                          9000.000000000002, 1e9, draw.uniform(100, 6000), draw.uniform(100, 6000), draw.uniform(100, 6000)])
    rate = draw.choice([None, 0.0, -0.0, 0.1, 0.09999999999999999, 0.1 + 2e-17, 7.25, -5.5, 40.0, draw.uniform(0, 9)])
    units = draw.choice([1, 1, 1, 2, 2, 3, 3, 4] if number % 5 == 0 else [1, 1, 2, 2, 3])
    city = draw.choice(["Oslo", "Tromsø", "oslo", "Ålesund", "other"])
    sex = draw.choice(["f", "m", "m", None])
    return ["yes" if paid else "no", score, income, rate, units, draw.choice(PURPOSES), draw.random() < 0.7, city, sex,
            draw.choice(["north", "south", "Østfold", None])]


#: Texts in the place of a value: what people, spreadsheets and programs leave in a column.
TEXTS = {
    "Paid Back": ["", None, " yes ", "YES", "1"],
    "score": ["", None, "NaN", "nan", "inf", "-Infinity", "-0.00001", "1.00001", "0.99985", " 0.5\t", "0,5", "half", "1e-400",
              "1e400", ".5", "5e-1", "0x1p-1", "+0.5", "1e-0000001", "true"],
    "income": ["", None, " ", "1e3", "1E3", "1000.0", " 1000 ", "-1", "-1e-300", "1000000001", "1e999", "1e-999", "NaN",
               "Infinity", "1_000", "1,000", "$5", "0005", "5.", "1" * 201, "2" * 309, "1" * 401, "0." + "1" * 150, "0." + "0" * 323 + "5", "12e0000003", "٣"],
    "rate %": ["", None, "\t", "-5.6", "40.1", "-", "e5", "5e", "n/a", "-0.0", "2.5e-324", "4.9e-324", "0.30000000000000004"],
    "units": ["", None, "0", "5", "2.0", "2.5", "2e0", "-1", "1e2", "9007199254740993", "99999999999999999999", "two", "2;3"],
    "purpose": ["", None, " car ", "Car", "car,ship", "Ship's \"deck\"", "Ship\\'s", "' OR 1=1 --", "Hu\u0308tte", "\\"],
    "insured": ["", None, "TRUE", "1", "t", " true ", "yes", "0"],
    "city": ["", None, "'; DROP TABLE x; --", " Oslo ", "\\", "\u2028x", "OSLO"],
    "sex": ["", " ", "F", " f ", "x", "null", "NULL"],
    "region": ["", "North", " north\n", "østfold", "Ostfold"],
}


def clean(rows: int) -> list[list]:
    draw = random.Random(20261127)
    return [row(draw, number) for number in range(rows)]


def dirty(rows: int) -> list[list]:
    """Texts alone; one row in four has a foreign text in one column or in three, each text several times."""
    draw = random.Random(71)
    made = [[as_text(value) for value in one] for one in clean(rows)]
    names = list(COLUMNS)
    for one in made:
        if draw.random() < 0.25:
            for column in draw.sample(range(len(names)), draw.choice([1, 1, 3])):
                one[column] = draw.choice(TEXTS[names[column]])
    return made


def as_text(value) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None or isinstance(value, str) else repr(value)
