//! One message to oneself, by a channel as it is set up: whether it leaves is said at once, nothing is kept and nothing repeated.

use super::{Failure, print};
use engine::text::{Lang, both};
use jiff::Timestamp;
use notifications::destination::Rules;
use notifications::email::Email;
use notifications::message::{Body, Message};
use notifications::retry::Outcome;
use notifications::sms::{Account, Gateway};
use notifications::{Sms, Subject};
use std::sync::Arc;
use tokio::sync::watch;

fn message(to: &str, body: Body) -> Message {
    Message {
        id: format!("doctor-{}", Timestamp::now().as_millisecond()),
        to: to.to_owned(),
        body,
    }
}

fn words(lang: Lang) -> String {
    both("doctor.try", &[]).get(lang).to_owned()
}

/// A mail; none if there is no mail channel.
pub(super) async fn mail(channel: Option<&Email>, to: &str, lang: Lang) -> Option<Outcome> {
    let text = words(lang);
    let body = Body::Email {
        subject: Subject::new(&text),
        html: format!("<p>{text}</p>"),
        text,
    };
    Some(channel?.send(&message(to, body)).await)
}

/// A short message; none if there is no gateway.
pub(super) async fn sms(
    account: Option<Account>,
    to: &str,
    rules: Rules,
    lang: Lang,
) -> Option<Outcome> {
    let (_rules, watched) = watch::channel(Arc::new(rules));
    let gateway = Gateway::new(account?, watched).ok()?;
    let text = Sms::new(&words(lang)).ok()?;
    let message = message(to, Body::Sms { text });
    Some(gateway.send(&message, Timestamp::now()).await)
}

/// Says what came of it.
pub(super) fn told(outcome: Option<Outcome>, kind: &str, lang: Lang) -> Result<(), Failure> {
    let name = ("name", kind.to_owned());
    match outcome {
        Some(Outcome::Sent) => {
            print(both("doctor.tried", &[name]).get(lang));
            Ok(())
        }
        Some(other) => {
            let args = vec![name, ("what", other.answer().to_owned())];
            Err(Failure::Environment("doctor.not_taken", args))
        }
        None => Err(Failure::Environment(
            "doctor.no_channel",
            vec![("what", kind.to_owned())],
        )),
    }
}
