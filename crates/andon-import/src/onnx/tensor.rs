//! The numbers of a tensor.

use andon::onnx::proto::{TensorProto, element};

/// The numbers of a tensor, in any of the forms that it can have.
pub(super) fn numbers(tensor: &TensorProto) -> Option<Vec<f64>> {
    let raw = tensor.raw_data.as_slice();
    match tensor.data_type {
        element::FLOAT if raw.is_empty() => Some(tensor.float_data.iter().copied().map(f64::from).collect()),
        element::DOUBLE if raw.is_empty() => Some(tensor.double_data.clone()),
        element::UINT8 if raw.is_empty() => Some(tensor.int32_data.iter().copied().map(f64::from).collect()),
        element::FLOAT => {
            let (chunks, rest) = raw.as_chunks::<4>();
            rest.is_empty().then(|| chunks.iter().map(|chunk| f64::from(f32::from_le_bytes(*chunk))).collect())
        }
        element::DOUBLE => {
            let (chunks, rest) = raw.as_chunks::<8>();
            rest.is_empty().then(|| chunks.iter().map(|chunk| f64::from_le_bytes(*chunk)).collect())
        }
        element::UINT8 => Some(raw.iter().copied().map(f64::from).collect()),
        _ => None,
    }
}
