//! Placeholder of the crate `chain`; see ARCHITECTURE.md.
