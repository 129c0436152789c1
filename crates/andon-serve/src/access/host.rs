//! The head of a request beyond its key: the host that it names, and the form of its body.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Version, header};

use crate::problem::Problem;

/// Checks a head. Without keys only this machine is served, and a browser on it can be led here under a name of another
/// site (DNS rebinding). So such a request must name this machine.
///
/// # Errors
/// 400 unless the request names one host; 421 if there are no keys and it names another machine; 501 if the body comes
/// in a form that nothing here decodes.
pub(crate) fn check_head(request: &Request, has_keys: bool) -> Result<(), Problem> {
    check_transfer(request.headers())?;
    let host = named_host(request)?;
    match host {
        Some(host) if !has_keys && !is_this_machine(&host) => Err(Problem::other_host()),
        _ => Ok(()),
    }
}

/// The host that a request names, in its target (HTTP/2) or in its header. HTTP/1.0 need not name one.
fn named_host(request: &Request) -> Result<Option<Authority>, Problem> {
    let mut hosts = request.headers().get_all(header::HOST).into_iter();
    let first = hosts.next();
    if hosts.next().is_some() {
        return Err(Problem::not_one_host());
    }
    match (request.uri().authority(), first) {
        (Some(authority), _) => Ok(Some(authority.clone())),
        (None, Some(host)) => Authority::try_from(host.as_bytes()).map(Some).map_err(|_| Problem::not_one_host()),
        (None, None) if request.version() == Version::HTTP_11 => Err(Problem::not_one_host()),
        (None, None) => Ok(None),
    }
}

fn is_this_machine(host: &Authority) -> bool {
    let name = host.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// A body may come in chunks and in no other coding. hyper would hand on the coded bytes.
fn check_transfer(headers: &HeaderMap) -> Result<(), Problem> {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).into_iter();
    let is_chunked = codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    if is_chunked { Ok(()) } else { Err(Problem::transfer_coding()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(hosts: &[&str], has_keys: bool) -> u16 {
        let mut request = Request::builder().uri("/");
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        check_head(&request.body(axum::body::Body::empty()).unwrap(), has_keys).map_or_else(|p| p.status(), |()| 200)
    }

    #[test]
    fn without_keys_a_request_must_name_this_machine() {
        for here in
            ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.9.9.9:1", "[::1]", "[::1]:8080", "[::ffff:127.0.0.1]"]
        {
            assert_eq!((status(&[here], false), status(&[here], true)), (200, 200), "{here}");
        }
        for other in ["loans.example", "localhost.example:8080", "127.0.0.1.example", "10.0.0.1", "0.0.0.0", "[::2]"] {
            assert_eq!((status(&[other], false), status(&[other], true)), (421, 200), "{other}");
        }
    }

    #[test]
    fn a_request_names_one_host() {
        for hosts in [&[][..], &["localhost", "localhost"], &[""], &["a b"]] {
            assert_eq!((status(hosts, false), status(hosts, true)), (400, 400), "{hosts:?}");
        }
    }

    #[test]
    fn a_coded_body_is_501() {
        let coded = |coding: &str| {
            let request =
                Request::builder().header(header::HOST, "localhost").header(header::TRANSFER_ENCODING, coding);
            check_head(&request.body(axum::body::Body::empty()).unwrap(), false).map_or_else(|p| p.status(), |()| 200)
        };
        assert_eq!((coded("chunked"), coded("Chunked"), coded("gzip, chunked"), coded("gzip")), (200, 200, 501, 501));
    }
}
