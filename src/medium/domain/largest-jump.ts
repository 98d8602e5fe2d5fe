/** The largest step of a sequence number that is believed without a question to the operator. */
export const largestJump = 1000;
