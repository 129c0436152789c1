//! A release that is judged by the answers of a command, from the data file to the decision; and hostile commands.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use andon::evidence::decision::{Decision, GateState, Outcome};
use andon::evidence::evidence::today;
use andon::evidence::fingerprint::Toolchain;
use andon::evidence::package::{Package, PackageError};
use andon::families::reproducibility::scores_of_another_asking;
use andon::families::{accuracy, drift, robustness};
use andon::judge::{Measurement, Unit};
use andon::policy::Policy;
use andon::{Facts, Release, random_forest};

use crate::imported::vouch_scores;
use crate::part::{POLICY, Part, parts, record, write};

/// A logistic regression with a category, a flag, and a value for blanks.
const SCORE: &str = r#"
import json, math, sys
for line in sys.stdin:
    part = json.loads(line)
    assert list(part) == ["temperature", "pressure", "material", "polished"], part
    pressure = 5 if part["pressure"] is None else part["pressure"]
    margin = (part["temperature"] - 450) / 25 + 0.1 * (pressure - 5)
    margin += 0.5 * (part["material"] == "Brass") + 0.25 * (part["polished"] is True)
    print(1 / (1 + math.exp(-margin)))
"#;

/// The gates beside those of the policy of parts.
const GATES: [(&str, &str); 7] = [
    ("accuracy.golden", "max = 0"),
    ("contract.accepts_valid", "max = 0"),
    ("drift.prediction", "max = 0.1"),
    ("reproducibility.model_digest", "max = 1"),
    ("robustness.direction.temperature", "max = 0"),
    ("robustness.missing", "max = 0.2"),
    ("robustness.noise", "max = 0.2"),
];

fn policy(command: &str) -> String {
    let unseen = "unseen = \"every_row\"\nunseen_because = \"the parts were made after the model was\"";
    let model = format!("[model]\ncommand = {command}\ntime_limit_s = 20\n{unseen}\n[recipe]");
    let gates = GATES.iter().map(|(gate, bar)| format!("[gate.\"{gate}\"]\n{bar}\nwhy = \"test\"\n"));
    // No feature needs words, because nobody is answered.
    let words = |line: &&str| !line.contains("{ code = ");
    let policy = POLICY.replacen("[recipe]", &model, 1);
    let policy = policy.lines().filter(words).collect::<Vec<_>>().join("\n") + "\n";
    let tables = "[noise]\ntemperature = { deviation = 2 }\n[golden]\nfile = \"golden.ndjson\"\n\
                  [drift]\nreference = \"data/parts.csv\"\n";
    policy + &gates.collect::<String>() + tables
}

pub(super) fn python() -> String {
    policy("[\"python3\", \"score.py\"]")
}

pub(super) fn open(root: &Path, policy: &str, script: &str) -> Release<Part> {
    fs::write(root.join("score.py"), script).unwrap();
    fs::write(root.join("golden.ndjson"), golden("PASS")).unwrap();
    write(root, policy, &parts(600));
    Release::open(root, random_forest).unwrap()
}

/// One case about a part of 800 K.
fn golden(decision: &str) -> String {
    let record = "{\"serial\":\"g\",\"temperature\":800,\"material\":\"Steel\",\"polished\":false,\"site\":\"east\"}";
    format!("{{\"record\":{record},\"decision\":\"{decision}\",\"because\":\"it failed once\"}}\n")
}

/// The reason why a script gives no candidate.
fn refused(script: &str) -> String {
    refused_by(&python(), script)
}

fn refused_by(policy: &str, script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), policy, script).judged().unwrap_err().to_string()
}

fn fold(release: &Release<Part>) -> Decision {
    Decision::fold(release.policy(), release.fingerprint(), release.store(), release.baseline(), today())
}

