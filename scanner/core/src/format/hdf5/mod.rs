//! HDF5, superblocks 0 to 3: the container of Keras weights and of whole models of its past.
//!
//! The tree of groups is walked by the headers of its objects; data are never read. A model of
//! Keras keeps its configuration in an attribute of the root group, and loading it may run code
//! that stands there. What hides in a fractal heap is said not to be examined.
//! Source: HDF5 File Format Specification 3.0, <https://support.hdfgroup.org/documentation/hdf5/latest/_s_p_e_c.html>.

mod attribute;
mod datatype;
mod file;
mod group;
mod object;
mod problem;
mod walk;

pub use problem::Hdf5Problem;

pub(super) use file::{goes_on, is_place, starts};
pub(super) use walk::{Contents, contents};

use crate::anomalies::{Anomalies, Fault, escape};
use crate::destinations::Destinations;
use crate::format::{Format, Header, keras, signatures};
use crate::reader::Reader;
use crate::record::{Loading, Property};

/// The name of the format.
pub(super) const NAME: &str = "hdf5";

/// Objects and links of a file. The largest Keras models have some thousand datasets.
const MAX_OBJECTS: usize = 65_536;

/// Messages of one object: as many as a header of version 1 can count.
const MAX_MESSAGES: usize = 65_535;

/// Messages of all objects: 16 for each of the most.
const MAX_ALL_MESSAGES: usize = 1_048_576;

/// Groups inside groups. Keras nests its layers as deep as people nest their models.
const MAX_DEPTH: usize = 64;

/// Bytes of a text that is held in memory, such as the configuration of a model.
const MAX_TEXT: usize = keras::MAX_CONFIG;

/// Bytes of all paths that are kept: 256 for each object.
const MAX_PATH_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of a version that are told.
const MAX_VERSION: usize = 64;

/// How it is known and what is read of it.
pub(super) const FORMAT: Format = Format {
    name: NAME,
    suffixes: &["h5", "hdf5", "hdf"],
    recognised_by: "\\x89HDF\\r\\n\\x1a\\n at 0, or at 512 times a power of two",
    loading: Loading::Data,
    facts: "every dataset; links and data outside the file; a Keras model's configuration, its version of Keras, classes of its layers counted and what they import",
    quantization: "each dataset's type, integers of Keras layers beside their scales",
    limits: "links and attributes in fractal heaps; 65536 objects; checksums",
    recognises: signatures::hdf5,
    read: Some(read),
};

type Result<T> = std::result::Result<T, Fault<Hdf5Problem>>;

/// Reads everything but the data.
#[must_use]
pub fn read(reader: &mut Reader<'_>) -> Header {
    let mut header = Header::default();
    let mut anomalies = Anomalies::default();
    let mut destinations = Destinations::default();
    let contents = contents(reader, &mut anomalies);
    header.version.clone_from(&contents.version);
    for (key, text) in &contents.texts {
        destinations.scan(key, &text.bytes, Some(text.at), &mut anomalies);
    }
    let config = contents.text("model_config").map(|text| {
        keras::Config::read(
            &text.bytes,
            "model_config",
            &mut destinations,
            &mut anomalies,
        )
    });
    let training = contents.text("training_config").map(|text| {
        keras::Config::read(
            &text.bytes,
            "training_config",
            &mut destinations,
            &mut anomalies,
        )
    });
    if let Some(config) = config {
        config.describe(&mut header, &contents.tensors);
    }
    if let Some(version) = contents.text("keras_version") {
        let version = escape(version.bytes.get(..MAX_VERSION).unwrap_or(&version.bytes));
        let facts = &mut header.facts;
        facts.say_version(Property::Producer, "keras", &version);
        if let Some(backend) = contents.text("backend") {
            facts.say_bytes(Property::Framework, &backend.bytes);
        }
    }
    if training.is_some_and(|config| config.is_executable()) {
        header.facts.loading = Some(Loading::Code);
    }
    header.facts.parameters = contents.parameters;
    header.tensors = contents.tensors;
    header.facts.destinations = destinations.into_vec();
    header.facts.anomalies = anomalies.into_vec();
    header
}
