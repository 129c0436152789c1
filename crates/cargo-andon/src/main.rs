//! `cargo andon`: from the gates to the artifact, with the decision in between.
//!
//! Standard output holds the result (the decision, the card); progress and hints go to standard error.

mod arguments;
mod artifact;
mod column_schema;
mod commands;
mod console;
mod documents;
mod forms;
mod policy_lines;
mod report;
mod root;
mod run;
mod scores;

use std::process::ExitCode;

use andon_evidence::EXIT_USAGE;
use andon_evidence::decision::Outcome;
use andon_evidence::messages::with_causes;
use andon_evidence::package::PackageError;
use anyhow::Result;
use clap::Parser;

use arguments::{AndonArguments, AndonCommand, GoldenCommand};
use root::find_root;

fn main() -> ExitCode {
    let arguments = AndonArguments::try_parse_from(console::drop_subcommand_name(std::env::args_os()));
    let arguments = arguments.unwrap_or_else(|error| console::end_with(&error));
    let code = run(&arguments.command).unwrap_or_else(|error| {
        console::hint(&format!("error: {}", with_causes(error.as_ref())));
        exit_code(&error)
    });
    ExitCode::from(code)
}

fn run(command: &AndonCommand) -> Result<u8> {
    match command {
        AndonCommand::Release { serve, json, sign_with } => {
            commands::release::run(&find_root()?, *serve, *json, sign_with.as_deref())
        }
        AndonCommand::New(arguments) => commands::from_data::new::run(arguments),
        AndonCommand::Judge(arguments) => commands::from_data::judge::run(arguments),
        AndonCommand::Tally(arguments) => commands::from_data::tally::run(arguments),
        AndonCommand::Convert { file } => commands::from_data::convert::run(&find_root()?, file),
        AndonCommand::Gates => commands::gates::run(&find_root()?),
        AndonCommand::Keygen { key } => commands::keygen::run(key),
        AndonCommand::Verify { folder, public_key } => commands::verify::run(folder, public_key.as_deref()),
        AndonCommand::Import { folder } => commands::import::run(&find_root()?, folder),
        AndonCommand::Status { json } => commands::status::run(&find_root()?, *json),
        AndonCommand::Stop(arguments) => commands::cord::stop(&find_root()?, arguments),
        AndonCommand::Clear { id, arguments } => commands::cord::clear(&find_root()?, id, arguments),
        AndonCommand::Log { json } => commands::cord::log::run(&find_root()?, *json),
        AndonCommand::Adopt => commands::adopt::run(&find_root()?),
        AndonCommand::Diff { json } => commands::diff::run(&find_root()?, *json),
        AndonCommand::Golden { command: GoldenCommand::Add(arguments) } => {
            commands::golden::add(&find_root()?, arguments)
        }
        AndonCommand::ImportModel { file, features } => commands::import_model::run(file, features),
        AndonCommand::Card => commands::card::run(&find_root()?),
        AndonCommand::Report { open } => commands::report::run(&find_root()?, *open),
        AndonCommand::Document(arguments) => commands::document::run(&find_root()?, arguments),
        AndonCommand::Search { all } => commands::search::run(&find_root()?, *all),
        AndonCommand::Drill { filter } => commands::drill::run(&find_root()?, filter),
    }
}

/// The exit code of a command that failed: the decision's if the error holds one, else that of broken input.
fn exit_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(PackageError::NotGo(decision)) => decision.outcome.exit_code(),
        Some(PackageError::NotVouched(_)) => Outcome::Incomplete.exit_code(),
        _ => EXIT_USAGE,
    }
}
