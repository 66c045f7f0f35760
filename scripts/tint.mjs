// Every .wgsl file of a folder through Tint, the compiler of Chromium. It has no 64-bit integers: they are written as
// 32-bit ones, for what is checked is syntax and where barriers stand.
import { create } from 'webgpu';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
// Without a device: modules are compiled, nothing runs.
const gpu = create(['backend=null']);
const adapter = await gpu.requestAdapter();
const device = await adapter.requestDevice();
device.addEventListener('uncapturederror', () => {});

const narrow = (text) =>
  text
    .replace(/\b(0x[0-9a-f]+|\d+)lu\b/g, (_, number) => `${BigInt(number) & 0x7fffffffn}u`)
    .replace(/(<<|>>) (3[2-9]|[4-6]\d)u/g, '$1 31u')
    .replace(/\bu64\b/g, 'u32');
let modules = 0;
let refused = 0;
for (const file of readdirSync(folder).filter((file) => file.endsWith('.wgsl'))) {
  const text = readFileSync(join(folder, file), 'utf8');
  const module = device.createShaderModule({ code: /\bu64\b/.test(text) ? narrow(text) : text });
  const { messages } = await module.getCompilationInfo();
  for (const { type, lineNum, message } of messages) console.error(`${file}:${lineNum}: ${type}: ${message}`);
  refused += messages.length > 0 ? 1 : 0;
  modules += 1;
}
console.error(`Tint: ${modules} modules, ${refused} refused`);
process.exit(modules > 0 && refused === 0 ? 0 : 1);
