//! The description of the API: OpenAPI, and the page that shows it.

pub(crate) mod docs;
pub(crate) mod document;
pub(crate) mod openapi;
