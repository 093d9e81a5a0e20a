// A withdrawal by another client: viem's op-stack actions (node_modules in the folder that TRIBUNAL_VIEM names), from its start on L2
// to its end on L1. Each step is an invocation; what it found is printed as JSON.
// usage: node viem.mjs STEP '{"l1", "l2", "portal", "factory", "key", "transaction"}'
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(join(process.env.TRIBUNAL_VIEM, 'package.json'));
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const { createPublicClient, createWalletClient, defineChain, http } = await load('viem');
const { privateKeyToAccount } = await load('viem/accounts');
const { getL2TransactionHashes, getWithdrawals, publicActionsL1, publicActionsL2, walletActionsL1 } = await load('viem/op-stack');

const [step, text] = process.argv.slice(2);
const given = JSON.parse(text);
const account = privateKeyToAccount(given.key);
const currency = { name: 'Ether', symbol: 'ETH', decimals: 18 };
const network = async (name, url, more) => {
  const id = await createPublicClient({ transport: http(url) }).getChainId();
  return defineChain({ id, name, nativeCurrency: currency, rpcUrls: { default: { http: [url] } }, ...more(id) });
};
// viem asks many games at once by way of this contract; a fresh L1 does not have it.
const multicall3 = { address: given.multicall };
const chainL1 = await network('L1', given.l1, () => ({ contracts: { multicall3 } }));
const on = (address) => ({ [chainL1.id]: { address } });
const chainL2 = await network('L2', given.l2, () => ({
  sourceId: chainL1.id,
  contracts: { portal: on(given.portal), disputeGameFactory: on(given.factory) },
}));
const l1 = createPublicClient({ chain: chainL1, transport: http(given.l1) }).extend(publicActionsL1());
const l2 = createPublicClient({ chain: chainL2, transport: http(given.l2) }).extend(publicActionsL2());
const wallet = createWalletClient({ account, chain: chainL1, transport: http(given.l1) }).extend(walletActionsL1());

const targetChain = chainL2;
const receipt = await l2.getTransactionReceipt({ hash: given.transaction });
const [withdrawal] = getWithdrawals(receipt);
const done = async (hash) => ({ hash, status: (await l1.waitForTransactionReceipt({ hash })).status });
const steps = {
  status: async () => ({ status: await l1.getWithdrawalStatus({ receipt, targetChain }) }),
  async prove() {
    const { game, withdrawal } = await l1.waitToProve({ receipt, targetChain });
    const output = await l1.getL2Output({ l2BlockNumber: receipt.blockNumber, targetChain });
    const request = await l2.buildProveWithdrawal({ account, game, withdrawal });
    const gas = await l1.estimateProveWithdrawalGas(request);
    const hash = await wallet.proveWithdrawal(request);
    return { ...(await done(hash)), gas, game: game.index, output: output.outputRoot, version: await l1.getPortalVersion({ targetChain }) };
  },
  wait: async () => ({ ...(await l1.getTimeToFinalize({ withdrawalHash: withdrawal.withdrawalHash, targetChain })) }),
  async finalize() {
    const gas = await l1.estimateFinalizeWithdrawalGas({ account, targetChain, withdrawal });
    return { ...(await done(await wallet.finalizeWithdrawal({ targetChain, withdrawal }))), gas };
  },
  async deposit() {
    const request = { gas: 100_000n, mint: 5n, value: 3n, to: account.address };
    const receipt = await l1.waitForTransactionReceipt({ hash: await wallet.depositTransaction({ request, targetChain }) });
    return { status: receipt.status, onL2: getL2TransactionHashes(receipt) };
  },
  games: async () => ({ games: (await l1.getGames({ targetChain })).map(({ index, l2BlockNumber }) => ({ index, l2BlockNumber })) }),
};
const result = await steps[step]();
console.log(JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? value.toString() : value)));
