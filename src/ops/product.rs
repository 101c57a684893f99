//! Products of vectors, matrices and arrays beside [`matmul`](super::matmul), all composed of it, of `*` and of views. See
//! [`einsum`](super::einsum) for those without a name.

use super::{ArrayValue, Term, or_panic};
use crate::error::{Dims, ShapeError};
use crate::shape;

impl<V: ArrayValue> Term<V> {
    #[track_caller]
    fn mismatch<R>(&self, name: &str, other: &Self, need: &'static str) -> R {
        let error = ShapeError::mismatch(self.shape(), other.shape(), need);
        or_panic(name, Err(error))
    }

    /// Outer product of all elements, `yᵢⱼ = aᵢ·bⱼ`: āᵢ = Σⱼ ȳᵢⱼ·bⱼ, b̄ⱼ = Σᵢ ȳᵢⱼ·aᵢ. Operands of several axes are flattened, as in
    /// NumPy. Composed.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let (a, b) = (tape.tensor(&arr1(&[1.0, 2.0])), tape.tensor(&arr1(&[3.0, 4.0])));
    /// assert_eq!(a.outer(&b).value(), arr2(&[[3.0, 4.0], [6.0, 8.0]]).into_dyn());
    /// ```
    #[track_caller]
    pub fn outer(&self, other: &Self) -> Self {
        self.flatten().insert_axis(1) * other.flatten()
    }

    /// Cross product of vectors of three along the last axis, `y = a × b`: ā = b × ȳ, b̄ = ȳ × a. The axes before it are a batch
    /// and broadcast. Composed.
    ///
    /// ```
    /// use ndarray::arr1;
    /// let tape = wengert::Tape::new();
    /// let (a, b) = (tape.tensor(&arr1(&[1.0, 0.0, 0.0])), tape.tensor(&arr1(&[0.0, 2.0, 0.0])));
    /// assert_eq!(a.cross(&b).value(), arr1(&[0.0, 0.0, 2.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where a last extent is not 3 or the leading axes do not broadcast.
    #[track_caller]
    pub fn cross(&self, other: &Self) -> Self {
        let (a, b) = (self.shape(), other.shape());
        if a.last() != Some(&3) || b.last() != Some(&3) {
            return self.mismatch("cross", other, "the last extents must be 3");
        }
        if shape::broadcast(a, b).is_err() {
            return self.mismatch("cross", other, "the leading axes do not broadcast");
        }
        // Rolled by −1, an axis begins at its second element; by 1, at its third.
        self.roll(-1, -1) * other.roll(1, -1) - self.roll(1, -1) * other.roll(-1, -1)
    }

    /// Products of vectors along the last axis, `y = Σₖ aₖ·bₖ`: ā = ȳ·b, b̄ = ȳ·a. The axes before it are a batch and broadcast.
    /// Composed.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// let b = tape.tensor(&arr1(&[1.0, 10.0]));
    /// assert_eq!(a.vecdot(&b).value(), arr1(&[21.0, 43.0]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where an operand has no axis, the last extents differ or the leading axes do not broadcast.
    #[track_caller]
    pub fn vecdot(&self, other: &Self) -> Self {
        let (a, b) = (self.shape(), other.shape());
        if a.last().is_none() || a.last() != b.last() {
            return self.mismatch("vecdot", other, "the last extents must agree");
        }
        if shape::broadcast(a, b).is_err() {
            return self.mismatch("vecdot", other, "the leading axes do not broadcast");
        }
        if a.len() == 1 && b.len() == 1 {
            return self.matmul(other);
        }
        (self * other).sum_axes([-1])
    }

