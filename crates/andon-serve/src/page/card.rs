//! The model card as HTML. Raw HTML, images and links to anything but the web are taken out.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The tags around a table, which may be wider than the screen: a region that scrolls by keyboard.
const TABLE_REGION: [&str; 2] =
    ["<div class=\"scroll\" role=\"region\" aria-label=\"Table of the card\" tabindex=\"0\">", "</div>"];

/// Renders a card. Its headings go two levels down, below those of the page.
pub(crate) fn to_html(markdown: &str) -> String {
    let mut text = String::new();
    // Front matter is for machines and leaves nothing on the page.
    let options = Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    html::push_html(&mut text, Parser::new_ext(markdown, options).flat_map(plain));
    text
}

/// Makes an event harmless, and puts a table into its region.
fn plain(event: Event<'_>) -> Vec<Event<'_>> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => vec![Event::Text(text)],
        Event::Start(Tag::HtmlBlock | Tag::Image { .. }) | Event::End(TagEnd::HtmlBlock | TagEnd::Image) => Vec::new(),
        Event::Start(Tag::Heading { level, .. }) => {
            vec![Event::Start(Tag::Heading { level: lower(level), id: None, classes: Vec::new(), attrs: Vec::new() })]
        }
        Event::End(TagEnd::Heading(level)) => vec![Event::End(TagEnd::Heading(lower(level)))],
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = if is_web(&dest_url) { dest_url } else { CowStr::from("#card") };
            vec![Event::Start(Tag::Link { link_type, dest_url, title, id })]
        }
        Event::Start(Tag::Table(columns)) => {
            vec![Event::Html(TABLE_REGION[0].into()), Event::Start(Tag::Table(columns))]
        }
        Event::End(TagEnd::Table) => vec![Event::End(TagEnd::Table), Event::Html(TABLE_REGION[1].into())],
        other => vec![other],
    }
}

fn is_web(url: &str) -> bool {
    ["https://", "http://", "#"].iter().any(|scheme| url.starts_with(scheme))
}

fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_card_is_live() {
        let hostile = "---\nfront: <b>matter</b>\n---\n\n# A\n\n<script>alert(1)</script>\n\nb <img src=x onerror=alert(1)> [c](javascript:alert(1)) \
                       ![d](http://e/f.png)\n\n|g|\n|---|\n|<b>h</b>|\n";
        let html = to_html(hostile);
        for live in ["<script", "<img", "javascript:", "<b>", "<h1", "matter"] {
            assert!(!html.contains(live), "{live} in {html}");
        }
        assert!(html.contains("<h3>A</h3>") && html.contains("&lt;script&gt;") && html.contains("tabindex=\"0\""));
    }
}
