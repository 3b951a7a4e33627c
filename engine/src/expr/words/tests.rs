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
            _ => return None,
        };
        Some(title.to_owned())
    }

    fn thing(&self, path: &str) -> Thing {
        match path {
            "supplement" | "supplement.at" | "bank" | "age" => Thing::Step,
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
        "没有上级办件",
        "the parent case does not exist",
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
        "form.kind是“年限不足”、“long”之一，且a（没有时依次取b、c）",
        "form.kind is one of “short”, “long” and a (if absent, the first there is of b, c)",
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
        "a（没有时为0）不超过 5",
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
    holds("count(supplement) > 1", "“补交材料”办过的次数大于 1");
    holds("not(has(supplement.at))", "“补交材料”还没有办过");
    holds("count(form.rows) > 1", "外省关系的个数大于 1");
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

#[test]
fn what_cannot_be_read_has_no_words() {
    assert_eq!(words("a >=", Lang::Zh, &Few(Lang::Zh)), None);
}
