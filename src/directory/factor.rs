//! The second factor (G57): codes that change every half minute (RFC 6238), those for whoever has lost his device, and of whom they are
//! demanded.

use super::secret;
use crate::runtime::Keys;
use crate::store::codec::{Hash, Place, Unopened};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::Deserialize;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Seconds for which a code is good.
const STEP: i64 = 30;
/// Steps by which a device may be ahead or behind.
const SKEW: i64 = 1;
/// Steps within which a wrong code is known to be one of another time, so that it can be said that the clock is wrong.
const KNOWN: i64 = 20;
/// Recovery codes, each of so many letters: 80 bits.
const CODES: usize = 8;
const LETTERS: usize = 16;
/// Posts that need a second factor: administrators, publishers and approvers.
const POSTS: [&str; 5] = [
    "system-admin",
    "security-admin",
    "audit-admin",
    "policy",
    "approver",
];

/// Of whom a second factor is demanded. Whoever has one is always asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Demand {
    /// Of administrators, of whoever publishes definitions, and of approvers.
    #[default]
    Posts,
    /// Of everybody.
    All,
    /// Of nobody but those who have chosen to have one.
    Chosen,
}

impl Demand {
    /// Whether it is demanded of whoever holds these posts, each `city/department/post`.
    pub(super) fn of<'a>(self, mut posts: impl Iterator<Item = &'a String>) -> bool {
        let named = |text: &String| {
            let post = text.rsplit('/').next().unwrap_or_default();
            POSTS.contains(&post)
        };
        match self {
            Demand::All => true,
            Demand::Posts => posts.any(named),
            Demand::Chosen => false,
        }
    }
}

/// The secret that a device is to take over.
#[derive(Clone)]
pub struct Offer {
    account: String,
    pub(super) secret: [u8; 20],
}

impl Offer {
    /// What a person is offered by a sign-in.
    pub(super) fn new(keys: &Keys, account: &str, root: &Hash) -> Self {
        Offer {
            account: account.to_owned(),
            secret: keys.offered(account, root),
        }
    }

    /// As it is typed or read aloud, in groups of four.
    pub fn spoken(&self) -> String {
        groups(&base32(&self.secret), " ")
    }

    /// As a device reads it from a picture.
    pub fn address(&self) -> String {
        let (account, secret) = (&self.account, base32(&self.secret));
        format!("otpauth://totp/OneNet:{account}?secret={secret}&issuer=OneNet")
    }

    /// As it is kept.
    pub(super) fn sealed(&self, keys: &Keys) -> Result<Vec<u8>, Unopened> {
        keys.seal(place(&self.account), &self.secret)
    }
}

/// Opens the secret of a person's device.
pub(super) fn opened(keys: &Keys, account: &str, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
    keys.unseal(place(account), sealed)
}

fn place(account: &str) -> Place<'static> {
    let hash = Sha256::digest(account.as_bytes());
    let bytes = hash.first_chunk().copied().unwrap_or_default();
    Place {
        table: "factor",
        column: "sealed",
        case_id: 0,
        seq: i64::from_be_bytes(bytes),
    }
}

/// What a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// The one of this step of time.
    Step(i64),
    /// The one of another time: by so many seconds the device is ahead.
    Off(i64),
    /// No code of any time near.
    Wrong,
}

/// Judges six digits.
pub(super) fn judge(secret: &[u8], code: u32, now: Timestamp) -> Judged {
    let here = now.as_second().div_euclid(STEP);
    let fits = |by: &i64| number(secret, here + by) % 1_000_000 == code;
    let near = (-SKEW..=SKEW).find(fits);
    match near.or_else(|| (-KNOWN..=KNOWN).find(fits)) {
        Some(by) if by.abs() <= SKEW => Judged::Step(here + by),
        Some(by) => Judged::Off(by * STEP),
        None => Judged::Wrong,
    }
}

