#!/usr/bin/env python3
"""Faults in one row of a thousand, planted in a million rows: `scripts/planted.py ROWS SEEDS`.

Copies the project to target/planted/ as scripts/scale.py does, and puts a fault into the sources of the copy for each
gate that asks rows one by one. Each fault is off unless the environment names it, and then on in the rows whose seeded
hash says so: one in 1,000. Prints, for each gate, in how many of the seeds the gate was not green, and how many rows it
asked. A gate that is not green without a fault is an error: it would find anything.
"""

import argparse
import json
import os
import shutil
from pathlib import Path

import scale

PLANTED = """
#[doc(hidden)]
pub mod planted {
    /// True if the environment turns this fault on in rows with these numbers: `PLANTED=NAME:SEED`.
    pub fn is_on(fault: &str, numbers: impl Iterator<Item = u64>) -> bool {
        static ASKED: std::sync::OnceLock<Option<(String, u64)>> = std::sync::OnceLock::new();
        let asked = ASKED.get_or_init(|| {
            let asked = std::env::var("PLANTED").ok()?;
            let (name, seed) = asked.split_once(':')?;
            Some((name.to_owned(), seed.parse().ok()?))
        });
        let Some((name, seed)) = asked else { return false };
        name == fault && numbers.fold(crate::data::mix::mix(*seed), |all, one| crate::data::mix::mix(all ^ one)) % 1_000 == 0
    }

    pub fn in_row(fault: &str, row: &[f64]) -> bool {
        is_on(fault, row.iter().map(|value| value.to_bits()))
    }
}
"""

DECIDER = "crates/andon/src/decide/decider.rs"
MODEL = "crates/andon/src/model/mod.rs"

# The fault, the gates that must see it, the file, and the sound text with the one that takes its place.
FAULTS = [
    ("additivity", ["explanation.additivity"], MODEL, "moved.iter_mut().for_each(|by| *by *= slope);",
     'let slope = if crate::planted::in_row("additivity", row) { 1.01 * slope } else { slope };\n'
     "        moved.iter_mut().for_each(|by| *by *= slope);"),
    ("definition", ["explanation.definition"], DECIDER, "        self.attributor.moved(row)\n",
     "        let mut moved = self.attributor.moved(row);\n"
     '        if crate::planted::in_row("definition", row) { moved.reverse(); }\n        moved\n'),
    ("reasons", ["explanation.reasons"], DECIDER, "against.sort_by(|a, b| a.1.total_cmp(&b.1));",
     "against.sort_by(|a, b| a.1.total_cmp(&b.1));\n"
     '        if crate::planted::in_row("reasons", row) { against.reverse(); }'),
    ("counterfactuals", ["explanation.counterfactuals"], DECIDER,
     "looks_for_change.then(|| smallest_change(&self.contract, &self.policy, &self.model, &row));",
     "looks_for_change.then(|| smallest_change(&self.contract, &self.policy, &self.model, &row));\n"
     '                if crate::planted::in_row("counterfactuals", &row)\n'
     "                    && let Some(crate::decide::reply::Counterfactual::Change { changes, .. }) = &mut reply.counterfactual {\n"
     "                    changes.iter_mut().for_each(|change| change.to = change.from.midpoint(change.to));\n"
     "                }"),
    ("direction", ["robustness.direction.obligation_ratio", "explanation.favourable"], MODEL,
     "        Score::nearest(self.probability(row))\n    }\n\n    /// The scores of all rows",
     "        let at = self.features.iter().position(|feature| feature.name == \"obligation_ratio\").unwrap_or(0);\n"
     "        let others = row.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, value)| value.to_bits());\n"
     "        let loses = row[at] < 30.0 && crate::planted::is_on(\"direction\", others);\n"
     "        Score::nearest(self.probability(row) * if loses { 0.5 } else { 1.0 })\n    }\n\n    /// The scores of all rows"),
    ("groups", ["robustness.protected_attributes"], DECIDER, "        reply.explanation = self.template(&reply);\n",
     "        reply.explanation = self.template(&reply);\n"
     "        if let Answer::Scored { row, .. } = self.model.answer(cells) {\n"
     '            let is_woman = cells.iter().any(|(name, cell)| *name == "sex" && cell.to_string() == "female");\n'
     '            if is_woman && crate::planted::in_row("groups", &row) { reply.explanation.push(\'!\'); }\n'
     '            if crate::planted::in_row("readable", &row) {\n'
     '                reply.explanation += " Notwithstanding aforementioned multifarious interdependencies, comprehensive reconsideration necessitates documentation.";\n'
     "            }\n        }\n"),
    ("readable", ["explanation.readable"], None, None, None),
    ("served", ["serving.scores"], "crates/andon-serve/src/decide/mod.rs",
     "        let answer = self.wrap_reply(self.decider.reply_to(&cells));\n",
     "        let mut reply = self.decider.reply_to(&cells);\n"
     "        let row = self.decider.model().encode(&cells).unwrap_or_default();\n"
     '        if andon::planted::in_row("served", &row) { reply.explanation.push(\'!\'); }\n'
     "        let answer = self.wrap_reply(reply);\n"),
    ("onnx", ["serving.onnx"], "crates/andon/src/onnx/mod.rs",
     ".then_some((*label > 0.5, *probability))",
     '.then_some((*label > 0.5, *probability + if crate::planted::in_row("onnx", &row) { 0.01 } else { 0.0 }))'),
    ("privacy", ["explanation.privacy"], "crates/andon-serve/src/words/mod.rs",
     "json!(facts).to_string() }", "(|| { let facts = json!(facts).to_string(); "
     'if andon::planted::is_on("privacy", facts.bytes().map(u64::from)) { facts + " The applicant is a woman." } '
     "else { facts } })() }"),
]


def plant(project):
    """Puts every fault into the copy, switched off."""
    with open(project / "crates/andon/src/lib.rs", "a") as file:
        file.write(PLANTED)
    for name, _, path, sound, broken in FAULTS:
        if path is None:
            continue
        text = (project / path).read_text()
        if text.count(sound) != 1:
            raise SystemExit(f"{name}: the sound text stands {text.count(sound)} times in {path}")
        (project / path).write_text(text.replace(sound, broken))


def asked_rows(project, gate):
    """The rows that a gate asked, by its evidence."""
    content = (project / f"target/andon/evidence/{gate}.json").read_text()
    measured = json.loads(content)["content"]["finding"]["measured"]
    return measured.get("asked") or f"n = {measured['n']}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("rows", type=int)
    arguments.add_argument("seeds", type=int)
    arguments.add_argument("--to", type=Path, default=scale.ROOT / "target/planted", help="the folder of the copy")
    given = arguments.parse_args()
    project = given.to.resolve()
    shutil.rmtree(project / "crates", ignore_errors=True)
    project.mkdir(parents=True, exist_ok=True)
    scale.copy_project(project)
    scale.resample(project / "data/loans.csv", given.rows)
    plant(project)
    program = scale.build(project, "release")

    def is_green(gate):
        seconds, *_, code = scale.run(program, project, ["--exact", gate.replace(".", "::", 2)])
        return code == 0

    for name, gates, *_ in FAULTS:
        for gate in gates:
            os.environ.pop("PLANTED", None)
            if not is_green(gate):
                raise SystemExit(f"{gate} is not green without a fault")
            found = 0
            for seed in range(given.seeds):
                os.environ["PLANTED"] = f"{name}:{seed}"
                found += not is_green(gate)
            print(f"{gate:40} found with {found} of {given.seeds} seeds; {asked_rows(project, gate)}", flush=True)


if __name__ == "__main__":
    main()
