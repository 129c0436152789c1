//! The language model, which wiremock plays.

pub(crate) mod explanations; // one good answer and every bad one
mod failures; // a model that fails, hangs or is missing
