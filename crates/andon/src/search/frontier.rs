//! The alternatives of a [`search`](crate::search) as a table and as a plot.

use std::fmt::Write as _;

use crate::search::{Alternative, Figures};

/// Width and height of the plot, and its margins: left, top, right, bottom; all in pixels.
const SIZE: (f64, f64) = (900.0, 560.0);
const MARGIN: (f64, f64, f64, f64) = (70.0, 66.0, 30.0, 60.0);

/// The alternatives for a terminal: those on the frontier and the shipped one, or all.
#[must_use]
pub fn table(alternatives: &[Alternative], all: bool) -> String {
    let mut text = format!(
        "{:<10} {:<40} {:>5} {:>5} {:>9}  {:<26} {:<26} {}\n",
        "", "features", "depth", "trees", "threshold", "accuracy", "AUC", "worst disparate impact"
    );
    for alternative in alternatives.iter().filter(|one| all || one.on_frontier || one.shipped) {
        let mark = match (alternative.shipped, alternative.on_frontier) {
            (true, true) => "shipped, F",
            (true, false) => "shipped",
            (false, true) => "frontier",
            (false, false) => "",
        };
        let recipe = &alternative.recipe;
        let change = if recipe.change.is_empty() { "as shipped" } else { &recipe.change };
        let figures = match &alternative.reported {
            Ok(on) => {
                let (accuracy, auc) = (on.accuracy.to_string(), on.auc.to_string());
                format!("{accuracy:<26} {auc:<26} {} {}", on.worst_impact, on.worst_attribute)
            }
            Err(why) => why.clone(),
        };
        let (depth, trees, threshold) = (recipe.depth, recipe.trees, recipe.threshold);
        let _ = writeln!(text, "{mark:<10} {change:<40} {depth:>5} {trees:>5} {threshold:>9}  {figures}");
    }
    text
}

/// The alternatives as an SVG picture: accuracy over the worst disparate impact, both as reported.
///
/// `bar` is the policy's bar for disparate impact, drawn where there is one. Shapes tell the kinds apart as well as
/// colours: a circle for the shipped features, a square for fewer, a triangle for more.
#[must_use]
pub fn svg(alternatives: &[Alternative], bar: Option<f64>) -> String {
    let points: Vec<(&Alternative, f64, f64)> = alternatives
        .iter()
        .filter_map(|one| one.reported.as_ref().ok().map(|on| (one, on.worst_impact.value(), on.accuracy.value())))
        .collect();
    let x = Scale::over(points.iter().map(|point| point.1).chain(bar), MARGIN.0, SIZE.0 - MARGIN.2);
    let y = Scale::over(points.iter().map(|point| point.2), SIZE.1 - MARGIN.3, MARGIN.1);
    let mut body = axes(&x, &y);
    if let Some(bar) = bar {
        let at = x.at(bar);
        let _ = write!(
            body,
            "<line class=\"bar\" x1=\"{at:.1}\" y1=\"{}\" x2=\"{at:.1}\" y2=\"{}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">bar {bar}</text>",
            MARGIN.1,
            SIZE.1 - MARGIN.3,
            at + 5.0,
            SIZE.1 - MARGIN.3 - 8.0
        );
    }
    // The marked ones last, so that they lie on top.
    for marked in [false, true] {
        for (one, impact, accuracy) in points.iter().filter(|point| (point.0.on_frontier || point.0.shipped) == marked)
        {
            if let Some(on) = one.reported.as_ref().ok().filter(|_| marked) {
                body.push_str(&intervals(on, &x, &y));
            }
            body.push_str(&point(one, x.at(*impact), y.at(*accuracy)));
        }
    }
    body.push_str(&legend());
    let (width, height) = SIZE;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"Accuracy of {} alternatives over their worst disparate impact\">{STYLE}{body}</svg>\n",
        points.len()
    )
}

/// Colours that the colour-blind tell apart (Okabe and Ito 2008), on white and on dark.
const STYLE: &str = "<style>svg{background:#fff;font:13px sans-serif}text{fill:#222}.grid{stroke:#ddd}\
.bar{stroke:#d55e00;stroke-width:2;stroke-dasharray:6 4}.plain{fill:#0072b2}.fewer{fill:#009e73}.more{fill:#cc79a7}\
.interval{fill:none;stroke:#888;stroke-opacity:.6}.point{fill-opacity:.35;stroke:none}.frontier{fill-opacity:1;stroke:#222;stroke-width:1}\
.shipped{fill:none;stroke:#d55e00;stroke-width:3}\
@media(prefers-color-scheme:dark){svg{background:#1b1b1b}text{fill:#eee}.grid{stroke:#444}.frontier{stroke:#eee}}</style>";

