//! `OpenVINO` IR, versions 10 and 11: layers in XML, their weights in a file of the same name.
//!
//! A constant says where its bytes stand in that file; the file is found, held against what the
//! constants say, and digested with the model.
//! Source: <https://docs.openvino.ai/2024/documentation/openvino-ir-format.html> and
//! `src/core/xml_util` of `OpenVINO` 2026.4.

mod element_types;
mod layers;
mod problem;
mod start;

pub use problem::OpenvinoProblem;
pub(super) use start::{goes_on, may_go_on};

use crate::anomalies::{Anomalies, Fault};
use crate::format::{Format, Header, signatures};
use crate::reader::Reader;
use crate::record::Loading;
use crate::xml::Elements;
use layers::Model;

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: "openvino",
    suffixes: &["xml"],
    recognised_by: "a root element net with a version, then layers, within 64 MiB",
    loading: Loading::Data,
    facts: "operators counted, inputs and outputs, framework, runtime and other rt_info with URLs, every constant; the file of weights beside it",
    quantization: "element type of each constant, against what nncf says of itself",
    limits: "XML of 64 MiB; no document types",
    recognises: signatures::openvino,
    read: Some(read),
};

type Result<T> = std::result::Result<T, Fault<OpenvinoProblem>>;

/// Reads a model without its weights.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    let mut header = Header::default();
    let mut anomalies = Anomalies::default();
    let mut model = Model::default();
    let outcome = read_into(&mut header, &mut model, reader, &mut anomalies);
    if let Err(fault) = outcome {
        anomalies.report(|| fault);
    }
    model.finish(&mut header);
    header.facts.anomalies = anomalies.into_vec();
    header
}

fn read_into(
    header: &mut Header,
    model: &mut Model,
    reader: &mut Reader<'_>,
    anomalies: &mut Anomalies,
) -> Result<()> {
    let mut elements = Elements::new(reader);
    let Some(root) = elements.next()? else {
        return Ok(());
    };
    if root.name != "net" {
        return Err(Fault::at(root.at, OpenvinoProblem::Root(root.name)));
    }
    let version = root.attribute("version").unwrap_or_default().to_owned();
    header.version = Some(crate::anomalies::clip(&version));
    if !matches!(version.as_str(), "10" | "11") {
        return Err(Fault::at(root.at, OpenvinoProblem::Version(version)));
    }
    model.name(&root);
    while let Some(element) = elements.next()? {
        model.add(elements.path(), &element, anomalies);
    }
    model.is_whole = true;
    Ok(())
}
