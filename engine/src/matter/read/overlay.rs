//! Overlays: read from their files, and put into a matter that has been read. A slot is filled where it stands, while it is read.

use super::{Reader, keys};
use crate::diagnostic::Diagnostic;
use crate::english::English;
use crate::matter::overlay::{Bound, Overlay, Place};
use crate::matter::{Formula, LimitValue, Limits, Material, Materials, Matter, Step, Value};
use crate::source::{Span, Spanned};
use crate::yaml::{self, Entry, Node};
use jiff::civil::Date;

/// The word that takes something away.
const DROP: &str = "drop";

/// Reads an overlay from the text of a file, numbered `file`. `None` where it cannot be told what it changes, and where.
pub(crate) fn overlay(file: u16, text: &str) -> (Option<Overlay>, Vec<Diagnostic>) {
    let root = match yaml::parse(file, text) {
        Ok(root) => root,
        Err(found) => return (None, found),
    };
    let blocks = super::Blocks::default();
    let english = English::default();
    let mut reader = Reader::new(&blocks, &[], &english);
    let overlay = reader.whole_overlay(&root, text);
    (overlay, reader.found)
}

impl Reader<'_> {
    fn whole_overlay(&mut self, root: &Node, text: &str) -> Option<Overlay> {
        let entries = self.map(root, keys::OVERLAY);
        let start = root.span.part(0, 1);
        let place = match root.entry("pool") {
            Some(_) => "pool",
            None => "city",
        };
        self.require(root, start, &["overlay", place, "from", "basis", "changes"]);
        if let (Some(pool), Some(city)) = (root.entry("pool"), root.entry("city")) {
            let twice = Diagnostic::new("E0102", city.key_span).with("name", "pool / city");
            self.report(twice.also(pool.key_span));
        }
        let get = |key: &str| entries.iter().find(|e| e.key == key && !e.value.is_empty());
        let matter = get("overlay").and_then(|e| self.text(&e.value));
        let name = get(place).and_then(|e| self.text(&e.value));
        let from = get("from").and_then(|e| self.day(&e.value));
        let basis = get("basis").map(|e| self.basis(&e.value));
        let changes = get("changes")?;
        Some(Overlay {
            matter: matter?,
            place: match place {
                "pool" => Place::Pool(name?),
                _ => Place::City(name?),
            },
            from: from?,
            basis: basis.unwrap_or_default(),
            span: changes.key_span,
            changes: self.named(&changes.value).to_vec(),
            text: text.into(),
        })
    }

    pub(super) fn day(&mut self, node: &Node) -> Option<Date> {
        let day = node.text().and_then(|t| t.parse().ok());
        if day.is_none() {
            self.expected(node, "2026-01-01");
        }
        day
    }

    /// What a city may do: `shorten`, `lengthen`, `set`, `drop`.
    pub(super) fn city_may(&mut self, node: &Node) -> Vec<Spanned<String>> {
        let words = self.texts(node);
        for word in &words {
            if !keys::CITY_MAY.contains(&&*word.value) {
                let wrong = Diagnostic::new("E0202", word.span);
                self.report(wrong.with("what", keys::CITY_MAY.join(" | ")));
            }
        }
        words
    }

    /// Puts the changes of an overlay in place, one after the other.
    pub(super) fn apply(&mut self, overlay: &Overlay) {
        for e in overlay.changes.iter().filter(|e| !e.value.is_empty()) {
            self.change(e);
        }
        self.matter.basis.extend(overlay.basis.iter().cloned());
    }

    fn change(&mut self, e: &Entry) {
        if self.slots.contains(&*e.key) {
            return; // filled when it was read
        }
        let Some(target) = target(&self.matter, &e.key) else {
            let known = addresses(&self.matter);
            let slots = self.slots.iter().map(|s| &**s);
            let near = known.iter().map(String::as_str).chain(slots);
            let wrong = Diagnostic::new("E0240", e.key_span).with("name", &*e.key);
            let wrong = wrong.near(&e.key, near.collect::<Vec<_>>());
            return self.report(wrong);
        };
        let (may, at) = target.may(&self.matter);
        let may = may.to_vec();
        if e.value.text() == Some(DROP) {
            match may.iter().any(|m| m.value == DROP) {
                true => target.drop(&mut self.matter, e.value.span),
                false => self.not_allowed(e, DROP, &may, at),
            }
            return;
        }
        match target {
            Target::Limit { .. } | Target::StepLimit(_) => self.new_value(e, &target, &may, at),
            Target::Material(n) if may.iter().any(|m| m.value == "set") => {
                self.map(&e.value, keys::MATERIAL_SET);
                if let Some(mut material) = own(&self.matter.materials).get(n).cloned() {
                    self.material_keys(&mut material, &e.value);
                    if let Some(place) = own_mut(&mut self.matter.materials).get_mut(n) {
                        *place = material;
                    }
                }
            }
            Target::Material(_) => self.not_allowed(e, "set", &may, at),
            Target::Step(_) => self.expected(&e.value, DROP),
        }
    }

    fn new_value(&mut self, e: &Entry, target: &Target, may: &[Spanned<String>], at: Span) {
        let Some(after) = self.limit_value(&e.value) else {
            return;
        };
        let word = |word: &str| may.iter().find(|m| m.value == word);
        let (shorten, lengthen) = (word("shorten"), word("lengthen"));
        let before = target.limit(&self.matter);
        let one_way = match (word("set"), shorten, lengthen) {
            (None, None, None) => return self.not_allowed(e, "set", may, at),
            (None, Some(word), None) | (None, None, Some(word)) => Some(word.span),
            _ => None,
        };
        if let (Some(declared), Some(before)) = (one_way, before.clone()) {
            self.bounds.push(Bound {
                before,
                after: after.clone(),
                shorten: shorten.is_some(),
                declared,
            });
        }
        target.set(&mut self.matter, after);
    }

    fn not_allowed(&mut self, e: &Entry, what: &str, may: &[Spanned<String>], at: Span) {
        let may: Vec<&str> = may.iter().map(|m| m.value.as_str()).collect();
        let wrong = Diagnostic::new("E0241", e.key_span)
            .with("name", &*e.key)
            .with("what", what)
            .with(
                "may",
                if may.is_empty() {
                    "–".to_owned()
                } else {
                    may.join(", ")
                },
            );
        self.report(wrong.also(at));
    }
}

