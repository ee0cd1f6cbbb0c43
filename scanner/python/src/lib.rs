//! The Python face of `lbom-scanner`: converts, detaches from the interpreter, returns.

use pyo3::prelude::*;

/// Facts of model files, measured from their bytes.
#[pymodule]
mod _scanner {}
