// SPDX-License-Identifier: Apache-2.0
#include "vectors.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODE_VOPRF 1

size_t test_unhex(const char *hex, size_t hex_len, uint8_t *out, size_t max) {
    char text[2 * 128 + 1];
    cr_assert(hex_len % 2 == 0 && hex_len / 2 <= max && hex_len < sizeof(text));
    memcpy(text, hex, hex_len);
    text[hex_len] = 0;
    cr_assert_eq(hex_decode(text, out, hex_len / 2), OK);
    return hex_len / 2;
}

static const char *text_of(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    cr_assert_not_null(text, "the vectors have no %s", name);
    return text;
}

static size_t read_hex(const json_t *object, const char *name, uint8_t *out, size_t max) {
    const char *text = text_of(object, name);
    return test_unhex(text, strlen(text), out, max);
}

// A batch's values stand in one text, separated by commas. `lens` may be NULL.
static size_t read_list(const json_t *object, const char *name, uint8_t *out, size_t stride, size_t *lens) {
    const char *at = text_of(object, name);
    size_t count = 0;
    for (;;) {
        const size_t hex_len = strcspn(at, ",");
        cr_assert_lt(count, (size_t)VECTOR_BATCH_MAX);
        const size_t len = test_unhex(at, hex_len, out + count * stride, stride);
        if (lens != NULL) {
            lens[count] = len;
        } else {
            cr_assert_eq(len, stride);
        }
        count++;
        if (at[hex_len] == 0) {
            return count;
        }
        at += hex_len + 1;
    }
}

static void read_vector(const json_t *object, struct vector *out) {
    const json_t *proof = json_object_get(object, "Proof");
    out->count = (size_t)json_integer_value(json_object_get(object, "Batch"));
    cr_assert_eq(read_list(object, "Input", out->input[0], VECTOR_INPUT_MAX, out->input_len), out->count);
    cr_assert_eq(read_list(object, "Blind", out->blind[0], 32, NULL), out->count);
    cr_assert_eq(read_list(object, "BlindedElement", out->blinded[0], 32, NULL), out->count);
    cr_assert_eq(read_list(object, "EvaluationElement", out->evaluated[0], 32, NULL), out->count);
    cr_assert_eq(read_list(object, "Output", out->output[0], 64, NULL), out->count);
    cr_assert_eq(read_hex(proof, "r", out->nonce, 32), (size_t)32);
    cr_assert_eq(read_hex(proof, "proof", out->proof, 64), (size_t)64);
}

static const json_t *find_suite(const json_t *all) {
    size_t i;
    const json_t *suite;
    json_array_foreach(all, i, suite) {
        if (strcmp(text_of(suite, "identifier"), "ristretto255-SHA512") == 0 &&
            json_integer_value(json_object_get(suite, "mode")) == MODE_VOPRF) {
            return suite;
        }
    }
    return NULL;
}

void vectors_load(struct vectors *out) {
    const char *shared = getenv("SIGNPOST_SHARED");
    char path[4096];
    if (shared == NULL) {
        cr_skip_test("skipped: SIGNPOST_SHARED is not set, so that the RFC 9497 vectors are not at hand");
    }
    snprintf(path, sizeof(path), "%s/data/vectors/allVectors.json", shared);
    json_t *all = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    if (all == NULL) {
        cr_skip_test("skipped: no RFC 9497 vectors at %s", path);
    }
    const json_t *suite = find_suite(all);
    cr_assert_not_null(suite, "the file holds no vectors of ristretto255-SHA512 in mode VOPRF");
    const json_t *list = json_object_get(suite, "vectors");
    memset(out, 0, sizeof(*out));
    cr_assert_eq(read_hex(suite, "seed", out->seed, 32), (size_t)32);
    cr_assert_eq(read_hex(suite, "skSm", out->sk, 32), (size_t)32);
    cr_assert_eq(read_hex(suite, "pkSm", out->pk, 32), (size_t)32);
    out->info_len = read_hex(suite, "keyInfo", out->info, sizeof(out->info));
    out->count = json_array_size(list);
    cr_assert(out->count >= 1 && out->count <= VECTORS_MAX);
    for (size_t i = 0; i < out->count; i++) {
        read_vector(json_array_get(list, i), &out->vectors[i]);
    }
    json_decref(all);
}

struct bytes vector_input(const struct vector *vector, size_t i) {
    return bytes_of(vector->input[i], vector->input_len[i]);
}
