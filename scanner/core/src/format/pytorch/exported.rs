//! What `torch.export` and its compilers write: programs and descriptions of weights as JSON, the
//! data of weights as they are, and machine code.
//!
//! Source: torch 2.15, `torch/export/pt2_archive/constants.py` and `_package.py`;
//! `torch/_export/serde/schema.py` (`PayloadMeta`, `TensorMeta`, `ScalarType`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::PytorchProblem;
use crate::anomalies::{Anomalies, Fault};
use crate::archive::zip::{Member, Zip};
use crate::format::pickle::product;
use crate::quantization::Tensor;

/// Members that only an exported program has.
const MARKS: &[&str] = &["archive_format", "serialized_exported_program.json"];

/// Ends of the names of shared libraries.
const LIBRARIES: &[&[u8]] = &[b".so", b".dll", b".dylib", b".pyd", b".cubin"];

/// Directories of weights, and the ends of the names of what describes them.
const PAYLOADS: &[(&str, &str)] = &[
    ("data/weights/", "_weights_config.json"),
    ("data/constants/", "_constants_config.json"),
];

/// Bytes of a description: 300 for each weight, and the largest models have 50,000.
const MAX_CONFIG: usize = 16 * 1024 * 1024;

/// Types of elements by their number in `ScalarType`, and the bytes of one.
const TYPES: &[(u64, &str, u64)] = &[
    (1, "U8", 1),
    (2, "I8", 1),
    (3, "I16", 2),
    (4, "I32", 4),
    (5, "I64", 8),
    (6, "F16", 2),
    (7, "F32", 4),
    (8, "F64", 8),
    (9, "C32", 4),
    (10, "C64", 8),
    (11, "C128", 16),
    (12, "BOOL", 1),
    (13, "BF16", 2),
    (28, "U16", 2),
    (29, "F8_E4M3", 1),
    (30, "F8_E5M2", 1),
    (31, "F8_E4M3FNUZ", 1),
    (32, "F8_E5M2FNUZ", 1),
    (33, "F8_E8M0", 1),
    (34, "U32", 4),
    (35, "U64", 8),
];

/// What describes the weights of a directory.
#[derive(Deserialize)]
struct Config {
    config: BTreeMap<String, Payload>,
}

/// A weight: the member with its data, and what it is.
#[derive(Deserialize)]
struct Payload {
    path_name: String,
    #[serde(default)]
    use_pickle: bool,
    tensor_meta: Option<TensorMeta>,
}

#[derive(Deserialize)]
struct TensorMeta {
    dtype: u64,
    sizes: Vec<Number>,
    strides: Vec<Number>,
    storage_offset: Number,
}

#[derive(Deserialize)]
struct Number {
    as_int: u64,
}

/// Whether an archive is an exported program.
pub(super) fn is_exported(zip: &Zip<'_>, prefix: &[u8]) -> bool {
    MARKS
        .iter()
        .any(|mark| zip.find(&[prefix, mark.as_bytes()].concat()).is_some())
}

/// Whether an archive brings along machine code, which loading it runs.
pub(super) fn has_machine_code(zip: &Zip<'_>) -> bool {
    zip.members().iter().any(|member| {
        LIBRARIES
            .iter()
            .any(|end| member.name.to_ascii_lowercase().ends_with(end))
    })
}

/// The tensors whose data stand in members of their own.
pub(super) fn weights(zip: &Zip<'_>, prefix: &[u8], anomalies: &mut Anomalies) -> Vec<Tensor> {
    let mut weights = Vec::new();
    for member in zip.members() {
        let Some(name) = member.name.strip_prefix(prefix) else {
            continue;
        };
        let directory = PAYLOADS.iter().find(|(directory, end)| {
            name.starts_with(directory.as_bytes()) && name.ends_with(end.as_bytes())
        });
        if let Some((directory, _)) = directory {
            let directory = [prefix, directory.as_bytes()].concat();
            weights.extend(described(zip, member, &directory, anomalies));
        }
    }
    weights
}

/// The tensors that one description tells of.
fn described(
    zip: &Zip<'_>,
    member: &Member,
    directory: &[u8],
    anomalies: &mut Anomalies,
) -> Vec<Tensor> {
    let bytes = match zip.bytes(member, MAX_CONFIG, anomalies) {
        Ok(bytes) => bytes,
        Err(fault) => {
            anomalies.report(|| fault);
            return Vec::new();
        }
    };
    let config: Config = match serde_json::from_slice(&bytes) {
        Ok(config) => config,
        Err(error) => {
            let problem = PytorchProblem::Config(error);
            anomalies.report(|| Fault::anywhere(problem).within(&member.text()));
            return Vec::new();
        }
    };
    let mut tensors = Vec::new();
    for (name, payload) in config.config {
        // What is pickled tells of itself, wherever it stands.
        let Some(meta) = payload.tensor_meta.filter(|_| !payload.use_pickle) else {
            continue;
        };
        let path = [directory, payload.path_name.as_bytes()].concat();
        match tensor(&name, &meta, zip.find(&path)) {
            Ok(tensor) => tensors.push(tensor),
            Err(problem) => anomalies.report(|| {
                Fault::anywhere(problem)
                    .within(&name)
                    .within(&member.text())
            }),
        }
    }
    tensors
}

/// The tensor of a description, which has to lie within its data.
fn tensor(name: &str, meta: &TensorMeta, data: Option<&Member>) -> Result<Tensor, PytorchProblem> {
    let &(_, type_name, element_size) = TYPES
        .iter()
        .find(|(number, ..)| *number == meta.dtype)
        .ok_or(PytorchProblem::TensorType(meta.dtype))?;
    let shape: Vec<u64> = meta.sizes.iter().map(|size| size.as_int).collect();
    let elements = product(&shape);
    if elements > 0 {
        let data = data.ok_or_else(|| PytorchProblem::MissingStorage(name.to_owned()))?;
        let last = shape.iter().zip(&meta.strides).fold(
            meta.storage_offset.as_int,
            |last, (size, stride)| {
                last.saturating_add(size.saturating_sub(1).saturating_mul(stride.as_int))
            },
        );
        let expected = last.saturating_add(1).saturating_mul(element_size);
        if expected > data.size {
            let found = data.size;
            return Err(PytorchProblem::StorageSize { expected, found });
        }
    }
    Ok(Tensor {
        name: name.into(),
        type_name,
        row: shape.last().copied().unwrap_or(1),
        dimensions: u8::try_from(shape.len()).unwrap_or(u8::MAX),
        elements,
        bytes: elements.saturating_mul(element_size),
    })
}
