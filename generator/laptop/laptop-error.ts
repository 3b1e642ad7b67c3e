/** Thrown when the server on this machine cannot do its work. The message is what a person reads. */
export class LaptopError extends Error {}
