//! The contracts MIPS64 and PreimageOracle in revm: one step as a game asks for it, preimages through the oracle's own
//! loaders. Steps are calls whose changes are thrown away; what is loaded stays. Games are not part of it.

use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_sol_types::{SolCall, sol};
use chain::artifacts::Artifact;
use host::{Evidence, OfflineHost};
use preimage::PreimageKey;
use revm::context::result::{ExecutionResult, Output};
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::database::{CacheDB, EmptyDB};
use revm::handler::{MainnetContext, MainnetEvm};
use revm::primitives::hardfork::SpecId;
use revm::{ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext};

sol! {
    /// The two contracts as a step uses them.
    interface Step {
        /// One step of the machine.
        function step(bytes stateData, bytes proof, bytes32 localContext) external returns (bytes32);
        /// Loads a part of a local input of the caller.
        function loadLocalData(uint256 ident, bytes32 localContext, bytes32 word, uint256 size, uint256 partOffset) external returns (bytes32);
        /// Loads a part of a keccak256 preimage.
        function loadKeccak256PreimagePart(uint256 partOffset, bytes preimage) external;
        /// Loads a part of a SHA2-256 preimage.
        function loadSha256PreimagePart(uint256 partOffset, bytes preimage) external;
        /// Loads a part of a blob's element.
        function loadBlobPreimagePart(uint256 z, uint256 y, bytes commitment, bytes proof, uint256 partOffset) external;
        /// Loads a part of a precompile's result.
        function loadPrecompilePreimagePart(uint256 partOffset, address precompile, uint64 requiredGas, bytes input) external;
    }
}

/// The account that stands for a game: it loads local inputs and calls `step`.
pub const STEPPER: Address = Address::repeat_byte(0x57);

/// Most gas of one transaction on L1 (EIP-7825): loading and stepping have to fit in.
const GAS: u64 = 16_777_216;

/// What the contract makes of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The hash that it returns.
    pub hash: B256,
    /// The state that it logs.
    pub state: Bytes,
    /// Gas of the call, without what a transaction costs beyond it.
    pub gas: u64,
}

/// The two contracts, deployed.
pub struct Judge {
    evm: MainnetEvm<MainnetContext<CacheDB<EmptyDB>>>,
    oracle: Address,
    machine: Address,
}

impl Judge {
    /// Deploys the contracts under Osaka's rules.
    pub fn appoint() -> Self {
        let mut cfg = CfgEnv::new_with_spec(SpecId::OSAKA);
        cfg.disable_nonce_check = true;
        let block = BlockEnv { gas_limit: 60_000_000, prevrandao: Some(B256::ZERO), ..Default::default() };
        let evm = Context::mainnet().with_db(CacheDB::new(EmptyDB::new())).with_cfg(cfg).with_block(block);
        let mut judge = Self { evm: evm.build_mainnet(), oracle: Address::ZERO, machine: Address::ZERO };
        let sizes = (U256::from(126_000), U256::from(86_400));
        judge.oracle = judge.create(Artifact::PreimageOracle.creation_code_with(&sizes));
        judge.machine = judge.create(Artifact::Mips64.creation_code_with(&(judge.oracle, U256::from(8))));
        judge
    }

    /// Deploys the contracts and loads every part that a read of one of these keys may begin with, up to an offset.
    ///
    /// # Panics
    /// If the host does not have a key, or the oracle takes or refuses another part than it should.
    pub fn informed(host: &OfflineHost, keys: &[PreimageKey], offsets: u64, context: B256) -> Self {
        let mut judge = Self::appoint();
        for key in keys {
            let evidence = host.evidence(key).expect("the host has the key");
            let length = host.lookup(key).expect("the host has the key").len() as u64 + 8;
            for offset in 0..length.min(offsets) {
                judge.load(&evidence, offset, context).expect("every part can be loaded");
            }
            if length < offsets {
                let refusal = judge.load(&evidence, length, context).expect_err("there is no part beyond the end");
                assert_eq!(refusal[..], [0xfe, 0x25, 0x49, 0x87], "a part beyond the end of {key}");
            }
        }
        judge
    }

