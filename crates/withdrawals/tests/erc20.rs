//! A token whose home is L2, withdrawn: the message of the bridge on L2 stands in a state with one account and one slot, is proven and
//! finalized, passes the messenger and the bridge on L1, and the token appears there.
#![allow(clippy::unwrap_used)]

use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use alloy_sol_types::{SolCall, sol};
use alloy_trie::TrieAccount;
use chain::abi::{DisputeGameFactory, FaultDisputeGame};
use chain::client::{BlockInfo, CallRequest, LogEntry, LogFilter, SignedTransaction, view};
use chain::deploy::{Config, run};
use chain::games::{created_game, extra_data};
use chain::node::{AccountProof, ProofSource};
use chain::{Call, ClientError, L1Client, Receipt, Wallet, send};
use devnet::l1::{L1, L1Config, State};
use primitives::OutputRoot;
use withdrawals::{Asset, Contracts, MESSAGE_PASSER, Stage, Withdrawal, finalize, initiate, prove, status};

const L2_MESSENGER: Address = address!("4200000000000000000000000000000000000007");
const L2_BRIDGE: Address = address!("4200000000000000000000000000000000000010");
const TIME: u64 = 1_767_225_600;

sol! {
    function createOptimismMintableERC20(address remoteToken, string name, string symbol) external returns (address);
    function relayMessage(uint256 nonce, address sender, address target, uint256 value, uint256 minGasLimit, bytes message) external payable;
    function finalizeBridgeERC20(address localToken, address remoteToken, address from, address to, uint256 amount, bytes extraData) external;
    function balanceOf(address owner) external view returns (uint256);
    function deployments(address token) external view returns (address);
    event OptimismMintableERC20Created(address indexed localToken, address indexed remoteToken, address deployer);
    function bridgeERC20To(address localToken, address remoteToken, address to, uint256 amount, uint32 minGasLimit, bytes extraData) external;
    function withdrawTo(address l2Token, address to, uint256 amount, uint32 minGasLimit, bytes extraData) external payable;
}

/// An L2 whose state is the message passer with one withdrawal.
struct OneMessage {
    headers: Vec<Header>,
    account: Bytes,
    slot: Bytes,
    storage_root: B256,
}

/// A trie of one leaf: the node, whose hash is the root.
fn leaf(key: B256, value: Vec<u8>) -> Bytes {
    let path = [&[0x20], key.as_slice()].concat();
    alloy_rlp::encode(vec![Bytes::from(path), Bytes::from(value)]).into()
}

impl OneMessage {
    fn new(withdrawal: &Withdrawal) -> Self {
        let slot = leaf(keccak256(withdrawal.slot()), vec![1]);
        let storage_root = keccak256(&slot);
        let account = TrieAccount { nonce: 1, storage_root, ..TrieAccount::default() };
        let account = leaf(keccak256(MESSAGE_PASSER), alloy_rlp::encode(account));
        let header = |number| Header {
            number,
            timestamp: TIME - 100 + number,
            state_root: keccak256(&account),
            withdrawals_root: Some(storage_root),
            ..Header::default()
        };
        Self { headers: (0..3).map(header).collect(), storage_root, account, slot }
    }

    fn output(&self, block: usize) -> B256 {
        let header = &self.headers[block];
        let (state_root, message_passer_storage_root) = (header.state_root, self.storage_root);
        OutputRoot { state_root, message_passer_storage_root, block_hash: header.hash_slow() }.hash()
    }
}

impl ProofSource for OneMessage {
    fn proof(&self, _: Address, _: B256, _: u64) -> Result<AccountProof, ClientError> {
        Ok(AccountProof {
            account_proof: vec![self.account.clone()],
            storage_hash: self.storage_root,
            storage_proof: vec![self.slot.clone()],
        })
    }
    fn receipt(&self, _: B256) -> Result<Option<Receipt>, ClientError> {
        Ok(None)
    }
}

fn never<T>() -> Result<T, ClientError> {
    Err(ClientError::Refused("only blocks and proofs".into()))
}

impl L1Client for OneMessage {
    fn chain_id(&self) -> u64 {
        901
    }
    fn head(&self) -> Result<BlockInfo, ClientError> {
        Ok(self.block(2)?.unwrap())
    }
    fn block(&self, number: u64) -> Result<Option<BlockInfo>, ClientError> {
        let header = self.headers.get(number as usize);
        Ok(header.map(|header| BlockInfo { hash: header.hash_slow(), header: header.clone() }))
    }
    fn balance(&self, _: Address) -> Result<U256, ClientError> {
        never()
    }
    fn nonce(&self, _: Address) -> Result<u64, ClientError> {
        never()
    }
    fn code(&self, _: Address) -> Result<Bytes, ClientError> {
        never()
    }
    fn call(&self, _: &CallRequest) -> Result<Bytes, ClientError> {
        never()
    }
    fn estimate_gas(&self, _: &CallRequest) -> Result<u64, ClientError> {
        never()
    }
    fn submit(&mut self, _: SignedTransaction) -> Result<Receipt, ClientError> {
        never()
    }
    fn logs(&self, _: &LogFilter) -> Result<Vec<LogEntry>, ClientError> {
        never()
    }
}

