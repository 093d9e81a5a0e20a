//! The contracts, deployed once as a chain deploys them, and calls into them without blocks or signatures.

use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{Header, Transaction};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex};
use alloy_sol_types::{SolCall, SolValue, sol};
use chain::abi::{DisputeGameFactory, GameConstructorParams};
use chain::artifacts::Artifact;
use chain::client::{CallRequest, SignedTransaction};
use chain::deploy::{Deployment, Parameters, deploy, game_args};
use chain::{BlockInfo, Call, ClientError, L1Client, LogEntry, LogFilter, Receipt, Wallet, send};
use game::simulate::machine::CountingState;
use game::simulate::scenario::{ANCHOR_BLOCK, ANCHOR_ROOT, CHALLENGE_PERIOD, HONEST};
use game::{GameParams, Permissions, RuleError};
use primitives::{GameType, Timestamp};
use revm::context::result::{ExecutionResult, Output};
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::database::{CacheDB, EmptyDB};
use revm::database_interface::DatabaseRef;
use revm::primitives::hardfork::SpecId;
use revm::{ExecuteCommitEvm, MainBuilder, MainContext};

sol! {
    /// The virtual machine of these tests: contracts/CountingMachine.sol.
    interface CountingMachineContract {
        /// How many instructions the program has.
        function setLength(uint64 length) external;
        /// How it ends in one sub-game.
        function setVerdict(bytes32 localContext, uint8 status) external;
    }

    /// Functions of the guardian, and what tests read of the registry.
    interface Guarded {
        /// Stops payments.
        function pause(address identifier) external;
        /// Allows them again.
        function unpause(address identifier) external;
        /// Invalidates a game.
        function blacklistDisputeGame(address game) external;
        /// Invalidates all games until now.
        function updateRetirementTimestamp() external;
        /// Games made at or before it are invalid.
        function retirementTimestamp() external view returns (uint64);
    }
}

/// Creation code of contracts/CountingMachine.sol: solc 0.8.28, evm cancun, optimizer with 200 runs, no metadata.
const COUNTING_MACHINE: &str = include_str!("../contracts/CountingMachine.hex");

/// Who may play the permissioned games of a court: the first of a scenario's adversaries, and the honest player.
pub const PERMISSIONS: Permissions = Permissions { proposer: Address::repeat_byte(0x10), challenger: HONEST };
/// The time from resolution to closing.
pub const FINALITY_DELAY: u64 = 50;
/// The time from unlocking to withdrawal.
pub const WETH_DELAY: u64 = 70;

/// What a contract answered: its output, or what it reverted with.
pub type Answer = Result<Bytes, Bytes>;

/// A deployment for games of certain parameters.
pub struct Court {
    state: CacheDB<EmptyDB>,
    /// Addresses of the contracts.
    pub deployment: Deployment,
    /// The virtual machine.
    pub machine: Address,
    /// The account that may pause and invalidate.
    pub guardian: Address,
    /// The first time at which games can be made.
    pub opening: Timestamp,
}

