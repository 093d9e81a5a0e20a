//! Placeholder of the crate `vm`; see ARCHITECTURE.md.