#[test]
fn a_token_arrives_on_l1() {
    let user = Wallet::from_label("token user");
    let mut state = State::default();
    state.fund(user.address(), U256::from(10u64.pow(18)) * U256::from(100));
    let mut l1 = L1::genesis(L1Config { chain_id: 31337, ..L1Config::default() }, TIME, state);
    let mut config = Config::parse(include_str!("../../../docs/deploy.toml")).unwrap();
    config.deployer = user.address();
    config.roles = None;
    (config.delays.finality, config.delays.proof_maturity) = (10, 10);
    config.oracle.challenge_period = 100;
    for game in &mut config.games {
        (game.clock_extension, game.max_clock_duration) = (10, 1_000);
    }
    let plan = run(&mut l1, &user, config, &mut |_| {}).unwrap();
    let a = &plan.addresses;

    // The token's counterpart on L1.
    let remote = Address::repeat_byte(0x70);
    let create = createOptimismMintableERC20Call { remoteToken: remote, name: "T".into(), symbol: "T".into() };
    let receipt = send(&mut l1, &user, &Call::new(a.optimism_mintable_erc20_factory, &create)).unwrap();
    let created = receipt.logs.iter().find_map(|log| {
        use alloy_sol_types::SolEvent;
        OptimismMintableERC20Created::decode_log(log).ok()
    });
    let token = created.unwrap().localToken;

    let receiver = Address::repeat_byte(0x11);
    let amount = U256::from(123_456);
    let message = finalizeBridgeERC20Call {
        localToken: token,
        remoteToken: remote,
        from: user.address(),
        to: receiver,
        amount,
        extraData: Bytes::new(),
    };
    let relay = relayMessageCall {
        nonce: U256::from(1) << 240,
        sender: L2_BRIDGE,
        target: a.l1_standard_bridge,
        value: U256::ZERO,
        minGasLimit: U256::from(200_000),
        message: message.abi_encode().into(),
    };
    let withdrawal = Withdrawal {
        nonce: U256::from(1) << 240,
        sender: L2_MESSENGER,
        target: a.l1_cross_domain_messenger,
        value: U256::ZERO,
        gas_limit: U256::from(600_000),
        data: relay.abi_encode().into(),
    };
    let l2 = OneMessage::new(&withdrawal);
    let contracts = Contracts::read(&l1, a.optimism_portal).unwrap();
    l1.warp(12).unwrap();
    let create = DisputeGameFactory::createCall { gameType: 8, rootClaim: l2.output(2), extraData: extra_data(2) };
    let bond = view(&l1, contracts.factory, &DisputeGameFactory::initBondsCall { gameType: 8 }).unwrap();
    let receipt = send(&mut l1, &user, &Call::new(contracts.factory, &create).with_value(bond)).unwrap();
    let game = created_game(&receipt, contracts.factory).unwrap();
    l1.warp(12).unwrap();
    prove(&mut l1, &l2, &contracts, &withdrawal, 1, &user).unwrap();
    l1.warp(1_001).unwrap();
    let claim = FaultDisputeGame::resolveClaimCall { claimIndex: U256::ZERO, numToResolve: U256::ZERO };
    send(&mut l1, &user, &Call::new(game, &claim)).unwrap();
    send(&mut l1, &user, &Call::new(game, &FaultDisputeGame::resolveCall {})).unwrap();
    l1.warp(20).unwrap();
    assert_eq!(view(&l1, token, &balanceOfCall { owner: receiver }).unwrap(), U256::ZERO);
    finalize(&mut l1, &l2, &contracts, &withdrawal, 1, &user).unwrap();
    assert_eq!(view(&l1, token, &balanceOfCall { owner: receiver }).unwrap(), amount);
    let done = status(&l1, &l2, &contracts, &withdrawal, 1, user.address()).unwrap();
    assert_eq!(done.stage, Stage::Finalized);

    // The same message under another sender is no message of the bridge: it is finalized and moves nothing.
    let forged = Withdrawal { sender: user.address(), ..withdrawal };
    let l2 = OneMessage::new(&forged);
    let create = DisputeGameFactory::createCall { gameType: 8, rootClaim: l2.output(2), extraData: extra_data(2) };
    let receipt = send(&mut l1, &user, &Call::new(contracts.factory, &create).with_value(bond)).unwrap();
    let game = created_game(&receipt, contracts.factory).unwrap();
    l1.warp(12).unwrap();
    prove(&mut l1, &l2, &contracts, &forged, 1, &user).unwrap();
    l1.warp(1_001).unwrap();
    send(&mut l1, &user, &Call::new(game, &claim)).unwrap();
    send(&mut l1, &user, &Call::new(game, &FaultDisputeGame::resolveCall {})).unwrap();
    l1.warp(20).unwrap();
    finalize(&mut l1, &l2, &contracts, &forged, 1, &user).unwrap();
    assert_eq!(view(&l1, token, &balanceOfCall { owner: receiver }).unwrap(), amount);
}

/// What starts a withdrawal of each kind, as the contracts on L2 take it.
#[test]
fn calls_on_l2() {
    let (to, token, remote) = (Address::repeat_byte(1), Address::repeat_byte(2), Address::repeat_byte(3));
    let ether = initiate(Asset::Ether, to, U256::from(7), 5, Bytes::from_static(b"x"));
    assert_eq!((ether.to, ether.value), (Some(MESSAGE_PASSER), U256::from(7)));
    let bridged = initiate(Asset::Bridged { token }, to, U256::from(7), 5, Bytes::new());
    assert_eq!((bridged.to, bridged.value), (Some(L2_BRIDGE), U256::ZERO));
    let call = withdrawToCall::abi_decode(&bridged.data).unwrap();
    assert_eq!((call.l2Token, call.to, call.amount, call.minGasLimit), (token, to, U256::from(7), 5));
    let native = initiate(Asset::Native { token, remote }, to, U256::from(7), 5, Bytes::new());
    let call = bridgeERC20ToCall::abi_decode(&native.data).unwrap();
    assert_eq!((call.localToken, call.remoteToken, call.to, call.amount), (token, remote, to, U256::from(7)));
}