/// Runs every gate of the policy; what was red.
fn run(release: &Release<Part>) -> Vec<String> {
    let judged = release.judged().unwrap();
    let command = judged.command.as_ref().unwrap();
    let statistics = ["accuracy.accuracy", "accuracy.auc", "fairness.disparate_impact.site"];
    let red = statistics.iter().filter_map(|id| release.statistic(id).err()).map(|red| red.to_string());
    let compared = || drift::DriftComparison::of_policy(release, judged);
    let measured = [
        ("accuracy.golden", accuracy::golden::golden(release, judged)),
        ("contract.accepts_valid", Measurement::exact(0.0, Unit::Count, 1)),
        ("drift.prediction", compared().and_then(|compared| drift::prediction(&compared))),
        ("reproducibility.model_digest", scores_of_another_asking(command, judged)),
        ("robustness.direction.temperature", robustness::direction(judged, "temperature")),
        ("robustness.missing", robustness::missing(judged)),
        ("robustness.noise", robustness::noise(judged)),
    ];
    let measured = measured.into_iter().filter_map(|(id, measured)| record(release, id, measured).err());
    red.chain(measured).chain(vouch_scores(release)).collect()
}

#[test]
fn the_answers_of_a_command_become_a_release_of_scores() {
    let folder = tempfile::tempdir().unwrap();
    let release = open(folder.path(), &python(), SCORE);
    assert_eq!(run(&release), Vec::<String>::new());
    let decision = fold(&release);
    assert_eq!(decision.outcome, Outcome::GoForScores);
    let table = decision.table(false, true);
    assert!(table.contains("nothing is served from a command: ") && !table.contains("a column of scores"), "{table}");

    let judged = release.judged().unwrap();
    let part = &judged.dataset.rows[3];
    let pressure = part.pressure.unwrap_or(5.0);
    let margin = (part.temperature - 450.0) / 25.0 + 0.1 * (pressure - 5.0);
    let margin = margin + if part.material == crate::part::Material::Brass { 0.5 } else { 0.0 };
    let margin = margin + if part.polished { 0.25 } else { 0.0 };
    let expected = 1.0 / (1.0 + (-margin).exp());
    assert!((judged.candidate.scores[3].share() - expected).abs() <= 0.000_05, "in ten-thousandths");
    assert!(judged.candidate.model_json.is_empty() && !release.store().path("model.json").exists());
    assert_eq!(release.digests(2).unwrap(), release.digests(1).unwrap());

    let package = Package::assemble(folder.path(), &Toolchain::current(), today()).unwrap();
    assert!(!package.files.contains_key("model.json"));
    let program = Package::for_program(folder.path(), &Toolchain::current(), today());
    assert!(matches!(program, Err(PackageError::ScoresOnly)));
    let facts = Facts::collect(&release, judged).unwrap();
    let said = facts.scores_only().unwrap();
    assert!(said.contains("GO for scores only") && said.contains("the command `python3 score.py`"), "{said}");
    assert!(!facts.is_told_whole("# card"));
}

#[test]
fn another_script_makes_all_evidence_stale_and_is_another_candidate() {
    let folder = tempfile::tempdir().unwrap();
    let release = open(folder.path(), &python(), SCORE);
    assert_eq!(run(&release), Vec::<String>::new());
    fs::write(folder.path().join("score.py"), "print('never run')").unwrap();
    assert!(Release::<Part>::open(folder.path(), random_forest).unwrap().judged().is_err());
    let stale = andon::evidence::run::current_decision(folder.path()).unwrap();
    assert!(stale.rows.iter().all(|row| row.state == GateState::Stale));

    // While the gates run it is no candidate.
    let folder = tempfile::tempdir().unwrap();
    let running = open(folder.path(), &python(), SCORE);
    fs::write(folder.path().join("score.py"), SCORE.replace("450", "451")).unwrap();
    let error = running.judged().unwrap_err().to_string();
    assert!(error.contains("another score.py") && error.contains("changed while the gates ran"), "{error}");
}

#[test]
fn scores_are_kept_for_other_processes_of_the_run_and_not_for_another_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    let counting = format!("open('runs.txt', 'a').write('x')\n{SCORE}");
    let runs = || fs::read_to_string(folder.path().join("runs.txt")).map_or(0, |text| text.len());
    let scores = |release: &Release<Part>| release.judged().unwrap().candidate.scores.clone();
    let first = scores(&open(folder.path(), &python(), &counting));
    assert_eq!((scores(&open(folder.path(), &python(), &counting)), runs()), (first, 1));
    scores(&open(folder.path(), &python(), &format!("{counting}#")));
    assert_eq!(runs(), 2);
    let kept = folder.path().join("target/andon/candidate.json");
    let edited = fs::read_to_string(&kept).unwrap().replacen("0001", "0002", 1);
    fs::write(&kept, edited).unwrap();
    scores(&open(folder.path(), &python(), &format!("{counting}#")));
    assert_eq!(runs(), 3, "edited scores are not believed");
}

