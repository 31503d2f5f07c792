//! A small report with every kind of block, and with names that try to break out of each format.

use crate::evidence::Grade;
use crate::report::{
    Axis, Block, Cell, ChartSpec, Choices, Column, Explorer, Fact, Headline, Height, Level, Mark,
    Marker, Outcome, Point, Report, Role, Row, Section, Series, Setting, Table, TickFormat,
};

/// A class name that would act in HTML, SVG, Markdown and a spreadsheet.
pub(super) const HOSTILE: &str = "<script>alert('|')</script>";

pub(super) fn report() -> Report {
    Report {
        title: "Sizing of identity-cache".into(),
        subtitle: "Measured on valkey 8.1 on 2026-01-02".into(),
        headline: Headline {
            outcome: Outcome::MetWithDoubts,
            verdict: "1 × cache.t4g.small: $17 a month".into(),
            reasons: vec!["Memory binds; it holds while keys stay below 900k.".into()],
            facts: vec![
                Fact::new("used_memory", "408 MiB", Grade::Measured),
                Fact::missing("CPU credits"),
            ],
        },
        sections: vec![
            Section {
                id: "memory".into(),
                title: "Memory".into(),
                blocks: vec![
                    Block::Paragraph("`used_memory` grows by 1.04 KiB a key & no more.".into()),
                    Block::Callout { level: Level::Warning, text: "Allocator is assumed.".into() },
                    Block::Chart(Box::new(memory_chart())),
                    Block::Table(classes()),
                ],
            },
            Section {
                id: "next".into(),
                title: "What would change it".into(),
                blocks: vec![
                    Block::List(vec!["More keys.".into(), "A higher peak.".into()]),
                    Block::Facts(vec![Fact::new("growth", "4%/month", Grade::Assumed)]),
                    Block::Explorer(explorer()),
                ],
            },
        ],
        footer: "cachefit 0.1.0".into(),
        setting: Setting::default(),
    }
}

fn explorer() -> Explorer {
    Explorer {
        axes: vec![Choices {
            id: "keys".into(),
            label: HOSTILE.into(),
            values: vec!["1M keys".into(), HOSTILE.into()],
            planned: 1,
        }],
        answers: vec!["</script><script>alert(1)</script>".into(), "nothing fits".into()],
        cells: vec![0, 1],
    }
}

pub(super) fn classes() -> Table {
    let columns = vec![
        Column::text("class"),
        Column::count("keys"),
        Column::number("used_memory", "bytes"),
        Column::text("note"),
    ];
    let mut table = Table::new("classes", "What each class of key takes.", columns).sortable();
    table.push(Row::chosen(vec![
        Cell::text("claims"),
        Cell::number("200k", 200_000.0),
        Cell::number("301 MiB", 315_621_376.0),
        Cell::text("=HYPERLINK(\"x\")"),
    ]));
    table.push(Row::new(vec![
        Cell::text(HOSTILE),
        Cell::number("200k", 200_000.0),
        Cell::missing(),
        Cell::text("a|b"),
    ]));
    table
}

pub(super) fn memory_chart() -> ChartSpec {
    const MIB: f64 = 1_048_576.0;
    let measured = (1..=4).map(|n| f64::from(n) * 100e3).map(|keys| (keys, keys * 1.02 * 1024.0));
    ChartSpec {
        id: "memory".into(),
        title: "used_memory against keys".into(),
        caption: "400k keys no longer fit a cache.t4g.micro.".into(),
        height: Height::Full,
        x: Axis::linear("keys", TickFormat::Count),
        y: Axis::linear("used_memory", TickFormat::Bytes),
        series: vec![
            Series::new("calculated", Mark::Line, Role::Guide, [(0.0, MIB), (400e3, 400.0 * MIB)]),
            Series::new("measured", Mark::Points, Role::First, measured),
            Series {
                name: HOSTILE.into(),
                mark: Mark::LineAndPoints,
                role: Role::Second,
                points: vec![
                    Point::new(100e3, 50.0 * MIB),
                    Point::new(400e3, 200.0 * MIB).labelled("peak"),
                ],
            },
        ],
        markers: vec![
            Marker::horizontal(384.0 * MIB, "cache.t4g.micro", Role::Limit),
            Marker::vertical(350e3, "today", Role::Guide),
        ],
        note_when_empty: "No checkpoint was measured.".into(),
    }
}
