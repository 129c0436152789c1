//! The command line: its commands, their options and their help.

use std::path::PathBuf;

use andon_evidence::{EXIT_GO, EXIT_INCOMPLETE, EXIT_NO_GO, EXIT_USAGE};
use clap::{Args, Parser, Subcommand};

use crate::documents::{DocumentFormat, DocumentKind};
use crate::scores::sql::Dialect;

/// Package a model that `cargo test` decided GO on, or show why the decision is not GO.
///
/// The root of a release is the folder with release.toml and Cargo.toml. The commands work on the root that is the
/// current folder or the nearest folder above it.
#[derive(Parser)]
#[command(bin_name = "cargo andon", version, after_help = exit_codes())]
pub(crate) struct AndonArguments {
    #[command(subcommand)]
    pub(crate) command: AndonCommand,
}

/// The arguments of `new`.
#[derive(Args)]
pub(crate) struct NewArguments {
    /// The name of the project, and of its folder
    pub(crate) name: String,
    /// The data file: one row for each past case, with a header line
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// The column with the outcome that the model predicts; it has two values
    #[arg(long)]
    pub(crate) label: Option<String>,
    /// The value of that column that is the better outcome for the person
    #[arg(long)]
    pub(crate) favourable: Option<String>,
    /// Protected attributes besides those that are found by their names, parted by commas; `none` if there is none
    #[arg(long, value_delimiter = ',')]
    pub(crate) protected: Option<Vec<String>>,
    /// The column that names a row; without it one is found or made
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// The column with the time of a row, in whose order the rows are put
    #[arg(long)]
    pub(crate) time: Option<String>,
}

/// The arguments of `judge`.
#[derive(Args)]
pub(crate) struct JudgeArguments {
    /// The file: CSV with a header, or Parquet if this program was built with it; one row for each case
    #[arg(required_unless_present = "tally")]
    pub(crate) file: Option<PathBuf>,
    /// Judge these tallies of parts, which `tally` or the deployed program made, in place of FILE
    #[arg(long, num_args = 1.., conflicts_with_all = ["file", "label", "score", "favourable", "protected"])]
    pub(crate) tally: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) parts: PartsArguments,
    /// The column with the outcome; it has two values
    #[arg(long, required_unless_present = "tally")]
    pub(crate) label: Option<String>,
    /// The column with the model's probability of the favourable outcome, 0 to 1
    #[arg(long, required_unless_present = "tally")]
    pub(crate) score: Option<String>,
    /// The value of the outcome that is the better one for the person
    #[arg(long, default_value = "1")]
    pub(crate) favourable: String,
    /// The columns of protected attributes, parted by commas
    #[arg(long, value_delimiter = ',', conflicts_with = "policy")]
    pub(crate) protected: Vec<String>,
    /// The lowest score that is answered favourably; 0.5 if it is not given
    #[arg(long, conflicts_with = "policy")]
    pub(crate) threshold: Option<f64>,
    /// The policy with the bars, the judged groups and the threshold; that of the model if it is not given
    #[arg(long)]
    pub(crate) policy: Option<PathBuf>,
    /// The folder with the released model whose scores these are, such as dist/NAME-VERSION: rows are held against its
    /// contract and its validated ranges, and the gates of drift are asked by its training data
    #[arg(long, value_name = "DIR", conflicts_with_all = ["protected", "threshold"])]
    pub(crate) model: Option<PathBuf>,
    /// Write a report here: one HTML file, without scripts or network access
    #[arg(long)]
    pub(crate) report: Option<PathBuf>,
    /// Print the judgement as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The arguments of `document`.
