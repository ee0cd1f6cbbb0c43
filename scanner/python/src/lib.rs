//! The Python face of `lbom-scanner`: converts, detaches from the interpreter, returns.

mod classes;
mod interrupt;
mod paths;
mod tuple;
mod words;

use pyo3::prelude::*;

/// Facts of model files, measured from their bytes.
///
/// Nothing in a file is executed, unpickled or believed. A broken file is a value, never an
/// exception.
#[pymodule]
mod _scanner {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use lbom_scanner::companion::COMPANIONS;
    use lbom_scanner::discovery::{self, Named};
    use lbom_scanner::format::{self, FORMATS};
    use lbom_scanner::quantization::ggml::TENSOR_TYPES;
    use lbom_scanner::quantization::llama_ftype::FILE_TYPES;
    use lbom_scanner::{repository, scan};
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::classes::{
        Anomaly, Claim, Companion, Destination, Facts, Fingerprint, Format, Found, Import,
        NotExamined, Origins, Pointer, Port, Quantization, Shard, ShardedModel, TensorTypeEvidence,
    };
    use crate::classes::{Candidate, Record, Told};
    use crate::interrupt::interruptible;
    use crate::paths::Paths;

    /// The files under the paths that may be models, in the order they were found.
    ///
    /// Links that leave `root` are not followed. A file that is itself among the paths is found
    /// whatever is in it; with `as_found`, where it would be in a directory.
    #[pyfunction]
    #[pyo3(signature = (paths, *, root, as_found = false))]
    fn discover(
        py: Python<'_>,
        paths: Paths,
        root: PathBuf,
        as_found: bool,
    ) -> PyResult<Vec<Candidate>> {
        let named = if as_found {
            Named::AsFound
        } else {
            Named::Always
        };
        let found = interruptible(py, move |cancelled| {
            discovery::discover(&paths.0, &root, named, cancelled)
        })?;
        Ok(found.into_iter().map(Candidate::from).collect())
    }

    /// What each file's bytes say and show, in the order of the paths; `jobs` of 0 uses every core.
    ///
    /// A path that could not be looked at, such as one outside of `root`, is not an error.
    #[pyfunction]
    #[pyo3(name = "scan", signature = (paths, *, root, jobs = 0))]
    fn scan_files(
        py: Python<'_>,
        paths: Paths,
        root: PathBuf,
        jobs: usize,
    ) -> PyResult<Vec<Record>> {
        let options = scan::Options { root, jobs };
        let records = interruptible(py, move |cancelled| {
            scan::scan(&paths.0, &options, cancelled)
        })?;
        Ok(records.into_iter().map(Record::from).collect())
    }

    /// What files of the repository at `root` that are no models say of where its models come from.
    #[pyfunction]
    fn origins(py: Python<'_>, root: PathBuf) -> Vec<Told> {
        let told = py.detach(move || repository::read(&root));
        told.into_iter().map(Told::from).collect()
    }

    /// Names of the files that `origins` reads, from the root of a repository.
    #[pyfunction]
    fn origin_names() -> Vec<&'static str> {
        repository::names().collect()
    }

    /// Every format that files are held against.
    #[pyfunction]
    fn formats() -> Vec<Format> {
        FORMATS.iter().map(Format::from).collect()
    }

    /// Names of the files beside the weights that say what they are: how many directories below
    /// theirs the weights may lie, and whether files that are about no weights bear the name too.
    #[pyfunction]
    fn companions() -> BTreeMap<&'static str, (usize, bool)> {
        COMPANIONS
            .iter()
            .map(|companion| (companion.name, (companion.reach, companion.is_common)))
            .collect()
    }

    /// Whether the path's suffix is one that the format uses; None where the suffix says nothing.
    #[pyfunction]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a path arrives from Python by value"
    )]
    fn name_agrees(path: PathBuf, format: &str) -> Option<bool> {
        format::name_agrees(&path, format)
    }

    /// Every tensor type of GGUF: number, name, elements of a block, bytes of a block.
    #[pyfunction]
    fn ggml_types() -> Vec<(u32, &'static str, u64, u64)> {
        TENSOR_TYPES
            .iter()
            .map(|of| (of.id, of.name, of.block, of.block_bytes))
            .collect()
    }

    /// Every recipe of llama.cpp: value of `general.file_type`, name, default tensor type.
    #[pyfunction]
    fn file_types() -> Vec<(u32, &'static str, &'static str)> {
        FILE_TYPES
            .iter()
            .map(|of| (of.value, of.name, of.default))
            .collect()
    }

    /// The scanner's version.
    #[pyfunction]
    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
