//! The HTTP API: the table of its routes, and what all handlers share; the pages of `src/pages/` are served beside it. Handlers hold no rules: who may act is decided in the engine
//! from the caller's posts, and what he may see by [`engine::case::Case::sight`].

pub(crate) mod absences;
mod acts;
pub(crate) mod board;
pub(crate) mod body;
pub(crate) mod caller;
pub(crate) mod calls;
pub(crate) mod cards;
pub(crate) mod cases;
pub(crate) mod certificates;
pub(crate) mod connections;
pub(crate) mod cursor;
mod decisions;
pub(crate) mod definitions;
pub(crate) mod deliveries;
mod destinations;
mod endpoints;
mod events;
pub(crate) mod exchange;
mod find;
mod graph;
mod guesses;
mod handoffs;
pub(crate) mod history;
pub(crate) mod holders;
pub(crate) mod ids;
mod incoming;
pub(crate) mod mask;
pub(crate) mod materials;
pub(crate) mod multipart;
pub(crate) mod network;
pub(crate) mod notes;
mod operations;
pub(crate) mod packed;
pub(crate) mod papers;
pub(crate) mod peers;
pub(crate) mod problem;
pub(crate) mod progress;
pub(crate) mod proposals;
mod proxies;
pub(crate) mod publishers;
pub(crate) mod rates;
pub(crate) mod readings;
mod reveal;
pub(crate) mod rights;
mod sandbox;
mod server;
pub(crate) mod sight;
mod sign_in;
pub(crate) mod specimens;
pub(crate) mod stories;
pub(crate) mod subscriptions;
mod systems;
pub(crate) mod tasks;
pub(crate) mod uploads;
pub(crate) mod views;
pub(crate) mod work;

pub use exchange::SHOWN;
pub use proxies::Proxies;
pub use server::serve;

use crate::directory::Directory;
use crate::pages;
use crate::runtime::{Clock, Keys, Runtime};
use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use problem::{Code, Numbers, Problem};
use std::any::Any;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What every handler may ask.
#[derive(Debug)]
pub struct App {
    /// The engine over its store.
    pub runtime: Runtime,
    /// Who calls.
    pub directory: Directory,
    /// Seals drafts.
    pub keys: Keys,
    /// The machine's clock, for sign-ins and tokens; cases live by the runtime's.
    pub wall: Clock,
    /// Turns true when the server is to stop, so that nobody waits for news any longer.
    pub stopping: watch::Sender<bool>,
    /// Wrong query codes, and uploads of applicants.
    pub guesses: guesses::Guesses,
    /// The proxies in front.
    pub proxies: Proxies,
    /// The proposal that was looked at last.
    weighed: Mutex<Option<proposals::LastWeighed>>,
    /// What people ask of the pages.
    pub rates: rates::Rates,
    /// Counts of what was served.
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
}

impl App {
    /// An application over a running engine.
    pub fn new(runtime: Runtime, directory: Directory, keys: Keys) -> Arc<Self> {
        Self::behind(Proxies::default(), runtime, directory, keys)
    }

    /// The same behind proxies.
    pub fn behind(
        proxies: Proxies,
        runtime: Runtime,
        directory: Directory,
        keys: Keys,
    ) -> Arc<Self> {
        let directory = directory
            .living_by(runtime.clock().clone())
            .sealed_by(keys.clone());
        Arc::new(Self {
            runtime,
            directory,
            keys,
            wall: Clock::real(),
            stopping: watch::Sender::new(false),
            proxies,
            guesses: guesses::Guesses::default(),
            weighed: Mutex::default(),
            rates: rates::Rates::default(),
            metrics: operations::recorder(),
        })
    }
}