#[test]
fn each_fault_of_a_command_is_an_error_that_names_it_and_the_next_step() {
    let answers = |line: &str| format!("import sys\nfor at, _ in enumerate(sys.stdin):\n    print({line})\n");
    for (script, told) in [
        (answers("'score' if at == 0 else 0.5"), "line 1 of its output, value `score`: is not a number"),
        (answers("float('nan') if at == 6 else 0.5"), "line 7 of its output, value `nan`: is not a number: the model"),
        (answers("640 if at == 6 else 0.5"), "line 7 of its output, value `640`: is out of range"),
        (answers("-0.25 if at == 6 else 0.5"), "value `-0.25`: is out of range"),
        (answers("'' if at == 6 else 0.5"), "line 7 of its output, value ``: is blank"),
        (answers("0.5, 0.5"), "value `0.5 0.5`: is not a number"),
        (answers("'0.5\\n' * (1 + at // 599), end=''"), "more lines than that: line 601, value `0.5`"),
        (answers("'0.5\\n' * (at < 599), end=''"), "was given 600 rows and printed 599 lines"),
        ("".to_owned(), "was given 600 rows and printed 0 lines"),
        (
            "import sys\nsys.stdin.read()\nsys.exit('no model.bin')".to_owned(),
            "ended with exit status: 1, and the end of its standard error is:\nno model.bin",
        ),
        ("raise SystemExit(3)".to_owned(), "exit status: 3, and the end of its standard error is:\n(nothing)"),
    ] {
        let error = refused(&script);
        assert!(error.contains("the command `python3 score.py`") && error.contains(told), "{told}\n{error}");
        assert!(error.contains("\nnext: "), "{error}");
        if error.contains("value") && !error.contains("more lines") {
            assert!(error.contains("a probability from 0 to 1"), "{error}");
        }
    }
    let error = refused_by(&policy("[\"no-such-program\", \"score.py\"]"), SCORE);
    assert!(error.contains("`no-such-program score.py`") && error.contains("cannot be started"), "{error}");
    let error = refused_by(&policy("[\"python3\", \"score.py\", \"--model\", \"absent.bin\"]"), "open('absent.bin')");
    assert!(error.contains("No such file or directory: 'absent.bin'"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_command_that_hangs_or_never_ends_is_stopped_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let alive = folder.path().join("alive");
    let sign = alive.display();
    for (script, told) in [
        ("import time\ntime.sleep(60)".to_owned(), "after 3 s"),
        ("import sys, time\nsys.stdin.read()\nprint(0.5, flush=True)\ntime.sleep(60)".to_owned(), "answered 1 of 600"),
        // Neither pipe of it is read or closed.
        ("import sys, time\nsys.stdin.close()\nsys.stdout.close()\ntime.sleep(60)".to_owned(), "after 3 s"),
        ("import sys\nwhile True: sys.stderr.write('x' * 9999)".to_owned(), "after 3 s"),
        ("while True: print(0.5)".to_owned(), "more lines than that: line 601"),
        ("import sys\nwhile True: sys.stdout.write('0' * 9999)".to_owned(), "longer than any number"),
        // A process of its own goes on writing, were it not stopped too.
        (
            format!(
                "import subprocess\nsubprocess.run(['sh', '-c', 'while :; do date >> {sign}; sleep 0.05; done'])\n"
            ),
            "after 3 s",
        ),
    ] {
        let started = Instant::now();
        let error = refused_by(&python().replacen("time_limit_s = 20", "time_limit_s = 3", 1), &script);
        assert!(error.contains(told), "{told}\n{error}");
        assert!(started.elapsed() < Duration::from_secs(30), "{script}");
    }
    let size = || fs::metadata(&alive).unwrap().len();
    let before = size();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(size(), before, "nothing of it is left");
}

/// Rows of three pipes' length: whoever prints before it reads, or reads nothing, stops nobody.
#[test]
fn a_command_that_does_not_read_its_input_blocks_nobody_and_is_found_out() {
    let long = |script: &str| {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("score.py"), script).unwrap();
        fs::write(root.join("golden.ndjson"), golden("PASS")).unwrap();
        write(root, &python(), &parts(6_000));
        let release = Release::<Part>::open(root, random_forest).unwrap();
        release.judged().map(|judged| judged.candidate.scores.len()).map_err(ToString::to_string)
    };
    let error = long("print('0.5\\n' * 6000, end='')").unwrap_err();
    assert!(error.contains("without reading them all") && error.contains("6000 rows"), "{error}");
    let error = long("import sys\nsys.stdin.readline()\nprint(0.5)").unwrap_err();
    assert!(error.contains("was given 6000 rows and printed 1 lines"), "{error}");
    // Everything is read before the first answer, or much is said on standard error: nothing is wrong with that.
    assert_eq!(long("import sys\nrows = sys.stdin.readlines()\nprint('0.5\\n' * len(rows), end='')"), Ok(6_000));
    let loud = "import sys\nfor row in sys.stdin:\n    sys.stderr.write('x' * 999)\n    print(0.5)";
    assert_eq!(long(loud), Ok(6_000));
}

#[test]
fn scores_that_hang_on_place_batch_or_chance_are_found_out() {
    let again = |script: &str| {
        let folder = tempfile::tempdir().unwrap();
        let release = open(folder.path(), &python(), script);
        let judged = release.judged().unwrap();
        let measured = scores_of_another_asking(judged.command.as_ref().unwrap(), judged);
        let part = measured.as_ref().ok().and_then(|measured| measured.parts().first().cloned());
        let red = record(&release, "reproducibility.model_digest", measured).err();
        (red, part.map(|part| (part.name, part.value)))
    };
    assert_eq!(again(SCORE), (None, None));
    for script in [
        // By the number of the line, whatever stands on it.
        "import sys\nfor at, _ in enumerate(sys.stdin): print(at % 100 / 100)",
        "import random, sys\nfor _ in sys.stdin: print(random.random())",
        // By rank in the batch.
        "import json, sys\nrows = [json.loads(row)['temperature'] for row in sys.stdin]\n\
         for row in rows: print(sum(other <= row for other in rows) / len(rows))",
        // Another answer the second time.
        "import os, sys\nseen = os.path.exists('seen')\nopen('seen', 'w')\nfor _ in sys.stdin: print(0.25 if seen else 0.5)",
    ] {
        let (red, part) = again(script);
        let (name, rows) = part.unwrap();
        assert!(red.unwrap().starts_with("Some(NoGo)"), "{script}");
        assert!(name.starts_with("first: row ") && name.contains("in another order and batch"), "{name}");
        assert!(rows > 400.0, "{rows} of 600 rows: {script}");
    }
    // It fails on a batch of one row.
    let lonely = "import statistics, json, sys\nrows = [json.loads(row)['temperature'] for row in sys.stdin]\n\
                  spread = statistics.stdev(rows)\nfor row in rows: print(min(1, row / 1000 / max(spread, 1)))";
    assert!(again(lonely).0.unwrap().contains("stdev requires at least two data points"));
}

#[test]
fn gates_that_ask_about_other_records_ask_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = SCORE.replace("(part[\"temperature\"] - 450)", "(450 - part[\"temperature\"])");
    let release = open(folder.path(), &python(), &wrong);
    let judged = release.judged().unwrap();
    let direction = robustness::direction(judged, "temperature").unwrap();
    assert!(direction.value() > 0.9 && direction.parts()[0].name.contains("which is better"), "{direction}");
    let golden = accuracy::golden::golden(&release, judged).unwrap();
    assert!(golden.parts()[0].name.contains("REJECT in place of PASS"), "{:?}", golden.parts());
    // Half of the parts lie within one standard deviation of noise from the cliff.
    let cliff = "import json, sys\nfor row in sys.stdin: print(0.9 if json.loads(row)['temperature'] >= 500 else 0.1)";
    let elsewhere = tempfile::tempdir().unwrap();
    let noisy = python().replacen("{ deviation = 2 }", "{ deviation = 200 }", 1);
    let release = open(elsewhere.path(), &noisy, cliff);
    let judged = release.judged().unwrap();
    assert!(robustness::noise(judged).unwrap().value() > 0.2);
    assert!(robustness::missing(judged).unwrap().value() < 1e-9, "it does not look at the pressure");
}