/// What an address of an overlay leads to.
enum Target {
    /// `limits.NAME`, or `GROUP.limits.NAME`.
    Limit { step: Option<usize>, at: usize },
    /// `STEP.limit`.
    StepLimit(usize),
    /// `materials.NAME`.
    Material(usize),
    /// `STEP`.
    Step(usize),
}

fn step_at(matter: &Matter, name: &str) -> Option<usize> {
    matter.steps.iter().position(|s| &**s.id == name)
}

fn target(matter: &Matter, address: &str) -> Option<Target> {
    if let Some(name) = address.strip_prefix("materials.")
        && let Materials::Own(all) = &matter.materials
    {
        let at = all.iter().position(|m| &**m.name == name)?;
        return Some(Target::Material(at));
    }
    if let Some((owner, name)) = address.rsplit_once('.')
        && let Some(owner) = owner.strip_suffix("limits")
    {
        let step = match owner.strip_suffix('.') {
            Some(step) => Some(step_at(matter, step)?),
            None => None,
        };
        let at = limits(matter, step)?
            .iter()
            .position(|l| &**l.name == name)?;
        return Some(Target::Limit { step, at });
    }
    if let Some(step) = address.strip_suffix(".limit") {
        return Some(Target::StepLimit(step_at(matter, step)?));
    }
    step_at(matter, address).map(Target::Step)
}

fn limits(matter: &Matter, step: Option<usize>) -> Option<&Vec<Limits>> {
    match step {
        Some(step) => matter.steps.get(step).map(|s| &s.limits),
        None => Some(&matter.limits),
    }
}

