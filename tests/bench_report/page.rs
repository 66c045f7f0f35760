//! The page, read as strictly as XML is.

use crate::sample;
use roxmltree::{Document, Node, ParsingOptions};
use std::collections::HashSet;
use wavelock::bench::report::page;
use wavelock::bench::{Report, SCHEMA};

/// Figures that a report with everything in it has.
const FIGURES: [&str; 16] = [
    "size-unknown",
    "size-known",
    "size-blocks",
    "size-execute",
    "contention-0",
    "contention-1",
    "shapes",
    "block-stm",
    "stages-0",
    "stages-1",
    "stages-2",
    "latency-0",
    "distribution-0",
    "distribution-1",
    "cores-0",
    "accounts-0",
];

pub fn parse(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).expect("well-formed")
}

fn class(node: &Node, name: &str) -> bool {
    node.attribute("class").is_some_and(|classes| classes.split(' ').any(|class| class == name))
}

fn named<'a>(root: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    root.descendants().filter(move |node| node.tag_name().name() == name)
}

/// The figures' ids, each checked: a drawing with title, description and as many points as its table has values.
pub fn check(page: &str) -> Vec<String> {
    let document = parse(page);
    let mut ids = HashSet::new();
    for node in document.descendants() {
        if let Some(id) = node.attribute("id") {
            assert!(ids.insert(id), "the id {id} stands twice");
        }
    }
    let figures = named(document.root(), "figure").map(|figure| {
        let id = figure.attribute("id").expect("a figure has an id");
        let svg = named(figure, "svg").next().expect("a drawing");
        assert_eq!(svg.attribute("role"), Some("img"), "{id}");
        for part in svg.attribute("aria-labelledby").expect("a label").split(' ') {
            assert!(ids.contains(part), "{id}: {part} is not there");
        }
        for part in ["title", "desc"] {
            let node = svg.children().find(|node| node.tag_name().name() == part).expect("title and description");
            assert!(node.text().is_some_and(|text| text.len() > 10), "{id}: {part} is empty");
        }
        let points = svg.descendants().filter(|node| class(node, "pt")).count();
        let tables: Vec<_> = named(figure, "table").filter(|table| table.attribute("data-of") == Some(id)).collect();
        assert_eq!(tables.len(), 1, "{id}: one table");
        let values = tables[0].descendants().filter(|node| class(node, "v")).count();
        assert!(points > 0 && points == values, "{id}: {points} points, {values} values in the table");
        for node in svg.descendants() {
            for name in ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"] {
                if let Some(text) = node.attribute(name) {
                    let number: f64 = text.parse().unwrap_or_else(|_| panic!("{id}: {name} is {text}"));
                    assert!((-1.0..2_000.0).contains(&number), "{id}: {name} is {text}");
                }
            }
        }
        id.to_owned()
    });
    figures.collect()
}

pub fn charts_have_the_points_of_their_tables() {
    let page = page(&sample::report());
    let mut found = check(&page);
    let mut expected = FIGURES.map(str::to_owned).to_vec();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let document = parse(&page);
    let summary = document.descendants().find(|node| class(node, "summary")).expect("a summary");
    assert_eq!(summary.children().filter(Node::is_element).count(), 5, "five sentences");
    assert!(!page.contains("not measured in this run") && !page.contains("Not measured in this run"));
    // A crossover is marked, and names from the report are text, not markup.
    assert!(page.contains("gpu ahead from"));
    assert!(document.descendants().any(|node| node.text() == Some("<b>\"odd\" & peer</b>")));
    assert!(!page.contains("<b>"));
    // Figures of different clocks never meet.
    for table in named(document.root(), "table") {
        let clocks = |name: &str| table.descendants().any(|node| node.text().is_some_and(|text| text.contains(name)));
        assert!(!(clocks("kernel time") && clocks("device time")), "two clocks in one table");
    }
}

pub fn nothing_comes_from_elsewhere() {
    let page = page(&sample::report());
    let document = parse(&page);
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(
            !["script", "link", "img", "iframe", "object", "embed", "base", "image", "use"].contains(&name),
            "<{name}>"
        );
        for attribute in node.attributes() {
            let name = attribute.name();
            assert!(
                !["src", "href", "srcset", "action", "data", "style"].contains(&name) && !name.starts_with("on"),
                "{name}"
            );
        }
    }
    for wanted in ["url(", "@import", "https://"] {
        assert!(!page.contains(wanted), "{wanted}");
    }
    for wanted in ["prefers-color-scheme: dark", "@media print", "width=device-width"] {
        assert!(page.contains(wanted), "{wanted}");
    }
}

pub fn what_was_not_measured_is_said() {
    let empty = Report { schema: SCHEMA.into(), machine: serde_json::json!({}), rows: Vec::new() };
    let empty_page = page(&empty);
    assert!(check(&empty_page).is_empty());
    assert!(empty_page.matches("ot measured in this run").count() >= 10);
    // Every scope alone.
    for scope in ["sigverify", "execute", "end_to_end"] {
        let mut report = sample::report();
        report.rows.retain(|row| row.scope == scope);
        assert!(!check(&page(&report)).is_empty(), "{scope}");
    }
    // One row alone has nothing to be drawn against, and is still in the table.
    let mut report = sample::report();
    report.rows.truncate(1);
    let page = page(&report);
    check(&page);
    assert!(page.contains("1 rows, end to end"));
}
