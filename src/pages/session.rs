//! Who visits: the cookie of a sign-in (G75), the token in every form and the origin of every write (G76), and what all pages need to
//! know of whoever reads them.

use super::onlooker;
use super::proof::{Held, PROOF, Renewed};
use super::words::Words;
use crate::directory::{Caller, Denied};
use crate::store::codec::Hash;
use crate::web::App;
use crate::web::body::bytes;
use crate::web::caller::source;
use crate::web::problem::{Code, Problem, language};
use crate::web::rates::Use;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use engine::case::Party;
use engine::network::Network;
use engine::text::Lang;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

/// The field of a form, and the header of a call, that hold the token.
pub const FORM_TOKEN: &str = "form_token";
const TOKEN_HEADER: &str = "x-form-token";
/// A request that nobody made, only the page by itself: it does not keep a sign-in from ending.
const BY_ITSELF: &str = "x-by-itself";
/// Messages of the bell are counted up to here.
pub const UNREAD: i64 = 100;
/// The cookie of the language, for whoever is not signed in.
const LANGUAGE: &str = "onenet-lang";

/// Anybody who reads a page.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Says things in the reader's language.
    pub words: Words,
    /// The network, for the names of cities, departments and posts.
    pub network: Arc<Network>,
    /// The address that shows this page again, with its query.
    pub here: String,
    /// The path of what is shown, to which a form may have been sent.
    pub at: String,
    /// A sign-in was there and has ended.
    pub ended: bool,
    /// Whose that was, if it ended by time; he may still leave a draft, and do nothing else.
    pub lapsed: Option<Box<Visitor>>,
    /// A part of a page is asked for by the script, not a page.
    pub partial: bool,
    /// The public address is `https`.
    pub secure: bool,
}

impl Guest {
    /// A name of an author as people read it in the reader's language: it is its own title.
    pub fn own<'t>(&'t self, name: &'t str) -> &'t str {
        self.network.own(self.words.0, name)
    }
}

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who, acting in one post.
    pub caller: Caller,
    /// To be sent back with every form.
    pub form_token: String,
    /// How many messages of the bell he has not read; counted up to [`UNREAD`].
    pub unread: i64,
    guest: Guest,
}

/// Whoever it is.
#[derive(Clone, Debug)]
pub enum Visit {
    /// Nobody known.
    Guest(Box<Guest>),
    /// Somebody who has signed in.
    Visitor(Box<Visitor>),
}

impl Deref for Visitor {
    type Target = Guest;

    fn deref(&self) -> &Guest {
        &self.guest
    }
}

impl Visitor {
    /// Says things in this language, whatever the visitor reads.
    pub fn speak(&mut self, lang: Lang) {
        self.guest.words = Words(lang);
    }

    /// The post in which the visitor acts.
    pub fn acting(&self) -> Option<&Party> {
        self.caller.posts.first()
    }
}

impl Visit {
    /// What is known of anybody.
    pub fn guest(&self) -> &Guest {
        match self {
            Visit::Guest(guest) => guest,
            Visit::Visitor(visitor) => &visitor.guest,
        }
    }
}

impl Guest {
    fn new(app: &App, request: &Request) -> Box<Self> {
        let headers = request.headers();
        let lang = match cookie(headers, LANGUAGE) {
            Some("en") => Lang::En,
            Some("zh-CN") => Lang::Zh,
            _ => language(headers),
        };
        // What answers a form is shown again by the page that sent it.
        let here = match request.method().is_safe() {
            true => request
                .uri()
                .path_and_query()
                .map(|p| p.as_str().to_owned()),
            false => sent_from(headers),
        };
        Box::new(Guest {
            words: Words(lang),
            network: app.runtime.library().network.clone(),
            here: here.unwrap_or_else(|| "/work".to_owned()),
            at: request.uri().path().to_owned(),
            ended: false,
            lapsed: None,
            partial: headers.contains_key("hx-request"),
            secure: app.is_secure(),
        })
    }
}

impl App {
    /// True if people reach this server by `https`.
    pub fn is_secure(&self) -> bool {
        self.runtime.reach().base.starts_with("https://")
    }
}

