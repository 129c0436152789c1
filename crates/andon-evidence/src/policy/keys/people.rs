//! The tables about the people who are decided on: reasons, advice, and the service that answers them.

use crate::policy::keys::key::{PolicyKey, PolicyTable};
use crate::policy::limits;

pub(super) const WORDING: PolicyTable = PolicyTable {
    name: "wording",
    required: true,
    meaning: "The reason dictionary: what a person is told about a feature that spoke against them. Every feature has an \
              entry. No text may name a protected attribute, one of its groups, a proxy, or a word of \
              `explanation.never`, and each has at most 20 words. `explanation.wording` checks that every value that \
              can be a reason has words.",
    keys: &[
        PolicyKey::new("NAME.code", "text", "A short code for records and notices.")
            .valid("not empty; each code once; NAME is a feature"),
        PolicyKey::new(
            "NAME.reason",
            "text, or table: value = text",
            "The reason in the person's words. `{value}` stands for the value at hand. A table gives a text for each \
             value, such as `1` of a flag or the name of a category; any other value is never a reason.",
        )
        .valid("1 to 20 words"),
        PolicyKey::new(
            "NAME.missing",
            "text",
            "The reason if the record has no value, for a feature that may lack one.",
        )
        .valid("1 to 20 words")
        .optional(),
        PolicyKey::new("NAME.improve", "text", "What would help.").valid("1 to 20 words"),
    ],
    example: r#"[wording]
income = { code = "R01", reason = "a monthly income of {value} US dollars", improve = "a higher income" }
loan_amount = { code = "R02", reason = "a loan of {value} US dollars", improve = "a smaller loan" }

[wording.credit_history]
code = "R03"
reason = { 1 = "a credit history with late payments", 2 = "a credit history with a default" }
missing = "no credit history on record"
improve = "paying every bill on time"
"#,
};

pub(super) const ACTIONABLE: PolicyTable = PolicyTable {
    name: "actionable",
    required: false,
    meaning: "What a person can act on. The counterfactual of a negative answer is the change with the fewest steps that \
              makes the answer positive. Without the table no answer has one.",
    keys: &[
        PolicyKey::new(
            "NAME.step",
            "number",
            "One step, in the feature's unit. Steps should cost about the same effort.",
        )
        .valid("above 0; NAME is a feature"),
        PolicyKey::new("NAME.lower_by", "number", "How far the value can fall, in the feature's unit.")
            .valid("0 or more; `lower_by` or `raise_by` is 1 to 1,000 steps")
            .default("0.0"),
        PolicyKey::new("NAME.raise_by", "number", "How far the value can rise, in the feature's unit.")
            .valid("0 or more; `lower_by` or `raise_by` is 1 to 1,000 steps")
            .default("0.0"),
    ],
    example: r#"[actionable]
income = { step = 500, raise_by = 3000 }                          # US dollars a month; a second applicant
loan_amount = { step = 5000, lower_by = 50000, raise_by = 10000 } # US dollars
"#,
};

pub(super) const SERVE: PolicyTable = PolicyTable {
    name: "serve",
    required: true,
    meaning: "The address of the service.",
    keys: &[PolicyKey::new("path", "text", "The path of the decision endpoint.").valid("starts with `/`")],
    example: r#"[serve]
path = "/loan/v1/decisions"
"#,
};

pub(super) const LOAD: PolicyTable = PolicyTable {
    name: "load",
    required: false,
    meaning: "The load that the service must bear. `serving.load` measures the 99th percentile of the time of a request \
              under it, and so does `cargo andon release` with the built program before it puts that in place. Without \
              the table the gate has nothing to measure and is UNDECIDED.",
    keys: &[
        PolicyKey::new("clients", "whole number", "The clients that ask at once, each on its own connection.")
            .within(limits::CLIENTS),
        PolicyKey::new("requests", "whole number", "The requests of all clients together.").within(limits::REQUESTS),
        PolicyKey::new(
            "failed_share",
            "number",
            "The share of requests that may fail. One more is a NO-GO. A failed request counts as long as the slowest one.",
        )
        .within(limits::FAILED_SHARE)
        .default("0"),
    ],
    example: r#"[load]
clients = 8
requests = 2000
failed_share = 0.0
"#,
};

