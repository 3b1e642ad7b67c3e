#!/usr/bin/env node
// The generator is TypeScript without a build step: tsx compiles what is imported from here on.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
