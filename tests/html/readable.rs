//! Whether everybody can read it: names for a screen reader, contrast, order of headings.

use serde_json::{Value, json};

use crate::browser::Page;
use crate::open;

/// What has to have a name, by its role in the accessibility tree.
const NAMED: [&str; 8] =
    ["button", "slider", "searchbox", "link", "image", "table", "region", "columnheader"];

#[test]
fn everything_that_acts_has_a_name() {
    let mut page = open();
    let tree = page.call("Accessibility.getFullAXTree", &json!({}));
    let mut n_checked = 0;
    for node in tree["nodes"].as_array().unwrap() {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        let is_ignored = node["ignored"] == json!(true);
        if is_ignored || !NAMED.contains(&role) {
            continue;
        }
        let name = node["name"]["value"].as_str().unwrap_or_default();
        assert!(!name.trim().is_empty(), "a {role} has no name: {node}");
        n_checked += 1;
    }
    assert!(n_checked > 100, "{n_checked}");
    assert_eq!(page.text("document.documentElement.lang"), "en");
    assert!(!page.text("document.title").is_empty());
}

#[test]
fn headings_go_down_one_step_at_a_time_and_ids_are_unique() {
    let mut page = open();
    let levels = page.eval("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])");
    let levels: Vec<i64> = serde_json::from_value(levels).unwrap();
    assert_eq!(levels[0], 1);
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    assert!(page.holds(
        "(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id); \
         return new Set(ids).size === ids.length; })()"
    ));
}

/// Contrast of at least 4.5 : 1 between every text and what is behind it (WCAG 2.2, 1.4.3), light
/// and dark.
#[test]
fn every_text_stands_out_from_its_background() {
    let mut page = open();
    for scheme in ["light", "dark"] {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        page.call("Emulation.setEmulatedMedia", &json!({ "features": features }));
        let poor = poor_contrasts(&mut page);
        assert_eq!(poor, json!([]), "{scheme}");
    }
}

fn poor_contrasts(page: &mut Page) -> Value {
    page.eval(
        r"(() => {
          const parse = (text) => text.match(/[\d.]+/g).map(Number);
          const linear = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
          const light = ([r, g, b]) =>
            0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
          const behind = (element) => {
            for (let e = element; e; e = e.parentElement) {
              const color = parse(getComputedStyle(e).backgroundColor);
              if (color.length < 4 || color[3] === 1) return color;
            }
            return [255, 255, 255];
          };
          const poor = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const element = walker.currentNode.parentElement;
            const isText = walker.currentNode.textContent.trim() !== '';
            if (!isText || element.closest('svg, script, [hidden]')) continue;
            const pair = [light(parse(getComputedStyle(element).color)), light(behind(element))];
            const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
            if (ratio < 4.5) poor.push([walker.currentNode.textContent, ratio]);
          }
          return poor.slice(0, 5);
        })()",
    )
}
