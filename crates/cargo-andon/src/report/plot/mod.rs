//! The plotting kit: scales, a canvas, axes, lanes and small plots.

pub(crate) mod canvas;
pub(crate) mod frame;
pub(crate) mod lanes;
pub(crate) mod numbers;
pub(crate) mod scale;
pub(crate) mod small;
pub(crate) mod strip;
pub(crate) mod tone;