/// Around every request: finds out who visits, and gives it to the page and to what is made of its failures.
pub async fn visit(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let secure = app.is_secure();
    let response = match is_page(&request) {
        false => next.run(request).await,
        true => match who(&app, Guest::new(&app, &request), request.headers()).await {
            Ok(visit) if let Some(seconds) = too_much(&app, &visit, &request) => {
                barred(Problem::new(Code::Rate).after(seconds), visit)
            }
            Ok(mut visit) => {
                if let Visit::Visitor(visitor) = &mut visit {
                    visitor.caller.from = source(request.extensions());
                }
                let (method, uri) = (request.method().clone(), request.uri().clone());
                if let Err(problem) = onlooker::enter(&app, &visit, &method, &uri).await {
                    return secured(barred(problem, visit), secure);
                }
                let renewed = Renewed::default();
                request.extensions_mut().insert(visit.clone());
                request.extensions_mut().insert(renewed.clone());
                let mut response = next.run(request).await;
                response.extensions_mut().insert(visit);
                renewed.told(&mut response, secure);
                response
            }
            Err((problem, guest)) => barred(problem, Visit::Guest(guest)),
        },
    };
    secured(response, secure)
}

/// The answer to somebody who gets no further, as a page for him.
fn barred(problem: Problem, visit: Visit) -> Response {
    let mut response = problem.into_response();
    response.extensions_mut().insert(visit);
    response
}

/// Tells a browser to come by `https` alone, where that is the public address.
fn secured(mut response: Response, secure: bool) -> Response {
    if secure {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        let headers = response.headers_mut();
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// How many seconds a visitor must wait who has asked too much of late (G83).
fn too_much(app: &App, visit: &Visit, request: &Request) -> Option<i64> {
    let Visit::Visitor(visitor) = visit else {
        return None;
    };
    let what = Use::of(request.method());
    app.rates.count(&visitor.caller.id, what, app.wall.now())
}

/// The API and what operators ask are read by programs, all else by people, who bring no key.
fn is_page(request: &Request) -> bool {
    let programs = ["/api/", "/healthz", "/readyz", "/metrics", "/assets/"];
    let path = request.uri().path();
    let program = path != "/api/docs" && programs.iter().any(|start| path.starts_with(start));
    !program && !request.headers().contains_key(header::AUTHORIZATION)
}

async fn who(
    app: &App,
    mut guest: Box<Guest>,
    headers: &HeaderMap,
) -> Result<Visit, (Problem, Box<Guest>)> {
    let Some(id) = id(headers, guest.secure) else {
        return Ok(Visit::Guest(guest));
    };
    let now = app.wall.now();
    let caller = match headers.contains_key(BY_ITSELF) {
        true => app.directory.known_caller(id, now).await,
        false => app.directory.caller(id, now).await,
    };
    match caller {
        Ok(caller) if caller.session => {
            let lang = caller.preferences.lang.unwrap_or(guest.words.0);
            guest.words = Words(lang);
            let unread = app.runtime.store().unread(&caller.id, UNREAD).await;
            let unread = match unread {
                Ok(unread) => unread,
                Err(error) => return Err((error.into(), guest)),
            };
            Ok(Visit::Visitor(Box::new(Visitor {
                unread,
                form_token: form_token(&caller.root),
                caller,
                guest: *guest,
            })))
        }
        Err(Denied::Expired) => {
            guest.ended = true;
            let lapsed = app.directory.lapsed(id).await;
            guest.lapsed = lapsed.ok().flatten().map(|caller| {
                Box::new(Visitor {
                    unread: 0,
                    form_token: form_token(&caller.root),
                    caller,
                    guest: (*guest).clone(),
                })
            });
            Ok(Visit::Guest(guest))
        }
        Ok(_) | Err(Denied::Unknown | Denied::Resting(_) | Denied::Half(..) | Denied::Code(_)) => {
            guest.ended = true;
            Ok(Visit::Guest(guest))
        }
        Err(denied @ Denied::Store(_)) => Err((denied.into(), guest)),
    }
}

/// Who calls the API with the cookie of the pages; a write needs the form token in a header. `None`: there is no cookie.
pub async fn cookie_caller(app: &App, parts: &Parts) -> Option<Result<Caller, Problem>> {
    let id = id(&parts.headers, app.is_secure())?;
    let given = parts
        .headers
        .get(TOKEN_HEADER)
        .and_then(|t| t.to_str().ok());
    let caller = app.directory.caller(id, app.wall.now()).await;
    let allowed = |caller: Caller| match parts.method.is_safe() {
        // Whoever looks as a post does so by the pages; of the API they show the drawing of a case.
        _ if caller.looks_as.is_some() && !is_drawing(parts) => Err(onlooker::barred()),
        true => Ok(caller),
        false => from_here(&parts.headers)
            .and_then(|()| fits(&form_token(&caller.root), given))
            .map(|()| caller),
    };
    Some(caller.map_err(Problem::from).and_then(allowed))
}

/// The drawing of a case, which a page shows as a picture.
fn is_drawing(parts: &Parts) -> bool {
    let path = parts.uri.path().strip_prefix("/api/v1/cases/");
    let id = path.and_then(|rest| rest.strip_suffix("/graph.svg"));
    parts.method.is_safe() && id.is_some_and(|id| !id.contains('/'))
}

/// Refuses an act that takes two persons (G54) to whoever has not proved within five minutes who he is (G75): the one rule for pages
/// and API. A page asks before by [`Form::fresh`], and goes on with what was being done.
pub fn must_be_fresh(app: &App, caller: &Caller) -> Result<(), Problem> {
    match caller.is_fresh(app.wall.now()) {
        true => Ok(()),
        false => Err(Problem::new(Code::ProofRequired)),
    }
}

fn alien() -> Problem {
    Problem::says(Code::Forbidden, "api.form_token", &[])
}

/// The token of a sign-in's forms: made of the hash of its first id, which no other site knows.
fn form_token(root: &Hash) -> String {
    let hash = Sha256::new().chain_update("form:").chain_update(root);
    BASE64_URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// The token given is the one wanted; compared by hash, so that the time it takes tells nothing.
fn fits(wanted: &str, given: Option<&str>) -> Result<(), Problem> {
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    match given.is_some_and(|given| digest(given) == digest(wanted)) {
        true => Ok(()),
        false => Err(alien()),
    }
}

/// The request comes from a page of this very server.
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = text("origin").and_then(|o| o.split_once("://"));
    origin.is_some_and(|(_, host)| Some(host) == text("host"))
}

/// The page of this server that a form was sent from.
fn sent_from(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let page: Uri = text("referer")?.parse().ok()?;
    let ours = page.authority().map(|a| a.as_str()) == text("host");
    ours.then(|| page.path_and_query().map(|p| p.as_str().to_owned()))?
}

/// The id of the sign-in that a cookie holds.
fn id(headers: &HeaderMap, secure: bool) -> Option<&str> {
    cookie(headers, name(secure))
}

fn name(secure: bool) -> &'static str {
    match secure {
        true => "__Host-onenet",
        false => "onenet",
    }
}

/// The value of a cookie.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter();
    let texts = all.filter_map(|c| c.to_str().ok());
    let mut pairs = texts
        .flat_map(|c| c.split(';'))
        .filter_map(|c| c.trim().split_once('='));
    pairs.find(|(k, _)| *k == name).map(|(_, v)| v)
}

