//! The classes of a learned file, with what stands in their tables and what is said about them.

use crate::model::memory::Layout;
use crate::spec::{CountLaw, ScoreForm, SizeLaw};
use crate::units::{Bytes, num};

use super::families::{Families, Family};
use super::laws::{Content, Elements, content};
use super::life::{self, Lifetimes, lifetimes};
use super::locust::LocustRequests;
use super::seen::Kind;
use super::sizes::{Fitted, Sizes};
use super::skew::Skew;
use super::spelling::{Numbered, template};
use super::spread::Spread;
use super::values::Values;
use super::words::{Z95, percent, quoted, share_error, signed_percent, thousands, underscored};

/// A run takes fifteen levels of a second at least, and refuses keys that do not outlive it.
const SHORTEST_LIFE_SECS: u64 = 16;

/// A `[[class]]`.
#[derive(Debug, Clone)]
pub(super) struct Class {
    /// Distinct.
    pub name: String,
    /// What it holds, the same for classes of one family.
    pub content: Content,
    /// How keys are spelled.
    key: Numbered,
    /// Its keys.
    pub keys: u64,
    /// Those that are seeded.
    pub seeded: u64,
    /// Seconds that they are given; `None` for keys that stay.
    pub ttl_secs: Option<u64>,
    /// How unevenly its keys are used; `None`: not collected.
    pub skew: Option<Skew>,
    /// Commands that were seen on its keys.
    pub asked: Vec<(String, f64)>,
    /// What is said about it, a line each.
    pub notes: Vec<String>,
}

/// Keys that a file cannot express.
#[derive(Debug, Clone)]
pub(super) struct LeftOut {
    /// Of what, and why.
    pub what: String,
    /// How many.
    pub keys: u64,
    /// Their bytes by `MEMORY USAGE`; `None` where that was not asked.
    pub bytes: Option<Bytes>,
}

/// All classes and what is not among them.
#[derive(Debug, Clone)]
pub(super) struct Classes {
    pub all: Vec<Class>,
    pub left_out: Vec<LeftOut>,
}

impl Classes {
    /// Gives commands to the classes that their names name.
    pub(super) fn assign(&mut self, named: &[LocustRequests]) {
        for class in &mut self.all {
            for requests in named.iter().filter(|requests| requests.is_of(&class.name)) {
                let Some(command) = requests.command else { continue };
                let n = num::float(requests.count);
                match class.asked.iter_mut().find(|(known, _)| known == command) {
                    Some((_, count)) => *count += n,
                    None => class.asked.push((command.to_owned(), n)),
                }
            }
        }
    }
}

/// The classes of families of `keys` keys together.
///
/// * `layout`: the server whose memory they have to meet.
/// * `share_seeded`: part of the keys that a run seeds.
/// * `is_used`: whether others used them while they were watched; what nobody uses was only written.
pub(super) fn classes(
    families: &Families,
    keys: u64,
    layout: &Layout,
    (share_seeded, is_used): (f64, bool),
) -> Classes {
    let mut found = Classes { all: Vec::new(), left_out: Vec::new() };
    for family in &families.all {
        let of_family = num::round(family.share * num::float(keys));
        if of_family == 0 {
            continue;
        }
        let Some(content) = content(family, layout) else {
            found.left_out.push(LeftOut::of(family, of_family));
            continue;
        };
        let lives = lifetimes(&family.values);
        let volatile = lives
            .secs
            .map_or(0, |_| num::round(num::float(of_family) * lives.volatile.unwrap_or(0.0)));
        let word = family.word();
        let (places, lengths) = (&family.places, &family.lengths);
        let key = template(family.naming.as_ref(), places, lengths, of_family, &word);
        let taken = found.all.iter().map(|class| (&class.key, class.keys));
        let key = key.apart(of_family, taken);
        let whole = Class {
            name: String::new(),
            key,
            keys: of_family,
            seeded: 0,
            ttl_secs: lives.secs.map(|secs| secs.max(SHORTEST_LIFE_SECS)),
            skew: family.skew(of_family).filter(|_| is_used),
            asked: family.asked.clone(),
            notes: notes(family, families, of_family, &content, lives),
            content,
        };
        for part in parts(whole, volatile) {
            let seeded = num::ceil(num::float(part.keys) * share_seeded).clamp(1, part.keys);
            let name = free_name(&found.all, &word, part.ttl_secs.is_none() && volatile > 0);
            found.all.push(Class { name, seeded, ..part });
        }
    }
    found
}

