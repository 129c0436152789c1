//! UBJSON, as XGBoost writes it, as JSON values.

use serde_json::{Map, Number, Value};

use crate::error::FileFault;

/// Most values inside each other; an XGBoost file has ten.
const MAX_DEPTH: usize = 32;

/// The one value of a file.
pub(super) fn read(bytes: &[u8]) -> Result<Value, FileFault> {
    let mut reader = Reader { bytes, at: 0 };
    let value = reader.marker().and_then(|marker| reader.value(marker, 0));
    let value = value.map_err(|problem| FileFault::new(format!("byte {}", reader.at), problem))?;
    if reader.at == bytes.len() {
        return Ok(value);
    }
    Err(FileFault::new(format!("byte {}", reader.at), "more follows behind the model"))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], String> {
        let taken = self.at.checked_add(count).and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| format!("{count} bytes are due, and the file ends: it is cut short"))?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| "the file ends".to_owned())
    }

    fn marker(&mut self) -> Result<u8, String> {
        self.array::<1>().map(|[marker]| marker)
    }

    /// True if the next byte is this one, which is then taken.
    fn skips(&mut self, marker: u8) -> bool {
        let is_next = self.bytes.get(self.at) == Some(&marker);
        self.at += usize::from(is_next);
        is_next
    }

    fn whole(&mut self, marker: u8) -> Result<i64, String> {
        Ok(match marker {
            b'i' => i64::from(i8::from_be_bytes(self.array()?)),
            b'U' => i64::from(u8::from_be_bytes(self.array()?)),
            b'I' => i64::from(i16::from_be_bytes(self.array()?)),
            b'l' => i64::from(i32::from_be_bytes(self.array()?)),
            b'L' => i64::from_be_bytes(self.array()?),
            _ => return Err(format!("a whole number is due, not `{}`", char::from(marker))),
        })
    }

    fn count(&mut self) -> Result<usize, String> {
        let marker = self.marker()?;
        let count = self.whole(marker)?;
        usize::try_from(count).map_err(|_| format!("a length cannot be {count}"))
    }

    fn text(&mut self) -> Result<String, String> {
        let count = self.count()?;
        let bytes = self.take(count)?.to_vec();
        String::from_utf8(bytes).map_err(|_| "it is no text".to_owned())
    }

    fn value(&mut self, marker: u8, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} values inside each other"));
        }
        Ok(match marker {
            b'{' => self.object(depth)?,
            b'[' => self.list(depth)?,
            b'S' => Value::String(self.text()?),
            b'T' => Value::Bool(true),
            b'F' => Value::Bool(false),
            b'Z' => Value::Null,
            b'd' => number(f64::from(f32::from_be_bytes(self.array()?)))?,
            b'D' => number(f64::from_be_bytes(self.array()?))?,
            _ => Value::from(self.whole(marker)?),
        })
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        let mut members = Map::new();
        while !self.skips(b'}') {
            let name = self.text()?;
            let marker = self.marker()?;
            let value = self.value(marker, depth + 1).map_err(|problem| format!("{name}: {problem}"))?;
            if members.insert(name.clone(), value).is_some() {
                return Err(format!("`{name}` is there twice"));
            }
        }
        Ok(Value::Object(members))
    }

    fn list(&mut self, depth: usize) -> Result<Value, String> {
        let mut values = Vec::new();
        let kind = if self.skips(b'$') { Some(self.marker()?) } else { None };
        if self.skips(b'#') {
            let count = self.count()?;
            // A value without a marker of its own takes a byte at least, so that no length outruns the file.
            if count > self.bytes.len() - self.at || kind.is_some_and(|kind| b"TFZ[{".contains(&kind)) {
                return Err(format!("{count} values are due, and the file ends: it is cut short"));
            }
            for _ in 0..count {
                let marker = kind.map_or_else(|| self.marker(), Ok)?;
                values.push(self.value(marker, depth + 1)?);
            }
            return Ok(Value::Array(values));
        }
        if kind.is_some() {
            return Err("a list of one kind lacks its length".to_owned());
        }
        while !self.skips(b']') {
            let marker = self.marker()?;
            values.push(self.value(marker, depth + 1)?);
        }
        Ok(Value::Array(values))
    }
}

fn number(number: f64) -> Result<Value, String> {
    Number::from_f64(number).map(Value::Number).ok_or_else(|| format!("{number} is not a number"))
}
