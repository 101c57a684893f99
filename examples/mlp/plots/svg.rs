//! The frame of every picture: background, style, title, text.

use std::fmt::{self, Write};

/// Space around a picture's content.
pub(super) const MARGIN: f64 = 32.0;

/// Fonts and colours. The class of a text also fixes its size.
const STYLE: &str = "\
text{font-family:system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:12px;fill:#444}\
.title{font-size:18px;font-weight:600;fill:#1a1a1a}\
.heading{font-size:14px;font-weight:600;fill:#1a1a1a}\
.small{font-size:11px}\
.train{font-weight:600;fill:#0072b2}\
.test{font-weight:600;fill:#b84f00}\
.pixels{fill:none;shape-rendering:crispEdges}\
.frame{fill:none;stroke:#c9ccd1}\
.grid{stroke:#e7e9ec}\
.axis{stroke:#9aa0a6}";

/// Where a text stands in relation to its position.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// A picture in the making.
pub(super) struct Svg {
    /// The document so far.
    text: String,
}

impl Svg {
    /// An empty picture of some size with a title in its upper left corner and a line of
    /// explanation below.
    pub(super) fn new(width: f64, height: f64, title: &str, explanation: &str) -> Self {
        let mut svg = Svg { text: String::new() };
        svg.add(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\">\n<title>{}</title>\n\
             <style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fdfdfc\"/>",
            escape(title),
        ));
        svg.text(MARGIN, 42.0, Anchor::Start, "title", title);
        svg.text(MARGIN, 64.0, Anchor::Start, "", explanation);
        svg
    }

    /// Adds a line to the document.
    pub(super) fn add(&mut self, line: fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(line);
        self.text.push('\n');
    }

    /// Adds a text whose baseline is at `y`.
    pub(super) fn text(&mut self, x: f64, y: f64, anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{}</text>",
            escape(text),
        ));
    }

    /// The whole document.
    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

/// The text with the characters that XML reserves written out.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
