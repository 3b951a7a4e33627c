//! A wire between two deployments that does to each request what it is told: cut, lose the answer, send twice, hold back, change a byte.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, oneshot};

/// What becomes of the next request.
pub enum Plan {
    /// Nobody gets it.
    Cut,
    /// It arrives; the answer is lost.
    LoseAnswer,
    /// It arrives twice; the second answer comes back.
    Twice,
    /// One bit of its body is another.
    Flip,
    /// It waits until it is let go.
    Hold(Arc<Notify>),
    /// It waits at both ends: before it arrives and before its answer comes back.
    Stop,
}

/// Where a stopped request stands. It goes on once it is let go; dropped, its connection breaks.
pub struct Stopped {
    /// The other side has it and has answered.
    pub arrived: bool,
    go: oneshot::Sender<()>,
}

impl Stopped {
    pub fn go_on(self) {
        _ = self.go.send(());
    }
}

/// The wire to one deployment.
pub struct Wire {
    pub address: String,
    plans: Arc<Mutex<VecDeque<Plan>>>,
    pub stops: mpsc::UnboundedReceiver<Stopped>,
}

impl Wire {
    /// A wire to a port of this machine.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let plans = Arc::new(Mutex::new(VecDeque::<Plan>::new()));
        let (tell, stops) = mpsc::unbounded_channel();
        let next = plans.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (next, tell) = (next.clone(), tell.clone());
                // A connection that breaks is a request that failed.
                tokio::spawn(async move { carry(client, port, &next, &tell).await });
            }
        });
        Wire {
            address,
            plans,
            stops,
        }
    }

    /// What becomes of the next requests, in order; all after them simply pass.
    pub fn plan(&self, plans: impl IntoIterator<Item = Plan>) {
        self.plans.lock().unwrap().extend(plans);
    }

    /// Whether everything planned has happened.
    pub fn is_idle(&self) -> bool {
        self.plans.lock().unwrap().is_empty()
    }
}

type Stops = mpsc::UnboundedSender<Stopped>;

async fn carry(
    mut client: TcpStream,
    port: u16,
    plans: &Mutex<VecDeque<Plan>>,
    stops: &Stops,
) -> Option<()> {
    let mut request = message(&mut client).await?;
    let plan = plans.lock().unwrap().pop_front();
    match &plan {
        Some(Plan::Cut) => return None,
        Some(Plan::Hold(until)) => until.notified().await,
        Some(Plan::Stop) => stop(stops, false).await?,
        Some(Plan::Twice) => _ = forward(&request, port).await?,
        // In the middle of the body, which is longer than its head.
        Some(Plan::Flip) => {
            let at = request.len() * 3 / 4;
            request[at] ^= 1;
        }
        Some(Plan::LoseAnswer) | None => {}
    }
    let answer = forward(&request, port).await;
    match plan {
        Some(Plan::LoseAnswer) => return None,
        Some(Plan::Stop) => stop(stops, true).await?,
        _ => {}
    }
    client.write_all(&answer?).await.ok()
}

/// Waits to be let go; dropped, the connection breaks.
async fn stop(stops: &Stops, arrived: bool) -> Option<()> {
    let (go, gone) = oneshot::channel();
    stops.send(Stopped { arrived, go }).ok()?;
    gone.await.ok()
}

async fn forward(request: &[u8], port: u16) -> Option<Vec<u8>> {
    let mut server = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    server.write_all(request).await.ok()?;
    message(&mut server).await
}

/// One HTTP message with its body, by its length.
async fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length?.trim().parse().ok()?;
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(bytes)
}
