// Compiles one contract again and again, with one source changed each time: what `cargo xtask mutate` needs, without the
// seconds that forge and a new compiler take. One request a line on standard input, one answer a line on standard output:
//   {"file": "src/a/B.sol", "path": "src/a/C.sol", "text": "…"}: contract B, with this text in place of C.sol
//   {"bytecode": "0x…"} or {"error": "…"}
// Run in the folder that holds src/ and node_modules/. No optimizer: it would take most of the time and changes no result.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

const soljson = createRequire(join(process.cwd(), 'package.json'))('solc/soljson.js');
const REMAPPINGS = [
  ['solady/', 'node_modules/solady/src/'],
  ['@openzeppelin/contracts/', 'node_modules/@openzeppelin/contracts/'],
  ['openzeppelin-5/', 'node_modules/openzeppelin-5/'],
];
const texts = new Map();

function textOf(path) {
  if (!texts.has(path)) texts.set(path, readFileSync(path, 'utf8'));
  return texts.get(path);
}

const remapped = (path) => REMAPPINGS.reduce((p, [from, to]) => (p.startsWith(from) ? to + p.slice(from.length) : p), path);

function imports(path, text) {
  return [...text.matchAll(/^\s*(?:import\s|\}\s*from\s)[^"']*["']([^"']+)["']/gm)].map(([, found]) =>
    found.startsWith('.') ? join(path, '..', found) : remapped(found));
}

function compile({ file, path, text }) {
  const sources = {};
  const visit = (name) => {
    if (sources[name]) return;
    const content = name === path ? text : textOf(name);
    sources[name] = { content };
    imports(name, content).forEach(visit);
  };
  visit(file);
  const contract = basename(file, '.sol');
  const input = JSON.stringify({
    language: 'Solidity',
    sources,
    settings: {
      remappings: REMAPPINGS.map(([from, to]) => `${from}=${to}`),
      optimizer: { enabled: false },
      evmVersion: 'cancun',
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { [file]: { [contract]: ['evm.bytecode.object'] } },
    },
  });
  const size = soljson.lengthBytesUTF8(input) + 1;
  const address = soljson._solidity_alloc(size);
  soljson.stringToUTF8(input, address, size);
  const output = JSON.parse(soljson.UTF8ToString(soljson._solidity_compile(address, 0, 0)));
  soljson._solidity_reset();
  const failure = (output.errors ?? []).find((e) => e.severity === 'error');
  if (failure) return { error: failure.message };
  return { bytecode: `0x${output.contracts[file][contract].evm.bytecode.object}` };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = compile(JSON.parse(line));
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
