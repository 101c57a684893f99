//! The inner loops of the matrix product on x86-64, in vector registers: compiled twice, for processors with AVX-512 and
//! with AVX2, and chosen when the program runs. Where there is neither, or on other processors, ndarray's product does it.
//!
//! A *tile* of the result, up to 8 rows of two registers, is summed in registers over up to [`DEPTH`] inner places. Per
//! place a tile loads two registers of B and broadcasts one element for each row of A, so that A is read where it lies,
//! by rows or by columns, and never copied. Where A's rows and B's columns are the runs of memory and A has few rows, a
//! tile of dot products reads both where they lie.
//!
//! Besides [`run`](super::run) this is the one place with `unsafe` code: loads and stores of a register, each from or to an array of its size, and
//! the call of what was compiled for a processor that has been asked whether it is one. Explicit instructions stand here
//! because the loops over arrays, which the compiler could vectorise, came out 40 times slower for tiles of 8 rows
//! (`docs/performance.md`).
#![allow(unsafe_code, reason = "see above")]

/// The most inner places of which a tile is the sum: where they are more, the result is read and written once more. B's panel
/// of two registers and so many rows takes an eighth of a second-level cache, and is read in order.
pub(crate) const DEPTH: usize = 1024;

/// A matrix as it lies in memory: element (i, j) is `data[i·rows + j·columns]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

impl<T> Matrix<'_, T> {
    /// The matrix from element (i, j) on.
    pub(crate) fn from(self, i: usize, j: usize) -> Self {
        let data = &self.data[i * self.rows + j * self.columns..];
        Self { data, ..self }
    }

    pub(crate) fn transposed(self) -> Self {
        let (rows, columns) = (self.columns, self.rows);
        Self {
            rows,
            columns,
            ..self
        }
    }
}

/// One call of an inner loop: m rows of A, k inner places, and as many columns of B as `width` says.
#[derive(Debug)]
pub(crate) struct Panel<'a, T> {
    pub(crate) a: Matrix<'a, T>,
    /// For tiles by rows, a stride of at least the tile's width apart; for dot products by columns.
    pub(crate) b: &'a [T],
    pub(crate) stride: usize,
    pub(crate) m: usize,
    pub(crate) k: usize,
    pub(crate) width: usize,
    /// The distance of the result's rows.
    pub(crate) row: usize,
    /// Whether the result is added to what is there.
    pub(crate) add: bool,
}

type Loop<T> = unsafe fn(&Panel<'_, T>, &mut [T]);
type Pack<T> = unsafe fn(Matrix<'_, T>, usize, &mut [T], usize);

/// The inner loops for the processor at hand.
#[derive(Debug, Clone, Copy)]
pub struct Tiles<T: 'static> {
    lanes: usize,
    product: Loop<T>,
    dots: Loop<T>,
    pack: Pack<T>,
}

impl<T> Tiles<T> {
    /// Elements of a register. A tile is one or two registers wide.
    pub(crate) fn lanes(&self) -> usize {
        self.lanes
    }

    /// The columns of the whole registers that hold `n`.
    pub(crate) fn whole(&self, n: usize) -> usize {
        n.next_multiple_of(self.lanes)
    }

    /// Copies the first `width` columns of B to a panel whose rows have `whole` elements, one or two registers; what lies
    /// beyond `width` is arbitrary.
    pub(crate) fn pack(&self, b: Matrix<'_, T>, width: usize, to: &mut [T], whole: usize) {
        // SAFETY: `tiles` hands these loops out on processors that have their instructions.
        unsafe { (self.pack)(b, width, to, whole) }
    }

    /// A panel's product. `width` is at most two registers; A has columns of step 1, or rows of step 1 and columns at least
    /// m apart; B has whole registers, of which the last one's elements beyond `width` do not matter.
    pub(crate) fn product(&self, panel: &Panel<'_, T>, y: &mut [T]) {
        // SAFETY: as above.
        unsafe { (self.product)(panel, y) }
    }

    /// The same where A's columns and B's rows have step 1, as dot products.
    pub(crate) fn dots(&self, panel: &Panel<'_, T>, y: &mut [T]) {
        // SAFETY: as above.
        unsafe { (self.dots)(panel, y) }
    }
}

/// An element type that has inner loops.
pub trait Tiled: Sized {
    /// The inner loops for this processor, if there are any.
    #[doc(hidden)]
    fn tiles() -> Option<Tiles<Self>>;

    /// Those for AVX-512 and those for AVX2, as far as this processor has them.
    #[cfg(test)]
    fn kinds() -> [Option<Tiles<Self>>; 2];
}

/// All that a product may be made by on this processor; `None` is ndarray.
#[cfg(test)]
pub(crate) fn each<T: Tiled + 'static>() -> impl Iterator<Item = Option<Tiles<T>>> {
    T::kinds().into_iter().filter(Option::is_some).chain([None])
}

