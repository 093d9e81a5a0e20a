//! Placeholder of the crate `preimage`; see ARCHITECTURE.md.
