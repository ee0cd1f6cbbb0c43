//! What compresses a stream alone, where too few are left for lanes.

use std::array;

use sha2::block_api::compress256;

use crate::intrinsics::Bmi2;
use crate::lane::{Block, State};
use crate::lanes::Compress;

/// The fastest way this CPU has for one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alone {
    /// The CPU's SHA instructions, as `sha2` uses them.
    ShaInstructions,
    /// Plain rotations.
    Rotations(Bmi2),
}

impl Alone {
    /// Busy lanes from which on lanes are faster than this, on the machines that it was measured
    /// on with `examples/throughput.rs`: two lanes come out even with rotations, and nine or ten of
    /// AVX-512's sixteen with SHA instructions.
    pub(crate) fn fewest_lanes(self) -> usize {
        match self {
            Self::ShaInstructions => 10,
            Self::Rotations(_) => 3,
        }
    }

    pub(crate) fn compress(self, state: &mut State, blocks: &[Block]) {
        match self {
            Self::ShaInstructions => compress256(state, blocks),
            Self::Rotations(bmi2) => bmi2.compress(array::from_mut(state), &[blocks]),
        }
    }
}
