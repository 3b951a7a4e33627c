//! `onenet serve`: the server, until it is told to stop.

use super::settings::{File, Place, Post};
use super::{Failure, asynchronous, print};
use crate::authoring;
use crate::directory::{Demand, Directory};
use crate::runtime::{Address, Clock, Reach, Runtime};
use crate::shipped;
use crate::store::Accounts;
use crate::web::{self, App, Proxies};
use clap::Args;
use engine::diagnostic::Level;
use engine::library::Library;
use engine::source::Sources;
use engine::text::{Lang, say};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Runs the server.
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    post: Post,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, env = "ONENET_LISTEN", value_name = "ADDR")]
    listen: Option<String>,
    /// Folder of matters besides the shipped ones; a file of the same path replaces the shipped one.
    #[arg(long, value_name = "DIR")]
    workflows: Vec<PathBuf>,
    /// A clock that starts at this instant and can be set, for trying things out.
    #[arg(long, value_name = "TIME")]
    sandbox_clock: Option<Timestamp>,
    /// Listens on other addresses than loopback without TLS, behind a proxy that has it.
    #[arg(long)]
    plain_http: bool,
    /// Of whom a second factor is demanded at the sign-in: `posts` (administrators, publishers, approvers; if nothing is said), `all`, or
    /// `chosen` (nobody but those who have chosen to have one).
    #[arg(long, env = "ONENET_SECOND_FACTOR", value_enum, value_name = "WHOM")]
    second_factor: Option<Demand>,
    /// A proxy in front, by its address or range (`10.0.0.5`, `10.1.0.0/24`); may be given several times. What it says in `Forwarded` or
    /// `X-Forwarded-For` is where a request comes from; of anybody else these headers count for nothing.
    #[arg(
        long = "trusted-proxy",
        env = "ONENET_TRUSTED_PROXIES",
        value_name = "ADDR",
        value_delimiter = ','
    )]
    trusted_proxies: Vec<String>,
}

/// Where a server listens unless something else is said.
pub(super) const ADDRESS: &str = "127.0.0.1:8080";

impl Serve {
    /// Prints the address to stdout once it listens; ends with SIGTERM or Ctrl-C.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let file = File::read()?;
        let listen = self.listen.as_ref().or(file.listen.as_ref());
        let address = address(listen.map_or(ADDRESS, String::as_str), self.plain_http)?;
        let folders = match self.workflows.is_empty() {
            true => &file.workflows,
            false => &self.workflows,
        };
        let library = library(folders, lang)?;
        let demand = self.second_factor.or(file.second_factor);
        let demand = demand.unwrap_or_default();
        let proxies = match self.trusted_proxies.is_empty() {
            true => &file.trusted_proxies,
            false => &self.trusted_proxies,
        };
        let wrong = |name| Failure::Usage("serve.bad_proxy", vec![("name", name)]);
        let proxies = Proxies::read(proxies).map_err(wrong)?;
        let place = self.place.or(&file);
        let post = self.post.or(&file);
        let clock = self.sandbox_clock.map_or_else(Clock::real, Clock::sandbox);
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .init();
        asynchronous(async {
            let channels = post.channels()?;
            let listener = listen_on(address).await?;
            let reach = reach(&listener, &post, file.addresses, &clock);
            let app = start(&place, library, clock, reach, demand, proxies).await?;
            app.runtime.send(channels);
            until_stopped(app, listener, lang).await
        })
    }
}

/// The address, which is loopback unless the operator says that something in front has TLS (G80).
pub(super) fn address(text: &str, plain_http: bool) -> Result<SocketAddr, Failure> {
    let found = text.to_socket_addrs().ok().and_then(|mut all| all.next());
    let named = || vec![("name", text.to_owned())];
    match found {
        None => Err(Failure::Usage("serve.bad_address", named())),
        Some(address) if !address.ip().is_loopback() && !plain_http => {
            Err(Failure::Usage("serve.plain", named()))
        }
        Some(address) => Ok(address),
    }
}

