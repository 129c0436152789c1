//! Drawing: scales, a canvas, frames and lanes.

pub(crate) mod canvas;
pub(crate) mod frame;
pub(crate) mod lanes;
pub(crate) mod numbers;
pub(crate) mod scale;
pub(crate) mod strip;
pub(crate) mod tone;
