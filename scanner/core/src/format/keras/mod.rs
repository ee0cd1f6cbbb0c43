//! Keras 3: a zip of a configuration, weights in HDF5 and files that layers need.
//!
//! The configuration names every class that loading imports. It is walked and nothing of it is
//! believed. Whole models of the past are HDF5 files with the same tree in an attribute.
//! Source: `keras` 3.15.1, `saving/saving_lib.py`.

mod config;
mod objects;
mod policies;
mod problem;

pub(super) use config::Config;
pub use problem::KerasProblem;

use std::collections::HashSet;
use std::io::Read as _;
use std::path::Path;

use crate::anomalies::{Anomalies, Fault, clip};
use crate::archive::zip::{Member, Opened, Zip};
use crate::destinations::Destinations;
use crate::format::archives::{Budget, MemberProblem};
use crate::format::{Format, Header, hdf5, recognise, signatures};
use crate::quantization::Tensor;
use crate::reader::{Reader, widen};
use crate::record::{Anomaly, Loading, Property};

/// Bytes of a configuration. The longest hold the vocabulary of a text model: some megabytes.
pub(crate) const MAX_CONFIG: usize = 16 * 1024 * 1024;

/// Bytes of stored weights that are held against their checksum. They are read where they stand,
/// whatever their size.
const MAX_CHECKED: usize = 32 * 1024 * 1024;

const CONFIG: &str = "config.json";
const METADATA: &str = "metadata.json";
const WEIGHTS: &str = "model.weights.h5";

/// Where files of layers stand, such as vocabularies.
const ASSETS: &str = "assets/";

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "keras",
    suffixes: &["keras"],
    recognised_by: "a zip with the suffix keras, or one of a model's whose first member is metadata.json",
    loading: Loading::Data,
    facts: "class of the model, version of Keras, classes of its layers counted and what they import, every weight, URLs in the configuration",
    quantization: "each weight's type, integers beside their scales, against the layers' dtype policies",
    limits: "configuration of 16 MiB; weights in npz or in several files",
    recognises: signatures::keras,
    read: Some(read),
};

/// Reads everything but the data.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    look(reader, &mut Budget::of_file(reader.size()))
}

/// Reads one within an archive.
pub(super) fn look(reader: &mut Reader<'_>, budget: &mut Budget) -> Header {
    let mut header = Header::default();
    let mut anomalies = Anomalies::default();
    let mut destinations = Destinations::default();
    match Zip::open(reader, &mut anomalies) {
        Ok(zip) => read_members(&zip, budget, &mut header, &mut destinations, &mut anomalies),
        Err(fault) => anomalies.report(|| fault),
    }
    header.facts.destinations = destinations.into_vec();
    header.facts.anomalies = anomalies.into_vec();
    header
}

fn read_members(
    zip: &Zip<'_>,
    budget: &mut Budget,
    header: &mut Header,
    destinations: &mut Destinations,
    anomalies: &mut Anomalies,
) {
    if let Some(bytes) = text(zip, METADATA, budget, anomalies) {
        let mut metadata = Metadata::default();
        if let Err(error) = crate::json::walk(&bytes, &mut metadata) {
            anomalies.report(|| Fault::anywhere(KerasProblem::Json(error)).within(METADATA));
        }
        if let Some(version) = &metadata.version {
            header
                .facts
                .say_version(Property::Producer, "keras", version);
        }
        header.version = metadata.version;
    }
    if let Some(member) = zip.find(WEIGHTS.as_bytes()) {
        let contents = weights(zip, member, budget, anomalies);
        header.facts.parameters = contents.parameters;
        header.tensors = contents.tensors;
    }
    if let Some(bytes) = text(zip, CONFIG, budget, anomalies) {
        let config = Config::read(&bytes, CONFIG, destinations, anomalies);
        let tensors = std::mem::take(&mut header.tensors);
        config.describe(header, &tensors);
        header.tensors = tensors;
    }
    for member in zip.members() {
        if !budget.take_member() {
            let problem = MemberProblem::Members(Budget::most_members());
            anomalies.report(|| Fault::anywhere(problem));
            break;
        }
        let name = member.text();
        let is_known = [CONFIG, METADATA, WEIGHTS].contains(&&*name) || member.is_directory();
        if !is_known && !is_plain_asset(zip, member, &name) {
            anomalies.report(|| Fault::anywhere(KerasProblem::UnreadMember).within(&name));
        }
    }
}

