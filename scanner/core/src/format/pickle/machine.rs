//! An unpickler that builds nothing: it follows what stands where, and what is imported and called.
//!
//! The stack and its marks behave as those of `Modules/_pickle.c`: below a mark there is nothing to
//! take.

use std::rc::Rc;

use super::arguments::{self, Line};
use super::findings::Findings;
use super::input::Input;
use super::limits::{LOOKED_AT, MAX_KEPT_DEPTH, MAX_STACK};
use super::memo::Memo;
use super::nested;
use super::opcodes::{self, Opcode};
use super::problem::{Limit, PickleProblem, Result};
use super::value::Value;
use crate::anomalies::Fault;

/// Values at the top of the stack that another reading of the same bytes starts with.
const SHARED_DEPTH: usize = 64;

/// `pickle.HIGHEST_PROTOCOL` of `CPython` 3.14.
const HIGHEST_PROTOCOL: u8 = 5;

/// The state of an unpickler.
pub(super) struct Machine<'memo> {
    pub(super) stack: Vec<Value>,
    /// Heights of the stack at its marks.
    marks: Vec<usize>,
    memo: Memo<'memo>,
    /// Pickles around this one.
    pub(super) depth: u8,
    /// Position behind the last frame that was announced.
    pub(super) frame_end: u64,
}

/// An opcode and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) opcode: &'static Opcode,
    /// Offset in the file, where there is one.
    pub(super) offset: Option<u64>,
}

impl At {
    pub(super) fn fault(self, problem: PickleProblem) -> Fault<PickleProblem> {
        Fault::new(self.offset, problem).within(self.opcode.name)
    }

    fn underflow(self) -> Fault<PickleProblem> {
        Fault::new(self.offset, PickleProblem::Underflow(self.opcode.name))
    }
}

