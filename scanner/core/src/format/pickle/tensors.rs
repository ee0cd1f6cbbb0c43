//! The tensors that pickles describe, named by the keys that lead to them.

use std::collections::HashMap;
use std::rc::Rc;

use super::limits::{MAX_CONTAINERS, MAX_NAME_PARTS, MAX_TENSORS};
use super::problem::{Limit, PickleProblem};
use super::value::{Storage, Value};
use crate::quantization::Tensor;
use crate::reader::widen;

/// Where something stands: the number of its container, and the key there.
type Place = (usize, Rc<str>);

/// Tensors and storages up to a limit.
#[derive(Debug, Default)]
pub(crate) struct Tensors {
    list: Vec<Described>,
    containers: Vec<Option<Place>>,
    storages: HashMap<Rc<str>, Rc<Storage>>,
}

/// A tensor, and where it stands.
#[derive(Debug)]
struct Described {
    place: Option<Place>,
    tensor: Tensor,
}

impl Tensors {
    /// The number of a new container; `None` where no more are followed.
    pub(super) fn container(&mut self) -> Option<usize> {
        if self.containers.len() >= MAX_CONTAINERS {
            return None;
        }
        self.containers.push(None);
        self.containers.len().checked_sub(1)
    }

    /// Takes in a tensor of elements of a type and returns its number.
    ///
    /// # Errors
    /// No more are listed.
    pub(super) fn add(
        &mut self,
        dtype: (&'static str, u64),
        shape: &[u64],
    ) -> Result<usize, PickleProblem> {
        if self.list.len() >= MAX_TENSORS {
            return Err(PickleProblem::Limit(Limit::Tensors));
        }
        let (type_name, bytes) = dtype;
        // Two elements in what torch counts as one, a byte: `float4_e2m1fn_x2`.
        let packed = if type_name == "F4" { 2 } else { 1 };
        let elements = product(shape).saturating_mul(packed);
        self.list.push(Described {
            place: None,
            tensor: Tensor {
                name: "".into(),
                type_name,
                row: shape.last().copied().unwrap_or(1).saturating_mul(packed),
                dimensions: u8::try_from(shape.len()).unwrap_or(u8::MAX),
                elements,
                bytes: match type_name {
                    "U4" | "F4" => elements.div_ceil(2),
                    "U2" => elements.div_ceil(4),
                    _ => elements.saturating_mul(bytes),
                },
            },
        });
        Ok(self.list.len().saturating_sub(1))
    }

    /// Takes in a storage, and returns the one that all references to its key share.
    ///
    /// # Errors
    /// It was described in another way, or no more are listed.
    pub(super) fn storage(&mut self, storage: Storage) -> Result<Rc<Storage>, PickleProblem> {
        if let Some(known) = self.storages.get(&storage.key) {
            let is_same = known.bytes() == storage.bytes();
            return if is_same {
                Ok(Rc::new(storage))
            } else {
                Err(PickleProblem::StorageDiffers)
            };
        }
        if self.storages.len() >= MAX_TENSORS {
            return Err(PickleProblem::Limit(Limit::Tensors));
        }
        let storage = Rc::new(storage);
        self.storages
            .insert(Rc::clone(&storage.key), Rc::clone(&storage));
        Ok(storage)
    }

    /// Says where a value stands, if nothing did before.
    pub(super) fn place(&mut self, container: Option<usize>, key: &Rc<str>, value: &Value) {
        let Some(container) = container else { return };
        let place = match value {
            Value::Tensor(number) => self.list.get_mut(*number).map(|found| &mut found.place),
            Value::Array(array) => array
                .get()
                .and_then(|number| self.list.get_mut(number))
                .map(|found| &mut found.place),
            Value::Dict(dict) => dict
                .number
                .and_then(|number| self.containers.get_mut(number)),
            Value::List(list) => list
                .number
                .and_then(|number| self.containers.get_mut(number)),
            _ => None,
        };
        if let Some(place) = place {
            place.get_or_insert_with(|| (container, Rc::clone(key)));
        }
    }

    /// Takes in the tensors of another pickle.
    pub(super) fn join(&mut self, others: Self) {
        let shift = self.containers.len();
        let shifted = |place: Option<Place>| {
            place.map(|(container, key)| (container.saturating_add(shift), key))
        };
        self.containers
            .extend(others.containers.into_iter().map(shifted));
        let room = MAX_TENSORS.saturating_sub(self.list.len());
        let list = others.list.into_iter().take(room);
        self.list.extend(list.map(|described| Described {
            place: shifted(described.place),
            ..described
        }));
        for (key, storage) in others.storages {
            self.storages.entry(key).or_insert(storage);
        }
    }

    /// The storages by their keys.
    pub(crate) fn storages(&self) -> &HashMap<Rc<str>, Rc<Storage>> {
        &self.storages
    }

    /// Whether there is any tensor.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The sum of all elements.
    pub(crate) fn parameters(&self) -> u64 {
        self.list.iter().fold(0, |sum, described| {
            sum.saturating_add(described.tensor.elements)
        })
    }

    /// The tensors by name.
    pub(crate) fn into_vec(self) -> Vec<Tensor> {
        let names: Vec<Box<str>> = (0..)
            .zip(&self.list)
            .map(|(number, described)| self.name(number, described.place.as_ref()))
            .collect();
        self.list
            .into_iter()
            .zip(names)
            .map(|(described, name)| Tensor {
                name,
                ..described.tensor
            })
            .collect()
    }

    /// The keys from the outermost container to a tensor; its number where it stands in none.
    fn name<'a>(&'a self, number: usize, mut place: Option<&'a Place>) -> Box<str> {
        let mut parts = Vec::new();
        while let Some((container, key)) = place.filter(|_| parts.len() < MAX_NAME_PARTS) {
            parts.push(&**key);
            place = self.containers.get(*container).and_then(Option::as_ref);
        }
        if parts.is_empty() {
            return format!("tensor {}", widen(number)).into();
        }
        parts.reverse();
        parts.join(".").into()
    }
}

