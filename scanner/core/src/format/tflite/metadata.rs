//! Metadata: named buffers, one of which may hold a model card.
//!
//! Source: `metadata_schema.fbs` of `tflite-support`, `table ModelMetadata`.

use super::buffers::Data;
use super::{MAX_ITEMS, Result, check_index, fields, text};
use crate::anomalies::{Anomalies, escape};
use crate::destinations::Destinations;
use crate::flatbuffer::{Flatbuffer, Table};
use crate::reader::widen;
use crate::record::{Facts, Property};

/// Fields of `Metadata`.
const NAME: usize = 0;
const BUFFER: usize = 1;

/// The entry that holds a model card, a flatbuffer of its own.
const MODEL_CARD: &str = "TFLITE_METADATA";

/// The entry that holds the oldest version of the runtime, as text: `metadata_util.cc`.
const MINIMUM_RUNTIME: &str = "min_runtime_version";

/// Bytes of a version, filled with zeros: `kMinRuntimeVersionSize` is 16.
const MAX_VERSION: usize = 64;

/// The entry that holds how the model was converted, a flatbuffer of its own:
/// `conversion_metadata.fbs`, `table ConversionMetadata`; its environment's first field is the
/// version of TensorFlow.
const CONVERSION: &str = "CONVERSION_METADATA";
const ENVIRONMENT: usize = 0;
const TENSORFLOW_VERSION: usize = 0;

/// Texts of `ModelMetadata`, and what each says of the model.
const CARD_TEXTS: [(usize, &str, Option<Property>); 5] = [
    (0, "TFLITE_METADATA: name", Some(Property::Name)),
    (
        1,
        "TFLITE_METADATA: description",
        Some(Property::Description),
    ),
    (2, "TFLITE_METADATA: version", Some(Property::Version)),
    (4, "TFLITE_METADATA: author", Some(Property::Author)),
    (CARD_LICENSE, CARD_LICENSE_SOURCE, None),
];
const CARD_LICENSE: usize = 5;
const CARD_LICENSE_SOURCE: &str = "TFLITE_METADATA: license";

/// Bytes of a licence that is kept as a fact: a name or an address, not the text itself.
const MAX_LICENSE: usize = 4096;

/// Reads the names of all entries, and the card where there is one.
pub(super) fn read(
    buffer: &mut Flatbuffer<'_, '_>,
    model: &Table,
    buffers: &[Data],
    facts: &mut Facts,
    destinations: &mut Destinations,
    anomalies: &mut Anomalies,
) -> Result<()> {
    let old = buffer.numbers(
        model,
        fields::METADATA_BUFFER,
        "metadata buffers",
        MAX_ITEMS,
    )?;
    for index in old {
        check_index("buffer", model.at, index.into(), buffers.len())?;
    }
    let entries = buffer.tables(model, fields::METADATA, "metadata entries", MAX_ITEMS)?;
    for at in entries {
        let table = buffer.table(at)?;
        let name = text(buffer, &table, NAME, anomalies)?;
        let index = buffer.u32(&table, BUFFER, 0)?;
        check_index("buffer", at, index.into(), buffers.len())?;
        let data = usize::try_from(index)
            .ok()
            .and_then(|index| buffers.get(index));
        match (name.as_str(), data) {
            (MODEL_CARD, Some(data)) => {
                read_card(buffer, *data, facts, destinations, anomalies)
                    .map_err(|fault| fault.within(MODEL_CARD))?;
            }
            (MINIMUM_RUNTIME, Some(data)) => {
                let version = data_of(buffer, *data)?;
                // It is filled with zeros to 16 bytes.
                let version = version.split(|byte| *byte == 0).next().unwrap_or_default();
                facts.say_bytes(Property::MinimumRuntime, version);
            }
            (CONVERSION, Some(data)) => {
                if let Some(version) = converter(buffer, *data) {
                    facts.say_version(Property::Producer, "tensorflow", &version);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_card(
    buffer: &mut Flatbuffer<'_, '_>,
    data: Data,
    facts: &mut Facts,
    destinations: &mut Destinations,
    anomalies: &mut Anomalies,
) -> Result<()> {
    let mut card = buffer.inside(data.at, data.size);
    let root = card.root()?;
    for (field, source, property) in CARD_TEXTS {
        let Some((bytes, at)) = card.string(&root, field)? else {
            continue;
        };
        destinations.scan(source, &bytes, Some(at), anomalies);
        if let Some(property) = property {
            facts.say_bytes(property, &bytes);
        }
        if field == CARD_LICENSE && !bytes.is_empty() && bytes.len() <= MAX_LICENSE {
            facts.license = Some(escape(&bytes));
            facts.license_source = Some(source.to_owned());
        }
    }
    Ok(())
}

/// The first bytes of a buffer.
fn data_of(buffer: &mut Flatbuffer<'_, '_>, data: Data) -> Result<Vec<u8>> {
    let reader = buffer.reader();
    reader.seek(data.at)?;
    let length = data.size.min(widen(MAX_VERSION));
    Ok(reader.bytes(length, MAX_VERSION)?.unwrap_or_default())
}

/// The version of TensorFlow that converted the model. The runtime does not look at this: what is
/// broken in it is nothing that was said.
fn converter(buffer: &mut Flatbuffer<'_, '_>, data: Data) -> Option<String> {
    let mut conversion = buffer.inside(data.at, data.size);
    let root = conversion.root().ok()?;
    let environment = conversion.child(&root, ENVIRONMENT).ok()??;
    let (version, _) = conversion.string(&environment, TENSORFLOW_VERSION).ok()??;
    Some(escape(&version))
}
