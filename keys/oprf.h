// SPDX-License-Identifier: Apache-2.0
// The verifiable oblivious PRF of RFC 9497, suite ristretto255-SHA512, mode VOPRF (0x01), on libsodium, the sums of its
// proofs on libdecaf (keys/weighted_sum.h). One function for each step, under the RFC's name. Elements and scalars are
// 32 bytes; libsodium's pitfalls are refused here: the identity, non-canonical elements and scalars, and every
// multiplication's result.
#ifndef KEYS_OPRF_H
#define KEYS_OPRF_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define OPRF_SCALAR_SIZE 32
#define OPRF_ELEMENT_SIZE 32
#define OPRF_OUTPUT_SIZE 64
#define OPRF_PROOF_SIZE 64 // c, s
#define OPRF_MAX_BATCH 256 // elements under one proof

// ERR_PROOF unless canonical and not the identity.
err_t oprf_check_element(const uint8_t element[OPRF_ELEMENT_SIZE]);
// ERR_PROOF unless reduced and not zero.
err_t oprf_check_scalar(const uint8_t scalar[OPRF_SCALAR_SIZE]);

// RFC 9497, 3.2.1 DeriveKeyPair in mode VOPRF. ERR_INPUT when info is longer than 65,535 bytes.
err_t oprf_derive_key_pair(const uint8_t seed[32], struct bytes info, uint8_t out_sk[OPRF_SCALAR_SIZE],
                           uint8_t out_pk[OPRF_ELEMENT_SIZE]);
err_t oprf_public_key(const uint8_t sk[OPRF_SCALAR_SIZE], uint8_t out_pk[OPRF_ELEMENT_SIZE]);

// RFC 9497, 3.3.2 Blind with a blind given (tests) or fresh. ERR_INPUT for an input of over 65,535 bytes or one that
// hashes to the identity.
err_t oprf_blind_with(struct bytes input, const uint8_t blind[OPRF_SCALAR_SIZE],
                      uint8_t out_blinded[OPRF_ELEMENT_SIZE]);
err_t oprf_blind(struct bytes input, uint8_t out_blind[OPRF_SCALAR_SIZE], uint8_t out_blinded[OPRF_ELEMENT_SIZE]);

// RFC 9497, 3.3.2 BlindEvaluate for `count` elements and GenerateProof (2.2.1) over all. `nonce` is the proof's r
// (tests) or NULL: then r is hedged - random bytes hashed with the key and the transcript. `pk` must be that of `sk`.
// ERR_PROOF for a bad element; ERR_INPUT unless 1 <= count <= OPRF_MAX_BATCH. The outputs may be the inputs' memory.
err_t oprf_blind_evaluate(const uint8_t sk[OPRF_SCALAR_SIZE], const uint8_t pk[OPRF_ELEMENT_SIZE],
                          const uint8_t (*blinded)[OPRF_ELEMENT_SIZE], size_t count,
                          const uint8_t nonce[OPRF_SCALAR_SIZE], uint8_t (*out_evaluated)[OPRF_ELEMENT_SIZE],
                          uint8_t out_proof[OPRF_PROOF_SIZE]);

// RFC 9497, 2.2.2 VerifyProof. ERR_PROOF; ERR_INPUT for the count. Handles no secret: its time may depend on its
// inputs.
err_t oprf_verify_proof(const uint8_t pk[OPRF_ELEMENT_SIZE], const uint8_t (*blinded)[OPRF_ELEMENT_SIZE],
                        const uint8_t (*evaluated)[OPRF_ELEMENT_SIZE], size_t count,
                        const uint8_t proof[OPRF_PROOF_SIZE]);

// RFC 9497, 3.3.2 Finalize, after the proof has been verified.
err_t oprf_finalize(struct bytes input, const uint8_t blind[OPRF_SCALAR_SIZE],
                    const uint8_t evaluated[OPRF_ELEMENT_SIZE], uint8_t out_output[OPRF_OUTPUT_SIZE]);
// RFC 9497, 3.3.2 Evaluate: the output from the whole key (the ceremony's canaries, tests).
err_t oprf_evaluate(const uint8_t sk[OPRF_SCALAR_SIZE], struct bytes input, uint8_t out_output[OPRF_OUTPUT_SIZE]);

#endif
