//! The latency budget: criterion reports the times, and exit code 1 means that the budget is exceeded.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench talks to its user")]

use std::path::Path;
use std::process::ExitCode;

use andon::judge::Verdict;
use andon::policy::GateId;
use criterion::Criterion;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(andon::evidence::EXIT_USAGE)
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let release = loan_approval::open(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    let judged = release.judged().map_err(ToString::to_string)?;
    let gate = GateId::try_from("latency.decision".to_owned())?;
    let bar = release.policy().gates.get(&gate).ok_or("release.toml has no gate latency.decision")?;
    let mut criterion = Criterion::default().configure_from_args();
    let measured = andon::families::latency::decision(&mut criterion, judged);
    criterion.final_summary();
    if std::env::args().any(|argument| argument == "--test") {
        println!("test mode: no budget is judged");
        return Ok(ExitCode::SUCCESS);
    }
    let measured = measured?;
    let verdict = bar.judge(&measured);
    println!("{gate}: 99th percentile {measured}, budget {bar}: {verdict:?}");
    Ok(if verdict == Verdict::Go { ExitCode::SUCCESS } else { ExitCode::from(andon::evidence::EXIT_NO_GO) })
}
