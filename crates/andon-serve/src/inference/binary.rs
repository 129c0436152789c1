//! The protocol's extension for binary data: the JSON of a request, followed by the bytes of its tensors.
//!
//! `tritonclient`, the most used client of the protocol, sends tensors so unless it is told otherwise. Answers are
//! JSON, which it reads as well.

use andon::evidence::messages::without_type_names;
use axum::http::HeaderMap;
use serde_json::{Number, Value, json};

use super::error::InferenceError;
use super::infer::InferenceRequest;
use super::tensor::{Datatype, InputTensor};

/// The header with the length of the JSON, in bytes. Without it the whole body is JSON.
const JSON_LENGTH: &str = "inference-header-content-length";

/// The length of the JSON that a request states.
///
/// # Errors
/// If the header is not a length.
pub(super) fn json_bytes(headers: &HeaderMap) -> Result<Option<usize>, InferenceError> {
    let mut stated = headers.get_all(JSON_LENGTH).into_iter();
    let Some(length) = stated.next() else { return Ok(None) };
    let length = length.to_str().ok().and_then(|length| length.parse().ok()).filter(|_| stated.next().is_none());
    let wrong = || InferenceError::bad_request(format!("{JSON_LENGTH} must be one length, that of the JSON in bytes"));
    length.map(Some).ok_or_else(wrong)
}

/// Reads a request. Each tensor without `data` takes its bytes from behind the JSON, in their order.
///
/// # Errors
/// A body that is shorter or longer than its parts, or a tensor whose bytes are no values of its type.
pub(super) fn read_request(body: &[u8], json_bytes: Option<usize>) -> Result<InferenceRequest, InferenceError> {
    let length = json_bytes.unwrap_or(body.len());
    let (json, mut bytes) = body.split_at_checked(length).ok_or_else(|| {
        InferenceError::bad_request(format!("the body has {} bytes and {JSON_LENGTH} says {length}", body.len()))
    })?;
    // serde would read an array as a struct, member by member.
    if json.trim_ascii_start().first().is_some_and(|first| *first == b'[') {
        return Err(InferenceError::bad_request("the body is not an inference request: it is no JSON object"));
    }
    let mut request: InferenceRequest = serde_json::from_slice(json).map_err(|error| {
        let why = without_type_names(&error.to_string());
        InferenceError::bad_request(format!("the body is not an inference request: {why}"))
    })?;
    for input in &mut request.inputs {
        bytes = take(input, bytes)?;
    }
    if bytes.is_empty() {
        return Ok(request);
    }
    Err(InferenceError::bad_request(format!("{} bytes behind the last tensor belong to none", bytes.len())))
}

/// Gives a tensor its bytes, and returns the rest.
fn take<'a>(input: &mut InputTensor, bytes: &'a [u8]) -> Result<&'a [u8], InferenceError> {
    let stated = input.parameters.as_ref().and_then(|parameters| parameters.binary_data_size);
    let wrong = |problem: String| InferenceError::bad_request(format!("input `{}`: {problem}", input.name));
    match (&input.data, stated) {
        (Some(_), None) => Ok(bytes),
        (Some(_), Some(_)) => Err(wrong("send data or binary_data_size, not both".to_owned())),
        (None, None) => Err(wrong("send data, or binary_data_size and the bytes".to_owned())),
        (None, Some(length)) => {
            let (own, rest) = bytes
                .split_at_checked(length)
                .ok_or_else(|| wrong(format!("binary_data_size is {length} and {} bytes are left", bytes.len())))?;
            input.data = Some(values(input.datatype, own).map_err(wrong)?);
            Ok(rest)
        }
    }
}

/// The values in the bytes of a tensor, little-endian.
///
/// # Errors
/// Bytes that are no values of the type, a number that is not finite, or FP16, which no client needs for the columns of
/// a record.
fn values(datatype: Datatype, bytes: &[u8]) -> Result<Vec<Value>, String> {
    let values = match datatype {
        Datatype::Fp32 => real_numbers(bytes, |bytes| f64::from(f32::from_le_bytes(bytes))).transpose()?,
        Datatype::Fp64 => real_numbers(bytes, f64::from_le_bytes).transpose()?,
        other => whole_numbers_and_texts(other, bytes),
    };
    values.ok_or_else(|| format!("{} bytes are no values of {}", bytes.len(), json!(datatype)))
}

/// Numbers of `SIZE` bytes each. JSON has no word for NaN and the infinities: as null they would read as missing
/// values, which a record may have.
fn real_numbers<const SIZE: usize>(bytes: &[u8], read: fn([u8; SIZE]) -> f64) -> Option<Result<Vec<Value>, String>> {
    let (numbers, rest) = bytes.as_chunks();
    let finite = |(place, number): (usize, &[u8; SIZE])| {
        let number = read(*number);
        let value = Number::from_f64(number).map(Value::Number);
        value.ok_or_else(|| format!("value {place} is {number}; allowed are finite numbers"))
    };
    rest.is_empty().then(|| numbers.iter().enumerate().map(finite).collect())
}

