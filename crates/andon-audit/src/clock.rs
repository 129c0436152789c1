//! The only clock, and how times are written.

use jiff::Timestamp;

/// Now, as it is stored.
pub(crate) fn now() -> String {
    text(Timestamp::now())
}

/// UTC, RFC 3339, six decimals: the order of the texts is the order of the times.
pub(crate) fn text(time: Timestamp) -> String {
    format!("{time:.6}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_six_decimals_and_are_ordered_as_texts() {
        let times = ["2026-01-31T23:59:59Z", "2026-01-31T23:59:59.0000019Z", "2026-02-01T00:59:59.5+01:00"];
        let texts = times.map(|time| text(time.parse().unwrap()));
        let expected = ["2026-01-31T23:59:59.000000Z", "2026-01-31T23:59:59.000001Z", "2026-01-31T23:59:59.500000Z"];
        assert_eq!(texts, expected);
    }
}
