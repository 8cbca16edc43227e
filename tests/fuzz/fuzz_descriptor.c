// SPDX-License-Identifier: Apache-2.0
// The scheme descriptor and the trust file. The first byte chooses. What is read can be written and reads as the same.
//
// Covers: keys/descriptor_text.c keys/descriptor.c keys/descriptor_check.c keys/trust.c
#include <string.h>

#include "keys/descriptor.h"
#include "tests/fuzz/fuzz.h"

static struct note_key key_of(const char *name, uint8_t first, uint8_t seed[NOTE_SEED_SIZE]) {
    struct note_key key;
    memset(seed, 0, NOTE_SEED_SIZE);
    seed[0] = first;
    MUST(note_key_of_seed(name, seed, &key) == OK);
    return key;
}

// Signs the text as the authority and two holders would, and opens it as a client does. A flag in `missing` leaves a
// signature out, and then it must not open.
static void check_open(struct bytes text, const struct descriptor *parsed, uint8_t missing) {
    static const char *const names[] = {"authority", "holder-1", "holder-2", "holder-3"};
    uint8_t seeds[4][NOTE_SEED_SIZE];
    struct trust trust = {.threshold = 2, .holder_count = 3};
    trust.authority = key_of(names[0], 1, seeds[0]);
    for (size_t i = 0; i < 3; i++) {
        trust.holders[i] = key_of(names[i + 1], (uint8_t)(i + 2), seeds[i + 1]);
    }
    struct buf note = {0};
    struct descriptor opened;
    size_t holders = 0;
    buf_put(&note, text.data, text.len);
    buf_put_str(&note, "\n");
    for (size_t i = 0; i < 4; i++) {
        if ((missing >> i & 1) == 0) {
            MUST(note_sign(text, names[i], seeds[i], &note) == OK);
            holders += i > 0 ? 1 : 0;
        }
    }
    bool signed_well = (missing & 1) == 0 && holders >= 2;
    bool fits = parsed->threshold == 2 && parsed->holder_count == 3;
    err_t err = descriptor_load(fuzz_file(buf_bytes(&note)), &trust, parsed->issued, &opened);
    if (!fits || !signed_well) {
        MUST(err != OK);
    } else {
        MUST((err == OK) == (parsed->issued < parsed->expires));
    }
    if (err == OK) {
        MUST(descriptor_open(buf_bytes(&note), &trust, parsed->expires, &opened) == ERR_EXPIRED);
        MUST(descriptor_follows(&opened, &opened) == OK);
    }
    buf_free(&note);
}

static void try_descriptor(struct bytes text, uint8_t missing) {
    static struct descriptor first, second;
    struct buf written = {0}, again = {0};
    if (descriptor_parse(text, &first) == OK) {
        MUST(first.threshold >= 1 && first.threshold <= first.holder_count && first.holder_count <= MAX_HOLDERS);
        MUST(descriptor_write(&first, &written) == OK);
        MUST(descriptor_parse(buf_bytes(&written), &second) == OK);
        MUST(descriptor_write(&second, &again) == OK && bytes_equal(buf_bytes(&written), buf_bytes(&again)));
        check_open(buf_bytes(&written), &first, missing);
        if (first.has_previous) {
            descriptor_with_key(&first, &first.previous, &second);
            MUST(second.epoch == first.previous.epoch && !second.has_previous);
        }
    }
    buf_free(&written);
    buf_free(&again);
}

static void try_trust(struct bytes text) {
    struct trust trust;
    MUST((trust_parse(text, &trust) == OK) == (trust_load(fuzz_file(text), &trust) == OK));
}

static void check_followed(const struct descriptor *next, const struct descriptor *present) {
    if (descriptor_follows(next, present) == OK) {
        MUST(next->version >= present->version && next->epoch >= present->epoch);
        MUST(strcmp(next->scheme, present->scheme) == 0);
        MUST(next->epoch != present->epoch || memcmp(next->commitments[0], present->commitments[0], ELEMENT_SIZE) == 0);
        MUST(next->epoch != present->epoch || next->generation >= present->generation);
    }
}

// One step of what an authority does, or should not do, to the descriptor.
static void alter(struct descriptor *d, uint8_t step, uint8_t by) {
    switch (step % 10) {
    case 0:
        d->version += by;
        break;
    case 1:
        d->epoch += by;
        break;
    case 2:
        d->generation += by;
        break;
    case 3:
        d->threshold = 1 + by % MAX_HOLDERS;
        break;
    case 4:
        d->scheme[0] = 'z';
        break;
    case 5: // the first commitment, and any other
        memcpy(d->commitments[by % MAX_HOLDERS], d->commitments[(by + 1U) % MAX_HOLDERS], ELEMENT_SIZE);
        break;
    case 6:
        d->has_previous = by % 2 == 0;
        break;
    case 7:
        d->previous.epoch = d->epoch;
        d->previous.generation = d->generation;
        memcpy(d->previous.commitments, d->commitments, sizeof d->commitments);
        d->has_previous = true;
        break;
    case 8:
        d->retired_count = by % (MAX_RETIRED + 1U);
        d->retired[0] = d->previous;
        break;
    default:
        d->epoch = d->epoch > by ? d->epoch - by : d->epoch;
        d->generation = d->generation > by ? d->generation - by : d->generation;
        break;
    }
}

// What may follow the present descriptor: another text, or the same after some steps.
static void try_follow(struct reader *input) {
    static struct descriptor present, next;
    struct bytes text = fuzz_take(input);
    if (descriptor_parse(text, &present) != OK) {
        return;
    }
    struct reader steps = *input;
    if (descriptor_parse(fuzz_rest(input), &next) == OK) {
        check_followed(&next, &present);
    }
    next = present;
    while (steps.left >= 2) {
        uint8_t step = reader_u8(&steps);
        alter(&next, step, reader_u8(&steps));
        check_followed(&next, &present);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    uint8_t which = reader_u8(&input);
    switch (which % 3) {
    case 0:
        try_descriptor(fuzz_rest(&input), which / 3);
        break;
    case 1:
        try_trust(fuzz_rest(&input));
        break;
    default:
        try_follow(&input);
        break;
    }
    return 0;
}
