// Builds the contracts and keeps what is derived from them in step:
//   artifacts/NAME.json          {contractName, abi, bytecode, deployedBytecode}, what Rust and the deployer read
//   snapshots/storage/NAME.txt   storage layout, one variable a line
// and holds each contract against its expected interface, snapshots/abi/NAME.txt, which is written by hand:
//   one entry a line, e.g. `function step(bytes,bytes,bytes32) nonpayable returns (bytes32)`;
//   `pending ` before an entry: known to be missing as yet; `#` starts a comment.
// and all of them together against snapshots/selectors.txt, the selectors and topics of deployed contracts.
// A contract is deployable when it has such a list. `--check` writes nothing and fails on any difference.
// Usage: node artifacts.mjs [--check] [NAME…]   (names restrict what is built and compared)
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sha3 from 'js-sha3';

const root = dirname(fileURLToPath(import.meta.url));
const check = process.argv.includes('--check');
const chosen = process.argv.slice(2).filter((a) => a !== '--check');
const out = mkdtempSync(join(tmpdir(), 'artifacts-'));
const RUNTIME_LIMIT = 24_576; // EIP-170
const INITCODE_LIMIT = 49_152; // EIP-3860
const problems = [];

const typeOf = ({ type, components }) =>
  type.startsWith('tuple') ? `(${components.map(typeOf).join(',')})${type.slice('tuple'.length)}` : type;
const list = (items) => `(${items.map(typeOf).join(',')})`;

function abiLine(e) {
  switch (e.type) {
    case 'function':
      return `function ${e.name}${list(e.inputs)} ${e.stateMutability}` +
        (e.outputs.length ? ` returns ${list(e.outputs)}` : '');
    case 'event':
      return `event ${e.name}(${e.inputs.map((i) => typeOf(i) + (i.indexed ? ' indexed' : '')).join(',')})` +
        (e.anonymous ? ' anonymous' : '');
    case 'error':
      return `error ${e.name}${list(e.inputs)}`;
    case 'constructor':
      return `constructor${list(e.inputs)} ${e.stateMutability}`;
    default:
      return `${e.type}() ${e.stateMutability}`;
  }
}

function storageText({ storage, types }) {
  const lines = storage.map((v) => {
    const type = types[v.type].label.replace(/\b(struct|enum|contract) /g, '');
    return `slot ${v.slot} offset ${v.offset} bytes ${types[v.type].numberOfBytes} ${type} ${v.label}`;
  });
  return lines.join('\n') + '\n';
}

function compareAbi(name, abi) {
  const wanted = new Set(), pending = new Set();
  for (const raw of readFileSync(join(root, 'snapshots/abi', `${name}.txt`), 'utf8').split('\n')) {
    const line = raw.replace(/#.*/, '').trim();
    if (line.startsWith('pending ')) pending.add(line.slice('pending '.length));
    else if (line) wanted.add(line);
  }
  const actual = new Set(abi.map(abiLine));
  for (const line of wanted) if (!actual.has(line)) problems.push(`${name}: ABI lacks: ${line}`);
  for (const line of actual) {
    if (pending.has(line)) problems.push(`${name}: ABI has, but listed as pending: ${line}`);
    else if (!wanted.has(line)) problems.push(`${name}: ABI has, but not listed: ${line}`);
  }
  for (const line of pending) console.log(`${name}: pending: ${line}`);
}

const selectorOf = (e) => sha3.keccak256(e.name + list(e.inputs)).slice(0, e.type === 'event' ? 64 : 8);

// What a chain's contracts are called by must be found, by number, in what was built.
function compareSelectors(known) {
  for (const raw of readFileSync(join(root, 'snapshots/selectors.txt'), 'utf8').split('\n')) {
    const [selector, entry] = raw.replace(/#.*/, '').trim().split(' ');
    if (selector && !known.has(selector)) problems.push(`selectors: no contract has ${selector} ${entry}`);
  }
}

function keep(path, text) {
  const full = join(root, path);
  if (check) {
    if (!existsSync(full)) problems.push(`${path}: not committed`);
    else if (readFileSync(full, 'utf8') !== text) problems.push(`${path}: differs from what the sources give`);
  } else {
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }
}

// A contract compiled by an additional profile has the profile's name before `.json`.
function compiled(name) {
  const dir = join(out, `${name}.sol`);
  const found = existsSync(dir) ? readdirSync(dir).filter((f) => f === `${name}.json` || f.startsWith(`${name}.`)) : [];
  if (found.length !== 1) throw new Error(`${name}: expected one build output in ${dir}, found [${found}]`);
  return JSON.parse(readFileSync(join(dir, found[0]), 'utf8'));
}

const listed = readdirSync(join(root, 'snapshots/abi')).filter((f) => f.endsWith('.txt')).map((f) => f.slice(0, -4)).sort();
for (const name of chosen) if (!listed.includes(name)) throw new Error(`${name}: no snapshots/abi/${name}.txt`);
const names = chosen.length ? chosen : listed;
const sources = readdirSync(join(root, 'src'), { recursive: true }).filter((f) => names.includes(basename(f, '.sol')));
const build = spawnSync(
  join(root, 'node_modules/.bin/forge'),
  ['build', ...sources.map((f) => join('src', f)), '--out', out, '--cache-path', join(out, 'cache')],
  // Variables that move forge's folders would win over the arguments.
  { cwd: root, stdio: 'inherit', env: { ...process.env, FOUNDRY_OUT: out, FOUNDRY_CACHE_PATH: join(out, 'cache') } },
);
if (build.status !== 0) {
  rmSync(out, { recursive: true });
  console.error('FAIL forge build');
  process.exit(1);
}

const known = new Set();
for (const name of names) {
  const { abi, bytecode, deployedBytecode, storageLayout } = compiled(name);
  const size = (code) => (code.object.length - 2) / 2;
  const [runtime, initcode] = [size(deployedBytecode), size(bytecode)];
  console.log(`${name}: runtime ${runtime} bytes, initcode ${initcode} bytes`);
  if (runtime > RUNTIME_LIMIT) problems.push(`${name}: runtime ${runtime} bytes > ${RUNTIME_LIMIT}`);
  if (initcode > INITCODE_LIMIT) problems.push(`${name}: initcode ${initcode} bytes > ${INITCODE_LIMIT}`);
  compareAbi(name, abi);
  for (const e of abi) if (e.name) known.add(selectorOf(e));
  const artifact = { contractName: name, abi, bytecode: bytecode.object, deployedBytecode: deployedBytecode.object };
  keep(`artifacts/${name}.json`, JSON.stringify(artifact, null, 2) + '\n');
  if (storageLayout?.storage.length) keep(`snapshots/storage/${name}.txt`, storageText(storageLayout));
}

if (!chosen.length) compareSelectors(known);
for (const [dir, ext] of [['artifacts', '.json'], ['snapshots/storage', '.txt']]) {
  for (const f of existsSync(join(root, dir)) ? readdirSync(join(root, dir)) : []) {
    if (!listed.includes(f.slice(0, -ext.length))) problems.push(`${dir}/${f}: belongs to no listed contract`);
  }
}
rmSync(out, { recursive: true });
for (const p of problems) console.error(`FAIL ${p}`);
process.exit(problems.length ? 1 : 0);
