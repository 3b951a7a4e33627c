//! A browser for one test, and short ways to use it as a person would.
//!
//! Pictures of what a test saw are kept by [`Browser::picture`] in the folder that `ONENET_PICTURES` names.

use crate::api::server::{PASSWORD, Server};
use crate::places::{Place, run};
use fantoccini::actions::{InputSource, KeyAction, KeyActions, WheelAction, WheelActions};
use fantoccini::cookies::Cookie;
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long something may take to appear before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Chromium under its driver; both end with the test.
pub struct Browser {
    pub client: Client,
    address: String,
    scripts: bool,
    driver: Child,
    port: u16,
    session: String,
    _profile: tempfile::TempDir,
}

/// How a browser is set up.
#[derive(Clone, Copy)]
pub struct Setup {
    pub scripts: bool,
    pub width: u32,
    pub height: u32,
    pub language: &'static str,
}

/// A clerk's screen.
pub const DESK: Setup = Setup {
    scripts: true,
    width: 1366,
    height: 768,
    language: "zh-CN",
};

/// A clerk's screen with scripts switched off.
pub const PLAIN: Setup = Setup {
    scripts: false,
    ..DESK
};

/// Runs a test with a server of its own and one browser before it.
pub fn browse(setup: Setup, test: impl AsyncFn(&mut Server, &Browser)) {
    run(async {
        let mut server = Server::sandbox(Place::file()).await;
        let browser = Browser::new(&server.address, setup).await;
        test(&mut server, &browser).await;
    });
}

impl Browser {
    /// A fresh browser, nobody signed in, before the server at this address.
    pub async fn new(address: &str, setup: Setup) -> Self {
        let (driver, port) = start_driver();
        let profile = tempfile::tempdir().unwrap();
        let mut builder =
            ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        builder.capabilities(capabilities(setup, &profile.path().display().to_string()));
        let client = builder.connect(&format!("http://127.0.0.1:{port}")).await;
        let client = client.unwrap();
        let session = client.session_id().await.unwrap().unwrap();
        Self {
            client,
            address: address.to_owned(),
            scripts: setup.scripts,
            driver,
            port,
            session,
            _profile: profile,
        }
    }

    /// Opens a page of the server.
    pub async fn open(&self, path: &str) {
        let url = format!("{}{path}", self.address);
        self.client.goto(&url).await.unwrap();
    }

    /// Signs in by the page and stays on the page that comes.
    pub async fn sign_in(&self, user: &str) {
        self.open("/sign-in").await;
        self.sign_in_here(user, PASSWORD).await;
        self.wait(".menu").await;
    }

    /// Fills in the sign-in page before us.
    pub async fn sign_in_here(&self, user: &str, password: &str) {
        self.fill("#user", user).await;
        self.fill("#password", password).await;
        self.click("main button.main").await;
    }