#[derive(Args)]
pub(crate) struct DocumentArguments {
    /// The document
    #[arg(value_enum)]
    pub(crate) kind: DocumentKind,
    /// The form of the document
    #[arg(long, value_enum, default_value = "html")]
    pub(crate) format: DocumentFormat,
    /// Write it here; target/andon/documents/ if this is not given
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

/// The parts that make the whole.
#[derive(Args)]
pub(crate) struct PartsArguments {
    /// The number of parts that make the whole
    #[arg(long, value_name = "N")]
    pub(crate) parts: Option<usize>,
    /// A file with the names of the parts that make the whole, one a line
    #[arg(long, value_name = "FILE", conflicts_with = "parts")]
    pub(crate) expect: Option<PathBuf>,
}

/// The arguments of `tally`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct TallyArguments {
    #[command(subcommand)]
    pub(crate) command: Option<TallyCommand>,
    /// A file of scored rows: CSV with a header, or Parquet if this program was built with it
    #[arg(required_unless_present_any = ["sql", "from_counts"])]
    pub(crate) file: Option<PathBuf>,
    /// Print the query that counts a table of scored rows in a database of this kind
    #[arg(long, value_name = "ENGINE", conflicts_with_all = ["file", "from_counts", "part"])]
    pub(crate) sql: Option<Dialect>,
    /// The table to count: its name, or anything else that may stand behind FROM; `scored` if it is not given
    #[arg(long, requires = "sql")]
    pub(crate) table: Option<String>,
    /// Make the tally of the result of that query: CSV with a header
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub(crate) from_counts: Option<PathBuf>,
    /// The name of the part; if it is not given, the digest of the file
    #[arg(long, value_name = "NAME")]
    pub(crate) part: Option<String>,
    /// The columns of the contract that the table does not have, parted by commas; only such that may be blank
    #[arg(long, value_delimiter = ',', requires = "sql")]
    pub(crate) absent: Vec<String>,
    /// The column with the outcome; that of the policy if it is not given
    #[arg(long, required_unless_present_any = ["policy", "model"])]
    pub(crate) label: Option<String>,
    /// The column with the model's probability of the favourable outcome, 0 to 1
    #[arg(long, required = true)]
    pub(crate) score: Option<String>,
    /// The value of the outcome that is the better one for the person
    #[arg(long, default_value = "1")]
    pub(crate) favourable: String,
    /// The columns of protected attributes, parted by commas
    #[arg(long, value_delimiter = ',', conflicts_with = "policy")]
    pub(crate) protected: Vec<String>,
    /// The policy with the protected attributes and the judged groups; that of the model if it is not given
    #[arg(long)]
    pub(crate) policy: Option<PathBuf>,
    /// The folder with the released model whose scores these are, such as dist/NAME-VERSION: then broken values, rows
    /// outside the validated ranges, and rows by the bins of the training data are counted too
    #[arg(long, value_name = "DIR", conflicts_with = "protected")]
    pub(crate) model: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum TallyCommand {
    /// Add the tallies of parts up, whatever their order, and print the whole
    Merge {
        /// The tallies
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        parts: PartsArguments,
    },
}

/// A person and the reason of that person.
#[derive(Args)]
pub(crate) struct CordArguments {
    /// The person
    #[arg(long)]
    pub(crate) by: String,
    /// The reason
    #[arg(long)]
    pub(crate) why: String,
}

#[derive(Subcommand)]
pub(crate) enum AndonCommand {
    /// Run every gate. On GO, build the program and put it into dist/ with its model, card and evidence
    #[command(after_help = exit_codes())]
    Release {
        /// On GO, start the server of the program afterwards
        #[arg(long, conflicts_with = "json")]
        serve: bool,
        /// Print the decision as JSON on standard output, and everything else on standard error
        #[arg(long)]
        json: bool,
        /// Sign the artifact with this private key; `keygen` makes one
        #[arg(long)]
        sign_with: Option<PathBuf>,
    },
    /// Make a project from a data file: record, policy, gates, card. What it proposes is marked for a person to confirm
    ///
    /// On a terminal it asks what is not given; elsewhere it stops and names the option.
    New(NewArguments),
    /// Judge the scores that any program gave, without a project and without a compiler
    ///
    /// Without a policy it holds the scores to bars from law, custom and logic, and exits with 3, since that is no
    /// release decision. With a policy it asks every gate that scores can answer, lists the others, and decides for
    /// scores only.
    #[command(after_help = exit_codes())]
    Judge(JudgeArguments),
    /// Count scored rows where they are: print the tally of a part, or the query by which a database makes it
    ///
    /// Tallies add up in any order, to the counts of one process on one file. `judge --tally` decides from them.
    Tally(TallyArguments),
    /// Convert a source file into the data file of this release again, as data/conversion.toml says
    Convert {
        /// The source file: the one that the project was made from, or a newer one of the same form
        file: PathBuf,
    },
    /// Write the tests of gates that release.toml asks for and tests/gate/ lacks, and list the tests without a bar
    Gates,
    /// Make a key pair for signatures: KEY is private, KEY.pub is for everybody who verifies
    Keygen {
        /// Path of the private key, outside every repository
        key: PathBuf,
    },
    /// Check that an artifact is complete, that every file in it follows from its evidence, and who signed it
    ///
    /// Exits with 0 if the artifact passes. Otherwise it prints the first difference and exits with 1.
    Verify {
        /// The artifact: a folder under dist/
        folder: PathBuf,
        /// The public key of the expected signer
        #[arg(long)]
        public_key: Option<PathBuf>,
    },
    /// Import the evidence of an artifact that was judged on the same inputs and signed by the key in release.toml
    #[command(after_help = exit_codes())]
    Import {
        /// The folder of the artifact, with its signature beside it
        folder: PathBuf,
    },
    /// Show the decision from the stored evidence, gate by gate, without running any gate
    #[command(after_help = exit_codes())]
    Status {
        /// Print the decision as JSON on standard output, and everything else on standard error
        #[arg(long)]
        json: bool,
    },
    /// Stop the release: NO-GO until another person clears the stop, whatever the gates say
    Stop(CordArguments),
    /// Clear a stop on the release. Unless release.toml says otherwise, nobody clears a stop of his own
    Clear {
        /// The id of the stop, as `status` shows it
        id: String,
        #[command(flatten)]
        arguments: CordArguments,
    },
    /// Show every decision and every stop that the ledger keeps, and check its chain
    ///
    /// Exits with 1 if the chain does not hold.
    Log {
        /// Print the lines as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Make the artifact of this version the previous release, in released/, for comparison with the next one
    #[command(after_help = exit_codes())]
    Adopt,
    /// Show what changed since the previous release: data, policy, code, dependencies, compiler or model
    #[command(after_help = exit_codes())]
    Diff {
        /// Print the changes as JSON
        #[arg(long)]
        json: bool,
    },
    /// Turn a failure that somebody found into a golden case: a record, and the answer that each release must give it
    ///
    /// `accuracy.golden` holds the candidate to every case of the file that the table golden of release.toml names.
    Golden {
        #[command(subcommand)]
        command: GoldenCommand,
    },
    /// Read a model that was trained elsewhere, say what it is, and print the Python by which its library answers the
    /// questions of the gate `import.parity`
    ImportModel {
        /// The model: XGBoost (JSON, UBJSON), LightGBM (text), ONNX with one tree ensemble or one logistic
        /// regression, or a table of points (CSV, TOML)
        file: PathBuf,
        /// Names of the features in the order of the file's columns, for a file that does not name them
        #[arg(long, value_delimiter = ',')]
        features: Vec<String>,
    },
    /// Print the model card, if the gates vouch for its present text
    #[command(after_help = exit_codes())]
    Card,
    /// Write a report of the evidence: one HTML file, target/andon/report.html, without scripts or network access
    #[command(after_help = exit_codes())]
    Report {
        /// Open the report in the browser
        #[arg(long)]
        open: bool,
    },
    /// Write a document from the evidence: what the law and the practice of model risk ask to be written down
    ///
    /// What no machine knows stands there as TO BE WRITTEN BY a role, and is counted. The command exits as `status`
    /// does.
    #[command(after_help = exit_codes())]
    Document(DocumentArguments),
    /// Compare the recipe with the alternatives that release.toml declares: a table, a plot, and the file that the gate
    /// `fairness.alternatives` asks for
    Search {
        /// Show every alternative, not only those on the frontier
        #[arg(long)]
        all: bool,
    },
    /// Plant known faults in a copy of the release, one by one, and report which gate caught each
    ///
    /// Exits with 0 if every fault was caught and the clean copy raised no alarm, and with 1 otherwise.
    Drill {
        /// Run only the drills whose name contains this text
        #[arg(default_value = "")]
        filter: String,
    },
}

#[derive(Subcommand)]
pub(crate) enum GoldenCommand {
    /// Add a case
    Add(GoldenArguments),
}

#[derive(Args)]
pub(crate) struct GoldenArguments {
    /// A file with the record as JSON, as a request has it: a complaint, a request of the trail, a counterexample that
    /// a red gate shows; - reads standard input
    #[arg(required_unless_present = "id", conflicts_with = "id")]
    pub(crate) record: Option<PathBuf>,
    /// The id of a row of the data file, such as one of a weak slice, in place of RECORD
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// The decision that it must get: a word of the table answer in release.toml, or REFER
    #[arg(long)]
    pub(crate) decision: Option<String>,
    /// The range in which its probability must lie, both ends included, such as 0.2..0.4
    #[arg(long, value_name = "MIN..MAX")]
    pub(crate) probability: Option<String>,
    /// The failure that the case stands for, such as the number of the complaint
    #[arg(long)]
    pub(crate) because: String,
}

fn exit_codes() -> String {
    format!(
        "Exit codes:\n  \
         {EXIT_GO}  GO: every required gate is green, waived, or red without blocking\n  \
         {EXIT_NO_GO}  NO-GO: at least one gate is red\n  \
         {EXIT_USAGE}  wrong usage or broken input, such as an invalid release.toml\n  \
         {EXIT_INCOMPLETE}  INCOMPLETE: at least one required gate has no result"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_sound() {
        AndonArguments::command().debug_assert();
    }
}
