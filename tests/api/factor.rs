//! The second factor and the proof of who one is, over the API and against the clock.

use super::accounts::bytes;
use super::server::{Answer, PASSWORD, Server};
use crate::each;
use crate::places::Place;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{Timestamp, ToSpan};
use onenet::directory::{Demand, Denied, Offer, Outstanding};
use onenet::store::ResetRow;
use onenet::web::App;
use serde_json::json;
use sha1::Sha1;

/// What a device that has taken over an offer shows at a moment.
pub fn code(offer: &Offer, at: Timestamp) -> String {
    let letters = offer.spoken().replace(' ', "");
    let bits: String = letters
        .bytes()
        .map(|c| match c {
            b'2'..=b'7' => format!("{:05b}", c - b'2' + 26),
            letter => format!("{:05b}", letter - b'A'),
        })
        .collect();
    let bytes = (0..bits.len() / 8).map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2));
    let secret: Vec<u8> = bytes.map(Result::unwrap).collect();
    let mut mac = Hmac::<Sha1>::new_from_slice(&secret).unwrap();
    mac.update(&(at.as_second() / 30).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let from = usize::from(hash[19] & 15);
    let four: [u8; 4] = hash[from..from + 4].try_into().unwrap();
    format!(
        "{:06}",
        (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000
    )
}

/// A person's password is right; what is still to come, and the token for it.
async fn half(app: &App, user: &str, at: Timestamp) -> (String, Outstanding) {
    let signed = app.directory.sign_in(user, PASSWORD.to_owned(), at).await;
    match signed {
        Err(Denied::Half(half, what)) => (half.text().to_owned(), what),
        other => panic!("{user} is in: {other:?}"),
    }
}

/// Gives a person a device at a moment; what it was offered, and his recovery codes.
pub async fn device(app: &App, user: &str, at: Timestamp) -> (Offer, Vec<String>) {
    let (half, what) = half(app, user, at).await;
    assert_eq!(what, Outstanding::Device);
    let (_, offer) = app.directory.outstanding(&half, at).await.unwrap();
    let first = code(&offer, at);
    let taken = app.directory.with_device(&half, &first, at);
    let (_, caller, codes) = taken.await.unwrap();
    assert_eq!(&*caller.id, user);
    (offer, codes)
}

async fn demanding(place: Place) -> Server {
    Server::demanding(place, Demand::Posts).await
}

/// G57: whoever publishes comes in by both factors, each code once, a step early or late; a clerk by his password.
#[test]
fn g057_a_code_lets_in_once_and_only_in_its_time() {
    each(async |place| {
        let server = demanding(place).await;
        let app = &server.app;
        let begun = Timestamp::now();
        let after = |seconds: i64| begun + seconds.seconds();
        let (offer, _) = device(app, "author", begun).await;
        let enter = async |shown: Timestamp, at: Timestamp| {
            let (half, what) = half(app, "author", at).await;
            assert_eq!(what, Outstanding::Code);
            app.directory.second(&half, &code(&offer, shown), at).await
        };
        let again = enter(begun, begun).await;
        assert!(matches!(again, Err(Denied::Code(None))), "{again:?}");
        enter(after(90), after(60)).await.unwrap();
        let again = enter(after(90), after(90)).await;
        assert!(matches!(again, Err(Denied::Code(None))), "{again:?}");
        enter(after(120), after(150)).await.unwrap();
        let ahead = enter(after(900), after(600)).await;
        assert!(matches!(ahead, Err(Denied::Code(Some(300)))), "{ahead:?}");
        let behind = enter(after(600), after(900)).await;
        assert!(
            matches!(behind, Err(Denied::Code(Some(-300)))),
            "{behind:?}"
        );
        let clerk = app
            .directory
            .sign_in("zs-handler", PASSWORD.to_owned(), begun);
        clerk.await.unwrap();
    });
}

/// G57: wrong codes and wrong passwords are counted together, and a right password does not wipe them out.
#[test]
fn g057_wrong_codes_rest_the_name() {
    each(async |place| {
        let server = demanding(place).await;
        let (app, now) = (&server.app, Timestamp::now());
        let (_, codes) = device(app, "author", now).await;
        for _ in 0..5 {
            let (half, _) = half(app, "author", now).await;
            let wrong = app
                .directory
                .second(&half, "AAAA-AAAA-AAAA-AAAA", now)
                .await;
            assert!(matches!(wrong, Err(Denied::Code(None))), "{wrong:?}");
        }
        let resting = app
            .directory
            .sign_in("author", PASSWORD.to_owned(), now)
            .await;
        assert!(matches!(resting, Err(Denied::Resting(_))), "{resting:?}");
        let later = now + 16.minutes();
        let (half, _) = half(app, "author", later).await;
        app.directory.second(&half, &codes[0], later).await.unwrap();
    });
}

/// G57: without the device a recovery code lets in, once; the store holds neither it nor the secret.
#[test]
fn g057_a_recovery_code_lets_in_once_and_is_not_kept() {
    each(async |place| {
        let server = demanding(place).await;
        let (app, now) = (&server.app, Timestamp::now());
        let (offer, codes) = device(app, "author", now).await;
        let enter = async |typed: &str| {
            let (half, _) = half(app, "author", now).await;
            app.directory.second(&half, typed, now).await
        };
        enter(&codes[3].to_lowercase().replace('-', " "))
            .await
            .unwrap();
        let again = enter(&codes[3]).await;
        assert!(matches!(again, Err(Denied::Code(None))), "{again:?}");
        let accounts = app.directory.accounts();
        assert_eq!(accounts.recovery_left("author").await.unwrap(), 7);
        let stored = bytes(&server.place.url).await;
        for text in [
            offer.spoken(),
            offer.spoken().replace(' ', ""),
            codes[0].clone(),
            codes[0].replace('-', ""),
        ] {
            let found = stored.windows(text.len()).any(|w| w == text.as_bytes());
            assert!(!found, "{text}");
        }
    });
}

/// Over the API: the password gives half a sign-in, which opens nothing; the code the rest.
#[test]
fn g057_the_api_asks_for_the_second_factor() {
    each(async |place| {
        let server = demanding(place).await;
        let who = json!({ "user": "author", "password": PASSWORD });
        let sign_in = async || server.post("", "/api/v1/sign-in", &who).await;
        let told = sign_in().await.problem(401, "second-factor-required");
        assert!(told.get("half").is_none(), "{told}");
        let (_, codes) = device(&server.app, "author", Timestamp::now()).await;
        let told = sign_in().await.problem(401, "second-factor-required");
        let half = told["half"].as_str().unwrap().to_owned();
        let bearer = format!("Bearer {half}");
        let headers = [("authorization", bearer.as_str())];
        let me = server.call("", "GET", "/api/v1/me", &headers, None).await;
        me.problem(401, "sign-in-required");
        let second = async |code: &str| {
            let body = json!({ "half": half, "code": code });
            server.post("", "/api/v1/sign-in/code", &body).await
        };
        second("123456").await.problem(401, "sign-in-required");
        assert_eq!(second(&codes[0]).await.with(200)["me"]["id"], "author");
        second(&codes[1]).await.problem(401, "session-expired");
    });
}

/// G75, G54: publishing asks whoever has not proved within five minutes who he is; he goes on under a new token, and the old one is dead.
/// A key of a program is not asked.
#[test]
fn g075_an_act_of_two_persons_asks_for_a_proof_not_older_than_five_minutes() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let before = Timestamp::now() - 6.minutes();
        let signed = server
            .app
            .directory
            .sign_in("author", PASSWORD.to_owned(), before);
        let token = signed.await.unwrap().0.text().to_owned();
        let call = async |token: &str, path: &str, body: &serde_json::Value| -> Answer {
            let bearer = format!("Bearer {token}");
            let headers = [("authorization", bearer.as_str())];
            server
                .call("", "POST", path, &headers, Some(&body.to_string()))
                .await
        };
        let publication = json!({ "files": {} });
        let publish = "/api/v1/definitions";
        call(&token, &format!("{publish}?dry_run=true"), &publication)
            .await
            .with(200);
        call(&token, publish, &publication)
            .await
            .problem(403, "proof-required");
        let prove =
            async |proof: &str| call(&token, "/api/v1/prove", &json!({ "proof": proof })).await;
        prove("不是这个密码也够十个字")
            .await
            .problem(401, "sign-in-required");
        let proved = prove(PASSWORD).await.with(200);
        let fresh = proved["token"].as_str().unwrap();
        assert_ne!(fresh, token);
        call(fresh, publish, &publication).await.with(200);
        call(&token, publish, &publication)
            .await
            .problem(401, "sign-in-required");
        server.post("author", publish, &publication).await.with(200);
    });
}

