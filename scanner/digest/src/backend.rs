//! The ways to compute SHA-256, and which of them this CPU is best at.

use std::io::{self, Read};

use crate::reading::Cancellation;
use crate::{Digested, one_by_one};
#[cfg(target_arch = "x86_64")]
use crate::{
    alone::Alone,
    intrinsics::{Avx2, Avx512, Bmi2},
    lanes,
};

/// A way to digest streams that this CPU can go; there is no value of one that it cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backend(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    OneByOne,
    #[cfg(target_arch = "x86_64")]
    Eight(Avx2, Alone),
    #[cfg(target_arch = "x86_64")]
    Sixteen(Avx512, Alone),
}

impl Backend {
    /// The `sha2` crate, one stream after the other: what every other back end must equal.
    pub const ONE_BY_ONE: Self = Self(Kind::OneByOne);

    /// The back end with the highest throughput for many streams on this CPU.
    ///
    /// With SHA instructions one stream is as fast as eight lanes, but not as sixteen.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if has_sha_instructions() {
            let sixteen =
                Avx512::detect().map(|avx512| Kind::Sixteen(avx512, Alone::ShaInstructions));
            return sixteen.map_or(Self::ONE_BY_ONE, Self);
        }
        Self::available().last().unwrap_or(Self::ONE_BY_ONE)
    }

    /// Every back end that this CPU can run, fewest lanes first. None makes use of SHA instructions
    /// but the reference.
    pub fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let lanes = {
            let alone = Bmi2::detect().map(Alone::Rotations);
            let eight = Avx2::detect()
                .zip(alone)
                .map(|(avx2, alone)| Kind::Eight(avx2, alone));
            let sixteen = Avx512::detect()
                .zip(alone)
                .map(|(avx512, alone)| Kind::Sixteen(avx512, alone));
            eight.into_iter().chain(sixteen).map(Self)
        };
        #[cfg(not(target_arch = "x86_64"))]
        let lanes = std::iter::empty();
        std::iter::once(Self::ONE_BY_ONE).chain(lanes)
    }

    /// A short name for tables and test messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::OneByOne => "one-by-one",
            #[cfg(target_arch = "x86_64")]
            Kind::Eight(..) => "avx2-x8",
            #[cfg(target_arch = "x86_64")]
            Kind::Sixteen(..) => "avx512-x16",
        }
    }

    /// Number of streams side by side: how many to hand over at once to keep every lane busy.
    #[must_use]
    pub fn lanes(self) -> usize {
        match self.0 {
            Kind::OneByOne => 1,
            #[cfg(target_arch = "x86_64")]
            Kind::Eight(..) => 8,
            #[cfg(target_arch = "x86_64")]
            Kind::Sixteen(..) => 16,
        }
    }

    pub(crate) fn digest_all<R: Read>(
        self,
        streams: Vec<R>,
        cancellation: &Cancellation<'_>,
    ) -> Vec<io::Result<Digested>> {
        match self.0 {
            Kind::OneByOne => one_by_one::digest_all(streams, cancellation),
            #[cfg(target_arch = "x86_64")]
            Kind::Eight(avx2, alone) => lanes::digest_all(avx2, alone, streams, cancellation),
            #[cfg(target_arch = "x86_64")]
            Kind::Sixteen(avx512, alone) => lanes::digest_all(avx512, alone, streams, cancellation),
        }
    }
}

/// Whether `sha2` finds the CPU instructions that it needs to be fast.
#[cfg(target_arch = "x86_64")]
fn has_sha_instructions() -> bool {
    is_x86_feature_detected!("sha") && is_x86_feature_detected!("sse4.1")
}
