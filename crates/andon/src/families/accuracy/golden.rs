//! Golden cases: the failures of the past, each with the answer that it must get from now on.

use andon_evidence::files::{self, sha256_hex};
use andon_evidence::golden::GoldenCase;
use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};
use andon_evidence::package::previous::PreviousRelease;
use andon_evidence::policy::Golden;

use crate::data::contract::{Record, Violation};
use crate::decide::decider::Decider;
use crate::decide::reply::REFER;
use crate::measure::sample::Measured;
use crate::release::{Judged, Release};

/// The gate that asks about the golden cases.
const GATE: &str = "accuracy.golden";

/// The number of golden cases that get another answer than they must. The parts name them, by their lines.
///
/// # Errors
/// Not measured without `[golden]` in the policy, without a case, when a line is no case or its record breaks the
/// contract, and when there are fewer cases than in the previous release without a reason.
pub fn golden<R: Record>(release: &Release<R>, judged: &Judged<R>) -> Measured {
    let golden = release.policy().golden.as_ref();
    let golden = golden.ok_or_else(|| NotMeasured("the policy names no file under [golden]".to_owned()))?;
    let cases = read_cases(release, golden)?;
    let n = cases.len() as u64;
    if let Some(then) = release.released().and_then(earlier_cases).filter(|then| *then > n)
        && golden.fewer_because.is_none()
    {
        let why = "say why under [golden], fewer_because = \"…\"";
        return Err(NotMeasured(format!("{n} cases, and {then} in the previous release: {why}")));
    }
    let record = |(line, case): &(usize, GoldenCase)| {
        record(&judged.decider, case).map_err(|why| NotMeasured(format!("line {line}: {why}")))
    };
    let records = cases.iter().map(record).collect::<Result<Vec<R>, NotMeasured>>()?;
    let mut parts = Vec::new();
    for ((line, case), (decision, probability)) in cases.iter().zip(judged.answers(&records)?) {
        if let Some(found) = other_answer(case, &decision, probability) {
            let name = format!("line {line}: {found} ({})", case.because);
            parts.push(Part { name, value: 1.0, n: 1 });
        }
    }
    Ok(Measurement::exact(parts.len() as f64, Unit::Count, n)?.with_parts(parts))
}

/// The cases of the file that the fingerprint holds.
fn read_cases<R: Record>(release: &Release<R>, golden: &Golden) -> Result<Vec<(usize, GoldenCase)>, NotMeasured> {
    let answer = &release.policy().answer;
    let words = [answer.positive.as_str(), answer.negative.as_str(), REFER];
    let shown = golden.file.display();
    let bytes = files::read(&release.root().join(&golden.file)).map_err(|error| NotMeasured(error.to_string()))?;
    if release.fingerprint().input(&golden.file) != Some(sha256_hex(&bytes).as_str()) {
        return Err(NotMeasured(format!("{shown} changed while the gates ran")));
    }
    let text = String::from_utf8(bytes).map_err(|_| NotMeasured(format!("{shown} is not UTF-8")))?;
    let cases = GoldenCase::read_all(&text, &words).map_err(|error| NotMeasured(format!("{shown}, {error}")))?;
    if cases.is_empty() {
        return Err(NotMeasured(format!("{shown} holds no case\nnext: cargo andon golden add --help")));
    }
    Ok(cases)
}

/// The number of cases that the previous release was held to.
fn earlier_cases(previous: &PreviousRelease) -> Option<u64> {
    let row = previous.manifest.decision.rows.iter().find(|row| row.gate.as_str() == GATE)?;
    row.measurement().map(Measurement::n)
}

/// The record of a case.
fn record<R: Record>(decider: &Decider<R>, case: &GoldenCase) -> Result<R, String> {
    let json = serde_json::to_vec(&case.record).map_err(|error| error.to_string())?;
    let violations = |violations: Vec<Violation>| violations.iter().map(ToString::to_string).collect::<Vec<_>>();
    decider.contract().read_json(&json).map_err(|broken| violations(broken).join("; "))
}

/// The answer to a case and the one that it must get, if they differ.
fn other_answer(case: &GoldenCase, decision: &str, probability: Option<f64>) -> Option<String> {
    let shown = probability.map_or_else(|| "none".to_owned(), |probability| probability.to_string());
    if let Some(wanted) = case.decision.as_ref().filter(|wanted| *wanted != decision) {
        return Some(format!("{decision} in place of {wanted}, probability {shown}"));
    }
    let range = case
        .probability
        .filter(|range| !probability.is_some_and(|probability| range.min <= probability && probability <= range.max));
    range.map(|range| format!("probability {shown} in place of {} to {}", range.min, range.max))
}
