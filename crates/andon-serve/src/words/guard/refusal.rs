//! The reasons to refuse a text: one kind for each rule, each with a stable code.

/// The largest number of words in an explanation.
pub const MAX_WORDS: usize = 100;

/// The largest number of characters in an explanation, so that no word is endless.
pub const MAX_CHARS: usize = 1_000;

/// The reason to refuse a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not the JSON object that was asked for.
    #[error("it is not one object of decision, reasons and text")]
    NotTheSchema,
    /// Its field `decision` holds another decision.
    #[error("its decision is `{0}`")]
    OtherDecision(String),
    /// It is empty or too long.
    #[error("it has {0} words (allowed: 1 to {MAX_WORDS}, in at most {MAX_CHARS} characters)")]
    Length(usize),
    /// It names an address.
    #[error("it holds a link")]
    Link,
    /// It holds markup, a control character or another character that plain sentences do not need.
    #[error("it holds the character {0:?}")]
    Character(char),
    /// It states the other decision, in whatever form.
    #[error("it states {0}")]
    OppositeStated(String),
    /// It does not state the decision.
    #[error("it does not state {0}")]
    DecisionMissing(String),
    /// It negates the decision.
    #[error("it negates {0}")]
    DecisionNegated(String),
    /// It claims a reason that was not given.
    #[error("it claims `{0}`, a reason that was not given")]
    CodeNotGiven(String),
    /// It claims a reason twice.
    #[error("it claims `{0}` twice")]
    CodeTwice(String),
    /// It leaves a reason out of its claims.
    #[error("it does not claim `{0}`, a reason that was given")]
    CodeMissing(String),
    /// It holds a forbidden phrase: a protected attribute, a group, a proxy or a phrase from the policy's list.
    #[error("it says `{0}`, which must never be said")]
    NeverSaid(String),
    /// It promises something.
    #[error("it promises: `{0}`")]
    Promise(String),
    /// It gives legal advice.
    #[error("it gives legal advice: `{0}`")]
    LegalAdvice(String),
    /// It does not quote a reason.
    #[error("it does not quote the reason `{0}`")]
    ReasonMissing(String),
    /// It reverses a reason.
    #[error("it turns a reason around: `{0}`")]
    TurnedAround(String),
    /// It holds a number that was not given, or not with this unit.
    #[error("it holds {0}, which was not given")]
    Number(String),
    /// It uses a given number in the place of another.
    #[error("it holds {0} in the place of another number")]
    Misplaced(String),
    /// It holds a word that is neither quoted nor in the vocabulary.
    #[error("it holds `{0}`, a word of its own")]
    Word(String),
}

impl Refusal {
    /// The stable name of the kind, for metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotTheSchema => "not_the_schema",
            Self::OtherDecision(_) => "other_decision",
            Self::Length(_) => "length",
            Self::Link => "link",
            Self::Character(_) => "character",
            Self::OppositeStated(_) => "opposite_stated",
            Self::DecisionMissing(_) => "decision_missing",
            Self::DecisionNegated(_) => "decision_negated",
            Self::CodeNotGiven(_) => "code_not_given",
            Self::CodeTwice(_) => "code_twice",
            Self::CodeMissing(_) => "code_missing",
            Self::NeverSaid(_) => "never_said",
            Self::Promise(_) => "promise",
            Self::LegalAdvice(_) => "legal_advice",
            Self::ReasonMissing(_) => "reason_missing",
            Self::TurnedAround(_) => "turned_around",
            Self::Number(_) => "number",
            Self::Misplaced(_) => "misplaced",
            Self::Word(_) => "word",
        }
    }
}
