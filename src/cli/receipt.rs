//! `onenet receipt`: proves what two deployments told each other about a letter, without a server.

use super::{Failure, print, unreadable};
use crate::exchange::{Bundle, PublicKey};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// Proves receipts of letters between deployments.
#[derive(Args)]
pub struct Receipt {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Checks every signature in the file of a letter; exit code 4 when a byte is not as it was signed.
    Verify {
        /// The file, as the case page or `GET /api/v1/handoffs/ID/receipt` gives it.
        file: PathBuf,
        /// Trusts only the public keys in this file, one a line; else those the bundle names.
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
    },
}

impl Receipt {
    /// One line a message to stdout: id, word, key of the signature, key of the receipt.
    pub(super) fn run(self) -> Result<(), Failure> {
        let Verb::Verify { file, keys } = self.verb;
        let broken = |what: &'static str, message: usize| {
            let args = vec![
                ("name", file.display().to_string()),
                ("what", message.to_string()),
            ];
            Failure::Broken(what, args)
        };
        let bytes = std::fs::read(&file).map_err(|e| unreadable(&file, &e))?;
        let bundle: Bundle =
            serde_json::from_slice(&bytes).map_err(|_| broken("receipt.file", 0))?;
        let trusted = keys.as_deref().map(trusted).transpose()?;
        let proved = bundle.verify(trusted.as_deref());
        for one in proved.map_err(|b| broken(b.what, b.message))? {
            let receipt = one.receipt.as_deref().unwrap_or("-");
            print(&format!(
                "{}\t{}\t{}\t{receipt}",
                one.id, one.word, one.signed
            ));
        }
        Ok(())
    }
}

fn trusted(file: &Path) -> Result<Vec<PublicKey>, Failure> {
    let text = std::fs::read_to_string(file).map_err(|e| unreadable(file, &e))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys = lines.map(|line| {
        let wrong = |_| Failure::Usage("peer.key", vec![("what", line.to_owned())]);
        line.parse().map_err(wrong)
    });
    keys.collect()
}
