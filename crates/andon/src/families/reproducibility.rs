//! The family `reproducibility`: the same inputs give the same model, and the same package around it, from
//! dependencies that may be used.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use andon_evidence::files::{self, FileError};
use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::layout::{CARGO_LOCK, DENY, REMADE, REMAKING_LOCK};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::contract::Record;
use crate::measure::sample::{MAX_NAMED_PARTS, Measured};
use crate::model::command::CommandModel;
use crate::model::score::Score;
use crate::release::{Judged, Release};

/// What another process comes to from the same inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remade {
    /// The [digests](Release::digests) of what it trains.
    pub digests: String,
    /// The model card of what it trains.
    pub card: String,
}

/// The same in the store.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptRemade {
    fingerprint: String,
    command: String,
    remade: Remade,
}

/// What a training process comes to: it prints its fingerprint, its digests, an empty line, and the card. The store
/// keeps it for the fingerprint and the command, as it keeps the candidate, so a run after which nothing changed does
/// not train again, and a difference that was seen once does not go away by asking again. A program that was built in
/// another profile stands at another place, and trains for itself. One asks at a time, and who comes later finds what
/// was kept.
///
/// # Errors
/// Not measured when the process fails, prints something else or has other inputs, or what it came to cannot be kept.
pub fn remade<R: Record>(release: &Release<R>, training: &mut Command) -> Result<Remade, NotMeasured> {
    let failed = |error: FileError| NotMeasured(error.to_string());
    let _lock = files::lock(&release.store().path(REMAKING_LOCK)).map_err(failed)?;
    let path = release.store().path(REMADE);
    let fingerprint = release.fingerprint().digest().to_owned();
    let command = format!("{training:?}");
    // What was edited is not trusted.
    let kept = files::read_sealed::<KeptRemade>(&path).ok().flatten();
    if let Some(kept) = kept.filter(|kept| kept.fingerprint == fingerprint && kept.command == command) {
        return Ok(kept.remade);
    }
    let printed = output(training)?;
    let parts = printed.split_once('\n').and_then(|(inputs, rest)| Some((inputs, rest.split_once("\n\n")?)));
    let no_card = || NotMeasured(format!("a training process printed no card: {printed}"));
    let (inputs, (digests, card)) = parts.ok_or_else(no_card)?;
    if inputs != fingerprint {
        return Err(NotMeasured(format!(
            "an input changed while the gates ran: another process has the fingerprint {inputs}, and this one \
             {fingerprint}\nnext: cargo test"
        )));
    }
    let remade = Remade { digests: digests.to_owned(), card: card.to_owned() };
    files::write_sealed(&path, &KeptRemade { fingerprint, command, remade: remade.clone() }).map_err(failed)?;
    Ok(remade)
}

/// The number of different candidates among this one and those of training processes; 1 is reproducible. The parts are
/// the lines, each with its number of different digests. Each process must have printed the digests it came to, and
/// nothing else; see [`remade`].
///
/// # Errors
/// Not measured when a process printed no digests.
pub fn distinct_digests(ours: &str, printed: &[String]) -> Measured {
    if let Some(theirs) = printed.iter().find(|theirs| theirs.len() != ours.len()) {
        return Err(NotMeasured(format!("a training process printed `{theirs}`, which is no digest")));
    }
    let makings: Vec<&str> = std::iter::once(ours).chain(printed.iter().map(String::as_str)).collect();
    let n = makings.len() as u64;
    let distinct: BTreeSet<&str> = makings.iter().copied().collect();
    let part = |(at, line): (usize, &str)| {
        let digests: BTreeSet<Option<&str>> = makings.iter().map(|text| text.lines().nth(at)).collect();
        let name = line.split_once("  ").map_or(line, |(_, name)| name);
        Part { name: name.to_owned(), value: digests.len() as f64, n }
    };
    let parts = ours.lines().enumerate().map(part).chain(first_difference(ours, printed)).collect();
    Ok(Measurement::exact(distinct.len() as f64, Unit::Count, n)?.with_parts(parts))
}

/// The first digest that another process printed differently, beside ours.
fn first_difference(ours: &str, printed: &[String]) -> Option<Part> {
    let mut pairs = printed.iter().flat_map(|theirs| ours.lines().zip(theirs.lines()));
    let (ours, theirs) = pairs.find(|(ours, theirs)| ours != theirs)?;
    let name = format!("first: this process\n{ours}\nanother process on the same inputs\n{theirs}");
    Some(Part { name, value: 1.0, n: 1 })
}

