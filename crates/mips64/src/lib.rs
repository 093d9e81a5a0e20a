//! Placeholder of the crate `mips64`; see ARCHITECTURE.md.
