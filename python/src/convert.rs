//! What serde serialises, as Python objects: the dictionary that `json.loads` would make of the line, without the line.
//!
//! A record has some hundred blocks of the same four fields, so names of fields and of variants are made once a thread and
//! used again; with a new string for each, as `pythonize` makes them, the conversion takes half as many instructions more.

use std::cell::RefCell;
use std::fmt;

use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyNone, PyString};
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde::ser::{self, Serializer};

/// The value as Python has it.
pub(crate) fn to_python<'py, T: Serialize + ?Sized>(py: Python<'py>, value: &T) -> PyResult<Bound<'py, PyAny>> {
    value.serialize(Converter { py }).map_err(|fault| fault.0)
}

/// Python's own error, as serde wants to have it.
#[derive(Debug)]
struct Fault(PyErr);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(pyo3::exceptions::PyRuntimeError::new_err(message.to_string()))
    }
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Self(error)
    }
}

type Object<'py> = Bound<'py, PyAny>;
type Converted<'py> = Result<Object<'py>, Fault>;

/// The string of a name that is in the program itself, so that its place stands for its letters.
fn name<'py>(py: Python<'py>, text: &'static str) -> Bound<'py, PyString> {
    thread_local! {
        static NAMES: RefCell<FxHashMap<(usize, usize), Py<PyString>>> = RefCell::default();
    }
    let place = (text.as_ptr() as usize, text.len());
    NAMES.with_borrow_mut(|names| {
        names.entry(place).or_insert_with(|| PyString::intern(py, text).unbind()).bind(py).clone()
    })
}

#[derive(Clone, Copy)]
struct Converter<'py> {
    py: Python<'py>,
}

impl<'py> Converter<'py> {
    fn of<T: IntoPyObject<'py>>(self, value: T) -> Converted<'py> {
        Ok(value.into_bound_py_any(self.py)?)
    }

    fn dict(self, variant: Option<&'static str>) -> DictConverter<'py> {
        DictConverter { py: self.py, dict: PyDict::new(self.py), key: None, variant }
    }

    fn list(self, length: Option<usize>, variant: Option<&'static str>) -> ListConverter<'py> {
        ListConverter { py: self.py, items: Vec::with_capacity(length.unwrap_or_default().min(4096)), variant }
    }

    /// `{variant: value}`, as JSON has it.
    fn tagged(self, variant: Option<&'static str>, value: Object<'py>) -> Converted<'py> {
        let Some(variant) = variant else { return Ok(value) };
        let dict = PyDict::new(self.py);
        dict.set_item(name(self.py, variant), value)?;
        Ok(dict.into_any())
    }
}

macro_rules! plain {
    ($($method:ident: $type:ty),+) => {
        $(fn $method(self, value: $type) -> Converted<'py> {
            self.of(value)
        })+
    };
}

impl<'py> Serializer for Converter<'py> {
    type Ok = Object<'py>;
    type Error = Fault;
    type SerializeSeq = ListConverter<'py>;
    type SerializeTuple = ListConverter<'py>;
    type SerializeTupleStruct = ListConverter<'py>;
    type SerializeTupleVariant = ListConverter<'py>;
    type SerializeMap = DictConverter<'py>;
    type SerializeStruct = DictConverter<'py>;
    type SerializeStructVariant = DictConverter<'py>;

    plain! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32, serialize_f64: f64, serialize_char: char,
        serialize_bytes: &[u8]
    }

    fn serialize_str(self, value: &str) -> Converted<'py> {
        Ok(PyString::new(self.py, value).into_any())
    }

    fn serialize_none(self) -> Converted<'py> {
        Ok(PyNone::get(self.py).to_owned().into_any())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Converted<'py> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Converted<'py> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Converted<'py> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Converted<'py> {
        Ok(name(self.py, variant).into_any())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Converted<'py> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Converted<'py> {
        let value = value.serialize(self)?;
        self.tagged(Some(variant), value)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<ListConverter<'py>, Fault> {
        Ok(self.list(length, None))
    }

    fn serialize_tuple(self, length: usize) -> Result<ListConverter<'py>, Fault> {
        Ok(self.list(Some(length), None))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<ListConverter<'py>, Fault> {
        Ok(self.list(Some(length), None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<ListConverter<'py>, Fault> {
        Ok(self.list(Some(length), Some(variant)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<DictConverter<'py>, Fault> {
        Ok(self.dict(None))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<DictConverter<'py>, Fault> {
        Ok(self.dict(None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<DictConverter<'py>, Fault> {
        Ok(self.dict(Some(variant)))
    }
}

struct ListConverter<'py> {
    py: Python<'py>,
    items: Vec<Object<'py>>,
    variant: Option<&'static str>,
}

impl<'py> ListConverter<'py> {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.items.push(value.serialize(Converter { py: self.py })?);
        Ok(())
    }

    fn finish(self) -> Converted<'py> {
        let list = PyList::new(self.py, self.items)?.into_any();
        Converter { py: self.py }.tagged(self.variant, list)
    }
}

struct DictConverter<'py> {
    py: Python<'py>,
    dict: Bound<'py, PyDict>,
    key: Option<Object<'py>>,
    variant: Option<&'static str>,
}

impl<'py> DictConverter<'py> {
    fn set<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
        let value = value.serialize(Converter { py: self.py })?;
        Ok(self.dict.set_item(name(self.py, key), value)?)
    }

    fn finish(self) -> Converted<'py> {
        Converter { py: self.py }.tagged(self.variant, self.dict.into_any())
    }
}

macro_rules! parts {
    ($converter:ident { $($trait:ident::$method:ident),+ } => $body:ident) => {
        $(impl<'py> ser::$trait for $converter<'py> {
            type Ok = Object<'py>;
            type Error = Fault;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                self.$body(value)
            }

            fn end(self) -> Converted<'py> {
                self.finish()
            }
        })+
    };
}

parts!(ListConverter {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
} => push);

macro_rules! fields {
    ($($trait:ident),+) => {
        $(impl<'py> ser::$trait for DictConverter<'py> {
            type Ok = Object<'py>;
            type Error = Fault;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
                self.set(key, value)
            }

            fn end(self) -> Converted<'py> {
                self.finish()
            }
        })+
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl<'py> ser::SerializeMap for DictConverter<'py> {
    type Ok = Object<'py>;
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.key = Some(key.serialize(Converter { py: self.py })?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let key = self.key.take().ok_or_else(|| <Fault as ser::Error>::custom("a value without its key"))?;
        let value = value.serialize(Converter { py: self.py })?;
        Ok(self.dict.set_item(key, value)?)
    }

    fn end(self) -> Converted<'py> {
        self.finish()
    }
}
