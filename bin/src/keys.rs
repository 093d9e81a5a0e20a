//! Nodes and keys of the commands that send something. A key is never an argument: arguments are seen by every user of the machine.

use crate::exit::CommandError;
use alloy_primitives::{B256, hex};
use chain::Wallet;
use chain::node::NodeLedger;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Variable that holds a key where no file is named.
const VARIABLE: &str = "TRIBUNAL_KEY";

/// Where the key is.
#[derive(Debug, clap::Args)]
pub(crate) struct KeyArgs {
    /// File with a private key, 32 bytes in hex; default: the environment variable TRIBUNAL_KEY.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl KeyArgs {
    /// The account.
    pub(crate) fn wallet(&self) -> Result<Wallet, CommandError> {
        let (text, whence) = match &self.key_file {
            Some(path) => (read(path)?, path.display().to_string()),
            None => match std::env::var(VARIABLE) {
                Ok(text) => (text, VARIABLE.to_owned()),
                Err(_) => {
                    return Err(CommandError::usage(format!("no key: name a file with --key-file or set {VARIABLE}")));
                }
            },
        };
        // The text itself must not reach a message.
        let secret = hex::decode_to_array::<_, 32>(text.trim())
            .map_err(|_| CommandError::data(format!("{whence}: a private key of 32 bytes in hex is expected")))?;
        Wallet::from_secret(B256::from(secret))
            .map_err(|_| CommandError::data(format!("{whence}: is no key of secp256k1")))
    }
}

fn read(path: &Path) -> Result<String, CommandError> {
    text(path, 1 << 10)
}

/// A file's text, up to a number of bytes.
pub(crate) fn text(path: &Path, limit: u64) -> Result<String, CommandError> {
    use std::io::Read;
    let fail = |error: std::io::Error| CommandError::data(format!("{}: {error}", path.display()));
    let mut text = String::new();
    std::fs::File::open(path).map_err(fail)?.take(limit + 1).read_to_string(&mut text).map_err(fail)?;
    if text.len() as u64 > limit {
        return Err(CommandError::data(format!("{}: longer than {limit} bytes", path.display())));
    }
    Ok(text)
}

/// Connects to an execution node.
pub(crate) fn connect(name: &str, url: &str) -> Result<NodeLedger, CommandError> {
    NodeLedger::connect(url, Duration::from_secs(180)).map_err(|error| {
        // Of a URL, the part behind the host may be a key, as may the part before it.
        let whence = url.split_once("://").map(|(scheme, rest)| {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            format!(" {scheme}://{}", authority.rsplit('@').next().unwrap_or_default())
        });
        CommandError::data(format!("--{name}{}: {error}", whence.unwrap_or_default()))
    })
}