    fn create(&mut self, code: Result<Bytes, chain::artifacts::ArtifactError>) -> Address {
        let tx = transaction(STEPPER, TxKind::Create, code.expect("the artifact holds code"));
        match self.evm.transact_commit(tx) {
            Ok(ExecutionResult::Success { output: Output::Create(_, Some(address)), .. }) => address,
            other => panic!("a contract cannot be deployed: {other:?}"),
        }
    }

    /// Calls `step` as the stepper; `Err` is what it reverts with.
    pub fn step(&mut self, state: &[u8], proof: &[u8], context: B256) -> Result<Judgement, Bytes> {
        let call = Step::stepCall {
            stateData: Bytes::copy_from_slice(state),
            proof: Bytes::copy_from_slice(proof),
            localContext: context,
        };
        let data = call.abi_encode();
        let intrinsic = 21_000 + data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum::<u64>();
        let tx = transaction(STEPPER, TxKind::Call(self.machine), data.into());
        match self.evm.transact(tx).expect("the stepper can pay").result {
            ExecutionResult::Success { output, logs, gas, .. } => {
                let [log] = &logs[..] else { panic!("{} logs instead of one", logs.len()) };
                assert!(log.address == self.machine && log.data.topics().is_empty(), "{log:?}");
                Ok(Judgement {
                    hash: B256::from_slice(output.data()),
                    state: log.data.data.clone(),
                    gas: gas.total_gas_spent() - intrinsic,
                })
            }
            ExecutionResult::Revert { output, .. } => Err(output),
            ExecutionResult::Halt { reason, .. } => panic!("a step halts: {reason:?}"),
        }
    }

    /// Loads the part of a preimage that a read at `offset` needs, for the stepper and a context of its local inputs.
    ///
    /// # Errors
    /// What the oracle reverts with.
    pub fn load(&mut self, evidence: &Evidence, offset: u64, context: B256) -> Result<(), Bytes> {
        self.load_as(STEPPER, evidence, offset, context)
    }

    /// As [`Judge::load`], by any account.
    ///
    /// # Errors
    /// What the oracle reverts with.
    pub fn load_as(&mut self, from: Address, evidence: &Evidence, offset: u64, context: B256) -> Result<(), Bytes> {
        let part = U256::from(offset);
        let data = match evidence {
            Evidence::Local { index, value } => Step::loadLocalDataCall {
                ident: U256::from(*index),
                localContext: context,
                word: B256::right_padding_from(value),
                size: U256::from(value.len()),
                partOffset: part,
            }
            .abi_encode(),
            Evidence::Keccak256(preimage) => {
                Step::loadKeccak256PreimagePartCall { partOffset: part, preimage: preimage.clone() }.abi_encode()
            }
            Evidence::Sha256(preimage) => {
                Step::loadSha256PreimagePartCall { partOffset: part, preimage: preimage.clone() }.abi_encode()
            }
            Evidence::Blob(opening) => Step::loadBlobPreimagePartCall {
                z: U256::from_be_bytes(opening.z),
                y: U256::from_be_bytes(opening.y),
                commitment: opening.commitment.into(),
                proof: opening.proof.into(),
                partOffset: part,
            }
            .abi_encode(),
            Evidence::Precompile(call) => Step::loadPrecompilePreimagePartCall {
                partOffset: part,
                precompile: call.address,
                requiredGas: call.required_gas.expect("only keys of the present form can be loaded"),
                input: call.input.clone(),
            }
            .abi_encode(),
        };
        match self.evm.transact_commit(transaction(from, TxKind::Call(self.oracle), data.into())) {
            Ok(ExecutionResult::Success { .. }) => Ok(()),
            Ok(ExecutionResult::Revert { output, .. }) => Err(output),
            other => panic!("a preimage cannot be loaded: {other:?}"),
        }
    }
}

fn transaction(caller: Address, kind: TxKind, data: Bytes) -> TxEnv {
    TxEnv { caller, kind, data, gas_limit: GAS, chain_id: None, ..Default::default() }
}
