/** Largest step of a sequence number that is accepted without asking the operator. */
export const largestJump = 1000;
