//! Whether the server lives, is ready, and what it has done; and the description of the API.

use super::problem::Problem;
use super::{Here, openapi as description};
use crate::exchange::SIGNATURE;
use crate::runtime::leapt;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::text::both;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::LazyLock;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, OpenApi, RefOr, Required, ResponseBuilder};

/// Routes that need no sign-in.
const OPEN: [&str; 9] = [
    "/api/v1/progress",
    "/api/v1/sign-in",
    "/api/v1/sign-in/code",
    "/api/v1/openapi.json",
    "/api/v1/sandbox/clock",
    "/api/v1/sandbox/outbox",
    "/healthz",
    "/readyz",
    "/metrics",
];

/// The route for envelopes of other deployments.
const ENVELOPES: &str = "/api/v1/exchange";
/// The route whose caller proves by a signature who he is.
const SIGNED: &str = "/api/v1/systems/{name}/messages";

static RECORDER: LazyLock<PrometheusHandle> = LazyLock::new(|| {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    // A second recorder could only be one that somebody else set before; then our counts stay empty.
    _ = metrics::set_global_recorder(recorder);
    handle
});

static DESCRIPTION: LazyLock<String> =
    LazyLock::new(|| description().to_json().unwrap_or_default());

/// Takes in what is counted, once for the program.
pub fn recorder() -> PrometheusHandle {
    RECORDER.clone()
}

/// Counts every request by route and status.
pub async fn count(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let response = next.run(request).await;
    let route = route.map_or_else(|| "none".to_owned(), |r| r.as_str().to_owned());
    let status = response.status().as_u16().to_string();
    let labels = [
        ("method", method.to_string()),
        ("route", route),
        ("status", status),
    ];
    metrics::counter!("onenet_requests_total", &labels).increment(1);
    response
}

/// The description of this API, OpenAPI 3.1.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "operations", responses((status = 200, body = Object)))]
pub(super) async fn openapi() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, DESCRIPTION.as_str())
}

/// The program runs.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The program can do its work: the store answers. A second line says if the clock has leapt and what decides cases waits for that.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses((status = 200, body = String)))]
pub(super) async fn readyz(State(app): Here) -> Result<String, Problem> {
    let leap = app.runtime.store().open_leap().await?;
    let said = leap.map(|leap| both("clock.leapt", &leapt(leap)));
    Ok(said.map_or_else(
        || "ok\n".to_owned(),
        |said| format!("ok\n{} · {}\n", said.zh, said.en),
    ))
}

/// Counts, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, body = String)))]
pub(super) async fn metrics(State(app): Here) -> Result<Response, Problem> {
    let store = app.runtime.store();
    let tasks = store.count_tasks(&Default::default(), i64::MAX).await?;
    let cases = store.count_cases(&Default::default()).await?;
    let mut text = app.metrics.render();
    for (name, value) in [("onenet_open_tasks", tasks), ("onenet_cases", cases)] {
        text.push_str(&format!("# TYPE {name} gauge\n{name} {value}\n"));
    }
    let held = store.open_leap().await?.map_or(0, |_| 1);
    text.push_str(&format!(
        "# TYPE onenet_clock_leapt gauge\nonenet_clock_leapt {held}\n"
    ));
    text.push_str("# TYPE onenet_messages gauge\n");
    for (kind, state, count) in store.backlog().await? {
        let labels = format!("channel=\"{kind}\",state=\"{state}\"");
        text.push_str(&format!("onenet_messages{{{labels}}} {count}\n"));
    }
    text.push_str("# TYPE onenet_channel_down gauge\n");
    for (kind, ..) in store.outages().await? {
        text.push_str(&format!("onenet_channel_down{{channel=\"{kind}\"}} 1\n"));
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((kind, text).into_response())
}

/// Says of every route what all have in common: who may call, the headers of a write, the shape of a problem.
pub fn complete(api: &mut OpenApi) {
    let components = api.components.get_or_insert_default();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components
        .security_schemes
        .insert("bearer".to_owned(), RefOr::T(bearer));
    let signature = ApiKeyValue::new("webhook-signature");
    let signature = SecurityScheme::ApiKey(ApiKey::Header(signature));
    components
        .security_schemes
        .insert("signature".to_owned(), RefOr::T(signature));
    // Two handlers may have one name, in two parts of the API.
    let named = |operation: &mut Operation| {
        let part = operation.tags.iter().flatten().next();
        let name = operation.operation_id.take().unwrap_or_default();
        operation.operation_id = Some(format!("{}.{name}", part.map_or("", |p| p)));
    };
    let envelope = ApiKeyValue::new(SIGNATURE);
    let envelope = SecurityScheme::ApiKey(ApiKey::Header(envelope));
    components
        .security_schemes
        .insert("envelope".to_owned(), RefOr::T(envelope));
    for (path, item) in &mut api.paths.paths {
        let open = OPEN.contains(&path.as_str());
        let get = item.get.iter_mut().map(|operation| (operation, false));
        let post = item.post.iter_mut().map(|operation| (operation, true));
        for (operation, writes) in get.chain(post) {
            named(operation);
            match path.as_str() {
                SIGNED => describe_signed(operation),
                ENVELOPES => describe_envelopes(operation),
                _ => describe(operation, open, writes),
            }
        }
    }
}

fn describe(operation: &mut Operation, open: bool, writes: bool) {
    if !open {
        let needed = SecurityRequirement::new("bearer", Vec::<String>::new());
        operation.security = Some(vec![needed]);
    }
    if writes && !open {
        let parameters = operation.parameters.get_or_insert_default();
        parameters.push(header_parameter(
            "Idempotency-Key",
            "The same key and body give the first answer again, for seven days",
        ));
        parameters.push(header_parameter(
            "If-Match",
            "The version seen; an older one gets 412",
        ));
    }
    describe_problem(operation);
}

fn describe_signed(operation: &mut Operation) {
    let needed = SecurityRequirement::new("signature", Vec::<String>::new());
    operation.security = Some(vec![needed]);
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(header_parameter(
        "webhook-id",
        "The same through all attempts",
    ));
    parameters.push(header_parameter(
        "webhook-timestamp",
        "Seconds since 1970, within five minutes",
    ));
    describe_problem(operation);
}

/// Who sent an envelope is said by its signature alone.
fn describe_envelopes(operation: &mut Operation) {
    let needed = SecurityRequirement::new("envelope", Vec::<String>::new());
    operation.security = Some(vec![needed]);
    describe_problem(operation);
}

fn describe_problem(operation: &mut Operation) {
    let problem = ResponseBuilder::new()
        .description("RFC 9457; `code` is one of the table of codes")
        .content("application/problem+json", Content::default());
    let responses = &mut operation.responses.responses;
    responses.insert("default".to_owned(), RefOr::T(problem.build()));
}

fn header_parameter(name: &str, description: &str) -> RefOr<Parameter> {
    let parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .build();
    RefOr::T(parameter)
}
