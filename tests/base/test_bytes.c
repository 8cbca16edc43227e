// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/base/refusal.h"

Test(bytes, are_equal_by_length_and_contents) {
    cr_assert(bytes_equal(bytes_str("abc"), bytes_of("abcd", 3)));
    cr_assert(bytes_equal(bytes_of(NULL, 0), bytes_str("")));
    cr_assert_not(bytes_equal(bytes_str("abc"), bytes_str("abd")));
    cr_assert_not(bytes_equal(bytes_str("abc"), bytes_str("ab")));
}

Test(bytes, a_buf_puts_integers_big_endian) {
    static const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    struct buf buf = {0};
    buf_put_u8(&buf, 0x01);
    buf_put_u16(&buf, 0x0203);
    buf_put_u32(&buf, 0x04050607);
    buf_put_u64(&buf, 0x08090a0b0c0d0e0f);
    assert_ok(buf_check(&buf));
    cr_assert(bytes_equal(buf_bytes(&buf), bytes_of(expected, sizeof expected)));
    buf_free(&buf);
}

Test(bytes, a_buf_grows_and_keeps_what_it_holds) {
    struct buf buf = {0};
    for (uint32_t i = 0; i < 10000; i++) {
        buf_put_u32(&buf, i);
    }
    assert_ok(buf_check(&buf));
    struct reader reader = reader_of(buf_bytes(&buf));
    for (uint32_t i = 0; i < 10000; i++) {
        cr_assert_eq(reader_u32(&reader), i);
    }
    assert_ok(reader_end(&reader));
    buf_free(&buf);
    cr_assert_null(buf.data);
    cr_assert_eq(buf.cap, 0);
    buf_free(&buf);
}

Test(bytes, a_buf_formats_text) {
    struct buf buf = {0};
    cr_assert_str_eq(buf_str(&buf), "");
    buf_put_str(&buf, "a ");
    buf_printf(&buf, "%d %s", 12, "of a text that is longer than the first block of a buffer, so that it grows: yes");
    cr_assert_str_eq(buf_str(&buf),
                     "a 12 of a text that is longer than the first block of a buffer, so that it grows: yes");
    buf_reset(&buf);
    buf_put_hex(&buf, "\x00\xff", 2);
    buf_put_base64(&buf, "\x00\xff", 2);
    cr_assert_str_eq(buf_str(&buf), "00ffAP8=");
    cr_assert_eq(buf.len, 8);
    buf_free(&buf);
}

Test(bytes, a_formatted_text_is_whole_wherever_the_room_ends) {
    static const char filler[256] = "";
    for (size_t before = 0; before < sizeof filler; before++) {
        struct buf buf = {0};
        buf_put(&buf, filler, before);
        buf_printf(&buf, "%s", "0123456789");
        buf_printf(&buf, "%s", "abc");
        cr_assert_eq(buf.len, before + 13);
        cr_assert_arr_eq(buf.data + before, "0123456789abc", 13, "after %zu bytes", before);
        buf_free(&buf);
    }
}

Test(bytes, a_buf_remembers_that_an_append_failed) {
    volatile size_t too_much = SIZE_MAX - 8;
    struct buf buf = {0};
    buf_put_str(&buf, "kept");
    buf_put(&buf, "", too_much);
    buf_put_str(&buf, "missing");
    cr_assert_eq(buf.len, 4);
    assert_refused(buf_check(&buf), ERR_MEMORY, "no memory");
    cr_assert_null(buf_str(&buf));
    buf_reset(&buf);
    assert_ok(buf_check(&buf));
    buf_put_hex(&buf, "", too_much);
    assert_refused(buf_check(&buf), ERR_MEMORY, "no memory");
    buf_reset(&buf);
    buf_put_base64(&buf, "", too_much);
    assert_refused(buf_check(&buf), ERR_MEMORY, "no memory");
    buf_free(&buf);
}

Test(bytes, a_reader_reads_what_a_buf_put) {
    uint8_t copied[3];
    struct reader reader = reader_of(bytes_of("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
                                              "abcde",
                                              20));
    cr_assert_eq(reader_u8(&reader), 0x01);
    cr_assert_eq(reader_u16(&reader), 0x0203);
    cr_assert_eq(reader_u32(&reader), 0x04050607);
    cr_assert_eq(reader_u64(&reader), 0x08090a0b0c0d0e0f);
    reader_copy(&reader, copied, sizeof copied);
    cr_assert_arr_eq(copied, "abc", 3);
    cr_assert(bytes_equal(reader_take(&reader, 2), bytes_str("de")));
    assert_ok(reader_end(&reader));
}

