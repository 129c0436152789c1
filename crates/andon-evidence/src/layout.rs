//! The name of every file and folder that a release consists of, leaves behind or ships.

/// The policy, in the root of every release.
pub const POLICY: &str = "release.toml";

/// The manifest of a package, as cargo calls it.
pub const CARGO_MANIFEST: &str = "Cargo.toml";

/// The lock file, as cargo calls it.
pub const CARGO_LOCK: &str = "Cargo.lock";

/// The licences and sources that dependencies may have, as cargo-deny calls it.
pub const DENY: &str = "deny.toml";

/// The folder of the previous release, in the root of a release.
pub const PREVIOUS_RELEASE: &str = "released";

/// The ledger of every decision, in the root of a release.
pub const LEDGER: &str = "releases.jsonl";

/// The stops that persons put on the release, in its root.
pub const STOPS: &str = "stops.toml";

/// The lock file that lets one process at a time write the [`LEDGER`], in the [`STORE`].
pub const LEDGER_LOCK: &str = "ledger.lock";

/// The folder of evidence and candidate, in the root of a release.
pub const STORE: &str = "target/andon";

/// The folder of the gates' evidence, in the [`STORE`].
pub const GATES_EVIDENCE: &str = "evidence";

/// The folder of the inputs behind each fingerprint, in the [`STORE`].
pub const INPUTS: &str = "inputs";

/// The list of the files and variables that only the compiler knows of, in the [`STORE`].
pub const COMPILED: &str = "compiled.json";

/// The lock file that lets one process at a time train, in the [`STORE`].
pub const TRAINING_LOCK: &str = "lock";

/// The lock file that lets one process at a time have the candidate made again, in the [`STORE`].
pub const REMAKING_LOCK: &str = "remade.lock";

/// What another process came to from the same inputs, in the [`STORE`].
pub const REMADE: &str = "remade.json";

/// The model, in the store and in the package.
pub const MODEL: &str = "model.json";

/// The model card, in the store and in the package.
pub const CARD: &str = "MODEL_CARD.md";

/// The data contract as JSON Schema, in the store and in the package.
pub const CONTRACT: &str = "contract.schema.json";

/// The [figures](crate::figures), in the store and in the package.
pub const FIGURES: &str = "figures.json";

/// The model as an ONNX graph, in the store and in the package.
pub const ONNX: &str = "model.onnx";

/// The folder of what a person approved, in the root of a release.
pub const SNAPSHOTS: &str = "snapshots";

/// The [alternatives](crate::alternatives), among the [`SNAPSHOTS`]; if a gate asks for them, in the store and in the
/// package too.
pub const ALTERNATIVES: &str = "alternatives.json";

/// The files that gates vouch for and every package holds.
pub const VOUCHED: [&str; 5] = [CARD, CONTRACT, FIGURES, MODEL, ONNX];

/// The out-of-fold scores of the rows that a model was judged by, in the [`STORE`] and in the [`PREVIOUS_RELEASE`].
/// The package does not hold them: the deployed program has no use for the scores of single persons.
pub const SCORES: &str = "scores.csv";

/// The answers of the model that ships to every row of the data file, in the [`STORE`]: the text that `predict` must
/// print. The package does not hold them.
pub const ANSWERS: &str = "answers.csv";

/// Requests with the replies of the model that ships, one on each line, in the [`STORE`]. A release puts them to the
/// server of the program. The package does not hold them.
pub const QUESTIONS: &str = "questions.ndjson";

/// The signed statement about the evidence, in the [`STORE`] and in the artifact. With `[trust]` in the policy nothing
/// is built without it.
pub const SIGNED_EVIDENCE: &str = "evidence.intoto.json";

/// The [manifest](crate::package::Manifest) of a package: its decision with all evidence.
pub const EVIDENCE: &str = "evidence.json";

/// The gates as test results for continuous integration, in the store and in the artifact.
pub const JUNIT: &str = "junit.xml";

/// Gates that are not green, at the lines of the policy that ask for them, in the store and in the artifact.
pub const SARIF: &str = "andon.sarif";

/// The digests of every other file in the folder of an artifact, as `sha256sum -c` reads them.
pub const SUMS: &str = "SHA256SUMS";
