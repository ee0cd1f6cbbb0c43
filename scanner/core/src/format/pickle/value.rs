//! What a pickle builds, as far as it is followed: names, numbers, tuples, and the objects whose
//! description tells of weights.
//!
//! No value holds one that may hold it again, and tuples are kept to a depth, so that nothing a
//! file nests is walked without end when it is dropped.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::known::{self, Role};
use super::limits::{MAX_ITEMS, MAX_KEYS, MAX_TUPLE_DEPTH};
use crate::format::numpy::dtype::Dtype;

/// A value on the stack or in the memo.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Anything that nothing follows from.
    Object,
    None,
    Bool,
    Int(i64),
    /// A text short enough to be a name.
    Text(Rc<str>),
    /// A text too long to be one, bytes, or a float: something that has neither items nor calls.
    Scalar,
    Tuple(Rc<Tuple>),
    Dict(Rc<Dict>),
    List(Rc<List>),
    Global(Rc<Global>),
    /// What calling an import that is not followed made.
    Instance(Rc<Global>),
    /// A type of numpy.
    NumpyDtype(Rc<Cell<Dtype>>),
    /// An array of numpy; the number of its tensor once its state told.
    Array(Rc<Cell<Option<usize>>>),
    Storage(Rc<Storage>),
    /// The number of a tensor.
    Tensor(usize),
}

/// The items of a tuple, where they are few.
#[derive(Debug)]
pub(super) struct Tuple {
    pub(super) items: Vec<Value>,
    depth: u8,
}

/// A dictionary: its number among the containers, and some of its keys.
#[derive(Debug)]
pub(super) struct Dict {
    pub(super) number: Option<usize>,
    keys: RefCell<Vec<(Rc<str>, Value)>>,
    /// Whether it has other keys than those, so that one that is asked for may be among them.
    has_more: Cell<bool>,
}

/// A list: its number among the containers, its length, and the texts in it.
#[derive(Debug)]
pub(super) struct List {
    pub(super) number: Option<usize>,
    pub(super) length: Cell<u64>,
    pub(super) texts: RefCell<Vec<Rc<str>>>,
}

/// An import.
#[derive(Debug)]
pub(super) struct Global {
    pub(super) module: Rc<str>,
    pub(super) name: Rc<str>,
    /// What it makes; `None` where weights do not need it.
    pub(super) role: Option<Role>,
}

/// A storage of torch, as its persistent id describes it.
#[derive(Debug)]
pub(crate) struct Storage {
    pub(super) key: Rc<str>,
    /// Type of its elements and bytes of one; `None` where the tensor tells.
    pub(super) dtype: Option<(&'static str, u64)>,
    pub(super) elements: u64,
}

impl Value {
    /// A tuple of the items; an object like any other where they are many or deep.
    pub(super) fn tuple(mut items: Vec<Self>) -> Self {
        let depth = items.iter().map(Self::depth).max().unwrap_or(0);
        let depth = depth.saturating_add(1);
        if items.len() > MAX_ITEMS {
            return Self::Scalar;
        }
        for item in &mut items {
            let is_deep = item.depth() >= MAX_TUPLE_DEPTH;
            if is_deep || matches!(item, Self::Dict(_) | Self::List(_)) {
                *item = Self::Object;
            }
        }
        items.shrink_to_fit();
        Self::Tuple(Rc::new(Tuple {
            items,
            depth: depth.min(MAX_TUPLE_DEPTH),
        }))
    }

    fn depth(&self) -> u8 {
        match self {
            Self::Tuple(tuple) => tuple.depth,
            _ => 0,
        }
    }

    /// What the value is in words, where it is neither a container nor may be one.
    pub(super) fn not_a_container(&self) -> Option<&'static str> {
        match self {
            Self::Object | Self::Dict(_) | Self::List(_) | Self::Instance(_) => None,
            Self::None | Self::Bool | Self::Int(_) | Self::Text(_) | Self::Scalar => {
                Some("a plain value")
            }
            Self::Tuple(_) => Some("a tuple"),
            Self::Global(_) => Some("an import"),
            Self::NumpyDtype(_) => Some("a type"),
            Self::Array(_) => Some("an array"),
            Self::Storage(_) => Some("a storage"),
            Self::Tensor(_) => Some("a tensor"),
        }
    }

    /// The number, where it is a whole one of at least zero.
    pub(super) fn count(&self) -> Option<u64> {
        match self {
            Self::Int(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The numbers of a tuple.
    pub(super) fn counts(&self) -> Option<Vec<u64>> {
        match self {
            Self::Tuple(tuple) => tuple.items.iter().map(Self::count).collect(),
            _ => None,
        }
    }

    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::Tuple(tuple) => &tuple.items,
            _ => &[],
        }
    }

    pub(super) fn text(&self) -> Option<&Rc<str>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Dict {
    pub(super) fn new(number: Option<usize>) -> Self {
        Self {
            number,
            keys: RefCell::default(),
            has_more: Cell::default(),
        }
    }

    /// Says that it has keys that are not seen here.
    pub(super) fn note_more(&self) {
        self.has_more.set(true);
    }

    /// Keeps a key and its value.
    pub(super) fn set(&self, key: &Value, value: &Value) {
        let mut keys = self.keys.borrow_mut();
        match key {
            Value::Text(key) if keys.len() < MAX_KEYS => {
                let value = match value {
                    Value::Dict(_) | Value::List(_) => Value::Object,
                    value => value.clone(),
                };
                keys.push((Rc::clone(key), value));
            }
            // No text that is asked for.
            Value::None | Value::Bool | Value::Int(_) | Value::Scalar | Value::Tuple(_) => {}
            _ => self.note_more(),
        }
    }

    /// Whether all its keys are seen here.
    pub(super) fn is_whole(&self) -> bool {
        !self.has_more.get()
    }

    /// The value of a key; of several, the last.
    pub(super) fn get(&self, key: &str) -> Option<Value> {
        let keys = self.keys.borrow();
        let found = keys.iter().rev().find(|(known, _)| &**known == key);
        found.map(|(_, value)| value.clone())
    }
}

impl List {
    pub(super) fn new(number: Option<usize>) -> Self {
        Self {
            number,
            length: Cell::default(),
            texts: RefCell::default(),
        }
    }
}

impl Global {
    pub(super) fn new(module: Rc<str>, name: Rc<str>) -> Self {
        Self {
            role: known::role(&module, &name),
            module,
            name,
        }
    }

    pub(super) fn full_name(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }
}
