//! The only clock, and how times are written.

use std::str::FromStr;

use jiff::Timestamp;

/// The begin of the times that a row may have: this program is not older.
const FIRST_TIME: &str = "2026-01-01T00:00:00Z";

/// The end of the times that a row may have. Far later years have more digits, and texts would lose their order.
const LAST_TIME: &str = "2200-01-01T00:00:00Z";

/// Now, as it is stored.
pub(crate) fn now() -> String {
    text(Timestamp::now())
}

/// Now, for a row that is to be recorded.
///
/// # Errors
/// The time, if no set clock has it. A machine whose clock lost its battery begins in 1970.
pub(crate) fn recording_time() -> Result<String, String> {
    let now = Timestamp::now();
    check(now)?;
    Ok(text(now))
}

fn check(now: Timestamp) -> Result<(), String> {
    let is_after = |bound| Timestamp::from_str(bound).is_ok_and(|bound| now >= bound);
    if is_after(FIRST_TIME) && !is_after(LAST_TIME) { Ok(()) } else { Err(text(now)) }
}

/// UTC, RFC 3339, six decimals: the order of the texts is the order of the times.
pub(crate) fn text(time: Timestamp) -> String {
    format!("{time:.6}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_never_set_is_refused() {
        for (time, is_known) in [
            ("1970-01-01T00:00:07Z", false),
            ("2025-12-31T23:59:59Z", false),
            ("2026-01-01T00:00:00Z", true),
            ("2199-12-31T23:59:59Z", true),
            ("2200-01-01T00:00:00Z", false),
            ("9999-01-01T00:00:00Z", false),
            ("-000044-03-15T12:00:00Z", false),
        ] {
            let told = check(time.parse().unwrap());
            assert_eq!(told.is_ok(), is_known, "{told:?}");
            assert!(told.is_ok() || told.unwrap_err().contains(&time[..4]));
        }
    }

    #[test]
    fn times_have_six_decimals_and_are_ordered_as_texts() {
        let times = ["2026-01-31T23:59:59Z", "2026-01-31T23:59:59.0000019Z", "2026-02-01T00:59:59.5+01:00"];
        let texts = times.map(|time| text(time.parse().unwrap()));
        let expected = ["2026-01-31T23:59:59.000000Z", "2026-01-31T23:59:59.000001Z", "2026-01-31T23:59:59.500000Z"];
        assert_eq!(texts, expected);
    }
}
