//! A promise never outlasts the law, on any calendar that is loaded; the limits of the steps fit into it; what starts and stops a limit
//! comes while its region runs (E0229, E0237, E0238, W0102). An overlay that may only shorten a limit does so on every calendar (E0242). What
//! an event wants left of a limit is less than the limit (E0244).

use super::ways::{Region, numbered};
use super::{Subject, World};
use crate::clock::{Calendar, Limit, Unit, due, instant};
use crate::diagnostic::Diagnostic;
use crate::matter::overlay::Bound;
use crate::matter::{
    Basis, Kind, LimitKind, LimitMoment, LimitValue, Limits, Needs, StepIx, Trigger,
};
use crate::network::Network;
use crate::text::{Lang, Text, both, say};
use jiff::civil::Date;
use std::collections::BTreeSet;

pub(super) fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let matter = subject.matter;
    let inner = matter.steps.iter().map(|s| &s.limits);
    for limits in std::iter::once(&matter.limits).chain(inner) {
        for promise in limits.iter().filter(|l| l.kind == LimitKind::Promised) {
            let law = limits.iter().filter(|l| l.kind == LimitKind::Statutory);
            for law in law.filter(|l| comparable(promise, l)) {
                within_the_law(subject, promise, law, found);
            }
        }
    }
    for promise in matter
        .limits
        .iter()
        .filter(|l| l.kind == LimitKind::Promised)
    {
        steps_fit(subject, promise, found);
    }
    for (at, step) in numbered(matter) {
        for limit in &step.limits {
            for moment in [&limit.starts, &limit.stops].into_iter().flatten() {
                let starts = limit.starts.as_ref() == Some(moment);
                if never(subject, at, &moment.value, starts) {
                    let wrong = Diagnostic::new("E0238", moment.span);
                    let wrong = wrong.with("name", moment.value.as_str());
                    found.push(wrong.with("limit", &*limit.name.value));
                }
            }
        }
    }
    for limit in &matter.limits {
        let stops = limit.stops.as_ref();
        if let Some(stops) = stops.filter(|s| after_the_end(subject, &s.value)) {
            let wrong = Diagnostic::new("E0237", stops.span).with("name", &*limit.name.value);
            found.push(wrong.with("moment", stops.value.as_str()));
        }
    }
    left_over(subject, found);
}

/// Events at a moment when more is to be left of a limit than it has, or what cannot be told apart from it.
fn left_over(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let matter = subject.matter;
    for event in &matter.event_defs {
        let Trigger::Limit {
            limit: name,
            at: LimitMoment::Left(left),
        } = &event.trigger
        else {
            continue;
        };
        let inner = matter.steps.iter().flat_map(|s| &s.limits);
        let declared = matter.limits.iter().chain(inner);
        let declared = declared.filter(|l| l.name.value == name.value);
        let own = matter.steps.iter().filter(|s| s.id.value == name.value);
        let limits = declared
            .map(|l| &l.limit)
            .chain(own.filter_map(|s| s.limit.as_ref()));
        let mut limits = limits.flat_map(|l| values(subject.world.network, l));
        if let Some(limit) = limits.find(|l| !leaves(*l, left.value)) {
            let wrong = Diagnostic::new("E0244", left.span)
                .with("name", &*name.value)
                .with("limit", limit.to_string());
            found.push(wrong.with("left", left.value.to_string()));
        }
    }
}

/// Whether there is a moment at which just so much is left of a limit.
fn leaves(limit: Limit, left: Limit) -> bool {
    match (limit.unit, left.unit) {
        (mine, other) if mine == other => left.count < limit.count,
        (Unit::Months | Unit::Years, Unit::Hours | Unit::Minutes) => true,
        (Unit::Months, Unit::Days) => left.count < limit.count * 28,
        (Unit::Years, Unit::Days) => left.count < limit.count * 365,
        // Of a day there are the office hours.
        (_, Unit::Hours | Unit::Minutes) => {
            let days = Limit {
                unit: Unit::WorkingDays,
                ..limit
            };
            let whole = minutes(limit).or_else(|| minutes(days));
            minutes(left) < whole
        }
        _ => false,
    }
}

/// The step a moment is about; none: it is a mark, or unknown.
fn step_of(subject: &Subject, moment: &str) -> Option<StepIx> {
    if super::scope::marks(subject.matter).contains(moment) {
        return None;
    }
    let named = |name: &str| subject.matter.find(name).map(|(at, _)| at);
    named(moment).or_else(|| named(moment.rsplit_once('.')?.0))
}