impl Court {
    /// Deploys everything, with the counting machine in place of the real one.
    pub fn open(params: &GameParams) -> Self {
        let owner = Wallet::from_label("owner");
        let guardian = Address::repeat_byte(0x60);
        let mut l1 = Chambers { db: CacheDB::new(EmptyDB::new()), nonces: 0 };
        let prestate = CountingState::START.claim().0;
        let parameters = Parameters {
            max_game_depth: params.max_depth.into(),
            split_depth: params.split_depth.into(),
            clock_extension: params.clock_extension.0,
            max_clock_duration: params.max_clock_duration.0,
            challenge_period: CHALLENGE_PERIOD.0,
            weth_delay: WETH_DELAY,
            finality_delay: FINALITY_DELAY,
            ..Parameters::mainnet(prestate, ANCHOR_ROOT, ANCHOR_BLOCK, 10, guardian)
        };
        let mut deployment = deploy(&mut l1, &owner, &parameters).expect("the contracts can be deployed");
        let restricted = implementation(Artifact::PermissionedDisputeGame, params).into();
        let restricted = send(&mut l1, &owner, &Call { to: None, value: U256::ZERO, data: restricted });
        let restricted =
            restricted.ok().and_then(|receipt| receipt.contract_address).expect("the game can be deployed");
        let mut code = hex::decode(COUNTING_MACHINE.trim()).expect("the file holds hexadecimal digits");
        code.extend(deployment.preimage_oracle.abi_encode());
        let created = send(&mut l1, &owner, &Call { to: None, value: U256::ZERO, data: code.into() });
        deployment.mips64 =
            created.ok().and_then(|receipt| receipt.contract_address).expect("the counting machine can be deployed");
        let mut install = |game_type: GameType, game: Address, args: Bytes| {
            let factory = deployment.dispute_game_factory;
            let install = DisputeGameFactory::setImplementationCall { gameType: game_type.0, r#impl: game, args };
            send(&mut l1, &owner, &Call::new(factory, &install)).expect("the owner may install");
            let bond = DisputeGameFactory::setInitBondCall { gameType: game_type.0, initBond: parameters.init_bond };
            send(&mut l1, &owner, &Call::new(factory, &bond)).expect("the owner may set bonds");
        };
        let args = game_args(prestate, &deployment, 10);
        let permissioned = [&args[..], PERMISSIONS.proposer.as_slice(), PERMISSIONS.challenger.as_slice()].concat();
        install(GameType::CANNON_KONA, deployment.game_implementation, args);
        install(GameType::PERMISSIONED_CANNON, restricted, permissioned.into());
        Self { machine: deployment.mips64, deployment, guardian, opening: Timestamp(DEPLOYED_AT.0 + 12), state: l1.db }
    }

    /// A copy of the contracts to play in.
    pub fn session(&self) -> Session<'_> {
        Session { db: CacheDB::new(&self.state) }
    }
}

/// The time of the deployment.
const DEPLOYED_AT: Timestamp = Timestamp(1_000);

/// An L1 that executes each transaction at once, without blocks, fees or signatures' worth: enough to deploy by.
struct Chambers {
    db: CacheDB<EmptyDB>,
    nonces: u64,
}

impl L1Client for Chambers {
    fn chain_id(&self) -> u64 {
        1
    }

    fn head(&self) -> Result<BlockInfo, ClientError> {
        Ok(BlockInfo { hash: B256::ZERO, header: Header { timestamp: DEPLOYED_AT.0, ..Default::default() } })
    }

    fn block(&self, _: u64) -> Result<Option<BlockInfo>, ClientError> {
        Ok(None)
    }

    fn balance(&self, _: Address) -> Result<U256, ClientError> {
        Ok(U256::MAX)
    }

    fn nonce(&self, _: Address) -> Result<u64, ClientError> {
        Ok(self.nonces)
    }

    fn code(&self, _: Address) -> Result<Bytes, ClientError> {
        Err(ClientError::NotFound("code is not served".into()))
    }

    fn call(&self, _: &CallRequest) -> Result<Bytes, ClientError> {
        Err(ClientError::NotFound("calls are not served".into()))
    }

    fn estimate_gas(&self, _: &CallRequest) -> Result<u64, ClientError> {
        Ok(GAS)
    }

    fn submit(&mut self, transaction: SignedTransaction) -> Result<Receipt, ClientError> {
        let from = transaction.recover_signer().map_err(|error| ClientError::Refused(error.to_string()))?;
        self.nonces += 1;
        let result = execute(&mut self.db, from, transaction.kind(), 0, transaction.input().clone(), DEPLOYED_AT);
        let output = result.map_err(ClientError::Reverted)?;
        Ok(Receipt {
            transaction_hash: *transaction.tx_hash(),
            from,
            block_number: NUMBER,
            timestamp: DEPLOYED_AT.0,
            success: true,
            gas_used: 0,
            effective_gas_price: 0,
            contract_address: output.address().copied(),
            logs: Vec::new(),
            output: output.into_data(),
        })
    }

    fn logs(&self, _: &LogFilter) -> Result<Vec<LogEntry>, ClientError> {
        Ok(Vec::new())
    }
}

/// The number of the block that everything happens in.
const NUMBER: u64 = 100;
/// The gas that every call has.
const GAS: u64 = 60_000_000;

