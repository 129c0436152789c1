//! The API's description, and the Open Inference Protocol.

mod documents; // the description, its page, and answers with an entity tag
mod inference; // the Open Inference Protocol
