//! Working time on the shipped calendars: the dated examples and tables of the field, typed from its own page.

use engine::clock::{Calendars, Clock, Due, Level, Limit, Why, civil, due, instant};
use engine::source::Sources;
use jiff::Timestamp;
use jiff::civil::{Date, date};

fn calendars() -> Calendars {
    let read = |name: &str| {
        let path = format!(
            "{}/../workflows/network/calendars/{name}.yaml",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        (path, text)
    };
    let files = [
        "national-2024",
        "national-2025",
        "national-2026",
        "guangxi",
        "hours",
    ]
    .map(read);
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    let mut sources = Sources::default();
    Calendars::read(&files, &mut sources).unwrap_or_else(|found| {
        panic!(
            "{}",
            found
                .iter()
                .map(|d| d.render(&sources, engine::text::Lang::Zh))
                .collect::<String>()
        )
    })
}

/// An instant from `2026-02-11` (09:00) or `2026-02-11 16:40`, Beijing time.
fn at(text: &str) -> Timestamp {
    let text = if text.len() == 10 {
        format!("{text}T09:00")
    } else {
        text.replace(' ', "T")
    };
    instant(text.parse().unwrap())
}

fn ends(city: &str, pool: Option<&str>, from: &str, limit: &str, pauses: &[(&str, &str)]) -> Due {
    let pauses: Vec<_> = pauses.iter().map(|(a, b)| (at(a), at(b))).collect();
    due(
        &calendars().of(city, pool),
        at(from),
        limit.parse::<Limit>().unwrap(),
        &pauses,
    )
}

fn check(from: &str, limit: &str, pauses: &[(&str, &str)], expected: &str) {
    let end = civil(ends("", None, from, limit, pauses).at)
        .strftime("%Y-%m-%d %H:%M")
        .to_string();
    assert_eq!(end, expected, "{limit} from {from}");
}

type Example = (
    u32,
    &'static str,
    u32,
    &'static [(&'static str, &'static str)],
    &'static str,
);

/// Number, day 0, working days, pauses, due: the twenty-five worked examples.
const EXAMPLES: [Example; 25] = [
    (1, "2024-02-01", 10, &[], "2024-02-20"),
    (2, "2024-02-08", 1, &[], "2024-02-09"),
    (3, "2024-02-09", 1, &[], "2024-02-18"),
    (4, "2024-04-03", 3, &[], "2024-04-09"),
    (5, "2024-04-26", 5, &[], "2024-05-07"),
    (6, "2024-05-10", 1, &[], "2024-05-11"),
    (7, "2024-09-13", 5, &[], "2024-09-23"),
    (8, "2024-09-27", 10, &[], "2024-10-16"),
    (9, "2024-12-30", 3, &[], "2025-01-03"),
    (10, "2025-01-20", 15, &[], "2025-02-14"),
    (11, "2025-01-24", 10, &[], "2025-02-13"),
    (12, "2025-01-27", 2, &[], "2025-02-06"),
    (13, "2025-04-03", 1, &[], "2025-04-07"),
    (14, "2025-04-25", 5, &[], "2025-05-06"),
    (15, "2025-05-30", 2, &[], "2025-06-04"),
    (16, "2025-09-26", 10, &[], "2025-10-16"),
    (17, "2025-10-04", 20, &[], "2025-11-04"),
    (18, "2025-12-31", 2, &[], "2026-01-05"),
    (19, "2026-02-12", 10, &[], "2026-03-04"),
    (20, "2026-04-30", 5, &[], "2026-05-11"),
    (21, "2026-09-18", 5, &[], "2026-09-24"),
    (22, "2026-09-24", 20, &[], "2026-10-29"),
    (
        23,
        "2025-03-03",
        20,
        &[("2025-03-10", "2025-03-24")],
        "2025-04-15",
    ),
    (
        24,
        "2025-09-22",
        15,
        &[("2025-09-28", "2025-10-09")],
        "2025-10-22",
    ),
    (
        25,
        "2026-02-09",
        10,
        &[("2026-02-11", "2026-02-14"), ("2026-02-24", "2026-02-25")],
        "2026-03-05",
    ),
];

#[test]
fn the_worked_examples_come_out() {
    for (number, from, days, pauses, expected) in EXAMPLES {
        let end = ends("", None, from, &format!("{days}wd"), pauses);
        assert_eq!(
            civil(end.at).strftime("%Y-%m-%d %H:%M").to_string(),
            format!("{expected} 17:00"),
            "example {number}"
        );
        assert!(!end.provisional, "example {number}");
    }
}

#[test]
fn the_unit_changes_the_answer() {
    check("2025-09-29", "3d", &[], "2025-10-09 17:00");
    check("2025-09-29", "3wd", &[], "2025-10-10 17:00");
}

/// 民法典 202: the corresponding day, or the last of the month; 203: a rest day moves the end behind the rest.
#[test]
fn months_end_on_the_corresponding_day() {
    check("2026-03-10", "3mo", &[], "2026-06-10 17:00");
    check("2026-03-31", "P1M", &[], "2026-04-30 17:00");
    check("2024-02-29", "1y", &[], "2025-02-28 17:00");
    check("2026-03-03", "2mo", &[], "2026-05-06 17:00");
}

/// R9: an immediate limit ends on the working day itself, or on the next one.
#[test]
fn an_immediate_limit_ends_the_same_working_day() {
    check("2026-11-23 10:00", "0wd", &[], "2026-11-23 17:00");
    check("2026-11-22 10:00", "0wd", &[], "2026-11-23 17:00");
}

#[test]
fn hours_are_office_hours_and_pauses_count_to_the_minute() {
    check("2026-11-23 11:00", "2h", &[], "2026-11-23 15:00");
    check("2026-11-20 16:20", "2h", &[], "2026-11-23 10:20");
    check("2026-09-30 16:00", "2h", &[], "2026-10-08 10:00");
    check("2026-11-23 09:00", "30m", &[], "2026-11-23 09:30");
    check("2026-11-23 18:30", "30m", &[], "2026-11-24 09:30");
    check(
        "2026-11-23 09:00",
        "4h",
        &[("2026-11-23 10:00", "2026-11-23 15:00")],
        "2026-11-24 10:00",
    );
    // Overlapping pauses count once.
    let twice = [
        ("2026-11-23 10:00", "2026-11-23 15:00"),
        ("2026-11-23 11:00", "2026-11-23 15:00"),
    ];
    check("2026-11-23 09:00", "4h", &twice, "2026-11-24 10:00");
}

#[test]
fn a_region_has_its_own_holidays_and_hours() {
    let wuzhou = ends("450400", Some("45"), "2025-03-28", "1wd", &[]);
    assert_eq!(civil(wuzhou.at).date(), date(2025, 4, 2));
    let kashgar = ends("653100", Some("65"), "2026-11-23", "1wd", &[]);
    assert_eq!(civil(kashgar.at), date(2026, 11, 24).at(19, 30, 0, 0));
}

/// G24: a year nobody has published is counted by weekdays and says so.
#[test]
fn g024_a_year_without_calendar_is_provisional() {
    let end = ends("", None, "2026-12-31", "2wd", &[]);
    assert!(end.provisional);
    assert_eq!(civil(end.at).date(), date(2027, 1, 4));
    assert!(!ends("", None, "2026-12-29", "2wd", &[]).provisional);
}

#[test]
fn every_month_has_the_working_days_printed() {
    let table: [(i16, [u32; 12], u32); 3] = [
        (2024, [22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22], 251),
        (2025, [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23], 248),
        (2026, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23], 248),
    ];
    let calendar = calendars().national();
    for (year, months, total) in table {
        for (month, expected) in (1..).zip(months) {
            let first = date(year, month, 1);
            let counted =
                calendar.working_days_between(first.yesterday().unwrap(), first.last_of_month());
            assert_eq!(counted, expected, "{year}-{month}");
        }
        assert_eq!(
            calendar.working_days_between(date(year - 1, 12, 31), date(year, 12, 31)),
            total
        );
    }
}