/// Takes the address, before anything else is touched.
pub(super) async fn listen_on(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|e| Failure::environment("serve.taken", &address, &e))
}

/// The shipped matters with those of the folders. Findings are told; a matter with an error is left out, and its former revision stays.
pub(super) fn library(folders: &[PathBuf], lang: Lang) -> Result<Arc<Library>, Failure> {
    let shipped = shipped::all().into_iter();
    let mut files: BTreeMap<String, String> = shipped
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
    for folder in folders {
        let own = authoring::files(folder);
        let own =
            own.map_err(|e| Failure::environment("settings.unreadable", &folder.display(), &e));
        files.extend(own?);
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let mut sources = Sources::default();
    let library = Library::read(&files, &mut sources);
    for found in library.found.iter().filter(|d| d.level() == Level::Error) {
        eprint!("{}", found.render(&sources, lang));
    }
    Ok(Arc::new(library))
}

/// Whom messages reach, and where their links lead: to where this server listens, unless it is known by another address.
pub(super) fn reach(
    listener: &TcpListener,
    post: &Post,
    addresses: BTreeMap<String, Address>,
    clock: &Clock,
) -> Reach {
    let usual = Reach::default();
    let here = listener.local_addr().map(|here| format!("http://{here}"));
    let base = post.public_address.clone().or_else(|| here.ok());
    Reach {
        base: base.unwrap_or(usual.base),
        short: post.short_address.clone(),
        addresses,
        everyone: clock.is_sandbox(),
        port: listener.local_addr().ok().map(|here| here.port()),
    }
}

/// Opens the store and its key, and starts the engine over them.
pub(super) async fn start(
    place: &Place,
    library: Arc<Library>,
    clock: Clock,
    reach: Reach,
    demand: Demand,
    proxies: Proxies,
) -> Result<Arc<App>, Failure> {
    let store = place.store().await?;
    place.signing()?;
    let file = place.signing_file();
    let keys = place.keys()?.signed_by(place.signing_files());
    let keys = keys.map_err(|e| Failure::environment("settings.key", &file.display(), &e))?;
    warn_of_long_links(&reach, &library, &clock);
    let runtime = Runtime::reaching(store, keys.clone(), library, clock, reach);
    let runtime = runtime.await.map_err(Failure::store)?;
    let accounts = Accounts::open(&place.url()).await.map_err(Failure::store)?;
    // What was published while it ran before counts here too.
    let network = runtime.library().network.clone();
    let directory = Directory::new(accounts, network).demanding(demand);
    Ok(App::behind(proxies, runtime, directory, keys))
}

/// Says so when the links of this server are longer than the check counted them in short messages.
fn warn_of_long_links(reach: &Reach, library: &Library, clock: &Clock) {
    let (host, counted) = (reach.host(), library.network.link_host());
    if host.len() > counted.len() && !clock.is_sandbox() {
        tracing::warn!(
            host,
            counted,
            "links in short messages are longer than the check counted: more of them go out in two parts"
        );
    }
}

/// Serves until SIGTERM or Ctrl-C, then stops in order (G16).
pub(super) async fn until_stopped(
    app: Arc<App>,
    listener: TcpListener,
    lang: Lang,
) -> Result<(), Failure> {
    let address = listener
        .local_addr()
        .map_err(|e| Failure::environment("serve.taken", &"", &e))?;
    print(&format!("http://{address}"));
    if let Some(ready) = say(lang, "serve.ready", &[]) {
        eprintln!("{ready}");
    }
    web::serve(app.clone(), listener, stop()).await;
    app.runtime.clone().shutdown().await.map_err(Failure::store)
}

/// Ends with SIGTERM or Ctrl-C.
async fn stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => _ = tokio::signal::ctrl_c().await,
    }
}
