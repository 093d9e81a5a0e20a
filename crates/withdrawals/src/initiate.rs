//! The transaction on L2 that starts a withdrawal.

use crate::MESSAGE_PASSER;
use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::sol;
use chain::Call;

/// `L2StandardBridge`.
const L2_BRIDGE: Address = address!("4200000000000000000000000000000000000010");

sol! {
    function initiateWithdrawal(address target, uint256 gasLimit, bytes data) external payable;
    function withdrawTo(address l2Token, address to, uint256 amount, uint32 minGasLimit, bytes extraData) external payable;
    function bridgeERC20To(address localToken, address remoteToken, address to, uint256 amount, uint32 minGasLimit, bytes extraData) external;
}

/// What is withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asset {
    /// Wei.
    Ether,
    /// A token of this L2 whose home is L1.
    Bridged {
        /// The token on L2.
        token: Address,
    },
    /// A token whose home is this L2: the bridge keeps it, and must have been allowed to take it.
    Native {
        /// The token on L2.
        token: Address,
        /// Its counterpart on L1.
        remote: Address,
    },
}

/// The call on L2. `gas`: for the call of the target on L1; `data`: for the target (ether alone reaches it with a call).
pub fn initiate(asset: Asset, to: Address, amount: U256, gas: u32, data: Bytes) -> Call {
    match asset {
        Asset::Ether => {
            let call = initiateWithdrawalCall { target: to, gasLimit: U256::from(gas), data };
            Call::new(MESSAGE_PASSER, &call).with_value(amount)
        }
        Asset::Bridged { token } => {
            let call = withdrawToCall { l2Token: token, to, amount, minGasLimit: gas, extraData: data };
            Call::new(L2_BRIDGE, &call)
        }
        Asset::Native { token, remote } => {
            let call = bridgeERC20ToCall {
                localToken: token,
                remoteToken: remote,
                to,
                amount,
                minGasLimit: gas,
                extraData: data,
            };
            Call::new(L2_BRIDGE, &call)
        }
    }
}
