//! Seals what must not be read on disk and chains what must not be changed there; pure, chance comes in as an argument.
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use sha2::{Digest, Sha256};

use super::EventRow;

/// A key of AES-256: the master key outside the database, or the data key of one case.
pub type Key = [u8; 32];
/// Twelve bytes that no two seals under one key may share.
pub type NonceBytes = [u8; 12];
/// SHA-256 of a row and all rows before it.
pub type Hash = [u8; 32];
/// What stands before the first row of a case.
pub const ORIGIN: Hash = [0; 32];

/// Where a sealed value lies; it opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Table, e.g. `event`.
    pub table: &'a str,
    /// Column, e.g. `sealed`.
    pub column: &'a str,
    /// Case.
    pub case_id: i64,
    /// Number of the first event of the row; 0 for a row that belongs to the case as a whole.
    pub seq: i64,
}

/// The value is not what was sealed here with this key: damaged, moved, or the wrong key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "密文无法解开:内容损坏、被移动或密钥不符 · sealed value does not open: damaged, moved, or the wrong key"
)]
pub struct Unopened;

/// Encrypts `plain` for `place`; answers nonce ‖ ciphertext ‖ tag. Fails only beyond 64 GiB.
pub fn seal(
    key: &Key,
    nonce: NonceBytes,
    place: Place<'_>,
    plain: &[u8],
) -> Result<Vec<u8>, Unopened> {
    let aad = associated(place);
    let payload = Payload {
        msg: plain,
        aad: &aad,
    };
    let body = Aes256Gcm::new(key.into())
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|_| Unopened)?;
    Ok([&nonce, body.as_slice()].concat())
}

/// Decrypts what [`seal`] made for the same place with the same key.
pub fn unseal(key: &Key, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
    let (nonce, body) = sealed.split_first_chunk::<12>().ok_or(Unopened)?;
    let aad = associated(place);
    Aes256Gcm::new(key.into())
        .decrypt(
            &Nonce::from(*nonce),
            Payload {
                msg: body,
                aad: &aad,
            },
        )
        .map_err(|_| Unopened)
}

/// Makes what is to be sealed shorter; sealed bytes cannot be made so any more.
pub fn pack(plain: &[u8]) -> Vec<u8> {
    lz4_flex::compress_prepend_size(plain)
}

/// Takes apart what [`pack`] made.
pub fn unpack(packed: &[u8]) -> Result<Vec<u8>, Unopened> {
    lz4_flex::decompress_size_prepended(packed).map_err(|_| Unopened)
}

/// Wraps the data key of a case with the master key, for `case_row.key`.
pub fn wrap(
    master: &Key,
    nonce: NonceBytes,
    case_id: i64,
    data: &Key,
) -> Result<Vec<u8>, Unopened> {
    seal(master, nonce, key_place(case_id), data)
}

/// Takes the data key of a case out of its wrapping.
pub fn unwrap(master: &Key, case_id: i64, wrapped: &[u8]) -> Result<Key, Unopened> {
    unseal(master, key_place(case_id), wrapped)?
        .try_into()
        .map_err(|_| Unopened)
}

/// The hash of a row: SHA-256 over the hash before it and the stored bytes, each field with its length, so that none can
/// borrow from its neighbour. `row.hash` is not looked at.
pub fn link(row: &EventRow) -> Hash {
    let mut sha = Sha256::new();
    let mut field = |bytes: &[u8]| {
        sha.update((bytes.len() as u64).to_be_bytes());
        sha.update(bytes);
    };
    field(&row.prev);
    for number in [row.case_id, row.first_seq, row.seq, row.at] {
        field(&number.to_be_bytes());
    }
    field(row.actor.as_bytes());
    field(row.facts.as_bytes());
    match &row.sealed {
        Some(sealed) => field(sealed),
        None => field(&[]),
    }
    // Nothing sealed and an empty seal differ.
    sha.update([u8::from(row.sealed.is_some())]);
    sha.finalize().into()
}

/// The first place where a chain is not sound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "办件 {case_id} 的记录自第 {seq} 条起与校验链不符 · history of case {case_id} is broken at event {seq}"
)]
pub struct Broken {
    /// Case.
    pub case_id: i64,
    /// Number of the first event of the row that does not fit.
    pub seq: i64,
}

/// Checks all rows of one case in order: numbers without gap, each hash over its row, each row on the one before.
/// Answers the hash of the last row; a chain cut off at its end is found by comparing that with a head kept elsewhere.
pub fn verify(rows: &[EventRow]) -> Result<Hash, Broken> {
    let mut head = ORIGIN;
    let mut next = 1;
    for row in rows {
        let sound = row.first_seq == next
            && row.seq >= row.first_seq
            && row.prev == head
            && row.hash == link(row);
        if !sound {
            return Err(Broken {
                case_id: row.case_id,
                seq: next,
            });
        }
        head = link(row);
        next = row.seq + 1;
    }
    Ok(head)
}

fn key_place(case_id: i64) -> Place<'static> {
    Place {
        table: "case_row",
        column: "key",
        case_id,
        seq: 0,
    }
}

fn associated(place: Place<'_>) -> Vec<u8> {
    let Place {
        table,
        column,
        case_id,
        seq,
    } = place;
    format!("{table}\0{column}\0{case_id}\0{seq}").into_bytes()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PLACE: Place<'static> = Place {
        table: "event",
        column: "sealed",
        case_id: 7,
        seq: 3,
    };

    fn check(key: &Key, place: Place<'_>, opens: bool) {
        let sealed = seal(&[1; 32], [2; 12], PLACE, "张三".as_bytes()).unwrap();
        assert_eq!(unseal(key, place, &sealed).is_ok(), opens, "{place:?}");
    }

    #[test]
    fn g61_a_sealed_value_opens_only_with_its_key_and_at_its_place() {
        check(&[1; 32], PLACE, true);
        check(&[9; 32], PLACE, false);
        check(&[1; 32], Place { seq: 4, ..PLACE }, false);
        check(
            &[1; 32],
            Place {
                case_id: 8,
                ..PLACE
            },
            false,
        );
        check(
            &[1; 32],
            Place {
                column: "facts",
                ..PLACE
            },
            false,
        );
    }

    #[test]
    fn g61_a_wrapped_key_comes_back_for_its_case_only() {
        let wrapped = wrap(&[1; 32], [2; 12], 7, &[5; 32]).unwrap();
        assert_eq!(unwrap(&[1; 32], 7, &wrapped), Ok([5; 32]));
        assert_eq!(unwrap(&[1; 32], 8, &wrapped), Err(Unopened));
        assert_eq!(unwrap(&[1; 32], 7, &[]), Err(Unopened));
    }
}
