//! What the crate makes of bytes: valid files, every malformation that a reference reader refuses,
//! and bytes at random.

mod any_bytes;
mod coreml;
mod coreml_writer;
mod directory;
mod discovering;
mod gguf;
mod gguf_writer;
mod onnx;
mod onnx_writer;
mod printing;
mod protobuf_writer;
mod safetensors;
mod safetensors_writer;
mod scanning;
mod sniffing;
mod tensorflow;
mod tensorflow_writer;

use lbom_scanner::format::Header;
use lbom_scanner::record::AnomalyRule;

/// The kinds of a header's anomalies, in the order they were met.
fn kinds(header: &Header) -> Vec<&'static str> {
    header
        .facts
        .anomalies
        .iter()
        .map(|anomaly| anomaly.kind)
        .collect()
}

/// The rules that report a header's anomalies.
fn rules(header: &Header) -> Vec<AnomalyRule> {
    header
        .facts
        .anomalies
        .iter()
        .map(|anomaly| anomaly.rule)
        .collect()
}