/// The bytes of a member of text.
fn text(
    zip: &Zip<'_>,
    name: &'static str,
    budget: &mut Budget,
    anomalies: &mut Anomalies,
) -> Option<Vec<u8>> {
    let Some(member) = zip.find(name.as_bytes()) else {
        anomalies.report(|| Fault::anywhere(KerasProblem::MissingMember(name)));
        return None;
    };
    if member.size > widen(MAX_CONFIG) {
        let size = member.size;
        anomalies.report(|| Fault::anywhere(KerasProblem::TooLong(size)).within(name));
        return None;
    }
    match budget.unpack(zip, member, anomalies) {
        Ok(bytes) => Some(bytes),
        Err(fault) => {
            anomalies.report(|| fault.within(name));
            None
        }
    }
}

/// What the weights hold, read in place.
fn weights(
    zip: &Zip<'_>,
    member: &Member,
    budget: &mut Budget,
    anomalies: &mut Anomalies,
) -> hdf5::Contents {
    let source = if zip.window(member).is_some() {
        zip.member_source(member, MAX_CHECKED, anomalies)
    } else {
        budget.unpack(zip, member, anomalies).map(Opened::Memory)
    };
    match source {
        Ok(source) => {
            let mut found = Anomalies::default();
            let contents = hdf5::contents(&mut Reader::new(&source), &mut found);
            for mut anomaly in found.into_vec() {
                // Offsets in the member are none of the file.
                anomaly.offset = None;
                anomaly.within.insert(0, WEIGHTS.to_owned());
                anomalies.report(|| -> Anomaly { anomaly });
            }
            contents
        }
        Err(fault) => {
            anomalies.report(|| fault.within(WEIGHTS));
            hdf5::Contents::default()
        }
    }
}

/// Whether a member is a file of a layer that is not itself a model or a program.
fn is_plain_asset(zip: &Zip<'_>, member: &Member, name: &str) -> bool {
    let mut start = Vec::new();
    let content = zip.stream(member);
    let content = content.map(|content| content.take(widen(super::SNIFFED_BYTES)));
    if !content.is_ok_and(|mut content| content.read_to_end(&mut start).is_ok()) {
        return false;
    }
    let is_model = recognise(&start, member.size, Path::new(name)).is_some();
    name.starts_with(ASSETS) && !is_model && !super::has_model_suffix(Path::new(name))
}

/// What the archive says of itself.
#[derive(Debug, Default)]
struct Metadata {
    version: Option<String>,
}

impl crate::json::Events for Metadata {
    fn scalar(&mut self, path: &[String], scalar: crate::json::Scalar<'_>) {
        if let ([key], crate::json::Scalar::Text(text)) = (path, scalar)
            && key == "keras_version"
        {
            self.version = Some(clip(text));
        }
    }

    fn duplicate(&mut self, _: &[String]) {}
}

/// Whether a name, taken for a path, leads anywhere but below where it stands.
pub(super) fn leads_elsewhere(name: &str) -> bool {
    let has_drive =
        matches!(name.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    name.starts_with(['/', '\\'])
        || name.starts_with("~/")
        || has_drive
        || name.contains('\0')
        || name.split(['/', '\\']).any(|part| part == "..")
}

/// Whether a dataset belongs to an optimizer and not to the model.
pub(super) fn is_of_optimizer(path: &str) -> bool {
    let group = path.split('/').next().unwrap_or_default();
    matches!(group, "optimizer" | "optimizer_weights")
}

/// Gives integers that stand beside a scale the name of what they are: quantized weights.
///
/// Layers keep their variables under numbers in a group `vars`, and in older files under names.
pub(super) fn name_scaled_integers(tensors: &mut [Tensor]) {
    let scaled: HashSet<String> = tensors
        .iter()
        .filter(|tensor| matches!(tensor.type_name, "F16" | "BF16" | "F32"))
        .filter_map(|tensor| tensor.name.rsplit_once('/'))
        .filter(|(group, name)| {
            *group == "vars" || group.ends_with("/vars") || name.contains("scale")
        })
        .map(|(group, _)| group.to_owned())
        .collect();
    for tensor in tensors {
        let group = tensor.name.rsplit_once('/').map(|(group, _)| group);
        let is_scaled = group.is_some_and(|group| scaled.contains(group));
        match tensor.type_name {
            "I8" if is_scaled && tensor.dimensions >= 2 => tensor.type_name = "int8",
            "U8" if is_scaled && tensor.dimensions >= 2 => tensor.type_name = "uint8",
            _ => {}
        }
    }
}
