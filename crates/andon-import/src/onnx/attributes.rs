//! The attributes of an operator by name.

use andon::onnx::proto::{AttributeProto, NodeProto};

use super::tensor::numbers;
use crate::error::FileFault;

/// The attributes of one operator, none but the known ones.
pub(super) struct Attributes<'a> {
    operation: &'a NodeProto,
}

impl<'a> Attributes<'a> {
    /// The attributes of an operator, all of them among the known ones.
    pub(super) fn new(operation: &'a NodeProto, known: &[&str]) -> Result<Self, FileFault> {
        let unknown = operation.attribute.iter().find(|attribute| !known.contains(&attribute.name.as_str()));
        if let Some(unknown) = unknown {
            return Err(FileFault::new(&operation.op_type, format!("its attribute `{}` cannot be read", unknown.name)));
        }
        Ok(Self { operation })
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a AttributeProto> {
        self.operation.attribute.iter().find(|attribute| attribute.name == name)
    }

    pub(super) fn ints(&self, name: &str) -> Vec<i64> {
        self.get(name).map(|attribute| attribute.ints.clone()).unwrap_or_default()
    }

    /// Numbers in single precision, or of any precision under the name with `_as_tensor`.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<f64>, FileFault> {
        let tensor = self.get(&format!("{name}_as_tensor")).and_then(|attribute| attribute.t.as_ref());
        match (tensor, self.get(name)) {
            (Some(tensor), None) => numbers(tensor).ok_or_else(|| self.fault(name, "it holds no numbers")),
            (None, Some(attribute)) => match &attribute.t {
                Some(tensor) => numbers(tensor).ok_or_else(|| self.fault(name, "it holds no numbers")),
                None => Ok(attribute.floats.iter().copied().map(f64::from).collect()),
            },
            (None, None) => Ok(Vec::new()),
            (Some(_), Some(_)) => Err(self.fault(name, "it is there twice")),
        }
    }

    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).map(|attribute| String::from_utf8_lossy(&attribute.s).into_owned()).unwrap_or_default()
    }

    pub(super) fn fault(&self, name: &str, problem: impl Into<String>) -> FileFault {
        FileFault::new(format!("{}, {name}", self.operation.op_type), problem)
    }
}
