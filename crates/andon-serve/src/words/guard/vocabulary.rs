//! The plain words that may connect quoted reasons, and the words with rules of their own.

/// Words that say nothing about a person: no direction, no judgement, no factor.
#[rustfmt::skip]
pub(crate) const VOCABULARY: [&str; 169] = [
    "a", "according", "addition", "additionally", "against", "all", "also", "an", "and", "answer", "answers",
    "applicant", "application", "are", "as", "at", "based", "basis", "be", "because", "been", "being", "both", "by",
    "calculated", "case", "cause", "caused", "causes", "chance", "come", "comes", "compared", "concerning",
    "consequently", "considered", "considering", "contributed", "contributing", "decided", "decision", "determined",
    "driven", "due", "each", "estimate", "estimated", "estimates", "explain", "explained", "explains", "explanation",
    "fact", "factor", "factors", "facts", "figure", "figures", "finally", "find", "first", "following", "follows",
    "for", "found", "from", "further", "furthermore", "gave", "given", "gives", "had", "has", "have", "hence", "here",
    "in", "include", "included", "includes", "including", "influenced", "is", "it", "its", "key", "leading", "least",
    "led", "listed", "made", "main", "mainly", "make", "makes", "minimum", "model", "moreover", "most", "mostly",
    "namely", "need", "needed", "needs", "of", "on", "one", "order", "our", "outcome", "overall", "part",
    "primarily", "primary", "principal", "probability", "reason", "reasons", "reflects", "regarding", "relevant",
    "request", "required", "requirement", "requires", "result", "resulted", "results", "review", "reviewed", "role",
    "second", "set", "shown", "shows", "since", "so", "stated", "states", "submitted", "summary", "than", "that",
    "the", "there", "therefore", "these", "third", "this", "those", "threshold", "thus", "to", "together", "used",
    "was", "we", "weighed", "weighing", "weight", "were", "what", "where", "which", "why", "with", "you", "your",
    "yours",
];

/// Words for a probability below the threshold; allowed only for the negative decision.
pub(crate) const BELOW_THRESHOLD: [&str; 8] = ["below", "beneath", "falls", "fell", "less", "lower", "short", "under"];

/// Words for a probability that reaches the threshold; allowed only for the positive decision.
#[rustfmt::skip]
pub(crate) const AT_THRESHOLD: [&str; 14] = [
    "above", "exceeded", "exceeds", "greater", "higher", "meeting", "meets", "met", "more", "over", "passes",
    "reached", "reaches", "reaching",
];

/// Words for the threshold, beside those that compare with it.
pub(super) const THRESHOLD_WORDS: [&str; 9] =
    ["least", "minimum", "need", "needed", "needs", "required", "requirement", "requires", "threshold"];

/// Words that may stand between a thing and its name.
pub(super) const COPULAS: [&str; 13] =
    ["a", "an", "are", "is", "its", "our", "that", "the", "this", "was", "were", "which", "your"];

/// Reports if a word compares, or names the threshold.
pub(super) fn compares(word: &str) -> bool {
    THRESHOLD_WORDS.contains(&word) || BELOW_THRESHOLD.contains(&word) || AT_THRESHOLD.contains(&word)
}

/// Words that reverse the word after them.
pub(super) const NEGATIONS: [&str; 11] =
    ["cannot", "hardly", "neither", "never", "no", "none", "nor", "not", "nothing", "scarcely", "without"];

/// Words that turn a reason against the person into one for the person, or into none.
#[rustfmt::skip]
pub(super) const REVERSALS: [&str; 43] = [
    "although", "aside", "benefit", "benefited", "but", "compensated", "countered", "despite", "disregarding",
    "except", "favor", "favorable", "favorably", "favors", "favour", "favourable", "favourably", "favours", "good",
    "help", "helped", "helpful", "helping", "helps", "ignoring", "improved", "improves", "instead", "irrespective",
    "notwithstanding", "offset", "outweighed", "positive", "positively", "rather", "regardless", "spite",
    "strengthened", "strengthens", "supported", "supports", "thanks", "though",
];

/// Promises.
#[rustfmt::skip]
pub(super) const PROMISE_PHRASES: [&str; 18] = [
    "assure", "bound to", "can expect", "certain", "definitely", "ensure", "guarantee", "if you", "next time",
    "pledge", "promise", "rest assured", "shall", "surely", "will", "would be", "you can count", "you'll",
];

/// Legal advice.
#[rustfmt::skip]
pub(super) const LEGAL_PHRASES: [&str; 24] = [
    "appeal", "attorney", "challenge", "claim", "complain", "complaint", "contest", "court", "discriminate",
    "discrimination", "entitled", "illegal", "law", "lawful", "lawsuit", "lawyer", "legal", "litigation", "ombudsman",
    "regulator", "right to", "rights", "sue", "unlawful",
];
