//! Which matters rest on a document or on one article of it: what must be looked at when that changes.

use super::Library;
use crate::check;
use crate::matter::Revision;
use crate::source::Span;

/// A matter and the places in its files that name the article.
#[derive(Debug)]
pub struct Rest<'l> {
    /// The matter.
    pub matter: &'l Revision,
    /// Where: in the matter, in an overlay of it, in a shared block it uses, in a table it decides by. In order of place.
    pub places: Vec<Span>,
}

impl Library {
    /// All matters that rest on `doc`, as `laws.yaml` names it; on `article` of it, unless that is empty.
    pub fn rests_on(&self, doc: &str, article: &str) -> Vec<Rest<'_>> {
        let fits = |d: &str, a: &str| d == doc && (article.is_empty() || a == article);
        let rest = |matter| {
            let revision: &Revision = matter;
            let cities = revision.overlaid().into_values().map(|here| &**here);
            let forms = std::iter::once(revision).chain(cities);
            let named = forms.flat_map(|form| check::basis(form));
            let named = named.filter(|b| fits(&b.doc, &b.article));
            let tables = revision.tables.values().flat_map(|t| t.basis());
            let tables = tables.filter(|b| fits(&b.doc, &b.article));
            let mut places: Vec<Span> = named.map(|b| b.doc.span).collect();
            places.extend(tables.map(|b| b.doc.span));
            places.sort_by_key(|span| (span.file, span.start));
            places.dedup();
            Rest {
                matter: revision,
                places,
            }
        };
        let all = self.matters.values().map(|matter| rest(matter));
        all.filter(|rest| !rest.places.is_empty()).collect()
    }
}
