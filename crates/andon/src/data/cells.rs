//! A record as named cells: how the harness reads any release's struct by column name, through serde alone.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{self, Impossible, Serialize, SerializeStruct};

/// The value of a column in one record.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Any number; flags are 0 and 1.
    Number(f64),
    /// A category's name, or text.
    Text(Cow<'static, str>),
    /// No value.
    Missing,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::Missing => Ok(()),
        }
    }
}

/// A record is not a flat struct of numbers, flags, categories and texts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a record must be a flat struct of numbers, flags, categories and texts: {0}")]
pub struct NotFlat(String);

impl ser::Error for NotFlat {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// The record's cells, in the order of its fields.
///
/// # Errors
/// [`NotFlat`] when the record is anything else than a flat struct.
///
/// ```
/// use andon::data::cells::{Cell, read};
/// #[derive(serde::Serialize)]
/// struct House { rooms: u8, price: Option<f64> }
/// let cells = read(&House { rooms: 3, price: None })?;
/// assert_eq!(cells, [("rooms", Cell::Number(3.0)), ("price", Cell::Missing)]);
/// # Ok::<(), andon::data::cells::NotFlat>(())
/// ```
pub fn read<R: Serialize>(record: &R) -> Result<Vec<(&'static str, Cell)>, NotFlat> {
    let mut cells = Vec::with_capacity(32);
    record.serialize(RecordSerializer { cells: &mut cells })?;
    Ok(cells)
}

/// Serializer of the whole record; accepts a struct and nothing else.
struct RecordSerializer<'a> {
    cells: &'a mut Vec<(&'static str, Cell)>,
}

impl SerializeStruct for RecordSerializer<'_> {
    type Ok = ();
    type Error = NotFlat;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), NotFlat> {
        self.cells.push((key, value.serialize(CellSerializer)?));
        Ok(())
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), NotFlat> {
        self.cells.push((key, Cell::Missing));
        Ok(())
    }

    fn end(self) -> Result<(), NotFlat> {
        Ok(())
    }
}

/// Serializer of one field.
struct CellSerializer;

/// Refuses the serde types that do not fit, naming them.
macro_rules! refuse {
    ($ok:ty; $($method:ident($($kind:ty),*) -> $out:ty = $name:literal;)*) => {
        $(fn $method(self, $(_: $kind),*) -> Result<$out, NotFlat> { Err(NotFlat($name.to_owned())) })*
    };
}

/// The serde methods that neither a record nor a field ever needs.
macro_rules! refuse_compound {
    ($ok:ty) => {
        type SerializeSeq = Impossible<$ok, NotFlat>;
        type SerializeTuple = Impossible<$ok, NotFlat>;
        type SerializeTupleStruct = Impossible<$ok, NotFlat>;
        type SerializeTupleVariant = Impossible<$ok, NotFlat>;
        type SerializeMap = Impossible<$ok, NotFlat>;
        type SerializeStructVariant = Impossible<$ok, NotFlat>;

        refuse! { $ok;
            serialize_bytes(&[u8]) -> $ok = "bytes";
            serialize_unit_struct(&'static str) -> $ok = "a unit struct";
            serialize_seq(Option<usize>) -> Self::SerializeSeq = "a sequence";
            serialize_tuple(usize) -> Self::SerializeTuple = "a tuple";
            serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct = "a tuple struct";
            serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant = "a tuple variant";
            serialize_map(Option<usize>) -> Self::SerializeMap = "a map or a flattened struct";
            serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant = "a struct variant";
        }

        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self, _: &'static str, _: u32, variant: &'static str, _: &T,
        ) -> Result<$ok, NotFlat> {
            Err(NotFlat(format!("the variant {variant} holds a value")))
        }
    };
}

impl<'a> ser::Serializer for RecordSerializer<'a> {
    type Ok = ();
    type Error = NotFlat;
    type SerializeStruct = RecordSerializer<'a>;

