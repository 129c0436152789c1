//! Numbers as files write them: with a decimal comma or point, with or without marks at the thousands.

/// The mark before the decimals in these values: a comma if one stands there and no point does.
pub(crate) fn find_decimal<'a>(values: impl Iterator<Item = &'a str>, separator: char) -> char {
    let mut commas = 0_usize;
    let mut points = 0_usize;
    for value in values {
        commas += usize::from(is_decimal(value, ','));
        points += usize::from(is_decimal(value, '.'));
    }
    // Where a comma parts the values, none stands in a number that is not quoted.
    if separator != ',' && commas > points { ',' } else { '.' }
}

/// Digits, of which every three may be marked in the other way, one mark, digits.
fn is_decimal(value: &str, mark: char) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = value.strip_prefix('-').unwrap_or(value);
    let other = if mark == ',' { '.' } else { ',' };
    let parts = value.split_once(mark);
    parts.is_some_and(|(whole, decimals)| {
        digits(decimals) && without_thousands(whole, other).is_some_and(|whole| digits(&whole))
    })
}

/// A number in the form that Rust and JSON read; `None` if the text is none. A number with leading zeros is a code.
pub(crate) fn plain(text: &str, decimal: char) -> Option<String> {
    let thousands = if decimal == ',' { '.' } else { ',' };
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, decimals) = unsigned.split_once(decimal).unwrap_or((unsigned, "0"));
    let whole = without_thousands(whole, thousands)?;
    let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
    let starts_and_ends = |text: &str| text.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    if has_leading_zero || !starts_and_ends(&whole) || !starts_and_ends(decimals) {
        return None;
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let number =
        if unsigned.contains(decimal) { format!("{sign}{whole}.{decimals}") } else { format!("{sign}{whole}") };
    let value: f64 = number.parse().ok()?;
    // An exponent is read, and written out.
    if !value.is_finite() {
        return None;
    }
    Some(if number.contains(['e', 'E']) { value.to_string() } else { number })
}

/// The digits before the decimals; marks may part them in threes.
fn without_thousands(whole: &str, mark: char) -> Option<String> {
    let mut parts = whole.split(mark);
    let first = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    let three = |part: &&str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = rest.is_empty() || ((1..=3).contains(&first.len()) && rest.iter().all(three));
    fits.then(|| format!("{first}{}", rest.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_both_forms() {
        for (text, decimal, number) in [
            ("12", '.', Some("12")),
            ("-1.50", '.', Some("-1.50")),
            ("1,234,567.5", '.', Some("1234567.5")),
            ("1.234,5", ',', Some("1234.5")),
            ("+7", '.', Some("7")),
            ("0.5", '.', Some("0.5")),
            ("1e3", '.', Some("1000")),
            ("007", '.', None),
            ("1,23", '.', None),
            ("1.2.3", '.', None),
            (".5", '.', None),
            ("5.", '.', None),
            ("inf", '.', None),
            ("-", '.', None),
            ("12a", '.', None),
            ("1e999", '.', None),
        ] {
            assert_eq!(plain(text, decimal).as_deref(), number, "{text}");
        }
    }

    #[test]
    fn a_decimal_comma_is_found() {
        assert_eq!(find_decimal(["1,5", "2"].into_iter(), ';'), ',');
        assert_eq!(find_decimal(["1.234,5"].into_iter(), ';'), ',');
        assert_eq!(find_decimal(["1.5", "2,5", "3.5"].into_iter(), ';'), '.');
        assert_eq!(find_decimal(["1,5"].into_iter(), ','), '.');
    }
}