fn whole_numbers_and_texts(datatype: Datatype, bytes: &[u8]) -> Option<Vec<Value>> {
    macro_rules! numbers {
        ($number:ty) => {{
            let (numbers, rest) = bytes.as_chunks();
            rest.is_empty().then(|| numbers.iter().map(|number| json!(<$number>::from_le_bytes(*number))).collect())
        }};
    }
    match datatype {
        Datatype::Bool => bytes.iter().map(|byte| (*byte <= 1).then(|| json!(*byte == 1))).collect(),
        Datatype::Uint8 => numbers!(u8),
        Datatype::Uint16 => numbers!(u16),
        Datatype::Uint32 => numbers!(u32),
        Datatype::Uint64 => numbers!(u64),
        Datatype::Int8 => numbers!(i8),
        Datatype::Int16 => numbers!(i16),
        Datatype::Int32 => numbers!(i32),
        Datatype::Int64 => numbers!(i64),
        Datatype::Bytes => texts(bytes),
        Datatype::Fp16 | Datatype::Fp32 | Datatype::Fp64 => None,
    }
}

/// Texts, each behind its length.
fn texts(mut bytes: &[u8]) -> Option<Vec<Value>> {
    let mut texts = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk()?;
        let (text, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        texts.push(json!(str::from_utf8(text).ok()?));
        bytes = rest;
    }
    Some(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_values_of_their_type_or_nothing() {
        assert_eq!(values(Datatype::Fp32, &1.5_f32.to_le_bytes()), Ok(vec![json!(1.5)]));
        assert_eq!(
            values(Datatype::Int64, &[(-2_i64).to_le_bytes(), 3_i64.to_le_bytes()].concat()),
            Ok(vec![json!(-2), json!(3)])
        );
        assert_eq!(values(Datatype::Bool, &[0, 1]), Ok(vec![json!(false), json!(true)]));
        assert_eq!(values(Datatype::Bytes, b"\x03\0\0\0gas\0\0\0\0"), Ok(vec![json!("gas"), json!("")]));
        for (datatype, bytes) in [
            (Datatype::Fp64, &[0; 7][..]),
            (Datatype::Bool, &[2]),
            (Datatype::Bytes, b"\x04\0\0\0gas"),
            (Datatype::Bytes, b"\xff\xff\xff\xff"),
            (Datatype::Bytes, b"\x01\0\0\0\xff"),
            (Datatype::Fp16, &[0, 0]),
        ] {
            let wrong = values(datatype, bytes).unwrap_err();
            assert_eq!(wrong, format!("{} bytes are no values of {}", bytes.len(), json!(datatype)));
        }
    }

    #[test]
    fn a_number_that_is_not_finite_is_no_missing_value() {
        for (number, name) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
            let double = [1.5, number].map(f64::to_le_bytes).concat();
            let single = [1.5, number as f32].map(f32::to_le_bytes).concat();
            for (datatype, bytes) in [(Datatype::Fp64, double), (Datatype::Fp32, single)] {
                let told = values(datatype, &bytes).unwrap_err();
                assert_eq!(told, format!("value 1 is {name}; allowed are finite numbers"));
            }
        }
    }

    #[test]
    fn the_parts_of_a_body_must_add_up() {
        let tensor = |more: &str| format!(r#"{{"inputs":[{{"name":"a","shape":[1],"datatype":"INT64"{more}}}]}}"#);
        let sized = tensor(r#","parameters":{"binary_data_size":8}"#);
        let refused = |json: &str, tail: &[u8], length: usize| {
            read_request(&[json.as_bytes(), tail].concat(), Some(length)).unwrap_err().error().to_owned()
        };
        assert!(read_request(&[sized.as_bytes(), &[0; 8]].concat(), Some(sized.len())).is_ok());
        assert!(refused(&sized, &[0; 7], sized.len()).contains("binary_data_size is 8 and 7 bytes are left"));
        assert!(refused(&sized, &[0; 9], sized.len()).contains("1 bytes behind the last tensor"));
        assert!(refused(&sized, &[], 100_000).contains("says 100000"));
        assert!(refused(&tensor(""), &[], tensor("").len()).contains("send data, or binary_data_size"));
        let both = tensor(r#","data":[1],"parameters":{"binary_data_size":8}"#);
        assert!(refused(&both, &[0; 8], both.len()).contains("not both"));
        let words = refused(r#"{"inputs":[{"name":"a","shape":["x"],"datatype":"INT64"}]}"#, &[], 57);
        assert!(words.contains("expected a whole number") && !words.contains("usize"), "{words}");
    }
}