#[test]
fn a_policy_that_a_command_cannot_have_is_refused() {
    let parse = |text: &str| Policy::parse(text, Path::new("release.toml"));
    assert!(parse(&python()).is_ok());
    let digest = "[gate.\"reproducibility.model_digest\"]\nmax = 1\nwhy = \"test\"\n";
    for (from, to, told) in [
        (digest, "", "`command` needs the gate `reproducibility.model_digest`"),
        ("[\"python3\", \"score.py\"]", "[]", "model.command: names no program"),
        ("[\"python3\", \"score.py\"]", "[\" \"]", "model.command: names no program"),
        ("[\"python3\", \"score.py\"]", "\"python3 score.py\"", "command"),
        ("[\"python3\", \"score.py\"]", "[\"python3\", \"a\\u0000\"]", "NUL"),
        ("time_limit_s = 20", "time_limit_s = 0", "0 is out of range: allowed are 1 to 86400"),
        ("time_limit_s = 20", "explained_rows = 5", "5 is out of range: allowed are 20 to 10000"),
        ("time_limit_s = 20", "explained_pairs = 5", "5 is out of range: allowed are 20 to 10000"),
        ("time_limit_s = 20", "files = [\"../other\"]", "model.files: must be a path inside the release"),
        ("time_limit_s = 20", "files = [\"/etc/passwd\"]", "model.files: must be a path inside the release"),
        ("time_limit_s = 20", "scores = \"score\"", "model.scores: stands alone"),
        ("time_limit_s = 20", "file = \"model.txt\"", "model.command: stands alone"),
        ("time_limit_s = 20", "calibrated_on = { column = \"polished\" }", "model.calibrated_on: needs a model"),
        (
            "command = [\"python3\", \"score.py\"]",
            "scores = \"score\"",
            "model.time_limit_s: belongs to `model.command`",
        ),
        ("unseen_because", "# unseen_because", "model.unseen_because"),
    ] {
        assert!(python().contains(from), "{from}");
        let error = parse(&python().replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(told), "{told}\n{error}");
    }
    for (gate, why) in [
        ("explanation.reasons", "gives no reasons with its scores"),
        ("robustness.protected_attributes", "is given the features alone"),
        ("robustness.seeds", "was not trained here"),
        ("robustness.of_a_team", "is given the features alone"),
        ("serving.scores", "nothing is served"),
        ("import.parity", "is no model file"),
    ] {
        let side = if gate == "explanation.reasons" { "min" } else { "max" };
        let bar = format!("[gate.\"{gate}\"]\n{side} = 0.5\nwhy = \"test\"\n");
        let error = parse(&format!("{}{bar}", python())).unwrap_err().to_string();
        assert!(error.contains(gate) && error.contains(why) && error.contains("model.command"), "{error}");
    }
    // Of another model nothing is sampled.
    let bar = "[gate.\"explanation.certain_reasons\"]\nmin = 0.5\nwhy = \"test\"\n";
    let error = parse(&format!("{POLICY}{bar}")).unwrap_err().to_string();
    assert!(error.contains("Shapley values of a model are exact"), "{error}");
}

#[test]
fn a_listed_file_is_an_input_and_an_absent_one_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let listed = python().replacen("time_limit_s = 20", "time_limit_s = 20\nfiles = [\"model\", \"lock.txt\"]", 1);
    write(folder.path(), &listed, &parts(600));
    fs::write(folder.path().join("score.py"), SCORE).unwrap();
    fs::write(folder.path().join("golden.ndjson"), golden("PASS")).unwrap();
    fs::create_dir(folder.path().join("model")).unwrap();
    fs::write(folder.path().join("model/a.bin"), "1").unwrap();
    let open = || Release::<Part>::open(folder.path(), random_forest);
    let error = open().unwrap_err().to_string();
    assert!(error.contains("lock.txt under model.files") && error.contains("next: "), "{error}");
    fs::write(folder.path().join("lock.txt"), "numpy==2").unwrap();
    let digest = || open().unwrap().fingerprint().digest().to_owned();
    let mut digests = vec![digest()];
    for (file, text) in [("model/a.bin", "2"), ("model/b.bin", ""), ("lock.txt", "numpy==3"), ("score.py", "#")] {
        fs::write(folder.path().join(file), text).unwrap();
        digests.push(digest());
    }
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 5);
}