/// 除夕: encouraged leave in 2024, a holiday from 2025 on.
#[test]
fn the_eve_of_spring_festival_is_what_the_year_says() {
    let calendar = calendars().national();
    let works = |d: Date| calendar.day(d).working;
    assert_eq!(
        [
            works(date(2024, 2, 9)),
            works(date(2025, 1, 28)),
            works(date(2026, 2, 16))
        ],
        [true, false, false]
    );
}

/// Every day from the start to the end is told, and the counted ones are numbered without a gap.
#[test]
fn a_result_explains_itself_day_by_day() {
    let end = ends("", None, "2026-02-12", "10wd", &[]);
    let days = &end.days;
    assert_eq!(
        (days[0].date, days[days.len() - 1].date),
        (date(2026, 2, 12), date(2026, 3, 4))
    );
    assert!(
        days.windows(2)
            .all(|w| w[0].date.tomorrow().unwrap() == w[1].date)
    );
    assert!(days.iter().filter_map(|d| d.number).eq(1..=10));
    let eve = days.iter().find(|d| d.date == date(2026, 2, 16)).unwrap();
    assert_eq!(eve.words().zh, "春节放假，不计");
}

/// A wrong calendar says where and what is wrong, all of it at once.
#[test]
fn a_wrong_calendar_is_refused_with_every_finding() {
    let text = "calendar: national\nyear: 2026\nnotise: x\ndays: |\n  2026-02-16 | 周二 | 休 | 春节 | 法定\n  2025-02-16 | 周日 | 休 | 春节 | 法定\nhours: { national: [\"12:00-09:00\"] }\n";
    let mut sources = Sources::default();
    let found = Calendars::read(&[("a.yaml", text)], &mut sources).unwrap_err();
    let codes: Vec<&str> = found.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["E0701", "E0705", "E0703", "E0703"]);
    assert_eq!(found[0].near.as_deref(), Some("notice"));
}

