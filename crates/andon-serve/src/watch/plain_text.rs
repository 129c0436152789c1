//! Prometheus' older text format, for collectors that do not ask for OpenMetrics.

use std::collections::BTreeMap;

/// The metrics in OpenMetrics text as version 0.0.4 of Prometheus' text: a counter has the suffix in its own name, an
/// info is a gauge, and there is neither a unit nor an end marker.
pub(crate) fn from_open_metrics(text: &str) -> String {
    let kinds: BTreeMap<&str, &str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    let lines = text.lines().filter_map(|line| {
        if line == "# EOF" || line.starts_with("# UNIT ") {
            return None;
        }
        let comment = line.strip_prefix("# ").and_then(|comment| comment.split_once(' '));
        let Some((keyword, (name, rest))) = comment.and_then(|(keyword, rest)| Some((keyword, rest.split_once(' ')?)))
        else {
            return Some(line.to_owned());
        };
        let (suffix, kind) = match kinds.get(name).copied().unwrap_or_default() {
            "counter" => ("_total", "counter"),
            "info" => ("_info", "gauge"),
            "unknown" => ("", "untyped"),
            kind => ("", kind),
        };
        let rest = if keyword == "TYPE" { kind } else { rest };
        Some(format!("# {keyword} {name}{suffix} {rest}"))
    });
    lines.map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_kinds_are_those_of_the_older_format() {
        let open = "# HELP a Decisions.\n# TYPE a counter\na_total{outcome=\"X # Y\"} 1\n# HELP b The release.\n\
                    # TYPE b info\nb_info{v=\"1\"} 1\n# HELP c_seconds Time.\n# TYPE c_seconds histogram\n\
                    # UNIT c_seconds seconds\nc_seconds_sum 0.5\n# EOF\n";
        let plain = "# HELP a_total Decisions.\n# TYPE a_total counter\na_total{outcome=\"X # Y\"} 1\n\
                     # HELP b_info The release.\n# TYPE b_info gauge\nb_info{v=\"1\"} 1\n# HELP c_seconds Time.\n\
                     # TYPE c_seconds histogram\nc_seconds_sum 0.5\n";
        assert_eq!(from_open_metrics(open), plain);
    }
}
