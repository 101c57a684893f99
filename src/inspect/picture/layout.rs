//! Where the boxes go: layers from left to right (Sugiyama, Tagawa & Toda, *Methods for visual understanding of
//! hierarchical system structures*, IEEE Trans. SMC 11 (2), 1981).
//!
//! 1. A box lies one layer to the right of its rightmost operand; one without operands just left of what uses it.
//! 2. An edge across several layers gets a point in each.
//! 3. In each layer, boxes and points are ordered by the mean position of their neighbours, in sweeps to and fro; the
//!    order with the fewest crossings stays.
//! 4. Heights: each wants to be at the mean height of its neighbours, keeps the order and the gaps; solved layer by
//!    layer as an isotonic regression.

use std::ops::Range;

/// A box or a point of a long edge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) width: f64,
    /// What it takes above and below the height at which its edges end.
    pub(super) above: f64,
    pub(super) below: f64,
    /// Whether it came from outside: it gives way to what is computed.
    pub(super) outer: bool,
}

/// Where the boxes are, their middle and the height at which their edges end; and the points that each edge passes.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) at: Vec<(f64, f64)>,
    pub(super) through: Vec<Vec<(f64, f64)>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Between layers, and between boxes of a layer.
const GAP: (f64, f64) = (44.0, 22.0);
/// The height that a passing edge takes.
const LANE: f64 = 10.0;
const SWEEPS: usize = 24;

struct Grid {
    layers: Vec<Vec<usize>>,
    /// For boxes, then points: the layer, the size, the neighbours to the left and to the right.
    layer: Vec<usize>,
    sizes: Vec<Size>,
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
    y: Vec<f64>,
    boxes: usize,
}

/// Lays out boxes of these sizes; edges lead from a box to a later one.
pub(super) fn lay_out(sizes: &[Size], edges: &[(usize, usize)]) -> Layout {
    let layer = layers(sizes.len(), edges);
    let count = layer.iter().max().map_or(0, |last| last + 1);
    let mut grid = Grid {
        layers: vec![Vec::new(); count],
        left: vec![Vec::new(); sizes.len()],
        right: vec![Vec::new(); sizes.len()],
        y: vec![0.0; sizes.len()],
        sizes: sizes.to_vec(),
        boxes: sizes.len(),
        layer,
    };
    for (i, &layer) in grid.layer.iter().enumerate() {
        grid.layers[layer].push(i);
    }
    let chains: Vec<Range<usize>> = edges.iter().map(|&(from, to)| grid.chain(from, to)).collect();
    grid.order();
    grid.heights();
    let mut x = Vec::with_capacity(count);
    let mut edge = 0.0;
    for layer in &grid.layers {
        let widths = layer.iter().map(|&i| grid.sizes[i].width);
        let width = widths.fold(0.0, f64::max);
        x.push(edge + width / 2.0);
        edge += width + GAP.0;
    }
    let bottoms = (0..grid.y.len()).map(|i| grid.y[i] + grid.sizes[i].below);
    let at = |i: usize| (x[grid.layer[i]], grid.y[i]);
    Layout {
        at: (0..sizes.len()).map(at).collect(),
        through: chains
            .into_iter()
            .map(|points| points.map(at).collect())
            .collect(),
        width: (edge - GAP.0).max(0.0),
        height: bottoms.fold(0.0, f64::max),
    }
}

/// The layer of each box.
fn layers(n: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut layer = vec![0; n];
    let mut sorted = edges.to_vec();
    sorted.sort_by_key(|&(from, to)| (to, from));
    for &(from, to) in &sorted {
        layer[to] = layer[to].max(layer[from] + 1);
    }
    for i in 0..n {
        if edges.iter().all(|&(_, to)| to != i) {
            let uses = edges.iter().filter(|&&(from, _)| from == i);
            let first = uses.map(|&(_, to)| layer[to]).min();
            layer[i] = first.map_or(0, |first| first - 1);
        }
    }
    layer
}

impl Grid {
    /// Adds the points of an edge.
    fn chain(&mut self, from: usize, to: usize) -> Range<usize> {
        let start = self.y.len();
        let mut last = from;
        for layer in self.layer[from] + 1..self.layer[to] {
            let point = self.y.len();
            self.layers[layer].push(point);
            self.layer.push(layer);
            self.sizes.push(Size {
                width: 0.0,
                above: LANE / 2.0,
                below: LANE / 2.0,
                outer: false,
            });
            self.left.push(vec![last]);
            self.right.push(Vec::new());
            self.right[last].push(point);
            self.y.push(0.0);
            last = point;
        }
        self.right[last].push(to);
        self.left[to].push(last);
        start..self.y.len()
    }

