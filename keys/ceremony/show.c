// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/show.h"

#include <inttypes.h>
#include <openssl/sha.h>

#include "base/clock.h"
#include "keys/ceremony/command.h"
#include "proto/tls.h"

void show_digest(struct bytes data, char out[SHOW_DIGEST_SIZE]) {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    char *at = out;
    (void)SHA256(data.data, data.len, digest);
    for (size_t i = 0; i < 16; i += 2) {
        at += snprintf(at, 6, "%s%02x%02x", i > 0 ? " " : "", digest[i], digest[i + 1]);
    }
}

void show_until(int64_t until, int64_t now_s, char out[SHOW_UNTIL_SIZE]) {
    char text[CLOCK_TEXT_SIZE];
    int64_t left = until - now_s;
    clock_format(until, text);
    if (left <= 0) {
        (void)snprintf(out, SHOW_UNTIL_SIZE, "%s, EXPIRED", text);
    } else if (left < 2 * DAY_S) {
        (void)snprintf(out, SHOW_UNTIL_SIZE, "%s, %" PRId64 " hours left", text, left / 3600);
    } else {
        (void)snprintf(out, SHOW_UNTIL_SIZE, "%s, %" PRId64 " days left", text, (left + DAY_S / 2) / DAY_S);
    }
}

err_t show_key_hash(const X509 *certificate, char out[SHOW_KEY_HASH_SIZE]) {
    uint8_t hash[KEY_HASH_SIZE];
    err_t err = tls_key_hash(certificate, hash);
    if (err == OK) {
        hex_encode(hash, sizeof hash, out);
    }
    return err;
}

static void show_slots(FILE *out, const struct descriptor *d) {
    fprintf(out, "  key set      %s, matching digest ", d->key_set);
    for (size_t i = 0; i < sizeof d->matching_digest; i++) {
        fprintf(out, "%02x", d->matching_digest[i]);
    }
    fprintf(out, "\n");
    for (size_t i = 0; i < d->slot_count; i++) {
        fprintf(out, "    slot       %-12s %-8s canary %s\n", d->slots[i].name,
                d->slots[i].tier == TIER_SURE ? "sure" : "similar", d->slots[i].canary_value);
    }
}

static void show_other_keys(FILE *out, const struct descriptor *d, int64_t now_s) {
    char until[SHOW_UNTIL_SIZE];
    if (descriptor_rotates(d)) {
        fprintf(out, "  in use too   epoch %" PRIu32 ", generation %" PRIu32 ", until every feed has moved\n",
                d->previous.epoch, d->previous.generation);
    } else if (d->has_previous) {
        show_until(d->previous.until, now_s, until);
        fprintf(out, "  served too   generation %" PRIu32 " until %s\n", d->previous.generation, until);
    }
    for (size_t i = 0; i < d->retired_count; i++) {
        fprintf(out, "  retired      epoch %" PRIu32 ", generation %" PRIu32 ": for subject access alone\n",
                d->retired[i].epoch, d->retired[i].generation);
    }
}

void show_descriptor(FILE *out, const struct descriptor *d, int64_t now_s) {
    char issued[CLOCK_TEXT_SIZE], until[SHOW_UNTIL_SIZE], digest[SHOW_DIGEST_SIZE];
    clock_format(d->issued, issued);
    show_until(d->expires, now_s, until);
    show_digest(bytes_of(d->commitments, d->threshold * ELEMENT_SIZE), digest);
    fprintf(out, "  scheme       %s, descriptor version %" PRIu64 "\n", d->scheme, d->version);
    fprintf(out, "  issued       %s\n  expires      %s\n", issued, until);
    fprintf(out, "  token key    epoch %" PRIu32 ", generation %" PRIu32 "; any %zu of %zu holders\n", d->epoch,
            d->generation, d->threshold, d->holder_count);
    show_other_keys(out, d, now_s);
    fprintf(out, "  commitments  %s (fingerprint; all parties must read the same)\n", digest);
    for (size_t i = 0; i < d->holder_count; i++) {
        fprintf(out, "    holder %-2zu  %s\n", i + 1, d->holders[i]);
    }
    for (size_t i = 0; i < d->index_count; i++) {
        fprintf(out, "    index      %s\n", d->indexes[i]);
    }
    show_slots(out, d);
}

void show_signers(FILE *out, const struct descriptor_signers *signers, const struct trust *trust) {
    fprintf(out, "  signed by    %s\n", signers->authority ? trust->authority.name : "NOT by the authority");
    for (size_t i = 0; i < trust->holder_count; i++) {
        if (signers->holder[i]) {
            fprintf(out, "               %s\n", trust->holders[i].name);
        }
    }
    fprintf(out, "               %zu of %zu holders; at least %zu are needed\n", signers->holder_count,
            trust->holder_count, trust->threshold);
}
