//! Placeholder of the crate `derive`; see ARCHITECTURE.md.
