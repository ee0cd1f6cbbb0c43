//! `TensorRT` engines: compiled for one GPU, opaque by design.
//!
//! "Serialized engines are executable artifacts", NVIDIA's documentation says: they may carry
//! plugins as libraries. Source: `TensorRT` developer guide, "Serialization".

use std::error::Error;
use std::fmt;

use super::{Format, Header, signatures};
use crate::anomalies::{Fault, Problem};
use crate::reader::Reader;
use crate::record::{Anomaly, AnomalyRule, Loading};

/// How it is known.
pub(super) const FORMAT: Format = Format {
    name: "tensorrt",
    suffixes: &["engine", "trt"],
    recognised_by: "ptrt or ftrt at 0, or the suffix engine or trt and bytes that are no text",
    loading: Loading::Code,
    facts: "none: it is compiled",
    quantization: "",
    limits: "",
    recognises: signatures::tensorrt,
    read: Some(read),
};

fn read(_: &mut Reader<'_>) -> Header {
    let mut header = Header::default();
    let anomaly = Anomaly::from(Fault::anywhere(TensorRtProblem::Opaque));
    header.facts.anomalies.push(anomaly);
    header
}

/// What stands in the way of reading one.
#[derive(Debug)]
enum TensorRtProblem {
    Opaque,
}

impl Problem for TensorRtProblem {
    fn rule(&self) -> AnomalyRule {
        AnomalyRule::NotExamined
    }

    fn kind(&self) -> &'static str {
        "opaque-engine"
    }
}

impl fmt::Display for TensorRtProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a TensorRT engine is compiled code that nothing but TensorRT reads; build it from a \
             model that can be examined",
        )
    }
}

impl Error for TensorRtProblem {}
