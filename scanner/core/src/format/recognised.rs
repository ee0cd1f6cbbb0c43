//! Formats that are recognised and not read: a file of one is named, sized and fingerprinted, and
//! reported as not examined.

use super::{Format, signatures};
use crate::record::Loading;

pub(super) const COREML_COMPILED: Format = Format {
    name: "coreml-compiled",
    suffixes: &[],
    recognised_by: "the name coremldata.bin",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::coreml_compiled,
    read: None,
};

pub(super) const CATBOOST: Format = Format {
    name: "catboost",
    suffixes: &["cbm"],
    recognised_by: "CBM1 at 0",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::catboost,
    read: None,
};

pub(super) const LIGHTGBM: Format = Format {
    name: "lightgbm",
    suffixes: &["txt"],
    recognised_by: "tree, then version= at 0",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::lightgbm,
    read: None,
};

pub(super) const MXNET: Format = Format {
    name: "mxnet",
    suffixes: &[],
    recognised_by: "the number 0x112 in 8 bytes, then zeros, with the suffix params",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::mxnet,
    read: None,
};

pub(super) const ONNXRUNTIME: Format = Format {
    name: "onnxruntime",
    suffixes: &["ort"],
    recognised_by: "ORTM at 4",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::onnxruntime,
    read: None,
};

pub(super) const PYTORCH_DISTRIBUTED: Format = Format {
    name: "pytorch-distributed",
    suffixes: &["distcp"],
    recognised_by: "the suffix distcp",
    loading: Loading::Program,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::pytorch_distributed,
    read: None,
};

pub(super) const PYTORCH_MOBILE: Format = Format {
    name: "pytorch-mobile",
    suffixes: &["ptl"],
    recognised_by: "PTMF at 4",
    loading: Loading::Code,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::pytorch_mobile,
    read: None,
};

pub(super) const R_DATA: Format = Format {
    name: "r-data",
    suffixes: &[],
    recognised_by: "RDX2 or RDX3 at 0; X\\n and a version at 0",
    loading: Loading::Code,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::r_data,
    read: None,
};

pub(super) const RKNN: Format = Format {
    name: "rknn",
    suffixes: &["rknn"],
    recognised_by: "RKNN at 0",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::rknn,
    read: None,
};

pub(super) const XGBOOST: Format = Format {
    name: "xgboost",
    suffixes: &["json", "ubj"],
    recognised_by: "{L and the key learner at 0, binf at 0, or JSON whose first key is learner",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::xgboost,
    read: None,
};

pub(super) const EXECUTORCH_DATA: Format = Format {
    name: "executorch-data",
    suffixes: &["ptd"],
    recognised_by: "FH01 at 8, or FT and two digits at 4 with the suffix ptd",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::executorch_data,
    read: None,
};

pub(super) const LITERT_LM: Format = Format {
    name: "litert-lm",
    suffixes: &["litertlm"],
    recognised_by: "LITERTLM at 0",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::litert_lm,
    read: None,
};

pub(super) const PADDLE: Format = Format {
    name: "paddle",
    suffixes: &["json", "pdmodel"],
    recognised_by: "a message in field 1 with the suffix pdmodel, or JSON that says it is pir",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::paddle,
    read: None,
};

pub(super) const PADDLE_WEIGHTS: Format = Format {
    name: "paddle-weights",
    suffixes: &["pdiparams"],
    recognised_by: "12 zeros at 0 with the suffix pdiparams",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::paddle_weights,
    read: None,
};

pub(super) const PMML: Format = Format {
    name: "pmml",
    suffixes: &["pmml", "xml"],
    recognised_by: "XML whose first element is PMML",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::pmml,
    read: None,
};

pub(super) const TORCH7: Format = Format {
    name: "torch7",
    suffixes: &["t7"],
    recognised_by: "an object of version V 1 at 0, or a type of 1 to 8 with the suffix t7",
    loading: Loading::Code,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::torch7,
    read: None,
};
