//! What every account paid and received, kept apart from L1's own book, to be compared with it to the wei.

use crate::l1::State;
use crate::parties::Parties;
use alloy_primitives::{Address, U256};
use chain::Receipt;
use serde::Serialize;
use std::collections::BTreeMap;

/// One account's payments, wei.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// The party.
    pub role: &'static str,
    /// Its address.
    pub address: Address,
    /// Balance before the scenario.
    #[serde(serialize_with = "decimal")]
    pub initial: U256,
    /// Paid for gas.
    #[serde(serialize_with = "decimal")]
    pub gas: U256,
    /// Sent with transactions: bonds.
    #[serde(serialize_with = "decimal")]
    pub bonds: U256,
    /// Received from games, as their rules say.
    #[serde(serialize_with = "decimal")]
    pub credits: U256,
    /// Balance at the end on L1.
    #[serde(serialize_with = "decimal")]
    pub last: U256,
}

impl Account {
    /// The balance that follows from the payments.
    pub fn expected(&self) -> U256 {
        self.initial + self.credits - self.gas - self.bonds
    }
}

fn decimal<S: serde::Serializer>(value: &U256, serializer: S) -> Result<S::Ok, S::Error> {
    // Wei exceed what JSON numbers keep.
    serializer.collect_str(value)
}

/// All accounts.
#[derive(Clone, Debug)]
pub struct Ledger(BTreeMap<Address, Account>);

impl Ledger {
    /// The parties with their balances in a state.
    pub fn new(parties: &Parties, state: &State) -> Self {
        let account = |(role, wallet): (&'static str, &chain::Wallet)| {
            let address = wallet.address();
            let zero = U256::ZERO;
            let initial = state.account(address).map(|a| a.balance).unwrap_or_default();
            (address, Account { role, address, initial, gas: zero, bonds: zero, credits: zero, last: zero })
        };
        Self(parties.all().into_iter().map(account).collect())
    }

    /// A transaction's gas was paid.
    pub fn paid_gas(&mut self, receipt: &Receipt) {
        if let Some(account) = self.0.get_mut(&receipt.from) {
            account.gas += receipt.fee();
        }
    }

    /// Wei went out with a transaction.
    pub fn sent(&mut self, from: Address, wei: U256) {
        if let Some(account) = self.0.get_mut(&from) {
            account.bonds += wei;
        }
    }

    /// Wei came in from a game.
    pub fn credited(&mut self, to: Address, wei: U256) {
        if let Some(account) = self.0.get_mut(&to) {
            account.credits += wei;
        }
    }

    /// Notes the final balance of each account.
    pub fn close<E>(&mut self, mut balance: impl FnMut(Address) -> Result<U256, E>) -> Result<(), E> {
        for account in self.0.values_mut() {
            account.last = balance(account.address)?;
        }
        Ok(())
    }

    /// All accounts.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.0.values()
    }
}
