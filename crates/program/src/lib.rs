//! Placeholder of the crate `program`; see ARCHITECTURE.md.
