// SPDX-License-Identifier: Apache-2.0
#include "keys/weighted_sum.h"

#include <decaf/point_255.h>
#include <stdbool.h>
#include <string.h>

// Straus's way: all multiples of a group of elements share their doublings. A weight is written in digits of its
// width-5 non-adjacent form: each is zero or odd, from -15 to 15, and of any five in a row one at most is not zero.
#define WIDTH 5
#define WINDOW (1 << WIDTH)
#define ODD_MULTIPLES (WINDOW / 4) // 1, 3, .. 15
#define DIGITS (8 * WEIGHTED_SUM_SIZE)
#define GROUP 32 // elements at a time: bounds the stack

struct term {
    decaf_255_point_t odd[ODD_MULTIPLES];
    int8_t digits[DIGITS];
};

static void write_digits(const uint8_t weight[WEIGHTED_SUM_SIZE], int8_t digits[DIGITS]) {
    uint8_t bytes[WEIGHTED_SUM_SIZE + 2]; // the sign goes on
    memset(bytes, weight[WEIGHTED_SUM_SIZE - 1] >> 7 != 0 ? 0xff : 0, sizeof bytes);
    memcpy(bytes, weight, WEIGHTED_SUM_SIZE);
    memset(digits, 0, DIGITS);
    int carry = 0;
    for (size_t i = 0; i < DIGITS;) {
        int window = (((bytes[i / 8 + 1] << 8 | bytes[i / 8]) >> i % 8) & (WINDOW - 1)) + carry;
        if (window % 2 == 0) { // the carry, if any, goes on
            i++;
            continue;
        }
        carry = window > WINDOW / 2;
        digits[i] = (int8_t)(window - carry * WINDOW);
        i += WIDTH;
    }
}

static err_t prepare_term(const uint8_t weight[WEIGHTED_SUM_SIZE], const uint8_t element[WEIGHTED_SUM_SIZE],
                          struct term *out) {
    decaf_255_point_t twice;
    if (decaf_255_point_decode(out->odd[0], element, DECAF_FALSE) != DECAF_SUCCESS) {
        return ERR_PROOF;
    }
    decaf_255_point_double(twice, out->odd[0]);
    for (size_t i = 1; i < ODD_MULTIPLES; i++) {
        decaf_255_point_add(out->odd[i], out->odd[i - 1], twice);
    }
    write_digits(weight, out->digits);
    return OK;
}

// sum += weights * elements of the terms.
static void add_terms(const struct term *terms, size_t count, decaf_255_point_t sum) {
    bool begun = false; // small weights have few digits
    decaf_255_point_t part;
    decaf_255_point_copy(part, decaf_255_point_identity);
    for (size_t at = DIGITS; at-- > 0;) {
        if (begun) {
            decaf_255_point_double(part, part);
        }
        for (size_t i = 0; i < count; i++) {
            int8_t digit = terms[i].digits[at];
            begun = begun || digit != 0;
            if (digit > 0) {
                decaf_255_point_add(part, part, terms[i].odd[digit / 2]);
            } else if (digit < 0) {
                decaf_255_point_sub(part, part, terms[i].odd[-digit / 2]);
            }
        }
    }
    decaf_255_point_add(sum, sum, part);
}

err_t weighted_sum(const uint8_t (*weights)[WEIGHTED_SUM_SIZE], const uint8_t (*elements)[WEIGHTED_SUM_SIZE],
                   size_t count, uint8_t out[WEIGHTED_SUM_SIZE]) {
    struct term terms[GROUP];
    decaf_255_point_t sum;
    decaf_255_point_copy(sum, decaf_255_point_identity);
    for (size_t done = 0; done < count; done += GROUP) {
        size_t taken = count - done < GROUP ? count - done : GROUP;
        for (size_t i = 0; i < taken; i++) {
            if (prepare_term(weights[done + i], elements[done + i], &terms[i]) != OK) {
                return err_set(ERR_PROOF, "element %zu is the identity or not canonical", done + i);
            }
        }
        add_terms(terms, taken, sum);
    }
    decaf_255_point_encode(out, sum);
    return OK;
}
