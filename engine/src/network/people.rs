//! The example people of a network, with their posts and those that are lent to them.

use super::read::{Reader, list, words};
use super::{LentPost, Person};
use crate::yaml::Node;
use jiff::civil::Date;

impl Reader {
    pub(super) fn person(&mut self, node: &Node) {
        self.require(node, &["id", "name", "posts"]);
        let (mut posts, mut lent) = (Vec::new(), Vec::new());
        for post in list(node, "posts") {
            match post.entries().is_empty() {
                true => posts.extend(self.post(post)),
                false => lent.extend(self.lent(post)),
            }
        }
        self.network.people.push(Person {
            id: words(node, "id"),
            name: words(node, "name"),
            posts,
            lent,
            deputy_of: node
                .get("deputy_of")
                .and_then(Node::text)
                .map(str::to_owned),
        });
    }

    /// `442000/si/handler`, the city by code or name.
    fn post(&mut self, node: &Node) -> Option<String> {
        let text = node.text().unwrap_or_default();
        let mut parts = text.splitn(3, '/');
        let (city, department) = (parts.next(), parts.next());
        let (Some(city), Some(department), Some(name)) = (city, department, parts.next()) else {
            self.expected(node, "442000/si/handler");
            return None;
        };
        let city = self.city_code(node, city);
        self.known_department(node, department);
        Some(format!("{city}/{department}/{name}"))
    }

    /// `{ post, matters, from, until, reason, by, agreed_by }`: a post in another city, for some matters and days.
    fn lent(&mut self, node: &Node) -> Option<LentPost> {
        self.require(
            node,
            &[
                "post",
                "matters",
                "from",
                "until",
                "reason",
                "by",
                "agreed_by",
            ],
        );
        let post = self.post(node.get("post")?)?;
        let mut day = |key: &str| {
            let node = node.get(key)?;
            let day = node.text().and_then(|text| text.parse::<Date>().ok());
            if day.is_none() {
                self.expected(node, "2026-11-01");
            }
            day
        };
        let (from, until) = (day("from")?, day("until")?);
        if until < from {
            self.expected(node.get("until")?, &from.to_string());
        }
        let matters = list(node, "matters").iter();
        let matters = matters.filter_map(|m| Some((m.text()?.to_owned(), m.span)));
        Some(LentPost {
            post,
            matters: matters.collect(),
            from,
            until,
            reason: words(node, "reason"),
            by: words(node, "by"),
            agreed_by: words(node, "agreed_by"),
        })
    }
}
