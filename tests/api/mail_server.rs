//! A real mail server on this machine, that takes mails or shows the ways in which one does not.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What a mail server has seen.
#[derive(Debug)]
pub enum Heard {
    /// Somebody connected.
    Call,
    /// It turned a mail away.
    Refused,
    /// It took one, headers and all.
    Mail(String),
}

/// How it is today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It takes mails.
    Takes,
    /// It asks everybody to come back later.
    Later,
    /// It accepts a connection and says nothing.
    Stalls,
    /// It drops a connection in the midst of a mail.
    Drops,
}

/// A mail server.
pub struct MailServer {
    /// Its address, as settings write it.
    pub url: String,
    port: u16,
    mood: Arc<Mutex<Mood>>,
    tell: mpsc::UnboundedSender<Heard>,
    heard: mpsc::UnboundedReceiver<Heard>,
    listens: JoinHandle<()>,
}

impl MailServer {
    /// One that listens on a free port.
    pub async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mood = Arc::new(Mutex::new(mood));
        let (tell, heard) = mpsc::unbounded_channel();
        MailServer {
            url: format!("smtp://127.0.0.1:{port}"),
            port,
            listens: listen(listener, mood.clone(), tell.clone()),
            mood,
            tell,
            heard,
        }
    }

    /// From now on it is like this.
    pub fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Nobody listens any more.
    pub async fn stop(&mut self) {
        self.listens.abort();
        _ = (&mut self.listens).await;
    }

    /// It listens again, where it did.
    pub async fn start_again(&mut self, mood: Mood) {
        self.is(mood);
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.listens = listen(listener, self.mood.clone(), self.tell.clone());
    }

    /// The next thing it hears.
    pub async fn hear(&mut self) -> Heard {
        self.heard.recv().await.unwrap()
    }

    /// What it has heard and nobody has asked for, if anything.
    pub fn heard(&mut self) -> Option<Heard> {
        self.heard.try_recv().ok()
    }

    /// The next mail it takes.
    pub async fn mail(&mut self) -> String {
        loop {
            if let Heard::Mail(mail) = self.hear().await {
                return mail;
            }
        }
    }
}

fn listen(
    listener: TcpListener,
    mood: Arc<Mutex<Mood>>,
    tell: mpsc::UnboundedSender<Heard>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(session(stream, mood.clone(), tell.clone()));
        }
    })
}

async fn session(
    stream: TcpStream,
    mood: Arc<Mutex<Mood>>,
    tell: mpsc::UnboundedSender<Heard>,
) -> Option<()> {
    let now = || *mood.lock().unwrap();
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    tell.send(Heard::Call).ok()?;
    if now() == Mood::Stalls {
        // Until the other side has had enough.
        while lines.next_line().await.ok()?.is_some() {}
        return None;
    }
    writer.write_all(b"220 here\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "MAIL" if now() == Mood::Later => {
                tell.send(Heard::Refused).ok()?;
                "451 come back later"
            }
            "RCPT" if now() == Mood::Drops => return None,
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await.ok()?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await.ok()?
                    && line != "."
                {
                    mail.push_str(&line);
                    mail.push('\n');
                }
                tell.send(Heard::Mail(mail)).ok()?;
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        writer
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .ok()?;
    }
    None
}

/// The name under which a mail travels, the same however often it comes.
pub fn message_id(mail: &str) -> &str {
    let mut lines = mail.lines();
    lines.find(|l| l.starts_with("Message-ID: ")).unwrap()
}
