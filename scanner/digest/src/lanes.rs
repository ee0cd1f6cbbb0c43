//! Streams side by side: each lane works through one stream, and takes the next when that ends.

use std::array;
use std::io::{self, Read};
use std::iter::Enumerate;
use std::vec;

use crate::Digested;
use crate::alone::Alone;
use crate::lane::{Block, INITIAL_STATE, Lane, State};
use crate::reading::Cancellation;

/// SHA-256's compression of several streams at once.
pub(crate) trait Compress<const LANES: usize>: Copy {
    /// Compresses each lane's blocks into its state, as many as the lane with the fewest has.
    fn compress(self, states: &mut [State; LANES], blocks: &[&[Block]; LANES]);
}

pub(crate) fn digest_all<const LANES: usize, R: Read>(
    compressor: impl Compress<LANES>,
    alone: Alone,
    streams: Vec<R>,
    cancellation: &Cancellation<'_>,
) -> Vec<io::Result<Digested>> {
    let mut work = Work::new(streams, cancellation);
    let mut states = [INITIAL_STATE; LANES];
    let mut lanes: [Lane<R>; LANES] = array::from_fn(|_| Lane::idle());
    loop {
        for (lane, state) in lanes.iter_mut().zip(&mut states) {
            work.supply(lane, state);
        }
        let busy = lanes.iter().filter(|lane| !lane.blocks().is_empty());
        if busy.count() < alone.fewest_lanes() {
            break;
        }
        compress_together(compressor, &mut lanes, &mut states);
    }
    for (lane, state) in lanes.iter_mut().zip(&mut states) {
        while let blocks @ [_, ..] = lane.blocks() {
            let count = blocks.len();
            alone.compress(state, blocks);
            lane.consume(count);
            work.supply(lane, state);
        }
    }
    work.results
}

/// Compresses as many blocks of every busy lane as the one with the fewest has.
fn compress_together<const LANES: usize, R: Read>(
    compressor: impl Compress<LANES>,
    lanes: &mut [Lane<R>; LANES],
    states: &mut [State; LANES],
) {
    // An idle lane compresses what another one does; nobody reads its state.
    let stand_in = lanes
        .iter()
        .map(Lane::blocks)
        .max_by_key(|blocks| blocks.len());
    let blocks = lanes.each_ref().map(|lane| match lane.blocks() {
        [] => stand_in.unwrap_or_default(),
        blocks => blocks,
    });
    let fewest = blocks.iter().map(|blocks| blocks.len()).min();
    compressor.compress(states, &blocks);
    for lane in lanes {
        lane.consume(fewest.unwrap_or_default());
    }
}

/// The streams that wait for a lane, and the results of those that had one.
struct Work<'work, 'asked, R> {
    queue: Enumerate<vec::IntoIter<R>>,
    results: Vec<io::Result<Digested>>,
    cancellation: &'work Cancellation<'asked>,
}

impl<'work, 'asked, R: Read> Work<'work, 'asked, R> {
    fn new(streams: Vec<R>, cancellation: &'work Cancellation<'asked>) -> Self {
        Self {
            results: streams
                .iter()
                .map(|_| Err(io::ErrorKind::Interrupted.into()))
                .collect(),
            queue: streams.into_iter().enumerate(),
            cancellation,
        }
    }

    /// Sees to it that the lane has blocks, with a new stream where its own has ended; leaves it
    /// idle once no stream waits.
    fn supply(&mut self, lane: &mut Lane<R>, state: &mut State) {
        while lane.blocks().is_empty() {
            let Some(index) = lane.index() else {
                let Some((index, stream)) = self.queue.next() else {
                    return;
                };
                lane.begin(index, stream);
                *state = INITIAL_STATE;
                continue;
            };
            let result = match lane.read_on(self.cancellation) {
                Ok(true) => continue,
                Ok(false) => Ok(Digested {
                    sha256: digest_of(state),
                    bytes: lane.bytes(),
                }),
                Err(error) => Err(error),
            };
            lane.end();
            if let Some(slot) = self.results.get_mut(index) {
                *slot = result;
            }
        }
    }
}

/// The state as bytes, each word with its highest byte first.
fn digest_of(state: &State) -> [u8; 32] {
    let mut digest = [0; 32];
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    digest
}
