//! BUILD: state for the object on top of the stack, and the arrays that joblib reads then.
//!
//! Source of the latter: joblib 1.5, `joblib/numpy_pickle.py`, `NumpyUnpickler.load_build` and
//! `NumpyArrayWrapper.read_array`.

use std::cell::Cell;
use std::rc::Rc;

use super::findings::Findings;
use super::input::Input;
use super::known::Role;
use super::limits::MAX_DEPTH;
use super::machine::{At, Machine};
use super::problem::{Limit, PickleProblem, Result};
use super::tensors::product;
use super::value::{Dict, Value};
use crate::format::numpy::dtype::Dtype;

impl Machine<'_> {
    pub(super) fn build(
        &mut self,
        at: At,
        input: &mut Input<'_>,
        findings: &mut Findings,
    ) -> Result<()> {
        let state = self.pop(at)?;
        match self.top(at)?.clone() {
            Value::NumpyDtype(dtype) => dtype.set(dtype.get().with_state(&state)),
            Value::Array(array) => {
                // The version is left out in very old ones.
                if let [_, shape, dtype, _, _] | [shape, dtype, _, _] = state.items() {
                    findings.describe_array(at, &array, dtype, shape);
                }
            }
            Value::Global(global) => {
                let name = global.full_name();
                findings.report(at.fault(PickleProblem::BuildOnImport(name)));
            }
            // It may be a wrapper of an array that is no longer remembered.
            Value::Object if findings.has_wrappers() => {
                findings.report(at.fault(PickleProblem::ArrayWrapper));
            }
            Value::Instance(global) => match global.role {
                Some(Role::ArrayBehind) => self.read_array(at, &state, input, findings)?,
                Some(Role::ArrayBeside) => check_file(at, &state, findings),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    /// Passes over the array behind a wrapper.
    fn read_array(
        &mut self,
        at: At,
        state: &Value,
        input: &mut Input<'_>,
        findings: &mut Findings,
    ) -> Result<()> {
        let wrapper = match state {
            Value::Dict(state) => Wrapper::of(state),
            _ => None,
        };
        let wrapper = wrapper.ok_or_else(|| at.fault(PickleProblem::ArrayWrapper))?;
        if input.position() < self.frame_end {
            findings.report(at.fault(PickleProblem::ArrayInFrame));
        }
        let size = wrapper
            .dtype
            .size
            .ok_or_else(|| at.fault(PickleProblem::ArrayWrapper))?;
        let array = Rc::<Cell<_>>::default();
        if wrapper.dtype.has_objects {
            if self.depth >= MAX_DEPTH {
                return Err(at.fault(PickleProblem::Limit(Limit::Depth)));
            }
            Machine::new(self.depth.saturating_add(1)).run(input, findings)?;
        } else {
            if self.is_program(input, findings)? {
                findings.report(at.fault(PickleProblem::ArrayIsProgram));
            }
            if wrapper.is_aligned {
                let [padding] = input.array()?;
                input.skip(u64::from(padding))?;
            }
            input.skip(product(&wrapper.shape).saturating_mul(size))?;
            if let Some(elements) = wrapper.dtype.elements() {
                match findings.tensors.add(elements, &wrapper.shape) {
                    Ok(number) => array.set(Some(number)),
                    Err(problem) => findings.report(at.fault(problem)),
                }
            }
        }
        self.replace_top(Value::Array(array));
        Ok(())
    }
}

/// What a wrapper says of its array.
struct Wrapper {
    shape: Vec<u64>,
    dtype: Dtype,
    /// Whether a byte says how many bytes of padding come before the data.
    is_aligned: bool,
}

impl Wrapper {
    fn of(state: &Dict) -> Option<Self> {
        if !state.is_whole() {
            return None;
        }
        let shape = state.get("shape")?.counts()?;
        let dtype = match state.get("dtype")? {
            Value::NumpyDtype(dtype) => dtype.get(),
            _ => return None,
        };
        let alignment = state.get("numpy_array_alignment_bytes");
        Some(Self {
            shape,
            dtype,
            is_aligned: !matches!(alignment, None | Some(Value::None)),
        })
    }
}

/// Reports a wrapper whose file is not one of the same directory, or cannot be told.
fn check_file(at: At, state: &Value, findings: &mut Findings) {
    let name = match state {
        Value::Dict(state) if state.is_whole() => state.get("filename"),
        _ => None,
    };
    let Some(Value::Text(name)) = name else {
        return findings.report(at.fault(PickleProblem::ArrayWrapper));
    };
    let is_plain = !name.contains(['/', '\\', '\0']) && !matches!(&*name, "" | "." | "..");
    if !is_plain {
        findings.report(at.fault(PickleProblem::ArrayFile(name.to_string())));
    }
}
