#!/usr/bin/env python3
"""A year of decisions with outcomes, and a drift in one month: `scripts/simulated_year.py PROGRAM ARTIFACT [FOLDER]`.

Draws applicants from data/loans.csv with replacement, lets PROGRAM decide them by the model in ARTIFACT, and writes the
decisions to an audit trail, spread over twelve months: row by row after the documentation of `andon_audit::chain`, since
no program can turn its clock back. What happened later is the label of the row; in May 2026 a part of the approved
fail. Then the program itself verifies the trail, imports the outcomes and monitors the months:

  all        every decision has its outcome
  selective  only the approved have one, as with real loans
  late       the last four months have none yet

The applicants are rows of the training data, so a month looks better here than a month of new applicants would. Only the
standard library of Python; the seed is fixed.
"""

import csv
import hashlib
import json
import random
import secrets
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MONTHS = [f"2025-{month:02}" for month in (11, 12)] + [f"2026-{month:02}" for month in range(1, 11)]
APPLICANTS = 4000  # a month
DRIFT, FAILING = "2026-05", 0.25  # in this month, so many of the approved fail
BESIDE = ["sex", "race", "age_group"]
SCHEMA = """
CREATE TABLE decisions (
    sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, request_id TEXT NOT NULL, model_version TEXT NOT NULL,
    fingerprint TEXT NOT NULL, score REAL, decision TEXT NOT NULL, reasons TEXT NOT NULL,
    explanation_source TEXT NOT NULL, inputs_digest BLOB NOT NULL, monitoring_digest BLOB, hash BLOB NOT NULL,
    model_sha256 TEXT);
CREATE TABLE forgettings (
    sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, rows TEXT NOT NULL, reason TEXT NOT NULL, hash BLOB NOT NULL);
CREATE TABLE inputs (sequence INTEGER PRIMARY KEY, salt BLOB NOT NULL, json NOT NULL);
CREATE TABLE monitoring (sequence INTEGER PRIMARY KEY, salt BLOB NOT NULL, json NOT NULL);
CREATE TABLE cord (sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, act TEXT NOT NULL,
    person TEXT NOT NULL, why TEXT NOT NULL, hash BLOB NOT NULL);
CREATE TABLE notes (sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL,
    about INTEGER NOT NULL, body TEXT NOT NULL, hash BLOB NOT NULL);
PRAGMA user_version = 4;
PRAGMA application_id = 0x416e646e;
"""


def field(value):
    """A field behind its length; None is a byte 0, and what may be absent has a byte 1 before it."""
    if value is None:
        return b"\0"
    if isinstance(value, tuple):
        return b"\1" + field(value[0])
    data = value if isinstance(value, bytes) else struct.pack("<Q", value) if isinstance(value, int) else value.encode()
    return struct.pack("<Q", len(data)) + data


def digest(*fields):
    return hashlib.sha256(b"".join(field(value) for value in fields)).digest()


def optional(value):
    return None if value is None else (value,)


def canonical(members):
    return json.dumps(members, sort_keys=True, separators=(",", ":"))


def applicants():
    """The drawn rows, by month."""
    draw = random.Random(2026)
    rows = list(csv.DictReader(open(ROOT / "data" / "loans.csv")))
    return [(month, draw.choice(rows)) for month in MONTHS for _ in range(APPLICANTS)]


def decide(program, artifact, folder, drawn):
    """The decision and the score of each row, as the program prints them."""
    file, answers = folder / "applicants.csv", folder / "answers.csv"
    columns = [feature["name"] for feature in json.loads((artifact / "model.json").read_text())["features"]]
    with open(file, "w", newline="") as out:
        writer = csv.DictWriter(out, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(row for _, row in drawn)
    subprocess.run([program, "predict", file, "--out", answers, "--model", artifact], check=True)
    return columns, list(csv.DictReader(open(answers)))


def number(text):
    return float(text) if "." in text else int(text)


def write_trail(path, artifact, drawn, columns, answers):
    evidence = json.loads((artifact / "evidence.json").read_text())
    fingerprint, version = evidence["fingerprint"]["digest"], evidence["version"]
    model = hashlib.sha256((artifact / "model.json").read_bytes()).hexdigest()
    trail = sqlite3.connect(path)
    trail.executescript(SCHEMA)
    before = bytes(32)
    for sequence, ((month, row), answer) in enumerate(zip(drawn, answers), 1):
        place = (sequence - 1) % APPLICANTS
        time = f"{month}-{1 + place * 28 // APPLICANTS:02}T12:00:00.000000Z"
        score = float(answer["probability"]) if answer["probability"] else None
        parts = {
            "inputs": canonical({column: number(row[column]) for column in columns if row[column] != ""}),
            "monitoring": canonical({column: row[column] for column in BESIDE if row[column] != ""}),
        }
        salts = {part: secrets.token_bytes(32) for part in parts}
        digests = {part: digest("andon-audit personal 1", part, salts[part], text) for part, text in parts.items()}
        bits = None if score is None else struct.pack("<d", score)
        request = f"request-{sequence}"
        fixed = (request, version, fingerprint)
        content = digest("andon-audit decision 2", model, *fixed, optional(bits), answer["decision"], "[]", "template",
                         digests["inputs"], optional(digests["monitoring"]))
        before = digest("andon-audit link 1", before, sequence, time, content)
        trail.execute("INSERT INTO decisions VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                      (sequence, time, *fixed, score, answer["decision"], "[]", "template", digests["inputs"],
                       digests["monitoring"], before, model))
        for part, text in parts.items():
            trail.execute(f"INSERT INTO {part} VALUES (?,?,?)", (sequence, salts[part], text))
    trail.commit()
    trail.close()


def write_outcomes(path, drawn, answers, has_outcome):
    draw = random.Random(5)
    with open(path, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["decision", "outcome", "date"])
        for sequence, ((month, row), answer) in enumerate(zip(drawn, answers), 1):
            fails = draw.random() < FAILING and month == DRIFT and answer["decision"] == "APPROVED"
            if has_outcome(month, answer["decision"]):
                writer.writerow([f"request-{sequence}", 0 if fails else row["approved"], f"{month}-28"])


def main():
    program, artifact = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    folder = Path(sys.argv[3] if len(sys.argv) > 3 else ROOT / "target" / "simulated-year").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    drawn = applicants()
    columns, answers = decide(program, artifact, folder, drawn)
    worlds = {
        "all": lambda month, decision: True,
        "selective": lambda month, decision: decision == "APPROVED",
        "late": lambda month, decision: month < MONTHS[-4],
    }
    for name, has_outcome in worlds.items():
        trail, outcomes = folder / f"{name}.db", folder / f"{name}.csv"
        trail.unlink(missing_ok=True)
        write_trail(trail, artifact, drawn, columns, answers)
        write_outcomes(outcomes, drawn, answers, has_outcome)
        print(f"== {name}", flush=True)
        subprocess.run([program, "outcomes", "import", outcomes, "--trail", trail], check=True)
        subprocess.run([program, "audit", "verify", "--trail", trail], check=True)
        monitored = subprocess.run([program, "monitor", "--trail", trail, "--model", artifact])
        print(f"exit code {monitored.returncode}", flush=True)


if __name__ == "__main__":
    main()
