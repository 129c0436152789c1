//! An SVG drawing, element by element. Every text in it is escaped here.

use std::fmt::Write as _;

/// A point in pixels.
pub(crate) type PixelPoint = (f64, f64);

/// A drawing. Its size is in pixels.
#[derive(Debug)]
pub(crate) struct Canvas {
    width: f64,
    height: f64,
    body: String,
}

/// The shape of a point. Shapes tell kinds apart for readers who cannot see the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkShape {
    Circle,
    Square,
    Diamond,
    Triangle,
}

impl Canvas {
    /// An empty drawing.
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    /// A straight line.
    pub(crate) fn line(&mut self, class: &str, from: PixelPoint, to: PixelPoint) {
        self.path(class, &[from, to]);
    }

    /// A line through points.
    pub(crate) fn path(&mut self, class: &str, points: &[PixelPoint]) {
        let steps = points.iter().enumerate().map(|(at, (x, y))| {
            let command = if at == 0 { 'M' } else { 'L' };
            format!("{command}{} {}", px(*x), px(*y))
        });
        let _ = write!(self.body, "<path class=\"{class}\" d=\"{}\"/>", steps.collect::<String>());
    }

    /// A rectangle between two opposite corners.
    pub(crate) fn rect(&mut self, class: &str, one: PixelPoint, other: PixelPoint) {
        let x = one.0.min(other.0);
        let y = one.1.min(other.1);
        let width = (one.0 - other.0).abs();
        let height = (one.1 - other.1).abs();
        let [x, y, width, height] = [x, y, width, height].map(px);
        let _ =
            write!(self.body, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>");
    }

    /// A point with a shape. `size` is the distance from its middle to its edge.
    pub(crate) fn mark(&mut self, class: &str, mark: MarkShape, (x, y): PixelPoint, size: f64) {
        let left = px(x - size);
        let right = px(x + size);
        let top = px(y - size);
        let bottom = px(y + size);
        let x = px(x);
        let y = px(y);
        let shape = match mark {
            MarkShape::Circle => format!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{}\"/>", px(size)),
            MarkShape::Square => format!("<path class=\"{class}\" d=\"M{left} {top}H{right}V{bottom}H{left}Z\"/>"),
            MarkShape::Diamond => {
                format!("<path class=\"{class}\" d=\"M{x} {top}L{right} {y}L{x} {bottom}L{left} {y}Z\"/>")
            }
            MarkShape::Triangle => format!("<path class=\"{class}\" d=\"M{x} {top}L{right} {bottom}H{left}Z\"/>"),
        };
        self.body.push_str(&shape);
    }

    /// A text. `class` gives its alignment and its look.
    pub(crate) fn text(&mut self, class: &str, (x, y): PixelPoint, text: &str) {
        let _ = write!(self.body, "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>", px(x), px(y), escaped(text));
    }

    /// The drawing as a file of its own, with its style and at twice the size. `finding` is as in [`Self::to_svg`].
    pub(crate) fn to_file(&self, finding: &str) -> String {
        let colours = include_str!("../../../templates/report/colours.css");
        let drawing = include_str!("../../../templates/report/drawing.css");
        let style = format!("<style>{colours}{drawing}svg {{ background: var(--ground); }}</style>");
        self.element(finding, " xmlns=\"http://www.w3.org/2000/svg\"", 2.0, &style) + "\n"
    }

    /// The SVG for a page. `finding` is for readers who cannot see the drawing.
    pub(crate) fn to_svg(&self, finding: &str) -> String {
        self.element(finding, "", 1.0, "")
    }

    fn element(&self, finding: &str, namespace: &str, magnified: f64, style: &str) -> String {
        let [width, height] = [self.width, self.height].map(px);
        let [shown_width, shown_height] = [self.width * magnified, self.height * magnified].map(px);
        let finding = escaped(finding);
        format!(
            "<svg{namespace} viewBox=\"0 0 {width} {height}\" width=\"{shown_width}\" height=\"{shown_height}\" \
             role=\"img\" aria-label=\"{finding}\"><title>{finding}</title>{style}{}</svg>",
            self.body
        )
    }
}

/// A text of at most `max_chars` characters. A longer one ends with an ellipsis.
pub(crate) fn shortened(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    text.chars().take(max_chars.saturating_sub(1)).chain(['…']).collect()
}

/// A number of pixels, rounded to a tenth.
fn px(number: f64) -> String {
    let text = format!("{number:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text escaped for XML. Characters that XML cannot hold become replacement characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\r' | '\t' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_drawing_is_small_and_says_what_it_shows() {
        let mut canvas = Canvas::new(20.0, 10.0);
        canvas.line("axis", (0.0, -0.04), (10.04, 5.25));
        canvas.rect("bar", (5.0, 9.0), (2.0, 3.0));
        let svg = canvas.to_svg("a < b");
        assert!(svg.contains("d=\"M0 0L10 5.2\"") && svg.contains("x=\"2\" y=\"3\" width=\"3\" height=\"6\""), "{svg}");
        assert!(svg.contains("aria-label=\"a &lt; b\"><title>a &lt; b</title>"), "{svg}");
    }

    proptest! {
        #[test]
        fn any_text_stays_text(text in any::<String>()) {
            let mut canvas = Canvas::new(1.0, 1.0);
            canvas.text("label", (0.0, 0.0), &text);
            let svg = canvas.to_svg(&text);
            let document = roxmltree::Document::parse(&svg).unwrap();
            prop_assert_eq!(document.root_element().children().count(), 2);
            prop_assert!(shortened(&text, 5).chars().count() <= 5);
        }
    }
}