fn started(limit: &str, from: &str) -> Clock {
    Clock::start(limit.parse().unwrap(), at(from), &calendars().national())
}

fn amount(days: i64, hours: i64, minutes: i64) -> (i64, i64) {
    (days, hours * 3600 + minutes * 60)
}

fn used_and_left(clock: &Clock, now: &str) -> [(i64, i64); 2] {
    let calendar = calendars().national();
    [
        clock.used(at(now), &calendar),
        clock.left(at(now), &calendar),
    ]
    .map(|a| (a.days, a.seconds))
}

/// The sum a clerk reads on the case page: 承诺 5 天 = 已用 3 天 2 小时 10 分 + 剩余 1 天 3 小时 50 分;暂停 1 天.
#[test]
fn g026_the_clock_panel_adds_up() {
    let calendar = calendars().national();
    let clock =
        started("5wd", "2026-11-13 10:00").pause(at("2026-11-18 15:10"), "待补正", None, None);
    assert_eq!(clock.level(at("2026-11-19 10:00")), Level::Paused);
    let clock = clock.resume(at("2026-11-19 16:10"), &calendar);
    assert_eq!(
        used_and_left(&clock, "2026-11-20 11:10"),
        [amount(3, 2, 10), amount(1, 3, 50)]
    );
    assert_eq!(civil(clock.due()), date(2026, 11, 23).at(17, 0, 0, 0));
}

/// A step of one working day received on 11-24 turns yellow on 11-25 at 15:48, when a fifth of its six hours is left.
#[test]
fn levels_are_reached_within_the_day() {
    let clock = started("1wd", "2026-11-24 10:00");
    let level = |now: &str| clock.level(at(now));
    assert_eq!(level("2026-11-24 16:00"), Level::Normal);
    assert_eq!(level("2026-11-25 11:59"), Level::Normal);
    assert_eq!(level("2026-11-25 12:00"), Level::Reminder);
    assert_eq!(level("2026-11-25 15:47"), Level::Reminder);
    assert_eq!(level("2026-11-25 15:48"), Level::Yellow);
    assert_eq!(level("2026-11-25 17:00"), Level::Yellow);
    assert_eq!(level("2026-11-26 09:00"), Level::Red);
    assert_eq!(
        clock.next_change(at("2026-11-24 10:00")),
        Some(at("2026-11-25 12:00"))
    );
    assert_eq!(
        clock.next_change(at("2026-11-25 12:00")),
        Some(at("2026-11-25 15:48"))
    );
}