/// The contracts with what one test did to them.
pub struct Session<'a> {
    db: CacheDB<&'a CacheDB<EmptyDB>>,
}

impl Session<'_> {
    /// Gives an account wei.
    pub fn fund(&mut self, account: Address, wei: U256) {
        let info = revm::state::AccountInfo { balance: wei, ..Default::default() };
        self.db.insert_account_info(account, info);
    }

    /// The wei of an account.
    pub fn balance(&self, account: Address) -> U256 {
        self.db.cache.accounts.get(&account).map(|account| account.info.balance).unwrap_or_default()
    }

    /// Calls a contract and keeps what it changes.
    pub fn call(&mut self, from: Address, to: Address, value: u128, data: Vec<u8>, now: Timestamp) -> Answer {
        self.transact(from, TxKind::Call(to), value, data, now).map(Output::into_data)
    }

    /// Creates a contract.
    pub fn create(&mut self, from: Address, code: Vec<u8>, now: Timestamp) -> Result<Address, Bytes> {
        let output = self.transact(from, TxKind::Create, 0, code, now)?;
        Ok(*output.address().expect("a creation answers with an address"))
    }

    /// Reads from a contract.
    pub fn read<C: SolCall>(&mut self, to: Address, call: &C, now: Timestamp) -> C::Return {
        let output = self.call(Address::ZERO, to, 0, call.abi_encode(), now).expect("a view does not revert");
        C::abi_decode_returns(&output).expect("the contract has the interface's types")
    }

    fn transact(
        &mut self,
        caller: Address,
        kind: TxKind,
        value: u128,
        data: Vec<u8>,
        now: Timestamp,
    ) -> Result<Output, Bytes> {
        execute(&mut self.db, caller, kind, value, data.into(), now)
    }
}

fn execute<D: DatabaseRef>(
    db: &mut CacheDB<D>,
    caller: Address,
    kind: TxKind,
    value: u128,
    data: Bytes,
    now: Timestamp,
) -> Result<Output, Bytes> {
    let mut cfg = CfgEnv::new_with_spec(SpecId::OSAKA);
    cfg.disable_nonce_check = true;
    cfg.tx_gas_limit_cap = Some(u64::MAX);
    let block = BlockEnv {
        number: U256::from(NUMBER),
        timestamp: U256::from(now.0),
        gas_limit: GAS,
        prevrandao: Some(B256::ZERO),
        ..Default::default()
    };
    let tx =
        TxEnv { caller, kind, value: U256::from(value), data, gas_limit: GAS, chain_id: None, ..Default::default() };
    let mut evm = Context::mainnet().with_db(db).with_cfg(cfg).with_block(block).build_mainnet();
    match evm.transact_commit(tx).expect("the accounts of tests can pay for their calls") {
        ExecutionResult::Success { output, .. } => Ok(output),
        ExecutionResult::Revert { output, .. } => Err(output),
        ExecutionResult::Halt { reason, .. } => panic!("a call halts: {reason:?}"),
    }
}

/// Creation code of a game's implementation.
pub fn implementation(game: Artifact, params: &GameParams) -> Vec<u8> {
    let arguments = GameConstructorParams {
        maxGameDepth: U256::from(params.max_depth),
        splitDepth: U256::from(params.split_depth),
        clockExtension: params.clock_extension.0,
        maxClockDuration: params.max_clock_duration.0,
    };
    let mut code = game.creation_code().expect("the artifact holds code").to_vec();
    code.extend(arguments.abi_encode());
    code
}

/// Whether the contract reverted with what the model says.
pub fn same_refusal(model: &RuleError, contract: &Bytes) -> bool {
    let panic = |code: u8| contract.len() == 36 && contract[35] == code;
    let data = match model {
        RuleError::VmReverted => return true,
        RuleError::ClaimIndexOutOfBounds => panic(0x32),
        RuleError::ArithmeticPanic => panic(0x11),
        RuleError::UnexpectedRootClaim(claim) => contract.get(4..) == Some(claim.as_slice()),
        RuleError::DelayedWeth(text) => contract.get(4..) == Some(&text.abi_encode()[..]),
        _ => contract.len() == 4,
    };
    data && model.selector().is_some_and(|selector| contract.starts_with(&selector))
}
