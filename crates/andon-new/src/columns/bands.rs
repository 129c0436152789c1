//! Bands such as `20%-<30%`: names of ranges, which have an order that the alphabet does not know.

/// The names in the order of their ranges, if every one is a range or a number and at least two are ranges.
pub(crate) fn ordered<'a>(names: &[&'a str]) -> Option<Vec<&'a str>> {
    let ranges = names.iter().filter(|name| is_range(name)).count();
    let mut placed = names.iter().map(|name| Some((place(name)?, *name))).collect::<Option<Vec<_>>>()?;
    placed.sort_by(|a, b| a.0.0.total_cmp(&b.0.0).then(a.0.1.cmp(&b.0.1)));
    (ranges >= 2 && names.len() > 2).then(|| placed.into_iter().map(|(_, name)| name).collect())
}

/// Words that make a range of a number.
const BELOW: [&str; 5] = ["<", "under", "below", "less", "up to"];
const ABOVE: [&str; 7] = [">", "+", "over", "above", "more", "and older", "plus"];

fn says_any(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    words.iter().any(|word| name.contains(word))
}

fn is_range(name: &str) -> bool {
    numbers(name).len() == 2 || says_any(name, &BELOW) || says_any(name, &ABOVE)
}

/// The first number of a name, and whether the range lies below it, at it, or above it.
fn place(name: &str) -> Option<(f64, i8)> {
    let numbers = numbers(name);
    let first = *numbers.first()?;
    let side = if numbers.len() > 1 {
        0
    } else if says_any(name, &BELOW) {
        -1
    } else {
        i8::from(says_any(name, &ABOVE))
    };
    Some((first, side))
}

/// The numbers in a name. A dash between two of them is no sign.
fn numbers(name: &str) -> Vec<f64> {
    let plain = name.replace(',', "");
    let parts = plain.split(|letter: char| !letter.is_ascii_digit() && letter != '.');
    // `A11` is a code and no number.
    let coded = plain.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && plain.chars().nth(1).is_some_and(|letter| letter.is_ascii_digit());
    if coded { Vec::new() } else { parts.filter_map(|part| part.parse().ok()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_put_in_order() {
        assert_eq!(
            ordered(&["20%-<30%", "36", "50%-60%", "<20%", ">60%", "37"]).unwrap(),
            ["<20%", "20%-<30%", "36", "37", "50%-60%", ">60%"]
        );
        assert_eq!(ordered(&["65-74", ">74", "25-34", "<25"]).unwrap(), ["<25", "25-34", "65-74", ">74"]);
        assert_eq!(ordered(&["10 to 14", "under 5", "5 to 9"]).unwrap(), ["under 5", "5 to 9", "10 to 14"]);
    }

    #[test]
    fn names_and_codes_have_no_order() {
        assert!(ordered(&["A11", "A12", "A13"]).is_none() && ordered(&["red", "blue", "green"]).is_none());
        assert!(ordered(&["1", "2", "3"]).is_none() && ordered(&["<1", "red", ">3"]).is_none());
    }
}
