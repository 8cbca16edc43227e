// SPDX-License-Identifier: Apache-2.0
// Against libsodium, which adds up term by term.
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "keys/oprf.h"
#include "tests/keys/plain_sum.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CONST_32(x) ((const uint8_t(*)[32])(x))

struct sum { // of public values
    size_t count;
    uint8_t weights[OPRF_MAX_BATCH][32], elements[OPRF_MAX_BATCH][32];
};

static void start(void) {
    cr_assert_eq(secret_start(), OK);
}

TestSuite(weighted_sum, .init = start);

static void draw(struct sum *sum, size_t count) {
    sum->count = count;
    for (size_t i = 0; i < count; i++) {
        crypto_core_ristretto255_scalar_random(sum->weights[i]);
        crypto_core_ristretto255_random(sum->elements[i]);
    }
}

static void expect_plain(const struct sum *sum, const char *what) {
    uint8_t want[32], found[32];
    cr_assert_eq(plain_sum(CONST_32(sum->weights), CONST_32(sum->elements), sum->count, want), OK, "%s", what);
    cr_assert_eq(weighted_sum(CONST_32(sum->weights), CONST_32(sum->elements), sum->count, found), OK, "%s", what);
    cr_expect_arr_eq(found, want, 32, "%s, %zu elements", what, sum->count);
}

static void set_small(uint8_t out[32], int number) {
    memset(out, number < 0 ? 0xff : 0, 32);
    out[0] = (uint8_t)number;
}

// The order of the group and a small number: of its lowest byte, 0xed, both ways there is room.
static void set_about_order(uint8_t out[32], int more) {
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                      0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    memcpy(out, order, 32);
    out[0] = (uint8_t)(out[0] + more);
}

Test(weighted_sum, is_libsodiums_for_batches_of_every_size_about_the_groups_and_the_largest) {
    static const size_t counts[] = {0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256};
    static struct sum sum;
    for (size_t i = 0; i < COUNT(counts); i++) {
        draw(&sum, counts[i]);
        expect_plain(&sum, "random");
    }
}

Test(weighted_sum, is_libsodiums_for_many_random_pairs) {
    static struct sum sum;
    for (size_t round = 0; round < 300; round++) {
        draw(&sum, 2);
        expect_plain(&sum, "random");
    }
}

// Alone, and behind others: in the first group and in the second.
static void expect_plain_with(const uint8_t weight[32], const char *what) {
    static const size_t counts[] = {1, 5, 34};
    static struct sum sum;
    for (size_t i = 0; i < COUNT(counts); i++) {
        draw(&sum, counts[i]);
        memcpy(sum.weights[counts[i] - 1], weight, 32);
        expect_plain(&sum, what);
    }
}

Test(weighted_sum, takes_weights_at_every_edge) {
    uint8_t weight[32];
    for (int small = -66; small <= 66; small++) {
        set_small(weight, small);
        expect_plain_with(weight, "a small weight");
    }
    for (int about = -17; about <= 17; about++) {
        set_about_order(weight, about);
        expect_plain_with(weight, "a weight about the order");
    }
    memset(weight, 0x55, 32);
    expect_plain_with(weight, "every other bit");
    memset(weight, 0xaa, 32);
    expect_plain_with(weight, "every other bit, and a sign");
}

Test(weighted_sum, takes_a_weight_of_each_single_bit_and_of_all_below_it) {
    uint8_t bit[32], below[32];
    for (size_t i = 0; i < 256; i++) {
        memset(bit, 0, 32);
        memset(below, 0xff, 32);
        bit[i / 8] = (uint8_t)(1 << i % 8);
        sodium_sub(below, bit, 32);
        expect_plain_with(bit, "a single bit");
        expect_plain_with(below, "all bits but one");
        memset(below, 0, 32);
        memset(below, 0xff, i / 8);
        below[i / 8] = (uint8_t)(bit[i / 8] - 1);
        expect_plain_with(below, "all bits below");
    }
}

Test(weighted_sum, takes_the_same_element_twice_and_an_element_with_its_negative) {
    static const uint8_t identity[32] = {0};
    static struct sum sum;
    uint8_t found[32];
    draw(&sum, 2);
    memcpy(sum.elements[1], sum.elements[0], 32);
    expect_plain(&sum, "twice the same");
    memcpy(sum.weights[1], sum.weights[0], 32);
    expect_plain(&sum, "twice the same, of the same weight");
    crypto_core_ristretto255_sub(sum.elements[1], identity, sum.elements[0]);
    expect_plain(&sum, "an element and its negative");
    cr_assert_eq(weighted_sum(CONST_32(sum.weights), CONST_32(sum.elements), 2, found), OK);
    cr_expect_arr_eq(found, identity, 32);
    crypto_core_ristretto255_scalar_negate(sum.weights[1], sum.weights[0]);
    expect_plain(&sum, "an element and its negative, of negative weight");
}

