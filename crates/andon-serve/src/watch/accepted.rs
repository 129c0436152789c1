//! The format of metrics that a collector accepts (RFC 9110, section 12.5.1).

use axum::http::{HeaderMap, header};

/// True if a collector prefers Prometheus' older text to OpenMetrics. Without a preference it gets OpenMetrics.
pub(crate) fn prefers_plain_text(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<(String, f32)> = values.flat_map(|value| value.split(',')).map(read_range).collect();
    quality(&ranges, "text", "plain") > quality(&ranges, "application", "openmetrics-text")
}

/// A range of media types and its quality.
fn read_range(range: &str) -> (String, f32) {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let stated = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let quality = stated.map_or(1.0, |quality| quality.trim().parse().unwrap_or(0.0));
    (name, quality)
}

/// The quality of a media type: that of the narrowest range that holds it, and 0 if none does.
fn quality(ranges: &[(String, f32)], kind: &str, form: &str) -> f32 {
    let names = [format!("{kind}/{form}"), format!("{kind}/*"), "*/*".to_owned()];
    let found = names.iter().find_map(|name| ranges.iter().find(|(range, _)| range == name));
    found.map_or(0.0, |(_, quality)| *quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_plain(accepts: &[&str]) -> bool {
        let pair = |value: &&str| (header::ACCEPT, value.parse().unwrap());
        prefers_plain_text(&accepts.iter().map(pair).collect())
    }

    #[test]
    fn the_narrowest_range_and_its_quality_decide_and_a_tie_is_open_metrics() {
        let plain = [
            "text/plain",
            "TEXT/PLAIN; version=0.0.4",
            "text/*",
            "text/plain, application/openmetrics-text;q=0",
            "text/plain;q=0.9,application/openmetrics-text;version=1.0.0;q=0.1",
            "*/*;q=0.1, text/plain",
        ];
        let open = [
            "",
            "*/*",
            "text/html",
            "application/openmetrics-text",
            "application/openmetrics-text;q=0.5,text/plain;q=0.2,*/*;q=0.1",
            "text/plain;q=0",
            "text/plain;q=high",
            "text/plain;q=0, text/*",
        ];
        for (accepts, expected) in plain.iter().map(|one| (one, true)).chain(open.iter().map(|one| (one, false))) {
            assert_eq!(is_plain(&[accepts]), expected, "{accepts}");
        }
        assert!(is_plain(&["text/html", "text/plain"]) && !is_plain(&[]));
    }
}
