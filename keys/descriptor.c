// SPDX-License-Identifier: Apache-2.0
#include "keys/descriptor.h"

#include <string.h>

#include "base/file.h"

// Signatures.

void descriptor_signers(const struct note *note, const struct trust *trust, struct descriptor_signers *out) {
    struct descriptor_signers signers = {.authority = note_verify(note, &trust->authority) == OK};
    for (size_t i = 0; i < trust->holder_count; i++) {
        signers.holder[i] = note_verify(note, &trust->holders[i]) == OK;
        signers.holder_count += signers.holder[i] ? 1 : 0;
    }
    *out = signers;
}

static err_t check_signers(const struct note *note, const struct trust *trust) {
    struct descriptor_signers signers;
    descriptor_signers(note, trust, &signers);
    if (!signers.authority) {
        return err_set(ERR_SIGNATURE, "descriptor: no good signature of the authority");
    }
    if (signers.holder_count < trust->threshold) {
        return err_set(ERR_SIGNATURE, "descriptor: good signatures of %zu holders where %zu are needed",
                       signers.holder_count, trust->threshold);
    }
    return OK;
}

err_t descriptor_matches_trust(const struct descriptor *descriptor, const struct trust *trust) {
    if (descriptor->threshold != trust->threshold || descriptor->holder_count != trust->holder_count) {
        return err_set(ERR_INPUT, "descriptor: %zu of %zu holders where the trust file says %zu of %zu",
                       descriptor->threshold, descriptor->holder_count, trust->threshold, trust->holder_count);
    }
    return OK;
}

err_t descriptor_open(struct bytes whole, const struct trust *trust, int64_t now_s, struct descriptor *out) {
    struct note note;
    struct descriptor descriptor;
    err_t err = note_parse(whole, &note);
    err = err != OK ? err : check_signers(&note, trust);
    err = err != OK ? err : descriptor_parse(note.text, &descriptor);
    err = err != OK ? err : descriptor_matches_trust(&descriptor, trust);
    if (err != OK) {
        return err;
    }
    if (now_s >= descriptor.expires) {
        return err_set(ERR_EXPIRED, "descriptor: version %llu has expired", (unsigned long long)descriptor.version);
    }
    *out = descriptor;
    return OK;
}

err_t descriptor_load(const char *path, const struct trust *trust, int64_t now_s, struct descriptor *out) {
    struct buf whole = {0};
    err_t err = file_read(path, MAX_DESCRIPTOR, &whole);
    if (err == OK) {
        err = descriptor_open(buf_bytes(&whole), trust, now_s, out);
        err = err == OK ? OK : err_prefix(err, "%s", path);
    }
    buf_free(&whole);
    return err;
}

// Succession.

// Every key that a descriptor names: the present one, the one before it, the retired ones.
struct named_key {
    uint32_t epoch, generation;
    const uint8_t (*commitments)[ELEMENT_SIZE];
};

static size_t named_keys(const struct descriptor *d, struct named_key out[2 + MAX_RETIRED]) {
    size_t count = 0;
    out[count++] = (struct named_key){d->epoch, d->generation, d->commitments};
    if (d->has_previous) {
        out[count++] = (struct named_key){d->previous.epoch, d->previous.generation, d->previous.commitments};
    }
    for (size_t i = 0; i < d->retired_count; i++) {
        out[count++] = (struct named_key){d->retired[i].epoch, d->retired[i].generation, d->retired[i].commitments};
    }
    return count;
}

// An epoch is one key, and a generation one sharing of it, for good.
static err_t same_key(const struct named_key *next, const struct named_key *present, size_t threshold) {
    if (next->epoch != present->epoch) {
        return OK;
    }
    if (memcmp(next->commitments[0], present->commitments[0], ELEMENT_SIZE) != 0) {
        return err_set(ERR_STALE, "descriptor: the public key changed within epoch %u", present->epoch);
    }
    if (next->generation == present->generation &&
        memcmp(next->commitments, present->commitments, threshold * ELEMENT_SIZE) != 0) {
        return err_set(ERR_STALE, "descriptor: the shares changed within generation %u", present->generation);
    }
    return OK;
}

static err_t same_keys(const struct descriptor *next, const struct descriptor *present) {
    struct named_key after[2 + MAX_RETIRED], before[2 + MAX_RETIRED];
    size_t after_count = named_keys(next, after), before_count = named_keys(present, before);
    size_t threshold = next->threshold < present->threshold ? next->threshold : present->threshold;
    err_t err = OK;
    for (size_t i = 0; err == OK && i < after_count * before_count; i++) {
        err = same_key(&after[i / before_count], &before[i % before_count], threshold);
    }
    return err;
}

static err_t same_content(const struct descriptor *a, const struct descriptor *b, bool *out) {
    struct buf left = {0}, right = {0};
    err_t err = descriptor_write(a, &left);
    err = err != OK ? err : descriptor_write(b, &right);
    if (err == OK) {
        *out = bytes_equal(buf_bytes(&left), buf_bytes(&right));
    }
    buf_free(&left);
    buf_free(&right);
    return err;
}

static err_t follows_within_epoch(const struct descriptor *next, const struct descriptor *present) {
    if (next->generation < present->generation) {
        return err_set(ERR_STALE, "descriptor: generation %u after %u", next->generation, present->generation);
    }
    if (next->generation == present->generation &&
        (next->threshold != present->threshold || next->holder_count != present->holder_count)) {
        return err_set(ERR_STALE, "descriptor: the shares changed within generation %u", present->generation);
    }
    return OK;
}

err_t descriptor_follows(const struct descriptor *next, const struct descriptor *present) {
    if (strcmp(next->scheme, present->scheme) != 0) {
        return err_set(ERR_STALE, "descriptor: of another scheme");
    }
    if (next->version < present->version) {
        return err_set(ERR_STALE, "descriptor: version %llu after %llu", (unsigned long long)next->version,
                       (unsigned long long)present->version);
    }
    if (next->epoch < present->epoch) {
        return err_set(ERR_STALE, "descriptor: epoch %u after %u", next->epoch, present->epoch);
    }
    if (next->version == present->version) {
        bool same = false;
        err_t err = same_content(next, present, &same);
        if (err != OK) {
            return err;
        }
        return same ? OK : err_set(ERR_STALE, "descriptor: other content under the same version");
    }
    err_t err = same_keys(next, present);
    return err == OK && next->epoch == present->epoch ? follows_within_epoch(next, present) : err;
}

// Its keys.

void descriptor_with_key(const struct descriptor *descriptor, const struct descriptor_key *key,
                         struct descriptor *out) {
    struct descriptor other = *descriptor;
    other.epoch = key->epoch;
    other.generation = key->generation;
    memcpy(other.commitments, key->commitments, sizeof other.commitments);
    for (size_t i = 0; key->epoch != descriptor->epoch && i < descriptor->slot_count; i++) {
        memcpy(other.slots[i].canary_token, key->canary_tokens[i], TOKEN_SIZE);
    }
    other.has_previous = false;
    other.retired_count = 0;
    *out = other;
}
