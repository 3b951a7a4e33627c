//! The words people get, word for word.

use super::*;
use crate::facts::{CaseFacts, TaskFacts};

const LUMP_SUM: &str = "企业职工基本养老保险个人账户一次性待遇申领";

fn facts(title: &str) -> Facts {
    let case = CaseFacts {
        id: "4711",
        number: "450400-YCXDY-20261123-00017-L",
        matter: "pension-lump-sum",
        matter_title: title,
        revision: "ab12",
        received: "2026-11-23T01:00:00Z".parse().ok(),
        due: "2026-11-25T09:00:00Z".parse().ok(),
    };
    Facts::new(&case, "s.example/p/7fGh2KxQ9bLm4TnV8cRw3Z", Lang::Zh)
}

fn sms(notices: &Notices, about: &str, facts: &Facts) -> String {
    match notices
        .get(about)
        .unwrap()
        .word(Channel::Sms, facts)
        .unwrap()
    {
        Body::Sms { text } => text.as_str().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_applicant_reads_what_the_product_promises() {
    let said = sms(
        Notices::shipped(Lang::Zh),
        "accepted",
        &facts("一次性待遇申领"),
    );
    assert_eq!(
        said,
        "【一张网】您的一次性待遇申领已受理,11月25日前办结。s.example/p/7fGh2KxQ9bLm4TnV8cRw3Z"
    );
}

#[test]
fn a_long_title_gives_way_before_anything_else() {
    let said = sms(
        Notices::shipped(Lang::Zh),
        "refused",
        &facts(&format!("{LUMP_SUM}和重复缴费清退")),
    );
    assert!(
        said.ends_with("…已有决定,请查看决定书和救济途径:s.example/p/7fGh2KxQ9bLm4TnV8cRw3Z"),
        "{said}"
    );
    assert!(
        said.contains("企业职工基本养老保险") && said.contains('…'),
        "{said}"
    );
}

/// A host as offices have them leaves no room beside it: the words go out whole, in two parts, and none is put in another's place.
#[test]
fn what_does_not_fit_goes_out_whole_in_two_parts() {
    let case = CaseFacts {
        matter_title: LUMP_SUM,
        ..CaseFacts::default()
    };
    let link = "ywt.zhongshan.gov.cn/p/7fGh2KxQ9bLm4TnV8cRw3Z";
    let facts = Facts::new(&case, link, Lang::Zh);
    let warning = "【一张网】有人申请变更您的待遇账户,不是本人请立即点{{link}}办理停止";
    let own = format!("notices: {{ warn.done: {{ to: applicant, sms: \"{warning}\" }} }}");
    let said = sms(&Notices::read(&own).unwrap(), "warn.done", &facts);
    assert_eq!(said, warning.replace("{{link}}", link));
    assert_eq!(Sms::new(&said).unwrap().parts(), 2);
    let said = sms(Notices::shipped(Lang::Zh), "completed", &facts);
    assert!(said.contains(LUMP_SUM) && said.ends_with(link), "{said}");
    let endless = format!(
        "notices: {{ warn.done: {{ to: applicant, sms: \"{}\" }} }}",
        "字".repeat(200)
    );
    let said = sms(&Notices::read(&endless).unwrap(), "warn.done", &facts);
    assert!(said.starts_with("字字") && said.ends_with('…'), "{said}");
}

#[test]
fn a_clerk_reads_in_the_subject_what_is_left() {
    let task = TaskFacts {
        title: "复核",
        left: "剩1天",
        step: "approve",
        ..TaskFacts::default()
    };
    let facts = facts("养老关系转移").task(&task, Lang::Zh);
    let notice = Notices::shipped(Lang::Zh).get("task.opened").unwrap();
    let Body::Email {
        subject,
        text,
        html,
    } = notice.word(Channel::Email, &facts).unwrap()
    else {
        panic!()
    };
    assert_eq!(
        subject.as_str(),
        "[待办·剩1天] 养老关系转移 450400-YCXDY-20261123-00017-L"
    );
    assert!(
        text.contains("“复核”环节") && text.contains("s.example/p/7fGh2KxQ9bLm4TnV8cRw3Z"),
        "{text}"
    );
    assert!(html.contains("“复核”环节"), "{html}");
}

/// What a person typed into a title or name cannot become a tag, a header, or a number that must not leave.
#[test]
fn nothing_private_or_active_leaves() {
    let sly = facts("<b>\r\nBcc: x 450400195903150017 6222020000000000000");
    let notice = Notices::shipped(Lang::Zh).get("task.opened").unwrap();
    let Body::Email {
        subject,
        text,
        html,
    } = notice.word(Channel::Email, &sly).unwrap()
    else {
        panic!()
    };
    assert!(!subject.as_str().contains(['\r', '\n']));
    assert!(!html.contains("<b>"), "{html}");
    for part in [subject.as_str(), &text, &html] {
        assert!(
            !part.contains("450400195903150017") && !part.contains("6222"),
            "{part}"
        );
        assert!(
            part.contains("450400-YCXDY-20261123-00017-L"),
            "the case number stays: {part}"
        );
    }
}

#[test]
fn the_matters_own_words_come_before_the_defaults() {
    let own =
        Notices::read("notices: { confirm.opened: { to: applicant, sms: \"请确认{{link}}\" } }")
            .unwrap();
    let find = |about, reader, channel| find(&own, about, None, reader, channel, Lang::Zh);
    let confirm = find("confirm.opened", Reader::Applicant, Channel::Sms).unwrap();
    assert!(
        matches!(confirm.word(Channel::Sms, &facts("")).unwrap(), Body::Sms { text } if text.as_str() == "请确认s.example/p/7fGh2KxQ9bLm4TnV8cRw3Z")
    );
    let other = find("upload.opened", Reader::Applicant, Channel::Sms).unwrap();
    assert!(
        other
            .sms
            .as_ref()
            .unwrap()
            .fields()
            .iter()
            .any(|f| f.path == "task.due_day")
    );
    assert!(
        find("confirm.opened", Reader::Staff, Channel::Email).is_some(),
        "no mail of its own: the default one"
    );
}

/// Both languages say the same things on the same channels, and every text can be filled with nothing but what is always known.
#[test]
fn the_default_texts_are_whole_in_both_languages() {
    let shape = |text| {
        let notices = Notices::read(text).unwrap();
        notices
            .iter()
            .map(|(about, n)| (about.to_owned(), n.sms.is_some(), n.email.is_some()))
            .collect::<Vec<_>>()
    };
    let zh = include_str!("../../templates/zh-CN.yaml");
    assert_eq!(shape(zh), shape(include_str!("../../templates/en.yaml")));
    for name in APPLICANT.iter().chain(STAFF).chain(&[
        "applicant.task",
        "applicant.reminder",
        "applicant.news",
        "case.news",
    ]) {
        for lang in [Lang::Zh, Lang::En] {
            let notice = Notices::shipped(lang)
                .get(name)
                .unwrap_or_else(|| panic!("{name}"));
            let bare = facts(LUMP_SUM)
                .words(
                    "digest",
                    json!({ "count": 1, "red": 0, "yellow": 0, "today": 1, "tasks": [] }),
                )
                .words(
                    "delivery",
                    json!({ "id": "1", "channel": "sms", "attempts": 6, "answer": "timeout" }),
                )
                .words("look", json!({ "name": "李勇艳", "count": 50 }))
                .words("digest", digest())
                .words("paper", json!({ "title": "联系函" }))
                .words(
                    "definition",
                    json!({ "what": "退休审批 第 2 版", "by": "谭勇", "why": "更正", "link": "https://s.example/admin" }),
                );
            for channel in [Channel::Sms, Channel::Email]
                .into_iter()
                .filter(|c| notice.has(*c))
            {
                notice
                    .word(channel, &bare)
                    .unwrap_or_else(|e| panic!("{name}: {e}"));
            }
        }
    }
}

fn digest() -> serde_json::Value {
    let link = "https://s.example/work";
    let task = json!({ "due": "11-25", "title": "转移", "step": "核对", "number": "442000-YLZY-20261123-00042-S", "link": link });
    json!({
        "all": 5, "red": 1, "yellow": 1, "today": 1, "new": 1, "waiting": 1, "day": "11月24日", "tasks": [task],
        "red_link": link, "yellow_link": link, "today_link": link, "new_link": link, "waiting_link": link,
    })
}

#[test]
fn a_webhook_names_case_and_task_and_no_person() {
    let task = TaskFacts {
        id: "4711-17",
        step: "letter",
        ..TaskFacts::default()
    };
    let Body::Webhook { json, .. } = webhook(
        "task.opened",
        Timestamp::UNIX_EPOCH,
        &facts("转移").task(&task, Lang::Zh),
        json!({ "task": "https://s.example/tasks/4711-17" }),
    ) else {
        panic!()
    };
    assert_eq!(json["type"], "task.opened");
    assert_eq!(json["at"], "1970-01-01T08:00:00+08:00");
    assert_eq!(json["links"]["task"], "https://s.example/tasks/4711-17");
    assert_eq!(
        json["case"],
        json!({ "id": "4711", "number": "450400-YCXDY-20261123-00017-L", "matter": "pension-lump-sum", "revision": "ab12" })
    );
    assert_eq!(json["task"], json!({ "id": "4711-17", "step": "letter" }));
}

#[test]
fn the_longest_short_message_is_known_before_it_is_sent() {
    let read = |sms: &str| {
        Notices::read(&format!(
            "notices: {{ received: {{ to: applicant, sms: \"{sms}\" }} }}"
        ))
        .unwrap()
    };
    let counted = |sms| {
        read(sms)
            .get("received")
            .unwrap()
            .longest_sms(LUMP_SUM)
            .unwrap()
    };
    assert_eq!(
        counted("您的{{case.matter_title}}(尾号{{case.tail}})"),
        2 + 21 + 3 + 4 + 1
    );
    assert_eq!(counted("{{#each legs}}{{city}}{{/each}}"), 5);
}

#[test]
fn wrong_notices_say_where() {
    let shape = Notices::read("notices:\n  received: { to: applicant, smss: x }\n").unwrap_err();
    assert!(
        matches!(shape, NoticesError::Shape { line: 2, .. }),
        "{shape:?}"
    );
    let text = Notices::read("notices: { received: { sms: \"{{> other}}\" } }").unwrap_err();
    assert!(
        matches!(
            text,
            NoticesError::Text {
                part: Part::Sms,
                ..
            }
        ),
        "{text:?}"
    );
}

/// Every shipped matter's short messages fit with the longest values to be expected.
#[test]
fn the_notices_of_shipped_matters_fit() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let mut read = 0;
    for folder in std::fs::read_dir(root).unwrap().map(|e| e.unwrap().path()) {
        let Ok(text) = std::fs::read_to_string(folder.join("notices.yaml")) else {
            continue;
        };
        let notices = Notices::read(&text).unwrap_or_else(|e| panic!("{folder:?}: {e}"));
        for (about, notice) in notices.iter() {
            let longest = notice.longest_sms(LUMP_SUM).unwrap_or_default();
            assert!(longest <= 70, "{folder:?} {about}: {longest}");
            read += 1;
        }
    }
    assert!(read >= 30, "{read}");
}

/// Every shipped matter's notices can be read as they are when it is published.
#[test]
fn shipped_notices_can_be_read() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let mut read = 0;
    for folder in std::fs::read_dir(root).unwrap() {
        let file = folder.unwrap().path().join("notices.yaml");
        if let Ok(text) = std::fs::read_to_string(&file) {
            Notices::read(&text).unwrap_or_else(|e| panic!("{file:?}: {e}"));
            read += 1;
        }
    }
    assert!(read >= 10, "{read}");
}
