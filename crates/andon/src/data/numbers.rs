//! Numbers as JSON writes them, so that a file and a request mean the same.

use std::borrow::Cow;

/// The largest whole number that is exact with a decimal point.
const MAX_EXACT_WHOLE: f64 = 9_007_199_254_740_991.0;

/// A number as a whole one, if it has no fraction and is exact.
#[must_use]
pub fn exact_whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= MAX_EXACT_WHOLE).then_some(number as i64)
}

/// A number in its plain form: a whole one without a decimal point or exponent, any other as it stands. `None` if the
/// text is no number in JSON (`0x1F`, `+1`, `1_000`), or if a whole one is asked and it has a fraction.
///
/// `NaN` and the infinities stay as they are: the contract refuses them by name.
pub(crate) fn plain(text: &str, whole: bool) -> Option<Cow<'_, str>> {
    let as_it_stands = Some(Cow::Borrowed(text));
    let number: Option<serde_json::Number> = serde_json::from_str(text).ok().filter(|_| text.trim() == text);
    let Some(number) = number else {
        let is_not_finite = text.parse::<f64>().is_ok_and(|number| !number.is_finite());
        return as_it_stands.filter(|_| is_not_finite && !whole);
    };
    if !whole || number.is_i64() || number.is_u64() {
        return as_it_stands;
    }
    number.as_f64().and_then(exact_whole).map(|whole| whole.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_may_have_a_decimal_point_and_no_fraction() {
        let whole = |text| plain(text, true);
        for (text, expected) in [("5849", "5849"), ("5849.0", "5849"), ("-3.0", "-3"), ("1e3", "1000"), ("0.0", "0")] {
            assert_eq!(whole(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(whole("18446744073709551615").as_deref(), Some("18446744073709551615"));
        for refused in
            ["5849.5", "0x1004", "+5", "1_000", "1,000", "NaN", "inf", "9007199254740993.0", "", "05", ".5", " 5", "5 "]
        {
            assert_eq!(whole(refused), None, "{refused}");
        }
    }

    #[test]
    fn a_number_is_kept_as_it_stands_if_json_could_write_it() {
        for kept in ["0.1", "-2.5e-3", "7", "NaN", "inf", "-1e999"] {
            assert_eq!(plain(kept, false).as_deref(), Some(kept));
        }
        for refused in ["0x10", "+0.1", "1.", ".5", "one"] {
            assert_eq!(plain(refused, false), None, "{refused}");
        }
    }
}
