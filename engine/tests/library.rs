//! The shipped `workflows/`, read whole: what a city gets must be without a finding.

use crate::shipped::{LUMP_SUM, shipped, sources, whole, with};
use engine::source::Sources;
use engine::text::Lang;

#[test]
fn what_ships_has_no_finding_and_every_matter_can_run() {
    let (library, sources) = (whole(), sources());
    let shown: String = library
        .found
        .iter()
        .map(|d| d.render(&sources, Lang::Zh))
        .collect();
    assert!(library.found.is_empty(), "{shown}");
    assert!(library.matters.len() >= 10, "{:?}", library.matters.keys());
}

/// A post in another city is for matters that exist and days that are days.
#[test]
fn a_post_that_is_lent_names_matters_and_days() {
    let people = |matter: &str, until: &str| {
        format!(
            "people:\n  - {{ id: x, name: 某人, posts: [442000/si/handler, {{ post: 梧州/si/reviewer, matters: [{matter}], \
             from: 2026-11-01, until: {until}, reason: 积压, by: a, agreed_by: b }}] }}\n"
        )
    };
    let found = |text: &str| -> Vec<&'static str> {
        let mut sources = Sources::default();
        let library = shipped(
            with(&LUMP_SUM),
            &[("network/more.yaml", text)],
            &mut sources,
        );
        library.found.iter().map(|d| d.code).collect()
    };
    assert!(found(&people("pension-lump-sum", "2026-12-31")).is_empty());
    assert_eq!(found(&people("pension-lump-summ", "2026-12-31")), ["E0307"]);
    assert_eq!(found(&people("pension-lump-sum", "2026-10-31")), ["E0202"]);
    assert_eq!(found(&people("pension-lump-sum", "岁末")), ["E0202"]);
    let short = people("pension-lump-sum", "2026-12-31").replace(", agreed_by: b", "");
    assert_eq!(found(&short), ["E0205"]);
}

/// People read what a parameter is as they speak, not as it is written in the file.
#[test]
fn values_of_parameters_are_said_in_words() {
    let network = crate::shipped::whole().network.clone();
    let said = |name: &str| {
        let parameter = &network.parameters()[name];
        let text = parameter.said(&parameter.values[0].value);
        (text.zh, text.en)
    };
    let both = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    assert_eq!(
        said("certification_manual"),
        both("3 个工作日", "3 working days")
    );
    assert_eq!(said("certification_cycle"), both("12 个月", "12 months"));
    assert_eq!(
        said("special_trade_age_men"),
        both("55 岁", "55 years of age")
    );
    assert_eq!(said("early_retirement_province"), both("否", "no"));
    assert_eq!(said("women_post_default").0, "原 55 岁");
    let written = |text: &str| {
        let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
        digits.len() < text.len() && ["m", "h", "d", "wd", "mo", "y"].contains(&digits)
    };
    for (name, parameter) in network.parameters() {
        for value in &parameter.values {
            let text = parameter.said(&value.value);
            assert!(!written(&text.zh) && !written(&text.en), "{name}: {text:?}");
        }
    }
}
