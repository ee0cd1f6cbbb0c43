//! Tuples of one kind of thing: what a frozen class shows of a list.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// Any number of things of one kind; a `tuple` in Python.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tuple<T>(Vec<T>);

impl<S, T: From<S>> From<Vec<S>> for Tuple<T> {
    fn from(items: Vec<S>) -> Self {
        Self(items.into_iter().map(T::from).collect())
    }
}

impl<'py, T: IntoPyObject<'py>> IntoPyObject<'py> for Tuple<T> {
    type Target = PyTuple;
    type Output = Bound<'py, PyTuple>;
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr = {
        use pyo3::inspect::{PyStaticConstant, PyStaticExpr};
        use pyo3::{type_hint_identifier, type_hint_subscript};
        type_hint_subscript!(
            type_hint_identifier!("builtins", "tuple"),
            T::OUTPUT_TYPE,
            PyStaticExpr::Constant {
                value: PyStaticConstant::Ellipsis
            }
        )
    };

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        PyTuple::new(py, self.0)
    }
}
