//! Who acts in a scenario: persons made up from posts, two for `x` and `x:2`, nobody twice.

use crate::case::{Actor, Party};
use crate::matter::{Kind, Revision, Step};
use crate::network::Network;

/// Why nobody acts under a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Nobody {
    /// No such city; the name as written.
    City(String),
    /// No such post in that department, or in any.
    Post(String),
    /// The post exists in these departments: which one is meant must be said.
    Departments(Vec<String>),
    /// Not `city/post`, `city/department/post` or `applicant`.
    Shape,
}

/// The actor of `applicant`, a connector, `city/post` or `city/department/post`, either with `:2`.
pub(super) fn actor(by: &str, matter: &Revision, network: &Network) -> Result<Actor, Nobody> {
    if by == super::APPLICANT {
        return Ok(Actor::Applicant);
    }
    // Another system acts by the name of the connector that asks it.
    let asks = |s: &Step| matches!(&s.kind, Kind::Call { connector, .. } if connector.value == by);
    if matter.matter.steps.iter().any(asks) {
        let name = by.to_owned();
        return Ok(Actor::System { name });
    }
    let (post, second) = match by.rsplit_once(':') {
        Some((post, number)) => (post, format!(":{number}")),
        None => (by, String::new()),
    };
    let party = match post.split('/').collect::<Vec<_>>().as_slice() {
        [city, post] => Party {
            city: code(city, network)?,
            department: department(post, matter, network)?,
            post: (*post).to_owned(),
        },
        [city, department, post] => {
            let known = network
                .department(department)
                .is_some_and(|d| d.posts.iter().any(|p| p == post));
            if !known {
                return Err(Nobody::Post(format!("{department}/{post}")));
            }
            Party {
                city: code(city, network)?,
                department: (*department).to_owned(),
                post: (*post).to_owned(),
            }
        }
        _ => return Err(Nobody::Shape),
    };
    Ok(Actor::Person {
        id: format!("{party}{second}").as_str().into(),
        posts: [party].into(),
        stands_for: None,
        lent: Vec::new(),
    })
}

fn code(city: &str, network: &Network) -> Result<String, Nobody> {
    network
        .city(city)
        .map(|c| c.code.clone())
        .ok_or_else(|| Nobody::City(city.to_owned()))
}

/// The department a post belongs to: the one the matter's parties have it in, else that of the party that decides.
fn department(post: &str, matter: &Revision, network: &Network) -> Result<String, Nobody> {
    let parties = || {
        matter
            .parties
            .iter()
            .chain(matter.matter.steps.iter().flat_map(|s| &s.parties))
    };
    let mut named: Vec<String> = parties()
        .filter(|p| *p.post == post)
        .map(|p| p.department.value.clone())
        .collect();
    if named.is_empty() {
        let deciding = matter
            .decides
            .as_ref()
            .and_then(|d| parties().find(|p| *p.name == **d))
            .or(parties().next());
        named.extend(
            deciding
                .map(|p| p.department.value.clone())
                .filter(|d| has(network, d, post)),
        );
    }
    named.sort();
    named.dedup();
    match named.as_slice() {
        [] => Err(Nobody::Post(post.to_owned())),
        [one] => Ok(one.clone()),
        _ => Err(Nobody::Departments(named)),
    }
}

fn has(network: &Network, department: &str, post: &str) -> bool {
    network
        .department(department)
        .is_some_and(|d| d.posts.iter().any(|p| p == post))
}
