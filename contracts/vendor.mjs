// Keeps vendor-artifacts/ in step with the Safe contracts from npm (`@safe-global/safe-contracts`, LGPL-3.0): ABI and
// bytecode as published, not compiled here and no part of this project's own code.
// Usage: node vendor.mjs [--check]   (`--check` writes nothing and fails on any difference)
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const check = process.argv.includes('--check');
const from = join(root, 'node_modules/@safe-global/safe-contracts');
const to = join(root, 'vendor-artifacts');
const wanted = {
  Safe: 'Safe.sol',
  SafeProxy: 'proxies/SafeProxy.sol',
  SafeProxyFactory: 'proxies/SafeProxyFactory.sol',
  MultiSend: 'libraries/MultiSend.sol',
  CompatibilityFallbackHandler: 'handler/CompatibilityFallbackHandler.sol',
};

const { version, license } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
const files = { LICENSE: readFileSync(join(from, 'LICENSE'), 'utf8') };
for (const [name, source] of Object.entries(wanted)) {
  const { abi, bytecode, deployedBytecode } = JSON.parse(
    readFileSync(join(from, 'build/artifacts/contracts', source, `${name}.json`), 'utf8'),
  );
  const artifact = { contractName: name, package: `@safe-global/safe-contracts@${version}`, license, abi, bytecode, deployedBytecode };
  files[`${name}.json`] = JSON.stringify(artifact, null, 2) + '\n';
}

let problems = 0;
if (!check) mkdirSync(to, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const path = join(to, name);
  if (!check) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error(`FAIL vendor-artifacts/${name}: differs from the package`);
    problems++;
  }
}
for (const name of readdirSync(to)) {
  if (name in files || name === 'README.md') continue;
  console.error(`FAIL vendor-artifacts/${name}: belongs to no listed contract`);
  problems++;
}
process.exit(problems ? 1 : 0);