/// A red clock says by how much: 红牌 超 1 天.
#[test]
fn a_passed_limit_says_by_how_much() {
    let clock = started("2wd", "2026-11-20 10:00");
    assert_eq!(
        used_and_left(&clock, "2026-11-25 17:00"),
        [amount(3, 0, 0), amount(-1, 0, 0)]
    );
}

/// At most ten working days of collecting records are taken out of an unemployment claim (广东省失业保险条例 36).
#[test]
fn a_pause_with_a_maximum_ends_there() {
    let calendar = calendars().national();
    let max = Some("10wd".parse().unwrap());
    let clock = started("7wd", "2026-03-02")
        .pause(at("2026-03-03"), "归集", None, max)
        .resume(at("2026-03-27"), &calendar);
    // Day 1 is 03-03; 03-04 to 03-17 are the ten days taken out; days 2 to 7 follow.
    assert_eq!(civil(clock.due()).date(), date(2026, 3, 25));
}

/// What is used of a limit that stands still is the same on every later day, and an extension or a new calendar waits until it runs on.
#[test]
fn a_limit_that_stands_still_keeps_what_is_used() {
    let calendar = calendars().of("", None);
    let stands = started("7wd", "2026-03-02").pause(at("2026-03-05 10:00"), "补正", None, None);
    let used = stands.used(at("2026-03-05 10:00"), &calendar);
    assert_eq!((used.days, used.seconds), (3, 0));
    for later in ["2026-03-05 16:00", "2026-03-06", "2026-10-01", "2026-12-31"] {
        assert_eq!(stands.used(at(later), &calendar), used, "{later}");
    }
    let before = stands.due();
    let extended = stands.extend("2wd".parse().unwrap(), &calendar);
    assert_eq!(extended.due(), before);
    // 03-03, 03-04, 03-05 are used; six of nine are left, the first of them 03-10.
    let runs = extended.resume(at("2026-03-09 10:00"), &calendar);
    assert_eq!(civil(runs.due()).date(), date(2026, 3, 17));
}

/// 五个工作日，中山用去两天，案件改由梧州办理：三月三的两天在梧州不计。
#[test]
fn what_is_used_in_one_city_stays_used_in_the_next() {
    let of = |city: &str| match city {
        "450400" => calendars().of(city, Some("45")),
        _ => calendars().of(city, Some("44")),
    };
    let (zhongshan, wuzhou) = (of("442000"), of("450400"));
    let clock = Clock::start("5wd".parse().unwrap(), at("2025-03-26 10:00"), &zhongshan);
    assert_eq!(civil(clock.due()).date(), date(2025, 4, 2));
    let clock = clock.moved(at("2025-03-28 10:00"), "442000", &zhongshan, &wuzhou);
    // 03-27 and 03-28 are used; 03-31 and 04-01 are 三月三, 04-04 to 04-06 清明; so 04-02, 04-03 and 04-07 remain.
    assert_eq!(civil(clock.due()), date(2025, 4, 7).at(17, 0, 0, 0));
    let used = |now: &str| clock.used(at(now), &wuzhou).days;
    assert_eq!(
        [
            used("2025-03-28 10:00"),
            used("2025-04-01 12:00"),
            used("2025-04-02 17:00")
        ],
        [2, 2, 3]
    );
    let left = clock.left(at("2025-04-02 17:00"), &wuzhou);
    assert_eq!((left.days, left.seconds), (2, 0));

    let days = clock.days("450400", at("2025-04-02 17:00"), of);
    let shown = |day: &str| {
        let found = days
            .iter()
            .find(|(_, d)| d.date == at(day).to_zoned(jiff::tz::TimeZone::UTC).date());
        let (city, day) = found.unwrap();
        (city.as_str(), day.number)
    };
    assert_eq!(shown("2025-03-28"), ("442000", Some(2)));
    assert_eq!(shown("2025-03-31"), ("450400", None));
    assert_eq!(shown("2025-04-02"), ("450400", Some(3)));
    assert_eq!(days.last().unwrap().1.number, Some(5));
}

