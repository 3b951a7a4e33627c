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
}

/// The mail channel.
#[derive(Clone)]
pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Misconfigured {
    /// The sender is no mailbox.
    #[error("not a mailbox: {0}")]
    From(#[from] lettre::address::AddressError),
    /// The server's name or certificates cannot be used.
    #[error(transparent)]
    Server(#[from] Error),
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
        let mut builder = builder
            .port(server.port)
            .timeout(Some(Duration::from_secs(10)));
        if let Some((user, password)) = &server.sign_in {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Email {
            transport: builder.build(),
            from: server.from.parse()?,
        })
    }

    /// Hands a mail in.
    pub async fn send(&self, message: &Message) -> Outcome {
        let mail = match self.mail(message) {
            Ok(mail) => mail,
            Err(answer) => return Outcome::Refused { answer },
        };
        match self.transport.send(mail).await {
            Ok(_) => Outcome::Sent,
            Err(error) => outcome(&error),
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
        Outcome::Failed { answer }
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
