//! Load-linked and store-conditional: the one reservation of the machine.

use crate::state::{Reservation, ReservationKind};

impl Reservation {
    /// Made by `ll` and `lld`; replaces any earlier one.
    pub const fn new(kind: ReservationKind, address: u64, owner: u64) -> Self {
        Self { kind, address, owner }
    }

    /// Whether `sc` or `scd` of this thread at this address (not aligned) succeeds.
    pub fn allows(&self, kind: ReservationKind, address: u64, thread: u64) -> bool {
        *self == Self::new(kind, address, thread)
    }

    /// Whether a write to the aligned word that holds `address` ends it. Without a reservation, that ends nothing.
    #[inline(always)]
    pub const fn covers(&self, address: u64) -> bool {
        (self.address ^ address) & !7 == 0
    }
}