/// The header that gives a browser the id of a sign-in; an empty one takes it away.
pub fn keep_id(id: &str, secure: bool) -> [(header::HeaderName, String); 1] {
    keep(name(secure), id, secure)
}

/// The header that gives a browser what stands for a right password until the second factor has come.
pub fn keep_half(half: &str, secure: bool) -> [(header::HeaderName, String); 1] {
    keep(half_name(secure), half, secure)
}

fn keep(name: &str, value: &str, secure: bool) -> [(header::HeaderName, String); 1] {
    let mut text = format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/");
    if secure {
        text.push_str("; Secure");
    }
    if value.is_empty() {
        text.push_str("; Max-Age=0");
    }
    [(header::SET_COOKIE, text)]
}

/// What a browser holds that stands for a right password.
pub fn half(headers: &HeaderMap, secure: bool) -> Option<&str> {
    cookie(headers, half_name(secure)).filter(|half| !half.is_empty())
}

fn half_name(secure: bool) -> &'static str {
    match secure {
        true => "__Host-onenet-half",
        false => "onenet-half",
    }
}

/// The header that lets a browser remember a language.
pub fn keep_language(words: Words) -> [(header::HeaderName, String); 1] {
    let tag = words.tag();
    let text = format!("{LANGUAGE}={tag}; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000");
    [(header::SET_COOKIE, text)]
}

/// An address of this server to go on to; anything else is the worklist.
pub fn onward(next: Option<&str>) -> String {
    let own = |path: &&str| {
        let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        path.starts_with('/') && !path.starts_with("//") && plain
    };
    next.filter(own).unwrap_or("/work").to_owned()
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let visit = parts.extensions.get::<Visit>().cloned();
        // Whoever brings a key is a program, and a page is for people.
        visit.ok_or_else(|| Problem::says(Code::SignInRequired, "api.page", &[]))
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Visit::from_request_parts(parts, state).await? {
            Visit::Visitor(visitor) => Ok(*visitor),
            Visit::Guest(guest) if guest.ended => Err(Problem::new(Code::SessionExpired)),
            Visit::Guest(_) => Err(Problem::new(Code::SignInRequired)),
        }
    }
}

