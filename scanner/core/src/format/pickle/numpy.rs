//! Types and arrays of numpy, as pickles describe them.
//!
//! Source: numpy 2.4, `numpy/_core/src/multiarray/descriptor.c`, `arraydescr_reduce` and
//! `arraydescr_setstate`; `methods.c`, `array_setstate`.

use std::cell::Cell;
use std::rc::Rc;

use super::findings::Findings;
use super::known::Role;
use super::machine::At;
use super::value::Value;
use crate::format::numpy::dtype::Dtype;

/// Bit of a type's flags that says that elements are or hold objects: `NPY_ITEM_HASOBJECT`.
const HAS_OBJECTS: i64 = 1;

/// The type that a code or a class of `ml_dtypes` names; one of unknown size where it is none.
pub(super) fn dtype(code: Option<&Value>) -> Dtype {
    if let Some(Value::Global(global)) = code
        && let Some(Role::Dtype(name, size)) = global.role
    {
        return Dtype::of_class(name, size);
    }
    let text = code.and_then(Value::text).map_or("", |text| &**text);
    Dtype::parse(text)
}

impl Dtype {
    /// Takes in the state of a type: version, byte order, subtype, names, fields, size,
    /// alignment, flags.
    pub(super) fn with_state(self, state: &Value) -> Self {
        let [_, _, _, names, _, size, _, flags, ..] = state.items() else {
            return self;
        };
        let has_flag = matches!(flags, Value::Int(flags) if flags & HAS_OBJECTS != 0);
        let kind = match names {
            Value::None => self.kind,
            _ => b'V',
        };
        Self {
            kind,
            size: match kind {
                // Only these have a size of their own; a state that makes objects of numbers, or
                // numbers of objects, is read by no two readers alike.
                b'V' | b'S' | b'U' => size.count().or(self.size),
                b'O' if has_flag => self.size,
                _ if has_flag != self.has_objects => None,
                _ => self.size,
            },
            has_objects: self.has_objects || has_flag,
            class: self.class,
        }
    }
}

impl Findings {
    /// Takes in an array whose type and shape became known.
    pub(super) fn describe_array(
        &mut self,
        at: At,
        array: &Rc<Cell<Option<usize>>>,
        dtype: &Value,
        shape: &Value,
    ) {
        let Value::NumpyDtype(dtype) = dtype else {
            return;
        };
        if let Some((elements, shape)) = dtype.get().elements().zip(shape.counts()) {
            match self.tensors.add(elements, &shape) {
                Ok(number) => array.set(Some(number)),
                Err(problem) => self.report(at.fault(problem)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_tells_the_size_of_records_and_of_objects_in_them() {
        let item = |value| Value::Int(value);
        let state = |names, size, flags| {
            let values = vec![item(3), Value::None, Value::None, names, Value::None];
            Value::tuple([values, vec![item(size), item(1), item(flags)]].concat())
        };

        let record = Dtype::parse("V16").with_state(&state(Value::Object, 16, 0));
        let objects = Dtype::parse("V16").with_state(&state(Value::Object, 16, 0x3f));
        let plain = Dtype::parse("f4").with_state(&state(Value::None, -1, 0));

        assert_eq!((record.size, record.has_objects), (Some(16), false));
        assert!(objects.has_objects);
        assert_eq!(plain.elements(), Some(("F32", 4)));
        assert_eq!(record.elements(), None);
    }
}
