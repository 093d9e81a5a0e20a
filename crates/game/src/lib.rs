//! Placeholder of the crate `game`; see ARCHITECTURE.md.
