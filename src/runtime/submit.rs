//! The way in: hands commands to the writer.

use super::request::{Answer, Refused, Request};
use super::writer::Job;
use tokio::sync::{mpsc, oneshot};

/// Hands commands to the writer; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Submit(pub mpsc::Sender<Job>);

impl Submit {
    /// Hands a command in, waiting while the queue is full. What comes back waits for the answer.
    pub(super) async fn hand_in(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Answer, Refused>> + use<> {
        let (tell, told) = oneshot::channel();
        let job = Job {
            request,
            tell,
            tries: 0,
        };
        // If the writer has gone, so has the other end of `told`.
        let _ = self.0.send(job).await;
        async move { told.await.unwrap_or(Err(Refused::Stopping)) }
    }
}