/// A form as it was sent: of whoever is signed in, with his token, from a page of this server.
#[derive(Debug)]
pub struct Form {
    /// Who sent it.
    pub visitor: Visitor,
    /// Its fields in order; one with several values stands several times.
    pub fields: Fields,
    /// Where it was sent.
    address: String,
}

/// A form of whoever it may be, from a page of this server. There is no sign-in that another site could abuse.
#[derive(Debug)]
pub struct OpenForm {
    /// Who sent it.
    pub visit: Visit,
    /// Its fields.
    pub fields: Fields,
    /// Where in the network it came from.
    pub from: Option<IpAddr>,
}

/// The fields of a form, in order.
#[derive(Debug, Default)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value of a field, which is no longer there.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(n, _)| n == name)?;
        Some(self.0.remove(at).1)
    }

    /// All values of a field.
    pub fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> {
        let found = self.0.iter().filter(move |(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The fields of a body as a form without files sends them.
pub async fn fields(request: Request) -> Result<Fields, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|k| k.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(Problem::new(Code::MediaType));
    }
    let bytes = bytes(request).await?;
    let fields = serde_urlencoded::from_bytes(&bytes);
    fields
        .map(Fields)
        .map_err(|_| Problem::new(Code::Malformed))
}

impl FromRequest<Arc<App>> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        from_here(&parts.headers)?;
        let address = parts.uri.path_and_query();
        let address = address.map_or("/work", |p| p.as_str()).to_owned();
        let renewed = parts.extensions.get::<Renewed>().cloned();
        let mut fields = fields(Request::from_parts(parts, body)).await?;
        visitor.checked(fields.get(FORM_TOKEN))?;
        let proof = fields.take(PROOF);
        let mut form = Form {
            visitor,
            fields,
            address,
        };
        if let (Some(proof), Some(renewed)) = (proof, renewed) {
            form.prove(app, &proof, &renewed).await?;
        }
        Ok(form)
    }
}

impl Form {
    /// Takes the proof that came with the form; the sign-in goes on under a new id.
    async fn prove(&mut self, app: &App, proof: &str, renewed: &Renewed) -> Result<(), Problem> {
        let proved = app
            .directory
            .prove(&self.visitor.caller, proof, app.wall.now());
        match proved.await {
            Ok((token, caller)) => {
                self.visitor.caller = caller;
                renewed.keep(token);
                Ok(())
            }
            Err(denied @ Denied::Store(_)) => Err(denied.into()),
            Err(denied) => Err(self.asked(app, Some(denied)).await?),
        }
    }

    /// Refuses an act that takes two persons (G54) until the visitor has proved again who he is; the page that asks him holds all that
    /// was sent.
    pub async fn fresh(&self, app: &App) -> Result<(), Problem> {
        match must_be_fresh(app, &self.visitor.caller) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.asked(app, None).await?),
        }
    }

    async fn asked(&self, app: &App, denied: Option<Denied>) -> Result<Problem, Problem> {
        let factor = app.directory.accounts().factor(&self.visitor.caller.id);
        let held = Held {
            address: self.address.clone(),
            fields: self.fields.0.clone(),
            factor: factor.await?.is_some(),
            denied: denied.map(Arc::new),
        };
        Ok(Problem::new(Code::ProofRequired).holding(held))
    }
}

impl Visitor {
    /// Refuses a write that does not bring the visitor's form token. Whoever takes another body than [`Form`] asks here, and
    /// for its origin by [`from_here`].
    pub fn checked(&self, given: Option<&str>) -> Result<(), Problem> {
        fits(&self.form_token, given)
    }
}

/// Refuses a write that does not come from a page of this server.
pub fn from_here(headers: &HeaderMap) -> Result<(), Problem> {
    match same_origin(headers) {
        true => Ok(()),
        false => Err(alien()),
    }
}

impl<S: Send + Sync> FromRequest<S> for OpenForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, state).await?;
        from_here(&parts.headers)?;
        let from = source(&parts.extensions);
        let fields = fields(Request::from_parts(parts, body)).await?;
        Ok(OpenForm {
            visit,
            fields,
            from,
        })
    }
}
