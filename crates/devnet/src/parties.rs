//! Accounts of the scenario, funded by the genesis state.

use crate::l1::State;
use alloy_primitives::{Address, U256};
use chain::Wallet;

/// Wei that each party starts with: 10,000 ETH, enough for many full games of 691 ETH.
pub fn initial_balance() -> U256 {
    U256::from(10_000u64) * U256::from(1_000_000_000_000_000_000u64)
}

/// Who plays.
#[derive(Clone, Debug)]
pub struct Parties {
    /// Deploys and owns the contracts.
    pub deployer: Wallet,
    /// Guardian of the system.
    pub guardian: Wallet,
    /// Posts the true root of the second game.
    pub proposer: Wallet,
    /// Knows the witness and the chain and nothing else.
    pub honest: Wallet,
    /// Lies.
    pub liar: Wallet,
    /// Sends batches.
    pub batcher: Wallet,
}

impl Default for Parties {
    fn default() -> Self {
        let wallet = |role: &str| Wallet::from_label(&format!("tribunal devnet {role}"));
        Self {
            deployer: wallet("deployer"),
            guardian: wallet("guardian"),
            proposer: wallet("proposer"),
            honest: wallet("honest"),
            liar: wallet("liar"),
            batcher: wallet("batcher"),
        }
    }
}

impl Parties {
    /// All accounts by the name of their role.
    pub fn all(&self) -> [(&'static str, &Wallet); 6] {
        [
            ("deployer", &self.deployer),
            ("guardian", &self.guardian),
            ("proposer", &self.proposer),
            ("honest", &self.honest),
            ("liar", &self.liar),
            ("batcher", &self.batcher),
        ]
    }

    /// The role of an address, if it is a party's.
    pub fn role(&self, address: Address) -> Option<&'static str> {
        self.all().into_iter().find(|(_, wallet)| wallet.address() == address).map(|(role, _)| role)
    }

    /// A state in which all parties have their initial balance.
    pub fn genesis_state(&self) -> State {
        let mut state = State::default();
        for (_, wallet) in self.all() {
            state.fund(wallet.address(), initial_balance());
        }
        state
    }
}
