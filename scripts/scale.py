#!/usr/bin/env python3
"""The seconds and the peak memory of each gate on the loans at another size: `scripts/scale.py ROWS`.

Copies the project to target/scale/, draws its data file with replacement to ROWS rows, builds the gates there and runs
each of them once, in a process of its own: a line each. The first process trains the candidate, and the others take it
from the store. With `--whole` all gates run in one process instead, as many at a time as there are cores, as in
`cargo test`; the last line then holds the whole time. Some gates are red on such data, which says nothing here. On a
machine that is shared, the seconds of CPU are the figure to compare.

A drawn row would be the twin of the other rows of its source, and near twins share a fold. So each amount moves by 5 %
(one standard deviation; the net worth by 10 %), and each ratio by 1 percentage point, which the policy calls the usual
error of these columns. Only the standard library of Python; the seed is the number of rows.
"""

import argparse
import csv
import json
import os
import random
import shutil
import subprocess
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AMOUNTS = {"monthly_income": 0.05, "loan_amount": 0.05, "appraised_value": 0.05, "net_worth": 0.10}
LEAST = {"monthly_income": 0, "loan_amount": 1000, "appraised_value": 1000}
RATIOS = ["housing_expense_ratio", "obligation_ratio"]


def copy_project(to):
    """Copies the files that git knows or would add. Files that are the same keep their time, so nothing is built twice."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    for name in filter(None, names):
        source, target = ROOT / name, to / name
        if not source.is_file() or name == "data/loans.csv":
            continue
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def resample(to, rows):
    """Draws rows of the data file with replacement; the shipped number of rows is the file itself."""
    with open(ROOT / "data/loans.csv", newline="") as file:
        head, *known = list(csv.reader(file))
    if rows == len(known):
        shutil.copyfile(ROOT / "data/loans.csv", to)
        return
    at = {name: place for place, name in enumerate(head)}
    draw = random.Random(rows)
    with open(to, "w", newline="") as file:
        write = csv.writer(file, lineterminator="\n").writerow
        write(head)
        for number in range(1, rows + 1):
            row = list(draw.choice(known))
            row[at["application_id"]] = number
            for column, share in AMOUNTS.items():
                moved = round(float(row[at[column]]) * draw.gauss(1, share))
                row[at[column]] = max(LEAST[column], moved) if column in LEAST else moved
            for column in RATIOS:
                row[at[column]] = max(0, round(float(row[at[column]]) + draw.gauss(0, 1), 1))
            write(row)


def build(project, profile):
    """Builds the gates, and returns the test program."""
    command = ["cargo", "test", "--test", "gate", "--no-run", "--message-format", "json", "--quiet"]
    command += ["--release"] if profile == "release" else []
    lines = subprocess.run(command, cwd=project, check=True, capture_output=True).stdout.decode().splitlines()
    messages = [json.loads(line) for line in lines if line.startswith("{")]
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "gate")


def run(program, project, arguments):
    """Runs a program; its seconds, its seconds of CPU, the peak memory in MB of it or of a process that it started, and
    its exit code."""
    # Cargo sets these for the programs that it runs, and those of its configuration.
    environment = {**os.environ, "CARGO_MANIFEST_DIR": str(project), "CARGO_PKG_NAME": "loan-approval", "CARGO": "cargo"}
    environment |= tomllib.loads((project / ".cargo/config.toml").read_text()).get("env", {})
    start = time.monotonic()
    quiet = subprocess.DEVNULL
    child = subprocess.Popen([program, *arguments], cwd=project, env=environment, stdout=quiet, stderr=quiet)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, child.returncode


def evidence(project):
    """The seconds of each gate, by its evidence."""
    found = {}
    for path in (project / "target/andon").rglob("*.json"):
        try:
            content = json.loads(path.read_text())
        except ValueError:
            continue
        content = content.get("content", content) if isinstance(content, dict) else {}
        if "gate" in content and "duration_ms" in content:
            found[content["gate"]] = (content["duration_ms"] or 0) / 1000
    return found


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("rows", type=int)
    arguments.add_argument("--profile", choices=["dev", "release"], default="release")
    arguments.add_argument("--whole", action="store_true", help="all gates in one process, as in cargo test")
    arguments.add_argument("--only", default="", help="only the gates whose id contains this text")
    arguments.add_argument("--max-bins", type=int, help="a recipe that puts the values of a column into so many ranges")
    arguments.add_argument("--to", type=Path, default=ROOT / "target/scale", help="the folder of the copy")
    asked = arguments.parse_args()
    project = asked.to.resolve()
    project.mkdir(parents=True, exist_ok=True)
    copy_project(project)
    resample(project / "data/loans.csv", asked.rows)
    if asked.max_bins:
        policy = (ROOT / "release.toml").read_text().replace("[recipe]\n", f"[recipe]\nmax_bins = {asked.max_bins}\n")
        (project / "release.toml").write_text(policy)
    program = build(project, asked.profile)
    shutil.rmtree(project / "target/andon/evidence", ignore_errors=True)
    listed = subprocess.run([program, "--list", "--format", "terse"], cwd=project, check=True, capture_output=True)
    tests = [line.removesuffix(": test") for line in listed.stdout.decode().splitlines() if line.endswith(": test")]
    load = os.getloadavg()[0]
    print(f"{asked.rows} rows, {asked.profile} profile, {os.cpu_count()} cores, load {load:.1f} before it began")
    if asked.whole:
        seconds, cpu, peak, _ = run(program, project, [])
        lines = sorted(((taken, gate) for gate, taken in evidence(project).items()), reverse=True)
        for taken, gate in lines[:15]:
            print(f"{taken:9.2f} s                         {gate}")
        print(f"{seconds:9.2f} s {cpu:9.2f} s CPU {peak:8} MB  all {len(tests)} tests in one process")
        return
    whole = [0.0, 0.0, 0]
    for test in tests:
        if asked.only in test.replace("::", "."):
            seconds, cpu, peak, _ = run(program, project, ["--exact", test])
            whole = [whole[0] + seconds, whole[1] + cpu, max(whole[2], peak)]
            print(f"{seconds:9.2f} s {cpu:9.2f} s CPU {peak:8} MB  {test.replace('::', '.')}", flush=True)
    print(f"{whole[0]:9.2f} s {whole[1]:9.2f} s CPU {whole[2]:8} MB  all, one after the other")


if __name__ == "__main__":
    main()
