//! Small images made of few colours, drawn with one path for each colour.

use std::fmt::Write;

use super::svg::Svg;

/// The most rows or columns to draw; larger images are made smaller, so that no file grows large.
const MAX_SIDE: usize = 32;

/// An image of a few levels.
pub(super) struct Tile {
    /// Rows.
    height: usize,
    /// Columns.
    width: usize,
    /// The level of each pixel, row after row.
    levels: Vec<usize>,
}

impl Tile {
    /// The image of the values at each (row, column), each turned into a level. If there are too
    /// many, a pixel is the mean of a square of them.
    pub(super) fn new(
        height: usize,
        width: usize,
        value: impl Fn(usize, usize) -> f32,
        level: impl Fn(f32) -> usize,
    ) -> Self {
        let side = reduction(height, width);
        let (rows, columns) = (height.div_ceil(side), width.div_ceil(side));
        let mean = |row: usize, column: usize| {
            let rows = row * side..height.min((row + 1) * side);
            let columns = column * side..width.min((column + 1) * side);
            let count = rows.len() * columns.len();
            let values = rows.flat_map(|row| columns.clone().map(move |column| (row, column)));
            values.map(|(row, column)| value(row, column)).sum::<f32>() / count as f32
        };
        let pixels = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        Tile {
            height: rows,
            width: columns,
            levels: pixels.map(|(row, column)| level(mean(row, column))).collect(),
        }
    }

    /// Draws the image with its upper left corner at `x` and `y`, each pixel a square of `scale`,
    /// in a thin frame. The colour `ground` is drawn as one area below all others.
    pub(super) fn draw(
        &self,
        svg: &mut Svg,
        (x, y): (f64, f64),
        scale: f64,
        colours: &[String],
        ground: usize,
    ) {
        let (width, height) = (scale * self.width as f64, scale * self.height as f64);
        svg.add(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"{}\"/>",
            colours[ground],
        ));
        // A pixel is a piece of a line as wide as a row, hence the half.
        let middle = y + scale / 2.0;
        svg.add(format_args!(
            "<g class=\"pixels\" transform=\"translate({x:.1} {middle:.3}) scale({scale:.4})\">"
        ));
        for (level, colour) in colours.iter().enumerate() {
            let path = self.runs(level);
            if level != ground && !path.is_empty() {
                svg.add(format_args!("<path stroke=\"{colour}\" d=\"{path}\"/>"));
            }
        }
        svg.add(format_args!(
            "</g><rect class=\"frame\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            x - 0.5,
            y - 0.5,
            width + 1.0,
            height + 1.0,
        ));
    }

    /// The path over all pixels of a level, one stroke for neighbours in a row.
    fn runs(&self, level: usize) -> String {
        let mut path = String::new();
        for (y, row) in self.levels.chunks(self.width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run[0] == level {
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{x} {y}h{}", run.len());
                }
                x += run.len();
            }
        }
        path
    }
}

/// How large to draw each pixel so that an image is at most `room` wide and high: a whole number,
/// if that is possible, for sharp edges.
pub(super) fn scale_for(height: usize, width: usize, room: f64) -> f64 {
    let scale = room / drawn(height, width).0.max(drawn(height, width).1) as f64;
    if scale >= 1.0 { scale.floor() } else { scale }
}

/// How many rows and columns of an image are drawn.
pub(super) fn drawn(height: usize, width: usize) -> (usize, usize) {
    let side = reduction(height, width);
    (height.div_ceil(side), width.div_ceil(side))
}

/// The side of the squares that become one pixel.
fn reduction(height: usize, width: usize) -> usize {
    height.max(width).div_ceil(MAX_SIDE).max(1)
}

/// Colours between given ones at equal distances, `count` of them; at least two of both.
pub(super) fn blend(stops: &[[u8; 3]], count: usize) -> Vec<String> {
    let colour = |k: usize| {
        let at = k as f64 * (stops.len() - 1) as f64 / (count - 1) as f64;
        let stop = (at as usize).min(stops.len() - 2);
        let part = at - stop as f64;
        let mix = |i: usize| {
            let (a, b) = (f64::from(stops[stop][i]), f64::from(stops[stop + 1][i]));
            (a + part * (b - a)).round() as u8
        };
        format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
    };
    (0..count).map(colour).collect()
}
