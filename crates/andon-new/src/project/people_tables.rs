//! The tables of the policy for people: the reason dictionary, and what no explanation may say.

use crate::project::texts::list;
use crate::project::wording::entry;
use crate::proposals::plan::Plan;

/// Words that no explanation may contain, by the ground that they stand for: the grounds of the Equal Credit
/// Opportunity Act (15 U.S.C. 1691), of Title VII (42 U.S.C. 2000e-2) and of article 21 of the Charter of Fundamental
/// Rights of the European Union.
const NEVER: [(&str, &[&str]); 7] = [
    (
        "race",
        &["racial", "african", "latino", "latina", "caucasian", "asian", "ethnic", "ethnicity", "skin", "minority"],
    ),
    (
        "national_origin",
        &["national origin", "nationality", "foreign", "foreigner", "immigrant", "native language", "citizen"],
    ),
    (
        "sex",
        &["gender", "man", "men", "woman", "women", "he", "she", "his", "her", "pregnant", "mother", "father", "gay"],
    ),
    ("marital_status", &["marital", "married", "unmarried", "divorced", "widowed", "spouse", "husband", "wife"]),
    ("age", &["aged", "older", "elderly", "younger", "youth", "retired", "birth"]),
    ("religion", &["religious", "christian", "muslim", "jewish", "hindu", "faith"]),
    ("disability", &["disabled", "handicapped"]),
];

pub(super) fn wording(plan: &Plan) -> String {
    let protected = plan.protected().flat_map(|(column, groups, _)| {
        let groups = groups.judged.iter().flat_map(|group| group.names().to_vec());
        std::iter::once(column.name.clone()).chain(groups)
    });
    let listed = NEVER.iter().flat_map(|(_, words)| words.iter().map(|word| (*word).to_owned()));
    let has_letters = |word: &String| word.contains(char::is_alphabetic);
    let never: Vec<String> = protected.filter(has_letters).chain(listed).collect();
    let entries = plan.features().enumerate().map(|(place, column)| entry(column, place + 1, &never));
    format!(
        "# proposed: the words in which a person reads why the answer is what it is; say what codes and short names mean\n\
         [wording]\n{}\n\
         # [actionable]: what a person can change, in which steps and how far. A negative answer then says which change would have\n\
         # been enough, and `explanation.counterfactuals` tries it:\n# [actionable]\n# loan_amount = {{ step = 5000, lower_by = 50000 }}\n\n",
        entries.collect::<String>()
    )
}

pub(super) fn explanation() -> String {
    let never = NEVER.iter().map(|(ground, words)| format!("{ground} = {}\n", list(words.iter())));
    format!(
        "# Words that no explanation may contain, by ground; protected attributes and their groups are added.\n\
         [explanation.never]\n{}\n",
        never.collect::<String>()
    )
}
