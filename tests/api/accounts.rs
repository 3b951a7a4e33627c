//! Signing in, tokens, and rights that change at once.

use super::server::Server;
use onenet::directory::hash_password;
use onenet::store::Accounts;
use serde_json::json;

const PASSWORD: &str = "江边的三棵老榕树底下";

async fn with_password() -> Server {
    let mut server = Server::sandbox().await;
    let secret = hash_password(PASSWORD).unwrap();
    server
        .add("lan", "兰", "person", &secret, &["442000/si/handler"])
        .await;
    server
}

/// G57: a name nobody has and a wrong password look alike; after five failures the name rests.
#[tokio::test]
async fn g057_sign_in_tells_nothing_and_rests_after_five_failures() {
    let server = with_password().await;
    let sign_in = async |user: &str, password: &str| {
        let body = json!({ "user": user, "password": password });
        server.post("", "/api/v1/sign-in", &body).await
    };
    let signed = sign_in("lan", PASSWORD).await.with(200);
    assert_eq!(signed["me"]["posts"], json!(["442000/si/handler"]));
    let token = format!("Bearer {}", signed["token"].as_str().unwrap());
    let bearer = [("authorization", token.as_str())];
    let me = server
        .call("", "GET", "/api/v1/me", &bearer, None)
        .await
        .with(200);
    assert_eq!(me["name"], "兰");
    let out = server
        .call("", "POST", "/api/v1/sign-out", &bearer, None)
        .await;
    assert_eq!(out.status, 204);
    server
        .call("", "GET", "/api/v1/me", &bearer, None)
        .await
        .problem(401, "sign-in-required");

    let mut wrong = sign_in("lan", "不是这个密码也够十个字")
        .await
        .problem(401, "sign-in-required");
    let mut nobody = sign_in("lun", PASSWORD)
        .await
        .problem(401, "sign-in-required");
    wrong["instance"] = json!(null);
    nobody["instance"] = json!(null);
    assert_eq!(wrong, nobody);
    for _ in 0..4 {
        sign_in("lan", "不是这个密码也够十个字")
            .await
            .problem(401, "sign-in-required");
    }
    let resting = sign_in("lan", PASSWORD).await;
    assert!(
        resting.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse::<u32>()
            .unwrap()
            > 0
    );
    resting.problem(429, "rate");
}

/// G51: whoever is disabled, by another process too, is out at the next request.
#[tokio::test]
async fn g051_a_disabled_account_is_out_at_the_next_request() {
    let server = Server::sandbox().await;
    server.get("zs-handler", "/api/v1/me").await.with(200);
    let beside = Accounts::open(&server.url).await.unwrap();
    assert!(beside.set_state("zs-handler", "disabled", 1).await.unwrap());
    server
        .get("zs-handler", "/api/v1/me")
        .await
        .problem(401, "sign-in-required");
    server.get("zs-reviewer", "/api/v1/me").await.with(200);
}

/// A token is never kept in clear.
#[tokio::test]
async fn g055_the_store_holds_no_token() {
    let server = Server::sandbox().await;
    let token = server.token("zs-handler").to_owned();
    server.get("zs-handler", "/api/v1/me").await.with(200);
    let file = server.url.trim_start_matches("sqlite:");
    for name in [file.to_owned(), format!("{file}-wal")] {
        let bytes = std::fs::read(name).unwrap_or_default();
        let found = bytes.windows(token.len()).any(|w| w == token.as_bytes());
        assert!(!found);
    }
}
