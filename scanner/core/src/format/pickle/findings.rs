//! What the pickles of one file come to.

use std::collections::HashMap;
use std::rc::Rc;

use super::arguments::Line;
use super::imports::Imports;
use super::known::{self, Role};
use super::limits::{MAX_IMPORTS, MAX_OPCODES};
use super::machine::At;
use super::problem::{Limit, PickleProblem, Result};
use super::tensors::Tensors;
use super::value::{Dict, Global, List, Value};
use crate::anomalies::{Anomalies, Fault};
use crate::format::Header;
use crate::record::Loading;

/// Who loads the pickle, which decides what a persistent id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loader {
    /// `pickle` itself, or what is made of it: a persistent id is an error.
    Pickle,
    /// `torch.load`: a persistent id is a storage.
    Torch,
    /// `torch.load` of a tar: a persistent id is a number of something in another member.
    TorchTar,
    /// `torch.jit.load`: besides, classes come from the code of the archive.
    TorchScript,
}

/// Imports, tensors and anomalies of the pickles of one file.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) imports: Imports,
    pub(crate) tensors: Tensors,
    pub(crate) anomalies: Anomalies,
    pub(crate) loader: Loader,
    /// Imports that were met, so that a flood of one takes no memory.
    globals: HashMap<String, Rc<Global>>,
    /// The highest protocol that an opcode belongs to.
    pub(crate) protocol: u8,
    opcodes: u64,
    /// The code of the last opcode that was met.
    last: u8,
    has_calls: bool,
    /// Whether a wrapper of joblib is imported that an array follows.
    has_wrappers: bool,
    /// Tensors that are described in a way that is not read: the first of them, and how many.
    unread: Option<(At, u64)>,
    /// Whether pickles went deeper into each other than is followed.
    is_too_deep: bool,
}

impl Findings {
    pub(crate) fn new(loader: Loader) -> Self {
        Self {
            imports: Imports::default(),
            tensors: Tensors::default(),
            anomalies: Anomalies::default(),
            loader,
            globals: HashMap::new(),
            protocol: 0,
            opcodes: 0,
            last: 0,
            has_calls: false,
            has_wrappers: false,
            unread: None,
            is_too_deep: false,
        }
    }

    /// Findings of another pickle of a file, after as many opcodes of others.
    pub(crate) fn after(loader: Loader, opcodes: u64) -> Self {
        Self {
            opcodes,
            ..Self::new(loader)
        }
    }

    /// Findings of bytes that only may be a pickle.
    pub(super) fn aside(&self) -> Self {
        Self::after(self.loader, self.opcodes)
    }

    /// Ends what [`Self::aside`] began: the opcodes count, the imports only where they are kept.
    pub(super) fn settle(&mut self, aside: Self, keeps_imports: bool) {
        self.opcodes = aside.opcodes;
        self.is_too_deep |= aside.is_too_deep;
        if keeps_imports {
            self.imports.merge(aside.imports);
        }
    }

    /// Takes in what [`Self::aside`] began as part of the same.
    pub(super) fn join(&mut self, aside: Self) {
        self.opcodes = aside.opcodes;
        self.is_too_deep |= aside.is_too_deep;
        self.protocol = self.protocol.max(aside.protocol);
        self.imports.merge(aside.imports);
        self.tensors.join(aside.tensors);
        if let Some((at, more)) = aside.unread {
            let (first, count) = self.unread.unwrap_or((at, 0));
            self.unread = Some((first, count.saturating_add(more)));
        }
        for anomaly in aside.anomalies.into_vec() {
            self.anomalies.report(|| anomaly);
        }
    }

    /// Counts an opcode.
    ///
    /// # Errors
    /// No more are followed.
    pub(super) fn spend(&mut self, at: At) -> Result<()> {
        self.opcodes = self.opcodes.saturating_add(1);
        self.protocol = self.protocol.max(at.opcode.protocol);
        self.last = at.opcode.code;
        if self.opcodes > MAX_OPCODES {
            return Err(at.fault(PickleProblem::Limit(Limit::Opcodes)));
        }
        Ok(())
    }

    /// Opcodes that were followed.
    pub(crate) fn opcodes(&self) -> u64 {
        self.opcodes
    }

    /// The code of the last opcode that was met.
    pub(super) fn last_opcode(&self) -> u8 {
        self.last
    }

    /// Whether an import was called.
    pub(super) fn has_calls(&self) -> bool {
        self.has_calls
    }

    /// Whether bytes that only may be a pickle import as one does: names that a program could bear,
    /// or one that is called before another stops the unpickler, which is too late.
    pub(super) fn imports_plausibly(&self) -> bool {
        !self.imports.is_empty()
            && (self.imports.are_plausible() || self.imports.is_first_plausible() && self.has_calls)
    }

    /// Whether a wrapper of joblib is imported that an array follows.
    pub(super) fn has_wrappers(&self) -> bool {
        self.has_wrappers
    }

    /// Says that an import is called.
    pub(super) fn note_call(&mut self) {
        self.has_calls = true;
    }

    /// Says that a tensor is described in a way that is not read.
    pub(super) fn note_unread_tensor(&mut self, at: At) {
        let (first, count) = self.unread.unwrap_or((at, 0));
        self.unread = Some((first, count.saturating_add(1)));
    }

    /// Says that pickles go deeper into each other than is followed.
    pub(super) fn note_depth(&mut self) {
        self.is_too_deep = true;
    }

    pub(crate) fn report(&mut self, fault: Fault<PickleProblem>) {
        self.anomalies.report(|| fault);
    }

    /// Takes in an import.
    pub(super) fn import(&mut self, at: At, module: &Line, name: &Line) -> Value {
        let (module, name) = match (module.text(), name.text()) {
            (Some(module), Some(name)) => (module, name),
            // Too long or not UTF-8: no name that is known.
            _ => (module.shown().into(), name.shown().into()),
        };
        let key = format!("{module}\n{name}");
        if let Some(global) = self.globals.get(&key) {
            return Value::Global(Rc::clone(global));
        }
        let of_archive = self.loader == Loader::TorchScript && module.starts_with("__torch__");
        if !of_archive {
            self.imports.add(&module, &name, at.offset);
        }
        let global = Rc::new(Global::new(module, name));
        self.has_wrappers |= global.role == Some(Role::ArrayBehind);
        if self.globals.len() < MAX_IMPORTS {
            self.globals.insert(key, Rc::clone(&global));
        }
        Value::Global(global)
    }

    pub(super) fn dict(&mut self) -> Value {
        Value::Dict(Rc::new(Dict::new(self.tensors.container())))
    }

    pub(super) fn list(&mut self) -> Value {
        Value::List(Rc::new(List::new(self.tensors.container())))
    }

    /// Writes what was found into a header.
    pub(crate) fn finish(mut self, header: &mut Header) {
        if let Some((at, count)) = self.unread {
            self.report(at.fault(PickleProblem::TensorsNotRead(count)));
        }
        for (is_reached, limit) in [
            (self.imports.has_more(), Limit::Imports),
            (self.is_too_deep, Limit::Depth),
        ] {
            if is_reached {
                self.report(Fault::anywhere(PickleProblem::Limit(limit)));
            }
        }
        let facts = &mut header.facts;
        let imports = self.imports.into_vec();
        if imports.iter().any(|each| known::carries_code(&each.name)) {
            facts.loading = Some(Loading::Code);
        }
        facts.imports = imports;
        if !self.tensors.is_empty() {
            facts.parameters = Some(self.tensors.parameters());
            header.tensors = self.tensors.into_vec();
        }
        facts.anomalies.extend(self.anomalies.into_vec());
    }
}