/// The number of different scorings of the judged rows by a command: 1 if it gives each row the score again that it
/// gave at first, asked in another order and in other batches, one of which is a single row. The part is the first row
/// whose score differs, with the number of such rows.
///
/// # Errors
/// Not measured when the command gives no scores.
pub fn scores_of_another_asking<R: Record>(command: &CommandModel, judged: &Judged<R>) -> Measured {
    let again = command.scores_in_other_order(&judged.frame.matrix, judged.sample.seed);
    let again = again.map_err(|error| NotMeasured(error.to_string()))?;
    let pairs = judged.candidate.scores.iter().zip(&again).enumerate();
    let differing: Vec<(usize, (&Score, &Score))> = pairs.filter(|(_, (first, again))| first != again).collect();
    let n = again.len() as u64;
    let rows = differing.len() as u64;
    let part = |(row, (first, again)): &(usize, (&Score, &Score))| Part {
        name: format!("first: row {}: {first}, and {again} in another order and batch", row + 1),
        value: rows as f64,
        n,
    };
    let parts = differing.first().map(part).into_iter().collect();
    let scorings = if differing.is_empty() { 1.0 } else { 2.0 };
    Ok(Measurement::exact(scorings, Unit::Count, n)?.with_parts(parts))
}

/// The number of different texts among several makings of each file of the package, ends trimmed; the most of any file,
/// and 1 is reproducible. The parts are the files.
///
/// # Errors
/// Not measured when there is no file, one was made fewer than two times, or came out empty.
pub fn distinct_files(files: &[(&str, Vec<String>)]) -> Measured {
    let mut parts = Vec::new();
    for (name, makings) in files {
        let texts: BTreeSet<&str> = makings.iter().map(|text| text.trim()).collect();
        if makings.len() < 2 || texts.contains("") {
            return Err(NotMeasured(format!("{name} came out empty, or was made fewer than two times")));
        }
        parts.push(Part { name: (*name).to_owned(), value: texts.len() as f64, n: makings.len() as u64 });
    }
    let most = parts.iter().map(|part| part.value).fold(0.0, f64::max);
    let n = parts.iter().map(|part| part.n).sum();
    Ok(Measurement::exact(most, Unit::Count, n)?.with_parts(parts))
}

/// The standard output of another process, trimmed.
///
/// # Errors
/// Not measured when it fails, with what it says on standard error.
pub fn output(process: &mut Command) -> Result<String, NotMeasured> {
    let output = process.output();
    let output = output.map_err(|error| NotMeasured(format!("failed to run another process: {error}")))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if !output.status.success() {
        let said = text(&output.stderr);
        return Err(NotMeasured(format!("another process ended with {}\n{said}", output.status).trim_end().to_owned()));
    }
    Ok(text(&output.stdout))
}

/// The number of findings of `cargo deny` against the dependencies of the release in `root`: licences and sources that
/// `deny.toml` does not allow, and crates that it bans. The parts name the crates. Advisories are not asked: they come
/// from the network, and another day has others.
///
/// # Errors
/// Not measured without `deny.toml`, or when `cargo deny` is not installed or does not come to an end.
pub fn denied_dependencies(root: &Path) -> Measured {
    if !root.join(DENY).is_file() {
        return Err(NotMeasured(format!("there is no {DENY}\nnext: cargo deny init")));
    }
    let lock = files::read(&root.join(CARGO_LOCK)).map_err(|error| NotMeasured(error.to_string()))?;
    let packages = String::from_utf8_lossy(&lock).lines().filter(|line| *line == "[[package]]").count();
    let mut deny = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    deny.args(["deny", "--format", "json", "--locked", "--offline", "check", "licenses", "bans", "sources"]);
    count_denied(deny.current_dir(root), packages as u64)
}