/// The number of a step, before it is cut to digits (RFC 4226, 5.3).
fn number(secret: &[u8], step: i64) -> u32 {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else {
        return 0; // HMAC takes a key of any length.
    };
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash.last().copied().unwrap_or_default() & 0x0f);
    let four = hash.get(at..).and_then(|rest| rest.first_chunk::<4>());
    u32::from_be_bytes(four.copied().unwrap_or_default()) & 0x7fff_ffff
}

/// What somebody typed as a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// Six digits of a device.
    Digits(u32),
    /// A recovery code, as it is kept.
    Recovery(Hash),
    /// Neither.
    Neither,
}

impl Typed {
    pub(super) fn read(text: &str) -> Self {
        let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        let digits = plain.bytes().all(|b| b.is_ascii_digit());
        match plain.len() {
            6 if digits => plain.parse().map_or(Typed::Neither, Typed::Digits),
            LETTERS => Typed::Recovery(secret::digest(&plain.to_uppercase())),
            _ => Typed::Neither,
        }
    }
}

/// Fresh recovery codes: as they are shown once, and as they are kept.
pub(super) fn recovery() -> Vec<(String, Hash)> {
    let code = || {
        let bytes: [u8; LETTERS * 5 / 8] = rand::random();
        let letters = base32(&bytes);
        (groups(&letters, "-"), secret::digest(&letters))
    };
    std::iter::repeat_with(code).take(CODES).collect()
}

/// RFC 4648, of whole groups of five bytes.
fn base32(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let group = |five: &[u8]| {
        let bits = five
            .iter()
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        (0..8_u32)
            .rev()
            .map(move |at| char::from(DIGITS[(bits >> (5 * at) & 31) as usize]))
    };
    bytes.chunks_exact(5).flat_map(group).collect()
}

fn groups(letters: &str, between: &str) -> String {
    let fours = letters.as_bytes().chunks(4).map(String::from_utf8_lossy);
    fours.collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    /// RFC 6238, appendix B.
    #[test]
    fn g057_the_codes_are_those_of_the_standard() {
        for (seconds, expected) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(
                number(SECRET, seconds / STEP) % 100_000_000,
                expected,
                "{seconds}"
            );
        }
    }

    #[test]
    fn g057_a_code_is_good_for_its_step_and_one_beside_it_and_known_for_ten_minutes() {
        let code = 287_082; // of second 59
        assert_eq!(judge(SECRET, code, at(30)), Judged::Step(1));
        assert_eq!(judge(SECRET, code, at(0)), Judged::Step(1));
        assert_eq!(judge(SECRET, code, at(89)), Judged::Step(1));
        assert_eq!(judge(SECRET, code, at(90)), Judged::Off(-60));
        assert_eq!(judge(SECRET, code, at(-40)), Judged::Off(90));
        assert_eq!(judge(SECRET, code, at(59 + 3600)), Judged::Wrong);
    }

    /// RFC 4648, section 10, of whole groups.
    #[test]
    fn letters_are_those_of_the_standard() {
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
        assert_eq!(base32(b"foobafooba"), "MZXW6YTBMZXW6YTB");
    }

    #[test]
    fn what_is_typed_is_read_however_it_is_spaced() {
        assert_eq!(Typed::read(" 123 456 "), Typed::Digits(123_456));
        assert_eq!(Typed::read("12345"), Typed::Neither);
        for (shown, kept) in recovery() {
            assert_eq!(Typed::read(&shown.to_lowercase()), Typed::Recovery(kept));
        }
    }

    #[test]
    fn g057_administrators_publishers_and_approvers_need_one() {
        let posts = |post: &str| vec![format!("442000/si/{post}")];
        for post in POSTS {
            assert!(Demand::Posts.of(posts(post).iter()), "{post}");
            assert!(!Demand::Chosen.of(posts(post).iter()), "{post}");
        }
        assert!(!Demand::Posts.of(posts("window").iter()));
        assert!(Demand::All.of(posts("window").iter()));
    }
}