Test(weighted_sum, takes_small_weights_alone) {
    static struct sum sum;
    for (int a = -20; a <= 20; a++) {
        draw(&sum, 2);
        for (int b = -20; b <= 20; b++) {
            set_small(sum.weights[0], a);
            set_small(sum.weights[1], b);
            expect_plain(&sum, "small weights alone");
        }
    }
}

Test(weighted_sum, of_no_element_or_of_weights_of_zero_is_the_identity) {
    static const uint8_t identity[32] = {0};
    static struct sum sum;
    uint8_t found[32];
    draw(&sum, 33);
    cr_assert_eq(weighted_sum(CONST_32(sum.weights), CONST_32(sum.elements), 0, found), OK);
    cr_expect_arr_eq(found, identity, 32);
    memset(sum.weights, 0, sizeof sum.weights);
    cr_assert_eq(weighted_sum(CONST_32(sum.weights), CONST_32(sum.elements), 33, found), OK);
    cr_expect_arr_eq(found, identity, 32);
}

// Decoding is libdecaf's here and libsodium's everywhere else: what one takes and the other refuses would be a way in.
static void expect_judged_alike(const uint8_t element[32]) {
    static const uint8_t one[1][32] = {{1}};
    uint8_t elements[1][32], found[32];
    char hex[65];
    memcpy(elements[0], element, 32);
    bool valid = oprf_check_element(element) == OK;
    err_t err = weighted_sum(one, CONST_32(elements), 1, found);
    sodium_bin2hex(hex, sizeof hex, element, 32);
    cr_expect_eq(err, valid ? OK : ERR_PROOF, "%s", hex);
    if (valid && err == OK) {
        cr_expect_arr_eq(found, element, 32, "%s", hex);
    }
}

// `element`, with each single bit changed, and its negative modulo 2^255 - 19.
static void expect_neighbours_judged_alike(const uint8_t element[32]) {
    uint8_t changed[32], prime[32];
    expect_judged_alike(element);
    for (size_t bit = 0; bit < 256; bit++) {
        memcpy(changed, element, 32);
        changed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        expect_judged_alike(changed);
    }
    memset(prime, 0xff, 32);
    prime[0] = 0xed, prime[31] = 0x7f;
    sodium_sub(prime, element, 32);
    expect_judged_alike(prime);
}

Test(weighted_sum, takes_the_encodings_that_libsodium_takes_and_no_other) {
    uint8_t element[32];
    for (int i = 0; i < 256; i++) {
        memset(element, 0, 32);
        element[0] = (uint8_t)i;
        expect_judged_alike(element); // the identity among them
        memset(element, 0xff, 32);
        element[0] = (uint8_t)i;
        expect_judged_alike(element);
        element[31] = 0x7f; // about 2^255 - 19
        expect_judged_alike(element);
    }
    for (int i = 0; i < 10; i++) {
        crypto_core_ristretto255_random(element);
        expect_neighbours_judged_alike(element);
    }
    for (int i = 0; i < 2000; i++) {
        randombytes_buf(element, sizeof element);
        element[31] &= 0x7f;
        element[0] &= 0xfe;
        expect_judged_alike(element);
    }
}

Test(weighted_sum, names_the_element_that_is_not_valid_and_gives_nothing) {
    static struct sum sum;
    static const size_t places[] = {0, 1, 31, 32, 255};
    for (size_t i = 0; i < COUNT(places); i++) {
        uint8_t found[32] = "as it was before the call";
        char text[32];
        draw(&sum, OPRF_MAX_BATCH);
        memset(sum.elements[places[i]], i % 2 == 0 ? 0 : 0xff, 32);
        cr_expect_eq(weighted_sum(CONST_32(sum.weights), CONST_32(sum.elements), sum.count, found), ERR_PROOF);
        snprintf(text, sizeof text, "element %zu is", places[i]);
        cr_expect_eq(strncmp(err_detail(), text, strlen(text)), 0, "%s", err_detail());
        cr_expect_str_eq((const char *)found, "as it was before the call");
    }
}
