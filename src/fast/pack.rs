//! Panels of a matrix product's right factor: a few columns of B, row after row without gaps, as [`tile`](super::tile) reads
//! them.
//!
//! Where the columns of B are runs of memory, squares of a register's side are transposed in registers: twice as fast as element
//! by element.
#![cfg(target_arch = "x86_64")]

use super::tile::Matrix;

/// Packing for one element type, in AVX2's registers of `L` elements: the first `width` columns of B go to the panel `to`, whose
/// rows have `whole` elements (one, two or four registers). What lies beyond `width` in a row of the panel is arbitrary.
macro_rules! packs {
    ($name:ident of $T:ident, $V:ident of $L:literal by $registers:ident, $zero:ident $low:ident $high:ident $cross:ident) => {
        pub(super) mod $name {
            use super::Matrix;
            use crate::fast::tile::$registers::{load, store};
            use std::arch::x86_64::*;

            /// Elements of a register.
            const L: usize = $L;

            #[target_feature(enable = "avx2,fma")]
            pub(in crate::fast) fn pack(b: Matrix<'_, $T>, width: usize, to: &mut [$T], whole: usize) {
                match (b.columns, b.rows) {
                    (1, _) if whole == L => rows::<L>(b, width, to),
                    (1, _) if whole == 2 * L => rows::<{ 2 * L }>(b, width, to),
                    (1, _) if whole == 4 * L => rows::<{ 4 * L }>(b, width, to),
                    (_, 1) if to.len() >= L * whole => columns(b, width, to, whole),
                    _ => elements(b, 0..width, to, whole),
                }
            }

            /// The rows of B are runs of memory: what follows in it may come along.
            #[target_feature(enable = "avx2,fma")]
            fn rows<const W: usize>(b: Matrix<'_, $T>, width: usize, to: &mut [$T]) {
                for (q, to) in to.as_chunks_mut::<W>().0.iter_mut().enumerate() {
                    let row = &b.data[q * b.rows..];
                    match row.first_chunk() {
                        Some(row) => *to = *row,
                        None => to[..width].copy_from_slice(&row[..width]),
                    }
                }
            }

            /// The columns of B are runs of memory, of a register's elements at least; the last square overlaps the last
            /// but one.
            #[target_feature(enable = "avx2,fma")]
            fn columns(b: Matrix<'_, $T>, width: usize, to: &mut [$T], whole: usize) {
                let k = to.len() / whole;
                let squares = width / L * L;
                for j in (0..squares).step_by(L) {
                    let columns: [&[$T]; L] = std::array::from_fn(|c| &b.data[(j + c) * b.columns..][..k]);
                    for q in (0..k).step_by(L) {
                        let q = q.min(k - L);
                        let mut square = [$zero(); L];
                        for c in 0..L {
                            square[c] = load(columns[c][q..].first_chunk().expect("k is at least L"));
                        }
                        let square = transpose(square);
                        for r in 0..L {
                            let row = &mut to[(q + r) * whole + j..];
                            store(
                                row.first_chunk_mut().expect("a row is whole registers"),
                                square[r],
                            );
                        }
                    }
                }
                elements(b, squares..width, to, whole);
            }

            /// One round after the other brings row i and row i + L/2 together, element by element, as rows 2i and 2i + 1.
            #[inline]
            #[target_feature(enable = "avx2,fma")]
            fn transpose(mut square: [$V; L]) -> [$V; L] {
                for _ in 0..L.ilog2() {
                    let half = square;
                    for i in 0..L / 2 {
                        let (low, high) = (
                            $low(half[i], half[i + L / 2]),
                            $high(half[i], half[i + L / 2]),
                        );
                        square[2 * i] = $cross::<0x20>(low, high);
                        square[2 * i + 1] = $cross::<0x31>(low, high);
                    }
                }
                square
            }

            fn elements(b: Matrix<'_, $T>, columns: std::ops::Range<usize>, to: &mut [$T], whole: usize) {
                for (q, to) in to.chunks_exact_mut(whole).enumerate() {
                    for j in columns.clone() {
                        to[j] = b.data[q * b.rows + j * b.columns];
                    }
                }
            }
        }
    };
}
packs!(pack32 of f32, __m256 of 8 by narrow32,
    _mm256_setzero_ps _mm256_unpacklo_ps _mm256_unpackhi_ps _mm256_permute2f128_ps);
packs!(pack64 of f64, __m256d of 4 by narrow64,
    _mm256_setzero_pd _mm256_unpacklo_pd _mm256_unpackhi_pd _mm256_permute2f128_pd);