/// Copies as many elements as the shorter has, fewer than 64: as two runs that overlap, without a call.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    #[inline(always)]
    fn ends<const N: usize, T: Copy>(from: &[T], to: &mut [T]) -> bool {
        if let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) {
            let (first, last) = (*first, *last);
            if let Some(to) = to.first_chunk_mut() {
                *to = first;
            }
            if let Some(to) = to.last_chunk_mut() {
                *to = last;
            }
            return true;
        }
        false
    }
    let len = from.len().min(to.len());
    let (from, to) = (&from[..len], &mut to[..len]);
    let _ = ends::<32, T>(from, to)
        || ends::<16, T>(from, to)
        || ends::<8, T>(from, to)
        || ends::<4, T>(from, to)
        || ends::<2, T>(from, to)
        || ends::<1, T>(from, to);
}

/// The loops for one element type and one kind of register: `L` elements, tiles of `MR` rows, dot products of `R` rows and
/// `C` columns, as many as there are registers for, the largest first.
#[cfg(target_arch = "x86_64")]
macro_rules! tiles {
    ($name:ident of $T:ident, $registers:literal $V:ident of $L:literal, $feature:literal,
     [$($MR:literal)*] [$($R:literal)*] [$($C:literal)*], $pack:ident
     $load:ident $store:ident $splat:ident $zero:ident $fma:ident $add:ident) => {
        pub(super) mod $name {
            use super::{Panel, Tiles, copy};
            use crate::fast::pack::$pack::pack;
            use std::arch::x86_64::*;

            /// Elements of a register, and how many registers there are.
            const L: usize = $L;
            const REGISTERS: usize = $registers;

            pub(super) const TILES: Tiles<$T> = Tiles { lanes: L, product, dots, pack };

            #[inline]
            #[target_feature(enable = $feature)]
            pub(in crate::fast) fn load(x: &[$T; L]) -> $V {
                // SAFETY: the array holds a register's elements; alignment is not asked for.
                unsafe { $load(x.as_ptr()) }
            }

            #[inline]
            #[target_feature(enable = $feature)]
            pub(in crate::fast) fn store(y: &mut [$T; L], x: $V) {
                // SAFETY: as above.
                unsafe { $store(y.as_mut_ptr(), x) }
            }

            #[target_feature(enable = $feature)]
            fn product(p: &Panel<'_, $T>, y: &mut [$T]) {
                let mut i = 0;
                let (two, by_rows) = (p.width > L, p.a.columns == 1);
                $(
                    while p.m - i >= $MR {
                        let y = &mut y[i * p.row..];
                        match (two, by_rows) {
                            (true, true) => tile::<$MR, 2, true>(p, i, y),
                            (true, false) => tile::<$MR, 2, false>(p, i, y),
                            (false, true) => tile::<$MR, 1, true>(p, i, y),
                            (false, false) => tile::<$MR, 1, false>(p, i, y),
                        }
                        i += $MR;
                    }
                )*
            }

            /// A tile where the rows, or else the columns, of A are runs of memory: one function from the zeros to the result, so
            /// that the sums stay in registers.
            #[target_feature(enable = $feature)]
            fn tile<const MR: usize, const NV: usize, const ROWS: bool>(p: &Panel<'_, $T>, i: usize, y: &mut [$T]) {
                let mut sums = [[$zero(); NV]; MR];
                if ROWS {
                    let k = p.k;
                    // A loop: `from_fn` would call its closure, which has features that `from_fn` has not.
                    let mut a: [&[$T]; MR] = [&[]; MR];
                    for (r, a) in a.iter_mut().enumerate() {
                        *a = &p.a.data[(i + r) * p.a.rows..][..k];
                    }
                    for q in 0..k {
                        step(&mut sums, |r| a[r][q], &p.b[q * p.stride..]);
                    }
                } else {
                    for q in 0..p.k {
                        let a = p.a.data[i + q * p.a.columns..].first_chunk::<MR>();
                        let a = a.expect("columns are at least m apart");
                        step(&mut sums, |r| a[r], &p.b[q * p.stride..]);
                    }
                }
                if p.width < NV * L {
                    return border(p, sums, y);
                }
                for r in 0..MR {
                    let y = y[r * p.row..][..NV * L].as_chunks_mut::<L>().0;
                    for v in 0..NV {
                        let sum = if p.add { $add(load(&y[v]), sums[r][v]) } else { sums[r][v] };
                        store(&mut y[v], sum);
                    }
                }
            }

            /// Adds one inner place. The elements of A come one by one: gathered in an array first, the compiler would
            /// put them into a register and take it apart again.
            #[inline]
            #[target_feature(enable = $feature)]
            fn step<const MR: usize, const NV: usize>(
                sums: &mut [[$V; NV]; MR],
                a: impl Fn(usize) -> $T,
                b: &[$T],
            ) {
                let b = b[..NV * L].as_chunks::<L>().0;
                let mut right = [$zero(); NV];
                for v in 0..NV {
                    right[v] = load(&b[v]);
                }
                for r in 0..MR {
                    let left = $splat(a(r));
                    for v in 0..NV {
                        sums[r][v] = $fma(left, right[v], sums[r][v]);
                    }
                }
            }

            /// The end of a tile whose last register is not full. Apart: it has the sums in memory.
            #[inline(never)]
            #[target_feature(enable = $feature)]
            fn border<const MR: usize, const NV: usize>(p: &Panel<'_, $T>, sums: [[$V; NV]; MR], y: &mut [$T]) {
                for (sums, y) in sums.iter().zip(y.chunks_mut(p.row)) {
                    let mut part = [[0.0; L]; NV];
                    if p.add {
                        copy(&y[..p.width], part.as_flattened_mut());
                    }
                    for v in 0..NV {
                        let sum = if p.add { $add(load(&part[v]), sums[v]) } else { sums[v] };
                        store(&mut part[v], sum);
                    }
                    copy(part.as_flattened(), &mut y[..p.width]);
                }
            }

            /// Fewer elements than a register has, and zeros.
            #[inline]
            #[target_feature(enable = $feature)]
            fn part(x: &[$T]) -> $V {
                let mut part = [0.0; L];
                copy(x, &mut part);
                load(&part)
            }

            /// The sum of a register's elements, the upper half onto the lower until one is left.
            #[inline]
            #[target_feature(enable = $feature)]
            fn total(x: $V) -> $T {
                let mut sum = [0.0; L];
                store(&mut sum, x);
                let mut width = L;
                while width > 1 {
                    width /= 2;
                    for l in 0..width {
                        sum[l] += sum[l + width];
                    }
                }
                sum[0]
            }

            #[target_feature(enable = $feature)]
            fn dots(p: &Panel<'_, $T>, y: &mut [$T]) {
                let mut i = 0;
                $(
                    while p.m - i >= $R {
                        dots_of::<$R>(p, i, &mut y[i * p.row..]);
                        i += $R;
                    }
                )*
            }

            /// `R` rows of dot products.
            #[inline]
            #[target_feature(enable = $feature)]
            fn dots_of<const R: usize>(p: &Panel<'_, $T>, i: usize, y: &mut [$T]) {
                let mut j = 0;
                $(
                    // Sums, what they are made of, and one more register.
                    while R * $C + $C < REGISTERS && p.width - j >= $C {
                        dots_at::<R, $C>(p, i, j, &mut y[j..]);
                        j += $C;
                    }
                )*
            }

            /// A run of memory: whole registers, and what fills none.
            type Run<'a> = (&'a [[$T; L]], &'a [$T]);
            const NONE: Run<'_> = (&[], &[]);

            #[target_feature(enable = $feature)]
            fn dots_at<const R: usize, const C: usize>(
                p: &Panel<'_, $T>,
                i: usize,
                j: usize,
                y: &mut [$T],
            ) {
                // Loops: `from_fn` and `map` would not be inlined here.
                let (mut a, mut b) = ([NONE; R], [NONE; C]);
                for r in 0..R {
                    a[r] = p.a.data[(i + r) * p.a.rows..][..p.k].as_chunks();
                }
                for c in 0..C {
                    b[c] = p.b[(j + c) * p.stride..][..p.k].as_chunks();
                }
                let mut sums = [[$zero(); C]; R];
                for q in 0..p.k / L {
                    let mut right = [$zero(); C];
                    for c in 0..C {
                        right[c] = load(&b[c].0[q]);
                    }
                    for r in 0..R {
                        let left = load(&a[r].0[q]);
                        for c in 0..C {
                            sums[r][c] = $fma(left, right[c], sums[r][c]);
                        }
                    }
                }
                add_up(p, sums, &a, &b, y);
            }

            /// Writes dot products, or adds them, given their sums in registers and what fills none. Apart, so that the sums above
            /// stay in registers.
            #[inline(never)]
            #[target_feature(enable = $feature)]
            fn add_up<const R: usize, const C: usize>(
                p: &Panel<'_, $T>,
                mut sums: [[$V; C]; R],
                a: &[Run<'_>; R],
                b: &[Run<'_>; C],
                y: &mut [$T],
            ) {
                if !a[0].1.is_empty() {
                    let mut right = [$zero(); C];
                    for c in 0..C {
                        right[c] = part(b[c].1);
                    }
                    for r in 0..R {
                        let left = part(a[r].1);
                        for c in 0..C {
                            sums[r][c] = $fma(left, right[c], sums[r][c]);
                        }
                    }
                }
                for r in 0..R {
                    let y = &mut y[r * p.row..][..C];
                    for c in 0..C {
                        let sum = total(sums[r][c]);
                        y[c] = if p.add { y[c] + sum } else { sum };
                    }
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
tiles!(wide32 of f32, 32 __m512 of 16, "avx512f", [8 4 2 1] [4 2 1] [6 5 4 3 2 1], pack32
    _mm512_loadu_ps _mm512_storeu_ps _mm512_set1_ps _mm512_setzero_ps _mm512_fmadd_ps _mm512_add_ps);
#[cfg(target_arch = "x86_64")]
tiles!(wide64 of f64, 32 __m512d of 8, "avx512f", [8 4 2 1] [4 2 1] [6 5 4 3 2 1], pack64
    _mm512_loadu_pd _mm512_storeu_pd _mm512_set1_pd _mm512_setzero_pd _mm512_fmadd_pd _mm512_add_pd);
#[cfg(target_arch = "x86_64")]
tiles!(narrow32 of f32, 16 __m256 of 8, "avx2,fma", [6 4 2 1] [4 2 1] [6 5 4 3 2 1], pack32
    _mm256_loadu_ps _mm256_storeu_ps _mm256_set1_ps _mm256_setzero_ps _mm256_fmadd_ps _mm256_add_ps);
#[cfg(target_arch = "x86_64")]
tiles!(narrow64 of f64, 16 __m256d of 4, "avx2,fma", [6 4 2 1] [4 2 1] [6 5 4 3 2 1], pack64
    _mm256_loadu_pd _mm256_storeu_pd _mm256_set1_pd _mm256_setzero_pd _mm256_fmadd_pd _mm256_add_pd);

macro_rules! tiled {
    ($T:ident $wide:ident $narrow:ident) => {
        impl Tiled for $T {
            #[inline]
            fn tiles() -> Option<Tiles<Self>> {
                #[cfg(target_arch = "x86_64")]
                if is_x86_feature_detected!("avx512f") {
                    return Some($wide::TILES);
                } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    return Some($narrow::TILES);
                }
                None
            }

            #[cfg(test)]
            fn kinds() -> [Option<Tiles<Self>>; 2] {
                #[cfg(target_arch = "x86_64")]
                {
                    let narrow = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
                    let wide = is_x86_feature_detected!("avx512f");
                    return [
                        wide.then_some($wide::TILES),
                        narrow.then_some($narrow::TILES),
                    ];
                }
                #[cfg(not(target_arch = "x86_64"))]
                [None, None]
            }
        }
    };
}
tiled!(f32 wide32 narrow32);
tiled!(f64 wide64 narrow64);