    /// Product of matrices, the last two axes of this term, and vectors, the last axis of the other, `yᵢ = Σₖ Aᵢₖ·xₖ`: Ā = ȳ·xᵀ,
    /// x̄ = Aᵀ·ȳ. The axes before those are a batch and broadcast. Composed of a matrix product.
    ///
    /// ```
    /// use ndarray::{Array2, Array3};
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&Array3::<f64>::ones((5, 2, 3)));
    /// let x = tape.tensor(&Array2::ones((5, 3)));
    /// assert_eq!(a.matvec(&x).shape(), [5, 2]);
    /// ```
    ///
    /// # Panics
    /// Where this term has fewer than two axes or the other none, the inner extents differ, or the leading axes do not
    /// broadcast.
    #[track_caller]
    pub fn matvec(&self, x: &Self) -> Self {
        let (a, v) = (self.shape(), x.shape());
        if a.len() < 2 || v.is_empty() || a.last() != v.last() {
            return self.mismatch(
                "matvec",
                x,
                "the last extents must agree, of matrices and of vectors",
            );
        }
        if v.len() == 1 {
            return self.matmul(x);
        }
        if shape::broadcast(&a[..a.len() - 2], &v[..v.len() - 1]).is_err() {
            return self.mismatch("matvec", x, "the leading axes do not broadcast");
        }
        self.matmul(&x.insert_axis(-1)).squeeze(-1)
    }

    /// Product summed over pairs of axes, `axes[k]` of this term with `others[k]` of the other; the result has the axes of this
    /// term that are left, then the other's. With the last axis of both it is NumPy's `inner`. Composed of one matrix product.
    ///
    /// ```
    /// use ndarray::{Array2, Array3};
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&Array3::<f64>::ones((2, 3, 4)));
    /// let b = tape.tensor(&Array2::ones((4, 3)));
    /// assert_eq!(a.tensordot(&b, &[1, 2], &[1, 0]).value(), ndarray::arr1(&[12.0, 12.0]).into_dyn());
    /// assert_eq!(a.tensordot(&b, &[-1], &[0]).shape(), [2, 3, 3]);
    /// ```
    ///
    /// # Panics
    /// Where an axis does not exist or is named twice, the lists are not equally long, or paired extents differ.
    #[track_caller]
    pub fn tensordot(&self, other: &Self, axes: &[isize], others: &[isize]) -> Self {
        let name = "tensordot";
        let (mut left, mut right) = (Dims::new(), Dims::new());
        for (list, term, out) in [(axes, self, &mut left), (others, other, &mut right)] {
            or_panic(name, shape::axes(list, term.shape()));
            for &axis in list {
                out.push(term.axis_of(name, axis));
            }
        }
        let paired = left
            .iter()
            .zip(&right)
            .all(|(&i, &j)| self.shape()[i] == other.shape()[j]);
        if left.len() != right.len() || !paired {
            return self.mismatch(name, other, "paired axes must have one extent");
        }
        let (a, b) = (self.shape(), other.shape());
        let kept = |n: usize, used: &Dims| -> Dims { (0..n).filter(|i| !used.contains(i)).collect() };
        let (rows, columns) = (kept(a.len(), &left), kept(b.len(), &right));
        let inner: usize = left.iter().map(|&i| a[i]).product();
        let result: Dims = rows
            .iter()
            .map(|&i| a[i])
            .chain(columns.iter().map(|&j| b[j]))
            .collect();
        let m = rows.iter().map(|&i| a[i]).product();
        let n = columns.iter().map(|&j| b[j]).product();
        let order: Dims = rows.iter().chain(&left).copied().collect();
        let x = self.permute(order).reshape([m, inner]);
        let order: Dims = right.iter().chain(&columns).copied().collect();
        let y = other.permute(order).reshape([inner, n]);
        x.matmul(&y).reshape(result)
    }

    /// Kronecker product, every element of this term times the whole other: extents multiply, and a term of fewer axes gets
    /// axes of extent 1 in front. Composed.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// let tape = wengert::Tape::new();
    /// let (a, b) = (tape.tensor(&arr2(&[[1.0, 2.0]])), tape.tensor(&arr2(&[[3.0], [4.0]])));
    /// assert_eq!(a.kron(&b).value(), arr2(&[[3.0, 6.0], [4.0, 8.0]]).into_dyn());
    /// ```
    #[track_caller]
    pub fn kron(&self, other: &Self) -> Self {
        let (a, b) = (self.shape(), other.shape());
        let axes = a.len().max(b.len());
        let padded = |list: &[usize], i: usize| (i + list.len()).checked_sub(axes).map_or(1, |j| list[j]);
        let (mut left, mut right, mut joined) = (Dims::new(), Dims::new(), Dims::new());
        for i in 0..axes {
            let (m, n) = (padded(a, i), padded(b, i));
            left.extend([m, 1]);
            right.extend([1, n]);
            joined.push(m.saturating_mul(n));
        }
        (self.reshape(left) * other.reshape(right)).reshape(joined)
    }
}