/// The keys that expire and those that stay, where there are both.
fn parts(whole: Class, volatile: u64) -> Vec<Class> {
    let stay = whole.keys - volatile;
    if volatile == 0 || stay == 0 {
        let ttl_secs = whole.ttl_secs.filter(|_| volatile > 0);
        return vec![Class { ttl_secs, ..whole }];
    }
    let asked = |part: u64| {
        let share = num::float(part) / num::float(whole.keys);
        whole.asked.iter().map(|(name, n)| (name.clone(), n * share)).collect()
    };
    let lasting = Class {
        key: whole.key.after(volatile),
        keys: stay,
        ttl_secs: None,
        asked: asked(stay),
        notes: vec!["those of the class above that stay".into()],
        ..whole.clone()
    };
    let asked = asked(volatile);
    vec![Class { keys: volatile, asked, ..whole }, lasting]
}

fn free_name(taken: &[Class], word: &str, stays: bool) -> String {
    let word: String =
        word.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    let word = if stays { format!("{word}-lasting") } else { word };
    let is_free = |name: &String| taken.iter().all(|class| class.name != *name);
    let numbered = (2..).map(|n: u32| format!("{word}-{n}"));
    std::iter::once(word.clone()).chain(numbered).find(is_free).expect("numbers do not end")
}

impl LeftOut {
    fn of(family: &Family, keys: u64) -> Self {
        let spelled = family.naming.as_ref().map_or("rare templates".into(), ToString::to_string);
        let why = match family.held.kind {
            Kind::Other => "streams or types of modules, which a workload file cannot say",
            _ => "not enough is known of what they hold",
        };
        let usage = family.values.memory_usage.mean();
        let bytes = usage.map(|mean| Bytes::from_float(mean * num::float(keys)));
        Self { what: format!("{spelled}: {why}"), keys, bytes }
    }
}

/// What was seen of a family.
fn notes(
    family: &Family,
    families: &Families,
    keys: u64,
    content: &Content,
    lives: Lifetimes,
) -> Vec<String> {
    let spelled = family.naming.as_ref().map_or_else(
        || format!("{} templates that are rare", families.rare_templates),
        ToString::to_string,
    );
    let values = &family.values;
    let mut notes = vec![format!(
        "{spelled}: {} ± {} of the keys, {} by the whole count; {} looked at{}",
        percent(family.share),
        percent(share_error(family.share, families.keys)),
        thousands(keys),
        thousands(values.keys),
        encodings(values),
    )];
    match content {
        Content::Strings(fitted) => notes.extend(of_fit("length", &values.bytes, fitted)),
        Content::Numbers => notes.push("numbers, stored as such".into()),
        Content::Elements(Elements { counts, items, .. }) => {
            notes.extend(of_fit("elements", &values.elements, counts));
            if !values.members.lengths.is_fixed() {
                notes.extend(mean("length of members", &values.members.lengths));
            }
            if let Some(items) = items {
                notes.extend(of_fit("length of values", &values.items.lengths, items));
            }
            let numbers = values.items.integer_share().filter(|share| *share > 0.02);
            notes.extend(numbers.map(|share| {
                format!(
                    "{} of the values are numbers, written as text of their length",
                    percent(share)
                )
            }));
        }
    }
    notes.push(match (lives.volatile, lives.secs) {
        (None, _) => "lifetime: not collected".into(),
        (Some(volatile), Some(secs)) => format!(
            "{} ± {} expire; {} s left at most, {:.0} s on average: taken for {}",
            percent(volatile),
            percent(share_error(volatile, values.lives)),
            thousands(values.left.most().unwrap_or(0)),
            values.left.mean().unwrap_or(0.0),
            if secs < SHORTEST_LIFE_SECS {
                format!("{SHORTEST_LIFE_SECS}s, because keys have to outlive a run")
            } else {
                life::spelled(secs)
            },
        ),
        (Some(_), None) => "none expires".into(),
    });
    notes.extend(mean("MEMORY USAGE", &values.memory_usage));
    if !values.frequencies.is_empty() {
        let mut counters = Spread::default();
        values.frequencies.iter().for_each(|(counter, keys)| {
            counters.add_times(u64::from(*counter), *keys);
        });
        notes.extend(mean("the engine's counter of uses", &counters));
    }
    notes
}

fn encodings(values: &Values) -> String {
    let told: u64 = values.encodings.values().sum();
    let share = |n: u64| percent(num::float(n) / num::float(told));
    let all: Vec<String> =
        values.encodings.iter().map(|(name, n)| format!("{name} {}", share(*n))).collect();
    if all.is_empty() { String::new() } else { format!(" ({})", all.join(", ")) }
}

