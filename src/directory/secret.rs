//! Passwords and tokens: how they are made, kept and compared. Nothing here is ever stored in clear.

use crate::store::codec::Hash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rand::Rng;
use sha2::{Digest, Sha256};
use std::fmt;

/// A password is at least this long (G57).
const SHORTEST: usize = 10;
/// And at most this long, so that hashing it costs what it should.
const LONGEST: usize = 256;

/// A token in clear: shown once to whoever asked for it.
#[derive(Clone)]
pub struct Token(String);

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    /// Fewer than ten characters, or more than 256.
    Length,
    /// Everybody tries it first, or it is the user's own name.
    Common,
}

impl Token {
    /// 32 random bytes, behind a word by which a lost one is recognised.
    pub(super) fn random() -> Self {
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes);
        Self(format!("onenet_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The text to be sent as `Authorization: Bearer …`.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(…)")
    }
}

/// As a token is kept.
pub(super) fn digest(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

/// Refuses what a guesser would try.
pub fn strength(user: &str, password: &str) -> Result<(), Weak> {
    if !(SHORTEST..=LONGEST).contains(&password.chars().count()) {
        return Err(Weak::Length);
    }
    let lower = password.to_lowercase();
    let mut common = include_str!("../common-passwords.txt").lines();
    let one = lower.chars().next();
    let same = lower.chars().all(|c| Some(c) == one);
    match same || lower.contains(&user.to_lowercase()) || common.any(|c| c == lower) {
        true => Err(Weak::Common),
        false => Ok(()),
    }
}

/// The Argon2id text of a password: 64 MiB, three passes (G57). Takes about a tenth of a second; `None` only without memory or chance.
pub fn hash_password(password: &str) -> Option<String> {
    let hash = argon2()?.hash_password(password.as_bytes()).ok()?;
    Some(hash.to_string())
}

/// True if the password is the one behind the text.
pub(super) fn verify(password: &str, text: &str) -> bool {
    let Ok(hash) = PasswordHash::new(text) else {
        return false;
    };
    argon2().is_some_and(|a| a.verify_password(password.as_bytes(), &hash).is_ok())
}

/// A password nobody has, so that an unknown name takes as long as a known one.
pub(super) const NOBODY: &str = "$argon2id$v=19$m=65536,t=3,p=1$6KdkLjzMcSPXhYLunfWmrw$xS2Nk5DdmWb73lgrzr/reeFBVrq7UgXwckMvJDjuiG8";

fn argon2() -> Option<Argon2<'static>> {
    let params = Params::new(64 * 1024, 3, 1, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_opens_with_itself_alone() {
        let text = hash_password("七月半的月亮很圆呢啊").unwrap();
        assert!(
            text.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"),
            "{text}"
        );
        assert!(verify("七月半的月亮很圆呢啊", &text));
        assert!(!verify("七月半的月亮不圆呢啊", &text));
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(!verify("", NOBODY));
    }

    #[test]
    fn what_a_guesser_tries_is_refused() {
        for (password, expected) in [
            ("短密码", Err(Weak::Length)),
            ("Qwertyuiop", Err(Weak::Common)),
            ("aaaaaaaaaaaa", Err(Weak::Common)),
            ("my-wz-window-1", Err(Weak::Common)),
            ("江边的三棵老榕树下", Err(Weak::Length)),
            ("江边的三棵老榕树底下", Ok(())),
        ] {
            assert_eq!(strength("wz-window", password), expected, "{password}");
        }
        let long = "长".repeat(257);
        assert_eq!(strength("x", &long), Err(Weak::Length));
    }

    #[test]
    fn tokens_differ_and_do_not_show_themselves() {
        let (a, b) = (Token::random(), Token::random());
        assert_ne!(a.text(), b.text());
        assert_eq!(a.text().len(), "onenet_".len() + 43);
        assert_eq!(format!("{a:?}"), "Token(…)");
    }
}
