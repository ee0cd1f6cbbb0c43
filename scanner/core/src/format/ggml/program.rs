//! The numbers that come first, in the order of the program that wrote them.

use super::problem::GgmlProblem;
use super::{Result, limits};
use crate::anomalies::Fault;
use crate::reader::Reader;

/// What the numbers say.
pub(super) struct Model {
    /// Whose they are.
    pub(super) program: &'static str,
    /// `ftype`.
    pub(super) file_type: u32,
    pub(super) context_length: Option<u64>,
    /// Sizes by the names that `CycloneDX` gives them.
    pub(super) sizes: Vec<(String, u64)>,
}

/// A program's order of numbers. Both hold the mel filters next, whose first number repeats one of
/// the model's.
struct Order {
    program: &'static str,
    /// How many numbers come before the filters.
    count: usize,
    /// Index of the number of mel bands.
    bands: usize,
    /// Index of `ftype`.
    file_type: usize,
    /// Index of the number of positions of text, where there are such.
    context_length: Option<usize>,
    /// Bins of the filters: a number, or half of the window's size at an index and one.
    bins: Bins,
    /// Index of the number of durations that follow a window, where there are such.
    durations: Option<usize>,
    sizes: &'static [(usize, &'static str)],
}

#[derive(Clone, Copy)]
enum Bins {
    Of(u32),
    OfWindow(usize),
}

const ENCODER: &[(usize, &str)] = &[
    (0, "vocab_size"),
    (2, "hidden_size"),
    (3, "num_attention_heads"),
    (4, "num_hidden_layers"),
];

const ORDERS: &[Order] = &[
    // n_vocab, n_audio_ctx, n_audio_state, n_audio_head, n_audio_layer, n_text_ctx, n_text_state,
    // n_text_head, n_text_layer, n_mels, ftype.
    Order {
        program: "whisper",
        count: 11,
        bands: 9,
        file_type: 10,
        context_length: Some(5),
        bins: Bins::Of(201),
        durations: None,
        sizes: ENCODER,
    },
    // n_vocab, n_audio_ctx, n_audio_state, n_audio_head, n_audio_layer, n_mels, ftype, n_fft,
    // subsampling_factor, n_subsampling_channels, n_conv_kernel, n_pred_dim, n_pred_layers,
    // n_tdt_durations, n_max_tokens.
    Order {
        program: "parakeet",
        count: 15,
        bands: 5,
        file_type: 6,
        context_length: None,
        bins: Bins::OfWindow(7),
        durations: Some(13),
        sizes: ENCODER,
    },
];

/// Numbers that tell the two apart: those of the longer, and the two of the filters.
const LOOKED_AT: usize = 17;

/// Reads the numbers, the filters and the vocabulary.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Model> {
    let mut numbers = Vec::with_capacity(LOOKED_AT);
    let start = reader.position();
    let mut ahead = Reader::new(reader.source());
    ahead.skip(start)?;
    while numbers.len() < LOOKED_AT && ahead.remaining() >= 4 {
        numbers.push(ahead.u32()?);
    }
    let at = |index: usize| numbers.get(index).copied().unwrap_or_default();
    let order = ORDERS
        .iter()
        .find(|order| order.fits(at))
        .ok_or_else(|| Fault::at(start, GgmlProblem::OtherProgram))?;
    let bytes = u64::try_from(order.count)
        .unwrap_or_default()
        .saturating_mul(4);
    reader.skip(bytes)?;
    order.skip_filters(reader, at)?;
    skip_vocabulary(reader).map_err(|fault| fault.within("vocabulary"))?;
    Ok(Model {
        program: order.program,
        file_type: at(order.file_type),
        context_length: order.context_length.map(|index| at(index).into()),
        sizes: order
            .sizes
            .iter()
            .map(|(index, name)| ((*name).to_owned(), at(*index).into()))
            .collect(),
    })
}

impl Order {
    fn fits(&self, at: impl Fn(usize) -> u32) -> bool {
        let bins = match self.bins {
            Bins::Of(bins) => bins,
            Bins::OfWindow(index) => (at(index) >> 1).saturating_add(1),
        };
        let behind = self.count.saturating_add(1);
        at(self.bands) > 0 && at(self.count) == at(self.bands) && at(behind) == bins
    }

    fn skip_filters(&self, reader: &mut Reader<'_>, at: impl Fn(usize) -> u32) -> Result<()> {
        let (bands, bins) = (reader.u32()?, reader.u32()?);
        skip_numbers(reader, u64::from(bands).saturating_mul(bins.into()))?;
        if let Some(index) = self.durations {
            let window = reader.u32()?;
            skip_numbers(reader, window.into())?;
            skip_numbers(reader, at(index).into())?;
        }
        Ok(())
    }
}

/// Skips numbers of four bytes.
fn skip_numbers(reader: &mut Reader<'_>, count: u64) -> Result<()> {
    Ok(reader.skip(count.saturating_mul(4))?)
}

fn skip_vocabulary(reader: &mut Reader<'_>) -> Result<()> {
    let offset = reader.position();
    let words = reader.u32()?;
    if words > limits::MAX_WORDS {
        return Err(Fault::at(offset, GgmlProblem::Words(words)));
    }
    for _ in 0..words {
        let length = reader.u32()?;
        reader.skip(length.into())?;
    }
    Ok(())
}
