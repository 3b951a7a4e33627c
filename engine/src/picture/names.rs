//! What people call the things expressions name: fields by their form's titles, steps by theirs, parameters by the network's.

use super::Picture;
use crate::matter::{Kind, Step, Value, With};
use crate::text::Lang;
use forms::Field;

impl<'a> Picture<'a> {
    /// What people call a dotted path; `path=value` asks for the title of a choice. `None` where the path says it best.
    pub(super) fn name(&self, path: &str) -> Option<String> {
        let (path, choice) = match path.split_once('=') {
            Some((path, choice)) => (path, Some(choice)),
            None => (path, None),
        };
        let (root, rest) = path.split_once('.').unwrap_or((path, ""));
        if root == "parameters" {
            return self.parameter(rest).filter(|_| choice.is_none());
        }
        if path == "case.channel" {
            return choice.map(|c| self.known("channel", c));
        }
        let field = self.field(root, rest);
        if let Some(choice) = choice {
            let (forms::Kind::Choice(all) | forms::Kind::Choices(all)) = &field?.kind else {
                return None;
            };
            let found = all.iter().find(|c| c.value == choice)?;
            return Some(found.title.get(self.lang).to_owned());
        }
        let title = field.map(|f| f.title.get(self.lang).to_owned());
        match (self.step(root), rest) {
            (None, "") => None,
            (Some(step), "") => Some(self.title_of(step)),
            (None, _) => title,
            (Some(step), rest) => {
                let field = title.unwrap_or_else(|| self.known("step_field", rest));
                Some(self.say(
                    "field",
                    &[("step", &self.title_of(step)), ("field", &field)],
                ))
            }
        }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let parameter = self.network()?.parameters().get(name)?;
        (self.lang == Lang::Zh && !parameter.title.is_empty()).then(|| parameter.title.clone())
    }

    /// A step by its name, inside a block also by its own.
    fn step(&self, name: &str) -> Option<&'a Step> {
        let behind = format!(".{name}");
        let steps = || self.matter.steps.iter();
        steps()
            .find(|s| &**s.id == name)
            .or_else(|| steps().find(|s| s.id.ends_with(&behind)))
    }

    /// The form field behind a root name and the rest of a path.
    fn field(&self, root: &str, rest: &str) -> Option<&'a Field> {
        if rest.is_empty() {
            return None;
        }
        if root == "form" {
            return self.form_field(self.matter.form.as_ref()?, rest);
        }
        if let Some(event) = self.matter.event_defs.iter().find(|e| &**e.name == root) {
            return self.form_field(event.form.as_ref()?, rest);
        }
        if let Some(list) = self.list_of(root) {
            let (root, inside) = list.split_once('.')?;
            return self.field(root, &format!("{inside}.{rest}"));
        }
        match &self.step(root)?.kind {
            Kind::Task { form, .. } | Kind::Wait { form, .. } | Kind::Call { form, .. } => {
                self.form_field(form.as_ref()?, rest)
            }
            Kind::Handoff { returns, .. } => {
                let behind = format!(".{rest}");
                let path = returns.iter().find(|r| r.ends_with(&behind))?;
                let (step, field) = path.split_once('.')?;
                self.field(step, field)
            }
            _ => None,
        }
    }

    fn form_field(&self, form: &str, path: &str) -> Option<&'a Field> {
        self.revision?.form(form)?.field(path)
    }

    /// The list an item goes through, by the name of the item.
    fn list_of(&self, item: &str) -> Option<&'a str> {
        self.matter.steps.iter().find_map(|s| match &s.kind {
            Kind::ForEach {
                alias,
                list: Value::Computed(list),
                ..
            } if &*alias.value == item => Some(list.source.value.trim()),
            _ => None,
        })
    }

    /// What a sub-case is given, by the titles of its own form.
    pub(super) fn given(&self, matter: &str, with: &With) -> String {
        let fields = match with {
            With::Nothing => return String::new(),
            With::Form => return self.say("guide.given_form", &[]),
            With::Fields(fields) => fields,
        };
        let other = self.library.and_then(|l| l.matters.get(matter));
        let title = |name: &str| {
            let form = other?.form(other?.form.as_ref()?)?;
            Some(form.field(name)?.title.get(self.lang).to_owned())
        };
        let told = fields.iter().map(|(name, value)| {
            let title = title(name).unwrap_or_else(|| name.to_string());
            self.say("is", &[("a", &title), ("b", &self.value(value))])
        });
        self.say("guide.given", &[("what", &self.list(told))])
    }
}