pub(super) const CORD: PolicyTable = PolicyTable {
    name: "cord",
    required: false,
    meaning: "The rule for clearing a stop, on the release (`cargo andon stop`) and on a running service. Anybody may \
              stop. Without the table anybody but the person who stopped may clear.",
    keys: &[
        PolicyKey::new(
            "may_clear",
            "list of texts",
            "The persons who may clear a stop: the names that `--by` gives, and of a service the names of API keys.",
        )
        .valid("names somebody; changing the list later needs a reason under `[weakened]`")
        .optional(),
        PolicyKey::new(
            "clear_alone",
            "text",
            "The reason why the person who stopped may also be the one who clears, if that is so.",
        )
        .valid("states something; counts as a weakening")
        .optional(),
    ],
    example: r#"[cord]
may_clear = ["Ada Lovelace", "Grace Hopper"]
# clear_alone = "the reason", if whoever stopped may clear
"#,
};

pub(super) const EXPLANATION: PolicyTable = PolicyTable {
    name: "explanation",
    required: false,
    meaning: "The words that no explanation may hold, and the local language model that may word an explanation. A team \
              without a language model writes none of its keys: a template words every explanation, and the gates \
              about a language model (`explanation.fallback`, `explanation.guard`, `explanation.privacy`, \
              `serving.latency_beside_explanations`) are not asked, which table and card say. With one, no decision \
              waits for it, and the service shows what it says only if that passes every check.",
    keys: &[
        PolicyKey::new(
            "ollama_url",
            "text",
            "The address of Ollama. A language model needs this key, `model` and `timeout_ms`.",
        )
        .valid("`http://`; every address of the host is loopback, unless `elsewhere_because` is given")
        .optional(),
        PolicyKey::new(
            "elsewhere_because",
            "text",
            "The reason why Ollama may run on another machine. That machine then sees the decision and \
             the reasons of every explanation.",
        )
        .valid("not empty")
        .optional(),
        PolicyKey::new("model", "text", "The name of the model in Ollama.").optional(),
        PolicyKey::new(
            "language",
            "text",
            "The language of the explanations. The guard has a vocabulary for English only.",
        )
        .valid("`\"en\"`")
        .default("\"en\""),
        PolicyKey::new(
            "timeout_ms",
            "whole number",
            "The longest time that an applicant waits for the language model, over all tries, in milliseconds.",
        )
        .within(limits::TIMEOUT_MS)
        .optional(),
        PolicyKey::new(
            "retries",
            "whole number",
            "How often a call that failed on the way is repeated within that time.",
        )
        .within(limits::RETRIES)
        .default("1"),
        PolicyKey::new("concurrent_calls", "whole number", "The most calls to the language model at the same time.")
            .within(limits::CONCURRENT_CALLS)
            .default("2"),
        PolicyKey::new(
            "breaker_failures",
            "whole number",
            "After this many failures in a row, the service stops calling the language model for a while.",
        )
        .within(limits::BREAKER_FAILURES)
        .default("3"),
        PolicyKey::new("breaker_pause_ms", "whole number", "The length of that pause, in milliseconds.")
            .within(limits::BREAKER_PAUSE_MS)
            .default("30000"),
        PolicyKey::new(
            "never",
            "table: ground = list of texts",
            "Words and phrases that no explanation may hold, in any inflection, by the ground that they stand for. \
             Protected attributes, their groups and proxies are forbidden without being listed.",
        )
        .default("{}"),
    ],
    example: r#"[explanation]
ollama_url = "http://127.0.0.1:11434" # on another machine: elsewhere_because = "the reason"
model = "llama3.2"
language = "en"
timeout_ms = 3000
retries = 1
concurrent_calls = 2
breaker_failures = 3
breaker_pause_ms = 30000
never = { age = ["old", "elderly", "young"] }
"#,
};