Test(bytes, a_reader_never_runs_over) {
    uint8_t copied[4] = {9, 9, 9, 9};
    struct reader reader = reader_of(bytes_of("\x01\x02\x03", 3));
    cr_assert_eq(reader_u32(&reader), 0);
    cr_assert_eq(reader_u8(&reader), 0, "after a failure a reader gives zeros");
    reader_copy(&reader, copied, sizeof copied);
    cr_assert_arr_eq(copied, "\0\0\0\0", 4);
    cr_assert_eq(reader_take(&reader, 1).len, 0);
    assert_refused(reader_end(&reader), ERR_CORRUPT, "missing");
}

Test(bytes, a_reader_refuses_trailing_bytes) {
    struct reader reader = reader_of(bytes_of("\x01\x02", 2));
    cr_assert_eq(reader_u8(&reader), 1);
    assert_refused(reader_end(&reader), ERR_CORRUPT, "follow");
}

Test(bytes, a_reader_of_nothing_is_at_its_end) {
    struct reader reader = reader_of((struct bytes){0});
    cr_assert_eq(reader_take(&reader, 0).len, 0);
    assert_ok(reader_end(&reader));
}

Test(bytes, hex_goes_both_ways) {
    uint8_t out[4];
    char text[9];
    assert_ok(hex_decode("00ff7fa0", out, sizeof out));
    cr_assert_arr_eq(out, "\x00\xff\x7f\xa0", 4);
    hex_encode(out, sizeof out, text);
    cr_assert_str_eq(text, "00ff7fa0");
    assert_ok(hex_decode("", out, 0));
}

Test(bytes, hex_refuses_all_else) {
    static const char *const wrong[] = {"",         "00ff7f",   "00ff7fa",  "00ff7fa0a", "00ff7fa000",
                                        "00FF7FA0", "00ff7fg0", " 0ff7fa0", "0x00ff7f",  "00ff7fa\xc3"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t out[4] = {1, 2, 3, 4};
        assert_refused(hex_decode(wrong[i], out, sizeof out), ERR_INPUT, "8 lower-case");
        cr_assert_arr_eq(out, "\1\2\3\4", 4, "untouched: %s", wrong[i]);
    }
}

static err_t decode(const char *text, uint8_t *out, size_t len) {
    return base64_decode(text, strlen(text), out, len);
}

// RFC 4648, section 10.
Test(bytes, base64_goes_both_ways) {
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        uint8_t out[8];
        char text[BASE64_SIZE(6)];
        size_t len = strlen(pairs[i][0]);
        base64_encode(pairs[i][0], len, text);
        cr_assert_str_eq(text, pairs[i][1]);
        assert_ok(decode(text, out, len));
        cr_assert(bytes_equal(bytes_of(out, len), bytes_str(pairs[i][0])));
        cr_assert_eq(BASE64_SIZE(len), strlen(text) + 1);
    }
}

Test(bytes, base64_refuses_what_is_not_canonical) {
    static const char *const wrong[] = {
        "Zm8",      "Zm8==", "Zm9=",  // no padding, too much of it, stray bits
        "Zm9v",     "Zg==",  "",      // another length
        "Zm8=\n",   " Zm8=", "Z m8=", // white space
        "Zm-=",     "Zm_=",  "=Zm8",  // the other alphabet, padding in front
        "Zm8=Zm8=", "Z===",  "====",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t out[2] = {1, 2};
        assert_refused(decode(wrong[i], out, sizeof out), ERR_INPUT, "2 bytes in base64");
        cr_assert_arr_eq(out, "\1\2", 2, "untouched: %s", wrong[i]);
    }
}

Test(bytes, base64_refuses_padding_before_the_end) {
    uint8_t out[5] = {1, 2, 3, 4, 5};
    assert_refused(decode("Zg==Zm8=", out, 5), ERR_INPUT, "5 bytes");
    assert_refused(decode("Zm8=Zm8=", out, 4), ERR_INPUT, "4 bytes");
    cr_assert_arr_eq(out, "\1\2\3\4\5", 5);
}

Test(bytes, base64_refuses_a_zero_inside) {
    uint8_t out[3];
    assert_refused(base64_decode("Zm\0v", 4, out, 3), ERR_INPUT, "3 bytes");
}