/// Hours are told by hours: the first day counts as far as the office is open, and nothing is known of what is to come.
#[test]
fn days_of_a_limit_in_hours_say_how_much_of_each_counts() {
    let of = |_: &str| calendars().national();
    let clock = started("12h", "2026-03-06 16:00");
    let days = clock.days("442000", at("2026-03-09 10:30"), of);
    let shown: Vec<_> = days
        .iter()
        .map(|(_, d)| (d.date.day(), d.number, d.why, d.minutes))
        .collect();
    let rest = (None, Why::Weekend, None);
    assert_eq!(shown[0], (6, None, Why::Hours, Some(60)));
    assert_eq!([shown[1], shown[2]].map(|d| (d.1, d.2, d.3)), [rest, rest]);
    assert_eq!(shown[3], (9, None, Why::Hours, Some(90)));
    assert_eq!(shown[4], (10, None, Why::Hours, None));
    assert_eq!(days[0].1.words().zh, "计入 1 小时 0 分");
}

/// A limit that has passed is told to the day of now; one that stands still no further than that, for it has no end yet.
#[test]
fn days_go_to_now_where_the_end_has_passed_or_is_not_known() {
    let of = |_: &str| calendars().national();
    let over = started("2wd", "2026-03-02").days("442000", at("2026-03-06 10:00"), of);
    let (_, last) = over.last().unwrap();
    assert_eq!((last.date, last.number), (date(2026, 3, 6), Some(4)));

    let stands = started("7wd", "2026-03-02").pause(at("2026-03-05"), "补正", None, None);
    let days = stands.days("442000", at("2026-03-09 10:00"), of);
    let shown: Vec<_> = days.iter().map(|(_, d)| (d.date.day(), d.why)).collect();
    assert_eq!(
        &shown[3..],
        [
            (5, Why::Counted),
            (6, Why::Paused),
            (7, Why::Weekend),
            (8, Why::Weekend),
            (9, Why::Paused)
        ]
    );
}

/// Hours are exact to the minute: three of four are left when the case goes over.
#[test]
fn hours_go_over_to_the_minute() {
    let (zhongshan, wuzhou) = (
        calendars().of("442000", Some("44")),
        calendars().of("450400", Some("45")),
    );
    let clock = Clock::start("4h".parse().unwrap(), at("2025-03-28 15:00"), &zhongshan).moved(
        at("2025-03-28 16:00"),
        "442000",
        &zhongshan,
        &wuzhou,
    );
    assert_eq!(civil(clock.due()), date(2025, 4, 2).at(11, 0, 0, 0));
    let used = clock.used(at("2025-03-28 16:30"), &wuzhou);
    assert_eq!((used.days, used.seconds), amount(0, 1, 30));
}

/// What stands still goes over standing still, and runs on by the other calendar.
#[test]
fn a_clock_that_stands_still_goes_over_too() {
    let (zhongshan, wuzhou) = (
        calendars().of("442000", Some("44")),
        calendars().of("450400", Some("45")),
    );
    let clock = Clock::start("5wd".parse().unwrap(), at("2025-03-26 10:00"), &zhongshan)
        .pause(at("2025-03-27 10:00"), "补正", None, None)
        .moved(at("2025-03-28 10:00"), "442000", &zhongshan, &wuzhou);
    assert_eq!(clock.level(at("2025-03-28 11:00")), Level::Paused);
    let clock = clock.resume(at("2025-03-31 10:00"), &wuzhou);
    // Only 03-27 is used; 04-02, 04-03, 04-07 and 04-08 follow.
    assert_eq!(civil(clock.due()).date(), date(2025, 4, 8));
}

