//! The parts of a graph, written in one place so that reading asks for what writing gives.

use super::proto::{
    AttributeProto, Dimension, NodeProto, OperatorSetId, Shape, TensorProto, TensorType, Type, ValueInfo, element, kind,
};

/// The editions of the operators.
pub(super) fn opsets() -> Vec<OperatorSetId> {
    [("", 17), ("ai.onnx.ml", 3)].map(|(domain, version)| OperatorSetId { domain: domain.to_owned(), version }).into()
}

pub(super) fn node(op: &str, input: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        input: input.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.to_owned()],
        name: output.to_owned(),
        op_type: op.to_owned(),
        attribute,
        domain: String::new(),
    }
}

pub(super) fn ints(name: &str, ints: Vec<i64>) -> AttributeProto {
    AttributeProto { name: name.to_owned(), ints, r#type: kind::INTS, ..AttributeProto::default() }
}

pub(super) fn doubles(name: &str, double_data: Vec<f64>) -> AttributeProto {
    let dims = vec![double_data.len() as i64];
    let data_type = element::DOUBLE;
    let tensor = TensorProto { dims, data_type, double_data, name: name.to_owned(), ..TensorProto::default() };
    AttributeProto { name: name.to_owned(), t: Some(tensor), r#type: kind::TENSOR, ..AttributeProto::default() }
}

pub(super) fn text(name: &str, text: &str) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        s: text.as_bytes().to_vec(),
        r#type: kind::STRING,
        ..AttributeProto::default()
    }
}

pub(super) fn float(name: &str, value: f32) -> TensorProto {
    TensorProto { data_type: element::FLOAT, float_data: vec![value], name: name.to_owned(), ..TensorProto::default() }
}

/// A list of one number: a column of the trees' answer, so that it stays a column, or the shape of a list.
pub(super) fn list(name: &str, number: i64) -> TensorProto {
    TensorProto {
        dims: vec![1],
        data_type: element::INT64,
        int64_data: vec![number],
        name: name.to_owned(),
        ..TensorProto::default()
    }
}

pub(super) fn value(name: &str, elem_type: i32, dims: &[Option<i64>]) -> ValueInfo {
    let dimension =
        |dim: &Option<i64>| Dimension { dim_value: *dim, dim_param: dim.is_none().then(|| "rows".to_owned()) };
    let shape = Some(Shape { dim: dims.iter().map(dimension).collect() });
    ValueInfo { name: name.to_owned(), r#type: Some(Type { tensor_type: Some(TensorType { elem_type, shape }) }) }
}
