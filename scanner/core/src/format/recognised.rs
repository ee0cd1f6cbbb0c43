//! Formats that are recognised and not read: a file of one is named, sized and fingerprinted, and
//! reported as not examined.

use super::{Format, signatures};
use crate::record::Loading;

pub(super) const LLAMAFILE: Format = Format {
    name: "llamafile",
    suffixes: &["llamafile"],
    recognised_by: "MZqFpD at 0",
    loading: Loading::Code,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::llamafile,
    read: None,
};

pub(super) const GGML: Format = Format {
    name: "ggml",
    suffixes: &["ggml"],
    recognised_by: "lmgg, fmgg, tjgg or algg at 0",
    loading: Loading::Data,
    facts: "",
    quantization: "",
    limits: "",
    recognises: signatures::ggml,
    read: None,
};

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
