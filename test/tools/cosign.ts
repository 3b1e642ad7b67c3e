import { findBuilt, type Found, type GoProgram } from './go-programs.ts';

export const COSIGN: GoProgram = { name: 'cosign', package: 'github.com/sigstore/cosign/v3/cmd/cosign', version: 'v3.1.3' };

export const findCosign = (): Found => findBuilt(COSIGN);