/// The errors that a run of `cargo deny` reports, one JSON object on each line of its standard error.
fn count_denied(deny: &mut Command, packages: u64) -> Measured {
    let output = deny.output().map_err(|error| NotMeasured(format!("cargo deny cannot be run: {error}")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let summary = lines.iter().find(|line| line["type"] == "summary").map(|line| &line["fields"]);
    let errors = |check: &str| summary.and_then(|summary| summary[check]["errors"].as_u64());
    let found = ["bans", "licenses", "sources"].into_iter().map(errors).sum::<Option<u64>>();
    // An error with a success, or the other way round, is no result of this tool.
    let found = found.filter(|found| (*found == 0) == output.status.success()).ok_or_else(|| {
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing");
        NotMeasured(format!("cargo deny came to no end: {last}\nnext: cargo install --locked cargo-deny"))
    })?;
    let denied = lines.iter().filter(|line| line["type"] == "diagnostic" && line["fields"]["severity"] == "error");
    let parts = denied.take(MAX_NAMED_PARTS).map(|line| name_denied(&line["fields"])).collect();
    Ok(Measurement::exact(found as f64, Unit::Count, packages)?.with_parts(parts))
}

/// The crate that a finding is about, with the finding.
fn name_denied(finding: &Value) -> Part {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let named = &finding["graphs"][0]["Krate"];
    let spans = finding["labels"].as_array().into_iter().flatten();
    let what: Vec<String> = spans.filter(|label| label["message"] != "").map(|label| text(&label["span"])).collect();
    let [name, version, message] = [&named["name"], &named["version"], &finding["message"]].map(text);
    Part { name: format!("{name} {version}: {message} ({})", what.join(", ")), value: 1.0, n: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of `cargo deny` that says this and ends with this code.
    #[cfg(unix)]
    fn denied(said: &str, code: u8) -> Measured {
        let mut shell = Command::new("sh");
        count_denied(shell.args(["-c", r#"printf '%s\n' "$1" >&2; exit "$2""#, "deny", said, &code.to_string()]), 340)
    }

    #[test]
    #[cfg(unix)]
    fn a_denied_licence_is_counted_and_its_crate_named() {
        let summary = |errors: u64| {
            let none = r#"{"errors":0}"#;
            format!(
                r#"{{"type":"summary","fields":{{"bans":{none},"licenses":{{"errors":{errors}}},"sources":{none}}}}}"#
            )
        };
        let finding = r#"{"type":"diagnostic","fields":{"severity":"error","code":"rejected","graphs":[{"Krate":
            {"name":"ring","version":"0.17.14"}}],"labels":[{"message":"rejected","span":"ISC"}],
            "message":"failed to satisfy license requirements"}}"#
            .replace('\n', "");
        assert_eq!(denied(&summary(0), 0).map(|clean| (clean.value(), clean.n())), Ok((0.0, 340)));
        let red = denied(&format!("{finding}\n{}", summary(1)), 4).unwrap();
        assert_eq!(red.parts()[0].name, "ring 0.17.14: failed to satisfy license requirements (ISC)");
        assert_eq!(red.value().to_bits(), 1.0_f64.to_bits());
        for (said, code) in [("error: no such command: `deny`", 101), (&summary(0), 1), (&summary(1), 0), ("", 0)] {
            assert!(denied(said, code).unwrap_err().0.contains("next: cargo install --locked cargo-deny"), "{said}");
        }
    }

    fn files(second: &str) -> Measured {
        let made = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
        distinct_files(&[("card", made(["a card\n", "a card"])), ("model", made(["1", second]))])
    }

    #[test]
    fn files_that_differ_between_makings_are_counted() {
        assert_eq!((files("1").unwrap().value(), files("2").unwrap().value()), (1.0, 2.0));
        assert_eq!(files("2").unwrap().parts().iter().map(|part| part.value).collect::<Vec<_>>(), [1.0, 2.0]);
    }

    #[test]
    fn no_file_one_making_or_an_empty_text_is_not_measured() {
        assert!(distinct_files(&[]).is_err());
        assert!(distinct_files(&[("card", vec!["a".to_owned()])]).is_err());
        assert!(files(" ").is_err());
    }

    #[test]
    fn a_digest_that_differs_in_one_process_is_counted_by_the_line_it_stands_in() {
        let printed = ["a  model\nb  scores", "a  model\nc  scores"].map(str::to_owned);
        let measured = distinct_digests("a  model\nb  scores", &printed);
        let measured = measured.unwrap();
        let parts: Vec<_> = measured.parts().iter().map(|part| (part.name.as_str(), part.value, part.n)).collect();
        let first = "first: this process\nb  scores\nanother process on the same inputs\nc  scores";
        assert_eq!((measured.value(), parts), (2.0, vec![("model", 1.0, 3), ("scores", 2.0, 3), (first, 1.0, 1)]));
    }

    #[test]
    #[cfg(unix)]
    fn a_process_that_fails_or_prints_no_digest_is_not_measured() {
        let said = output(Command::new("sh").args(["-c", "echo no data >&2; exit 3"])).unwrap_err().0;
        assert!(said.starts_with("another process ended with exit status: 3\nno data"), "{said}");
        assert!(output(&mut Command::new("/no/such/program")).is_err());
        assert!(distinct_digests("a", &[String::new()]).is_err());
    }
}
