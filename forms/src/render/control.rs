//! One field with its label, hint, error and the control that fits its kind.

use maud::{Markup, html};
use serde_json::Value;

use super::group::{Asked, SWAP, mark_of_list};
use super::{Drawing, Sheet, Slot, items, typed};
use crate::field::{Choice, Field, Format, Kind, Private};
use crate::flaw::number;
use crate::text::Text;

/// More choices than these become a list that opens.
const RADIOS: usize = 5;

impl Drawing<'_, '_> {
    /// A field that holds no other fields.
    pub(super) fn control(&self, asked: &Asked) -> Markup {
        match &asked.field.kind {
            Kind::Boolean => self.radios(asked, &yes_or_no()),
            Kind::Choice(choices) if choices.len() <= RADIOS => self.radios(asked, choices),
            Kind::Choice(choices) => self.labelled(asked, self.select(asked, choices)),
            Kind::Choices(choices) => self.boxes(asked, choices),
            Kind::Texts => self.labelled(asked, self.texts(asked)),
            Kind::Text { long: true, .. } => self.labelled(asked, self.long(asked)),
            Kind::File => self.labelled(asked, self.file(asked)),
            _ => self.labelled(asked, self.line(asked)),
        }
    }

    /// Label, hint and error above a control.
    fn labelled(&self, asked: &Asked, control: Markup) -> Markup {
        let live = self.live(asked);
        let looked_up = self.sheet.looked_up.filter(|_| self.is_looked_up(asked));
        let target = looked_up.map(|(_, target)| target.to_owned());
        let (swap, ext) = match target {
            Some(_) => ("outerHTML", None),
            None => (SWAP, live.map(|_| "morph")),
        };
        html! {
            div class=(self.class(asked)) hx-post=[live] hx-trigger=[live.map(|_| "change")]
                hx-target=[live.and(target.or_else(|| self.target()))] hx-swap=[live.map(|_| swap)] hx-ext=[ext] {
                label for=(self.sheet.id_of(&asked.pointer)) { (self.label(asked)) }
                (self.notes(asked))
                (control)
                (self.refresh(asked))
            }
        }
    }

    /// Legend, hint and error above several controls.
    fn several(&self, asked: &Asked, role: Option<&str>, options: Markup) -> Markup {
        let live = self.live(asked);
        let required = role.and(asked.must());
        let invalid = role.and(self.invalid(asked));
        html! {
            fieldset class=(self.class(asked)) role=[role] aria-required=[required] aria-invalid=[invalid]
                aria-describedby=[self.described_by(asked)] hx-post=[live] hx-trigger=[live.map(|_| "change")]
                hx-target=[live.and(self.target())] hx-swap=[live.map(|_| SWAP)] hx-ext=[live.map(|_| "morph")] {
                legend { (self.label(asked)) }
                (self.notes(asked))
                div class="options" { (options) }
                (self.refresh(asked))
            }
        }
    }

    fn line(&self, asked: &Asked) -> Markup {
        let field = asked.field;
        let look = Look::of(field);
        let list = look.regions && !self.sheet.regions.is_empty();
        let list = list.then(|| format!("{}-regions", self.sheet.id));
        let autocomplete = autocomplete(self.sheet, field);
        html! {
            input id=(self.sheet.id_of(&asked.pointer)) name=(asked.pointer) type="text" class=[look.class]
                value=(if look.regions { self.sheet.region(typed(asked.value)) } else { typed(asked.value) }) inputmode=[look.inputmode] maxlength=[look.max] list=[list]
                autocomplete=(autocomplete) autocapitalize=[look.capitals.then_some("characters")]
                spellcheck=[look.exact.then_some("false")] aria-required=[asked.must()]
                aria-invalid=[self.invalid(asked)] aria-describedby=[self.described_by(asked)]
                autofocus[self.has_focus(&asked.pointer)];
        }
    }

    fn long(&self, asked: &Asked) -> Markup {
        self.area(asked, &typed(asked.value), 4)
    }

