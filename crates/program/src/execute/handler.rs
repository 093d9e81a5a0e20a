//! The transaction rules of the OP Stack as op-revm has them, with one correction: before Isthmus the operator fee vault is
//! not touched.
//!
//! op-revm 20 adds an operator fee of zero to `0x4200…001b` in every fork, which loads the account. Other clients do not, so a
//! witness made by them need not hold the path to it; and an account that is touched while empty would vanish.

use op_revm::{
    L1BlockInfo, OpHaltReason, OpSpecId, OpTransactionError,
    api::exec::OpContextTr,
    constants::{BASE_FEE_RECIPIENT, L1_FEE_RECIPIENT},
    handler::{IsTxError, OpHandler},
    transaction::OpTxTr,
};
use revm::{
    context_interface::{
        Block, Cfg, ContextTr, JournalTr,
        result::{ExecutionResult, FromStringError, ResultGas},
    },
    handler::{EvmTr, FrameResult, Handler, evm::FrameTr, handler::EvmTrError},
    interpreter::{InitialAndFloorGas, interpreter_action::FrameInit},
    primitives::U256,
};

/// [`OpHandler`] but for the reward of the operator fee vault.
pub(super) struct ForkHandler<EVM, ERROR, FRAME> {
    inner: OpHandler<EVM, ERROR, FRAME>,
}

impl<EVM, ERROR, FRAME> ForkHandler<EVM, ERROR, FRAME> {
    pub(super) fn new() -> Self {
        Self { inner: OpHandler::new() }
    }
}

impl<EVM, ERROR, FRAME> Handler for ForkHandler<EVM, ERROR, FRAME>
where
    EVM: EvmTr<Context: OpContextTr, Frame = FRAME>,
    ERROR: EvmTrError<EVM> + From<OpTransactionError> + FromStringError + IsTxError,
    FRAME: FrameTr<FrameResult = FrameResult, FrameInit = FrameInit>,
{
    type Evm = EVM;
    type Error = ERROR;
    type HaltReason = OpHaltReason;

    fn reward_beneficiary(&self, evm: &mut EVM, result: &mut FrameResult) -> Result<(), ERROR> {
        if evm.ctx().cfg().spec().is_enabled_in(OpSpecId::ISTHMUS) || evm.ctx().tx().is_deposit() {
            return self.inner.reward_beneficiary(evm, result);
        }
        self.inner.mainnet.reward_beneficiary(evm, result)?;
        let used = u128::from(result.gas().used());
        let (block, tx, cfg, journal, l1_block, _) = evm.ctx().all_mut();
        let l1_block: &mut L1BlockInfo = l1_block;
        let enveloped = tx.enveloped_tx().ok_or(OpTransactionError::MissingEnvelopedTx)?;
        let l1_cost = l1_block.calculate_tx_l1_cost(enveloped, cfg.spec());
        let base_fee = U256::from(u128::from(block.basefee()).saturating_mul(used));
        journal.balance_incr(L1_FEE_RECIPIENT, l1_cost)?;
        journal.balance_incr(BASE_FEE_RECIPIENT, base_fee)?;
        Ok(())
    }

    fn validate_env(&self, evm: &mut EVM) -> Result<(), ERROR> {
        self.inner.validate_env(evm)
    }

    fn validate_against_state_and_deduct_caller(
        &self,
        evm: &mut EVM,
        gas: &mut InitialAndFloorGas,
    ) -> Result<(), ERROR> {
        self.inner.validate_against_state_and_deduct_caller(evm, gas)
    }

    fn last_frame_result(&mut self, evm: &mut EVM, result: &mut FrameResult) -> Result<(), ERROR> {
        self.inner.last_frame_result(evm, result)
    }

    fn reimburse_caller(&self, evm: &mut EVM, result: &mut FrameResult) -> Result<(), ERROR> {
        self.inner.reimburse_caller(evm, result)
    }

    fn refund(&self, evm: &mut EVM, result: &mut FrameResult, eip7702_refund: i64) {
        self.inner.refund(evm, result, eip7702_refund);
    }

    fn execution_result(
        &mut self,
        evm: &mut EVM,
        result: FrameResult,
        gas: ResultGas,
    ) -> Result<ExecutionResult<OpHaltReason>, ERROR> {
        self.inner.execution_result(evm, result, gas)
    }

    fn catch_error(&self, evm: &mut EVM, error: ERROR) -> Result<ExecutionResult<OpHaltReason>, ERROR> {
        self.inner.catch_error(evm, error)
    }
}
