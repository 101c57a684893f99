//! What each unit of the first layer looks for.

use ndarray::ArrayView2;

use super::svg::{Anchor, MARGIN, Svg};
use super::tiles::{Tile, blend, drawn, scale_for};

/// The most units to show.
const MAX_SHOWN: usize = 100;
/// Up to this many tiles stand in one row.
const ONE_ROW: usize = 6;
/// Width available for the tiles.
const ROOM: f64 = 896.0;
/// The largest tile.
const MAX_TILE: f64 = 128.0;
/// Space between tiles.
const GAP: f64 = 10.0;
/// Where the colour bar begins, below the title.
const BAR_TOP: f64 = 84.0;
/// Where the tiles begin.
const TOP: f64 = 140.0;
/// Width of the colour bar.
const BAR: f64 = 252.0;
/// How many colours there are, an odd number so that zero has its own.
const COLOURS: usize = 21;
/// The share of the weights within the colour bar; the others have its outermost colours.
const SHARE: f64 = 0.997;
/// Blue through white to red, tellable apart by colour-blind people.
const STOPS: [[u8; 3]; 5] = [
    [33, 102, 172],
    [146, 197, 222],
    [247, 247, 247],
    [244, 165, 130],
    [178, 24, 43],
];

/// Draws the weights (inputs × units) that lead to each unit as an image of the inputs.
pub(crate) fn weights(w: ArrayView2<'_, f32>, height: usize, width: usize) -> String {
    let units = w.ncols();
    let shown = units.min(MAX_SHOWN);
    let title = match units {
        1 => "First layer: weights of its only unit".to_owned(),
        _ if shown < units => format!("First layer: weights of {shown} of its {units} units"),
        _ => format!("First layer: weights of its {units} units"),
    };
    let bound = bound(w);
    let centre = (COLOURS / 2) as f32;
    // A value that is not a number is drawn like zero.
    let level = |value: f32| {
        let steps = (value / bound * centre).round().clamp(-centre, centre);
        if steps.is_nan() {
            COLOURS / 2
        } else {
            (steps + centre) as usize
        }
    };

    let across = (shown as f64 * 1.6).sqrt().ceil() as usize;
    let across = across.max(ONE_ROW).min(shown).max(1);
    let scale = scale_for(height, width, (ROOM / across as f64 - GAP).min(MAX_TILE));
    let (rows, columns) = drawn(height, width);
    let size = (columns as f64 * scale, rows as f64 * scale);
    let content = across as f64 * (size.0 + GAP) - GAP;
    let down = shown.div_ceil(across) as f64;
    let canvas_width = (content + 2.0 * MARGIN).max(560.0);
    let canvas_height = TOP + down * (size.1 + GAP) - GAP + MARGIN;

    let explanation = format!("each tile shows how the {height} × {width} pixels act on one unit");
    let mut svg = Svg::new(canvas_width, canvas_height, &title, &explanation);
    let colours = blend(&STOPS, COLOURS);
    bar(&mut svg, &colours, bound);
    for unit in 0..shown {
        let x = MARGIN + (unit % across) as f64 * (size.0 + GAP);
        let y = TOP + (unit / across) as f64 * (size.1 + GAP);
        let pixel = |row: usize, column: usize| {
            let weight = w.get((row * width + column, unit));
            weight.copied().unwrap_or(0.0)
        };
        let tile = Tile::new(height, width, pixel, level);
        tile.draw(&mut svg, (x, y), scale, &colours, COLOURS / 2);
    }
    svg.finish()
}

/// The size that nearly all weights stay below: the few that do not would make the others pale.
fn bound(w: ArrayView2<'_, f32>) -> f32 {
    let sizes = w.iter().map(|value| value.abs());
    let mut sizes: Vec<f32> = sizes.filter(|size| size.is_finite()).collect();
    let index = (sizes.len() as f64 * SHARE) as usize;
    if index >= sizes.len() {
        return 1.0;
    }
    let (_, &mut bound, _) = sizes.select_nth_unstable_by(index, f32::total_cmp);
    if bound > 0.0 { bound } else { 1.0 }
}

/// Draws the colours with the values they stand for.
fn bar(svg: &mut Svg, colours: &[String], bound: f32) {
    let step = BAR / colours.len() as f64;
    svg.add(format_args!("<g shape-rendering=\"crispEdges\">"));
    for (k, colour) in colours.iter().enumerate() {
        svg.add(format_args!(
            "<rect x=\"{:.1}\" y=\"{BAR_TOP}\" width=\"{step:.1}\" height=\"12\" \
             fill=\"{colour}\"/>",
            MARGIN + k as f64 * step,
        ));
    }
    svg.add(format_args!("</g>"));
    let number = match (1e-3..1e4).contains(&bound) {
        true => format!("{bound:.3}"),
        false => format!("{bound:.2e}"),
    };
    let y = BAR_TOP + 28.0;
    svg.text(MARGIN, y, Anchor::Start, "small", &format!("≤ −{number}"));
    svg.text(MARGIN + BAR / 2.0, y, Anchor::Middle, "small", "0");
    svg.text(MARGIN + BAR, y, Anchor::End, "small", &format!("≥ +{number}"));
}
