//! Placeholder of the crate `devnet`; see ARCHITECTURE.md.