/// G75: a fourth sign-in ends the oldest; a proof is no further one, and its sign-in ends when it would have ended anyhow.
#[test]
fn g075_three_sign_ins_at_a_time_and_a_proof_lengthens_none() {
    each(async |place| {
        let server = Server::sandbox(place).await;
        let directory = &server.app.directory;
        let now = Timestamp::now();
        let after = |minutes: i64| now + minutes.minutes();
        let mut tokens = Vec::new();
        for minute in 0..4 {
            let at = after(minute);
            let signed = directory.sign_in("author", PASSWORD.to_owned(), at).await;
            tokens.push(signed.unwrap().0);
        }
        let oldest = directory.caller(tokens[0].text(), after(4)).await;
        assert!(matches!(oldest, Err(Denied::Unknown)), "{oldest:?}");
        let caller = directory.caller(tokens[1].text(), after(20)).await.unwrap();
        assert!(!caller.is_fresh(after(20)));
        let (mut token, mut caller) = directory.prove(&caller, PASSWORD, after(20)).await.unwrap();
        assert!(caller.is_fresh(after(24)) && !caller.is_fresh(after(25)));
        directory.caller(tokens[3].text(), after(20)).await.unwrap();
        for minute in (40..721).step_by(20) {
            (token, caller) = directory
                .prove(&caller, PASSWORD, after(minute))
                .await
                .unwrap();
        }
        let ended = directory.caller(token.text(), after(721)).await;
        assert!(matches!(ended, Err(Denied::Expired)), "{ended:?}");
    });
}

/// G54: what one administrator asked another does, and neither of them nor the person himself does it alone; not for a newer device.
#[test]
fn g054_a_factor_is_taken_away_by_two_persons() {
    each(async |place| {
        let server = demanding(place).await;
        let (app, now) = (&server.app, Timestamp::now());
        let accounts = app.directory.accounts();
        device(app, "author", now).await;
        let asked = now.as_millisecond() + 1;
        let ask = |asked: i64| ResetRow {
            account: "author".to_owned(),
            asked,
            asked_by: "one".to_owned(),
            reason: "手机丢失".to_owned(),
            done: None,
            done_by: None,
        };
        for (when, by, expected) in [
            (asked - 100_000, "two", false),
            (asked, "one", false),
            (asked, "author", false),
            (asked, "two", true),
            (asked, "two", false),
        ] {
            accounts.ask_reset(&ask(when)).await.unwrap();
            let done = accounts.do_reset("author", when, by, asked + 1).await;
            assert_eq!(done.unwrap(), expected, "{by} at {when}");
        }
    });
}
