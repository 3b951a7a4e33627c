//! Everything under `workflows/`, read from texts: the network, tables, shared blocks, and the matters with their forms, papers, notices
//! and scenarios. The only place where a matter becomes a [`Revision`], which it does only without an error.

mod basis;
mod cities;
mod json_place;
mod kit;
mod named;

use crate::check::scope::Signature;
use crate::check::{self, Draft, World};
use crate::diagnostic::{Diagnostic, Level};
use crate::english::{self, English};
use crate::guidance::{self, Guidance};
use crate::matter::overlay::Overlay;
use crate::matter::{self, Blocks, Built, Kind, Matter, Revision};
use crate::network::{self, Network};
use crate::source::Sources;
use crate::table::Table;
use crate::text::Text;
pub use basis::Rest;
use cities::Local;
use kit::Kit;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The network with its calendars and parameters.
    pub network: Arc<Network>,
    /// The matters that have no error, by id.
    pub matters: BTreeMap<String, Arc<Revision>>,
    /// What helps at the steps of each matter and of shared blocks, by folder.
    pub(crate) guidance: BTreeMap<String, Guidance>,
    /// The scenarios beside each matter: path and text.
    pub scenarios: BTreeMap<String, Vec<(String, String)>>,
    /// Every finding about every file, in order of place.
    pub found: Vec<Diagnostic>,
    /// What it was read from, by path: enough to read it again.
    pub files: Arc<BTreeMap<String, String>>,
}

/// Path and text of a file.
type File<'f> = (&'f str, &'f str);

impl Library {
    /// A decision table all matters may use, or one of a matter alone, by its file name without extension.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.matters.values().find_map(|matter| matter.table(name))
    }

    /// What people call a kind of certificate of recognition, as the matter says that gives it.
    pub fn certificate(&self, kind: &str) -> Option<Text> {
        self.matters
            .values()
            .find_map(|matter| matter.certificate_title(kind))
    }

    /// Reads `(path, text)` of all files below a `workflows/` folder; paths are relative to it and use `/`.
    pub fn read(files: &[(&str, &str)], sources: &mut Sources) -> Library {
        Library::read_in("", files, sources)
    }

    /// The same for a folder that people know by a name: findings show each path behind it (`workflows/`).
    pub fn read_in(folder: &str, files: &[(&str, &str)], sources: &mut Sources) -> Library {
        let shown: Vec<(String, &str)> = files
            .iter()
            .map(|(path, text)| (format!("{folder}{path}"), *text))
            .collect();
        let mut files: Vec<File> = shown.iter().map(|f| (f.0.as_str(), f.1)).collect();
        files.sort_unstable();
        let places = Places::of(folder, &files);
        let (english, mut found) = match places.english {
            Some((path, text)) => English::read(path, text, sources),
            None => Default::default(),
        };
        let (network, wrong) = network::read(&places.network, sources, &english);
        found.extend(wrong);
        let (blocks, wrong) = Blocks::read(sources, &places.blocks);
        found.extend(wrong);
        let mut shared = Kit::read(&places.shared, sources, &english);
        found.append(&mut shared.found);
        found.extend(shared.unlisted(&network));
        let mut drafts: BTreeMap<String, Read> = BTreeMap::new();
        let mut scenarios = BTreeMap::new();
        for (folder, own) in &places.matters {
            let mut kit = Kit::read(own, sources, &english);
            let text = own.iter().find(|f| f.0.ends_with("/matter.yaml"));
            let Some(text) = text else {
                continue;
            };
            let root = matter::parse(sources, *text);
            let build = |overlays: &[&Overlay]| match &root {
                Ok(root) => matter::build(root, &blocks, overlays, &english),
                Err(found) => Built {
                    found: found.clone(),
                    ..Built::default()
                },
            };
            let base = build(&[]);
            kit.found.extend(base.found);
            kit.found
                .extend(cities::check(&kit.overlays, folder, &network));
            let unlisted: Vec<_> = kit.unlisted(&network).collect();
            kit.found.extend(unlisted);
            scenarios.insert((*folder).to_owned(), kit.scenarios.clone());
            let draft = |matter| draft(folder, matter, &kit, &shared);
            let read = Read {
                draft: draft(base.matter),
                locals: cities::locals(&kit.overlays, &network, build, draft),
                kit,
            };
            drafts.insert((*folder).to_owned(), read);
        }
        let names = drafts.keys().map(String::as_str).collect();
        found.extend(named::unknown(&network, &names));
        let (guidance, wrong) = advice(&mut drafts, &mut shared, &blocks, &network);
        found.extend(wrong);
        let applicant = check::applicant();
        let calendars = check::calendars(&network);
        let world = World {
            network: &network,
            matters: &BTreeMap::new(),
            applicant: &applicant,
            calendars: &calendars,
        };
        let matters = signatures(&drafts, &world);
        let world = World {
            matters: &matters,
            ..world
        };
        let channels = drafts.values().flat_map(|d| &d.draft.matter.channels);
        let channels = channels.map(|c| c.value.as_str()).collect();
        found.extend(network.unknown_ways(&channels));
        let twice = check::same_code(drafts.values().map(|d| &d.draft.matter));
        let mut revisions = BTreeMap::new();
        for (id, mut read) in drafts {
            let mut wrong = read.kit.found.clone();
            wrong.extend(check::check(&mut read.draft, &world));
            let here = |d: &&Diagnostic| d.span.file == read.draft.matter.id.span.file;
            wrong.extend(twice.iter().filter(here).cloned());
            let own = wrong.clone();
            for local in &mut read.locals {
                wrong.extend(local.check(&own, &world));
            }
            let fit = wrong.iter().all(|d| d.level() != Level::Error);
            if fit && !read.drafts().any(names_broken) {
                let revision = read.revision(&shared, sources);
                revisions.insert(id, Arc::new(revision));
            }
            found.extend(wrong);
        }
        sort(&mut found, sources);
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Library {
            files: Arc::new(files.collect()),
            network: Arc::new(network),
            matters: revisions,
            guidance,
            scenarios,
            found,
        }
    }
}

