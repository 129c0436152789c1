//! Models trained elsewhere, read from their files.
//!
//! [`read`] takes the bytes of a file of XGBoost, LightGBM or ONNX, or a table of points (CSV or TOML), and gives the
//! [`Forest`] that answers as the library does, with its [`Origin`]. The kind of file shows in its content, not in its
//! name. Nothing in a file runs; whatever cannot be read is an [`ImportError`] that names file and place.
//!
//! ```
//! let table = b"feature,from,to,points\n*,,,-1.5\nincome,,2000,-0.25\nincome,2000,,0.5\nincome,missing,,0\n";
//! let model = andon_import::read(table, "points.csv", None)?;
//! assert_eq!(model.features[0].name, "income");
//! assert_eq!(model.forest.score(&[2000.0]), -1.0);
//! # Ok::<(), andon_import::ImportError>(())
//! ```

mod columns;
mod error;
mod lightgbm;
mod onnx;
mod points;
mod thresholds;
mod trees;
mod xgboost;

use andon::data::frame::Feature;
use andon::model::forest::Forest;
pub use andon::model::forest::Link;
pub use andon::model::imported::Imported;
use andon::model::origin::Origin;
use andon_evidence::files::sha256_hex;

use crate::columns::Columns;
pub use crate::error::ImportError;

/// A model on its way from a file.
struct Read {
    library: &'static str,
    version: String,
    forest: Forest,
    has_weights: bool,
    columns: Columns,
}

/// Reads a model for the features of a policy, in their order; for the file's own if there are none.
///
/// Columns meet features by name. A file without names needs as many features as it has columns, in its order.
///
/// # Errors
/// [`ImportError`] if the file is cut, is of no known kind, or asks what cannot be answered to the bit.
pub fn read(bytes: &[u8], file: &str, features: Option<&[Feature]>) -> Result<Imported, ImportError> {
    let read = if lightgbm::is_lightgbm(bytes) {
        lightgbm::read(bytes, features)
    } else if points::is_points(bytes) {
        points::read(bytes, features)
    } else if xgboost::is_ubj(bytes) {
        xgboost::read_ubj(bytes, features)
    } else if bytes.first() == Some(&b'{') {
        xgboost::read_json(bytes, features)
    } else {
        onnx::read(bytes, features)
    };
    let read = read.map_err(|fault| fault.in_file(file))?;
    let origin = Origin { library: read.library.to_owned(), version: read.version, sha256: sha256_hex(bytes) };
    let features = read.columns.features;
    Ok(Imported { forest: read.forest, origin, features, has_weights: read.has_weights })
}

/// Features of these names, all of them numbers.
#[must_use]
pub fn features_named(names: &[String]) -> Vec<Feature> {
    let feature =
        |name: &String| Feature { name: name.clone(), levels: Vec::new(), takes_unseen: false, may_be_missing: false };
    names.iter().map(feature).collect()
}

/// Reads a model for a release: the reader for `Release::reading`.
///
/// # Errors
/// The text of an [`ImportError`].
pub fn read_model(bytes: &[u8], file: &str, features: &[Feature]) -> Result<Imported, String> {
    read(bytes, file, Some(features)).map_err(|error| error.to_string())
}
