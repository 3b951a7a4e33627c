//! Tests of notices and endpoints: who may send one, that it is on record, and the texts there are.

use super::App;
use super::deliveries;
use super::problem::{Code, Problem};
use super::readings::Kind;
use super::sight::storage;
use crate::directory::Caller;
use crate::runtime::{ADMINISTRATOR, Specimen, Unsent};
use crate::store::Message;
use engine::text::{Lang, Text, both};
use notifications::message::Channel;
use notifications::wording::{Notice, Notices, Unworded};

/// What is to be tried.
#[derive(Clone, Debug)]
pub enum Wanted<'a> {
    /// A notice of a matter, or one of the usual ones (empty), by a channel.
    Notice {
        /// The matter.
        matter: &'a str,
        /// What the notice is about.
        about: &'a str,
        /// By mail or short message.
        channel: Channel,
    },
    /// An endpoint, by its id.
    Ping(&'a str),
}

impl App {
    /// The notices of a matter, or the usual ones (empty) in a language.
    ///
    /// # Errors
    /// 404 if there is no such matter.
    pub fn notices(&self, matter: &str, lang: Lang) -> Result<(Text, Notices), Problem> {
        if matter.is_empty() {
            let title = both("specimen.matter", &[]);
            return Ok((title, Notices::shipped(lang).clone()));
        }
        let library = self.runtime.library();
        let found = library.matters.get(matter);
        let found = found.ok_or_else(|| Problem::new(Code::NotFound))?;
        let own = found.notices().map(Notices::read).transpose();
        let own = own.map_err(|error| Problem::internal(&error))?;
        Ok((found.title.clone(), own.unwrap_or_default()))
    }

    /// Sends a test to its sender, by the ways of all messages; its name. It is on record, and there are not many an hour.
    ///
    /// # Errors
    /// 403 for whoever does not look after messages, 422 if it has no words or no address.
    pub async fn send_test(
        &self,
        caller: &Caller,
        wanted: Wanted<'_>,
        lang: Lang,
    ) -> Result<String, Problem> {
        super::definitions::must_hold(self, caller, ADMINISTRATOR)?;
        self.may_test(caller)?;
        let id = match wanted {
            Wanted::Notice {
                matter,
                about,
                channel,
            } => {
                let (title, notices) = self.notices(matter, lang)?;
                let notice: Option<&Notice> = notices.get(about);
                let notice = notice.ok_or_else(|| Problem::new(Code::NotFound))?;
                let what = format!("notice {matter}/{about}");
                self.record(caller, Kind::Test, None, &what, "").await?;
                let specimen = Specimen::Notice(notice, channel, title.get(lang));
                self.runtime.send_specimen(&caller.id, specimen, lang).await
            }
            Wanted::Ping(id) => {
                let endpoint = self.endpoint(caller, id).await?;
                if !endpoint.on {
                    return Err(Problem::says(
                        Code::StateNotAllowed,
                        "api.endpoint_off",
                        &[],
                    ));
                }
                let what = format!("ping {id}");
                self.record(caller, Kind::Test, None, &what, "").await?;
                let specimen = Specimen::Ping(endpoint.id, &endpoint.place);
                self.runtime.send_specimen(&caller.id, specimen, lang).await
            }
        };
        id.map(deliveries::write).map_err(refused)
    }

    /// What has become of a test.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn test(&self, id: &str) -> Result<Option<Message>, Problem> {
        match deliveries::read(id) {
            Some(id) => Ok(self.runtime.specimen(id).await?),
            None => Ok(None),
        }
    }
}

fn refused(why: Unsent) -> Problem {
    match why {
        Unsent::Nowhere => Problem::field("/channel", "api.no_address", &[]),
        Unsent::Words(Unworded::NoText) => Problem::field("/about", "api.no_words", &[]),
        Unsent::Words(Unworded::Fill(error)) => Problem::internal(&error),
        Unsent::Store(error) => storage(&error),
    }
}