    /// Several short texts, one on a line.
    fn texts(&self, asked: &Asked) -> Markup {
        html! {
            (mark_of_list(asked))
            (self.area(asked, &items(asked.value).join("\n"), 3))
        }
    }

    fn area(&self, asked: &Asked, text: &str, rows: u8) -> Markup {
        html! {
            // A line break after the tag is not part of the text; without it one that begins the text would be lost.
            textarea id=(self.sheet.id_of(&asked.pointer)) name=(asked.pointer) rows=(rows)
                autocomplete=(autocomplete(self.sheet, asked.field)) aria-required=[asked.must()]
                aria-invalid=[self.invalid(asked)] aria-describedby=[self.described_by(asked)]
                autofocus[self.has_focus(&asked.pointer)] { "\n" (text) }
        }
    }

    fn select(&self, asked: &Asked, choices: &[Choice]) -> Markup {
        let chosen = typed(asked.value);
        html! {
            select id=(self.sheet.id_of(&asked.pointer)) name=(asked.pointer) autocomplete="off" aria-required=[asked.must()]
                aria-invalid=[self.invalid(asked)] aria-describedby=[self.described_by(asked)]
                autofocus[self.has_focus(&asked.pointer)] {
                option value="" { (self.sheet.say("sheet.choose", vec![])) }
                @for choice in with_strays(choices, std::slice::from_ref(&chosen)) {
                    option value=(choice.value) selected[choice.value == chosen] {
                        (choice.title.get(self.sheet.lang))
                    }
                }
            }
        }
    }

    fn radios(&self, asked: &Asked, choices: &[Choice]) -> Markup {
        let chosen = typed(asked.value);
        let mut all = with_strays(choices, std::slice::from_ref(&chosen));
        if !asked.required && asked.field.default.is_none() {
            all.push(Choice {
                value: String::new(),
                title: crate::text::say("sheet.unset", &[]),
            });
        }
        let options = html! {
            @for (i, choice) in all.iter().enumerate() {
                (self.option(asked, "radio", i, choice, choice.value == chosen))
            }
        };
        self.several(asked, Some("radiogroup"), options)
    }

    fn boxes(&self, asked: &Asked, choices: &[Choice]) -> Markup {
        let chosen = items(asked.value);
        let options = html! {
            (mark_of_list(asked))
            @for (i, choice) in with_strays(choices, &chosen).iter().enumerate() {
                (self.option(asked, "checkbox", i, choice, chosen.contains(&choice.value)))
            }
        };
        self.several(asked, None, options)
    }

    /// One of several; the first has the id the summary links to.
    fn option(&self, asked: &Asked, kind: &str, i: usize, choice: &Choice, on: bool) -> Markup {
        let first = i == 0;
        let id = first.then(|| self.sheet.id_of(&asked.pointer));
        html! {
            label class="option" {
                input id=[id] type=(kind) name=(asked.pointer) value=(choice.value) checked[on]
                    autocomplete="off" autofocus[first && self.has_focus(&asked.pointer)];
                span { (choice.title.get(self.sheet.lang)) }
            }
        }
    }

    fn file(&self, asked: &Asked) -> Markup {
        let (upload, described) = (typed(asked.value), self.described_by(asked));
        let slot = Slot {
            field: asked.field,
            pointer: &asked.pointer,
            id: &self.sheet.id_of(&asked.pointer),
            described_by: described.as_deref(),
            upload: &upload,
            lang: self.sheet.lang,
        };
        html! {
            input type="hidden" name=(asked.pointer) value=(upload);
            ((self.sheet.file)(&slot))
        }
    }

    /// Title and, where it must be filled, the mark that says so.
    pub(super) fn label(&self, asked: &Asked) -> Markup {
        html! {
            (self.sheet.title(asked.field))
            @if asked.required { " " span class="must" { (self.sheet.say("sheet.required", vec![])) } }
        }
    }

