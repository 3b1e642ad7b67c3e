#!/usr/bin/env node
// Where a source was changed since the program was built, tsx compiles what is imported from here on.
import { isBuilt } from './built.js';

if (await isBuilt()) {
  await import('../dist/main.js');
} else {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./main.ts');
}
