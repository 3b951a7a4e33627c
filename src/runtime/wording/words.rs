//! One recipient's messages: by which channels, in whose words, in which language.

use super::super::owed::Owed;
use super::{APPLICANT, About, HOLE, NOTHING, Speaker, Timed, URGENT, Whom, leaves, phone};
use engine::case::Recipient;
use engine::clock::due;
use engine::text::Lang;
use notifications::choice::{Haste, Send, usual};
use notifications::message::{Body, Channel};
use notifications::wording::{Notice, Reader, find, usual_name};

impl Speaker<'_> {
    /// The messages to one recipient, one a channel. The usual ones go only where there is an address.
    pub(super) fn one(&self, told: &About<'_>, whom: &Whom, messages: &mut Vec<Timed>) {
        let (reader, lang) = match whom.recipient {
            Recipient::Applicant => (Reader::Applicant, self.language()),
            Recipient::Phone(_) => (Reader::Applicant, Lang::Zh),
            Recipient::Post(_) | Recipient::Person { .. } => (Reader::Staff, Lang::Zh),
        };
        let usual = told.usual.unwrap_or(told.what);
        let (to, person) = match &whom.recipient {
            Recipient::Applicant => (APPLICANT.to_owned(), None),
            Recipient::Phone(place) => (place.clone(), None),
            Recipient::Post(post) => (post.to_string(), None),
            Recipient::Person { who, post } => (post.to_string(), Some(who.to_string())),
        };
        for channel in [Channel::Email, Channel::Sms, Channel::Bell] {
            if !self.wants(told, whom, &to, channel) || !self.reached(whom, channel) {
                continue;
            }
            let body = match channel {
                Channel::Bell => Some(Body::Bell {}),
                _ => self.worded(told, whom, (channel, reader, lang), usual),
            };
            let Some(body) = body else {
                tracing::error!(
                    case = self.held.id,
                    about = told.what,
                    "there are no words for a message"
                );
                continue;
            };
            let owed = Owed {
                person: person.clone(),
                ..self.owed(told, to.clone(), body)
            };
            let at = leaves(&owed, self.context.now);
            messages.push((owed, at));
        }
    }

    /// Whether somebody is told by a channel: as his office or post has chosen; what the matter itself says, as usual.
    fn wants(&self, told: &About<'_>, whom: &Whom, to: &str, channel: Channel) -> bool {
        let about = told.usual.unwrap_or(told.what);
        let send = match whom.recipient {
            Recipient::Applicant | Recipient::Phone(_) => usual(about, Reader::Applicant, channel),
            _ if whom.must => usual(about, Reader::Staff, channel),
            _ => {
                let about = usual_name(about, Reader::Staff);
                self.wanted.choices.send(to, about, channel)
            }
        };
        match send {
            Send::Never => false,
            Send::Urgent => self.haste(told) == Haste::Urgent,
            Send::Always => true,
        }
    }

    /// Whether there is an address, or the matter wants it whatever there is.
    fn reached(&self, whom: &Whom, channel: Channel) -> bool {
        match &whom.recipient {
            Recipient::Applicant => whom.is_named() || phone(&self.held.case, APPLICANT).is_some(),
            Recipient::Phone(_) => channel == Channel::Sms,
            _ if channel == Channel::Bell => true,
            Recipient::Post(post) => whom.is_named() || self.reach.reaches(post, channel),
            Recipient::Person { who, post } => {
                let own = self.reach.address(who, channel).is_some();
                own || whom.is_named() || self.reach.reaches(post, channel)
            }
        }
    }

    /// The words of the matter, which are Chinese, or the usual ones.
    fn worded(
        &self,
        told: &About<'_>,
        whom: &Whom,
        (channel, reader, lang): (Channel, Reader, Lang),
        usual: &str,
    ) -> Option<Body> {
        let own = match whom.by_own && lang == Lang::Zh || told.template.is_some() {
            true => &self.held.published.notices,
            false => &*NOTHING,
        };
        let own = find(own, told.what, told.template, reader, channel, lang);
        let default = find(&NOTHING, usual, None, reader, channel, lang);
        let link = self.link(told, &whom.recipient, channel);
        self.words(told, &link, (channel, lang), [own, default])
    }

    /// The first text that can be filled; without its link before there is another. One that takes two parts is noted.
    fn words(
        &self,
        told: &About<'_>,
        link: &str,
        (channel, lang): (Channel, Lang),
        texts: [Option<&Notice>; 2],
    ) -> Option<Body> {
        let links = [link, ""];
        let texts = texts.into_iter().flatten();
        let mut tries = texts.flat_map(|notice| links.iter().map(move |link| (link, notice)));
        let body = tries.find_map(|(link, notice)| {
            let facts = self.facts(told, link, lang, notice);
            match notice.word(channel, &facts) {
                Ok(body) => Some(body),
                Err(error) => {
                    tracing::warn!(case = self.held.id, about = told.what, %error, "a text cannot be filled");
                    None
                }
            }
        });
        if let Some(Body::Sms { text }) = &body
            && text.parts() > 1
        {
            let (case, about, parts) = (self.held.id, told.what, text.parts());
            tracing::info!(case, about, parts, "a short message goes out in parts");
        }
        body
    }

    /// What a text may open. A number of the form opens nothing: whoever has it is no applicant.
    fn link(&self, told: &About<'_>, to: &Recipient, channel: Channel) -> String {
        let path = match (to, told.task, told.card) {
            (Recipient::Phone(_), ..) => return String::new(),
            (Recipient::Applicant, ..) => format!("p/{HOLE}"),
            (_, Some((no, _)), _) => format!("tasks/{}-{}", self.held.id, no.0),
            (_, None, Some(no)) => format!("cards/{}-{}", self.held.id, no.0),
            (_, None, None) => format!("cases/{}", self.held.id),
        };
        self.reach.link(channel, &path)
    }

    fn language(&self) -> Lang {
        match self.held.case.applicant().get("language") {
            Some(language) if language == "en" => Lang::En,
            _ => Lang::Zh,
        }
    }

    /// How soon a task must be done.
    fn haste(&self, told: &About<'_>) -> Haste {
        let clock = told.task.and_then(|(_, t)| self.held.case.task_clock(t));
        let urgent = clock.is_some_and(|clock| {
            let calendar = self.context.network.calendar(clock.city());
            clock.ledger().due() <= due(&calendar, self.context.now, URGENT, &[]).at
        });
        match urgent {
            true => Haste::Urgent,
            false => Haste::Usual,
        }
    }
}
