//! Takes connections and stops in order: no new requests, the running ones finish (G16); nobody can hold the server by being slow (G79).

use super::{App, router};
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// For the headers of a request, from the first byte and from connecting.
const HEADERS: Duration = Duration::from_secs(10);
/// For what is under way when the server stops.
const LAST: Duration = Duration::from_secs(20);
/// Connections at a time.
const CONNECTIONS: usize = 1000;
/// Header lines of a request, and bytes of its head (G82).
const LINES: usize = 100;
const HEAD: usize = 32 * 1024;

/// Serves until `stop`, then finishes what is under way.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let router = router(app.clone());
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_headers(LINES)
        .max_buf_size(HEAD);
    let follows = tokio::spawn(super::publishers::follow(app.clone()));
    let mut stop = std::pin::pin!(stop);
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            break;
        };
        let (stream, from) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut stop => break,
        };
        let (router, app) = (router.clone(), app.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            let came = app.proxies.came(from.ip(), request.headers());
            request.extensions_mut().insert(came);
            router.clone().oneshot(request.map(Body::new))
        });
        let connection = server.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is the caller's to notice.
            _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    follows.abort();
    app.stopping.send_replace(true);
    if tokio::time::timeout(LAST, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were cut off");
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                // Small answers must not wait for more; a socket that refuses works all the same.
                _ = stream.set_nodelay(true);
                return (stream, from);
            }
            // Out of file descriptors: others will close.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
