//! Conditions and values in words.

use super::*;

/// A matter of a few names.
struct Few(Lang);

impl Titles for Few {
    fn title(&self, path: &str) -> Option<String> {
        if self.0 == Lang::En {
            return None;
        }
        let title = match path {
            "form.months" => "缴费月数",
            "form.kind=short" => "年限不足",
            "form.relapse" | "own:form.relapse" => "旧伤复发",
            "form.left_on" => "离境日期",
            "form.city" => "参保城市",
            "form.rows" => "外省关系",
            "supplement" => "补交材料",
            "bank" => "银行核验",
            "bank.same" => "“银行核验”的户名一致",
            "own:bank.same" => "户名一致",
            "age" => "年龄和年限",
            "own:age.allowed" => "可以退休",
            "item:form.rows.result" => "结果",
            "limit:60d" => "60 日",
            "form.draw" => "“在哪里领、怎么领”",
            "form.draw=home" => "转到户籍地领取",
            "form.owed" => "应退还金额",
            "form.paid" => "金额",
            "certify" => "本人认证，任选一种",
            _ => return None,
        };
        Some(title.to_owned())
    }

    fn thing(&self, path: &str) -> Thing {
        match path {
            "supplement" | "supplement.at" | "bank" | "age" | "certify" => Thing::Step,
            "form.owed" => Thing::Number,
            "delivered" => Thing::Mark,
            "form.relapse" | "bank.same" => Thing::Answer,
            "age.allowed" => Thing::Ruling,
            "form.left_on" => Thing::Day,
            _ => Thing::Value,
        }
    }

    fn is_filled(&self, path: &str) -> bool {
        path.starts_with("form.")
    }
}

fn check(source: &str, zh: &str, en: &str) {
    let said = |lang| words(source, lang, &Few(lang)).unwrap();
    assert_eq!(said(Lang::Zh), zh, "{source}");
    assert_eq!(said(Lang::En), en, "{source}");
}

/// Of a condition alone, in Chinese.
fn holds(source: &str, zh: &str) {
    let said = condition(source, Lang::Zh, &Few(Lang::Zh)).unwrap();
    assert_eq!(said, zh, "{source}");
}

#[test]
fn conditions_read_as_phrases() {
    check(
        "form.months >= 180",
        "缴费月数不少于 180",
        "form.months is at least 180",
    );
    check(
        "form.kind = 'short'",
        "form.kind是“年限不足”",
        "form.kind is “short”",
    );
    check(
        "not(has(case.parent))",
        "单独申请",
        "it is not part of a larger case",
    );
    check(
        "every m in materials.missing satisfies m.promise",
        "缺少的材料中每一项都可以容缺",
        "every one of the missing materials may come later",
    );
    check("a and (b or c)", "a，且（b，或者c）", "a and (b or c)");
    check("list()", "空", "nothing");
    check(
        "form.kind in (\"short\", \"long\") and first_of(a, b, c)",
        "form.kind是“年限不足”或“long”，且a（没有时依次取b、c）",
        "form.kind is “short” or “long” and a (if absent, the first there is of b, c)",
    );
}

/// What stands in for a missing value is said only where it can matter.
#[test]
fn a_default_that_decides_nothing_is_left_out() {
    check(
        "first_of(id_number(applicant.id_number).sex, \"male\") = \"female\"",
        "申请人证件号码所示的性别是“女”",
        "the sex of the applicant’s document number is “female”",
    );
    check(
        "first_of(a, 0) <= 5",
        "a（没有时为 0）不超过 5",
        "a (0 if absent) is at most 5",
    );
    check("first_of(a, 0) > 0", "a大于 0", "a is more than 0");
    check(
        "first_of(a, first_of(b, \"\"))",
        "a（没有时为b）",
        "a (b if absent)",
    );
    check("first_of(a, list())", "a", "a");
    check("first_of(a, \"-\")", "a", "a");
}

#[test]
fn a_step_has_been_done_and_a_list_has_items() {
    holds("count(supplement) = 0", "“补交材料”还没有办过");
    holds("count(supplement) > 0", "“补交材料”已经办过");
    holds("count(supplement) > 1", "“补交材料”办过不止一次");
    holds("not(has(supplement.at))", "“补交材料”还没有办过");
    holds("count(form.rows) > 1", "外省关系不止一个");
    holds("count(form.rows) = 0", "没有外省关系");
}

