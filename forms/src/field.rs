//! What a form consists of: fields with their kinds, the conditions that show them, and checks across fields.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::text::Text;

/// One field of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Name in the data; letters (Chinese too), digits and `_`.
    pub name: String,
    /// Label shown to people.
    pub title: Text,
    /// A sentence of help under the field.
    pub hint: Option<Text>,
    /// What may be entered.
    pub kind: Kind,
    /// Whether every submission has it. A field that is only sometimes shown or asked for says so in `show_if`
    /// and `required_if`.
    pub required: bool,
    /// A fact that is shown and cannot be entered; what is sent for it is left out with a warning.
    pub read_only: bool,
    /// Sealed in the store and masked on screens.
    pub private: Option<Private>,
    /// Whether a notice may use it.
    pub safe: bool,
    /// The field exists when any of these holds; always, when there are none.
    pub show_if: Vec<Condition>,
    /// The field must be filled when any of these holds.
    pub required_if: Vec<Condition>,
    /// What stands for an empty field.
    pub default: Option<Value>,
    /// Taken from the ID number when empty, and compared with it when filled.
    pub derive: Option<Derive>,
    /// When this holds, `Format::IdNumber` is some other document's number (a passport), checked only in shape.
    pub format_unless: Option<Test>,
}

impl Field {
    /// Whether a valid submission may lack the field.
    pub fn may_be_missing(&self) -> bool {
        let filled = self.required || self.default.is_some();
        !filled || !self.show_if.is_empty() || self.read_only
    }

    /// Changes the texts people read in it, also in the fields inside.
    pub(crate) fn words(&mut self, change: &impl Fn(&mut Text)) {
        change(&mut self.title);
        self.hint.iter_mut().for_each(change);
        match &mut self.kind {
            Kind::Choice(all) | Kind::Choices(all) => {
                all.iter_mut().for_each(|choice| change(&mut choice.title));
            }
            Kind::Group(fields) | Kind::Rows { fields, .. } => {
                fields.iter_mut().for_each(|field| field.words(change));
            }
            _ => {}
        }
    }
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Text; a string.
    Text {
        /// The rule the text follows.
        format: Format,
        /// Several lines.
        long: bool,
        /// Most characters, where the form says so.
        max: Option<usize>,
    },
    /// A day; `YYYY-MM-DD`.
    Date,
    /// A month of a year; `YYYY-MM`.
    Month,
    /// A whole number.
    Integer {
        /// Smallest value allowed.
        min: Option<i64>,
        /// Largest value allowed.
        max: Option<i64>,
    },
    /// Money in yuan; a string with two decimals.
    Amount {
        /// Smallest value allowed.
        min: Option<Decimal>,
        /// Largest value allowed.
        max: Option<Decimal>,
    },
    /// Yes or no.
    Boolean,
    /// One of these; a string.
    Choice(Vec<Choice>),
    /// Any of these, each once; an array of strings.
    Choices(Vec<Choice>),
    /// Fields that belong together; an object.
    Group(Vec<Field>),
    /// Rows of a table; an array of objects.
    Rows {
        /// The columns.
        fields: Vec<Field>,
        /// Fewest rows.
        min: usize,
        /// Most rows.
        max: Option<usize>,
    },
    /// Several short texts; an array of strings.
    Texts,
    /// The id of an upload; a string.
    File,
}

/// The rule a text follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// None of its own.
    Plain,
    /// 公民身份号码, GB 11643-1999.
    IdNumber,
    /// 统一社会信用代码, GB 32100-2015.
    CreditCode,
    /// Mobile number of eleven digits.
    Phone,
    /// 16 to 19 digits; the check digit is only a warning.
    BankCard,
    /// Six-digit division code, GB/T 2260.
    Region,
}

/// One of several values to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value in the data.
    pub value: String,
    /// The label.
    pub title: Text,
}

/// Why a value is sealed and masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Private {
    /// Number of an identity document.
    Id,
    /// Bank account, or what lies on it.
    Account,
    /// Telephone number.
    Phone,
    /// Diagnosis and the like.
    Health,
}

/// A condition on fields of the same object.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is looked at.
    pub tests: Vec<Test>,
    /// Whether all tests must hold (`then`) or must not all hold (`else`).
    pub holds: bool,
}

/// A field that has one of some values. An empty field has none of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Name of the field in the same object.
    pub field: String,
    /// The values.
    pub values: Vec<Value>,
}

impl Test {
    pub(crate) fn holds<'v>(&self, value: impl Fn(&str) -> Option<&'v Value>) -> bool {
        value(&self.field).is_some_and(|value| self.values.contains(value))
    }
}

impl Condition {
    pub(crate) fn is_met<'v>(&self, value: impl Fn(&str) -> Option<&'v Value>) -> bool {
        self.tests.iter().all(|test| test.holds(&value)) == self.holds
    }
}

/// What is taken from an ID number in the same object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derive {
    /// Name of the field with the number.
    pub from: String,
    /// The part of it.
    pub part: Part,
}

/// A fact an ID number tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Date of birth.
    BirthDate,
    /// `male` or `female`.
    Sex,
}

/// A check across the fields of one object; it passes while a field it looks at is empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Check {
    /// Field names from the root to the object; of rows, each row is checked.
    pub at: Vec<String>,
    /// What must hold.
    pub rule: Rule,
    /// Paths of the fields, from the object through groups.
    pub fields: Vec<Vec<String>>,
    /// The author's own message.
    pub message: Option<Text>,
}

/// What must hold between fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    Equal,
    NotEqual,
    Before,
    NotAfter,
    NotBefore,
    NotInFuture,
    AgreesWithIdNumber,
    SumEquals(Decimal),
    UniqueBy,
    NoOverlap { unless: Option<String> },
}

/// The names of the rules as authors write them.
pub(crate) const RULES: [&str; 10] = [
    "equal",
    "not_equal",
    "before",
    "not_after",
    "not_before",
    "not_in_future",
    "agrees_with_id_number",
    "sum_equals",
    "unique_by",
    "no_overlap",
];

impl Rule {
    /// The code of the field error, and the key of its sentence.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Rule::Equal => "check.equal",
            Rule::NotEqual => "check.not_equal",
            Rule::Before => "check.before",
            Rule::NotAfter => "check.not_after",
            Rule::NotBefore => "check.not_before",
            Rule::NotInFuture => "check.not_in_future",
            Rule::AgreesWithIdNumber => "check.agrees_with_id_number",
            Rule::SumEquals(_) => "check.sum_equals",
            Rule::UniqueBy => "check.unique_by",
            Rule::NoOverlap { .. } => "check.no_overlap",
        }
    }
}

impl Kind {
    /// The fields inside a group or rows.
    pub fn inner(&self) -> &[Field] {
        match self {
            Kind::Group(fields) | Kind::Rows { fields, .. } => fields,
            _ => &[],
        }
    }
}

/// The field of that name.
pub(crate) fn named<'f>(fields: &'f [Field], name: &str) -> Option<&'f Field> {
    fields.iter().find(|field| field.name == name)
}
