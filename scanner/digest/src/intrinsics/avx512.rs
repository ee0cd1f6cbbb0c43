//! Sixteen lanes, with AVX-512F.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_rol_epi32, _mm512_ror_epi32, _mm512_set1_epi32,
    _mm512_setzero_si512, _mm512_shuffle_i32x4, _mm512_srli_epi32, _mm512_ternarylogic_epi32,
    _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
};
use std::mem;

use super::{rounds, transposed};
use crate::lane::{Block, State};
use crate::lanes::Compress;

const LANES: usize = 16;

/// Proof that the CPU has AVX-512F.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx512(());

impl Avx512 {
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx512f").then_some(Self(()))
    }
}

impl Compress<LANES> for Avx512 {
    fn compress(self, states: &mut [State; LANES], blocks: &[&[Block]; LANES]) {
        // SAFETY: `self` proves that the CPU has AVX-512F.
        unsafe { compress(states, blocks) }
    }
}

#[target_feature(enable = "avx512f")]
fn compress(states: &mut [State; LANES], blocks: &[&[Block]; LANES]) {
    let mut state = transposed(states).map(|words| vector_of_words(words));
    let mut index = 0;
    while let Some(mut words) = message(blocks, index) {
        compress_block(&mut state, &mut words);
        index += 1;
    }
    *states = transposed(&state.map(|vector| words_of(vector)));
}

rounds::define_compress_block!("avx512f", __m512i);

/// The 16 message words of the lanes' blocks at `index`; `None` once a lane has no more.
#[target_feature(enable = "avx512f")]
fn message(blocks: &[&[Block]; LANES], index: usize) -> Option<[__m512i; 16]> {
    let mut rows = [[_mm512_setzero_si512(); 4]; 4];
    for (row, lane) in rows.as_flattened_mut().iter_mut().zip(blocks) {
        *row = big_endian(*lane.get(index)?);
    }
    Some(columns(&rows))
}

/// Transposes 16 x 16 words.
#[target_feature(enable = "avx512f")]
fn columns(rows: &[[__m512i; 4]; 4]) -> [__m512i; 16] {
    let [a, b, c, d] = rows;
    let [a0, a1, a2, a3] = columns_by_quarter(a);
    let [b0, b1, b2, b3] = columns_by_quarter(b);
    let [c0, c1, c2, c3] = columns_by_quarter(c);
    let [d0, d1, d2, d3] = columns_by_quarter(d);
    let [w0, w4, w8, w12] = quarters([a0, b0, c0, d0]);
    let [w1, w5, w9, w13] = quarters([a1, b1, c1, d1]);
    let [w2, w6, w10, w14] = quarters([a2, b2, c2, d2]);
    let [w3, w7, w11, w15] = quarters([a3, b3, c3, d3]);
    [
        w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15,
    ]
}

/// Transposes 4 x 4 words within each 128 bits: of four rows, columns `i`, `4 + i`, `8 + i` and
/// `12 + i` in one vector.
#[target_feature(enable = "avx512f")]
fn columns_by_quarter(&[a, b, c, d]: &[__m512i; 4]) -> [__m512i; 4] {
    let (ab_low, ab_high) = (_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    let (cd_low, cd_high) = (_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    [
        _mm512_unpacklo_epi64(ab_low, cd_low),
        _mm512_unpackhi_epi64(ab_low, cd_low),
        _mm512_unpacklo_epi64(ab_high, cd_high),
        _mm512_unpackhi_epi64(ab_high, cd_high),
    ]
}

/// Transposes 4 x 4 times 128 bits.
#[target_feature(enable = "avx512f")]
fn quarters([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    let ab_low = _mm512_shuffle_i32x4::<0b01_00_01_00>(a, b);
    let cd_low = _mm512_shuffle_i32x4::<0b01_00_01_00>(c, d);
    let ab_high = _mm512_shuffle_i32x4::<0b11_10_11_10>(a, b);
    let cd_high = _mm512_shuffle_i32x4::<0b11_10_11_10>(c, d);
    [
        _mm512_shuffle_i32x4::<0b10_00_10_00>(ab_low, cd_low),
        _mm512_shuffle_i32x4::<0b11_01_11_01>(ab_low, cd_low),
        _mm512_shuffle_i32x4::<0b10_00_10_00>(ab_high, cd_high),
        _mm512_shuffle_i32x4::<0b11_01_11_01>(ab_high, cd_high),
    ]
}

/// Sixteen words, each with its highest byte first. AVX-512F alone has no shuffle of bytes.
#[target_feature(enable = "avx512f")]
fn big_endian(bytes: [u8; 64]) -> __m512i {
    let words = vector_of_bytes(bytes);
    let odd_bytes = splat(0xff00_ff00);
    choose(
        odd_bytes,
        _mm512_ror_epi32::<8>(words),
        _mm512_rol_epi32::<8>(words),
    )
}

#[target_feature(enable = "avx512f")]
fn vector_of_bytes(bytes: [u8; 64]) -> __m512i {
    // SAFETY: both are 64 bytes, any of which make a vector.
    unsafe { mem::transmute(bytes) }
}

#[target_feature(enable = "avx512f")]
fn vector_of_words(words: [u32; 16]) -> __m512i {
    // SAFETY: both are 64 bytes, any of which make a vector.
    unsafe { mem::transmute(words) }
}

#[target_feature(enable = "avx512f")]
fn words_of(vector: __m512i) -> [u32; 16] {
    // SAFETY: both are 64 bytes, any of which make words.
    unsafe { mem::transmute(vector) }
}

#[target_feature(enable = "avx512f")]
fn add(a: __m512i, b: __m512i) -> __m512i {
    _mm512_add_epi32(a, b)
}

#[target_feature(enable = "avx512f")]
fn splat(word: u32) -> __m512i {
    _mm512_set1_epi32(word.cast_signed())
}

// The constants of the three below are truth tables: bit 4a + 2b + c is the answer for those bits.

#[target_feature(enable = "avx512f")]
fn xor3(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0b1001_0110>(a, b, c)
}

/// Bits of `b` where `a` has ones, of `c` elsewhere.
#[target_feature(enable = "avx512f")]
fn choose(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0b1100_1010>(a, b, c)
}

/// Bits that at least two have.
#[target_feature(enable = "avx512f")]
fn majority(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0b1110_1000>(a, b, c)
}

/// Each word turned right.
#[target_feature(enable = "avx512f")]
fn rotate<const BITS: i32>(words: __m512i) -> __m512i {
    _mm512_ror_epi32::<BITS>(words)
}

/// Each word moved right.
#[target_feature(enable = "avx512f")]
fn shift<const BITS: u32>(words: __m512i) -> __m512i {
    _mm512_srli_epi32::<BITS>(words)
}
