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
