//! Members by their content: what each one is, and what its reader says of it, as facts of the
//! archive.

use std::path::Path;

use super::budget::Budget;
use super::problem::MemberProblem;
use super::{Look, look_into, look_into_model, read_costly};
use crate::anomalies::{Anomalies, Fault, clip};
use crate::archive::Window;
use crate::format::polyglot::{PolyglotProblem, hidden_hdf5};
use crate::format::{Format, Header, SNIFFED_BYTES, has_model_suffix, lfs_pointer, recognise_file};
use crate::quantization::Tensor;
use crate::reader::{ReadProblem, Reader, Source};
use crate::record::{Anomaly, Destination, Facts, Import};

/// Tensors of all members together: as many as of one file.
const MAX_TENSORS: usize = 262_144;

/// Imports of all members together: as many as of one file.
const MAX_IMPORTS: usize = 1000;

/// What was taken of the members so far.
#[derive(Default)]
pub(in crate::format) struct Taking {
    header: Header,
    /// What is wrong with the archive and its members.
    pub(in crate::format) anomalies: Anomalies,
}

/// A member that is looked at.
#[derive(Clone, Copy)]
pub(in crate::format) struct Part<'a> {
    /// Its name, as text.
    pub(in crate::format) name: &'a str,
    /// Offset of its first byte in the file, where it stands there as it is.
    pub(in crate::format) offset: Option<u64>,
}

impl Taking {
    /// What was read before, to which members are added.
    pub(in crate::format) fn of(header: Header) -> Self {
        Self {
            header,
            anomalies: Anomalies::default(),
        }
    }

    /// The header that all of it comes to.
    pub(in crate::format) fn finish(self) -> Header {
        let mut header = self.header;
        header.facts.anomalies.extend(self.anomalies.into_vec());
        header
    }

    /// Takes in weights that something in the archive describes.
    pub(in crate::format) fn add_weights(&mut self, weights: Vec<Tensor>) {
        let header = &mut self.header;
        if let Some(elements) = weights
            .iter()
            .map(|weight| weight.elements)
            .reduce(u64::saturating_add)
        {
            let others = header.facts.parameters.unwrap_or(0);
            header.facts.parameters = Some(others.saturating_add(elements));
        }
        let room = MAX_TENSORS.saturating_sub(header.tensors.len());
        if weights.len() > room {
            self.anomalies
                .report(|| Fault::anywhere(MemberProblem::Tensors(MAX_TENSORS)));
        }
        header.tensors.extend(weights.into_iter().take(room));
    }

    /// Takes in what is looked at, the tensors in it apart.
    pub(in crate::format) fn without_weights<R>(&mut self, look: impl FnOnce(&mut Self) -> R) -> R {
        let tensors = self.header.tensors.len();
        let parameters = self.header.facts.parameters;
        let result = look(self);
        self.header.tensors.truncate(tensors);
        self.header.facts.parameters = parameters;
        result
    }

    /// Looks at a member, of which `content` is all; `false` where it is no format we know.
    pub(in crate::format) fn take(
        &mut self,
        part: Part<'_>,
        content: &dyn Source,
        budget: &mut Budget,
    ) -> bool {
        let start = match start_of(content) {
            Ok(start) => start,
            Err(problem) => {
                self.report(part, MemberProblem::Read(problem));
                return false;
            }
        };
        let path = Path::new(part.name);
        let Some(format) = recognise_file(&start, content, path) else {
            if has_model_suffix(path) && content.size() > 0 {
                budget.meet_model();
                self.report(part, MemberProblem::Unknown);
            }
            return false;
        };
        self.look_for_hdf5(part, format, content, budget);
        if let Some(look) = look_into(format) {
            self.go_into(part, (format, look), content, budget);
        } else {
            budget.meet_model();
            match look_into_model(format) {
                _ if budget.is_search() => {}
                Some(look) => self.go_into(part, (format, look), content, budget),
                None => self.read(part, format, content, budget),
            }
        }
        true
    }

    /// Says that a member is HDF5 beside what it is known as.
    fn look_for_hdf5(
        &mut self,
        part: Part<'_>,
        format: &Format,
        content: &dyn Source,
        budget: &mut Budget,
    ) {
        if let Some(at) = hidden_hdf5(format, content) {
            budget.meet_model();
            let anomaly = Anomaly::from(Fault::at(at, PolyglotProblem::Hdf5));
            self.anomalies.report(|| placed(anomaly, part));
        }
    }

    fn go_into(
        &mut self,
        part: Part<'_>,
        (format, look): (&Format, Look),
        content: &dyn Source,
        budget: &mut Budget,
    ) {
        if budget.enter() {
            let mut header = look(&mut Reader::new(content), budget);
            header.facts.loading.get_or_insert(format.loading);
            budget.leave();
            self.add(part, header);
        } else {
            budget.meet_model();
            self.report(part, MemberProblem::Depth(Budget::most_depth()));
        }
    }

