// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "keys/ceremony/matching_file.h"

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SLOTS "[{\"name\":\"nhs\",\"tier\":\"sure\"},{\"name\":\"head_dob\",\"tier\":\"similar\"}]"

Test(matching_file, gives_the_key_set_its_slots_and_their_canaries) {
    struct descriptor d = {.version = 5};
    cr_assert_eq(matching_parse(
                     bytes_str("{\"key_set\":\"core\",\"matching_digest\":\"" DIGEST "\",\"slots\":" SLOTS "}\n"), &d),
                 OK, "%s", err_detail());
    cr_expect_eq(d.version, 5, "what is not of the file stays");
    cr_expect_str_eq(d.key_set, "core");
    cr_expect_eq(d.matching_digest[1], 0x11);
    cr_expect_eq(d.slot_count, 2);
    cr_expect_str_eq(d.slots[0].name, "nhs");
    cr_expect_eq(d.slots[0].tier, TIER_SURE);
    cr_expect_eq(d.slots[1].tier, TIER_SIMILAR);
    cr_expect_str_eq(d.slots[0].canary_value, "9990000018");
    cr_expect_str_eq(d.slots[1].canary_value, "9990000026");
}

Test(matching_file, refuses_another_shape) {
    static const char *const wrong[] = {
        "",
        "{}",
        "{\"key_set\":\"core\",\"matching_digest\":\"" DIGEST "\"}",
        "{\"key_set\":\"core\",\"matching_digest\":\"" DIGEST "\",\"slots\":{}}",
        "{\"key_set\":\"core\",\"matching_digest\":\"00\",\"slots\":" SLOTS "}",
        "{\"key_set\":\"core\",\"matching_digest\":\"" DIGEST "\",\"slots\":" SLOTS ",\"extra\":1}",
        "{\"key_set\":\"core\",\"matching_digest\":\"" DIGEST "\",\"slots\":[{\"name\":\"nhs\"}]}",
        "{\"key_set\":\"core\",\"matching_digest\":\"" DIGEST "\",\"slots\":[{\"name\":\"nhs\",\"tier\":\"best\"}]}",
        "{\"key_set\":\"core\",\"matching_digest\":\"" DIGEST "\",\"slots\":[\"nhs\"]}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct descriptor d = {.slot_count = 77};
        cr_expect_eq(matching_parse(bytes_str(wrong[i]), &d), ERR_INPUT, "case %zu", i);
        cr_expect_eq(d.slot_count, 77);
    }
}

static unsigned weighted_sum(const char *number) {
    unsigned sum = 0;
    for (unsigned i = 0; i < 10; i++) {
        sum += (10 - i) * (unsigned)(number[i] - '0');
    }
    return sum; // the check digit's weight is 1
}

Test(matching_file, canary_values_are_rising_valid_numbers_beginning_with_999) {
    char last[MAX_ID + 1] = "9989999999", value[MAX_ID + 1];
    for (size_t i = 0; i < 40; i++) {
        matching_canary_value(i, value);
        cr_assert_eq(strlen(value), 10);
        cr_expect_eq(strncmp(value, "999", 3), 0);
        cr_expect_eq(weighted_sum(value) % 11, 0, "%s", value);
        cr_expect_lt(strcmp(last, value), 0);
        strcpy(last, value);
    }
    cr_expect_lt(strcmp(last, "9990000500"), 0, "few numbers are left out");
}
