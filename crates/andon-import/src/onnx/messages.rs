//! The messages of `onnx.proto3` that a tree ensemble needs, with their tags; others are passed over.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(super) struct OnnxFile {
    #[prost(string, tag = "2")]
    pub(super) producer_name: String,
    #[prost(string, tag = "3")]
    pub(super) producer_version: String,
    #[prost(message, optional, tag = "7")]
    pub(super) graph: Option<Graph>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Graph {
    #[prost(message, repeated, tag = "1")]
    pub(super) node: Vec<GraphNode>,
    #[prost(message, repeated, tag = "11")]
    pub(super) input: Vec<Input>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct GraphNode {
    #[prost(string, repeated, tag = "1")]
    pub(super) input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(super) output: Vec<String>,
    #[prost(string, tag = "4")]
    pub(super) op_type: String,
    #[prost(message, repeated, tag = "5")]
    pub(super) attribute: Vec<NodeAttribute>,
    #[prost(string, tag = "7")]
    pub(super) domain: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct NodeAttribute {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(int64, tag = "3")]
    pub(super) i: i64,
    #[prost(bytes = "vec", tag = "4")]
    pub(super) s: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    pub(super) t: Option<Tensor>,
    #[prost(float, repeated, tag = "7")]
    pub(super) floats: Vec<f32>,
    #[prost(int64, repeated, tag = "8")]
    pub(super) ints: Vec<i64>,
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub(super) strings: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Tensor {
    #[prost(int32, tag = "2")]
    pub(super) data_type: i32,
    #[prost(float, repeated, tag = "4")]
    pub(super) float_data: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    pub(super) int32_data: Vec<i32>,
    #[prost(bytes = "vec", tag = "9")]
    pub(super) raw_data: Vec<u8>,
    #[prost(double, repeated, tag = "10")]
    pub(super) double_data: Vec<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Input {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, optional, tag = "2")]
    pub(super) r#type: Option<InputType>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct InputType {
    #[prost(message, optional, tag = "1")]
    pub(super) tensor_type: Option<ElementType>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ElementType {
    #[prost(int32, tag = "1")]
    pub(super) elem_type: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) shape: Option<TensorShape>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorShape {
    #[prost(message, repeated, tag = "1")]
    pub(super) dim: Vec<DimensionSize>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct DimensionSize {
    #[prost(int64, tag = "1")]
    pub(super) dim_value: i64,
}

/// Kinds of elements, as `TensorProto.DataType` numbers them.
pub(super) mod element {
    pub(crate) const FLOAT: i32 = 1;
    pub(crate) const UINT8: i32 = 2;
    pub(crate) const DOUBLE: i32 = 11;
}

impl Tensor {
    /// The numbers of a tensor, in any of the forms that it can have.
    pub(super) fn numbers(&self) -> Option<Vec<f64>> {
        let raw = self.raw_data.as_slice();
        match self.data_type {
            element::FLOAT if raw.is_empty() => Some(self.float_data.iter().copied().map(f64::from).collect()),
            element::DOUBLE if raw.is_empty() => Some(self.double_data.clone()),
            element::UINT8 if raw.is_empty() => Some(self.int32_data.iter().copied().map(f64::from).collect()),
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
}
