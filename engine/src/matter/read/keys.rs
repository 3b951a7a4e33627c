//! The keys of the language, place by place, and the words nobody may use as a name.

pub const MATTER: &[&str] = &[
    "matter",
    "title",
    "code",
    "basis",
    "channels",
    "form",
    "intake_receipt",
    "unique",
    "decides",
    "final",
    "parties",
    "materials",
    "limits",
    "results",
    "steps",
    "events",
    "follows",
    "certifies",
];
pub const BLOCK: &[&str] = &[
    "block", "title", "basis", "takes", "gives", "steps", "events",
];
pub const OVERLAY: &[&str] = &["overlay", "city", "pool", "from", "basis", "changes"];
pub const GUIDANCE: &[&str] = &["guidance", "steps"];
pub const ADVICE: &[&str] = &["do", "see"];
pub const REFERENCE: &[&str] = &["title", "basis", "table", "note", "from", "until"];
/// What a matter may let a city do.
pub const CITY_MAY: &[&str] = &["shorten", "lengthen", "set", "drop"];
pub const PARTY: &[&str] = &["title", "city", "department", "post", "not_same_as"];
pub const MATERIAL: &[&str] = &[
    "title",
    "from",
    "if",
    "basis",
    "promise",
    "recognises",
    "city_may",
];
/// The keys of a material that an overlay may set.
pub const MATERIAL_SET: &[&str] = &["title", "from", "if", "basis", "promise", "recognises"];
/// What a certificate says, and how its use is told.
pub const CERTIFIES: &[&str] = &[
    "while", "kind", "kinds", "number", "of", "from", "until", "extent", "used",
];
pub const USED: &[&str] = &["message", "city", "case", "accepted", "reason"];
pub const LIMIT: &[&str] = &[
    "limit", "title", "kind", "starts", "stops", "calendar", "counts", "extend", "basis",
    "city_may",
];
pub const EXTEND: &[&str] = &["by", "times", "add", "before", "paper", "four_eyes"];
pub const BASIS: &[&str] = &["doc", "article", "from", "to"];
pub const PAUSES: &[&str] = &["limits", "if", "max", "paper"];
pub const OUTCOME: &[&str] = &[
    "go",
    "back_to",
    "leave",
    "end",
    "paper",
    "to",
    "notify",
    "marks",
    "leaves",
    "label",
    "title",
    "reason",
    "basis",
    "four_eyes",
    "if",
    "rest",
];
pub const WAYS: &[&str] = &["go", "back_to", "leave", "end"];
pub const LETTER: &[&str] = &["paper", "to", "delivered"];
pub const NOTIFY: &[&str] = &["to", "phone", "template"];
pub const BRANCH: &[&str] = &["title", "if", "needs", "gives", "steps", "events"];
pub const WAIT: &[&str] = &["message", "key", "until"];
pub const REPEAT: &[&str] = &["every", "from", "day", "times", "while"];
pub const EVENT: &[&str] = &[
    "by",
    "message",
    "key",
    "limit",
    "at",
    "mark",
    "suspended",
    "if",
    "until",
    "once",
    "form",
    "pauses",
    "holds",
    "undo",
    "steps",
    "title",
    "go",
    "back_to",
    "leave",
    "end",
    "paper",
    "to",
    "notify",
    "marks",
    "label",
    "reason",
    "basis",
    "four_eyes",
    "rest",
];
/// Keys any step may have.
pub const STEP: &[&str] = &[
    "id", "title", "if", "needs", "limit", "pauses", "status", "parties", "limits", "events",
    "beside", "undo", "basis", "city_may", "outcomes", "then", "gives",
];
/// Keys that tell what a step does; `steps`, `paper` and `notify` do so only where none of these stands.
pub const KINDS: &[&str] = &[
    "task", "handoff", "subcase", "wait", "call", "decide", "choice", "parallel", "for_each",
    "repeat", "use", "set", "end", "slot",
];
/// Keys for what is said with others: `countersign` is `parallel` whose branches may leave it, `one_at_a_time` is `alone` on each branch;
/// and for what goes without saying: a revision takes effect when it is published, and running cases stay on theirs.
pub const SAID_OTHERWISE: &[&str] = &["countersign", "one_at_a_time", "effective", "running_cases"];

/// The keys that belong to one kind of step, besides those of every step.
pub fn own(kind: &str) -> &'static [&'static str] {
    match kind {
        "task" => &["task", "form", "shows", "four_eyes", "bulk"],
        "handoff" => &["handoff", "shares", "returns", "receive", "form", "steps"],
        "subcase" => &["subcase", "with"],
        "wait" => &["wait", "form"],
        "call" => &["call", "send", "retry", "form"],
        "decide" => &["decide", "input"],
        "choice" => &["choice"],
        "parallel" => &["parallel", "join", "counts"],
        "for_each" => &[
            "for_each", "as", "key", "join", "counts", "may_add", "may_end", "steps",
        ],
        "repeat" => &["repeat", "steps"],
        "use" => &["use", "with", "alone"],
        "slot" => &["slot"],
        "set" => &["set"],
        "end" => &["end", "label", "paper", "reason", "to"],
        "steps" => &["steps", "alone"],
        "paper" => &["paper", "to", "delivered"],
        "notify" => &["notify"],
        _ => &[],
    }
}

/// The English outcomes of the engine.
pub const ENGINE_OUTCOMES: &[&str] = &[
    "done",
    "overdue",
    "unmet",
    "refused",
    "failed",
    "missed",
    "else",
    "completed",
    "completed_partial",
    "not_accepted",
    "withdrawn",
    "closed",
];
const EXPRESSION_WORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "in",
    "then",
    "every",
    "some",
    "satisfies",
    "true",
    "false",
    "null",
    "between",
    "for",
    "return",
];

/// Whether a word is taken: a key, `next` `any` `all` `round`, an outcome of the engine, a word of expressions.
pub fn reserved(word: &str) -> bool {
    ["next", "any", "all", crate::matter::ROUND].contains(&word)
        || [
            ENGINE_OUTCOMES,
            EXPRESSION_WORDS,
            STEP,
            KINDS,
            OUTCOME,
            MATTER,
            EVENT,
            SAID_OTHERWISE,
            &crate::case::COMMON,
        ]
        .iter()
        .any(|words| words.contains(&word))
}
