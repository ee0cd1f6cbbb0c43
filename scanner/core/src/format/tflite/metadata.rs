//! Metadata: named buffers, one of which may hold a model card.
//!
//! Source: `metadata_schema.fbs` of `tflite-support`, `table ModelMetadata`.

use super::buffers::Data;
use super::{MAX_ITEMS, Result, check_index, fields, text};
use crate::anomalies::Anomalies;
use crate::destinations::Destinations;
use crate::flatbuffer::{Flatbuffer, Table};
use crate::record::Facts;

/// Fields of `Metadata`.
const NAME: usize = 0;
const BUFFER: usize = 1;

/// The entry that holds a model card, a flatbuffer of its own.
const MODEL_CARD: &str = "TFLITE_METADATA";

/// Texts of `ModelMetadata`.
const CARD_TEXTS: [(usize, &str); 4] = [
    (0, "TFLITE_METADATA: name"),
    (1, "TFLITE_METADATA: description"),
    (4, "TFLITE_METADATA: author"),
    (CARD_LICENSE, CARD_LICENSE_SOURCE),
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
        if let (MODEL_CARD, Some(data)) = (name.as_str(), data) {
            read_card(buffer, *data, facts, destinations, anomalies)
                .map_err(|fault| fault.within(MODEL_CARD))?;
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
    let mut card = Flatbuffer::new(buffer.reader(), data.at, data.size);
    let root = card.root()?;
    for (field, source) in CARD_TEXTS {
        let Some((bytes, at)) = card.string(&root, field)? else {
            continue;
        };
        destinations.scan(source, &bytes, Some(at), anomalies);
        if field == CARD_LICENSE && !bytes.is_empty() && bytes.len() <= MAX_LICENSE {
            facts.license = Some(crate::anomalies::escape(&bytes));
            facts.license_source = Some(source.to_owned());
        }
    }
    Ok(())
}