fn limits_mut(matter: &mut Matter, step: Option<usize>) -> Option<&mut Vec<Limits>> {
    match step {
        Some(step) => matter.steps.get_mut(step).map(|s| &mut s.limits),
        None => Some(&mut matter.limits),
    }
}

fn own(materials: &Materials) -> &[Material] {
    match materials {
        Materials::Own(all) => all,
        Materials::FromParts(_) => &[],
    }
}

fn own_mut(materials: &mut Materials) -> &mut [Material] {
    match materials {
        Materials::Own(all) => all,
        Materials::FromParts(_) => &mut [],
    }
}

/// Every address at which a matter lets a city change something, its slots aside.
fn addresses(matter: &Matter) -> Vec<String> {
    let mut out = Vec::new();
    let mut limits = |owner: &str, all: &[Limits]| {
        let open = all.iter().filter(|l| !l.city_may.is_empty());
        out.extend(open.map(|l| format!("{owner}limits.{}", l.name.value)));
    };
    limits("", &matter.limits);
    for step in &matter.steps {
        limits(&format!("{}.", step.id.value), &step.limits);
    }
    let open = |s: &&Step| !s.city_may.is_empty();
    for step in matter.steps.iter().filter(open) {
        out.push(step.id.to_string());
        out.extend(
            step.limit
                .iter()
                .map(|_| format!("{}.limit", step.id.value)),
        );
    }
    let materials = own(&matter.materials).iter();
    let materials = materials.filter(|m| !m.city_may.is_empty());
    out.extend(materials.map(|m| format!("materials.{}", m.name.value)));
    out
}

impl Target {
    /// What a city may do there, and where that place is named.
    fn may<'m>(&self, matter: &'m Matter) -> (&'m [Spanned<String>], Span) {
        let found = match self {
            Target::Limit { step, at } => limits(matter, *step)
                .and_then(|l| l.get(*at))
                .map(|l| (&l.city_may, l.name.span)),
            Target::StepLimit(at) | Target::Step(at) => {
                matter.steps.get(*at).map(|s| (&s.city_may, s.id.span))
            }
            Target::Material(at) => own(&matter.materials)
                .get(*at)
                .map(|m| (&m.city_may, m.name.span)),
        };
        found.map_or((&[], Span::default()), |(may, at)| (may, at))
    }

    fn limit(&self, matter: &Matter) -> Option<LimitValue> {
        match self {
            Target::Limit { step, at } => Some(limits(matter, *step)?.get(*at)?.limit.clone()),
            Target::StepLimit(at) => matter.steps.get(*at)?.limit.clone(),
            Target::Material(_) | Target::Step(_) => None,
        }
    }

    fn set(&self, matter: &mut Matter, value: LimitValue) {
        match self {
            Target::Limit { step, at } => {
                if let Some(limit) = limits_mut(matter, *step).and_then(|l| l.get_mut(*at)) {
                    limit.limit = value;
                }
            }
            Target::StepLimit(at) => {
                if let Some(step) = matter.steps.get_mut(*at) {
                    step.limit = Some(value);
                }
            }
            Target::Material(_) | Target::Step(_) => {}
        }
    }

    /// Takes it away: a step is skipped, everything else is gone.
    fn drop(&self, matter: &mut Matter, at: Span) {
        match self {
            Target::Limit { step, at } => {
                if let Some(all) = limits_mut(matter, *step) {
                    all.remove(*at);
                }
            }
            Target::Material(at) => {
                if let Materials::Own(all) = &mut matter.materials {
                    all.remove(*at);
                }
            }
            Target::StepLimit(step) => {
                if let Some(step) = matter.steps.get_mut(*step) {
                    step.limit = None;
                }
            }
            Target::Step(step) => {
                if let Some(step) = matter.steps.get_mut(*step) {
                    let never = Formula::new(Spanned::new("false".to_owned(), at));
                    step.only_if = Some(Value::Computed(never));
                }
            }
        }
    }
}
