//! The precompiles of the L2 EVM. Heavy ones are answered by the oracle: the result of the same precompile on L1, which the
//! dispute's contract can obtain too, instead of millions of instructions of the machine.
//!
//! An input that no L1 transaction could carry to the contract is computed here. The provider belongs to one EVM; nothing is
//! installed for the whole process.

use super::{Failure, StateSource, state::Access};
use alloc::{
    boxed::Box,
    string::{String, ToString},
    vec::Vec,
};
use alloy_primitives::{Address, Bytes};
use op_revm::{OpSpecId, precompiles::OpPrecompiles};
use primitives::rollup_config::PrecompileLimits;
use revm::{
    context::Cfg,
    context_interface::ContextTr,
    handler::{PrecompileProvider, precompile_output_to_interpreter_result},
    interpreter::{CallInputs, InterpreterResult},
    precompile::{
        PrecompileHalt, PrecompileOutput, Precompiles as Table, bls12_381_const as bls,
        bls12_381_utils::msm_required_gas, u64_to_address,
    },
};

/// Address of the precompile that recovers signers.
pub(super) const ECRECOVER: Address = u64_to_address(1);
/// Gas of [`ECRECOVER`].
pub(super) const ECRECOVER_GAS: u64 = 3_000;
const BN256_PAIRING: Address = u64_to_address(8);
const POINT_EVALUATION: Address = u64_to_address(10);

/// Gas limit of one L1 transaction (EIP-7825).
const L1_TRANSACTION_GAS: u64 = 1 << 24;

/// What a heavy call costs.
struct Price {
    /// Gas on L2.
    l2: u64,
    /// Gas that the call may need on L1, now or after the repricing of EIP-7904: with less, a failure on L1 would prove
    /// nothing.
    l1: u64,
}

impl Price {
    const fn same(gas: u64) -> Self {
        Self { l2: gas, l1: gas }
    }
}

/// The price of a call that the oracle answers; `None` for other precompiles and for inputs of a wrong length.
fn heavy(spec: OpSpecId, address: &Address, len: usize) -> Option<Price> {
    let groups = |size: usize| (len > 0 && len.is_multiple_of(size)).then_some(len / size);
    match *address {
        ECRECOVER => Some(Price::same(ECRECOVER_GAS)),
        BN256_PAIRING if len.is_multiple_of(192) => {
            let pairs = (len / 192) as u64;
            Some(Price { l2: 45_000 + 34_000 * pairs, l1: 45_000 + 34_103 * pairs })
        }
        POINT_EVALUATION if spec.is_enabled_in(OpSpecId::ECOTONE) && len == 192 => {
            Some(Price { l2: 50_000, l1: 89_363 })
        }
        _ if !spec.is_enabled_in(OpSpecId::ISTHMUS) => None,
        bls::G1_ADD_ADDRESS if len == bls::G1_ADD_INPUT_LENGTH => Some(Price { l2: bls::G1_ADD_BASE_GAS_FEE, l1: 643 }),
        bls::G2_ADD_ADDRESS if len == bls::G2_ADD_INPUT_LENGTH => Some(Price { l2: bls::G2_ADD_BASE_GAS_FEE, l1: 765 }),
        bls::G1_MSM_ADDRESS => groups(bls::G1_MSM_INPUT_LENGTH)
            .map(|k| Price::same(msm_required_gas(k, &bls::DISCOUNT_TABLE_G1_MSM, bls::G1_MSM_BASE_GAS_FEE))),
        bls::G2_MSM_ADDRESS => groups(bls::G2_MSM_INPUT_LENGTH)
            .map(|k| Price::same(msm_required_gas(k, &bls::DISCOUNT_TABLE_G2_MSM, bls::G2_MSM_BASE_GAS_FEE))),
        bls::PAIRING_ADDRESS => groups(bls::PAIRING_INPUT_LENGTH)
            .map(|k| Price::same(bls::PAIRING_MULTIPLIER_BASE * k as u64 + bls::PAIRING_OFFSET_BASE)),
        bls::MAP_FP_TO_G1_ADDRESS if len == bls::PADDED_FP_LENGTH => Some(Price::same(bls::MAP_FP_TO_G1_BASE_GAS_FEE)),
        bls::MAP_FP2_TO_G2_ADDRESS if len == bls::PADDED_FP2_LENGTH => {
            Some(Price::same(bls::MAP_FP2_TO_G2_BASE_GAS_FEE))
        }
        _ => None,
    }
}

