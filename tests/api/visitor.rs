//! Somebody before a browser without scripts: follows no redirect by himself, and sends what a page holds.

use super::server::{PASSWORD, Server};
use reqwest::{Client, Response, redirect};

/// Whoever looks at pages, signed in or not.
pub struct Visitor<'s> {
    server: &'s Server,
    client: Client,
    cookie: Option<String>,
}

/// Where an answer leads.
pub fn location(answer: &Response) -> String {
    answer.headers()["location"].to_str().unwrap().to_owned()
}

impl<'s> Visitor<'s> {
    /// Nobody in particular.
    pub fn nobody(server: &'s Server) -> Self {
        let client = Client::builder().redirect(redirect::Policy::none());
        Visitor {
            server,
            client: client.build().unwrap(),
            cookie: None,
        }
    }

    /// A person who signs in and is led on.
    pub async fn signed_in(server: &'s Server, user: &str, next: &str) -> Self {
        let visitor = Visitor::nobody(server);
        let form = [("next", next), ("user", user), ("password", PASSWORD)];
        let signed = visitor.send("/sign-in", &form).await;
        assert_eq!(location(&signed), next);
        let cookie = signed.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().map(str::to_owned);
        Visitor { cookie, ..visitor }
    }

    pub async fn get(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.server.address));
        self.with_cookie(request).send().await.unwrap()
    }

    /// Sends the form of a page that goes to an address, with its hidden fields.
    pub async fn press(&self, page: &str, action: &str) -> Response {
        self.press_with(page, action, &[]).await
    }

    /// The same, with what is filled in.
    pub async fn press_with(&self, page: &str, action: &str, typed: &[(&str, &str)]) -> Response {
        self.press_in(page, action, action, typed).await
    }

    /// The same by another button of the form that holds something.
    pub async fn press_in(
        &self,
        page: &str,
        holds: &str,
        action: &str,
        typed: &[(&str, &str)],
    ) -> Response {
        let form = page.split("<form ").find(|form| form.contains(holds));
        let form = form.unwrap_or_else(|| panic!("no form for {holds}: {page}"));
        let hidden = form.split("type=\"hidden\"").skip(1);
        let part = |text: &str, name: &str| {
            let rest = text.split(&format!("{name}=\"")).nth(1).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let fields: Vec<(String, String)> = hidden
            .map(|field| (part(field, "name"), part(field, "value")))
            .collect();
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(typed.iter().copied())
            .collect();
        self.send(action, &fields).await
    }

    /// The id of the sign-in.
    pub fn session(&self) -> &str {
        self.cookie.as_deref().unwrap().split_once('=').unwrap().1
    }

    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.client.post(format!("{}{path}", self.server.address));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", &self.server.address)
            .body(serde_urlencoded::to_string(fields).unwrap());
        self.with_cookie(request).send().await.unwrap()
    }

    fn with_cookie(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }
}
