//! Small compressed files, as the tools write them.

use lbom_scanner::archive::compressed::Compression;

/// `model ` twenty times, as the tools write it: `gzip -n`, Python's `zlib`, joblib 0.9, `bzip2`,
/// `xz`, `lzma`, `zstd` and `lz4`.
pub(crate) const FILES: &[(Compression, &str)] = &[
    (
        Compression::Gzip,
        "1f8b0800000000000003cbcd4f49cd51c8a53b0900989839cd78000000",
    ),
    (Compression::Zlib, "789ccbcd4f49cd51c8a53b09006c022bd5"),
    (
        Compression::ZFile,
        "5a4630783738202020202020202020202020202020789ccbcd4f49cd51c8a53b09006c022bd5",
    ),
    (
        Compression::Bzip2,
        "425a6839314159265359e03b038e000031910040000606a00030c002950c9e2693c4c261349f177245385090\
         e03b038e",
    ),
    (
        Compression::Xz,
        "fd377a585a000004e6d6b4460200210116000000742fe5a3e00077000d5d00369bc8b05717728605fc100000\
         000000001b9b185369074ed800012978ced31e3a1fb6f37d010000000004595a",
    ),
    (
        Compression::Lzma,
        "5d00008000ffffffffffffffff00369bc8b057177286067fb64bffffc21b0000",
    ),
    (
        Compression::Zstd,
        "28b52ffd24786d0000306d6f64656c2001002f692902cf9b7c27",
    ),
    (
        Compression::Lz4,
        "04224d186440a7100000006f6d6f64656c2006005a506f64656c2000000000987b12fb",
    ),
];

/// The bytes of hexadecimal digits.
pub(crate) fn bytes(hex: &str) -> Result<Vec<u8>, std::num::ParseIntError> {
    let digits: Vec<char> = hex.chars().collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16))
        .collect()
}
