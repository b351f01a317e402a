//! A browser without a screen: sends requests to the router, keeps the cookie, fills in forms.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use std::net::SocketAddr;
use tower::ServiceExt;
use web::{App, router};

pub struct Visitor {
    router: Router,
    cookie: Option<String>,
    /// The address that requests come from.
    pub peer: &'static str,
    /// The host that requests name.
    pub host: &'static str,
}

pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    /// Fails, showing the page, unless it says `text`.
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "{text:?} is not in the page:\n{}", self.body);
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The hidden fields of the form that is sent to `action`.
    pub fn form(&self, action: &str) -> Vec<(String, String)> {
        let start = format!("action=\"{action}\"");
        let (_, form) = self.body.split_once(&start).unwrap_or_else(|| panic!("no form {action}"));
        let (form, _) = form.split_once("</form>").expect("a form ends");
        let hidden = form.split("<input type=\"hidden\" ").skip(1);
        hidden
            .map(|input| {
                let value = |name: &str| {
                    let (_, rest) = input.split_once(&format!("{name}=\"")).expect("an attribute");
                    rest.split_once('"').expect("a quote").0.to_owned()
                };
                (value("name"), value("value"))
            })
            .collect()
    }
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

pub fn fields(pairs: &[(String, String)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

impl Visitor {
    pub fn new(app: App) -> Self {
        let host = "localhost:8080";
        Self { router: router(app), cookie: None, peer: "127.0.0.1:5000", host }
    }

    /// Another browser at the same server.
    pub fn other(&self) -> Self {
        Self { router: self.router.clone(), cookie: None, ..*self }
    }

    pub async fn send(&mut self, method: &str, path: &str, kind: &str, body: String) -> Page {
        self.send_with(method, path, &[("content-type", kind)], body).await
    }

    pub async fn send_with(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Page {
        let mut request = Request::builder().method(method).uri(path).header("host", self.host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let mut request = request.body(Body::from(body)).expect("a request");
        let peer: SocketAddr = self.peer.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.expect("never fails");
        let (parts, body) = response.into_parts();
        if let Some(cookie) = parts.headers.get(header::SET_COOKIE) {
            let text = cookie.to_str().expect("text");
            self.cookie = text.split_once(';').map(|(pair, _)| pair.to_owned());
        }
        let bytes = to_bytes(body, 16 << 20).await.expect("a body");
        let body = String::from_utf8(bytes.to_vec()).expect("text");
        Page { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send("GET", path, "", String::new()).await
    }

    pub async fn post(&mut self, path: &str, pairs: &[(String, String)]) -> Page {
        self.send("POST", path, "application/x-www-form-urlencoded", fields(pairs)).await
    }

    pub async fn json(&mut self, path: &str, body: &str) -> Page {
        self.send("POST", path, "application/json", body.to_owned()).await
    }

    pub async fn sign_in(&mut self, who: &str) {
        let page = self.post("/sign-in", &[("who".to_owned(), who.to_owned())]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    }

    /// Opens a page, fills in the form that is sent to `action`, and sends it.
    pub async fn fill(&mut self, page: &str, action: &str, filled: &[(&str, &str)]) -> Page {
        let mut form = self.get(page).await.form(action);
        form.extend(filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(action, &form).await
    }
}
