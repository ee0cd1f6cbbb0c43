//! What the crate makes of bytes: valid files, every malformation that a reference reader refuses,
//! and bytes at random.

mod any_bytes;
mod archives;
mod checkpoint_writer;
mod companions;
mod compressed;
mod compressed_files;
mod coreml;
mod coreml_writer;
mod directory;
mod discovering;
mod executorch;
mod flatbuffer_writer;
mod flax;
mod flax_writer;
mod ggml;
mod ggml_writer;
mod gguf;
mod gguf_writer;
mod hdf5;
mod hdf5_writer;
mod joblib;
mod keras;
mod lfs_store;
mod numpy;
mod ollama;
mod onnx;
mod onnx_writer;
mod openvino;
mod pickle;
mod pickle_recognition;
mod pickle_writer;
mod polyglots;
mod printing;
mod protobuf_writer;
mod pytorch;
mod safetensors;
mod safetensors_writer;
mod scanning;
mod sharding;
mod skops;
mod sniffing;
mod tar;
mod tar_writer;
mod tensorflow;
mod tensorflow_writer;
mod tflite;
mod zip;
mod zip_writer;

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
