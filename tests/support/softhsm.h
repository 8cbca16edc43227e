// SPDX-License-Identifier: Apache-2.0
// Throwaway smartcards: SoftHSM's tokens in a temporary folder, by the commands that docs/smartcards.md names. For
// tests alone: a failure ends the test. The environment of the process points SoftHSM at the folder.
#ifndef TESTS_SUPPORT_SOFTHSM_H
#define TESTS_SUPPORT_SOFTHSM_H

#define SOFTHSM_PIN "493817"

struct softhsm {
    char dir[64];
    const char *module; // libsofthsm2.so
};

// Skips the test with a word where SoftHSM or pkcs11-tool is not installed.
void softhsm_open(struct softhsm *hsm);
void softhsm_close(struct softhsm *hsm);

void softhsm_token(const struct softhsm *hsm, const char *label);
// Makes a key pair on the token: "EC:prime256v1", "rsa:2048".
void softhsm_key(const struct softhsm *hsm, const char *label, const char *type, const char *id, const char *name);
// Puts a certificate (PEM file) beside the key.
void softhsm_certificate(const struct softhsm *hsm, const char *label, const char *id, const char *path);

// Takes all tokens out of the reader, and puts them back.
void softhsm_take_out(const struct softhsm *hsm);
void softhsm_put_in(const struct softhsm *hsm);

#endif
