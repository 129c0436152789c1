//! Texts that stay the same while the process runs, with an entity tag (RFC 9110, section 8.8.3).

use andon::evidence::files::sha256_hex;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A text with its media type and its entity tag, which is its digest.
#[derive(Debug, Clone)]
pub(crate) struct TaggedDocument {
    media_type: &'static str,
    text: String,
    tag: String,
}

impl TaggedDocument {
    pub(crate) fn new(media_type: &'static str, text: String) -> Self {
        let tag = format!("\"{}\"", sha256_hex(text.as_bytes()));
        Self { media_type, text, tag }
    }

    /// Answers with the text, or with 304 if the client has it already.
    pub(crate) fn respond(&self, headers: &HeaderMap) -> Response {
        let caching = [(header::ETAG, self.tag.as_str()), (header::CACHE_CONTROL, "no-cache")];
        if self.has_tag(headers) {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        (caching, [(header::CONTENT_TYPE, self.media_type)], self.text.clone()).into_response()
    }

    /// Reports if If-None-Match names the text. Weak tags compare like strong ones.
    fn has_tag(&self, headers: &HeaderMap) -> bool {
        let values = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
        let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag)
    }
}