#[test]
fn what_is_there_is_said_by_what_it_is() {
    holds("has(delivered)", "已经记下“delivered”");
    holds("not(has(delivered))", "还没有记下“delivered”");
    holds("has(form.left_on)", "填了离境日期");
    holds("not(has(form.left_on))", "没有填离境日期");
    holds(
        "has(form.kind) and form.kind = 'short'",
        "form.kind是“年限不足”",
    );
}

#[test]
fn a_yes_or_no_is_said_as_one() {
    holds("form.relapse", "“旧伤复发”为“是”");
    holds("not(form.relapse)", "“旧伤复发”为“否”");
    holds("form.relapse = false", "“旧伤复发”为“否”");
    holds("first_of(form.relapse, false)", "“旧伤复发”为“是”");
    holds("bank.same", "“银行核验”的“户名一致”为“是”");
    holds("age.allowed", "“年龄和年限”得出“可以退休”");
    holds(
        "not(first_of(age.allowed, false))",
        "“年龄和年限”没有得出“可以退休”",
    );
    // As a value it goes by its name alone.
    check("form.relapse", "旧伤复发", "form.relapse");
}

#[test]
fn days_come_before_and_after() {
    holds("today >= form.left_on", "当日不早于离境日期");
    holds("form.left_on < today", "离境日期早于当日");
    holds("month(today) > form.left_on", "当月晚于离境日期");
    holds(
        "today <= form.left_on + days(60)",
        "当日不晚于离境日期后 60 日",
    );
    holds(
        "min(form.left_on, if a then today else now)",
        "离境日期、（a时为当日，否则为当时）中最早的",
    );
    holds("form.left_on - today > 3", "离境日期减当日大于 3");
}

#[test]
fn values_that_depend_read_as_a_sentence() {
    check(
        "if form.kind = 'short' then a else b",
        "form.kind是“年限不足”时为a，否则为b",
        "a if form.kind is “short”, otherwise b",
    );
    check(
        "abs(a - b) <= c",
        "a与b的差额不超过c",
        "the difference between a and b is at most c",
    );
    holds(
        "every r in form.rows satisfies r.result = 'done'",
        "外省关系中每一项的结果都是“办成”",
    );
}

/// A sum equals; what is taken off several times is named together; a list has more than one; one of several holds.
#[test]
fn numbers_and_lists_read_as_people_say_them() {
    holds("sum(form.paid) = form.owed", "金额之和等于应退还金额");
    holds("form.owed != a", "应退还金额不等于a");
    check(
        "abs(a - b - c) <= d",
        "a减去b和c后的差额不超过d",
        "the difference between a and the sum of b and c is at most d",
    );
    check(
        "count(form.rows) >= 2",
        "外省关系不止一个",
        "there is more than one of form.rows",
    );
    holds(
        "every r in form.rows satisfies r.result in ('done', 'skipped')",
        "外省关系中每一项的结果都是“办成”或“未申请”",
    );
    holds(
        "form.rows[not(item.result = 'done')]",
        "外省关系（结果不是“办成”的那些）",
    );
    holds(
        "last(certify[item.result = 'done'].key)",
        "“本人认证，任选一种”里最后办成的一项",
    );
    holds("starts(form.city, '44')", "参保城市以“44”开头");
    holds("year(today) > 2026", "当日的年份大于 2026");
}

/// What reads as part of the sentence stands in quotes, and is chosen.
#[test]
fn a_field_with_a_long_name_is_chosen() {
    holds("form.draw = 'home'", "“在哪里领、怎么领”选“转到户籍地领取”");
    holds(
        "form.draw in ('home', 'here')",
        "“在哪里领、怎么领”选“转到户籍地领取”或“here”",
    );
    holds("form.kind = 'short'", "form.kind是“年限不足”");
}

#[test]
fn a_case_that_is_part_of_another_is_said_so() {
    check(
        "has(case.parent)",
        "本件是一件事的一部分",
        "this is part of a larger case",
    );
}

#[test]
fn what_cannot_be_read_has_no_words() {
    assert_eq!(words("a >=", Lang::Zh, &Few(Lang::Zh)), None);
}
