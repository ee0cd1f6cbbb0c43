//! Operator codes: which operators a model uses.

use super::builtins::{self, CUSTOM};
use super::{MAX_CODES, Result, TfliteProblem, fields, text};
use crate::anomalies::{Anomalies, Fault, clip};
use crate::flatbuffer::{Flatbuffer, Table};
use crate::format::tensorflow;
use crate::reader::widen;

/// What the name of an operator of TensorFlow starts with: the Flex delegate runs it.
const FLEX: &str = "Flex";

/// Operators of TensorFlow that load libraries or touch files, beside those that do in a graph of its own:
/// what stands in every saved model has no place here.
/// Source: `tensorflow/core/ops/{io,script,...}_ops.cc`.
const EXECUTABLE: &[&str] = &[
    "DeleteDirectory",
    "LoadLibrary",
    "MergeV2Checkpoints",
    "PrintV2",
    "Restore",
    "RestoreSlice",
    "RestoreV2",
    "Save",
    "SaveSlices",
    "SaveV2",
    "ShardedFilename",
];

/// Fields of `OperatorCode`.
const DEPRECATED_BUILTIN_CODE: usize = 0;
const CUSTOM_CODE: usize = 1;
const BUILTIN_CODE: usize = 3;

/// The names of all operator codes, in their order; a custom one has `custom:` before it.
pub(super) fn read(
    buffer: &mut Flatbuffer<'_, '_>,
    model: &Table,
    anomalies: &mut Anomalies,
) -> Result<Vec<String>> {
    let codes = buffer.tables(model, fields::OPERATOR_CODES, "operator codes", MAX_CODES)?;
    let mut names = Vec::new();
    for at in codes {
        let table = buffer.table(at)?;
        names.push(name(buffer, &table, anomalies)?);
    }
    Ok(names)
}

fn name(
    buffer: &mut Flatbuffer<'_, '_>,
    table: &Table,
    anomalies: &mut Anomalies,
) -> Result<String> {
    // The first field was too narrow; files have either or both.
    let deprecated = buffer.u8(table, DEPRECATED_BUILTIN_CODE, 0)?;
    let code = buffer
        .u32(table, BUILTIN_CODE, 0)?
        .max(u32::from(deprecated));
    if code != CUSTOM {
        return Ok(builtins::name(code).map_or_else(
            || {
                anomalies.report(|| Fault::at(table.at, TfliteProblem::Operator(code)));
                code.to_string()
            },
            str::to_owned,
        ));
    }
    let name = text(buffer, table, CUSTOM_CODE, anomalies)?;
    if name.is_empty() {
        anomalies.report(|| Fault::at(table.at, TfliteProblem::UnnamedOperator));
    }
    let is_executable = name
        .strip_prefix(FLEX)
        .is_some_and(|name| EXECUTABLE.contains(&name) || tensorflow::is_more_than_computing(name));
    if is_executable {
        let problem = TfliteProblem::ExecutableOperator(clip(&name));
        anomalies.report(|| Fault::at(table.at, problem));
    }
    Ok(format!("custom:{}", clip(&name)))
}

/// Refuses an operator whose code is not there.
pub(super) fn check_code(at: u64, index: u32, codes: &[String]) -> Result<()> {
    let is_there = usize::try_from(index).is_ok_and(|index| index < codes.len());
    if is_there {
        return Ok(());
    }
    Err(Fault::at(
        at,
        TfliteProblem::Index {
            of: "operator code",
            found: index.into(),
            length: widen(codes.len()),
        },
    ))
}