/// Every route, and nothing else.
fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi_head())
        .routes(routes!(cases::open, cases::list))
        .routes(routes!(find::search))
        .routes(routes!(cases::one))
        .routes(routes!(history::history))
        .routes(routes!(history::clock))
        .routes(routes!(graph::graph))
        .routes(routes!(papers::documents))
        .routes(routes!(papers::document))
        .routes(routes!(history::notifications))
        .routes(routes!(reveal::reveal))
        .routes(routes!(notes::notes, notes::note))
        .routes(routes!(notes::follow))
        .routes(routes!(notes::unfollow))
        .routes(routes!(acts::withdraw))
        .routes(routes!(acts::suspend))
        .routes(routes!(acts::resume))
        .routes(routes!(acts::extend))
        .routes(routes!(acts::message))
        .routes(routes!(calls::calls))
        .routes(routes!(calls::call_again))
        .routes(routes!(acts::supplement))
        .routes(routes!(acts::act))
        .routes(routes!(acts::renew_access))
        .routes(routes!(uploads::send))
        .routes(routes!(uploads::one))
        .routes(routes!(uploads::preview))
        .routes(routes!(tasks::list))
        .routes(routes!(tasks::one))
        .routes(routes!(work::claim))
        .routes(routes!(work::release))
        .routes(routes!(work::draft))
        .routes(routes!(work::complete))
        .routes(routes!(work::give_back))
        .routes(routes!(work::transfer))
        .routes(routes!(work::delegate))
        .routes(routes!(work::take_back))
        .routes(routes!(work::urge))
        .routes(routes!(certificates::find))
        .routes(routes!(certificates::offered, certificates::choose))
        .routes(routes!(handoffs::receive))
        .routes(routes!(handoffs::refuse))
        .routes(routes!(handoffs::answer))
        .routes(routes!(exchange::exchange))
        .routes(routes!(exchange::receipt))
        .routes(routes!(exchange::papers))
        .routes(routes!(exchange::paper))
        .routes(routes!(exchange::take))
        .routes(routes!(exchange::turned_away))
        .routes(routes!(peers::propose, peers::list))
        .routes(routes!(peers::approve))
        .routes(routes!(peers::remove))
        .routes(routes!(definitions::publish, definitions::list))
        .routes(routes!(definitions::newest))
        .routes(routes!(definitions::one))
        .routes(routes!(definitions::difference))
        .routes(routes!(proposals::proposed))
        .routes(routes!(proposals::proposal))
        .routes(routes!(proposals::approve))
        .routes(routes!(proposals::withdraw))
        .routes(routes!(decisions::evaluate))
        .routes(routes!(events::after))
        .routes(routes!(deliveries::dead))
        .routes(routes!(deliveries::redeliver_all))
        .routes(routes!(deliveries::redeliver))
        .routes(routes!(deliveries::give_up))
        .routes(routes!(endpoints::add, endpoints::list))
        .routes(routes!(endpoints::rotate))
        .routes(routes!(endpoints::on))
        .routes(routes!(endpoints::off))
        .routes(routes!(endpoints::remove))
        .routes(routes!(absences::enter, absences::list))
        .routes(routes!(absences::end))
        .routes(routes!(subscriptions::chosen, subscriptions::choose))
        .routes(routes!(systems::add, systems::list))
        .routes(routes!(systems::change))
        .routes(routes!(systems::approve))
        .routes(routes!(systems::rotate))
        .routes(routes!(systems::on))
        .routes(routes!(systems::off))
        .routes(routes!(systems::remove))
        .routes(routes!(incoming::take))
        .routes(routes!(destinations::propose, destinations::list))
        .routes(routes!(destinations::approve))
        .routes(routes!(destinations::remove))
        .routes(routes!(board::summary))
        .routes(routes!(cards::cards))
        .routes(routes!(cards::card))
        .routes(routes!(cards::explain))
        .routes(routes!(cards::pursue))
        .routes(routes!(cards::close))
        .routes(routes!(network::matrix))
        .routes(routes!(readings::list))
        .routes(routes!(progress::progress))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_in::second))
        .routes(routes!(sign_in::prove))
        .routes(routes!(sign_in::sign_out))
        .routes(routes!(sign_in::me))
        .routes(routes!(sandbox::clock))
        .routes(routes!(sandbox::outbox))
        .routes(routes!(operations::openapi))
        .routes(routes!(operations::healthz))
        .routes(routes!(operations::readyz))
        .routes(routes!(operations::metrics))
}

/// The router as it is served, with the description of itself.
pub fn router(app: Arc<App>) -> Router {
    let (router, _) = routes().split_for_parts();
    router
        .merge(pages::routes())
        .fallback(|| async { Problem::new(Code::NotFound) })
        .method_not_allowed_fallback(|| async { Problem::new(Code::MethodNotAllowed) })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), pages::visit))
        .layer(axum::middleware::from_fn(operations::count))
        .layer(from_fn_with_state(Numbers::new(), problem::finish))
        .with_state(app)
}

/// The description of the API, OpenAPI 3.1.
pub fn openapi() -> OpenApi {
    let (_, mut api) = routes().split_for_parts();
    operations::complete(&mut api);
    api
}

fn openapi_head() -> OpenApi {
    use utoipa::openapi::{InfoBuilder, OpenApiBuilder};
    let info = InfoBuilder::new()
        .title("跨省社保服务一张网 · One Net")
        .version("v1")
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// A fault of ours in one request; others go on (G87).
fn panicked(cause: Box<dyn Any + Send>) -> axum::response::Response {
    use axum::response::IntoResponse;
    let text = cause
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned());
    Problem::internal(&text.unwrap_or_default()).into_response()
}

/// The state as handlers take it.
type Here = State<Arc<App>>;
