// SPDX-License-Identifier: Apache-2.0
#include "client/names.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/base/refusal.h"

static void expect(const char *text, enum name_kind kind, const char *parts) {
    struct name_parts out;
    char joined[2048] = "";
    assert_ok(names_split(text, kind, &out));
    for (int i = 0; i < out.count; i++) {
        snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s", i == 0 ? "" : "|", out.part[i]);
    }
    cr_expect_str_eq(joined, parts, "\"%s\" gave \"%s\", not \"%s\"", text, joined, parts);
}

Test(names, splits_at_spaces_and_hyphens) {
    expect("Anne-Marie Rose", NAME_FORENAMES, "anne|marie|rose");
    expect("O'Brien", NAME_SURNAME, "obrien");
    expect("", NAME_SURNAME, "");
}

Test(names, drops_titles_before_a_name) {
    expect("Master Alfie", NAME_FORENAMES, "alfie");
    expect("Miss. Ivy", NAME_FORENAMES, "ivy");
    expect("Mr Dr Singh", NAME_SURNAME, "singh");
    expect("Smith Jnr", NAME_SURNAME, "smith");
    expect("Taylor III", NAME_SURNAME, "taylor");
}

Test(names, keeps_a_title_that_is_the_whole_name) {
    expect("Master", NAME_SURNAME, "master");
    expect("Lord", NAME_SURNAME, "lord");
    expect("Junior", NAME_FORENAMES, "junior");
}

Test(names, drops_honorifics_as_long_as_a_name_is_left) {
    expect("Singh Sandhu", NAME_SURNAME, "sandhu");
    expect("Begum Akhtar Bibi", NAME_SURNAME, "akhtar");
    expect("Kaur Singh", NAME_SURNAME, "singh");
    expect("Simran Kaur", NAME_FORENAMES, "simran");
    expect("Syed Hafiz Omar Khan", NAME_FORENAMES, "omar");
}

Test(names, keeps_an_honorific_that_is_the_whole_name_or_the_first_forename) {
    expect("Singh", NAME_SURNAME, "singh");
    expect("Syed", NAME_FORENAMES, "syed");
    expect("Bibi Aisha", NAME_FORENAMES, "bibi|aisha");
    expect("Khanum", NAME_SURNAME, "khanum");
}

Test(names, counts_placeholders_as_missing) {
    static const char *const both[] = {"unknown", "Not Known", "N/K", "n/a", "NK",  "TBC", "None", "no name",
                                       "Unnamed", "withheld",  "XXX", "-",   "...", "?",   "0",    "Not recorded"};
    for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
        expect(both[i], NAME_FORENAMES, "");
        expect(both[i], NAME_SURNAME, "");
    }
    static const char *const births[] = {"Baby",    "baby boy",    "Baby Girl 2",   "Twin 1",
                                         "twin B",  "Infant",      "Female",        "Male infant",
                                         "newborn", "Unborn baby", "BABY OF SARAH", "Triplet two"};
    for (size_t i = 0; i < sizeof(births) / sizeof(births[0]); i++) {
        expect(births[i], NAME_FORENAMES, "");
    }
}

Test(names, keeps_the_name_after_a_birth_word) {
    expect("Baby Amira", NAME_FORENAMES, "amira");
    expect("Twin 2 Noah James", NAME_FORENAMES, "noah|james");
}

Test(names, keeps_names_that_only_look_like_placeholders) {
    expect("Na", NAME_SURNAME, "na");
    expect("Child", NAME_SURNAME, "child");
    expect("Boy", NAME_SURNAME, "boy");
    expect("Max New", NAME_FORENAMES, "max|new");
    expect("Nila", NAME_FORENAMES, "nila");
}

Test(names, refuses_what_is_too_long_or_too_much) {
    struct name_parts out;
    char text[1024];
    memset(text, 'a', sizeof(text));
    text[NAME_PART_MAX] = '\0';
    assert_refused(names_split(text, NAME_SURNAME, &out), ERR_INPUT, "63 bytes");
    memset(text, 'a', sizeof(text));
    text[NAME_MAX_BYTES + 1] = '\0';
    assert_refused(names_split(text, NAME_SURNAME, &out), ERR_INPUT, "too long");
    assert_refused(names_split("a b c d e f g h i j k l m n o p q", NAME_FORENAMES, &out), ERR_INPUT, "16 names");
    assert_refused(names_split("Zo\xeb", NAME_FORENAMES, &out), ERR_INPUT, "UTF-8");
}

Test(names, takes_as_many_parts_as_it_says) {
    expect("ab c d e f g h i j k l m n o p q", NAME_FORENAMES, "ab|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q");
}
