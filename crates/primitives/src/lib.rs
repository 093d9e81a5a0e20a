//! Placeholder of the crate `primitives`; see ARCHITECTURE.md.