    fn read(&mut self, part: Part<'_>, format: &Format, content: &dyn Source, budget: &mut Budget) {
        if format.name == lfs_pointer::NAME {
            return self.report(part, MemberProblem::Pointer);
        }
        let mut reader = Reader::new(content);
        let header = match read_costly(format) {
            Some(read) => Some(read(&mut reader, budget)),
            None => format.read(&mut reader),
        };
        match header {
            Some(mut header) => {
                header.facts.loading.get_or_insert(format.loading);
                self.add(part, header);
            }
            None => self.report(part, MemberProblem::NotRead(format.name)),
        }
    }

    /// Says what stands in the way of looking at a member.
    pub(in crate::format) fn report(&mut self, part: Part<'_>, problem: MemberProblem) {
        self.anomalies
            .report(|| Fault::new(part.offset, problem).within(part.name));
    }

    /// Adds what a member's reader said.
    pub(in crate::format) fn add(&mut self, part: Part<'_>, mut member: Header) {
        self.header.facts.take_description(&mut member.facts);
        let Facts {
            architecture,
            parameters,
            context_length,
            license,
            license_source,
            base_models,
            chat_template,
            hyperparameters,
            loading,
            imports,
            destinations,
            anomalies,
            ..
        } = member.facts;
        for anomaly in anomalies {
            self.anomalies.report(|| placed(anomaly, part));
        }
        for external in member.external {
            self.report(part, MemberProblem::External(external.location));
        }
        if let Some(twin) = member.twin {
            let name = format!("*.{}", twin.suffix);
            self.report(part, MemberProblem::External(name));
        }
        if !member.blobs.is_empty() {
            self.report(part, MemberProblem::External("blobs".to_owned()));
        }
        if member.split.is_some() {
            self.report(part, MemberProblem::Split);
        }
        let facts = &mut self.header.facts;
        // Of several models in one archive, the first to say something speaks for it.
        facts.architecture = facts.architecture.take().or(architecture);
        facts.context_length = facts.context_length.or(context_length);
        facts.chat_template = facts.chat_template.or(chat_template);
        if facts.license.is_none() {
            facts.license = license;
            facts.license_source = license_source;
        }
        if facts.hyperparameters.is_empty() {
            facts.hyperparameters = hyperparameters;
        }
        facts.parameters = match (facts.parameters, parameters) {
            (Some(one), Some(other)) => Some(one.saturating_add(other)),
            (one, other) => one.or(other),
        };
        facts.loading = facts.loading.max(loading);
        facts.base_models.extend(base_models);
        facts.base_models.truncate(MAX_BASE_MODELS);
        let has_more = add_imports(&mut facts.imports, imports, part);
        let destinations = destinations.into_iter().map(|found| Destination {
            source: format!("{}: {}", clip(part.name), found.source),
            offset: shifted(found.offset, part),
            ..found
        });
        facts.destinations.extend(destinations);
        if has_more {
            self.report(part, MemberProblem::Imports(MAX_IMPORTS));
        }
        self.header.claims.extend(member.claims);
        let room = MAX_TENSORS.saturating_sub(self.header.tensors.len());
        if member.tensors.len() > room {
            self.report(part, MemberProblem::Tensors(MAX_TENSORS));
        }
        self.header
            .tensors
            .extend(member.tensors.into_iter().take(room));
    }
}

/// Base models of all members together: as many as of one GGUF.
const MAX_BASE_MODELS: usize = 64;

/// The first bytes of a member.
fn start_of(content: &dyn Source) -> Result<Vec<u8>, ReadProblem> {
    Window::new(content, 0, content.size())
        .range(0, SNIFFED_BYTES)
        .map_err(ReadProblem::Io)
}

/// Adds imports that are new, up to the limit; says whether there were more.
fn add_imports(imports: &mut Vec<Import>, found: Vec<Import>, part: Part<'_>) -> bool {
    for import in found {
        if imports.iter().any(|known| known.name == import.name) {
            continue;
        }
        if imports.len() >= MAX_IMPORTS {
            return true;
        }
        imports.push(Import {
            offset: shifted(import.offset, part),
            ..import
        });
    }
    false
}

/// An anomaly of a member as one of the archive.
fn placed(anomaly: Anomaly, part: Part<'_>) -> Anomaly {
    let mut within = vec![clip(part.name)];
    within.extend(anomaly.within);
    Anomaly {
        offset: shifted(anomaly.offset, part),
        within,
        ..anomaly
    }
}

/// An offset in a member as one in the file; `None` where the member does not stand there as it
/// is.
fn shifted(offset: Option<u64>, part: Part<'_>) -> Option<u64> {
    offset?.checked_add(part.offset?)
}
