//! What something rests on, as papers print it: the nearest statement of the law, in the words of `laws.yaml`.

use crate::matter::{Basis, Matter, StepIx};
use crate::network::Network;
use crate::text::{Lang, say};

/// The name by which a template asks for what it rests on.
pub(crate) const TAG: &str = "basis";

/// The tag of a document of `laws.yaml` that says that no text is given: it is a statement for authors, and no paper prints it.
const NONE_GIVEN: &str = "assumed";

/// Whether the text of what something rests on is given, or the document only says that none is.
pub(crate) fn is_given(basis: &Basis, network: &Network) -> bool {
    let law = network.law(&basis.doc);
    law.is_none_or(|law| law.tag != NONE_GIVEN)
}

/// What rests on a law: `own` if it says so, else the step it belongs to, the groups around, at last the matter.
pub(crate) fn rests_on<'m>(
    matter: &'m Matter,
    network: &Network,
    own: &'m [Basis],
    step: Option<StepIx>,
) -> Vec<&'m Basis> {
    let around = step.into_iter().flat_map(|s| matter.around(s));
    let steps = step.into_iter().chain(around);
    let steps = steps.filter_map(|s| matter.step(s)).map(|s| &*s.basis);
    let all = [own].into_iter().chain(steps).chain([&*matter.basis]);
    let given = |basis: &&Basis| is_given(basis, network);
    let mut given = all.map(|basis| basis.iter().filter(given).collect::<Vec<_>>());
    given.find(|basis| !basis.is_empty()).unwrap_or_default()
}

/// `《中华人民共和国社会保险法》第十六条；…`, as a paper prints it.
pub(crate) fn printed(basis: &[&Basis], network: &Network) -> String {
    let one = |b: &&Basis| {
        let law = network.law(&b.doc);
        let doc = law
            .map_or(b.doc.as_str(), |l| l.title.zh.as_str())
            .to_owned();
        let article = b.article.parse().map_or(b.article.clone(), numeral);
        let key = match &*article {
            "" => "paper.basis",
            _ => "paper.basis.article",
        };
        say(Lang::Zh, key, &[("doc", doc), ("article", article)]).unwrap_or_default()
    };
    let mut all: Vec<String> = basis.iter().map(one).collect();
    all.dedup();
    let and = |a: String, b: String| {
        say(Lang::Zh, "paper.basis.and", &[("a", a), ("b", b)]).unwrap_or_default()
    };
    all.into_iter().reduce(and).unwrap_or_default()
}

impl Basis {
    /// `《社会保险经办条例》第 18 条`, as pages name it.
    pub fn cited(&self, network: &Network, lang: Lang) -> String {
        let law = network.law(&self.doc);
        let doc = law
            .map_or(self.doc.as_str(), |l| l.title.get(lang))
            .to_owned();
        let key = match &*self.article {
            "" => "picture.law",
            _ => "picture.article",
        };
        let article = self.article.clone();
        say(lang, key, &[("doc", doc), ("article", article)]).unwrap_or_default()
    }
}

/// A number of an article as laws write it: 24 is 二十四.
fn numeral(number: u16) -> String {
    const DIGITS: [&str; 10] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |n: u16| DIGITS.get(usize::from(n)).copied().unwrap_or_default();
    let (hundreds, tens, ones) = (number / 100, number / 10 % 10, number % 10);
    let mut out = String::new();
    if hundreds > 0 {
        out.push_str(digit(hundreds));
        out.push('百');
    }
    match (tens, hundreds) {
        (0, 0) => {}
        (0, _) if ones > 0 => out.push('〇'),
        (0, _) => {}
        (1, 0) => out.push('十'),
        (tens, _) => {
            out.push_str(digit(tens));
            out.push('十');
        }
    }
    if ones > 0 {
        out.push_str(digit(ones));
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn articles_are_counted_as_laws_count_them() {
        let all = [4, 10, 16, 24, 40, 101, 110, 115, 264];
        let written = all.map(super::numeral);
        let wanted = [
            "四",
            "十",
            "十六",
            "二十四",
            "四十",
            "一百〇一",
            "一百一十",
            "一百一十五",
            "二百六十四",
        ];
        assert_eq!(written, wanted);
    }
}