/// `length 812.3 on average ± 0.9 %, 1 to 4,000`.
fn mean(what: &str, seen: &Spread) -> Option<String> {
    let mean = seen.mean()?;
    let error = seen.standard_error().filter(|_| mean > 0.0);
    let error = error.map_or_else(String::new, |e| format!(" ± {}", percent(Z95 * e / mean)));
    let [least, most] = [seen.least()?, seen.most()?].map(thousands);
    Some(format!("{what}: {mean:.1} on average{error}, {least} to {most}"))
}

fn of_fit<L>(what: &str, seen: &Spread, fitted: &Fitted<L>) -> Option<String> {
    if seen.is_fixed() {
        return Some(format!("{what}: {} each", thousands(seen.least()?)));
    }
    let [mean_error, cost_error] = [fitted.mean_error, fitted.cost_error].map(signed_percent);
    let seen = mean(what, seen)?;
    Some(format!("{seen}; the law is off by {mean_error} in the mean, {cost_error} in memory"))
}

impl Class {
    /// The lines of its table, notes first.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.notes.iter().map(|note| format!("# {note}")).collect();
        lines.push("[[class]]".into());
        lines.push(format!("name = {}", quoted(&self.name)));
        lines.push(format!("keys = {}", underscored(self.seeded)));
        lines.push(format!("key = {}", quoted(&self.key.to_string())));
        match &self.content {
            Content::Strings(fitted) => lines.push(size_line(&fitted.law)),
            Content::Numbers => lines.push("payload = \"counter\"".into()),
            Content::Elements(elements) => lines.extend(element_lines(elements)),
        }
        lines.extend(self.ttl_secs.map(|secs| format!("ttl = {}", quoted(&life::spelled(secs)))));
        lines
    }

    /// The first member of a collection.
    pub(super) fn first_member(&self) -> Option<String> {
        match &self.content {
            Content::Elements(elements) => Some(elements.member.as_ref()?.replace("{n}", "0")),
            Content::Strings(_) | Content::Numbers => None,
        }
    }
}

fn element_lines(elements: &Elements) -> Vec<String> {
    let mut lines = vec![format!("type = {}", quoted(elements.kind.word()))];
    let members = match &elements.counts.law {
        CountLaw::Fixed(n) => underscored(u64::from(*n)),
        CountLaw::Lognormal { median, sigma, max } => {
            format!("{{ lognormal = {{ median = {median}, sigma = {sigma}, max = {max} }} }}")
        }
        CountLaw::Uniform { min, max } => {
            format!("{{ uniform = {{ min = {min}, max = {max} }} }}")
        }
        CountLaw::Choices(choices) => {
            let one = |choice: &crate::spec::CountChoice| {
                format!("{{ members = {}, weight = {} }}", choice.members, choice.weight)
            };
            listed(choices.iter().map(one))
        }
    };
    lines.push(format!("members = {members}"));
    lines.extend(elements.member.as_ref().map(|member| format!("member = {}", quoted(member))));
    if elements.score == Some(ScoreForm::Fraction) {
        lines.push("score = \"fraction\"".into());
    }
    lines.extend(elements.items.as_ref().map(|fitted| size_line(&fitted.law)));
    lines
}

fn size_line(sizes: &Sizes) -> String {
    let size = match sizes {
        Sizes::Fixed(len) => format!("\"{len}B\""),
        Sizes::Law(SizeLaw::Lognormal { median, sigma, max }) => {
            let [median, max] = [median, max].map(|size| size.get());
            format!(
                "{{ lognormal = {{ median = \"{median}B\", sigma = {sigma}, max = \"{max}B\" }} }}"
            )
        }
        Sizes::Law(SizeLaw::Uniform { min, max }) => {
            let [min, max] = [min, max].map(|size| size.get());
            format!("{{ uniform = {{ min = \"{min}B\", max = \"{max}B\" }} }}")
        }
        Sizes::Law(SizeLaw::Choices(choices)) => {
            let one = |choice: &crate::spec::Choice| {
                format!("{{ size = \"{}B\", weight = {} }}", choice.size.get(), choice.weight)
            };
            listed(choices.iter().map(one))
        }
    };
    format!("size = {size}")
}

/// `{ choices = […] }`, four to a line where they are many.
fn listed(choices: impl Iterator<Item = String>) -> String {
    let choices: Vec<String> = choices.collect();
    if choices.len() <= 3 {
        return format!("{{ choices = [{}] }}", choices.join(", "));
    }
    let lines: Vec<String> =
        choices.chunks(3).map(|line| format!("    {},", line.join(", "))).collect();
    format!("{{ choices = [\n{}\n] }}", lines.join("\n"))
}
