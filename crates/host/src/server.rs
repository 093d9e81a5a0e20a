//! The host behind byte channels: one for preimages, one for hints, as other implementations' machines and programs expect.
//!
//! The two are separate streams, so hints are followed on a thread of their own. A client asks for a value after it has
//! seen its hint acknowledged, which orders the two.

use crate::offline::OfflineHost;
use preimage::{Channel, PreimageKey, ServeError, serve_hint, serve_preimage};

/// A preimage that the host does not have; ends a session, for the client cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("missing preimage {0}")]
pub struct MissingPreimage(pub PreimageKey);

/// Serves a client until it closes the channel of preimages.
///
/// The thread for hints ends when the client closes that channel; the function does not wait for it, so that a host which
/// cannot serve ends at once.
///
/// # Errors
/// The first error on the channel of preimages. Hints that are not understood are no errors.
pub fn serve(
    host: &OfflineHost,
    mut preimages: impl Channel,
    mut hints: impl Channel + Send + 'static,
) -> Result<(), ServeError<MissingPreimage>> {
    let router = host.clone();
    std::thread::spawn(move || {
        loop {
            let followed = serve_hint(&mut hints, |hint| {
                router.prepare_text(hint);
                Ok::<_, core::convert::Infallible>(())
            });
            // Text that is no UTF-8 was acknowledged; after anything else the stream is at no message boundary.
            if !matches!(followed, Ok(true) | Err(ServeError::HintNotText)) {
                break;
            }
        }
    });
    while serve_preimage(&mut preimages, |key| host.lookup(key).map_err(MissingPreimage))? {}
    Ok(())
}
