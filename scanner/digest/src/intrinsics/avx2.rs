//! Eight lanes, with AVX2.

use std::arch::x86_64::{
    __m256i, _mm_cvtsi32_si128, _mm256_add_epi32, _mm256_and_si256, _mm256_or_si256,
    _mm256_permute2x128_si256, _mm256_set1_epi32, _mm256_setr_epi8, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_sll_epi32, _mm256_srli_epi32, _mm256_unpackhi_epi32,
    _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64, _mm256_xor_si256,
};
use std::mem;

use super::{rounds, transposed};
use crate::lane::{Block, State};
use crate::lanes::Compress;

const LANES: usize = 8;

/// Proof that the CPU has AVX2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

impl Compress<LANES> for Avx2 {
    fn compress(self, states: &mut [State; LANES], blocks: &[&[Block]; LANES]) {
        // SAFETY: `self` proves that the CPU has AVX2.
        unsafe { compress(states, blocks) }
    }
}

#[target_feature(enable = "avx2")]
fn compress(states: &mut [State; LANES], blocks: &[&[Block]; LANES]) {
    let mut state = transposed(states).map(|words| vector_of_words(words));
    let mut index = 0;
    while let Some(mut words) = message(blocks, index) {
        compress_block(&mut state, &mut words);
        index += 1;
    }
    *states = transposed(&state.map(|vector| words_of(vector)));
}

rounds::define_compress_block!("avx2", __m256i);

/// The 16 message words of the lanes' blocks at `index`; `None` once a lane has no more.
#[target_feature(enable = "avx2")]
fn message(blocks: &[&[Block]; LANES], index: usize) -> Option<[__m256i; 16]> {
    let mut first_halves = [[_mm256_setzero_si256(); 4]; 2];
    let mut second_halves = first_halves;
    let first = first_halves.as_flattened_mut().iter_mut();
    let second = second_halves.as_flattened_mut().iter_mut();
    for ((first, second), lane) in first.zip(second).zip(blocks) {
        let block = lane.get(index)?;
        *first = big_endian(*block.first_chunk()?);
        *second = big_endian(*block.last_chunk()?);
    }
    let [w0, w1, w2, w3, w4, w5, w6, w7] = columns(&first_halves);
    let [w8, w9, w10, w11, w12, w13, w14, w15] = columns(&second_halves);
    Some([
        w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15,
    ])
}

/// Transposes 8 x 8 words.
#[target_feature(enable = "avx2")]
fn columns([a, b]: &[[__m256i; 4]; 2]) -> [__m256i; 8] {
    let [a0, a1, a2, a3] = columns_by_half(a);
    let [b0, b1, b2, b3] = columns_by_half(b);
    [
        _mm256_permute2x128_si256::<0x20>(a0, b0),
        _mm256_permute2x128_si256::<0x20>(a1, b1),
        _mm256_permute2x128_si256::<0x20>(a2, b2),
        _mm256_permute2x128_si256::<0x20>(a3, b3),
        _mm256_permute2x128_si256::<0x31>(a0, b0),
        _mm256_permute2x128_si256::<0x31>(a1, b1),
        _mm256_permute2x128_si256::<0x31>(a2, b2),
        _mm256_permute2x128_si256::<0x31>(a3, b3),
    ]
}

/// Transposes 4 x 4 words within each 128 bits: of four rows, columns `i` and `4 + i` in one vector.
#[target_feature(enable = "avx2")]
fn columns_by_half(&[a, b, c, d]: &[__m256i; 4]) -> [__m256i; 4] {
    let (ab_low, ab_high) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    let (cd_low, cd_high) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(ab_low, cd_low),
        _mm256_unpackhi_epi64(ab_low, cd_low),
        _mm256_unpacklo_epi64(ab_high, cd_high),
        _mm256_unpackhi_epi64(ab_high, cd_high),
    ]
}

/// Eight words, each with its highest byte first.
#[target_feature(enable = "avx2")]
fn big_endian(bytes: [u8; 32]) -> __m256i {
    let swap = _mm256_setr_epi8(
        3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12, //
        3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12,
    );
    _mm256_shuffle_epi8(vector_of_bytes(bytes), swap)
}

#[target_feature(enable = "avx2")]
fn vector_of_bytes(bytes: [u8; 32]) -> __m256i {
    // SAFETY: both are 32 bytes, any of which make a vector.
    unsafe { mem::transmute(bytes) }
}

#[target_feature(enable = "avx2")]
fn vector_of_words(words: [u32; 8]) -> __m256i {
    // SAFETY: both are 32 bytes, any of which make a vector.
    unsafe { mem::transmute(words) }
}

#[target_feature(enable = "avx2")]
fn words_of(vector: __m256i) -> [u32; 8] {
    // SAFETY: both are 32 bytes, any of which make words.
    unsafe { mem::transmute(vector) }
}

#[target_feature(enable = "avx2")]
fn add(a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi32(a, b)
}

#[target_feature(enable = "avx2")]
fn splat(word: u32) -> __m256i {
    _mm256_set1_epi32(word.cast_signed())
}

#[target_feature(enable = "avx2")]
fn xor3(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    _mm256_xor_si256(_mm256_xor_si256(a, b), c)
}

/// Bits of `b` where `a` has ones, of `c` elsewhere.
#[target_feature(enable = "avx2")]
fn choose(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    _mm256_xor_si256(_mm256_and_si256(a, _mm256_xor_si256(b, c)), c)
}

/// Bits that at least two have.
#[target_feature(enable = "avx2")]
fn majority(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    _mm256_or_si256(
        _mm256_and_si256(a, b),
        _mm256_and_si256(c, _mm256_or_si256(a, b)),
    )
}

/// Each word turned right.
#[target_feature(enable = "avx2")]
fn rotate<const BITS: i32>(words: __m256i) -> __m256i {
    let right = _mm256_srli_epi32::<BITS>(words);
    let left = _mm256_sll_epi32(words, _mm_cvtsi32_si128(32 - BITS));
    _mm256_or_si256(right, left)
}

/// Each word moved right.
#[target_feature(enable = "avx2")]
fn shift<const BITS: i32>(words: __m256i) -> __m256i {
    _mm256_srli_epi32::<BITS>(words)
}