/// The step and all around it.
fn chain(subject: &Subject, at: StepIx) -> Vec<StepIx> {
    subject.ways.chain(subject.matter, &Region::Step(at))
}

/// Whether a moment cannot come to a limit of a group: it is that of a step outside, which the group does not hear of. What has been
/// done before the group opens is known to it.
fn never(subject: &Subject, group: StepIx, moment: &str, starts: bool) -> bool {
    let Some(step) = step_of(subject, moment) else {
        return false;
    };
    if step == group {
        return starts && subject.matter.find(moment).is_some();
    }
    let inside = chain(subject, step).contains(&group);
    !inside && (!starts || moment.ends_with(".opened"))
}

/// Whether a moment comes only in what goes on beside the line, while the end of the case stops its limits.
fn after_the_end(subject: &Subject, moment: &str) -> bool {
    let matter = subject.matter;
    let beside = |at: StepIx| {
        let around = chain(subject, at);
        let mut around = around.iter().filter_map(|s| matter.step(*s));
        around.any(|s| s.beside)
    };
    if let Some(step) = step_of(subject, moment) {
        return beside(step);
    }
    let sets = |o: &crate::matter::Outcome| o.marks.iter().any(|(m, _)| *m.value == *moment);
    let by_event = matter.event_defs.iter().filter_map(|e| e.outcome.as_ref());
    // The line may wait for it before it ends.
    let needed = numbered(matter).any(|(_, s)| {
        let branches = match &s.kind {
            Kind::Parallel { branches, .. } => branches.as_slice(),
            _ => &[],
        };
        let needs = s
            .needs
            .iter()
            .chain(branches.iter().filter_map(|b| b.needs.as_ref()));
        needs.into_iter().any(|n| match n {
            Needs::Marks(marks) => marks.iter().any(|m| *m.value == *moment),
            Needs::Condition(_) => true,
        })
    });
    if by_event.into_iter().any(sets) || needed {
        return false;
    }
    let setters = numbered(matter).filter(|(_, s)| s.outcomes.iter().any(sets));
    let mut setters = setters.map(|(at, _)| at).peekable();
    setters.peek().is_some() && setters.all(beside)
}

/// From the same moment to the same moment.
fn comparable(promise: &Limits, law: &Limits) -> bool {
    promise.starts == law.starts && promise.stops == law.stops
}

/// The values a limit may have: as written, or every value of its parameter.
fn values(network: &Network, limit: &LimitValue) -> Vec<Limit> {
    match limit {
        LimitValue::Fixed(limit) => vec![limit.value],
        LimitValue::Computed(formula) => {
            let name = formula.source.value.trim().strip_prefix("parameters.");
            let parameter = name.and_then(|n| network.parameters().get(n));
            let values = parameter.into_iter().flat_map(|p| &p.values);
            values
                .filter_map(|v| v.value.as_str()?.parse().ok())
                .collect()
        }
    }
}

fn within_the_law(subject: &Subject, promise: &Limits, law: &Limits, found: &mut Vec<Diagnostic>) {
    let network = subject.world.network;
    for promised in values(network, &promise.limit) {
        for statutory in values(network, &law.limit) {
            let passes = passing(network, subject.world.calendars, promised, statutory);
            if let Some((city, day)) = passes {
                let wrong = Diagnostic::new("E0229", promise.limit.span())
                    .with("promise", promised.to_string())
                    .with("law", statutory.to_string())
                    .told("basis", "basis.en", &places(&law.basis))
                    .with("city", city)
                    .with("day", day.to_string());
                return found.push(wrong.also(law.name.span));
            }
        }
    }
}

/// Its places in the law, in brackets; nothing where none is named.
fn places(basis: &[Basis]) -> Text {
    let of = |lang| {
        let one = |b: &Basis| {
            let args = [("doc", b.doc.value.clone()), ("article", b.article.clone())];
            match b.article.as_str() {
                "" => b.doc.value.clone(),
                _ => say(lang, "decide.article", &args).unwrap_or_default(),
            }
        };
        basis.iter().map(one).collect::<Vec<_>>()
    };
    let (zh, en) = (of(Lang::Zh), of(Lang::En));
    match basis {
        [] => Text::default(),
        _ => Text {
            zh: format!("［{}］", zh.join("、")),
            en: format!(" [{}]", en.join(", ")),
        },
    }
}