    fn note_positions(&self, layer: usize, position: &mut [f64]) {
        let layer = &self.layers[layer];
        for (k, &i) in layer.iter().enumerate() {
            position[i] = k as f64 - (layer.len() as f64 - 1.0) / 2.0;
        }
    }

    fn order(&mut self) {
        let count = self.layers.len();
        let mut position = vec![0.0; self.y.len()];
        (0..count).for_each(|layer| self.note_positions(layer, &mut position));
        let mut best = (self.crossings(&position), self.layers.clone());
        for sweep in 0..SWEEPS {
            let forward = sweep % 2 == 0;
            for k in 0..count {
                let layer = if forward { k } else { count - 1 - k };
                let key = |i: usize| {
                    let (first, second) = match forward {
                        true => (&self.left[i], &self.right[i]),
                        false => (&self.right[i], &self.left[i]),
                    };
                    let of = if first.is_empty() { second } else { first };
                    mean(of.iter().map(|&j| (position[j], 1.0))).unwrap_or(position[i])
                };
                let mut keyed: Vec<(f64, usize)> = self.layers[layer].iter().map(|&i| (key(i), i)).collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.layers[layer] = keyed.into_iter().map(|(_, i)| i).collect();
                self.note_positions(layer, &mut position);
            }
            let crossings = self.crossings(&position);
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    /// How many edges cross: for each layer, the inversions of the right ends of its edges, ordered by their left ends.
    fn crossings(&self, position: &[f64]) -> usize {
        let of_layer = |layer: &Vec<usize>| {
            let mut ends: Vec<f64> = Vec::new();
            for &i in layer {
                let from = ends.len();
                ends.extend(self.right[i].iter().map(|&j| position[j]));
                ends[from..].sort_by(f64::total_cmp);
            }
            inversions(&mut ends)
        };
        self.layers.iter().map(of_layer).sum()
    }

    fn heights(&mut self) {
        for layer in 0..self.layers.len() {
            let wishes: Vec<f64> = self.layers[layer].iter().map(|&i| self.y[i]).collect();
            self.settle(layer, &wishes);
        }
        for sweep in 0..2 * SWEEPS {
            for k in 0..self.layers.len() {
                let layer = if sweep % 2 == 0 {
                    k
                } else {
                    self.layers.len() - 1 - k
                };
                let wishes: Vec<f64> = self.layers[layer].iter().map(|&i| self.wish(i)).collect();
                self.settle(layer, &wishes);
            }
        }
        let top = (0..self.y.len()).map(|i| self.y[i] - self.sizes[i].above);
        let top = top.fold(f64::INFINITY, f64::min);
        self.y.iter_mut().for_each(|y| *y -= top);
    }

    /// The height at which a box or a point wants to be. Points want a straight line; what is computed follows what is
    /// computed, and what comes from outside follows that.
    fn wish(&self, i: usize) -> f64 {
        let weight = |j: usize| match (i.min(j) >= self.boxes, self.sizes[j].outer) {
            (true, _) => 8.0,
            (_, true) => 1e-3,
            _ => 1.0,
        };
        let neighbours = self.left[i].iter().chain(&self.right[i]);
        mean(neighbours.map(|&j| (self.y[j], weight(j)))).unwrap_or(self.y[i])
    }

    /// Moves a layer's boxes as near as may be to where they want to be, in their order and with gaps.
    fn settle(&mut self, layer: usize, wishes: &[f64]) {
        let layer = &self.layers[layer];
        // With the gaps taken out, the order is all that is left: blocks that want to pass each other are merged at their mean.
        let mut offset = 0.0;
        let mut offsets = Vec::with_capacity(layer.len());
        let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
        for (k, &i) in layer.iter().enumerate() {
            if k > 0 {
                let gap = if i >= self.boxes && layer[k - 1] >= self.boxes {
                    2.0
                } else {
                    GAP.1
                };
                offset += self.sizes[layer[k - 1]].below + self.sizes[i].above + gap;
            }
            offsets.push(offset);
            let weight = if self.sizes[i].outer { 1e-3 } else { 1.0 };
            let mut block = (wishes[k] - offset, weight, 1);
            while let Some(&(at, weight, n)) = blocks.last() {
                if at <= block.0 {
                    break;
                }
                let sum = weight + block.1;
                block = ((at * weight + block.0 * block.1) / sum, sum, n + block.2);
                blocks.pop();
            }
            blocks.push(block);
        }
        let base = blocks.iter().flat_map(|&(at, _, n)| std::iter::repeat_n(at, n));
        let heights: Vec<(usize, f64)> = layer
            .iter()
            .zip(base.zip(offsets))
            .map(|(&i, (at, offset))| (i, at + offset))
            .collect();
        for (i, y) in heights {
            self.y[i] = y;
        }
    }
}

/// How many pairs stand in the wrong order; sorts them.
fn inversions(list: &mut [f64]) -> usize {
    if list.len() < 2 {
        return 0;
    }
    let middle = list.len() / 2;
    let mut count = inversions(&mut list[..middle]) + inversions(&mut list[middle..]);
    let (left, right) = (list[..middle].to_vec(), list[middle..].to_vec());
    let (mut i, mut j) = (0, 0);
    for slot in list {
        if j == right.len() || i < left.len() && left[i] <= right[j] {
            *slot = left[i];
            i += 1;
        } else {
            *slot = right[j];
            j += 1;
            count += left.len() - i;
        }
    }
    count
}

/// The mean of weighted numbers, if there are any.
fn mean(weighed: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (sum, weight) = weighed.fold((0.0, 0.0), |(sum, weight), (x, w)| (sum + w * x, weight + w));
    (weight > 0.0).then(|| sum / weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(n: usize) -> Vec<Size> {
        let size = Size {
            width: 60.0,
            above: 15.0,
            below: 15.0,
            outer: false,
        };
        vec![size; n]
    }

    /// Random graphs: edges lead to the right, nothing overlaps, and points lie between the ends of their edges.
    #[test]
    fn boxes_do_not_overlap() {
        let mut random = fastrand::Rng::with_seed(7);
        for n in 1..40 {
            let mut edges = Vec::new();
            for to in 1..n {
                for _ in 0..random.usize(0..3) {
                    edges.push((random.usize(0..to), to));
                }
            }
            edges.sort_unstable();
            edges.dedup();
            let layout = lay_out(&boxes(n), &edges);
            for (&(from, to), through) in edges.iter().zip(&layout.through) {
                let mut x = layout.at[from].0;
                for &(next, _) in through.iter().chain([&layout.at[to]]) {
                    assert!(next > x + 30.0);
                    x = next;
                }
            }
            let overlap = |a: (f64, f64), b: (f64, f64)| {
                (a.0 - b.0).abs() < 60.0 && (a.1 - b.1).abs() < 30.0 + GAP.1 - 1e-6
            };
            for i in 0..n {
                let (x, y) = layout.at[i];
                assert!(x >= 30.0 && x <= layout.width - 30.0 + 1e-6);
                assert!(y >= 15.0 - 1e-6 && y <= layout.height - 15.0 + 1e-6);
                assert!((0..i).all(|j| !overlap(layout.at[i], layout.at[j])));
                let points = layout.through.iter().flatten();
                assert!(
                    points
                        .clone()
                        .all(|&(px, py)| (px - x).abs() > 1.0 || (py - y).abs() >= 15.0)
                );
            }
        }
    }

    #[test]
    fn inversions_are_counted() {
        assert_eq!(inversions(&mut []), 0);
        assert_eq!(inversions(&mut [1.0, 1.0, 2.0]), 0);
        assert_eq!(inversions(&mut [3.0, 2.0, 2.0, 1.0, 4.0]), 5);
    }

    /// A chain is a straight line, with and without parameters that enter on the way.
    #[test]
    fn a_chain_is_straight() {
        let mut sizes = boxes(9);
        (0..4).for_each(|i| sizes[2 * i + 1].outer = true);
        let edges: Vec<(usize, usize)> = (0..4)
            .flat_map(|i| [(2 * i, 2 * i + 2), (2 * i + 1, 2 * i + 2)])
            .collect();
        let layout = lay_out(&sizes, &edges);
        let y = layout.at[0].1;
        assert!((0..5).all(|i| (layout.at[2 * i].1 - y).abs() < 1.0), "{layout:?}");
    }
}
