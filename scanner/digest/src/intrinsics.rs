//! SHA-256's compression function, FIPS 180-4 sections 4.1.2 and 6.2.2, in vector lanes: word `i` of
//! every stream's state, message and schedule shares one vector.
//!
//! Each width is a file with its operations; the rounds are written once, as a macro, because a
//! generic function cannot carry the CPU feature of its instance. The compiler ends each vector
//! function with `vzeroupper`, without which SHA instructions that follow run slower by a quarter.

mod avx2;
mod avx512;
mod bmi2;
mod rounds;

pub(crate) use avx2::Avx2;
pub(crate) use avx512::Avx512;
pub(crate) use bmi2::Bmi2;

/// Rows as columns: from each lane's words to each word's lanes, and back.
fn transposed<const ROWS: usize, const COLUMNS: usize>(
    rows: &[[u32; COLUMNS]; ROWS],
) -> [[u32; ROWS]; COLUMNS] {
    let mut columns = [[0; ROWS]; COLUMNS];
    for (at, row) in rows.iter().enumerate() {
        for (column, word) in columns.iter_mut().zip(row) {
            if let Some(place) = column.get_mut(at) {
                *place = *word;
            }
        }
    }
    columns
}
