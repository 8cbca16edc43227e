// SPDX-License-Identifier: Apache-2.0
#include "client/fold.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/base/refusal.h"

static void expect(const char *text, const char *folded) {
    char out[256];
    assert_ok(fold_words(text, FOLD_LETTERS, out, sizeof(out)));
    cr_expect_str_eq(out, folded, "%s gave %s, not %s", text, out, folded);
}

Test(fold, strips_marks_and_case) {
    expect("Zoë", "zoe");
    expect("SEÁN", "sean");
    expect("Nguyễn", "nguyen");
    expect("Ștefan", "stefan");
    expect("Şükrü", "sukru");
    expect("Wójcik", "wojcik");
    expect("Fọláṣadé", "folasade");
    expect("İbrahim", "ibrahim");
    expect("Ǆuro", "dzuro");
    expect("ﬁona", "fiona");
}

Test(fold, reads_composed_and_decomposed_text_alike) {
    expect("Zo\u00eb", "zoe");
    expect("Zoe\u0308", "zoe");
    expect("Ｚｏｅ", "zoe");
}

Test(fold, maps_the_letters_that_decomposition_leaves) {
    expect("Weiß", "weiss");
    expect("STRAẞE", "strasse");
    expect("Æsa", "aesa");
    expect("Œuvre", "oeuvre");
    expect("Bjørn", "bjorn");
    expect("Đặng", "dang");
    expect("Guðrún", "gudrun");
    expect("Þór", "thor");
    expect("Łukasz", "lukasz");
    expect("Işık", "isik");
    expect("Ħal", "hal");
    expect("Ŋozi", "nozi");
    expect("Ɓala", "bala");
    expect("Əliyev", "aliyev");
}

Test(fold, never_gives_a_question_mark) {
    expect("?", "");
    expect("Анна Иванова", "анна иванова");
    expect("مُحَمَّد علي", "محمد علي");
    expect("张伟", "张伟");
    expect("Ελένη", "ελενη");
    expect("שָׂרָה", "שרה");
}

Test(fold, keeps_the_vowel_signs_of_indic_scripts) {
    expect("प्रिया", "परिया");
    expect("ਸਿੰਘ", "ਸਿੰਘ");
}

Test(fold, deletes_apostrophes_and_dots_and_splits_at_the_rest) {
    expect("O'Brien", "obrien");
    expect("O’Brien", "obrien");
    expect("O´Brien", "obrien");
    expect("St. John", "st john");
    expect("Smith-Jones", "smith jones");
    expect("Smith\u2013Jones", "smith jones");
    expect("  Anne / Marie\t(Rose) ", "anne marie rose");
    expect("An\u00adna", "anna");
    expect("Anna2", "anna");
}

Test(fold, keeps_digits_where_asked) {
    char out[64];
    assert_ok(fold_words("14B Mill Lane", FOLD_LETTERS_AND_DIGITS, out, sizeof(out)));
    cr_assert_str_eq(out, "14b mill lane");
}

Test(fold, refuses_what_is_not_utf8) {
    char out[64] = "as before";
    assert_refused(fold_words("Zo\xeb", FOLD_LETTERS, out, sizeof(out)), ERR_INPUT, "UTF-8");
    assert_refused(fold_words("\xc3", FOLD_LETTERS, out, sizeof(out)), ERR_INPUT, "UTF-8");
    assert_refused(fold_words("\xed\xa0\x80", FOLD_LETTERS, out, sizeof(out)), ERR_INPUT, "UTF-8");
}

Test(fold, refuses_what_does_not_fit) {
    char out[4];
    assert_ok(fold_words("abc", FOLD_LETTERS, out, sizeof(out)));
    assert_refused(fold_words("abcd", FOLD_LETTERS, out, sizeof(out)), ERR_TOO_LARGE, "too long");
    assert_refused(fold_words("a bc", FOLD_LETTERS, out, sizeof(out)), ERR_TOO_LARGE, "too long");
}

Test(fold, counts_letters_with_their_marks) {
    cr_assert_eq(fold_prefix("anna", 3), 3);
    cr_assert_eq(fold_prefix("an", 3), 2);
    cr_assert_eq(fold_prefix("", 3), 0);
    cr_assert_eq(fold_prefix("анна", 3), 6);
    cr_assert_eq(fold_prefix("ਸਿੰਘ", 1), strlen("ਸਿੰ"));
}

Test(fold, tells_ascii_from_the_rest) {
    cr_assert(fold_is_ascii("anna"));
    cr_assert(fold_is_ascii(""));
    cr_assert_not(fold_is_ascii("анна"));
}
