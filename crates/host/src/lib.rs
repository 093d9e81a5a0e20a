//! Placeholder of the crate `host`; see ARCHITECTURE.md.
