//! What calls and persistent ids make, as far as anything follows from it.

use std::cell::Cell;
use std::rc::Rc;

use super::findings::{Findings, Loader};
use super::known::Role;
use super::machine::At;
use super::numpy;
use super::problem::{PickleProblem, Result};
use super::value::{Global, Storage, Value};

impl Findings {
    /// What a call makes.
    ///
    /// # Errors
    /// It is the call of something that cannot be called.
    pub(super) fn make(&mut self, at: At, callable: &Value, arguments: &[Value]) -> Result<Value> {
        match callable {
            Value::Global(global) => self.make_known(at, global, arguments),
            Value::Object | Value::Instance(_) => Ok(Value::Object),
            other => {
                let what = other.not_a_container().unwrap_or("a container");
                Err(at.fault(PickleProblem::Call(what)))
            }
        }
    }

    fn make_known(&mut self, at: At, global: &Rc<Global>, arguments: &[Value]) -> Result<Value> {
        self.note_call();
        let Some(role) = global.role else {
            return Ok(Value::Instance(Rc::clone(global)));
        };
        Ok(match role {
            Role::Dict => {
                let dict = self.dict();
                if let (Value::Dict(dict), [_, ..]) = (&dict, arguments) {
                    dict.note_more();
                }
                dict
            }
            Role::Reconstruct => match arguments.split_first() {
                Some((class @ Value::Global(_), rest)) => self.make(at, class, rest)?,
                _ => Value::Object,
            },
            Role::List => self.list(),
            Role::RebuildTensor => self.rebuild(at, arguments),
            Role::WrapTensor => arguments.first().cloned().unwrap_or(Value::Object),
            Role::RebuildFromType => match arguments {
                [function, _, inner, ..] => self.make(at, function, inner.items())?,
                _ => Value::Object,
            },
            Role::NumpyDtype => {
                let dtype = numpy::dtype(arguments.first());
                Value::NumpyDtype(Rc::new(Cell::new(dtype)))
            }
            Role::NumpyArray => Value::Array(Rc::default()),
            Role::NumpyFromBuffer => match arguments {
                [_, dtype, shape, ..] => {
                    let array = Rc::default();
                    self.describe_array(at, &array, dtype, shape);
                    Value::Array(array)
                }
                _ => Value::Object,
            },
            _ => Value::Instance(Rc::clone(global)),
        })
    }

    /// A tensor of torch: `storage, offset, size, stride, ...`, with its type at 6 where the
    /// storage has none.
    fn rebuild(&mut self, at: At, arguments: &[Value]) -> Value {
        let tensor = match arguments {
            [Value::Storage(storage), offset, size, stride, rest @ ..] => {
                let dtype = storage.dtype.or_else(|| match rest.get(2) {
                    Some(Value::Global(global)) => match global.role {
                        Some(Role::Dtype(name, bytes)) => Some((name, bytes)),
                        _ => None,
                    },
                    _ => None,
                });
                let numbers = offset.count().zip(size.counts()).zip(stride.counts());
                dtype.zip(numbers).map(|(dtype, ((offset, size), stride))| {
                    self.check_reach(at, storage, dtype, offset, &size, &stride);
                    self.tensors.add(dtype, &size)
                })
            }
            _ => None,
        };
        match tensor {
            Some(Ok(number)) => Value::Tensor(number),
            None => {
                self.note_unread_tensor(at);
                Value::Object
            }
            Some(Err(problem)) => {
                self.report(at.fault(problem));
                Value::Object
            }
        }
    }

    /// Reports a tensor that does not lie within its storage.
    fn check_reach(
        &mut self,
        at: At,
        storage: &Storage,
        dtype: (&'static str, u64),
        offset: u64,
        size: &[u64],
        stride: &[u64],
    ) {
        let (name, bytes) = dtype;
        if size.contains(&0) || matches!(name, "U4" | "U2") {
            return;
        }
        let elements = storage.bytes().checked_div(bytes).unwrap_or(0);
        let last = size
            .iter()
            .zip(stride)
            .fold(offset, |last, (size, stride)| {
                last.saturating_add(size.saturating_sub(1).saturating_mul(*stride))
            });
        let needed = last.saturating_add(1);
        if needed > elements {
            self.report(at.fault(PickleProblem::OutsideStorage { needed, elements }));
        }
    }

    /// What a persistent id leads to.
    pub(super) fn refer(&mut self, at: At, id: &Value) -> Value {
        match self.loader {
            Loader::Torch | Loader::TorchScript => {}
            Loader::TorchTar => return Value::Object,
            Loader::Pickle => {
                self.report(at.fault(PickleProblem::PersistentId));
                return Value::Object;
            }
        }
        let storage = match id.items() {
            [
                Value::Text(tag),
                Value::Global(class),
                Value::Text(key),
                _,
                count,
                ..,
            ] if &**tag == "storage" => {
                let dtype = match class.role {
                    Some(Role::Storage(name, bytes)) => Some(Some((name, bytes))),
                    Some(Role::UntypedStorage) => Some(None),
                    _ => None,
                };
                dtype.zip(count.count()).map(|(dtype, elements)| Storage {
                    key: Rc::clone(key),
                    dtype,
                    elements,
                })
            }
            // Modules of the legacy format, whose class is an import.
            [Value::Text(tag), class, ..] if &**tag == "module" => return class.clone(),
            _ => None,
        };
        let described = storage
            .ok_or(PickleProblem::StorageReference)
            .and_then(|storage| self.tensors.storage(storage));
        match described {
            Ok(storage) => Value::Storage(storage),
            Err(problem) => {
                self.report(at.fault(problem));
                Value::Object
            }
        }
    }
}

impl Storage {
    /// Number of elements.
    pub(crate) fn elements(&self) -> u64 {
        self.elements
    }

    /// Bytes of an element.
    pub(crate) fn element_size(&self) -> u64 {
        self.dtype.map_or(1, |(_, bytes)| bytes)
    }

    /// Bytes of the storage.
    pub(crate) fn bytes(&self) -> u64 {
        self.elements.saturating_mul(self.element_size())
    }
}
