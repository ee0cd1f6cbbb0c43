//! Formats that are recognised and not read: a file of one is named, sized and fingerprinted, and
//! reported as not examined.

use super::{Format, signatures};
use crate::record::Loading;

pub(super) const PYTORCH_LEGACY: Format = Format {
    name: "pytorch-legacy",
    suffixes: &["pt", "pth", "ckpt"],
    recognised_by: "a pickle of torch's magic number at 0",
    loading: Loading::Program,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::pytorch_legacy,
    read: None,
};

pub(super) const PICKLE: Format = Format {
    name: "pickle",
    suffixes: &[
        "pkl", "pickle", "joblib", "dill", "pt", "pth", "ckpt", "pdparams",
    ],
    recognised_by: "PROTO 2 to 5, then an opcode",
    loading: Loading::Program,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::pickle,
    read: None,
};

pub(super) const NUMPY_ZIP: Format = Format {
    name: "numpy-zip",
    suffixes: &["npz"],
    recognised_by: "a zip with the suffix npz, or whose first member is an npy",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::numpy_zip,
    read: None,
};

pub(super) const PYTORCH: Format = Format {
    name: "pytorch",
    suffixes: &["pt", "pth", "ckpt", "pt2", "ptl"],
    recognised_by: "a zip of torch's members, or one with torch's suffix",
    loading: Loading::Program,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::pytorch,
    read: None,
};

pub(super) const NUMPY: Format = Format {
    name: "numpy",
    suffixes: &["npy"],
    recognised_by: "\\x93NUMPY at 0",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::numpy,
    read: None,
};

pub(super) const EXECUTORCH: Format = Format {
    name: "executorch",
    suffixes: &["pte"],
    recognised_by: "ET and two digits at 4, with the suffix pte",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::executorch,
    read: None,
};

pub(super) const SAVED_MODEL: Format = Format {
    name: "tf-saved-model",
    suffixes: &["pb"],
    recognised_by: "schema version 1 at 0, with the name saved_model.pb",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::saved_model,
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
    suffixes: &[],
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
    suffixes: &["ubj"],
    recognised_by: "{L and the key learner at 0, or binf at 0",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::xgboost,
    read: None,
};
