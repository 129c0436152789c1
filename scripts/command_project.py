"""Makes a release by a command of a fresh project of `cargo andon new`, in its folder: the model is this very file, a few
lines of points written down by hand. What the policy then asks is what a command can answer."""

import json
import math
import pathlib
import re
import sys

# Gates that a command cannot answer; the policy would be refused with one of them.
NOT_ASKED = re.compile(
    r"explanation\.|latency\.|serving\.|fairness\.answered|robustness\.(seeds|protected_attributes)"
    r"|accuracy\.overfit_gap|contract\.fold_overlap"
)

MODEL = """[model]
command = ["python3", "score.py", "score"]
unseen = "every_row"
unseen_because = "the points were written down by hand, without these rows"

[recipe]"""

GATE = """
[gate."explanation.certain_reasons"]
min = 0.5
why = "a reason that the samples cannot part from the next one is no reason"
"""


def score() -> None:
    """Prints a probability for each row of standard input."""
    for line in sys.stdin:
        row = json.loads(line)
        margin = 3.2 - 0.55 * (row["consumer_credit_score"] - 1) - 0.045 * (row["obligation_ratio"] - 33)
        margin -= 1.2 * row["bankruptcy"] + row["delinquent_60_days"] + 2 * row["unverifiable"]
        print(1 / (1 + math.exp(2 * (1 - row["meets_guidelines"]) - margin)))


def convert() -> None:
    """Rewrites policy and card; the tests of gates that are gone are deleted, and `cargo andon gates` writes new ones."""
    path = pathlib.Path("release.toml")
    head, *gates = re.split(r'(?m)^(?=\[gate\.")', path.read_text())
    kept = [gate for gate in gates if not NOT_ASKED.match(gate.removeprefix('[gate."'))]
    words = re.compile(r"(?m)^.*\{ code = .*\n")
    path.write_text(words.sub("", head).replace("[recipe]", MODEL, 1) + "".join(kept) + GATE)
    for file in pathlib.Path("tests/gate").glob("*.rs"):
        if file.name != "main.rs":
            file.unlink()
    main = pathlib.Path("tests/gate/main.rs")
    main.write_text(re.sub(r"(?m)^#\[rustfmt::skip\]\nmod \w+;\n", "", main.read_text()))
    card = pathlib.Path("templates/model_card.md")
    card.write_text(card.read_text() + "\n{% if let Some(said) = facts.scores_only() %}{{ said }}{% endif %}\n")
    pathlib.Path("score.py").write_text(pathlib.Path(__file__).read_text())


if __name__ == "__main__":
    score() if sys.argv[1:] == ["score"] else convert()