    /// The first element of a selector, once it is there.
    pub async fn wait(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE);
        let found = found.for_element(Locator::Css(css)).await;
        match found {
            Ok(found) => found,
            Err(e) => panic!("no {css}: {e}\n{}", self.page().await),
        }
    }

    /// Waits until what a selector finds says this.
    pub async fn see(&self, css: &str, words: &str) {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let text = self.all(css).await.join("\n");
            if text.contains(words) {
                return;
            }
            let late = tokio::time::Instant::now() > until;
            assert!(
                !late,
                "{css} never says {words}, but: {text}\n{}",
                self.page().await
            );
            tokio::task::yield_now().await;
        }
    }

    /// The text of every element of a selector, as it is shown.
    pub async fn all(&self, css: &str) -> Vec<String> {
        let found = self.client.find_all(Locator::Css(css)).await.unwrap();
        let mut texts = Vec::new();
        for element in found {
            // What went away while it was read says nothing.
            texts.extend(element.text().await.ok());
        }
        texts
    }

    /// The text of the one element of a selector.
    pub async fn text(&self, css: &str) -> String {
        self.wait(css).await.text().await.unwrap()
    }

    /// An attribute of the first element of a selector.
    pub async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.wait(css).await.attr(name).await.unwrap()
    }

    /// Clicks the first element of a selector; if the page has drawn it anew just then, the new one.
    pub async fn click(&self, css: &str) {
        while !self.pressed(self.wait(css).await).await {}
    }

    /// Clicks an element; one that lies under the bar at the foot is scrolled out from there first, as a person would.
    pub async fn press_on(&self, element: Element) {
        assert!(self.pressed(element).await, "it was drawn anew");
    }

    /// False: it is not there any more.
    async fn pressed(&self, element: Element) -> bool {
        let mut clicked = element.click().await;
        for _ in 0..5 {
            let Err(CmdError::Standard(why)) = &clicked else {
                break;
            };
            if why.error != ErrorStatus::ElementClickIntercepted {
                break;
            }
            let wheel = WheelActions::new("wheel".to_owned()).then(WheelAction::Scroll {
                duration: None,
                x: 500,
                y: 300,
                delta_x: 0,
                delta_y: 200,
            });
            self.client.perform_actions(wheel).await.unwrap();
            clicked = element.click().await;
        }
        match clicked {
            Err(CmdError::Standard(why)) if why.error == ErrorStatus::StaleElementReference => {
                false
            }
            clicked => {
                clicked.unwrap();
                true
            }
        }
    }

    /// Waits until nothing of a selector is there any more.
    pub async fn gone(&self, css: &str) {
        let until = tokio::time::Instant::now() + PATIENCE;
        while !self
            .client
            .find_all(Locator::Css(css))
            .await
            .unwrap()
            .is_empty()
        {
            let late = tokio::time::Instant::now() > until;
            assert!(!late, "{css} is still there\n{}", self.page().await);
            tokio::task::yield_now().await;
        }
    }

    /// Types a text into a field in place of what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.wait(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses keys one after the other, whatever has focus.
    pub async fn press(&self, keys: &str) {
        let mut actions = KeyActions::new("keys".to_owned());
        for value in keys.chars() {
            actions = actions.then(KeyAction::Down { value });
            actions = actions.then(KeyAction::Up { value });
        }
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Presses a key while Ctrl is held, whatever has focus.
    pub async fn press_with_ctrl(&self, value: char) {
        let ctrl = '\u{e009}';
        let actions = KeyActions::new("keys".to_owned())
            .then(KeyAction::Down { value: ctrl })
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value })
            .then(KeyAction::Up { value: ctrl });
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Clicks what leads to another page, and waits until this one is gone: the next may look the same.
    pub async fn click_away(&self, css: &str) {
        let page = self.wait("html").await;
        self.click(css).await;
        let until = tokio::time::Instant::now() + PATIENCE;
        while page.tag_name().await.is_ok() {
            let late = tokio::time::Instant::now() > until;
            assert!(!late, "{css} leads nowhere\n{}", self.page().await);
            tokio::task::yield_now().await;
        }
    }

    /// The path and query of the page before us.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        let query = url.query().map_or(String::new(), |q| format!("?{q}"));
        format!("{}{query}", url.path())
    }

    /// Waits until the page before us is this one.
    pub async fn arrives(&self, path: &str) {
        let until = tokio::time::Instant::now() + PATIENCE;
        while self.path().await != path {
            let late = tokio::time::Instant::now() > until;
            assert!(!late, "not at {path} but at {}", self.path().await);
            tokio::task::yield_now().await;
        }
    }

    /// Runs a script in the page and answers what it returns.
    pub async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Asserts that axe finds nothing serious on the page before us. It is a script itself, and says nothing where there are none.
    pub async fn axe(&self) {
        if self.scripts {
            let found = self.barriers().await;
            assert!(found.is_empty(), "{}: {found:#?}", self.path().await);
        }
    }

    /// What axe finds on the page before us that is serious.
    pub async fn barriers(&self) -> Vec<Value> {
        let axe = include_str!("axe/axe-4.14.1.min.js");
        self.client.execute(axe, Vec::new()).await.unwrap();
        let run = "const done = arguments[0]; \
                   axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }) \
                   .then(found => done(found.violations.map(v => ({ id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.html) }))));";
        let found = self.client.execute_async(run, Vec::new()).await.unwrap();
        let serious = |v: &&Value| matches!(v["impact"].as_str(), Some("serious" | "critical"));
        let found = found.as_array().unwrap().iter();
        found.filter(serious).cloned().collect()
    }

    /// Keeps a picture of the page, if `ONENET_PICTURES` names a folder.
    pub async fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("ONENET_PICTURES") {
            let png = self.client.screenshot().await.unwrap();
            std::fs::create_dir_all(&folder).unwrap();
            let file = std::path::Path::new(&folder).join(format!("{name}.png"));
            std::fs::write(file, png).unwrap();
        }
    }

    /// Scrolls to the one element of a selector.
    pub async fn to(&self, css: &str) {
        let script = "arguments[0].scrollIntoView()";
        let element = serde_json::to_value(self.wait(css).await).unwrap();
        self.client.execute(script, vec![element]).await.unwrap();
    }

    /// A cookie the browser holds.
    pub async fn cookie(&self, name: &str) -> Option<Cookie<'static>> {
        self.client.get_named_cookie(name).await.ok()
    }

    async fn page(&self) -> String {
        self.client.source().await.unwrap_or_default()
    }
}

impl Drop for Browser {
    /// Chromium ends with its session, and would outlive its driver.
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let request = format!(
                "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
                self.session
            );
            // A driver that is gone needs no end.
            _ = stream.write_all(request.as_bytes());
            _ = stream.read(&mut [0; 512]);
        }
        _ = self.driver.kill();
        _ = self.driver.wait();
    }
}

/// A driver on a port it has chosen itself. It wants the same one for both kinds of addresses, and ends if another program has one of them.
fn start_driver() -> (Child, u16) {
    let mut tries = std::iter::repeat_with(driver_on_a_port).take(9).flatten();
    tries.next().expect("chromedriver named no port")
}

fn driver_on_a_port() -> Option<(Child, u16)> {
    let driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .spawn();
    let mut driver = driver.expect("chromedriver is missing: install chromium and chromium-driver");
    let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines.map_while(Result::ok).find_map(|line| {
        let rest = line.split_once("on port ")?.1;
        rest.trim_end_matches('.')
            .parse()
            .ok()
            .filter(|port| *port > 0)
    });
    let Some(port) = port else {
        // It has ended already.
        _ = driver.wait();
        return None;
    };
    Some((driver, port))
}

fn capabilities(setup: Setup, profile: &str) -> Capabilities {
    let scripts = if setup.scripts { 1 } else { 2 };
    let mut options = json!({
        "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", format!("--user-data-dir={profile}"),
            format!("--window-size={},{}", setup.width, setup.height), format!("--lang={}", setup.language),
        ],
        "prefs": {
            "intl.accept_languages": setup.language,
            "profile.managed_default_content_settings.javascript": scripts,
        },
    });
    // A window has its least width; a phone has not.
    if setup.width < 500 {
        let screen = json!({ "width": setup.width, "height": setup.height, "pixelRatio": 2.0 });
        options["mobileEmulation"] = json!({ "deviceMetrics": screen });
    }
    let all = json!({ "browserName": "chrome", "goog:chromeOptions": options });
    all.as_object().cloned().unwrap()
}
