//! The honest side of a dispute: what is true at each position of a game (output roots above the split, states of the machine below it), and an agent that carries the solver's
//! actions to L1.
//!
//! Which actions a game needs is decided in `game::solver`; how contracts are called, in `chain`; where preimages come from, in `host`.

mod agent;
mod outputs;
mod preimages;
mod provider;
mod runs;

pub use agent::{Agent, AgentError, Performed};
pub use outputs::OutputRoots;
pub use preimages::{LoadError, load_call};
pub use provider::{ProviderError, TraceProvider, claim_after, step_after};
pub use runs::{Progress, RunFailure, RunInputs, RunReport, Runs};
