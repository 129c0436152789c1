//! The key in a request's headers.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The challenges to authenticate. Programs send the key as `Bearer`. A browser cannot, so `Basic` makes it ask for a
/// password, which is the key.
pub(crate) const CHALLENGES: [&str; 2] = ["Bearer", "Basic realm=\"the key is the password\", charset=\"UTF-8\""];

/// Finds the key in the `Authorization` header: as `Bearer`, or as the password of any user name by `Basic`. An empty
/// key does not count.
pub(super) fn find_key(headers: &HeaderMap) -> Option<Vec<u8>> {
    find_credential(headers).filter(|key| !key.is_empty())
}

fn find_credential(headers: &HeaderMap) -> Option<Vec<u8>> {
    let mut all = headers.get_all(header::AUTHORIZATION).into_iter();
    let (Some(value), None) = (all.next(), all.next()) else { return None };
    let (scheme, credentials) = value.to_str().ok()?.split_once(' ')?;
    let credentials = credentials.trim_matches(' ');
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credentials.as_bytes().to_vec());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = BASE64_STANDARD.decode(credentials).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    Some(decoded[colon + 1..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str]) -> Option<String> {
        let values = values.iter().map(|value| (header::AUTHORIZATION, value.parse().unwrap()));
        find_key(&values.collect()).map(|key| String::from_utf8(key).unwrap())
    }

    #[test]
    fn a_key_is_taken_from_either_scheme() {
        for value in ["Bearer k:1", "bearer k:1", "BEARER  k:1 ", "Basic OmsgOjE=", "basic dXNlcjprOjE="] {
            assert_eq!(found(&[value]).unwrap().replace(' ', ""), "k:1", "{value}");
        }
    }

    #[test]
    fn whatever_else_holds_no_key() {
        let other = [
            "",
            "k",
            "Bearer",
            "Basic",
            "Basic k",
            "Basic a2V5",
            "Digest k",
            "Bearerk",
            "Token k",
            "Bearer ",
            "Basic Og==",
            "Basic dXNlcjo=",
        ];
        for value in other {
            assert_eq!(found(&[value]), None, "{value}");
        }
        assert_eq!(found(&[]), None);
        assert_eq!(found(&["Bearer k", "Bearer k"]), None, "which one is meant?");
    }
}