    refuse_compound!(());
    refuse! { ();
        serialize_bool(bool) -> () = "a flag alone";
        serialize_i8(i8) -> () = "a number alone";
        serialize_i16(i16) -> () = "a number alone";
        serialize_i32(i32) -> () = "a number alone";
        serialize_i64(i64) -> () = "a number alone";
        serialize_u8(u8) -> () = "a number alone";
        serialize_u16(u16) -> () = "a number alone";
        serialize_u32(u32) -> () = "a number alone";
        serialize_u64(u64) -> () = "a number alone";
        serialize_f32(f32) -> () = "a number alone";
        serialize_f64(f64) -> () = "a number alone";
        serialize_char(char) -> () = "a character alone";
        serialize_str(&str) -> () = "a text alone";
        serialize_none() -> () = "nothing";
        serialize_unit() -> () = "nothing";
        serialize_unit_variant(&'static str, u32, &'static str) -> () = "a category alone";
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NotFlat> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), NotFlat> {
        value.serialize(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<RecordSerializer<'a>, NotFlat> {
        Ok(self)
    }
}

/// Largest whole number that a 64-bit float holds exactly.
const MAX_EXACT: u64 = 1 << 53;

impl ser::Serializer for CellSerializer {
    type Ok = Cell;
    type Error = NotFlat;
    type SerializeStruct = Impossible<Cell, NotFlat>;

    refuse_compound!(Cell);

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Self::SerializeStruct, NotFlat> {
        Err(NotFlat(format!("a nested struct {name}")))
    }

    fn serialize_bool(self, flag: bool) -> Result<Cell, NotFlat> {
        Ok(Cell::Number(f64::from(u8::from(flag))))
    }

    fn serialize_i8(self, number: i8) -> Result<Cell, NotFlat> {
        Ok(Cell::Number(number.into()))
    }

    fn serialize_i16(self, number: i16) -> Result<Cell, NotFlat> {
        Ok(Cell::Number(number.into()))
    }

    fn serialize_i32(self, number: i32) -> Result<Cell, NotFlat> {
        Ok(Cell::Number(number.into()))
    }

    fn serialize_i64(self, number: i64) -> Result<Cell, NotFlat> {
        if number.unsigned_abs() > MAX_EXACT {
            return Err(NotFlat(format!("{number} is not exact as a 64-bit float")));
        }
        Ok(Cell::Number(number as f64))
    }

    fn serialize_u8(self, number: u8) -> Result<Cell, NotFlat> {
        Ok(Cell::Number(number.into()))
    }

    fn serialize_u16(self, number: u16) -> Result<Cell, NotFlat> {
        Ok(Cell::Number(number.into()))
    }

    fn serialize_u32(self, number: u32) -> Result<Cell, NotFlat> {
        Ok(Cell::Number(number.into()))
    }

    fn serialize_u64(self, number: u64) -> Result<Cell, NotFlat> {
        if number > MAX_EXACT {
            return Err(NotFlat(format!("{number} is not exact as a 64-bit float")));
        }
        Ok(Cell::Number(number as f64))
    }

    fn serialize_f32(self, number: f32) -> Result<Cell, NotFlat> {
        Ok(Cell::Number(number.into()))
    }

    fn serialize_f64(self, number: f64) -> Result<Cell, NotFlat> {
        Ok(Cell::Number(number))
    }

    fn serialize_char(self, letter: char) -> Result<Cell, NotFlat> {
        Ok(Cell::Text(letter.to_string().into()))
    }

    fn serialize_str(self, text: &str) -> Result<Cell, NotFlat> {
        Ok(Cell::Text(text.to_owned().into()))
    }

    fn serialize_none(self) -> Result<Cell, NotFlat> {
        Ok(Cell::Missing)
    }

    fn serialize_unit(self) -> Result<Cell, NotFlat> {
        Ok(Cell::Missing)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Cell, NotFlat> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Cell, NotFlat> {
        Ok(Cell::Text(variant.into()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Cell, NotFlat> {
        value.serialize(self)
    }
}