    /// Hint and error of a field.
    pub(super) fn notes(&self, asked: &Asked) -> Markup {
        html! {
            @if let Some(hint) = hint(self.sheet, asked.field) {
                p id={ (self.sheet.id_of(&asked.pointer)) "-hint" } class="hint" { (hint) }
            }
            (self.error(&asked.pointer))
        }
    }

    pub(super) fn error(&self, pointer: &str) -> Markup {
        let errors = self.errors_at(pointer);
        html! {
            @if !errors.is_empty() {
                p id={ (self.sheet.id_of(pointer)) "-error" } class="error" {
                    span class="unseen" { (self.sheet.say("sheet.error", vec![])) }
                    @for (i, error) in errors.iter().enumerate() {
                        @if i > 0 { br; }
                        (error.message.get(self.sheet.lang))
                    }
                }
            }
        }
    }

    pub(super) fn described_by(&self, asked: &Asked) -> Option<String> {
        let id = self.sheet.id_of(&asked.pointer);
        let hint = hint(self.sheet, asked.field).map(|_| format!("{id}-hint"));
        let error = self.invalid(asked).map(|_| format!("{id}-error"));
        let ids: Vec<String> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn invalid(&self, asked: &Asked) -> Option<&'static str> {
        (!self.errors_at(&asked.pointer).is_empty()).then_some("true")
    }

    fn class(&self, asked: &Asked) -> &'static str {
        match self.invalid(asked) {
            Some(_) => "field wrong",
            None => "field",
        }
    }

    /// Where a change of this field is posted at once.
    fn live(&self, asked: &Asked) -> Option<&str> {
        let asks = asked.decides || self.is_looked_up(asked);
        self.sheet.live.filter(|_| asks)
    }

    fn is_looked_up(&self, asked: &Asked) -> bool {
        let looked_up = self.sheet.looked_up;
        looked_up.is_some_and(|(pointer, _)| pointer == asked.pointer)
    }

    /// Without scripts a button looks this field up, or shows the fields that depend on it.
    fn refresh(&self, asked: &Asked) -> Markup {
        let looked_up = self.is_looked_up(asked);
        let key = match looked_up {
            true => "sheet.look_up",
            false => "sheet.refresh",
        };
        let words = self.sheet.say(key, vec![]);
        html! {
            @if asked.decides || looked_up {
                noscript { (self.button("sheet.refresh", &asked.pointer, &words)) }
            }
        }
    }

    /// The divisions offered where one is asked for.
    pub(super) fn regions(&self) -> Markup {
        html! {
            @if !self.sheet.regions.is_empty() && asks_region(self.sheet.form.fields()) {
                datalist id={ (self.sheet.id) "-regions" } {
                    @for region in self.sheet.regions {
                        option value=(region.title.get(self.sheet.lang)) { (region.letters) " " (region.code) }
                    }
                }
            }
        }
    }
}

fn asks_region(fields: &[Field]) -> bool {
    fields
        .iter()
        .any(|field| Look::of(field).regions || asks_region(field.kind.inner()))
}

/// The slot of a sheet whose page takes no files: it says whether there is one.
pub(super) fn plain_slot(slot: &Slot) -> Markup {
    let key = match slot.upload {
        "" => "sheet.no_file",
        _ => "sheet.file",
    };
    html! { output id=(slot.id) { (crate::text::say(key, &[]).get(slot.lang)) } }
}

/// The choices, and what was sent without being one of them, so that it is shown and can be put right.
fn with_strays(choices: &[Choice], sent: &[String]) -> Vec<Choice> {
    let mut all = choices.to_vec();
    for value in sent.iter().filter(|value| !value.is_empty()) {
        if !all.iter().any(|choice| choice.value == *value) {
            all.push(Choice {
                value: value.clone(),
                title: value.as_str().into(),
            });
        }
    }
    all
}

pub(super) fn yes_or_no() -> [Choice; 2] {
    [("true", "sheet.yes"), ("false", "sheet.no")].map(|(value, key)| Choice {
        value: value.to_owned(),
        title: crate::text::say(key, &[]),
    })
}