/// The product of the lengths, 1 of none.
pub(crate) fn product(shape: &[u64]) -> u64 {
    if shape.contains(&0) {
        return 0;
    }
    shape
        .iter()
        .fold(1, |product: u64, length| product.saturating_mul(*length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::pickle::value::Dict;

    #[test]
    fn a_tensor_is_named_by_the_keys_that_lead_to_it() -> Result<(), PickleProblem> {
        let mut tensors = Tensors::default();
        let outer = tensors.container();
        let inner = tensors.container();
        let weight = tensors.add(("F32", 4), &[2, 3])?;
        let alone = tensors.add(("F16", 2), &[])?;

        tensors.place(inner, &"fc.weight".into(), &Value::Tensor(weight));
        let value = Value::Dict(Rc::new(Dict::new(inner)));
        tensors.place(outer, &"model".into(), &value);

        assert_eq!(alone, 1);
        assert_eq!(tensors.parameters(), 7);
        let found = tensors.into_vec();
        let rows: Vec<_> = found.iter().map(|t| (&*t.name, t.row, t.bytes)).collect();
        assert_eq!(rows, [("model.fc.weight", 3, 24), ("tensor 1", 1, 2)]);
        Ok(())
    }

    #[test]
    fn containers_in_a_circle_give_a_name_that_ends() -> Result<(), PickleProblem> {
        let mut tensors = Tensors::default();
        let circle = tensors.container();
        let value = Value::Dict(Rc::new(Dict::new(circle)));
        tensors.place(circle, &"k".into(), &value);
        let number = tensors.add(("F32", 4), &[u64::MAX, 2])?;
        tensors.place(circle, &"t".into(), &Value::Tensor(number));

        let found = tensors.into_vec();

        let names: Vec<_> = found.iter().map(|t| t.name.len()).collect();
        assert_eq!(names, [2 * MAX_NAME_PARTS - 1]);
        Ok(())
    }

    #[test]
    fn a_storage_has_one_size() -> Result<(), PickleProblem> {
        let mut tensors = Tensors::default();
        let storage = |elements| Storage {
            key: "0".into(),
            dtype: Some(("F32", 4)),
            elements,
        };

        tensors.storage(storage(6))?;

        assert!(tensors.storage(storage(6)).is_ok());
        assert!(tensors.storage(storage(7)).is_err());
        Ok(())
    }
}