impl Machine<'_> {
    /// An unpickler inside of as many others.
    pub(super) fn new(depth: u8) -> Machine<'static> {
        Machine {
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Memo::default(),
            depth,
            frame_end: 0,
        }
    }

    /// Follows a pickle to its STOP and returns the value that it leaves.
    ///
    /// # Errors
    /// It ends before, or an unpickler would stop there.
    pub(super) fn run(&mut self, input: &mut Input<'_>, findings: &mut Findings) -> Result<Value> {
        loop {
            let offset = input.offset(input.position());
            let [code] = input.array()?;
            let opcode = opcodes::find(code)
                .ok_or_else(|| Fault::new(offset, PickleProblem::UnknownOpcode(code)))?;
            let at = At { opcode, offset };
            findings.spend(at)?;
            if code == b'.' {
                return self.pop(at);
            }
            self.step(at, input, findings)?;
            if self.stack.len().saturating_add(self.marks.len()) > MAX_STACK {
                return Err(at.fault(PickleProblem::Limit(Limit::Stack)));
            }
        }
    }

    fn step(&mut self, at: At, input: &mut Input<'_>, findings: &mut Findings) -> Result<()> {
        match at.opcode.code {
            0x80 | 0x95 => self.announce(at, input, findings),
            b'(' | b'0' | b'1' | b'2' => self.arrange(at),
            b'p' | b'q' | b'r' | 0x94 | b'g' | b'h' | b'j' => self.remember(at, input),
            b']' | b'}' | 0x8f | b'l' | b'd' | 0x91 | b')' | b't' | 0x85..=0x87 => {
                self.gather(at, findings)
            }
            b'a' | b'e' | 0x90 | b's' | b'u' => self.fill(at, findings),
            b'c' | b'i' | 0x93 | 0x82..=0x84 => self.import(at, input, findings),
            b'R' | b'o' | 0x81 | 0x92 => self.call(at, findings),
            b'P' | b'Q' => self.refer(at, input, findings),
            b'b' => self.build(at, input, findings),
            0x97 => {
                self.push(Value::Scalar);
                Ok(())
            }
            0x98 => self.top(at).map(drop),
            _ => {
                let value = self.literal(at, input, findings)?;
                self.push(value);
                Ok(())
            }
        }
    }

    /// PROTO and FRAME.
    fn announce(&mut self, at: At, input: &mut Input<'_>, findings: &mut Findings) -> Result<()> {
        let number = arguments::number(at, input)?;
        if at.opcode.code == 0x80 {
            let version = u8::try_from(number).unwrap_or(u8::MAX);
            if version > HIGHEST_PROTOCOL {
                return Err(at.fault(PickleProblem::Protocol(version)));
            }
            findings.protocol = findings.protocol.max(version);
            return Ok(());
        }
        self.frame_end = input.position().saturating_add(number);
        // Some unpicklers go on with what there is of a frame.
        if let Err(fault) = input.demand(number) {
            findings.report(fault.within(at.opcode.name));
        }
        Ok(())
    }

    /// MARK, POP, `POP_MARK` and DUP.
    fn arrange(&mut self, at: At) -> Result<()> {
        match at.opcode.code {
            b'(' => self.marks.push(self.stack.len()),
            // A mark on top goes alone.
            b'0' if self.marks.last() == Some(&self.stack.len()) => drop(self.marks.pop()),
            b'0' => drop(self.pop(at)?),
            b'1' => drop(self.pop_mark(at)?),
            _ => {
                let value = self.top(at)?.clone();
                self.push(value);
            }
        }
        Ok(())
    }

    /// PUT and GET in their lengths.
    fn remember(&mut self, at: At, input: &mut Input<'_>) -> Result<()> {
        let code = at.opcode.code;
        let outcome = match code {
            0x94 => {
                let value = self.top(at)?.clone();
                self.memo.append(&value)
            }
            b'p' | b'q' | b'r' => {
                let number = arguments::index(at, input)?;
                let value = self.top(at)?.clone();
                self.memo.put(number, &value)
            }
            _ => {
                let number = arguments::index(at, input)?;
                self.memo.get(number).map(|value| self.stack.push(value))
            }
        };
        outcome.map_err(|problem| at.fault(problem))
    }

    /// New containers, of what stands above a mark or of a few values.
    fn gather(&mut self, at: At, findings: &mut Findings) -> Result<()> {
        let value = match at.opcode.code {
            b']' | 0x8f => findings.list(),
            b'}' => findings.dict(),
            b'l' | 0x91 => {
                let items = self.pop_mark(at)?;
                let list = findings.list();
                append(&list, &items, findings);
                list
            }
            b'd' => {
                let items = self.pop_mark(at)?;
                let dict = findings.dict();
                set_items(at, &dict, &items, findings)?;
                dict
            }
            b')' => Value::tuple(Vec::new()),
            b't' => Value::tuple(self.pop_mark(at)?),
            code => {
                let count = usize::from(code.saturating_sub(0x84));
                Value::tuple(self.pop_many(at, count)?)
            }
        };
        self.push(value);
        Ok(())
    }

    /// Items for the container below them.
    fn fill(&mut self, at: At, findings: &mut Findings) -> Result<()> {
        let items = match at.opcode.code {
            b'a' => self.pop_many(at, 1)?,
            b's' => self.pop_many(at, 2)?,
            _ => self.pop_mark(at)?,
        };
        let target = self.top(at)?;
        if let Some(target) = target.not_a_container() {
            findings.report(at.fault(PickleProblem::Target {
                opcode: at.opcode.name,
                target,
            }));
        }
        match at.opcode.code {
            b's' | b'u' => set_items(at, target, &items, findings),
            _ => {
                append(target, &items, findings);
                Ok(())
            }
        }
    }

    /// GLOBAL, INST, `STACK_GLOBAL`, and the numbers of extensions.
    fn import(&mut self, at: At, input: &mut Input<'_>, findings: &mut Findings) -> Result<()> {
        let global = match at.opcode.code {
            b'c' => {
                let [module, name] = arguments::lines(at, input)?;
                findings.import(at, &module, &name)
            }
            b'i' => {
                let [module, name] = arguments::lines(at, input)?;
                let class = findings.import(at, &module, &name);
                let items = self.pop_mark(at)?;
                findings.make(at, &class, &items)?
            }
            0x93 => {
                let items = self.pop_many(at, 2)?;
                if let [Value::Text(module), Value::Text(name)] = items.as_slice() {
                    findings.import(at, &Line::whole(module), &Line::whole(name))
                } else {
                    findings.report(at.fault(PickleProblem::ComputedImport));
                    Value::Object
                }
            }
            _ => {
                let code = arguments::number(at, input)?;
                findings.report(at.fault(PickleProblem::ExtensionImport(code)));
                Value::Object
            }
        };
        self.push(global);
        Ok(())
    }

    /// REDUCE, OBJ, NEWOBJ and `NEWOBJ_EX`.
    fn call(&mut self, at: At, findings: &mut Findings) -> Result<()> {
        let made = match at.opcode.code {
            b'o' => {
                let items = self.pop_mark(at)?;
                let (class, arguments) = items.split_first().ok_or_else(|| at.underflow())?;
                findings.make(at, class, arguments)?
            }
            code => {
                if code == 0x92 {
                    self.pop(at)?;
                }
                let arguments = self.pop(at)?;
                let callable = self.pop(at)?;
                findings.make(at, &callable, arguments.items())?
            }
        };
        self.push(made);
        Ok(())
    }

    /// PERSID and BINPERSID.
    fn refer(&mut self, at: At, input: &mut Input<'_>, findings: &mut Findings) -> Result<()> {
        let id = if at.opcode.code == b'P' {
            let line = arguments::line(at, input)?;
            line.text().map_or(Value::Scalar, Value::Text)
        } else {
            self.pop(at)?
        };
        let value = findings.refer(at, &id);
        self.push(value);
        Ok(())
    }

    /// A number, a text or bytes.
    fn literal(&mut self, at: At, input: &mut Input<'_>, findings: &mut Findings) -> Result<Value> {
        let value = match at.opcode.code {
            b'N' => Value::None,
            0x88 | 0x89 => Value::Bool,
            b'K' | b'M' => {
                let number = arguments::number(at, input)?;
                i64::try_from(number).map_or(Value::Scalar, Value::Int)
            }
            b'J' => Value::Int(i32::from_le_bytes(input.array()?).into()),
            b'G' => {
                input.skip(8)?;
                Value::Scalar
            }
            b'I' | b'L' | b'F' => arguments::decimal(at, input)?,
            b'S' | b'V' => {
                let text = arguments::quoted(at, input)?;
                nested::look_at_text(text.bytes(), self.depth, findings);
                text.text().map_or(Value::Scalar, Value::Text)
            }
            0x8a | 0x8b => arguments::long(at, input)?,
            _ => self.counted(at, input, findings)?,
        };
        Ok(value)
    }

    /// Bytes and texts with their length before them; what they hold is looked at on the way.
    fn counted(&mut self, at: At, input: &mut Input<'_>, findings: &mut Findings) -> Result<Value> {
        let length = arguments::length(at, input)?;
        input.demand(length)?;
        let value = arguments::text(at, input, length)?;
        nested::look_at(at, input, length, self.depth, findings)?;
        Ok(value)
    }

    /// Follows the bytes that come next as opcodes, as an unpickler would that does not know that
    /// they are an array, and leaves everything as it is.
    pub(super) fn is_program(
        &self,
        input: &mut Input<'_>,
        findings: &mut Findings,
    ) -> Result<bool> {
        let origin = input.offset(input.position());
        let bytes = input.peek(LOOKED_AT)?.to_vec();
        let below = self.stack.len().saturating_sub(SHARED_DEPTH);
        let mut other = Machine {
            stack: self.stack.get(below..).unwrap_or_default().to_vec(),
            marks: Vec::new(),
            memo: Memo::over(&self.memo),
            depth: self.depth,
            frame_end: 0,
        };
        let source: &[u8] = &bytes;
        let mut found = findings.aside();
        let mut reading = Input::of(&source, 0, origin);
        let outcome = other.run(&mut reading, &mut found);
        let is_followed = source.len() == LOOKED_AT && outcome.is_err() && reading.left() == 0;
        let imports = found.imports_plausibly();
        findings.settle(found, imports);
        Ok(imports || is_followed)
    }

    fn push(&mut self, value: Value) {
        let is_deep = self.stack.len() > MAX_KEPT_DEPTH;
        self.stack.push(match value {
            Value::Text(_) | Value::Tuple(_) if is_deep => Value::Scalar,
            value => value,
        });
    }

    /// Puts another value in place of the one on top.
    pub(super) fn replace_top(&mut self, value: Value) {
        if let Some(top) = self.stack.last_mut() {
            *top = value;
        }
    }

    /// The lowest height that may be taken from.
    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    pub(super) fn pop(&mut self, at: At) -> Result<Value> {
        if self.stack.len() <= self.fence() {
            return Err(at.underflow());
        }
        self.stack.pop().ok_or_else(|| at.underflow())
    }

    pub(super) fn top(&self, at: At) -> Result<&Value> {
        let above = self.stack.get(self.fence()..).unwrap_or_default();
        above.last().ok_or_else(|| at.underflow())
    }

    fn pop_many(&mut self, at: At, count: usize) -> Result<Vec<Value>> {
        let height = self
            .stack
            .len()
            .checked_sub(count)
            .filter(|height| *height >= self.fence())
            .ok_or_else(|| at.underflow())?;
        Ok(self.stack.split_off(height))
    }

    fn pop_mark(&mut self, at: At) -> Result<Vec<Value>> {
        let height = self.marks.pop().ok_or_else(|| at.underflow())?;
        Ok(self.stack.split_off(height.min(self.stack.len())))
    }
}

/// Places keys and values, two after two, in a dictionary.
fn set_items(at: At, target: &Value, items: &[Value], findings: &mut Findings) -> Result<()> {
    let (pairs, rest) = items.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(at.fault(PickleProblem::Argument(at.opcode.name)));
    }
    if let Value::Dict(dict) = target {
        for [key, value] in pairs {
            dict.set(key, value);
            match key {
                Value::Text(key) => findings.tensors.place(dict.number, key, value),
                Value::Int(key) => {
                    let key = Rc::from(key.to_string());
                    findings.tensors.place(dict.number, &key, value);
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Places values at the end of a list.
fn append(target: &Value, items: &[Value], findings: &mut Findings) {
    let Value::List(list) = target else { return };
    for item in items {
        let index = list.length.get();
        list.length.set(index.saturating_add(1));
        match item {
            Value::Text(text) => list.texts.borrow_mut().push(Rc::clone(text)),
            Value::Tensor(_) | Value::Array(_) | Value::Dict(_) | Value::List(_) => {
                let key = Rc::from(index.to_string());
                findings.tensors.place(list.number, &key, item);
            }
            _ => {}
        }
    }
}