/// The longest input that a precompile takes, in bytes.
fn max_input(limits: &PrecompileLimits, address: &Address) -> usize {
    match *address {
        BN256_PAIRING => limits.bn256_pairing,
        bls::G1_MSM_ADDRESS => limits.bls_g1_msm,
        bls::G2_MSM_ADDRESS => limits.bls_g2_msm,
        bls::PAIRING_ADDRESS => limits.bls_pairing,
        _ => usize::MAX,
    }
}

/// Whether one L1 transaction can give the call to `PreimageOracle.loadPrecompilePreimagePart`: all bytes counted as non-zero,
/// once in memory and hashed, the call with a 64th of the gas held back (EIP-150), and the floor of EIP-7623.
fn fits_on_l1(len: usize, required_gas: u64) -> bool {
    let bytes = len as u64 + 256;
    let words = bytes.div_ceil(32);
    let memory = 12 * words + words * words / 512;
    let call = required_gas + required_gas.div_ceil(63);
    let used = 21_000 + 16 * bytes + memory + call + 60_000;
    used.max(21_000 + 40 * bytes) <= L1_TRANSACTION_GAS
}

/// What L1's precompile answers, computed: the output, or `None` when the call fails there. For hosts and in-process chains that
/// have to answer an oracle's precompile keys.
pub fn compute(address: &Address, required_gas: u64, input: &[u8]) -> Option<Vec<u8>> {
    let table = Table::osaka();
    let output = table.get(address)?.execute(input, required_gas, 0).ok()?;
    output.is_success().then(|| output.bytes.to_vec())
}

/// The precompiles of one EVM.
pub(super) struct Precompiles<'a, S: StateSource> {
    table: &'static Table,
    spec: OpSpecId,
    /// The fork's limits stand here and not only in op-revm's table: op-revm 20 leaves Karst's bn256 pairing at Jovian's, and
    /// a call that the oracle answers never sees the table.
    limits: PrecompileLimits,
    access: &'a Access<S>,
}

impl<'a, S: StateSource> Precompiles<'a, S> {
    pub(super) fn new(spec: OpSpecId, limits: PrecompileLimits, access: &'a Access<S>) -> Self {
        Self { table: OpPrecompiles::new_with_spec(spec).precompiles(), spec, limits, access }
    }

    fn call(
        &self,
        address: &Address,
        input: &[u8],
        gas_limit: u64,
        reservoir: u64,
    ) -> Result<PrecompileOutput, String> {
        if input.len() > max_input(&self.limits, address) {
            let reason = match *address {
                BN256_PAIRING => PrecompileHalt::Bn254PairLength,
                _ => PrecompileHalt::Other("input longer than the fork allows".into()),
            };
            return Ok(PrecompileOutput::halt(reason, reservoir));
        }
        if let Some(price) = heavy(self.spec, address, input.len())
            && price.l2 <= gas_limit
        {
            // ecrecover ignores what follows after 128 bytes; without it the input always fits.
            let input = if *address == ECRECOVER { &input[..input.len().min(128)] } else { input };
            if fits_on_l1(input.len(), price.l1) {
                let answer = self.access.source.precompile(address, price.l1, input);
                let answer = answer.map_err(|error| self.access.fail(Failure::Source(error)).to_string())?;
                return Ok(match answer {
                    Some(output) => PrecompileOutput::new(price.l2, output, reservoir),
                    None => PrecompileOutput::halt(PrecompileHalt::Other("failed on L1".into()), reservoir),
                });
            }
        }
        let Some(precompile) = self.table.get(address) else {
            return Ok(PrecompileOutput::new(0, Bytes::new(), reservoir));
        };
        precompile.execute(input, gas_limit, reservoir).map_err(|error| error.to_string())
    }
}

impl<CTX, S> PrecompileProvider<CTX> for Precompiles<'_, S>
where
    CTX: ContextTr<Cfg: Cfg<Spec = OpSpecId>>,
    S: StateSource,
{
    type Output = InterpreterResult;

    fn set_spec(&mut self, spec: OpSpecId) -> bool {
        if spec == self.spec {
            return false;
        }
        *self = Self::new(spec, self.limits, self.access);
        true
    }

    fn run(&mut self, context: &mut CTX, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        let address = &inputs.bytecode_address;
        if !self.table.contains(address) {
            return Ok(None);
        }
        let output = self.call(address, &inputs.input.as_bytes(context), inputs.gas_limit, inputs.reservoir)?;
        Ok(Some(precompile_output_to_interpreter_result(output, inputs.gas_limit)))
    }

    fn warm_addresses(&self) -> Box<impl Iterator<Item = Address>> {
        Box::new(self.table.addresses().copied())
    }

    fn contains(&self, address: &Address) -> bool {
        self.table.contains(address)
    }
}

#[cfg(test)]
mod tests;
