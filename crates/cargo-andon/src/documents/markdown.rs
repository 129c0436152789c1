//! A document as Markdown. Text from a package is escaped: it is never markup.

use super::head::DocumentHead;
use super::outline::{Blank, Document, DocumentPoint, DocumentTable, Passage, SampleNotice};

/// Renders the document.
pub(super) fn render(document: &Document, head: &DocumentHead) -> String {
    let mut text = render_head(document, head);
    for section in &document.sections {
        text += &format!("\n## {}\n", section.title);
        section.points.iter().for_each(|point| text += &render_point(point));
    }
    text + "\n---\n\n" + &footer(head) + "\n"
}

fn render_head(document: &Document, head: &DocumentHead) -> String {
    let title = format!("# {}: {} {}", document.title, escape(&head.name), escape(&head.version));
    let mut text = format!("{title}\n\n{}\n\n**{}.** {}\n", escape(&head.purpose), head.outcome, head.tally);
    text += &format!("\n**{}: {}.**", head.command, head.counts);
    text += &if head.roles.is_empty() { "\n".to_owned() } else { format!(" By role: {}.\n", head.roles) };
    if !head.warnings.is_empty() {
        text += "\nBefore you rely on this document:\n\n";
        head.warnings.iter().for_each(|warning| text += &format!("- {}\n", escape(warning)));
    }
    text + "\n" + &facts(&head.facts) + "\n" + document.law + "\n"
}

fn render_point(point: &DocumentPoint) -> String {
    let mut text = format!("\n### {} {}\n", point.number, point.title);
    point.passages.iter().for_each(|passage| text += &format!("\n{}", render_passage(passage)));
    text
}

fn render_passage(passage: &Passage) -> String {
    match passage {
        Passage::Text(text) => format!("{}\n", escape(text)),
        Passage::List(lines) => lines.iter().map(|line| format!("- {}\n", escape(line))).collect(),
        Passage::Facts(pairs) => facts(pairs),
        Passage::Table(rows) => table(rows),
        Passage::Sample(notice) => sample(notice),
        Passage::Blank(Blank { role, task }) => format!("> **TO BE WRITTEN BY {role}:** {task}\n"),
    }
}

fn facts(facts: &[(String, String)]) -> String {
    let rows: String = facts.iter().map(|(name, fact)| format!("| {} | {} |\n", escape(name), escape(fact))).collect();
    format!("| | |\n|---|---|\n{rows}")
}

fn table(DocumentTable { heads, rows }: &DocumentTable) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let escaped = |row: &Vec<String>| row.iter().map(|cell| escape(cell)).collect::<Vec<_>>();
    let body: String = rows.iter().map(|row| line(&escaped(row))).collect();
    format!("| {} |\n|{}\n{body}", heads.join(" | "), "---|".repeat(heads.len()))
}

fn sample(SampleNotice { title, lines }: &SampleNotice) -> String {
    let lines: String = lines.iter().map(|line| format!(">\n> {}\n", escape(line))).collect();
    format!("> **Sample: {}**\n{lines}", escape(title))
}

fn footer(head: &DocumentHead) -> String {
    format!(
        "Written by `cargo andon document {}` from the package. It computes no number: each is from the evidence, the \
         figures or `release.toml`. The same package gives the same bytes.",
        head.command
    )
}

/// Text that Markdown shows as it is, on one line: no markup, no address that a program makes a link of, and no mark
/// that turns the direction of text.
fn escape(text: &str) -> String {
    let text = text.trim().replace("://", ":\u{0}//").replace("www.", "www\u{0}.");
    let mut escaped: String = text.chars().map(escape_char).collect();
    if begins_block(&escaped) {
        escaped.insert(escaped.bytes().take_while(u8::is_ascii_digit).count(), '\\');
    }
    escaped
}

/// True if a line that begins so would be an item of a list, or would make a head or a line of the text before it.
fn begins_block(text: &str) -> bool {
    let after_digits = text.trim_start_matches(|char: char| char.is_ascii_digit());
    let is_numbered = after_digits.len() < text.len() && [". ", ") "].iter().any(|end| after_digits.starts_with(end));
    let is_marked = ["- ", "+ ", "--", "=="].iter().any(|mark| text.starts_with(mark));
    is_numbered || is_marked || ["-", "+", "="].contains(&text)
}

fn escape_char(char: char) -> String {
    match char {
        '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '!' | '~' | '$' => format!("\\{char}"),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '&' => "&amp;".to_owned(),
        '@' => "&#64;".to_owned(),
        // Nothing is seen of it, and the letters beside it are no address any more.
        '\u{0}' => "&#8203;".to_owned(),
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => String::new(),
        '\u{2028}' | '\u{2029}' => " ".to_owned(),
        char if char.is_control() => " ".to_owned(),
        char => char.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        let cases = [
            ("a|b `c` *d* _e_", r"a\|b \`c\` \*d\* \_e\_"),
            ("<script>&</script>", "&lt;script&gt;&amp;&lt;/script&gt;"),
            ("# head\n> quote", r"\# head &gt; quote"),
            ("![x](y) $1$", r"\!\[x\](y) \$1\$"),
            ("http://x.org", "http:&#8203;//x.org"),
            ("- item", r"\- item"),
            ("12. item", r"12\. item"),
            ("0.9000", "0.9000"),
            ("-0.1 to 2", "-0.1 to 2"),
            ("--- x", r"\--- x"),
            ("a\u{202e}b", "ab"),
        ];
        for (text, escaped) in cases {
            assert_eq!(escape(text), escaped);
        }
    }
}