/// What helps at the steps of each matter, by folder, and what is wrong with it.
fn advice(
    drafts: &mut BTreeMap<String, Read>,
    shared: &mut Kit,
    blocks: &Blocks,
    network: &Network,
) -> (BTreeMap<String, Guidance>, Vec<Diagnostic>) {
    let names = |kit: &Kit| kit.tables.keys().cloned().collect::<BTreeSet<_>>();
    let common = names(shared);
    let mut found = guidance::check(&shared.guidance, &blocks.addresses(), &common, network);
    let mut whole = BTreeMap::from([(
        guidance::SHARED.to_owned(),
        std::mem::take(&mut shared.guidance),
    )]);
    for (folder, read) in drafts {
        let own = std::mem::take(&mut read.kit.guidance);
        let tables = common.union(&names(&read.kit)).cloned().collect();
        let known = guidance::known(read.drafts().map(|d| &d.matter));
        found.extend(guidance::check(&own, &known, &tables, network));
        whole.insert(folder.clone(), own);
    }
    (whole, found)
}

/// A matter that was read, alone and with its overlays.
struct Read {
    draft: Draft,
    locals: Vec<Local>,
    kit: Kit,
}

impl Read {
    /// The matter itself, then as it is in its cities.
    fn drafts(&self) -> impl Iterator<Item = &Draft> {
        std::iter::once(&self.draft).chain(self.locals.iter().map(|l| &l.draft))
    }

