//! What is asked of the worklist; all of it stands in the address, so that going back, bookmarks and sharing work.

use crate::pages::session::Visitor;
use crate::store::{Office, Order, TaskFilter};
use crate::web::App;
use engine::library::Library;
use serde::{Deserialize, Serialize};

/// The parts of the worklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Held by the visitor.
    Mine,
    /// Anybody of the visitor's post may take them.
    Open,
    /// Done by the visitor, and waiting for somebody else.
    Waiting,
}

impl Tab {
    /// All of them, in order.
    pub const ALL: [Tab; 3] = [Tab::Mine, Tab::Open, Tab::Waiting];

    /// As it stands in the address.
    pub fn word(self) -> &'static str {
        match self {
            Tab::Mine => "mine",
            Tab::Open => "open",
            Tab::Waiting => "waiting",
        }
    }
}

/// The query of the address. What is empty is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Which part; none: the visitor's own tasks, or what may be taken while he has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tab: Option<Tab>,
    /// A matter by its title or name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub matter: String,
    /// A city that took in the case or decides it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// A step of the matter.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// A level of warning.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub level: String,
    /// A part of the case's number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// Where the page begins.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
}

impl Asked {
    /// The address of the worklist for this.
    pub fn address(&self) -> String {
        let query = serde_urlencoded::to_string(self).unwrap_or_default();
        match query.is_empty() {
            true => "/work".to_owned(),
            false => format!("/work?{query}"),
        }
    }

    /// The first page of another part, with the same filters.
    pub fn in_tab(&self, tab: Tab) -> Self {
        Asked {
            tab: Some(tab),
            after: String::new(),
            ..self.clone()
        }
    }

    /// The same list from another place on.
    pub fn after(&self, cursor: String) -> Self {
        Asked {
            after: cursor,
            ..self.clone()
        }
    }

    /// A part without filters.
    pub fn plain(tab: Tab) -> Self {
        Asked::default().in_tab(tab)
    }

    /// True if some filter is set.
    pub fn narrows(&self) -> bool {
        let all = [&self.matter, &self.city, &self.step, &self.level, &self.q];
        all.iter().any(|filter| !filter.is_empty())
    }

    /// The name of the matter asked for: given by name or title, in whichever language. One that nobody knows stays as it is, and
    /// matches nothing.
    pub fn matter_name<'a>(&'a self, library: &'a Library) -> Option<&'a str> {
        let asked = self.matter.trim();
        let titled = |title: &engine::text::Text| title.zh == asked || title.en == asked;
        let found = library.matters.iter().find(|(_, m)| titled(&m.title));
        let name = found.map_or(asked, |(name, _)| name);
        (!name.is_empty()).then_some(name)
    }

    /// What the store is asked for a part: the same for its list and for its number.
    pub fn filter(&self, app: &App, visitor: &Visitor, tab: Tab) -> TaskFilter {
        let posts = visitor.caller.posts.iter().map(|p| Office {
            city: Some(p.city.clone()),
            department: Some(p.department.clone()),
            post: Some(p.post.clone()),
        });
        let given = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        let (state, holder) = match tab {
            Tab::Mine => ("held", Some(visitor.caller.id.to_string())),
            Tab::Open => ("open", None),
            Tab::Waiting => ("waiting", Some(visitor.caller.id.to_string())),
        };
        TaskFilter {
            within: Some(posts.collect()),
            holder,
            state: Some(state.to_owned()),
            level: given(&self.level),
            step: given(&self.step),
            matter: self.matter_name(&app.runtime.library()).map(str::to_owned),
            part: given(&self.q).map(|q| q.to_uppercase()),
            case_city: given(&self.city).map(|city| app.city(&city)),
            order: Order::Urgency,
            ..TaskFilter::default()
        }
    }
}
