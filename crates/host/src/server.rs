//! The host behind byte channels: one for preimages, one for hints, as other implementations' machines and programs expect.
//!
//! The two are separate streams, so hints are followed on a thread of their own. A client asks for a value after it has
//! seen its hint acknowledged, which orders the two.

use crate::{offline::OfflineHost, online::OnlineHost};
use alloy_primitives::Bytes;
use preimage::{Channel, PreimageKey, ServeError, serve_hint, serve_preimage};

/// A preimage that the host does not have; ends a session, for the client cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("missing preimage {key}{}", .cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default())]
pub struct MissingPreimage {
    /// The key that was asked for.
    pub key: PreimageKey,
    /// Why it could not be fetched, where that was tried.
    pub cause: Option<String>,
}

/// What can stand behind the channels.
pub trait Answers: Clone + Send + 'static {
    /// The value of a key.
    ///
    /// # Errors
    /// There is none.
    fn answer(&self, key: &PreimageKey) -> Result<Bytes, MissingPreimage>;

    /// Takes a hint; one that is not understood is passed over, as a hint may be.
    fn take_hint(&self, hint: &str);
}

impl Answers for OfflineHost {
    fn answer(&self, key: &PreimageKey) -> Result<Bytes, MissingPreimage> {
        self.lookup(key).map_err(|key| MissingPreimage { key, cause: None })
    }

    fn take_hint(&self, hint: &str) {
        self.prepare_text(hint);
    }
}

impl Answers for OnlineHost {
    fn answer(&self, key: &PreimageKey) -> Result<Bytes, MissingPreimage> {
        self.lookup(key).map_err(|key| MissingPreimage { key, cause: self.failure() })
    }

    fn take_hint(&self, hint: &str) {
        self.note_text(hint);
    }
}

/// Serves a client until it closes the channel of preimages.
///
/// The thread for hints ends when the client closes that channel; the function does not wait for it, so that a host which
/// cannot serve ends at once.
///
/// # Errors
/// The first error on the channel of preimages. Hints that are not understood are no errors.
pub fn serve(
    host: &impl Answers,
    mut preimages: impl Channel,
    hints: impl Channel + Send + 'static,
) -> Result<(), ServeError<MissingPreimage>> {
    let router = host.clone();
    std::thread::spawn(move || serve_hints(&router, hints));
    while serve_preimage(&mut preimages, |key| host.answer(key))? {}
    Ok(())
}

/// Takes hints until the client closes their channel.
pub(crate) fn serve_hints(host: &impl Answers, mut hints: impl Channel) {
    loop {
        let followed = serve_hint(&mut hints, |hint| {
            host.take_hint(hint);
            Ok::<_, core::convert::Infallible>(())
        });
        // Text that is no UTF-8 was acknowledged; after anything else the stream is at no message boundary.
        if !matches!(followed, Ok(true) | Err(ServeError::HintNotText)) {
            break;
        }
    }
}
