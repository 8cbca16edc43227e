// SPDX-License-Identifier: Apache-2.0
// The moments of one `signpost ask`, in their order, in nanoseconds of CLOCK_MONOTONIC: an int64_t each in the file
// that ask_steps writes and `ask` reads.
#ifndef BENCH_ASK_STEPS_H
#define BENCH_ASK_STEPS_H

enum moment {
    MOMENT_LOADED,    // the program and its libraries are in memory
    MOMENT_OPENED,    // configuration, descriptor, certificates and keys were read and checked
    MOMENT_ASKED,     // the child's details were read
    MOMENT_BLINDED,   // the requests to the key holders are ready
    MOMENT_EVALUATED, // their replies are here, and the index's status
    MOMENT_PROVED,    // the proofs hold
    MOMENT_FINALISED, // the tokens are made
    MOMENT_SENT,      // the question is ready
    MOMENT_ANSWERED,
    MOMENTS
};

#endif