proptest::proptest! {
    /// G26: used and left add up to the limit, whenever one looks and however the clock was stopped.
    #[test]
    fn g026_used_and_left_are_the_limit(start in 0i64..500_000, pause in 0i64..20_000, length in 0i64..20_000, look in 0i64..60_000, days in 1u32..25) {
        let calendar = calendars().national();
        let minute = |n: i64| at("2024-06-03 09:00") + jiff::SignedDuration::from_mins(n);
        let limit = Limit { count: days, unit: engine::clock::Unit::WorkingDays };
        let clock = Clock::start(limit, minute(start), &calendar);
        let clock = clock.pause(minute(start + pause), "x", None, None).resume(minute(start + pause + length), &calendar);
        let now = minute(start + look);
        let (used, left) = (clock.used(now, &calendar), clock.left(now, &calendar));
        proptest::prop_assert_eq!((used.days + left.days) * used.day_length + used.seconds + left.seconds, i64::from(days) * used.day_length);
        // While the limit has not passed nothing is negative, and afterwards something is over or nothing is left.
        if now <= clock.due() && !clock.is_paused() {
            proptest::prop_assert!(left.days >= 0 && left.seconds >= 0, "{:?}", left);
        }
    }

    /// Standing still for no time at all changes nothing but the day it falls on, which is used whole.
    #[test]
    fn a_stop_within_a_day_moves_no_due_date(start in 0i64..500_000, days in 1u32..25) {
        let calendar = calendars().national();
        let from = at("2024-06-03 09:00") + jiff::SignedDuration::from_mins(start);
        let clock = Clock::start(Limit { count: days, unit: engine::clock::Unit::WorkingDays }, from, &calendar);
        let again = clock.clone().pause(from, "x", None, None).resume(from, &calendar);
        proptest::prop_assert_eq!(clock.due(), again.due());
    }

    /// Going over to the same calendar changes nothing but that the day is used whole.
    #[test]
    fn going_over_to_an_equal_calendar_moves_no_due_date(start in 0i64..500_000, over in 0i64..20_000, look in 0i64..60_000, days in 1u32..25) {
        let calendar = calendars().national();
        let minute = |n: i64| at("2024-06-03 09:00") + jiff::SignedDuration::from_mins(n);
        let limit = Limit { count: days, unit: engine::clock::Unit::WorkingDays };
        let clock = Clock::start(limit, minute(start), &calendar);
        let moved = clock.clone().moved(minute(start + over), "440000", &calendar, &calendar);
        proptest::prop_assert_eq!(clock.due(), moved.due());
        let now = minute(start + over + look);
        let (used, left) = (moved.used(now, &calendar), moved.left(now, &calendar));
        proptest::prop_assert_eq!((used.days + left.days) * used.day_length + used.seconds + left.seconds, i64::from(days) * used.day_length);
    }
}

/// A returned letter: what is left of the limit, and at least so much from the day after; it runs again where it had stopped.
#[test]
fn a_limit_leaves_at_least_so_much() {
    let calendar = calendars().of("442000", None);
    let limit = |text: &str| text.parse::<Limit>().unwrap();
    // Ten working days from Monday 2026-03-02 end on 03-16.
    let clock = Clock::start(limit("10wd"), at("2026-03-02"), &calendar);
    let left = |clock: Clock, day: &str| {
        let clock = clock.left_at_least(at(day), limit("3wd"), "退函", &calendar);
        civil(clock.due()).date()
    };
    assert_eq!(left(clock.clone(), "2026-03-04"), date(2026, 3, 16));
    assert_eq!(left(clock.clone(), "2026-03-13"), date(2026, 3, 18));
    // It has passed: three days from then on.
    assert_eq!(left(clock.clone(), "2026-03-20"), date(2026, 3, 25));
    // Stopped on its second day, eight are left when the letter comes back.
    let stopped = clock.clone().stop(at("2026-03-04"));
    assert_eq!(left(stopped, "2026-03-11"), date(2026, 3, 23));
    // Stopped a day before its end, one would be left.
    let stopped = clock.clone().stop(at("2026-03-13"));
    assert_eq!(left(stopped, "2026-03-18"), date(2026, 3, 23));
    let again = clock.stop(at("2026-03-13"));
    let again = again.left_at_least(at("2026-03-18"), limit("3wd"), "退函", &calendar);
    // Twelve days now, of which ten are used: more than four fifths.
    assert_eq!(again.level(at("2026-03-20")), Level::Yellow);
}
