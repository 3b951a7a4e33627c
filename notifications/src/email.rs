//! Mail by SMTP. A message keeps its `Message-ID` through all attempts, so that a mailbox can tell a repeat.

use crate::message::{Body, Message};
use crate::retry::Outcome;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::time::Duration;

/// How the connection is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// TLS from the first byte (port 465).
    Tls,
    /// Plain first, then STARTTLS, which must succeed (port 587).
    StartTls,
    /// Not at all: for a server on the same machine.
    Plain,
}

/// Where mail is handed in.
#[derive(Clone)]
pub struct Server {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub secrecy: Secrecy,
    /// User and password, where it asks for them.
    pub sign_in: Option<(String, String)>,
    /// The sender: `一张网 <noreply@example.org>`.
    pub from: String,
    /// How long handing in a mail may take in all.
    pub patience: Duration,
}

/// The mail channel.
#[derive(Clone)]
pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    patience: Duration,
}

/// Why a server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Misconfigured {
    /// Its address is no such address.
    #[error("not smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://…")]
    Address,
    /// The sender is no mailbox.
    #[error("not a mailbox: {0}")]
    From(#[from] lettre::address::AddressError),
    /// The server's name or certificates cannot be used.
    #[error(transparent)]
    Server(#[from] Error),
}

impl Server {
    /// A server by its address: `smtps://USER:PASSWORD@HOST:PORT` has TLS from the first byte (465), `smtp://…` STARTTLS (587); on
    /// this machine itself that is plain (25). What is special in user or password is percent-encoded.
    pub fn read(address: &str, from: &str) -> Result<Server, Misconfigured> {
        let url = reqwest::Url::parse(address).map_err(|_| Misconfigured::Address)?;
        let host = url.host_str().ok_or(Misconfigured::Address)?.to_owned();
        let here = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        let (secrecy, port) = match url.scheme() {
            "smtps" => (Secrecy::Tls, 465),
            "smtp" if here => (Secrecy::Plain, 25),
            "smtp" => (Secrecy::StartTls, 587),
            _ => return Err(Misconfigured::Address),
        };
        let user = decoded(url.username());
        Ok(Server {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            secrecy,
            sign_in: (!user.is_empty())
                .then(|| (user, decoded(url.password().unwrap_or_default()))),
            from: from.to_owned(),
            patience: Duration::from_secs(30),
        })
    }
}

/// A text without its percent signs.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let code = more.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = more.get(code.map_or(0, |_| 2)..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Email {
    /// A channel to a server; it connects with the first message.
    pub fn new(server: &Server) -> Result<Email, Misconfigured> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let builder = match server.secrecy {
            Secrecy::Tls => Transport::relay(&server.host)?,
            Secrecy::StartTls => Transport::starttls_relay(&server.host)?,
            Secrecy::Plain => Transport::builder_dangerous(&server.host),
        };
        let mut builder = builder.port(server.port).timeout(Some(server.patience));
        if let Some((user, password)) = &server.sign_in {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Email {
            transport: builder.build(),
            from: server.from.parse()?,
            patience: server.patience,
        })
    }

    /// Hands a mail in.
    pub async fn send(&self, message: &Message) -> Outcome {
        let mail = match self.mail(message) {
            Ok(mail) => mail,
            Err(answer) => return Outcome::Refused { answer },
        };
        // The transport's own limit does not hold for a server that accepts and then says nothing.
        match tokio::time::timeout(self.patience, self.transport.send(mail)).await {
            Ok(Ok(_)) => Outcome::Sent,
            Ok(Err(error)) => outcome(&error),
            Err(late) => Outcome::Unreachable {
                answer: late.to_string(),
            },
        }
    }

    fn mail(&self, message: &Message) -> Result<lettre::Message, String> {
        let Body::Email {
            subject,
            text,
            html,
        } = &message.body
        else {
            return Err(format!("{:?}", message.body.channel()));
        };
        let to: Mailbox = message
            .to
            .parse()
            .map_err(|e| format!("{}: {e}", message.to))?;
        let id = format!("<{}@{}>", message.id, self.from.email.domain());
        lettre::Message::builder()
            .message_id(Some(id))
            .from(self.from.clone())
            .to(to)
            .subject(subject.as_str())
            .header(Automatic)
            .multipart(MultiPart::alternative_plain_html(
                text.clone(),
                html.clone(),
            ))
            .map_err(|e| e.to_string())
    }
}

fn outcome(error: &Error) -> Outcome {
    let answer = error.to_string();
    if error.is_permanent() {
        Outcome::Refused { answer }
    } else if error.is_transient() {
        Outcome::Failed {
            answer,
            after: None,
        }
    } else {
        Outcome::Unreachable { answer }
    }
}

/// `Auto-Submitted: auto-generated` (RFC 3834): holiday notices do not answer.
#[derive(Clone)]
struct Automatic;

impl Header for Automatic {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Automatic)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_the_connection_is_kept_secret() {
        let read = |address| Server::read(address, "a@example.org").unwrap();
        let tls = read("smtps://bot%40example.org:a%3Ab@mail.example.org");
        assert_eq!((tls.port, tls.secrecy), (465, Secrecy::Tls));
        assert_eq!(tls.sign_in, Some(("bot@example.org".into(), "a:b".into())));
        let start = read("smtp://mail.example.org");
        assert_eq!((start.port, start.secrecy), (587, Secrecy::StartTls));
        let plain = read("smtp://127.0.0.1:2525");
        assert_eq!((plain.port, plain.secrecy), (2525, Secrecy::Plain));
        for wrong in ["mail.example.org", "http://mail.example.org", "smtp://"] {
            assert!(Server::read(wrong, "a@example.org").is_err(), "{wrong}");
        }
    }
}