    fn revision(self, shared: &Kit, sources: &Sources) -> Revision {
        let kit = &self.kit;
        let texts = |overlays: &[Overlay]| overlays.iter().map(|o| o.text.clone()).collect();
        let all: Vec<_> = texts(&kit.overlays);
        let mut whole = revision(self.draft, kit, shared, ("overlays", &all), sources);
        for local in self.locals {
            let held: Vec<_> = texts(&local.overlays);
            let here = revision(local.draft, kit, shared, ("overlay", &held), sources);
            let here = Arc::new(here);
            for (city, from) in local.places {
                let forms = whole.cities.entry(city).or_default();
                forms.push((from, here.clone()));
            }
        }
        for forms in whole.cities.values_mut() {
            forms.sort_by_key(|(from, _)| *from);
        }
        whole
    }
}

/// Which file belongs where.
#[derive(Default)]
struct Places<'f> {
    network: Vec<File<'f>>,
    english: Option<File<'f>>,
    blocks: Vec<File<'f>>,
    shared: Vec<File<'f>>,
    matters: BTreeMap<&'f str, Vec<File<'f>>>,
}

impl<'f> Places<'f> {
    fn of(folder: &str, files: &[File<'f>]) -> Places<'f> {
        let mut places = Places::default();
        for file in files {
            let path = file.0.strip_prefix(folder).unwrap_or(file.0);
            match path.split_once('/') {
                None if path == english::FILE => places.english = Some(*file),
                None if path.ends_with(".yaml") => places.network.push(*file),
                None => {}
                Some(("network", _)) if file.0.ends_with(".yaml") => places.network.push(*file),
                Some(("shared", kit::GUIDANCE)) => places.shared.push(*file),
                Some(("shared", rest)) if !rest.contains('/') && rest.ends_with(".yaml") => {
                    places.blocks.push(*file);
                }
                Some(("shared" | "tables", _)) => places.shared.push(*file),
                Some((folder, _)) => places.matters.entry(folder).or_default().push(*file),
            }
        }
        places
    }
}

/// A matter with the files it may name: its own before the shared ones.
fn draft(folder: &str, matter: Matter, own: &Kit, shared: &Kit) -> Draft {
    let mut draft = Draft {
        folder: folder.to_owned(),
        matter,
        forms: shared.forms.clone(),
        tables: shared.tables.clone(),
        papers: shared.papers.clone(),
        notices: own.notices_node.clone(),
        broken: own.broken.union(&shared.broken).cloned().collect(),
    };
    draft.forms.extend(own.forms.clone());
    draft.tables.extend(own.tables.clone());
    draft.papers.extend(own.papers.clone());
    draft
}

/// What matters need to know of each other, those first that others open. Of a matter that opens itself nothing is known.
fn signatures(drafts: &BTreeMap<String, Read>, world: &World) -> BTreeMap<String, Signature> {
    let mut known = BTreeMap::new();
    let mut begun = BTreeSet::new();
    for id in drafts.keys() {
        sign(id, drafts, world, &mut known, &mut begun);
    }
    known
}

fn sign<'d>(
    id: &'d str,
    drafts: &'d BTreeMap<String, Read>,
    world: &World,
    known: &mut BTreeMap<String, Signature>,
    begun: &mut BTreeSet<&'d str>,
) {
    let Some(read) = drafts.get(id).filter(|_| begun.insert(id)) else {
        return;
    };
    for step in read.drafts().flat_map(|d| &d.matter.steps) {
        if let Kind::Subcase { matter, .. } = &step.kind {
            sign(&matter.value, drafts, world, known, begun);
        }
    }
    let world = World {
        matters: known,
        ..*world
    };
    // Whoever opens it does not know in which city it will be decided: it may end as it does anywhere.
    let mut signature = check::signature(&read.draft, &world);
    for local in &read.locals {
        let here = check::signature(&local.draft, &world);
        signature.ends.extend(here.ends);
    }
    known.insert(id.to_owned(), signature);
}

/// Whether a matter names a shared form or table that has errors: they are reported there, and it cannot run.
fn names_broken(draft: &Draft) -> bool {
    let tables = draft.matter.steps.iter().filter_map(|s| match &s.kind {
        Kind::Decide { table, .. } => Some(table),
        _ => None,
    });
    let mut all = draft.matter.form_names().chain(tables);
    all.any(|name| {
        let known = draft.forms.contains_key(&name.value) || draft.tables.contains_key(&name.value);
        !known && draft.broken.contains(&name.value)
    })
}

/// `overlays` are the texts of overlays that take part in its hash, and as what.
fn revision(
    draft: Draft,
    own: &Kit,
    shared: &Kit,
    overlays: (&str, &[Arc<str>]),
    sources: &Sources,
) -> Revision {
    let Draft {
        matter,
        forms,
        tables,
        papers,
        ..
    } = draft;
    let papers = papers.into_iter().map(|(name, text)| (name, text.value));
    let papers = papers.collect();
    let steps = matter.steps.iter().map(|s| s.id.value.clone());
    let steps = steps.zip((0..).map(matter::StepIx)).collect();
    let groups = matter.steps.iter().flat_map(|s| &s.limits);
    let limits = matter.limits.iter().chain(groups);
    let moments = limits.flat_map(|l| l.starts.iter().chain(&l.stops));
    let moments = moments.map(|m| m.value.clone()).collect();
    let tables: BTreeMap<_, _> = tables
        .into_iter()
        .filter(|(name, _)| own.tables.contains_key(name) || decides(&matter, name))
        .collect();
    let mut revision = Revision {
        hash: String::new(),
        notices: own.notices.clone(),
        matter,
        forms,
        tables,
        papers,
        steps,
        moments,
        moves: false,
        cities: BTreeMap::new(),
    };
    revision.moves = revision.cities_from_steps();
    revision.hash = hash(&revision, own, shared, overlays, sources);
    revision
}

fn decides(matter: &Matter, name: &str) -> bool {
    let table = |k: &Kind| matches!(k, Kind::Decide { table, .. } if table.value == name);
    matter.steps.iter().any(|s| table(&s.kind))
}

/// SHA-256 over every file a revision was made of: its texts, the blocks put in place, forms with their references replaced, tables,
/// papers, notices and overlays.
fn hash(
    revision: &Revision,
    own: &Kit,
    shared: &Kit,
    overlays: (&str, &[Arc<str>]),
    sources: &Sources,
) -> String {
    let mut digest = Sha256::new();
    let mut feed = |name: &str, text: &str| {
        for part in [name, text] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
    };
    let steps = revision.matter.steps.iter().map(|s| s.span);
    let events = revision.matter.event_defs.iter().map(|e| e.span);
    let id = std::iter::once(revision.matter.id.span);
    let mut texts: Vec<_> = id.chain(steps).chain(events).map(|s| s.file).collect();
    texts.sort_unstable();
    texts.dedup();
    for file in texts {
        let span = crate::source::Span {
            file,
            ..Default::default()
        };
        if let Some(source) = sources.file(span) {
            feed("text", &source.text);
        }
    }
    for (name, form) in &revision.forms {
        feed(name, &form.schema().to_string());
    }
    for name in revision.tables.keys() {
        let text = own.texts.get(name).or_else(|| shared.texts.get(name));
        feed(name, text.map(|t| &**t).unwrap_or_default());
    }
    for (name, paper) in &revision.papers {
        feed(name, paper);
    }
    feed("notices", revision.notices.as_deref().unwrap_or_default());
    for text in overlays.1 {
        feed(overlays.0, text);
    }
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// By path and place; a fault of a shared block is one fault, however many matters use it.
fn sort(found: &mut Vec<Diagnostic>, sources: &Sources) {
    let path = |d: &Diagnostic| sources.file(d.span).map(|f| f.path.clone());
    found.sort_by_key(|d| (path(d), d.span.start, d.code));
    found.dedup_by(|a, b| {
        a.code == b.code && a.span.file == b.span.file && a.span.start == b.span.start
    });
}