/// The limits that overlays may only shorten, or only lengthen, and do not.
pub(crate) fn bounds(bounds: &[Bound], world: &World) -> Vec<Diagnostic> {
    let fits = |bound: &Bound| {
        let (before, after) = (
            values(world.network, &bound.before),
            values(world.network, &bound.after),
        );
        let (short, long) = match bound.shorten {
            true => (&after, &before),
            false => (&before, &after),
        };
        let passes = |s: &Limit, l: &Limit| passing(world.network, world.calendars, *s, *l);
        let mut pairs = short.iter().flat_map(|s| long.iter().map(move |l| (s, l)));
        !short.is_empty() && !long.is_empty() && pairs.all(|(s, l)| passes(s, l).is_none())
    };
    let wrong = |bound: &Bound| {
        let way = match bound.shorten {
            true => "overlay.shorten",
            false => "overlay.lengthen",
        };
        Diagnostic::new("E0242", bound.after.span())
            .with("after", bound.after.written())
            .with("before", bound.before.written())
            .told("way", "way.en", &both(way, &[]))
            .also(bound.declared)
    };
    bounds.iter().filter(|b| !fits(b)).map(wrong).collect()
}

/// The first city and day on which a promise would end after the limit of the law.
fn passing(
    network: &Network,
    calendars: &[(String, Calendar)],
    promised: Limit,
    statutory: Limit,
) -> Option<(String, Date)> {
    let first = calendars.first()?;
    let start = Date::constant(2024, 1, 1);
    if promised.unit == statutory.unit {
        return (promised.count > statutory.count).then(|| (first.0.clone(), start));
    }
    let days = || {
        let loaded = network.calendars().years();
        loaded.into_iter().flat_map(|year| {
            let first = Date::new(year, 1, 1).ok();
            first
                .into_iter()
                .flat_map(|d| d.series(jiff::Span::new().days(1)))
                .take_while(move |d| d.year() == year)
        })
    };
    for (city, calendar) in calendars {
        for day in days().filter(|d| calendar.day(*d).working) {
            let hours = calendar.hours();
            for time in [hours.opening(), hours.closing()] {
                let from = instant(day.to_datetime(time));
                let end = |limit| due(calendar, from, limit, &[]).at;
                if end(promised) > end(statutory) {
                    return Some((city.clone(), day));
                }
            }
        }
    }
    None
}

/// Minutes of office time; a working day has six hours.
fn minutes(limit: Limit) -> Option<u32> {
    Some(match limit.unit {
        Unit::Minutes => limit.count,
        Unit::Hours => limit.count * 60,
        Unit::WorkingDays => limit.count * 6 * 60,
        _ => return None,
    })
}

/// The limits of the tasks on the case's own lines, one after the other, against the promise.
fn steps_fit(subject: &Subject, promise: &Limits, found: &mut Vec<Diagnostic>) {
    let matter = subject.matter;
    let LimitValue::Fixed(promised) = &promise.limit else {
        return;
    };
    let Some(budget) = minutes(promised.value) else {
        return;
    };
    let pauses = |p: &crate::matter::Pauses| match &p.limits {
        None => true,
        Some(names) => names.iter().any(|n| n.value == promise.name.value),
    };
    let main: BTreeSet<StepIx> = matter
        .sequence(matter.root)
        .map(|s| s.steps.iter().copied().collect())
        .unwrap_or_default();
    let stops = promise.stops.as_ref().map(|m| m.value.as_str());
    let mut sum = 0;
    for (at, step) in numbered(matter).filter(|(at, _)| main.contains(at)) {
        let counted = matches!(step.kind, Kind::Task { .. })
            && step.only_if.is_none()
            && subject.flow.reached(at)
            && !step.pauses.as_ref().is_some_and(pauses);
        if let (true, Some(LimitValue::Fixed(limit))) = (counted, &step.limit) {
            sum += minutes(limit.value).unwrap_or(0);
        }
        let marks = step.outcomes.iter().flat_map(|o| &o.marks);
        let marked = marks.map(|m| &*m.0.value).any(|m| Some(m) == stops);
        if Some(&*step.id.value) == stops || marked {
            break;
        }
    }
    if sum > budget {
        let hours = |m: u32| (f64::from(m) / 60.0).to_string();
        let wrong = Diagnostic::new("W0102", promised.span)
            .with("sum", hours(sum))
            .with("promise", hours(budget));
        found.push(wrong);
    }
}