/// From values to pixels, with round steps.
struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    fn over(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = values.fold((1.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        Self { low: (low * 20.0 - 0.2).floor() / 20.0, high: ((high * 20.0 + 0.2).ceil() / 20.0).max(low), from, to }
    }

    fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low).max(1e-9) * (self.to - self.from)
    }

    /// Steps of five hundredths.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        let (first, last) = ((self.low * 20.0).round() as i64, (self.high * 20.0).round() as i64);
        (first..=last).map(|tick| tick as f64 / 20.0)
    }
}

fn axes(x: &Scale, y: &Scale) -> String {
    let (left, right, top, bottom) = (MARGIN.0, SIZE.0 - MARGIN.2, MARGIN.1, SIZE.1 - MARGIN.3);
    let mut text = String::new();
    for tick in x.ticks() {
        let at = x.at(tick);
        let _ = write!(
            text,
            "<line class=\"grid\" x1=\"{at:.1}\" y1=\"{top}\" x2=\"{at:.1}\" y2=\"{bottom}\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick:.2}</text>",
            bottom + 18.0
        );
    }
    for tick in y.ticks() {
        let at = y.at(tick);
        let _ = write!(
            text,
            "<line class=\"grid\" x1=\"{left}\" y1=\"{at:.1}\" x2=\"{right}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tick:.2}</text>",
            left - 8.0,
            at + 4.0
        );
    }
    let _ = write!(
        text,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">worst disparate impact (lowest over highest rate; fairer to the right)</text>\
         <text transform=\"translate(18 {:.1}) rotate(-90)\" text-anchor=\"middle\">accuracy (share)</text>",
        (left + right) / 2.0,
        SIZE.1 - 14.0,
        (top + bottom) / 2.0
    );
    text
}

/// The intervals of a marked alternative, as far as they lie within the axes.
fn intervals(on: &Figures, x: &Scale, y: &Scale) -> String {
    let (impact, accuracy) = (&on.worst_impact, &on.accuracy);
    let (left, right) = (x.at(impact.interval().0).max(MARGIN.0), x.at(impact.interval().1).min(SIZE.0 - MARGIN.2));
    let (bottom, top) = (y.at(accuracy.interval().0).min(SIZE.1 - MARGIN.3), y.at(accuracy.interval().1).max(MARGIN.1));
    let (x, y) = (x.at(impact.value()), y.at(accuracy.value()));
    format!("<path class=\"interval\" d=\"M{left:.1} {y:.1}H{right:.1}M{x:.1} {top:.1}V{bottom:.1}\"/>")
}

/// One alternative: its shape tells what was done to the features, its title says everything.
fn point(one: &Alternative, x: f64, y: f64) -> String {
    let recipe = &one.recipe;
    let (class, shape) = match recipe.change.split(' ').next() {
        Some("with") => ("more", format!("<path d=\"M{x:.1} {:.1}l7 12h-14z\"", y - 7.0)),
        Some("without") => {
            ("fewer", format!("<rect x=\"{:.1}\" y=\"{:.1}\" width=\"10\" height=\"10\"", x - 5.0, y - 5.0))
        }
        _ => ("plain", format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6\"")),
    };
    let weight = if one.on_frontier { "frontier" } else { "point" };
    let title = format!(
        "{}, depth {}, {} trees, threshold {}",
        if recipe.change.is_empty() { "features as shipped" } else { &recipe.change },
        recipe.depth,
        recipe.trees,
        recipe.threshold
    );
    let ring = format!(
        "<circle class=\"shipped\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"12\"/>\
         <text x=\"{x:.1}\" y=\"{:.1}\" font-weight=\"bold\" text-anchor=\"middle\">shipped</text>",
        y - 18.0
    );
    let ring = if one.shipped { ring } else { String::new() };
    format!("{shape} class=\"{class} {weight}\"><title>{title}</title></{}>{ring}", tag(class))
}

fn tag(class: &str) -> &'static str {
    match class {
        "more" => "path",
        "fewer" => "rect",
        _ => "circle",
    }
}

fn legend() -> String {
    let y = 24.0;
    format!(
        "<circle class=\"plain frontier\" cx=\"{a}\" cy=\"{y}\" r=\"6\"/><text x=\"{b}\" y=\"28\">shipped features</text>\
         <rect class=\"fewer frontier\" x=\"{c}\" y=\"19\" width=\"10\" height=\"10\"/><text x=\"{d}\" y=\"28\">fewer features</text>\
         <path class=\"more frontier\" d=\"M{e} 17l7 12h-14z\"/><text x=\"{f}\" y=\"28\">more features</text>\
         <text x=\"{g}\" y=\"50\">outlined: on the frontier of the half searched on; figures and 95 % intervals are of the other half</text>",
        a = 76.0,
        b = 88.0,
        c = 205.0,
        d = 221.0,
        e = 340.0,
        f = 352.0,
        g = 70.0
    )
}
