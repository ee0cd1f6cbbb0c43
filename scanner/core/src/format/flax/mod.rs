//! Flax: a tree of arrays in `MessagePack`, as `flax.serialization.to_bytes` writes it.
//!
//! The tree is walked without recursion; the bytes of arrays are skipped. An array is an extension
//! of type 1 that holds its shape, the name of its type and its bytes; one over a gibibyte is a map
//! of its chunks. Sources: flax 0.12.8, `serialization.py`;
//! <https://github.com/msgpack/msgpack/blob/master/spec.md>.

mod array;
mod dtypes;
mod problem;
mod tree;
mod wire;

pub use problem::FlaxProblem;

use crate::anomalies::{Anomalies, Fault};
use crate::format::{Format, Header, signatures};
use crate::reader::{Endian, Reader};
use crate::record::Loading;
use tree::Tree;

/// Values of a tree. Checkpoints with the state of an optimizer have some hundred thousand.
const MAX_VALUES: u64 = 1 << 22;

/// Maps and lists inside each other. Modules nest some twenty deep.
const MAX_DEPTH: usize = 128;

/// Arrays; a model that is not rolled into scans has some thousand.
const MAX_TENSORS: usize = 262_144;

/// Bytes of a key. Names of modules take some tens.
const MAX_KEY: usize = 4096;

/// Bytes of all names of arrays, and of all keys: 64 for each of the most arrays.
const MAX_NAME_BYTES: usize = 16 * 1024 * 1024;

/// Dimensions of an array: `NPY_MAXDIMS` of numpy 2.
const MAX_DIMENSIONS: u64 = 64;

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "flax",
    suffixes: &["msgpack"],
    recognised_by: "a MessagePack map with an array of Flax (extension type 1) in the first 4096 bytes, or the name flax_model*.msgpack",
    loading: Loading::Data,
    facts: "every array, chunked ones as one",
    quantization: "each array's type",
    limits: "262,144 arrays; 4,194,304 values, nested 128 deep",
    recognises: signatures::flax,
    read: Some(read),
};

type Result<T> = std::result::Result<T, Fault<FlaxProblem>>;

/// Reads everything but the data of arrays.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    let mut header = Header::default();
    let mut anomalies = Anomalies::default();
    reader.set_endian(Endian::Big);
    let mut tree = Tree::default();
    match tree.read(reader, &mut anomalies) {
        Ok(()) => {
            let elements = tree.tensors.iter().map(|tensor| tensor.elements);
            header.facts.parameters = Some(elements.fold(0, u64::saturating_add));
            let (at, bytes) = (reader.position(), reader.remaining());
            if bytes > 0 {
                anomalies.report(|| Fault::at(at, FlaxProblem::TrailingBytes(bytes)));
            }
        }
        Err(fault) => anomalies.report(|| fault),
    }
    header.tensors = tree.tensors;
    header.facts.anomalies = anomalies.into_vec();
    header
}
