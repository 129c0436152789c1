//! Names of columns and of values as Rust, TOML and gates can carry them.

use std::collections::BTreeSet;

/// Words of Rust that cannot be the name of a field.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// A name in small letters, digits and single underscores, which Rust takes for a field.
pub(crate) fn field_name(name: &str) -> String {
    let mut field = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            field.push('_');
        }
        let small = letter.to_ascii_lowercase();
        let fits = small.is_ascii_lowercase() || small.is_ascii_digit();
        if fits || !field.ends_with('_') {
            field.push(if fits { small } else { '_' });
        }
        before = letter;
    }
    let field = field.trim_matches('_').to_owned();
    match field.chars().next() {
        None => "column".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("n{field}"),
        Some(_) if KEYWORDS.contains(&field.as_str()) => format!("{field}_value"),
        Some(_) => field,
    }
}

/// Field names for all columns, each once.
pub(crate) fn field_names(header: &[String]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    header.iter().map(|name| free(&field_name(name), &mut taken)).collect()
}

/// A name that is not taken yet, with a number behind it if it must be; takes it.
pub(crate) fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let name = std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name));
    let name = name.unwrap_or_default();
    taken.insert(name.clone());
    name
}

/// A name in capitals and small letters for a type or one of its values.
pub(crate) fn type_name(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    let joined: Vec<String> = words.map(capital).collect();
    let mut whole = String::new();
    for word in &joined {
        let digits_meet = whole.ends_with(|last: char| last.is_ascii_digit())
            && word.starts_with(|first: char| first.is_ascii_digit());
        whole = whole + if digits_meet { "To" } else { "" } + word;
    }
    match whole.chars().next() {
        None => "Value".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("V{whole}"),
        // `Self` alone is a keyword.
        Some(_) if whole == "Self" => "SelfValue".to_owned(),
        Some(_) => whole,
    }
}

/// A name as people read it: words, in small letters.
pub(crate) fn spoken(name: &str) -> String {
    field_name(name).replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_becomes_a_field() {
        for (name, field) in [
            ("savings_account/bonds", "savings_account_bonds"),
            ("Loan Amount ($)", "loan_amount"),
            ("MonthlyIncome", "monthly_income"),
            ("SEX", "sex"),
            ("2nd-income", "n2nd_income"),
            ("type", "type_value"),
            ("  ", "column"),
            ("é", "column"),
            ("default.payment.next.month", "default_payment_next_month"),
        ] {
            assert_eq!(field_name(name), field);
        }
        let twins = ["a b", "a-b", "A_B"].map(str::to_owned);
        assert_eq!(field_names(&twins), ["a_b", "a_b_2", "a_b_3"]);
    }

    #[test]
    fn values_become_names_of_types() {
        for (value, name) in
            [("A11", "A11"), ("20%-<30%", "V20To30"), ("self employed", "SelfEmployed"), ("<=", "Value"), ("no", "No")]
        {
            assert_eq!(type_name(value), name);
        }
        assert_eq!((type_name("self").as_str(), spoken("Loan/Amount").as_str()), ("SelfValue", "loan amount"));
    }
}
