//! Paths as an argument.

use std::path::PathBuf;

use pyo3::prelude::*;

/// Any number of paths; in Python any sequence of them but a `str`, which is one.
pub(crate) struct Paths(pub(crate) Vec<PathBuf>);

impl<'py> FromPyObject<'_, 'py> for Paths {
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const INPUT_TYPE: pyo3::inspect::PyStaticExpr = {
        use pyo3::{type_hint_identifier, type_hint_subscript};
        type_hint_subscript!(
            type_hint_identifier!("collections.abc", "Sequence"),
            PathBuf::INPUT_TYPE
        )
    };

    fn extract(sequence: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        sequence.extract().map(Self)
    }
}
