//! The images that were taken for something else.

use super::Mistake;
use super::svg::{Anchor, MARGIN, Svg};
use super::tiles::{Tile, blend, drawn, scale_for};

/// The most images to show.
const MAX_SHOWN: usize = 60;
/// The most images side by side.
const COLUMNS: usize = 8;
/// From one image to the next, at least.
const PITCH: f64 = 128.0;
/// What a letter of the text below an image takes.
const LETTER: f64 = 7.0;
/// The most room for an image.
const ROOM: f64 = 112.0;
/// Where the images begin, below the title.
const TOP: f64 = 88.0;
/// How many levels of grey there are.
const GREYS: usize = 17;
/// Room for the two lines below an image, and the space to the next.
const CAPTION: f64 = 52.0;

/// Draws the wrongly classified images, the most confident mistakes first, with the true class
/// and the guess. `total_mistakes` of `total` images were classified wrongly; `items` are these,
/// or some of them.
pub(crate) fn misclassified(
    items: &[Mistake<'_>],
    height: usize,
    width: usize,
    total_mistakes: usize,
    total: usize,
) -> String {
    if items.is_empty() {
        return none(total_mistakes, total);
    }
    let mut order: Vec<&Mistake<'_>> = items.iter().collect();
    order.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    order.truncate(MAX_SHOWN);

    let percent = 100.0 * total_mistakes as f64 / total.max(1) as f64;
    let digits = if percent < 0.1 { 2 } else { 1 };
    let title = format!("{total_mistakes} of {total} test images misclassified ({percent:.digits$} %)");
    let explanation = match order.len() {
        1 => "the network's guess and how sure it was of it".to_owned(),
        n if n < total_mistakes => format!("the {n} mistakes the network was most sure of"),
        _ => "the mistakes the network was most sure of come first".to_owned(),
    };
    let scale = scale_for(height, width, ROOM);
    let (rows, columns) = drawn(height, width);
    let size = (columns as f64 * scale, rows as f64 * scale);
    let row_pitch = size.1 + CAPTION;
    let caption = |mistake: &Mistake<'_>| {
        let Mistake { truth, guess, .. } = mistake;
        format!("true {truth}, guessed {guess}")
    };
    let letters = order.iter().map(|mistake| caption(mistake).len()).max();
    let pitch = PITCH.max(LETTER * letters.unwrap_or(0) as f64);
    let across = order.len().min(COLUMNS);
    let canvas_width = (2.0 * MARGIN + across as f64 * pitch).max(560.0);
    let canvas_height = TOP + order.len().div_ceil(COLUMNS) as f64 * row_pitch + 8.0;

    let mut svg = Svg::new(canvas_width, canvas_height, &title, &explanation);
    let greys = blend(&[[255; 3], [24, 26, 30]], GREYS);
    // A value that is not a number is drawn like a blank.
    let level = |value: f32| (value.clamp(0.0, 1.0) * (GREYS - 1) as f32).round() as usize;
    for (index, mistake) in order.into_iter().enumerate() {
        let (row, column) = (index / COLUMNS, index % COLUMNS);
        let middle = MARGIN + (column as f64 + 0.5) * pitch;
        let top = TOP + row as f64 * row_pitch;
        let pixel = |row: usize, column: usize| {
            let pixel = mistake.pixels.get(row * width + column);
            pixel.copied().unwrap_or(0.0)
        };
        let tile = Tile::new(height, width, pixel, level);
        tile.draw(&mut svg, (middle - size.0 / 2.0, top), scale, &greys, 0);
        let sure = format!("({:.0} %)", 100.0 * mistake.confidence);
        let below = top + size.1 + 17.0;
        svg.text(middle, below, Anchor::Middle, "", &caption(mistake));
        svg.text(middle, below + 15.0, Anchor::Middle, "small", &sure);
    }
    svg.finish()
}

/// What to show when there is nothing to show.
fn none(total_mistakes: usize, total: usize) -> String {
    let (title, explanation) = if total_mistakes == 0 {
        (
            format!("All {total} test images recognised"),
            "not a single mistake to show",
        )
    } else {
        (
            format!("{total_mistakes} of {total} test images misclassified"),
            "none of them is shown here",
        )
    };
    let mut svg = Svg::new(560.0, 240.0, &title, explanation);
    if total_mistakes == 0 {
        svg.add(format_args!(
            "<circle cx=\"280\" cy=\"150\" r=\"48\" fill=\"#e6f2f9\" stroke=\"#0072b2\" \
             stroke-width=\"3\"/><path d=\"M257 151l16 17 31-36\" fill=\"none\" \
             stroke=\"#0072b2\" stroke-width=\"7\" stroke-linecap=\"round\" \
             stroke-linejoin=\"round\"/>"
        ));
    }
    svg.finish()
}
