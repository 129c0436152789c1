//! The part of the program that a release owns.

use std::error::Error;
use std::path::Path;

use andon::release::OpenError;
use andon::{Facts, Release};

/// The files of a package by name, as the build script put them into the program.
pub type Packaged = [(&'static str, &'static [u8]); 8];

/// What a release brings to its program; [`run`](crate::run) brings the rest.
#[derive(Debug)]
pub struct Program<R> {
    /// Name of the program, in its help and messages.
    pub name: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// The first sentence of the help: what the program decides.
    pub about: &'static str,
    /// Opens the release in a folder.
    pub open: fn(&Path) -> Result<Release<R>, OpenError>,
    /// Renders the model card.
    pub card: fn(&Facts) -> Result<String, Box<dyn Error + Send + Sync>>,
    /// The released model inside the program: [`package!`](crate::package).
    pub package: Option<Packaged>,
}

/// The package that the build script put into the program of the crate that calls this, with its `deploy` feature;
/// `None` without it.
#[macro_export]
macro_rules! package {
    () => {{
        #[cfg(feature = "deploy")]
        let package = Some($crate::package!(
            "MODEL_CARD.md",
            "alternatives.json",
            "contract.schema.json",
            "evidence.json",
            "figures.json",
            "model.json",
            "model.onnx",
            "release.toml"
        ));
        #[cfg(not(feature = "deploy"))]
        let package = None;
        package
    }};
    ($($name:literal),+) => {
        [$(($name, include_bytes!(concat!(env!("OUT_DIR"), "/", $name)) as &'static [u8])),+]
    };
}