/// The author's sentence, or how the kind is written.
fn hint(sheet: &Sheet, field: &Field) -> Option<String> {
    let own = field
        .hint
        .as_ref()
        .map(|hint| hint.get(sheet.lang).to_owned());
    own.or_else(|| {
        let derived = field.derive.is_some().then(|| ("sheet.derived", vec![]));
        let (key, args) = derived.or_else(|| written(field))?;
        Some(sheet.say(key, args))
    })
}

fn written(field: &Field) -> Option<(&'static str, crate::text::Args)> {
    let bound = |min: &dyn ToString, max: &dyn ToString| -> Vec<(&'static str, Text)> {
        vec![
            ("min", min.to_string().into()),
            ("max", max.to_string().into()),
        ]
    };
    match &field.kind {
        Kind::Date => Some(("sheet.date", vec![])),
        Kind::Month => Some(("sheet.month", vec![])),
        Kind::Amount { .. } => Some(("sheet.amount", vec![])),
        Kind::Integer {
            min: Some(min),
            max: Some(max),
        } => Some(("sheet.between", bound(min, max))),
        Kind::Text {
            long: true,
            max: Some(max),
            ..
        } => Some(("sheet.longest", vec![("max", number(max))])),
        Kind::Texts => Some(("sheet.texts", vec![])),
        Kind::Group(fields) if !field.required && fields.iter().any(|f| f.required) => {
            Some(("sheet.group", vec![]))
        }
        _ => None,
    }
}

/// How a single line is typed.
#[derive(Default)]
struct Look {
    inputmode: Option<&'static str>,
    /// Most characters the control takes: room enough for blanks, hyphens and the Chinese words of a date.
    max: Option<usize>,
    class: Option<&'static str>,
    capitals: bool,
    /// No word of a language, so nothing to be corrected.
    exact: bool,
    regions: bool,
}

impl Look {
    fn of(field: &Field) -> Look {
        let exact = |inputmode, max, class| Look {
            inputmode,
            max: Some(max),
            class: Some(class),
            exact: true,
            ..Look::default()
        };
        match &field.kind {
            Kind::Date => exact(Some("numeric"), 24, "short"),
            Kind::Month => exact(Some("numeric"), 16, "short"),
            Kind::Integer { min, .. } => {
                let digits = min.is_some_and(|min| min >= 0);
                exact(digits.then_some("numeric"), 32, "short")
            }
            Kind::Amount { min, .. } => {
                let digits = min.is_some_and(|min| !min.is_sign_negative());
                exact(digits.then_some("decimal"), 32, "short")
            }
            Kind::Text { format, max, .. } => match format {
                Format::Plain => Look {
                    max: *max,
                    ..Look::default()
                },
                Format::IdNumber | Format::CreditCode => Look {
                    capitals: true,
                    ..exact(Some("text"), 32, "middle")
                },
                Format::Phone => exact(Some("tel"), 24, "middle"),
                Format::BankCard => exact(Some("numeric"), 32, "middle"),
                Format::Region => Look {
                    regions: true,
                    ..exact(Some("text"), 40, "middle")
                },
            },
            _ => Look::default(),
        }
    }
}

/// What the browser may offer: a person's own data on his own page, nothing of anybody's at a counter.
fn autocomplete(sheet: &Sheet, field: &Field) -> &'static str {
    let of_applicant = sheet.own && field.private != Some(Private::Account);
    match (of_applicant, &field.kind, field.name.as_str()) {
        (true, Kind::Text { format, .. }, _) if *format == Format::Phone => "tel",
        (true, Kind::Text { .. }, "name") => "name",
        (true, Kind::Text { .. }, "post_address") => "street-address",
        (true, Kind::Date, "birth_date") => "bday",
        _ => "off",
    }
}

/// Whether a value of a list field has been given.
pub(super) fn is_given(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Object(map)) => map.values().any(|value| is_given(Some(value))),
        _ => true,
    }
}
