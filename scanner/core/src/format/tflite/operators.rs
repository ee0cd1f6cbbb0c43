//! Operator codes: which operators a model uses.

use super::builtins::{self, CUSTOM};
use super::{MAX_CODES, Result, TfliteProblem, customs, fields, flex, text};
use crate::anomalies::{Anomalies, Fault, clip};
use crate::flatbuffer::{Flatbuffer, Table};
use crate::format::tensorflow;
use crate::reader::widen;

/// An operator code.
#[derive(Debug)]
pub(super) struct Code {
    /// Its name; a custom one has `custom:` before it.
    pub(super) name: String,
    /// The operator of TensorFlow that it stands for.
    pub(super) of_tensorflow: Option<String>,
}

/// Fields of `OperatorCode`.
const DEPRECATED_BUILTIN_CODE: usize = 0;
const CUSTOM_CODE: usize = 1;
const BUILTIN_CODE: usize = 3;

/// All operator codes, in their order.
pub(super) fn read(
    buffer: &mut Flatbuffer<'_, '_>,
    model: &Table,
    anomalies: &mut Anomalies,
) -> Result<Vec<Code>> {
    let codes = buffer.tables(model, fields::OPERATOR_CODES, "operator codes", MAX_CODES)?;
    let mut read = Vec::new();
    for at in codes {
        let table = buffer.table(at)?;
        read.push(code(buffer, &table, anomalies)?);
    }
    Ok(read)
}

fn code(buffer: &mut Flatbuffer<'_, '_>, table: &Table, anomalies: &mut Anomalies) -> Result<Code> {
    // The first field was too narrow; files have either or both.
    let deprecated = buffer.u8(table, DEPRECATED_BUILTIN_CODE, 0)?;
    let number = buffer
        .u32(table, BUILTIN_CODE, 0)?
        .max(u32::from(deprecated));
    if number == CUSTOM {
        return custom(buffer, table, anomalies);
    }
    let name = builtins::name(number).map_or_else(
        || {
            anomalies.report(|| Fault::at(table.at, TfliteProblem::Operator(number)));
            number.to_string()
        },
        str::to_owned,
    );
    Ok(Code {
        name,
        of_tensorflow: None,
    })
}

fn custom(
    buffer: &mut Flatbuffer<'_, '_>,
    table: &Table,
    anomalies: &mut Anomalies,
) -> Result<Code> {
    let name = text(buffer, table, CUSTOM_CODE, anomalies)?;
    let of_tensorflow = flex::operator(&name).map(str::to_owned);
    if let Some(problem) = custom_problem(&name, of_tensorflow.as_deref()) {
        anomalies.report(|| Fault::at(table.at, problem));
    }
    Ok(Code {
        name: format!("custom:{}", clip(&name)),
        of_tensorflow,
    })
}

/// What is wrong with a custom operator, as far as its name tells.
fn custom_problem(name: &str, of_tensorflow: Option<&str>) -> Option<TfliteProblem> {
    if name.is_empty() {
        return Some(TfliteProblem::UnnamedOperator);
    }
    if let Some(operator) = of_tensorflow {
        return tensorflow::is_more_than_computing(operator)
            .then(|| TfliteProblem::ExecutableOperator(clip(name)));
    }
    if customs::is_compiled(name) {
        return Some(TfliteProblem::CompiledOperator(clip(name)));
    }
    (!customs::is_lent(name)).then(|| TfliteProblem::CustomOperator(clip(name)))
}

/// Refuses an operator whose code is not there.
pub(super) fn check_code(at: u64, index: u32, codes: &[Code]) -> Result<()> {
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
