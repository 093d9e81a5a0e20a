//! Placeholder of the crate `challenger`; see ARCHITECTURE.md.
